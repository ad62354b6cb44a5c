//===- Selection.h - which schedule a kernel gets -------------------------===//
#ifndef SWIN_CODEGEN_TUNING_SELECTION_H
#define SWIN_CODEGEN_TUNING_SELECTION_H

#include "codegen/Compile.h"
#include "codegen/tuning/Result.h"

#include <vector>

namespace swin::tuning {

/// What compileModel asks for schedules (CompileOptions::schedules): that of the first of `choices` that is of this
/// very kernel; else, made legal, that of the nearest kernel of the same structure which is no further than
/// `mostDistance`; else nothing, which is the default rule. CPUs and compilers are not looked at; schedules of another
/// template are none. The same everywhere.
codegen::ScheduleSource scheduleSource(std::vector<Result> choices);

/// Sizes that together differ by a factor of four (KernelSignature's distance).
constexpr double mostDistance = 2;

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_SELECTION_H
