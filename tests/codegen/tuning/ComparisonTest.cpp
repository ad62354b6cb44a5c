//===- ComparisonTest.cpp - two times from rounds with noise --------------===//
#include "codegen/tuning/Comparison.h"

#include "gtest/gtest.h"

#include <random>

namespace swin::tuning {
namespace {

/// Rounds on a machine where something else runs half of the time and takes up to twice as long.
Comparison measured(double standard, double schedule, size_t rounds, unsigned seed, double disturbed = 0.5) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<double> part;
  auto noise = [&] { return 1 + 0.004 * part(generator) + (part(generator) < disturbed ? part(generator) : 0); };
  Comparison comparison;
  for (size_t round = 0; round < rounds; ++round)
    comparison.add(standard * noise(), schedule * noise());
  return comparison;
}

TEST(Comparison, FindsTheRatioInNoise) {
  for (unsigned seed = 1; seed <= 50; ++seed) {
    EXPECT_NEAR(measured(1, 1, 40, seed).ratio(), 1, 0.02) << seed;
    EXPECT_NEAR(measured(1, 0.9, 40, seed).ratio(), 1 / 0.9, 0.02) << seed;
  }
}

TEST(Comparison, DriftsOfBothSidesDoNotCount) {
  Comparison comparison;
  for (int round = 0; round < 12; ++round)
    comparison.add(1 + 0.002 * round, 0.8 * (1 + 0.002 * round));
  EXPECT_NEAR(comparison.ratio(), 1.25, 1e-12);
  EXPECT_NEAR(comparison.doubt(), 0, 1e-12);
}

TEST(Comparison, DoubtFallsWithRounds) {
  EXPECT_LT(measured(1, 1, 100, 3, 0).doubt(), measured(1, 1, 8, 3, 0).doubt());
  EXPECT_LT(measured(1, 1, 40, 3, 0).doubt(), 0.002);
}

TEST(Comparison, AnEqualScheduleHasNotLost) {
  int lost = 0;
  for (unsigned seed = 1; seed <= 200; ++seed)
    for (size_t rounds : {4, 6, 10, 20})
      lost += measured(1, 1, rounds, seed).hasLost(1, 1.03);
  EXPECT_LE(lost, 8) << "of 800";
}

TEST(Comparison, AHopelessScheduleHasLostSoon) {
  int lost = 0;
  for (unsigned seed = 1; seed <= 100; ++seed)
    lost += measured(1, 1.2, 4, seed, 0).hasLost(1, 1.03);
  EXPECT_EQ(lost, 100);
  EXPECT_FALSE(measured(1, 1.2, 3, 1, 0).hasLost(1, 1.03)) << "before the fewest rounds";
  EXPECT_TRUE(measured(1, 1, 12, 1, 0).hasLost(1.1, 1.03)) << "against a better one";
}

TEST(Comparison, LeastAndMedian) {
  Comparison comparison;
  for (double time : {3.0, 1.0, 2.0})
    comparison.add(time, 10 * time);
  EXPECT_EQ(comparison.least(Comparison::Standard), 1);
  EXPECT_EQ(comparison.median(Comparison::Schedule), 20);
  EXPECT_EQ(comparison.rounds(), 3u);
}

} // namespace
} // namespace swin::tuning
