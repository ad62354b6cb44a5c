//===- Show.h - what a database knows of each kernel ----------------------===//
#ifndef SWIN_TOOLS_TUNE_SHOW_H
#define SWIN_TOOLS_TUNE_SHOW_H

#include "codegen/tuning/Database.h"

#include "llvm/Support/Error.h"

#include <string>

namespace swin::tools {

/// A table for each CPU and compiler; the kernel that takes longest first.
llvm::Expected<std::string> showTable(const tuning::Database &database);
/// The same, a line of JSON for each kernel (docs/Contract.md).
llvm::Expected<std::string> showJson(const tuning::Database &database);

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_SHOW_H
