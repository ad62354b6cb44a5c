//===- Choices.cpp - results that schedules may be taken from -------------===//
#include "codegen/tuning/Choices.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <map>
#include <set>

namespace swin::tuning {
namespace {

/// The name that `cpu` is, or stands in; "" = of none, or of several.
std::string fullName(const std::set<std::string> &names, const std::string &cpu) {
  if (names.contains(cpu))
    return cpu;
  auto has = [&](const std::string &name) { return !cpu.empty() && name.find(cpu) != std::string::npos; };
  return llvm::count_if(names, has) == 1 ? *llvm::find_if(names, has) : "";
}

std::string quoted(const std::set<std::string> &names) { return "'" + llvm::join(names, "', '") + "'"; }

} // namespace

llvm::Expected<std::vector<Result>> choicesOf(const Database &database) {
  std::map<Setting, Result> choices;
  auto take = [&](const Result &result) {
    if (result.setting.templateName == modelTemplate)
      return;
    auto [place, isNew] = choices.try_emplace(result.setting, result);
    if (result.standard)
      place->second = result;
    else if (isNew)
      place->second.standard = true, place->second.schedule.clear();
  };
  if (llvm::Error error = database.forEach(nullptr, take))
    return error;
  auto best = database.best("", "", "");
  if (!best)
    return best.takeError();
  for (Result &result : *best)
    choices.insert_or_assign(result.setting, std::move(result));
  std::vector<Result> list;
  for (auto &[setting, result] : choices)
    list.push_back(std::move(result));
  return list;
}

llvm::Expected<std::vector<Result>> choicesOf(const Database &database, const std::vector<std::string> &isas,
                                              const std::string &cpu) {
  auto choices = choicesOf(database);
  if (!choices)
    return choices.takeError();
  if (choices->empty())
    return llvm::createStringError("there are no results in it; swin-tune makes some");
  std::set<std::string> found;
  /// Keeps those whose `field` is one of `wanted`; what the others are is `found`.
  auto keep = [&](std::string Setting::*field, llvm::ArrayRef<std::string> wanted) {
    found.clear();
    for (const Result &result : *choices)
      found.insert(result.setting.*field);
    llvm::erase_if(*choices, [&](const Result &result) { return !llvm::is_contained(wanted, result.setting.*field); });
    return !choices->empty();
  };
  for (const Result &result : *choices)
    found.insert(result.setting.cpu);
  if (!keep(&Setting::cpu, fullName(found, cpu)))
    return llvm::createStringError("there are no results of the CPU '" + cpu + "'; expected one of: " + quoted(found));
  if (!keep(&Setting::compiler, compilerVersion()))
    return llvm::createStringError("its results of this CPU are of other compilers: " + quoted(found) + "; expected '" +
                                   compilerVersion() + "'");
  if (!keep(&Setting::isa, isas))
    return llvm::createStringError("there are no results for " + llvm::join(isas, " ") +
                                   "; expected one of: " + llvm::join(found, " "));
  return choices;
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

} // namespace swin::tuning
