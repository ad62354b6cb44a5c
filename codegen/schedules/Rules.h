//===- Rules.h - which parameters a template may have ---------------------===//
// What a template says of its parameters, and the same of numbers without names, as the rest of the compiler sees it.
// Copies are kept for longer than a kernel's pipeline lives and used by several threads: rules hold plain numbers.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_SCHEDULES_RULES_H
#define SWIN_CODEGEN_SCHEDULES_RULES_H

#include "codegen/ScheduleSpace.h"
#include "codegen/schedules/ScheduleText.h"
#include "codegen/schedules/Schedules.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace swin::codegen {

/// Values of a template's numbers that are worth a try.
template <typename Parameters> class Choices {
public:
  /// `standard` stays where it is.
  explicit Choices(const Parameters &standard) : standard(standard) {}
  Choices(const Choices &) = delete;
  /// Of a number of `standard`, which is one of them. Numbers of which nothing is said are fixed.
  template <typename Number> void set(const Number &number, std::vector<int64_t> values) {
    chosen[&number] = std::move(values);
  }
  std::vector<ScheduleChoice> list() const {
    std::vector<ScheduleChoice> choices;
    visitNumbers("", standard, [&](const std::string &name, const auto &number) {
      auto found = chosen.find(&number);
      std::vector<int64_t> values = found == chosen.end() ? std::vector<int64_t>() : found->second;
      values.push_back(static_cast<int64_t>(number));
      std::sort(values.begin(), values.end());
      values.erase(std::unique(values.begin(), values.end()), values.end());
      choices.push_back({name, values});
    });
    return choices;
  }

private:
  const Parameters &standard;
  std::map<const void *, std::vector<int64_t>> chosen;
};

/// A feature of a schedule and its value.
using Features = std::vector<std::pair<std::string, double>>;

template <typename Parameters> struct Rules {
  std::string name; ///< of the template, with the version of what its numbers mean: "windows 1"
  Parameters standard;
  std::vector<ScheduleChoice> choices;
  /// What is wrong with parameters whose numbers lie within their choices; "" = nothing.
  std::function<std::string(const Parameters &)> problem;
  /// Makes numbers that lie within their choices fit each other, where that can be done.
  std::function<void(Parameters &)> settle;
  std::function<Features(const Parameters &, const KernelExtent &)> features;
};

template <typename Parameters> ScheduleNumbers numbersOf(const Parameters &parameters) {
  ScheduleNumbers numbers;
  visitNumbers("", parameters,
               [&](const std::string &, auto number) { numbers.push_back(static_cast<int64_t>(number)); });
  return numbers;
}

/// The parameters of as many numbers as `standard` has, which lie within their choices.
template <typename Parameters> Parameters parametersOf(const Rules<Parameters> &rules, const ScheduleNumbers &numbers) {
  Parameters parameters = rules.standard;
  size_t next = 0;
  visitNumbers("", parameters, [&](const std::string &, auto &number) {
    number = static_cast<std::remove_reference_t<decltype(number)>>(numbers[next++]);
  });
  return parameters;
}

/// What is wrong with numbers by themselves: how many there are, and each one's range.
std::string rangeProblem(const std::vector<ScheduleChoice> &choices, const ScheduleNumbers &numbers);
/// The same numbers within their ranges.
ScheduleNumbers withinRanges(const std::vector<ScheduleChoice> &choices, ScheduleNumbers numbers);

template <typename Parameters> std::string problemOf(const Rules<Parameters> &rules, const ScheduleNumbers &numbers) {
  std::string problem = rangeProblem(rules.choices, numbers);
  return problem.empty() ? rules.problem(parametersOf(rules, numbers)) : problem;
}

template <typename Parameters> ScheduleSpace spaceOf(Rules<Parameters> given) {
  auto rules = std::make_shared<const Rules<Parameters>>(std::move(given));
  ScheduleSpace space;
  space.templateName = rules->name;
  space.standard = numbersOf(rules->standard);
  space.choices = rules->choices;
  space.problem = [rules](const ScheduleNumbers &numbers) { return problemOf(*rules, numbers); };
  space.settle = [rules](const ScheduleNumbers &numbers) -> std::optional<ScheduleNumbers> {
    if (numbers.size() != rules->choices.size())
      return std::nullopt;
    Parameters parameters = parametersOf(*rules, withinRanges(rules->choices, numbers));
    rules->settle(parameters);
    ScheduleNumbers settled = numbersOf(parameters);
    if (!problemOf(*rules, settled).empty())
      return std::nullopt;
    return settled;
  };
  space.features = [rules](const ScheduleNumbers &numbers, const KernelExtent &extent) {
    std::vector<double> values;
    for (const auto &[name, value] : rules->features(parametersOf(*rules, numbers), extent))
      values.push_back(value);
    return values;
  };
  for (const auto &[name, value] : rules->features(rules->standard, KernelExtent()))
    space.featureNames.push_back(name);
  return space;
}

