//===- Command.h - programs of the system ---------------------------------===//
#ifndef SWIN_CODEGEN_COMMAND_H
#define SWIN_CODEGEN_COMMAND_H

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace swin::codegen {

/// The path of the first of `names` that is on PATH; "" if none is.
std::string findProgram(const std::vector<std::string> &names);

/// Runs arguments[0], a path, and waits. What it prints goes into `logPath`, a file
/// that is created, and from there into the error if the exit status is not 0.
llvm::Error runCommand(const std::vector<std::string> &arguments, const std::string &logPath);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_COMMAND_H
