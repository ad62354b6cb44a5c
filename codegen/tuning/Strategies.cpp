//===- Strategies.cpp - which schedule to try next ------------------------===//
#include "codegen/tuning/Regression.h"
#include "codegen/tuning/Strategy.h"
#include "codegen/tuning/Walk.h"

#include <algorithm>
#include <cmath>
#include <map>

using swin::codegen::ScheduleNumbers;
using swin::codegen::ScheduleSpace;

namespace swin::tuning {
namespace {

/// Spaces of so many combinations are listed; larger ones are met by chance.
constexpr int64_t mostListed = 1 << 16;

/// What all strategies share: nothing is proposed twice, and what is left over when steps find nothing new any more is
/// found in a list, where there can be one.
class Base : public Strategy {
public:
  Base(const ScheduleSpace &space, uint64_t seed) : walk(space, seed), space(space) {}

  std::vector<ScheduleNumbers> propose(size_t count) final {
    std::vector<ScheduleNumbers> proposed;
    begin();
    while (proposed.size() < count) {
      std::optional<ScheduleNumbers> next = step();
      if (!next)
        next = leftOver();
      if (!next)
        break;
      walk.visit(*next);
      proposed.push_back(std::move(*next));
    }
    return proposed;
  }
  void learn(const ScheduleNumbers &schedule, double ratio) override {
    walk.visit(schedule);
    known[schedule] = ratio;
  }

protected:
  /// Before the steps of a proposal.
  virtual void begin() {}
  /// A new schedule.
  virtual std::optional<ScheduleNumbers> step() = 0;

  /// The next of all schedules in a random order that is new.
  std::optional<ScheduleNumbers> leftOver() {
    if (!listed) {
      listed = true;
      if (auto all = allSchedules(space, mostListed))
        rest = std::move(*all);
      shuffle(rest, walk.dice);
    }
    while (!rest.empty()) {
      ScheduleNumbers next = std::move(rest.back());
      rest.pop_back();
      if (walk.isNew(next))
        return next;
    }
    return std::nullopt;
  }
  /// The `most` fastest that are known, the fastest first.
  std::vector<ScheduleNumbers> fastest(size_t most) const {
    std::vector<std::pair<double, const ScheduleNumbers *>> order;
    for (const auto &[schedule, ratio] : known)
      if (ratio > 0)
        order.emplace_back(-ratio, &schedule);
    std::ranges::stable_sort(order, {}, [](const auto &entry) { return entry.first; });
    std::vector<ScheduleNumbers> schedules;
    for (size_t i = 0; i < std::min(most, order.size()); ++i)
      schedules.push_back(*order[i].second);
    return schedules;
  }

  Walk walk;
  ScheduleSpace space;
  std::map<ScheduleNumbers, double> known; ///< ratios

private:
  bool listed = false;
  std::vector<ScheduleNumbers> rest;
};

class Random : public Base {
  using Base::Base;
  std::optional<ScheduleNumbers> step() override {
    auto next = leftOver();
    return next ? next : walk.anywhere();
  }
};

/// Changes the fastest schedules a little, or takes numbers of two of them.
class Evolutionary : public Base {
  using Base::Base;
  static constexpr size_t population = 8;

  void begin() override { parents = fastest(population); }
  std::optional<ScheduleNumbers> step() override {
    // The faster of two by chance.
    auto parent = [&] { return parents[std::min(walk.dice.below(parents.size()), walk.dice.below(parents.size()))]; };
    size_t what = walk.dice.below(8);
    if (parents.empty() || what == 0)
      return walk.anywhere();
    if (what <= 2 && parents.size() > 1) {
      const ScheduleNumbers a = parent(), b = parent();
      if (auto child = walk.between(a, b))
        return child;
    }
    if (auto child = walk.beside(parent()))
      return child;
    return walk.anywhere();
  }

  std::vector<ScheduleNumbers> parents;
};

/// Tries what a regression on the features of schedules thinks is fast.
class Model : public Base {
public:
  Model(const ScheduleSpace &space, const codegen::KernelExtent &extent, uint64_t seed)
      : Base(space, seed), extent(extent), regression(seed ^ 0x5851f42d4c957f2d) {}

private:
  static constexpr size_t few = 8;              ///< known schedules of which nothing is foretold
  static constexpr size_t wide = 192, near = 4; ///< candidates from anywhere; schedules whose neighbours are candidates

  struct Candidate {
    ScheduleNumbers schedule;
    double promise = 0;
  };

  std::vector<double> point(const ScheduleNumbers &schedule) const {
    std::vector<double> numbers = space.features ? space.features(schedule, extent) : std::vector<double>();
    numbers.insert(numbers.end(), schedule.begin(), schedule.end());
    return numbers;
  }

  void begin() override {
    candidates.clear();
    if (known.size() < few)
      return;
    std::vector<std::vector<double>> points;
    std::vector<double> values;
    // How slow the hopeless are does not matter, and what does not work is one of them.
    for (const auto &[schedule, ratio] : known) {
      points.push_back(point(schedule));
      values.push_back(std::log(std::max(ratio, 0.5)));
    }
    regression.fit(points, values);
    std::set<ScheduleNumbers> found;
    for (const ScheduleNumbers &good : fastest(near))
      for (const ScheduleNumbers &neighbour : walk.neighbours(good))
        found.insert(neighbour);
    for (size_t i = 0; i < wide; ++i)
      if (auto far = walk.anywhere())
        found.insert(*far);
    for (const ScheduleNumbers &schedule : found) {
      Regression::Guess guess = regression.guess(point(schedule));
      candidates.push_back({schedule, guess.mean + guess.spread});
    }
    std::ranges::stable_sort(candidates, {}, &Candidate::promise); // the best last
  }

  std::optional<ScheduleNumbers> step() override {
    if (candidates.empty() || walk.dice.below(8) == 0)
      return beginning();
    while (!candidates.empty()) {
      ScheduleNumbers next = std::move(candidates.back().schedule);
      candidates.pop_back();
      if (walk.isNew(next))
        return next;
    }
    return walk.anywhere();
  }
  /// Half of them near the default, which is seldom far from the best.
  std::optional<ScheduleNumbers> beginning() {
    std::vector<ScheduleNumbers> good = fastest(1);
    if (!good.empty() && walk.dice.below(2) == 0)
      if (auto close = walk.beside(good.front()))
        return close;
    return walk.anywhere();
  }

  codegen::KernelExtent extent;
  Regression regression;
  std::vector<Candidate> candidates;
};

} // namespace

const std::vector<std::string> &strategyNames() {
  static const std::vector<std::string> names = {"random", "evolutionary", "model"};
  return names;
}

std::unique_ptr<Strategy> makeStrategy(const std::string &name, const ScheduleSpace &space,
                                       const codegen::KernelExtent &extent, uint64_t seed) {
  if (name == "random")
    return std::make_unique<Random>(space, seed);
  if (name == "evolutionary")
    return std::make_unique<Evolutionary>(space, seed);
  return std::make_unique<Model>(space, extent, seed);
}

} // namespace swin::tuning
