//===- Selection.cpp - which schedule a kernel gets -----------------------===//
#include "codegen/tuning/Selection.h"

#include "codegen/KernelSignature.h"
#include "codegen/ScheduleSpace.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace swin::tuning {

using codegen::ChosenSchedule;
using codegen::KernelGraph;
using codegen::KernelSignature;
using codegen::ScheduleNumbers;
using codegen::ScheduleSpace;

namespace {

/// The name that `cpu` is, or stands in; "" = of none, or of several.
std::string fullName(const std::set<std::string> &names, const std::string &cpu) {
  if (names.contains(cpu))
    return cpu;
  auto has = [&](const std::string &name) { return !cpu.empty() && name.find(cpu) != std::string::npos; };
  return llvm::count_if(names, has) == 1 ? *llvm::find_if(names, has) : "";
}

std::string quoted(const std::set<std::string> &names) { return "'" + llvm::join(names, "', '") + "'"; }

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

llvm::Expected<std::vector<Result>> choicesOf(const Database &database, const std::vector<std::string> &isas,
                                              const std::string &cpu) {
  auto cpus = database.cpus();
  if (!cpus)
    return cpus.takeError();
  std::set<std::string> names(cpus->begin(), cpus->end());
  if (names.empty())
    return llvm::createStringError("there are no results in it; swin-tune makes some");
  std::string name = fullName(names, cpu);
  if (name.empty())
    return llvm::createStringError("there are no results of the CPU '" + cpu + "'; expected one of: " + quoted(names));
  std::string compiler = compilerVersion();
  std::set<std::string> compilers, sets;
  std::map<Setting, Result> choices;
  auto take = [&](const Result &result) {
    const Setting &setting = result.setting;
    if (setting.cpu != name)
      return;
    compilers.insert(setting.compiler);
    if (setting.compiler != compiler)
      return;
    sets.insert(setting.isa);
    if (!llvm::is_contained(isas, setting.isa))
      return;
    Result &choice = choices.try_emplace(setting, result).first->second;
    if (result.standard)
      choice = result;
    choice.standard = true;
  };
  if (llvm::Error error = database.forEach(nullptr, take))
    return error;
  if (sets.empty())
    return llvm::createStringError("its results of this CPU are of other compilers: " + quoted(compilers) +
                                   "; expected '" + compiler + "'");
  if (choices.empty())
    return llvm::createStringError("there are no results for " + llvm::join(isas, " ") +
                                   "; expected one of: " + llvm::join(sets, " "));
  for (const std::string &isa : isas) {
    auto best = database.best(isa, name, compiler);
    if (!best)
      return best.takeError();
    for (Result &result : *best)
      choices.insert_or_assign(result.setting, result);
  }
  std::vector<Result> list;
  for (auto &[setting, result] : choices)
    list.push_back(std::move(result));
  return list;
}

std::vector<Result> choicesOf(llvm::StringRef text, const std::string &path, std::vector<std::string> &notes) {
  std::vector<Result> choices;
  size_t number = 0;
  for (llvm::StringRef line : llvm::split(text, '\n')) {
    ++number;
    if (line.trim().empty())
      continue;
    auto result = resultOf(line);
    if (!result)
      notes.push_back(path + ":" + std::to_string(number) +
                      ": note: the line is not used: " + llvm::toString(result.takeError()));
    else if (!result->confirmed && !result->standard)
      notes.push_back(path + ":" + std::to_string(number) +
                      ": note: the line is not used: its result is neither confirmed nor the default rule's");
    else
      choices.push_back(std::move(*result));
  }
  return choices;
}

codegen::ScheduleSource scheduleSource(std::vector<Result> choices) {
  return [choices = std::move(choices)](const KernelGraph &graph, const std::string &isa) {
    return Choosing(graph, isa).choose(choices);
  };
}

} // namespace swin::tuning
