//===- LaboratoryTest.cpp - schedules are compiled, checked and timed -----===//
#include "codegen/tuning/Laboratory.h"

#include "tests/codegen/kernels/KernelText.h"
#include "tests/codegen/tuning/Problems.h"

#include "gtest/gtest.h"

namespace swin::tuning {
namespace {

using codegen::KernelOutcome;
using codegen::ScheduleNumbers;

const std::string isa = "x86-64-v3";

/// The MLP of a small stage, whose rows have a pad.
Problem mlp(int64_t channels = 40, int64_t height = 20) {
  test::KernelText text("mlp", "tokens", channels);
  return test::problemOf(text.norm().linear(4 * channels).elementwise("gelu").linear(channels).addInput().str(),
                         {1, height, 20, channels});
}

std::vector<KernelOutcome> compiled(const codegen::KernelGraph &graph, size_t count) {
  codegen::KernelJobsOptions options;
  options.prefix = "tuned";
  return codegen::compileKernels(std::vector<codegen::KernelJob>(count, {graph, isa, "kernel"}), options);
}

std::unique_ptr<Laboratory> open(const Problem &problem, const LaboratoryOptions &options) {
  auto laboratory = openLaboratory(problem, options);
  if (laboratory)
    return std::move(*laboratory);
  ADD_FAILURE() << llvm::toString(laboratory.takeError());
  return nullptr;
}

/// What comes of a schedule in whose place something else runs: `spoil` gets the default's outcome.
Result spoiled(const Problem &problem, const std::function<void(KernelOutcome &)> &spoil) {
  LaboratoryOptions options;
  options.isa = isa;
  bool isOpen = false;
  options.compile = [&](const std::vector<std::string> &schedules) {
    std::vector<KernelOutcome> outcomes = compiled(problem.graph, schedules.size());
    if (isOpen)
      spoil(outcomes.front());
    return outcomes;
  };
  auto laboratory = open(problem, options);
  if (!laboratory)
    return {};
  isOpen = true;
  const ScheduleNumbers &standard = laboratory->space().standard;
  std::vector<Result> results = laboratory->run({standard, standard}, {}, {});
  EXPECT_EQ(results.size(), 2u);
  if (results.size() < 2)
    return {};
  EXPECT_TRUE(results[1].outcome == Outcome::Measured || results[1].outcome == Outcome::Stopped)
      << "what is wrong with one leaves the next alone: " << results[1].message;
  return results.front();
}

TEST(Laboratory, TheDefaultIsAsFastAsItself) {
  LaboratoryOptions options;
  options.isa = isa;
  options.threads = {1, 2};
  auto laboratory = open(mlp(), options);
  ASSERT_TRUE(laboratory);
  std::vector<std::string> begun;
  std::vector<Result> results =
      laboratory->run({laboratory->space().standard}, {.thorough = true}, [&](auto text) { begun.push_back(text); });
  ASSERT_EQ(results.size(), 1u);
  const Result &result = results.front();
  EXPECT_EQ(begun, std::vector<std::string>{result.schedule});
  EXPECT_TRUE(result.standard);
  EXPECT_LT(result.error, 2e-5);
  EXPECT_GT(result.error, 0);
  EXPECT_NEAR(result.times.ratio, 1, 0.3) << "within 1 % on a quiet machine";
  EXPECT_GT(result.times.cold, 0);
  EXPECT_EQ(result.sizes, "1 x 1x20x20");
  EXPECT_EQ(result.threads, 2);
}

TEST(Laboratory, FindsABadScheduleSlower) {
  LaboratoryOptions options;
  options.isa = isa;
  auto laboratory = open(mlp(96), options);
  ASSERT_TRUE(laboratory);
  const codegen::ScheduleSpace &space = laboratory->space();
  ScheduleNumbers bad = space.standard;
  for (size_t i = 0; i < bad.size(); ++i)
    if (space.choices[i].name.find("tile") != std::string::npos)
      bad[i] = 1;
  std::optional<ScheduleNumbers> legal = space.settle(bad);
  ASSERT_TRUE(legal);
  std::vector<Result> results = laboratory->run({*legal}, {}, {});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_EQ(results[0].outcome, Outcome::Stopped) << results[0].message;
  EXPECT_LT(results[0].times.ratio, 0.8);
  EXPECT_FALSE(results[0].standard);
}

TEST(Laboratory, WrongResultsAreFound) {
  Problem problem = mlp();
  codegen::KernelGraph other = problem.graph;
  for (codegen::Node &node : other.nodes)
    if (node.op == "layer_norm")
      node.floats["epsilon"] = 0.1;
  Result result = spoiled(problem, [&](KernelOutcome &outcome) { outcome = compiled(other, 1).front(); });
  EXPECT_EQ(result.outcome, Outcome::Wrong);
  EXPECT_NE(result.message.find("differs from the reference"), std::string::npos) << result.message;
  EXPECT_GT(result.error, 2e-5);
  EXPECT_EQ(result.times.rounds, 0);
}

TEST(Laboratory, WritingElsewhereIsFound) {
  Problem problem = test::problemOf(test::KernelText("linear", "tokens", 48).linear(10).str(true), {1, 5, 7, 48});
  codegen::KernelGraph padded = problem.graph;
  padded.dense = false;
  Result result = spoiled(problem, [&](KernelOutcome &outcome) { outcome = compiled(padded, 1).front(); });
  EXPECT_EQ(result.outcome, Outcome::Wrong);
  EXPECT_NE(result.message.find("outside"), std::string::npos) << result.message;
}

TEST(Laboratory, TooMuchScratchIsFound) {
  Result result = spoiled(mlp(), [&](KernelOutcome &outcome) { outcome.scratchBytes = 64; });
  EXPECT_EQ(result.outcome, Outcome::Wrong);
  EXPECT_NE(result.message.find("scratch"), std::string::npos) << result.message;
}

TEST(Laboratory, CrashesAreCaught) {
  Result result = spoiled(mlp(), [&](KernelOutcome &outcome) {
    outcome.object = llvm::cantFail(
        codegen::rewriteObject(outcome.object, {.symbols = {{"tuned_rt_par_for", "abort"}}, .prefixes = {}}));
  });
  EXPECT_EQ(result.outcome, Outcome::Crashed);
}

TEST(Laboratory, WhatDoesNotCompileFailed) {
  Result result = spoiled(mlp(), [&](KernelOutcome &outcome) { outcome.error = "no such loop"; });
  EXPECT_EQ(result.outcome, Outcome::Failed);
  EXPECT_EQ(result.message, "no such loop");
  // What needs a function that no library has.
  result = spoiled(mlp(), [&](KernelOutcome &outcome) {
    outcome.object = llvm::cantFail(
        codegen::rewriteObject(outcome.object, {.symbols = {{"tuned_rt_par_for", "halide_nothing"}}, .prefixes = {}}));
  });
  EXPECT_EQ(result.outcome, Outcome::Failed);
  EXPECT_NE(result.message.find("halide_nothing"), std::string::npos) << result.message;
}

TEST(Laboratory, WeightsAreCold) {
  // 16 MiB of them and two rows: the time is that of reading them.
  LaboratoryOptions options;
  options.isa = isa;
  auto laboratory =
      open(test::problemOf(test::KernelText("linear", "tokens", 2048).linear(2048).str(), {1, 1, 2, 2048}), options);
  ASSERT_TRUE(laboratory);
  std::vector<Result> results = laboratory->run({laboratory->space().standard}, {.thorough = true}, {});
  ASSERT_EQ(results.size(), 1u);
  EXPECT_GT(results[0].times.standardCold, results[0].times.standardWarm * 1.05);
}

TEST(Laboratory, ACancelledRunSaysNothing) {
  std::atomic<bool> cancelled = false;
  LaboratoryOptions options;
  options.isa = isa;
  options.cancelled = &cancelled;
  auto laboratory = open(mlp(), options);
  ASSERT_TRUE(laboratory);
  const ScheduleNumbers &standard = laboratory->space().standard;
  EXPECT_TRUE(laboratory->run({standard, standard}, {}, [&](auto) { cancelled = true; }).empty());
}

TEST(Laboratory, RefusesWhatItCannotRun) {
  auto errorOf = [](const LaboratoryOptions &options) {
    auto laboratory = openLaboratory(mlp(), options);
    return laboratory ? "" : llvm::toString(laboratory.takeError());
  };
  LaboratoryOptions options;
  options.isa = "aarch64";
  EXPECT_EQ(errorOf(options), "this machine cannot run aarch64");
  options.isa = isa;
  options.threads = {1, 0};
  EXPECT_NE(errorOf(options).find("numbers of threads"), std::string::npos);
}

TEST(Laboratory, PeaksAreMeasured) { EXPECT_GT(measurePeak(isa, {1}), 1); }

} // namespace
} // namespace swin::tuning
