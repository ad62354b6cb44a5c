//===- ReportEffects.cpp - which parameter of a schedule mattered ---------===//
#include "tools/tune/ReportData.h"

#include "llvm/ADT/STLExtras.h"
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
  llvm::sort(values);
  return quantile(values, 0.5);
}

/// Schedules with the same names as the first; others are of another version of the template, and no part of it.
struct Samples {
  vector<std::string> names;
  vector<double> logs;             ///< log ratios
  vector<vector<int64_t>> columns; ///< of each name the schedules' values
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
    if (samples.names.empty()) {
      for (const auto &[name, number] : *numbers)
        samples.names.push_back(name);
      samples.columns.resize(samples.names.size());
    }
    bool same = std::equal(numbers->begin(), numbers->end(), samples.names.begin(), samples.names.end(),
                           [](const auto &pair, const std::string &name) { return pair.first == name; });
    if (!same)
      continue;
    samples.logs.push_back(sum.first / double(sum.second));
    for (size_t i = 0; i < numbers->size(); ++i)
      samples.columns[i].push_back((*numbers)[i].second);
  }
  return samples;
}

/// Schedules in groups: of each the number of its group, of `count`.
struct Groups {
  vector<size_t> places;
  size_t count = 0;
};

/// Equal values are a group; where they are more than eight, neighbours are, of about equally many schedules, since
/// groups of one say nothing.
Groups groupsOf(const vector<int64_t> &column) {
  constexpr size_t mostAlone = 8, mostTogether = 6;
  std::map<int64_t, size_t> counts;
  for (int64_t value : column)
    ++counts[value];
  std::map<int64_t, size_t> places;
  size_t before = 0, last = 0, used = 0;
  for (const auto &[value, count] : counts) {
    size_t place =
        counts.size() <= mostAlone ? places.size() : mostTogether * (2 * before + count) / (2 * column.size());
    before += count;
    used += used == 0 || place != last;
    last = place;
    places[value] = used - 1;
  }
  Groups groups{{}, used};
  for (int64_t value : column)
    groups.places.push_back(places[value]);
  return groups;
}

/// Groups of what is in the same group of both.
Groups pairOf(const Groups &a, const Groups &b) {
  vector<size_t> names(a.count * b.count);
  Groups both;
  for (size_t i = 0; i < a.places.size(); ++i) {
    size_t &name = names[a.places[i] * b.count + b.places[i]]; // 0 = not met yet
    if (name == 0)
      name = ++both.count;
    both.places.push_back(name - 1);
  }
  return both;
}

struct Variance {
  double explained = 0, total = 0; ///< sums of squares; the first less what chance would give
};

Variance varianceOf(const vector<double> &logs, const Groups &groups) {
  vector<double> sums(groups.count), counts(groups.count);
  double all = 0;
  for (size_t i = 0; i < logs.size(); ++i) {
    sums[groups.places[i]] += logs[i];
    counts[groups.places[i]] += 1;
    all += logs[i];
  }
  double mean = all / double(logs.size()), within = 0, between = 0;
  for (size_t i = 0; i < logs.size(); ++i) {
    double away = logs[i] - sums[groups.places[i]] / counts[groups.places[i]];
    within += away * away;
  }
  for (size_t place = 0; place < groups.count; ++place) {
    double away = sums[place] / counts[place] - mean;
    between += counts[place] * away * away;
  }
  Variance variance{0, between + within};
  if (logs.size() > groups.count)
    variance.explained = between - double(groups.count - 1) * within / double(logs.size() - groups.count);
  return variance;
}

ValueEffect effectOf(int64_t value, vector<double> logs) {
  llvm::sort(logs);
  auto ratio = [&](double part) { return std::exp(quantile(logs, part)); };
  return {value, int64_t(logs.size()), ratio(0), ratio(0.25), ratio(0.5), ratio(0.75), ratio(1)};
}

ParameterEffect effectOf(const Samples &samples, size_t place, const Groups &groups, std::optional<int64_t> standard) {
  ParameterEffect effect;
  effect.name = samples.names[place];
  effect.standard = standard;
  Variance variance = varianceOf(samples.logs, groups);
  effect.explained = std::max(0.0, variance.explained);
  effect.total = variance.total;
  effect.share = effect.total > 0 ? effect.explained / effect.total : 0;
  std::map<int64_t, vector<double>> byValue;
  for (size_t i = 0; i < samples.logs.size(); ++i) {
    int64_t value = samples.columns[place][i];
    byValue[value].push_back(samples.logs[i]);
    if (standard)
      effect.sides[value < *standard ? 0 : value == *standard ? 1 : 2].push_back(std::exp(samples.logs[i]));
  }
  for (const auto &[value, logs] : byValue)
    effect.values.push_back(effectOf(value, logs));
  return effect;
}

