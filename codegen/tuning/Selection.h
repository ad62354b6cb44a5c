//===- Selection.h - which schedule a kernel gets -------------------------===//
#ifndef SWIN_CODEGEN_TUNING_SELECTION_H
#define SWIN_CODEGEN_TUNING_SELECTION_H

#include "codegen/Compile.h"
#include "codegen/tuning/Database.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace swin::tuning {

/// Of each setting of these instruction sets, this compiler and `cpu` the best result; where nothing that was tried is
/// better than the default rule, a result that is `standard`. `cpu` is a CPU's name, or what stands in one name alone.
/// Error: the database has no such results; says which it has.
llvm::Expected<std::vector<Result>> choicesOf(const Database &database, const std::vector<std::string> &isas,
                                              const std::string &cpu);

/// The results that are confirmed or `standard`, a line of JSON each, of `text`, which is untrusted and whose name is
/// `path`. Of others, `notes` gets a sentence.
std::vector<Result> choicesOf(llvm::StringRef text, const std::string &path, std::vector<std::string> &notes);

/// What compileModel asks for schedules (CompileOptions::schedules): that of the first of `choices` that is of this
/// very kernel; else, made legal, that of the nearest kernel of the same structure which is no further than
/// `mostDistance`; else nothing, which is the default rule. CPUs and compilers are not looked at; schedules of another
/// template are none. The same everywhere.
codegen::ScheduleSource scheduleSource(std::vector<Result> choices);

/// Sizes that together differ by a factor of four (KernelSignature's distance).
constexpr double mostDistance = 2;

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_SELECTION_H
