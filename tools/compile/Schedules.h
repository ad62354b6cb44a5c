//===- Schedules.h - which schedules a compile may choose from ------------===//
#ifndef SWIN_TOOLS_COMPILE_SCHEDULES_H
#define SWIN_TOOLS_COMPILE_SCHEDULES_H

#include "codegen/Compile.h"
#include "tools/compile/Options.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace swin::tools {

/// What --schedules says: those of the user's database and, behind them, those of the file `shipped` that comes with
/// the compiler, a line of JSON each; null = the default rule alone. `notes` gets sentences about lines of no use.
/// Error: a file that cannot be read, a database without results of the CPU that is compiled for.
llvm::Expected<codegen::ScheduleSource> schedulesOf(const Options &options, const std::string &shipped,
                                                    std::vector<std::string> &notes);

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_SCHEDULES_H
