//===- Program.h - what swin-compile does ---------------------------------===//
#ifndef SWIN_TOOLS_COMPILE_PROGRAM_H
#define SWIN_TOOLS_COMPILE_PROGRAM_H

#include "tools/compile/Options.h"

#include <string>
#include <vector>

namespace swin::tools {

/// Does what the options say and says what is wrong; returns the exit status (docs/Contract.md). `arguments` are those
/// that the options were read from, for a report of a bug.
int runCompiler(const Options &options, const std::string &productFolder, const std::vector<std::string> &arguments);

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_PROGRAM_H
