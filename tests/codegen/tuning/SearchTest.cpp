//===- SearchTest.cpp - the search on times that are a formula ------------===//
#include "codegen/tuning/Search.h"
#include "tests/codegen/tuning/MadeUp.h"

#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace swin::tuning {
namespace {

using codegen::ScheduleNumbers;
using codegen::ScheduleSpace;

/// Times are the formula's; what a quick run says of some schedules may be something else.
class MadeUpLaboratory : public Laboratory {
public:
  explicit MadeUpLaboratory(std::map<ScheduleNumbers, Result> quick = {}) : quick(std::move(quick)) {}
  const ScheduleSpace &space() const override { return made; }
  std::vector<Result> run(const std::vector<ScheduleNumbers> &schedules, const TrialOptions &options,
                          const std::function<void(const std::string &)> &before) override {
    std::vector<Result> results;
    for (const ScheduleNumbers &numbers : schedules) {
      before(codegen::scheduleText(made, numbers));
      Result &result = results.emplace_back();
      if (auto said = quick.find(numbers); said != quick.end() && !options.thorough) {
        result = said->second;
      } else {
        result.times.ratio = madeUpRatio(numbers);
        result.times.rounds = options.thorough ? 30 : 10;
      }
      result.times.standardCold = result.times.standardWarm = 2;
      result.times.cold = result.times.warm = 2 / std::max(result.times.ratio, 0.1);
      result.schedule = codegen::scheduleText(made, numbers);
    }
    return results;
  }

private:
  ScheduleSpace made = madeUpSpace();
  std::map<ScheduleNumbers, Result> quick;
};

Problem problemNamed(const std::string &name) {
  Problem problem;
  problem.graph.name = name;
  problem.signature = {std::string(64, name.back()), "tokens norm linear", {96, 384}};
  CallSize call;
  call.macs = 1000;
  problem.calls = {call};
  return problem;
}

LaboratorySource madeUp(std::map<ScheduleNumbers, Result> quick = {}) {
  return [quick](const Problem &, const LaboratoryOptions &) -> llvm::Expected<std::unique_ptr<Laboratory>> {
    return std::make_unique<MadeUpLaboratory>(quick);
  };
}

class SearchTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("swin-search", folder));
    auto opened = Database::open((folder + "/schedules.db").str(), Database::Access::Write);
    ASSERT_TRUE(bool(opened)) << llvm::toString(opened.takeError());
    database.emplace(std::move(*opened));
    options.isas = {"x86-64-v3"};
    options.trials = 40;
    options.laboratory = madeUp();
    options.record = [&](const Result &result) { recorded.push_back(result); };
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  SearchOutcome run(const std::string &name, const std::vector<Problem> &problems = {problemNamed("mlp_1")}) {
    recorded.clear();
    options.run = name;
    SearchOutcome outcome = search(problems, &*database, options, {});
    EXPECT_EQ(outcome.errors, std::vector<std::string>());
    return outcome;
  }
  std::vector<std::string> schedules() const {
    std::vector<std::string> texts;
    for (const Result &result : recorded)
      texts.push_back(result.schedule);
    return texts;
  }
  /// That a schedule is the best of another kernel of the structure.
  void confirmElsewhere(char signature, const std::string &schedule) {
    Result result;
    result.setting = {std::string(64, signature), "x86-64-v3", cpuName(), compilerVersion(), "madeup 1"};
    result.kernel = "other";
    result.structure = problemNamed("mlp_1").signature.structure;
    result.schedule = schedule;
    result.times.ratio = result.times.cold = result.times.standardCold = 1.5;
    result.confirmed = true;
    result.run = "earlier";
    result.number = 1;
    llvm::cantFail(database->append(result));
  }
  size_t kept() const {
    size_t count = 0;
    llvm::cantFail(database->forEach(nullptr, [&](const Result &) { ++count; }));
    return count;
  }

  llvm::SmallString<128> folder;
  std::optional<Database> database;
  SearchOptions options;
  std::vector<Result> recorded;
};

