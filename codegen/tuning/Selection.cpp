//===- Selection.cpp - which schedule a kernel gets -----------------------===//
#include "codegen/tuning/Selection.h"

#include "codegen/KernelSignature.h"
#include "codegen/ScheduleSpace.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

namespace swin::tuning {

using codegen::ChosenSchedule;
using codegen::KernelGraph;
using codegen::KernelSignature;
using codegen::ScheduleNumbers;
using codegen::ScheduleSpace;

namespace {

/// Kernels of choices and this one, for one instruction set.
class Choosing {
public:
  Choosing(const KernelGraph &graph, const std::string &isa)
      : graph(graph), isa(isa), signature(codegen::signatureOf(graph)) {}

  ChosenSchedule choose(const std::vector<Result> &choices) {
    std::vector<const Result *> same;
    std::vector<std::pair<int64_t, const Result *>> near;
    for (const Result &result : choices) {
      if (result.setting.isa != isa)
        continue;
      if (result.setting.signature == signature.hash)
        same.push_back(&result);
      else if (int64_t distance = distanceTo(result); distance <= scaled(mostDistance))
        near.emplace_back(distance, &result);
    }
    // Schedules come before the sentence that there is no better one: it is of those that were tried alone.
    llvm::stable_sort(same, [](auto *a, auto *b) { return !a->standard && b->standard; });
    llvm::stable_sort(near, llvm::less_first());
    for (const Result *result : same)
      if (std::optional<ScheduleNumbers> numbers = legalOf(*result))
        return chosen(*numbers, "tuned");
    for (auto [_, result] : near)
      if (std::optional<ScheduleNumbers> numbers = nearestOf(*result))
        return chosen(*numbers, "nearest " + result->kernel);
    return {"", "", note};
  }

private:
  /// Distances are compared as whole numbers: the last bit of a logarithm depends on the machine.
  static int64_t scaled(double distance) { return std::llround(distance * 1e6); }
  int64_t distanceTo(const Result &result) const {
    if (result.structure != signature.structure)
      return INT64_MAX;
    double distance = codegen::distance(signature, {"", result.structure, result.extents});
    return distance < 1e6 ? scaled(distance) : INT64_MAX;
  }

  ChosenSchedule chosen(const ScheduleNumbers &numbers, const std::string &source) const {
    if (numbers == space->standard)
      return {"", "", note};
    return {codegen::scheduleText(*space, numbers), source, note};
  }

  /// The numbers of a result of the template that this compiler has; what is wrong else becomes the note.
  std::optional<ScheduleNumbers> numbersOf(const Result &result) {
    if (!space)
      space = codegen::scheduleSpace(graph, isa);
    if (!space->error.empty())
      return refuse(result, space->error);
    if (result.setting.templateName != space->templateName)
      return refuse(result, "it is of the template '" + result.setting.templateName + "', and this compiler has '" +
                                space->templateName + "'");
    if (result.standard)
      return space->standard;
    std::optional<ScheduleNumbers> numbers = codegen::scheduleNumbers(*space, result.schedule);
    return numbers ? numbers : refuse(result, "it does not have the numbers of '" + space->templateName + "'");
  }
  std::optional<ScheduleNumbers> legalOf(const Result &result) {
    std::optional<ScheduleNumbers> numbers = numbersOf(result);
    std::string problem = numbers ? space->problem(*numbers) : "";
    return problem.empty() ? numbers : refuse(result, problem);
  }
  std::optional<ScheduleNumbers> nearestOf(const Result &result) {
    std::optional<ScheduleNumbers> numbers = numbersOf(result);
    return numbers && !result.standard ? space->settle(*numbers) : numbers;
  }
  std::nullopt_t refuse(const Result &result, const std::string &why) {
    if (note.empty())
      note = "not the schedule of " + result.kernel + ", '" + result.schedule + "': " + why;
    return std::nullopt;
  }

  const KernelGraph &graph;
  const std::string &isa;
  KernelSignature signature;
  std::optional<ScheduleSpace> space; ///< once something is to be looked up in it
  std::string note;                   ///< about the first result that is of no use
};

} // namespace

codegen::ScheduleSource scheduleSource(std::vector<Result> choices) {
  return [choices = std::move(choices)](const KernelGraph &graph, const std::string &isa) {
    return Choosing(graph, isa).choose(choices);
  };
}

} // namespace swin::tuning