Rules<TokensParameters> tokensRules(const KernelPipeline &pipeline, const Machine &machine);
Rules<TokensParameters> fastTokensRules(const KernelPipeline &pipeline, const Machine &machine);
Rules<PoolParameters> poolRules(const KernelPipeline &pipeline, const Machine &machine);
Rules<WindowsParameters> windowsRules(const KernelPipeline &pipeline, const Machine &machine);
Rules<ConvParameters> convRules(const KernelPipeline &pipeline, const Machine &machine);
Rules<Blocks> mapRules(const KernelPipeline &pipeline);

// Rules.cpp: parts that rules share.

/// The multiple of `part` within least .. most that is nearest to `value`; `value` where there is none.
int64_t nearestMultiple(int64_t value, int64_t part, int64_t least, int64_t most);
/// The one of `allowed` that is nearest to `value`, the smaller one of two; `value` where there is none.
int64_t nearestOf(const std::vector<int64_t> &allowed, int64_t value);
/// Divisors of `number` within least .. most, ascending.
std::vector<int64_t> divisorsOf(int64_t number, int64_t least, int64_t most);
/// Rows that are worth a try, for tiles of at most so many.
std::vector<int64_t> tileRows(int64_t most);
/// Vectors of which whole tiles of `width` channels consist and which leave registers for sums.
std::vector<int64_t> wholeVectors(int64_t width, const Machine &machine);

// For features. What a kernel's caches hold is compared with these.
constexpr double firstCache = 32 << 10, secondCache = 512 << 10; // bytes
/// Sizes and their ratios are features by their magnitude; 0 counts as little.
double magnitude(double value);
/// What the inner loops of some products cost.
class TileWork {
public:
  explicit TileWork(const Machine &machine) : machine(machine) {}
  /// A product of so many rows, channels and terms, or `times` of them, in tiles whose vectors have `lanes` channels;
  /// what a tile has too much is computed, too.
  void add(double rows, double channels, double terms, const RegisterTile &tile, int64_t lanes, double times = 1);
  double cycles() const; ///< as a multiple of what multiply-adds alone take
  double reads() const;  ///< for each multiply-add of vectors
  double waste() const;  ///< multiply-adds as a multiple of those that are needed

private:
  const Machine &machine;
  double needed = 0, done = 0, read = 0, spent = 0;
};

/// "block_rows is 70, but must be a multiple of 6, ...": of a number of `parameters`.
template <typename Parameters, typename Number>
std::string mustBe(const Parameters &parameters, const Number &number, const std::string &what) {
  std::string sentence;
  visitNumbers("", parameters, [&](const std::string &name, const auto &other) {
    if (static_cast<const void *>(&other) == &number)
      sentence = name + " is " + std::to_string(number) + ", but must be " + what;
  });
  return sentence;
}
/// The same of `all`, of which it must be one.
template <typename Parameters, typename Number>
std::string mustBeOne(const Parameters &parameters, const Number &number, const std::vector<int64_t> &all) {
  if (std::find(all.begin(), all.end(), number) != all.end())
    return "";
  std::string list;
  for (int64_t value : all)
    list += (list.empty() ? "" : ", ") + std::to_string(value);
  return mustBe(parameters, number, all.size() == 1 ? list : "one of " + list);
}
/// Rows of a tile whose sums fit the registers, of `rows` in all.
template <typename Parameters>
std::string tileProblem(const Parameters &parameters, const RegisterTile &tile, int64_t rows, const Machine &machine) {
  int64_t most = std::min<int64_t>(rows, mostRows(tile.vectors, machine));
  return tile.rows <= most ? "" : mustBe(parameters, tile.rows, "at most " + std::to_string(most));
}

} // namespace swin::codegen

#endif // SWIN_CODEGEN_SCHEDULES_RULES_H