TEST_F(SearchTest, FindsAndConfirmsTheBest) {
  options.trials = 100;
  SearchOutcome outcome = run("one");
  ASSERT_EQ(outcome.found.size(), 1u);
  const Found &found = outcome.found[0];
  EXPECT_EQ(found.schedule, "rows=6 vectors=4 block=96 ahead=2");
  EXPECT_DOUBLE_EQ(found.ratio, madeUpRatio({6, 4, 96, 2}));
  EXPECT_EQ(found.tried, 100);
  EXPECT_EQ(found.standardMilliseconds, 2);
  ASSERT_EQ(found.confirmed.size(), 1u);
  auto best = database->best(found.setting);
  ASSERT_TRUE(best && *best);
  EXPECT_TRUE((*best)->confirmed);
  EXPECT_EQ((*best)->schedule, found.schedule);
  // All went into the database as they came: the trials and the confirmation.
  EXPECT_EQ(kept(), 101u);
  EXPECT_TRUE(recorded.front().standard);
  for (size_t i = 0; i < recorded.size(); ++i)
    EXPECT_EQ(recorded[i].number, static_cast<int64_t>(i) + 1);
  EXPECT_EQ(database->check(), "");
}

TEST_F(SearchTest, TriesNothingTwiceInALaterRun) {
  run("one");
  std::vector<std::string> first = schedules();
  SearchOutcome outcome = run("two");
  EXPECT_EQ(outcome.found[0].known, 40);
  std::set<std::string> before(first.begin(), first.end());
  for (const Result &result : recorded)
    EXPECT_TRUE(result.confirmed || !before.contains(result.schedule)) << result.schedule;
}

TEST_F(SearchTest, KnowsNothingOfOtherSizesOrThreads) {
  run("one");
  options.threads = {2};
  EXPECT_EQ(run("two").found[0].known, 0);
  Problem larger = problemNamed("mlp_1");
  larger.calls[0].batch = 8;
  options.threads = {1};
  EXPECT_EQ(run("three", {larger}).found[0].known, 0);
}

TEST_F(SearchTest, TriesTheSameForTheSameSeed) {
  options.run = "one";
  search({problemNamed("mlp_1")}, nullptr, options, {});
  std::vector<std::string> first = schedules();
  recorded.clear();
  search({problemNamed("mlp_1")}, nullptr, options, {});
  EXPECT_EQ(schedules(), first);
  recorded.clear();
  options.seed = 2;
  search({problemNamed("mlp_1")}, nullptr, options, {});
  EXPECT_NE(schedules(), first);
}

TEST_F(SearchTest, ReplaysARecord) {
  options.run = "one";
  SearchOutcome outcome = search({problemNamed("mlp_1")}, nullptr, options, {});
  std::vector<Result> record = recorded;
  std::vector<std::string> first = schedules();
  recorded.clear();
  options.trials = 0; // ends where the record does
  options.laboratory = [&](const Problem &, const LaboratoryOptions &) -> llvm::Expected<std::unique_ptr<Laboratory>> {
    return replayLaboratory(madeUpSpace(), record);
  };
  SearchOutcome replayed = search({problemNamed("mlp_1")}, nullptr, options, {});
  EXPECT_EQ(schedules(), first);
  EXPECT_EQ(replayed.found[0].schedule, outcome.found[0].schedule);
  EXPECT_EQ(replayed.found[0].ratio, outcome.found[0].ratio);
}

TEST_F(SearchTest, TheLuckyAndTheWrongAreNotConfirmed) {
  Result lucky, wrong;
  lucky.times.ratio = 3;
  wrong.outcome = Outcome::Wrong;
  wrong.message = "differs";
  wrong.times.ratio = 4;
  options.laboratory = madeUp({{{4, 4, 96, 2}, wrong}, {{4, 4, 64, 1}, lucky}});
  // Both are tried, since they are the best of other kernels.
  confirmElsewhere('e', "rows=4 vectors=4 block=96 ahead=2");
  confirmElsewhere('f', "rows=4 vectors=4 block=64 ahead=1");
  options.trials = 100;
  SearchOutcome outcome = run("one");
  std::vector<std::string> tried = schedules();
  for (const char *text : {"rows=4 vectors=4 block=96 ahead=2", "rows=4 vectors=4 block=64 ahead=1"})
    EXPECT_LT(std::ranges::find(tried, text) - tried.begin(), 4) << text;
  // Measured again, the lucky one is 2 % faster; the best is much more.
  EXPECT_EQ(outcome.found[0].schedule, "rows=6 vectors=4 block=96 ahead=2");
  EXPECT_DOUBLE_EQ(outcome.found[0].ratio, madeUpRatio({6, 4, 96, 2}));
}

