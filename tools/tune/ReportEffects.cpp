//===- ReportEffects.cpp - which parameter of a schedule mattered ---------===//
#include "tools/tune/ReportData.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>

using llvm::StringRef;
using std::vector;
using swin::tuning::Result;

namespace swin::tools {
namespace {

/// Of ascending numbers, between two of them where `part` falls there.
double quantile(const vector<double> &sorted, double part) {
  if (sorted.empty())
    return 0;
  double at = part * double(sorted.size() - 1);
  size_t below = size_t(at), above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - double(below)) * (sorted[above] - sorted[below]);
}

double medianOf(vector<double> values) {
  std::sort(values.begin(), values.end());
  return quantile(values, 0.5);
}

/// A schedule's log ratio, and the values of its parameters by their place in the list of names.
struct Sample {
  double logRatio = 0;
  vector<int64_t> values;
};

/// Schedules with the same names as the first; others are of another version of the template, and no part of it.
struct Samples {
  vector<std::string> names;
  vector<Sample> all;
};

Samples samplesOf(const vector<const Result *> &results) {
  std::map<StringRef, std::pair<double, int64_t>> sums; // of log ratios, by schedule
  for (const Result *result : results)
    if (isTimed(*result)) {
      auto &[sum, count] = sums[result->schedule];
      sum += std::log(result->times.ratio);
      ++count;
    }
  Samples samples;
  for (const auto &[schedule, sum] : sums) {
    std::optional<NamedNumbers> numbers = namedNumbers(schedule);
    if (!numbers)
      continue;
    if (samples.names.empty())
      for (const auto &[name, number] : *numbers)
        samples.names.push_back(name);
    bool same = std::equal(numbers->begin(), numbers->end(), samples.names.begin(), samples.names.end(),
                           [](const auto &pair, const std::string &name) { return pair.first == name; });
    if (!same)
      continue;
    Sample sample{sum.first / double(sum.second), {}};
    for (const auto &[name, number] : *numbers)
      sample.values.push_back(number);
    samples.all.push_back(std::move(sample));
  }
  return samples;
}

ValueEffect effectOf(int64_t value, vector<double> logs) {
  std::sort(logs.begin(), logs.end());
  auto ratio = [&](double part) { return std::exp(quantile(logs, part)); };
  return {value, int64_t(logs.size()), ratio(0), ratio(0.25), ratio(0.5), ratio(0.75), ratio(1)};
}

/// Fills in share, explained and total.
void explain(ParameterEffect &effect, const std::map<int64_t, vector<double>> &groups, double mean, size_t count) {
  double between = 0, within = 0;
  for (const auto &[value, logs] : groups) {
    double sum = 0;
    for (double log : logs)
      sum += log;
    double own = sum / double(logs.size());
    between += double(logs.size()) * (own - mean) * (own - mean);
    for (double log : logs)
      within += (log - own) * (log - own);
  }
  effect.total = between + within;
  if (count > groups.size())
    effect.explained = std::max(0.0, between - double(groups.size() - 1) * within / double(count - groups.size()));
  if (effect.total > 0)
    effect.share = effect.explained / effect.total;
}

} // namespace

std::string kindOf(StringRef templateName) { return templateName.rsplit(' ').first.str(); }

std::optional<NamedNumbers> namedNumbers(StringRef schedule) {
  NamedNumbers numbers;
  llvm::SmallVector<StringRef> words;
  schedule.split(words, ' ', -1, /*KeepEmpty=*/false);
  for (StringRef word : words) {
    auto [name, text] = word.split('=');
    int64_t number;
    if (name.empty() || text.getAsInteger(10, number))
      return std::nullopt;
    numbers.emplace_back(name.str(), number);
  }
  if (numbers.empty())
    return std::nullopt;
  return numbers;
}

vector<ParameterEffect> parameterEffects(const vector<const Result *> &results, StringRef standard) {
  Samples samples = samplesOf(results);
  if (samples.all.empty())
    return {};
  double mean = 0;
  for (const Sample &sample : samples.all)
    mean += sample.logRatio / double(samples.all.size());
  std::map<std::string, int64_t> defaults;
  if (std::optional<NamedNumbers> numbers = namedNumbers(standard))
    defaults = std::map<std::string, int64_t>(numbers->begin(), numbers->end());

  vector<ParameterEffect> effects;
  for (size_t i = 0; i < samples.names.size(); ++i) {
    std::map<int64_t, vector<double>> groups;
    for (const Sample &sample : samples.all)
      groups[sample.values[i]].push_back(sample.logRatio);
    if (groups.size() < 2)
      continue;
    ParameterEffect effect;
    effect.name = samples.names[i];
    if (auto found = defaults.find(effect.name); found != defaults.end())
      effect.standard = found->second;
    explain(effect, groups, mean, samples.all.size());
    for (const auto &[value, logs] : groups) {
      if (effect.standard)
        for (double log : logs)
          effect.sides[value < *effect.standard ? 0 : value == *effect.standard ? 1 : 2].push_back(std::exp(log));
      effect.values.push_back(effectOf(value, logs));
    }
    effects.push_back(std::move(effect));
  }
  std::stable_sort(effects.begin(), effects.end(), [](const auto &a, const auto &b) { return a.share > b.share; });
  return effects;
}

vector<TemplateFigures> templateFigures(const vector<KernelFigures> &kernels) {
  vector<TemplateFigures> all;
  auto same = [](const TemplateFigures &a, const tuning::Setting &b) {
    return a.templateName == b.templateName && a.isa == b.isa && a.cpu == b.cpu && a.compiler == b.compiler;
  };
  for (size_t i = 0; i < kernels.size(); ++i) {
    const tuning::Setting &setting = kernels[i].setting;
    if (kernels[i].parameters.empty())
      continue;
    auto found = std::find_if(all.begin(), all.end(), [&](const auto &one) { return same(one, setting); });
    if (found == all.end())
      found = all.insert(all.end(), {setting.templateName, setting.isa, setting.cpu, setting.compiler, {}, {}});
    found->kernels.push_back(i);
  }
  for (TemplateFigures &one : all) {
    std::map<std::string, vector<const ParameterEffect *>> byName; // of each kernel, null = not there
    for (size_t i = 0; i < one.kernels.size(); ++i)
      for (const ParameterEffect &effect : kernels[one.kernels[i]].parameters) {
        auto &list = byName[effect.name];
        list.resize(one.kernels.size());
        list[i] = &effect;
      }
    for (const auto &[name, effects] : byName) {
      TemplateParameter parameter{name, 0, {}, {}};
      double explained = 0, total = 0;
      std::array<vector<double>, 3> sides;
      for (const ParameterEffect *effect : effects) {
        parameter.kernels.push_back(effect ? effect->share : -1);
        if (!effect)
          continue;
        explained += effect->explained;
        total += effect->total;
        for (size_t side = 0; side < sides.size(); ++side)
          sides[side].insert(sides[side].end(), effect->sides[side].begin(), effect->sides[side].end());
      }
      parameter.share = total > 0 ? explained / total : 0;
      for (size_t side = 0; side < sides.size(); ++side)
        parameter.medians[side] = medianOf(std::move(sides[side]));
      one.parameters.push_back(std::move(parameter));
    }
    std::stable_sort(one.parameters.begin(), one.parameters.end(),
                     [](const auto &a, const auto &b) { return a.share > b.share; });
  }
  return all;
}

} // namespace swin::tools
