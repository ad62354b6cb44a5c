//===- Selection.h - which schedule a kernel gets -------------------------===//
#ifndef SWIN_CODEGEN_TUNING_SELECTION_H
#define SWIN_CODEGEN_TUNING_SELECTION_H

#include "codegen/Compile.h"
#include "codegen/tuning/Database.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace swin::tuning {

/// What compileModel asks for schedules (CompileOptions::schedules): the database's best for a kernel that it knows,
/// else, made legal, that of the nearest kernel of the same structure that is no further than `mostDistance`, else
/// nothing, which is the default rule.
/// Error: the database has no results of `cpu` for this compiler; says which CPUs or compilers it has.
llvm::Expected<codegen::ScheduleSource> selectSchedules(const Database &database, const std::vector<std::string> &isas,
                                                        const std::string &cpu);

/// Sizes that together differ by a factor of four (KernelSignature's distance).
constexpr double mostDistance = 2;

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_SELECTION_H