TEST_F(SearchTest, TheDefaultStaysWhereNothingIsFaster) {
  std::map<ScheduleNumbers, Result> nothing;
  options.laboratory = [&](const Problem &, const LaboratoryOptions &) -> llvm::Expected<std::unique_ptr<Laboratory>> {
    class Slow : public MadeUpLaboratory {
      std::vector<Result> run(const std::vector<ScheduleNumbers> &schedules, const TrialOptions &how,
                              const std::function<void(const std::string &)> &before) override {
        auto results = MadeUpLaboratory::run(schedules, how, before);
        for (size_t i = 0; i < results.size(); ++i)
          results[i].times.ratio = schedules[i] == space().standard ? 1.02 : 1.004; // noise
        return results;
      }
    };
    return std::make_unique<Slow>();
  };
  SearchOutcome outcome = run("one");
  EXPECT_EQ(outcome.found[0].ratio, 1);
  EXPECT_EQ(outcome.found[0].schedule, "rows=4 vectors=4 block=64 ahead=0");
  for (const Result &result : recorded)
    EXPECT_FALSE(result.confirmed);
}

TEST_F(SearchTest, AnotherKernelOfTheStructureBeginsWithTheBest) {
  run("one", {problemNamed("mlp_1"), problemNamed("mlp_2")});
  auto second = std::ranges::find(recorded, "mlp_2", &Result::kernel);
  ASSERT_NE(second, recorded.end());
  std::vector<std::string> begin = {second[0].schedule, second[1].schedule};
  EXPECT_EQ(begin,
            (std::vector<std::string>{"rows=4 vectors=4 block=64 ahead=0", "rows=6 vectors=4 block=96 ahead=2"}));
  // So do those of later runs.
  run("two", {problemNamed("mlp_3")});
  EXPECT_EQ(recorded[1].schedule, "rows=6 vectors=4 block=96 ahead=2");
}

TEST_F(SearchTest, AnEndFromOutsideKeepsAll) {
  std::atomic<bool> cancelled = false;
  options.cancelled = &cancelled;
  auto record = options.record;
  options.record = [&](const Result &result) {
    record(result);
    cancelled = recorded.size() >= 10;
  };
  SearchOutcome outcome = run("one", {problemNamed("mlp_1"), problemNamed("mlp_2")});
  EXPECT_TRUE(outcome.cancelled);
  EXPECT_EQ(outcome.found.size(), 1u);
  EXPECT_GE(recorded.size(), 10u);
  EXPECT_LT(recorded.size(), 15u);
  EXPECT_EQ(kept(), recorded.size());
}

TEST_F(SearchTest, AKernelThatHasNoLaboratoryIsAnError) {
  LaboratorySource good = options.laboratory;
  options.laboratory = [&](const Problem &problem,
                           const LaboratoryOptions &how) -> llvm::Expected<std::unique_ptr<Laboratory>> {
    if (problem.graph.name == "mlp_1")
      return llvm::createStringError("the default schedule differs from the reference");
    return good(problem, how);
  };
  options.run = "one";
  SearchOutcome outcome = search({problemNamed("mlp_1"), problemNamed("mlp_2")}, &*database, options, {});
  EXPECT_EQ(outcome.errors,
            std::vector<std::string>{"mlp_1 for x86-64-v3: the default schedule differs from the reference"});
  ASSERT_EQ(outcome.found.size(), 1u);
  EXPECT_EQ(outcome.found[0].kernel, "mlp_2");
}

} // namespace
} // namespace swin::tuning
