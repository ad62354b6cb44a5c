//===- StrategiesTest.cpp - what is proposed, and how good it is ----------===//
#include "codegen/tuning/Regression.h"
#include "codegen/tuning/Strategy.h"
#include "codegen/tuning/Walk.h"
#include "tests/codegen/tuning/MadeUp.h"
#include "tests/codegen/tuning/RecordedSpace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace swin::tuning {
namespace {

using codegen::ScheduleNumbers;
using codegen::ScheduleSpace;

/// Proposals of a strategy that learns the formula's ratios, four at a time.
std::vector<ScheduleNumbers> proposals(const std::string &name, uint64_t seed, size_t count,
                                       const ScheduleSpace &space = madeUpSpace()) {
  auto strategy = makeStrategy(name, space, {}, seed);
  strategy->learn(space.standard, 1);
  std::vector<ScheduleNumbers> all;
  while (all.size() < count) {
    std::vector<ScheduleNumbers> batch = strategy->propose(std::min<size_t>(4, count - all.size()));
    for (const ScheduleNumbers &schedule : batch)
      strategy->learn(schedule, madeUpRatio(schedule));
    all.insert(all.end(), batch.begin(), batch.end());
    if (batch.empty())
      break;
  }
  return all;
}

double bestOf(const std::vector<ScheduleNumbers> &schedules) {
  double best = 1;
  for (const ScheduleNumbers &schedule : schedules)
    best = std::max(best, madeUpRatio(schedule));
  return best;
}

double bestOfAll() { return bestOf(*allSchedules(madeUpSpace(), 1 << 20)); }

class Strategies : public testing::TestWithParam<std::string> {};

TEST_P(Strategies, ProposeLegalSchedulesOnceUntilThereAreNoMore) {
  ScheduleSpace space = madeUpSpace();
  space.choices[2].values = {48, 64};
  auto all = allSchedules(space, 1 << 20);
  ASSERT_TRUE(all);
  // From blocks that were settled, steps lead to a few more.
  std::vector<ScheduleNumbers> proposed = proposals(GetParam(), 1, all->size() * 2, space);
  std::set<ScheduleNumbers> different(proposed.begin(), proposed.end());
  EXPECT_EQ(different.size(), proposed.size());
  EXPECT_FALSE(different.contains(space.standard));
  for (const ScheduleNumbers &schedule : *all)
    EXPECT_TRUE(different.contains(schedule) || schedule == space.standard);
  for (const ScheduleNumbers &schedule : proposed)
    EXPECT_EQ(space.problem(schedule), "");
}

TEST_P(Strategies, AreDeterminedByTheSeed) {
  EXPECT_EQ(proposals(GetParam(), 7, 60), proposals(GetParam(), 7, 60));
  EXPECT_NE(proposals(GetParam(), 7, 60), proposals(GetParam(), 8, 60));
}

TEST_P(Strategies, LearnWhatOthersTried) {
  ScheduleSpace space = madeUpSpace();
  auto strategy = makeStrategy(GetParam(), space, {}, 1);
  std::set<ScheduleNumbers> tried;
  for (const ScheduleNumbers &schedule : proposals("random", 3, 100)) {
    strategy->learn(schedule, madeUpRatio(schedule));
    tried.insert(schedule);
  }
  for (const ScheduleNumbers &schedule : strategy->propose(100))
    EXPECT_FALSE(tried.contains(schedule));
}

TEST_P(Strategies, LiveWithSchedulesThatNeverWork) {
  ScheduleSpace space = madeUpSpace();
  auto strategy = makeStrategy(GetParam(), space, {}, 1);
  for (int i = 0; i < 30; ++i)
    for (const ScheduleNumbers &schedule : strategy->propose(4))
      strategy->learn(schedule, 0);
  EXPECT_EQ(strategy->propose(4).size(), 4u);
}

TEST_P(Strategies, SettleForASpaceOfOne) {
  ScheduleSpace space = madeUpSpace();
  for (size_t i = 0; i < space.choices.size(); ++i)
    space.choices[i].values = {space.standard[i]};
  EXPECT_EQ(proposals(GetParam(), 1, 4, space), std::vector<ScheduleNumbers>());
}

INSTANTIATE_TEST_SUITE_P(All, Strategies, testing::ValuesIn(strategyNames()),
                         [](const auto &info) { return info.param; });

/// What is lost against the best after so many trials, over seeds.
double regretOf(const std::string &name, size_t trials) {
  double sum = 0;
  constexpr int seeds = 20;
  for (int seed = 1; seed <= seeds; ++seed)
    sum += 1 - bestOf(proposals(name, static_cast<uint64_t>(seed), trials)) / bestOfAll();
  return sum / seeds;
}

TEST(StrategiesTest, ThatLearnAreBetterThanChance) {
  double chance = regretOf("random", 48), evolved = regretOf("evolutionary", 48), modelled = regretOf("model", 48);
  RecordProperty("random", std::to_string(chance));
  RecordProperty("evolutionary", std::to_string(evolved));
  RecordProperty("model", std::to_string(modelled));
  EXPECT_LT(evolved, chance * 0.7);
  EXPECT_LT(modelled, chance * 0.7);
}

TEST(StrategiesTest, TheDefaultOneIsBestOnWhatWasMeasured) {
  for (const char *table : {"merge_192.csv", "mlp_192.csv", "windows_96.csv"}) {
    RecordedSpace recorded = readRecordedSpace(std::string(SWIN_TABLES "/") + table);
    ASSERT_EQ(recorded.error, "");
    double own = meanRegret(recorded, defaultStrategy, 50, 10).back();
    for (const std::string &name : strategyNames())
      EXPECT_LE(own, meanRegret(recorded, name, 50, 10).back() + 0.001) << table << " " << name;
  }
}

TEST(WalkTest, CountsSchedules) {
  ScheduleSpace space = madeUpSpace();
  EXPECT_EQ(productOfChoices(space, 1 << 20), 8 * 5 * 9 * 4);
  EXPECT_EQ(productOfChoices(space, 100), 100);
  EXPECT_FALSE(allSchedules(space, 1439));
  EXPECT_TRUE(allSchedules(space, 1440));
}

TEST(WalkTest, NeighboursDifferByOneValue) {
  Walk walk(madeUpSpace(), 1);
  std::vector<ScheduleNumbers> near = walk.neighbours({4, 4, 64, 0});
  // 64 is whole tiles of 3 and 5 rows no longer.
  std::vector<ScheduleNumbers> right = {{3, 4, 63, 0}, {4, 3, 64, 0}, {4, 4, 48, 0}, {4, 4, 64, 1},
                                        {4, 4, 96, 0}, {4, 6, 64, 0}, {5, 4, 60, 0}};
  EXPECT_EQ(near, right);
  walk.visit({4, 4, 96, 0});
  EXPECT_EQ(walk.neighbours({4, 4, 64, 0}).size(), right.size() - 1);
}

TEST(RegressionTest, FollowsAStepAndIsUnsureWhereItKnowsNothing) {
  std::vector<std::vector<double>> points;
  std::vector<double> values;
  for (int i = 0; i < 40; ++i) {
    points.push_back({static_cast<double>(i), static_cast<double>(i % 3)});
    values.push_back(i < 20 ? 1 : 5);
  }
  Regression regression(1);
  EXPECT_EQ(regression.guess({3, 0}).mean, 0);
  regression.fit(points, values);
  EXPECT_NEAR(regression.guess({5, 1}).mean, 1, 0.01);
  EXPECT_NEAR(regression.guess({35, 1}).mean, 5, 0.01);
  EXPECT_GT(regression.guess({19.5, 1}).spread, 0.5);
  EXPECT_LT(regression.guess({5, 1}).spread, 0.01);
}

} // namespace
} // namespace swin::tuning
