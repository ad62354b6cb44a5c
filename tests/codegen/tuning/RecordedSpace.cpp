//===- RecordedSpace.cpp - a table of schedules and their times -----------===//
#include "tests/codegen/tuning/RecordedSpace.h"

#include "codegen/tuning/Strategy.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

using swin::codegen::ScheduleNumbers;

namespace swin::tuning {
namespace {

std::vector<std::string> split(const std::string &line) {
  std::vector<std::string> words;
  std::stringstream stream(line);
  for (std::string word; std::getline(stream, word, ',');)
    words.push_back(word);
  return words;
}

/// Schedules by where their numbers stand among the values of each choice.
struct Table {
  std::vector<ScheduleNumbers> schedules;
  std::vector<std::vector<int64_t>> places;
  std::map<ScheduleNumbers, std::vector<double>> features;
};

int64_t placeOf(const std::vector<int64_t> &values, int64_t number) {
  return std::ranges::lower_bound(values, number) - values.begin();
}

} // namespace

double RecordedSpace::best() const {
  double most = 0;
  for (const auto &[schedule, ratio] : ratios)
    if (schedule != space.standard)
      most = std::max(most, ratio);
  return most;
}

RecordedSpace readRecordedSpace(const std::string &path) {
  RecordedSpace recorded;
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) {
    recorded.error = path + " cannot be read";
    return recorded;
  }
  codegen::ScheduleSpace &space = recorded.space;
  space.templateName = path;
  std::vector<std::string> names = split(line);
  std::vector<std::set<int64_t>> values;
  for (const std::string &name : names)
    if (name.starts_with("feature:"))
      space.featureNames.push_back(name.substr(8));
    else if (name != "ratio")
      space.choices.push_back({name, {}});
  values.resize(space.choices.size());
  auto table = std::make_shared<Table>();
  while (std::getline(file, line)) {
    std::vector<std::string> words = split(line);
    if (words.size() != names.size()) {
      recorded.error = path + ": a row of " + std::to_string(words.size()) + " columns";
      return recorded;
    }
    ScheduleNumbers numbers;
    for (size_t i = 0; i < space.choices.size(); ++i) {
      numbers.push_back(std::atoll(words[i].c_str()));
      values[i].insert(numbers.back());
    }
    for (size_t i = space.choices.size(); i + 1 < words.size(); ++i)
      table->features[numbers].push_back(std::atof(words[i].c_str()));
    recorded.ratios[numbers] = std::atof(words.back().c_str());
    table->schedules.push_back(numbers);
  }
  if (table->schedules.empty()) {
    recorded.error = path + " has no rows";
    return recorded;
  }
  for (size_t i = 0; i < values.size(); ++i)
    space.choices[i].values.assign(values[i].begin(), values[i].end());
  auto placesOf = [choices = space.choices](const ScheduleNumbers &numbers) {
    std::vector<int64_t> places;
    for (size_t i = 0; i < numbers.size(); ++i)
      places.push_back(placeOf(choices[i].values, numbers[i]));
    return places;
  };
  for (const ScheduleNumbers &schedule : table->schedules)
    table->places.push_back(placesOf(schedule));
  space.standard = table->schedules.front();
  space.problem = [table](const ScheduleNumbers &numbers) -> std::string {
    return table->features.contains(numbers) ? "" : "not recorded";
  };
  space.settle = [table, placesOf](const ScheduleNumbers &numbers) -> std::optional<ScheduleNumbers> {
    std::vector<int64_t> wanted = placesOf(numbers);
    size_t nearest = 0;
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < table->places.size() && least > 0; ++i) {
      int64_t far = 0;
      for (size_t k = 0; k < wanted.size(); ++k)
        far += std::abs(table->places[i][k] - wanted[k]);
      if (far < least) {
        least = far;
        nearest = i;
      }
    }
    return table->schedules[nearest];
  };
  space.features = [table](const ScheduleNumbers &numbers, const codegen::KernelExtent &) {
    return table->features.at(numbers);
  };
  return recorded;
}

std::vector<double> race(const RecordedSpace &recorded, const std::string &name, uint64_t seed, size_t trials) {
  auto strategy = makeStrategy(name, recorded.space, {}, seed);
  strategy->learn(recorded.space.standard, 1);
  std::vector<double> best;
  double most = 0;
  while (best.size() < trials) {
    std::vector<ScheduleNumbers> batch = strategy->propose(std::min<size_t>(4, trials - best.size()));
    if (batch.empty())
      break;
    for (const ScheduleNumbers &schedule : batch) {
      double ratio = recorded.ratios.at(schedule);
      strategy->learn(schedule, ratio);
      most = std::max(most, ratio);
      best.push_back(most);
    }
  }
  best.resize(trials, most);
  return best;
}

std::vector<double> meanRegret(const RecordedSpace &recorded, const std::string &strategy, size_t trials,
                               uint64_t seeds) {
  std::vector<double> regret(trials);
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    std::vector<double> found = race(recorded, strategy, seed, trials);
    for (size_t i = 0; i < trials; ++i)
      regret[i] += (1 - found[i] / recorded.best()) / static_cast<double>(seeds);
  }
  return regret;
}

} // namespace swin::tuning