vector<PairEffect> pairsOf(const TemplateFigures &one, const vector<KernelFigures> &kernels) {
  std::map<std::pair<std::string, std::string>, PairEffect> sums;
  for (size_t i : one.kernels)
    for (const PairEffect &pair : kernels[i].effects.pairs) {
      auto names = std::minmax(pair.first, pair.second);
      PairEffect &sum = sums.try_emplace(names, PairEffect{names.first, names.second, 0, 0, 0}).first->second;
      sum.explained += pair.explained;
      sum.total += pair.total;
    }
  vector<PairEffect> pairs;
  for (auto &[names, sum] : sums) {
    sum.share = sum.total > 0 ? sum.explained / sum.total : 0;
    pairs.push_back(std::move(sum));
  }
  llvm::stable_sort(pairs, [](const auto &a, const auto &b) { return a.share > b.share; });
  return pairs;
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

Effects effectsOf(const vector<const Result *> &results, StringRef standard) {
  Samples samples = samplesOf(results);
  std::map<std::string, int64_t> defaults;
  if (std::optional<NamedNumbers> numbers = namedNumbers(standard))
    defaults = std::map<std::string, int64_t>(numbers->begin(), numbers->end());

  vector<std::pair<ParameterEffect, Groups>> found;
  for (size_t i = 0; i < samples.names.size(); ++i) {
    Groups groups = groupsOf(samples.columns[i]);
    if (groups.count < 2)
      continue;
    auto known = defaults.find(samples.names[i]);
    std::optional<int64_t> own = known == defaults.end() ? std::nullopt : std::optional(known->second);
    ParameterEffect effect = effectOf(samples, i, groups, own);
    found.emplace_back(std::move(effect), std::move(groups));
  }
  llvm::stable_sort(found, [](const auto &a, const auto &b) { return a.first.share > b.first.share; });

  Effects effects;
  effects.schedules = samples.logs.size();
  constexpr size_t mostOfPairs = 16;
  for (size_t i = 0; i < std::min(found.size(), mostOfPairs); ++i)
    for (size_t j = 0; j < i; ++j) {
      Groups both = pairOf(found[i].second, found[j].second);
      // Fewer than two of a pair say more about noise than about the pair.
      if (samples.logs.size() < 2 * both.count)
        continue;
      Variance variance = varianceOf(samples.logs, both);
      double more = variance.explained - found[i].first.explained - found[j].first.explained;
      effects.pairs.push_back({found[j].first.name, found[i].first.name, variance.total > 0 ? more / variance.total : 0,
                               more, variance.total});
    }
  llvm::stable_sort(effects.pairs, [](const auto &a, const auto &b) { return a.share > b.share; });
  for (auto &[effect, groups] : found)
    effects.parameters.push_back(std::move(effect));
  return effects;
}

vector<TemplateFigures> templateFigures(const vector<KernelFigures> &kernels) {
  vector<TemplateFigures> all;
  auto same = [](const TemplateFigures &a, const tuning::Setting &b) {
    return a.templateName == b.templateName && a.isa == b.isa && a.cpu == b.cpu && a.compiler == b.compiler;
  };
  for (size_t i = 0; i < kernels.size(); ++i) {
    const tuning::Setting &setting = kernels[i].setting;
    if (kernels[i].effects.parameters.empty())
      continue;
    auto found = std::find_if(all.begin(), all.end(), [&](const auto &one) { return same(one, setting); });
    if (found == all.end())
      found = all.insert(all.end(), {setting.templateName, setting.isa, setting.cpu, setting.compiler, {}, {}, {}});
    found->kernels.push_back(i);
  }
  for (TemplateFigures &one : all) {
    std::map<std::string, vector<const ParameterEffect *>> byName; // of each kernel, null = not there
    for (size_t i = 0; i < one.kernels.size(); ++i)
      for (const ParameterEffect &effect : kernels[one.kernels[i]].effects.parameters) {
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
    llvm::stable_sort(one.parameters, [](const auto &a, const auto &b) { return a.share > b.share; });
    one.pairs = pairsOf(one, kernels);
  }
  return all;
}

} // namespace swin::tools
