//===- ScheduleSpace.h - the schedules that a kernel may have -------------===//
// Schedules are lists of whole numbers with names, in text "tile.rows=6 tile.vectors=4" (schedules/ScheduleText.h).
// Ranges, rules and features stand beside the templates in codegen/schedules; this is what the rest of the compiler
// sees of them, without Halide.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_SCHEDULESPACE_H
#define SWIN_CODEGEN_SCHEDULESPACE_H

#include "codegen/KernelGraph.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace swin::codegen {

/// The numbers of a schedule, in the order of its text.
using ScheduleNumbers = std::vector<int64_t>;

/// A number of a schedule and the values that are worth a try, ascending, the default's among them. One value: fixed.
struct ScheduleChoice {
  std::string name;
  std::vector<int64_t> values;
};

/// Tokens (rows of a result) that a kernel is run for; features depend on them.
struct KernelExtent {
  int64_t batch = 1, height = 1, width = 1;
};

/// All legal schedules of a kernel for one instruction set.
struct ScheduleSpace {
  std::string error;        ///< why there is none; "" = all went well
  std::string templateName; ///< name and version of the template that reads the numbers: "windows 1"
  ScheduleNumbers standard; ///< by the default rule
  std::vector<ScheduleChoice> choices;
  /// What is wrong with these numbers, a sentence, or "". Thread-safe, quick (no Halide).
  std::function<std::string(const ScheduleNumbers &)> problem;
  /// The legal schedule nearest to these numbers (block sizes become whole tiles ...), or nothing. Thread-safe, quick.
  std::function<std::optional<ScheduleNumbers>(const ScheduleNumbers &)> settle;
  /// What can be computed of a schedule without running it, as numbers for a regression (waste of tiles, reads for each
  /// multiply-add, bytes at work against the caches ...); `featureNames` says which. Thread-safe, quick.
  std::function<std::vector<double>(const ScheduleNumbers &, const KernelExtent &)> features;
  std::vector<std::string> featureNames;
};

/// Never throws.
ScheduleSpace scheduleSpace(const KernelGraph &graph, const std::string &isa) noexcept;

/// "tile.rows=6 tile.vectors=4".
std::string scheduleText(const ScheduleSpace &space, const ScheduleNumbers &numbers);
/// The numbers of a text that names each choice once, in any order; nothing if it does not.
std::optional<ScheduleNumbers> scheduleNumbers(const ScheduleSpace &space, const std::string &text);
/// Reads such a text into `numbers`, legal or not. Returns what is wrong with it, a sentence, or "".
std::string readSchedule(const std::vector<ScheduleChoice> &choices, const std::string &text, ScheduleNumbers &numbers);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_SCHEDULESPACE_H
