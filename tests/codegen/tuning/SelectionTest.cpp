//===- SelectionTest.cpp - which schedule a kernel gets -------------------===//
#include "codegen/tuning/Selection.h"

#include "codegen/KernelGraphBuilder.h"
#include "codegen/KernelSignature.h"
#include "codegen/ScheduleSpace.h"
#include "codegen/tuning/Choices.h"
#include "passes/dialect/Swin.h"
#include "tests/codegen/kernels/KernelText.h"
#include "tests/codegen/package/TemporaryFolder.h"
#include "tests/codegen/tuning/Results.h"

#include "mlir/Parser/Parser.h"
#include "gmock/gmock.h"

using namespace swin;
using namespace swin::codegen;
using namespace swin::tuning;
using testing::HasSubstr;

namespace {

const std::string isa = "x86-64-v3";

KernelGraph mlp(int64_t channels) {
  mlir::MLIRContext context;
  context.loadDialect<SwinDialect>();
  std::string text = test::KernelText("mlp_" + std::to_string(channels), "tokens", channels)
                         .norm()
                         .linear(4 * channels)
                         .elementwise("gelu")
                         .linear(channels)
                         .addInput()
                         .str();
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  return test::good(buildKernelGraph(*module->getOps<KernelOp>().begin()));
}

/// Legal schedules of a kernel, the default one not among them.
std::vector<std::string> schedulesOf(const KernelGraph &graph, size_t count) {
  ScheduleSpace space = scheduleSpace(graph, isa);
  std::vector<std::string> found;
  for (size_t choice = 0; choice < space.choices.size(); ++choice)
    for (int64_t value : space.choices[choice].values) {
      ScheduleNumbers numbers = space.standard;
      numbers[choice] = value;
      if (numbers != space.standard && space.problem(numbers).empty() && found.size() < count)
        found.push_back(scheduleText(space, numbers));
    }
  EXPECT_EQ(found.size(), count);
  return found;
}

Result resultOf(const KernelGraph &graph, const std::string &schedule, int64_t number = 1) {
  Result result = test::exampleResult(number, 1.25, schedule);
  KernelSignature signature = signatureOf(graph);
  result.setting = {signature.hash, isa, "Vendor 1 2 Name", compilerVersion(), scheduleSpace(graph, isa).templateName};
  result.kernel = graph.name;
  result.structure = signature.structure;
  result.extents = signature.extents;
  return result;
}

struct Selection : testing::Test {
  KernelGraph graph = mlp(96);
  std::vector<std::string> schedules = schedulesOf(graph, 3);

  ChosenSchedule choose(std::vector<Result> choices, const std::string &wanted = isa) const {
    return scheduleSource(std::move(choices))(graph, wanted);
  }
  void expectDefault(std::vector<Result> choices, const std::string &note) const {
    ChosenSchedule chosen = choose(std::move(choices));
    EXPECT_EQ(chosen.schedule, "");
    EXPECT_EQ(chosen.source, "");
    EXPECT_THAT(chosen.note, HasSubstr(note));
    EXPECT_EQ(chosen.note.empty(), note.empty());
  }
};

TEST_F(Selection, TheFirstOfTheSameKernel) {
  Result first = resultOf(graph, schedules[0]), second = resultOf(graph, schedules[1]);
  EXPECT_EQ(choose({first, second}).schedule, schedules[0]);
  EXPECT_EQ(choose({second, first}).schedule, schedules[1]);
  EXPECT_EQ(choose({first, second}).source, "tuned");
  EXPECT_EQ(choose({first, second}).note, "");
  expectDefault({}, "");
}

TEST_F(Selection, OtherInstructionSetsAreOthers) {
  EXPECT_EQ(choose({resultOf(graph, schedules[0])}, "x86-64-v4").source, "");
}

TEST_F(Selection, TheDefaultRuleMayBeBest) {
  Result standard = resultOf(graph, ""), tuned = resultOf(graph, schedules[0]), near = resultOf(mlp(112), "");
  standard.standard = true;
  near.standard = true;
  expectDefault({standard, resultOf(mlp(112), schedulesOf(mlp(112), 1)[0])}, "");
  expectDefault({near, resultOf(mlp(128), schedulesOf(mlp(128), 1)[0])}, "");
  // It was compared with some schedules; the other is of those that it was not compared with.
  EXPECT_EQ(choose({standard, tuned}).schedule, schedules[0]);
  // What is no other schedule is not said to be one.
  ScheduleSpace space = scheduleSpace(graph, isa);
  expectDefault({resultOf(graph, scheduleText(space, space.standard))}, "");
}

TEST_F(Selection, TheNearestKernel) {
  KernelGraph near = mlp(112), far = mlp(160), tooFar = mlp(16);
  Result one = resultOf(near, schedulesOf(near, 1)[0]), other = resultOf(far, schedulesOf(far, 2)[1]);
  ChosenSchedule chosen = choose({other, one});
  ScheduleSpace space = scheduleSpace(graph, isa);
  auto numbers = scheduleNumbers(space, chosen.schedule);
  ASSERT_TRUE(numbers.has_value());
  EXPECT_EQ(space.problem(*numbers), "");
  EXPECT_EQ(chosen.source, "nearest mlp_112");
  EXPECT_EQ(choose({one, other}).schedule, chosen.schedule);
  EXPECT_EQ(choose({other, resultOf(graph, schedules[0]), one}).source, "tuned");
  expectDefault({resultOf(tooFar, schedulesOf(tooFar, 1)[0])}, "");
  one.structure += "; another op";
  EXPECT_EQ(choose({other, one}).source, "nearest mlp_160");
}

TEST_F(Selection, WhatThisCompilerCannotUse) {
  Result good = resultOf(graph, schedules[0]), bad = good;
  bad.setting.templateName = "tokens 0";
  expectDefault({bad}, "it is of the template 'tokens 0', and this compiler has '" + good.setting.templateName + "'");
  EXPECT_EQ(choose({bad, good}).schedule, schedules[0]);
  bad = good;
  bad.schedule = "tile.rows=6";
  expectDefault({bad}, "it does not have the numbers of '" + good.setting.templateName + "'");
  ScheduleSpace space = scheduleSpace(graph, isa);
  bad.schedule = scheduleText(space, ScheduleNumbers(space.standard.size(), 1 << 20));
  expectDefault({bad}, "not the schedule of mlp_96, '" + bad.schedule + "': ");
}

struct SelectionOfDatabase : Selection {
  test::TemporaryFolder folder;
  Database database = test::writable(folder.path("some.db"));

  void append(const Result &result) { ASSERT_EQ(test::message(database.append(result)), ""); }
  std::string refused(const std::string &cpu, const std::vector<std::string> &isas = {isa}) const {
    return test::message(choicesOf(database, isas, cpu));
  }
};

TEST_F(SelectionOfDatabase, TheBestOfEachKernel) {
  Result slower = resultOf(graph, schedules[0], 1), best = resultOf(graph, schedules[1], 2);
  Result unconfirmed = resultOf(graph, schedules[2], 3), other = resultOf(mlp(16), "", 4);
  slower.times.ratio = 1.1;
  unconfirmed.confirmed = other.confirmed = false;
  unconfirmed.times.ratio = 1.5;
  other.schedule = schedulesOf(mlp(16), 1)[0];
  for (const Result &result : {slower, best, unconfirmed, other})
    append(result);
  std::vector<Result> choices = test::good(choicesOf(database, {isa}, best.setting.cpu));
  ASSERT_EQ(choices.size(), 2u);
  EXPECT_EQ(choose(choices).schedule, schedules[1]);
  // Nothing was better there.
  EXPECT_EQ(scheduleSource(choices)(mlp(16), isa).source, "");
}

TEST_F(SelectionOfDatabase, OtherCpusAndCompilersAreRefused) {
  EXPECT_EQ(refused("Vendor 1 2 Name"), "there are no results in it; swin-tune makes some");
  append(resultOf(graph, schedules[0], 1));
  Result other = resultOf(graph, schedules[0], 2);
  other.setting.cpu = "Vendor 1 3 Name";
  other.setting.compiler = "0.0.1";
  append(other);
  EXPECT_EQ(refused("Third 1 2"),
            "there are no results of the CPU 'Third 1 2'; expected one of: 'Vendor 1 2 Name', 'Vendor 1 3 Name'");
  EXPECT_THAT(refused("Name"), HasSubstr("there are no results of the CPU 'Name'"));
  EXPECT_EQ(refused("1 2"), "");
  EXPECT_EQ(refused("1 3"),
            "its results of this CPU are of other compilers: '0.0.1'; expected '" + compilerVersion() + "'");
  EXPECT_EQ(refused("1 2", {"aarch64"}), "there are no results for aarch64; expected one of: x86-64-v3");
  EXPECT_EQ(refused("1 2", {"x86-64-v4", "x86-64-v3"}), "");
}

TEST(SelectionOfLines, OthersAreNoted) {
  Result good = test::exampleResult(), unconfirmed = good;
  unconfirmed.confirmed = false;
  std::vector<std::string> notes;
  std::vector<Result> choices =
      choicesOf(jsonLine(good) + "\n\nno JSON\n" + jsonLine(unconfirmed) + "\n" + jsonLine(good) + "\n", "f", notes);
  EXPECT_EQ(choices.size(), 2u);
  ASSERT_EQ(notes.size(), 2u);
  EXPECT_THAT(notes[0], HasSubstr("f:3: note: the line is not used: "));
  EXPECT_THAT(notes[1], HasSubstr("f:4: note: the line is not used: "));
  EXPECT_TRUE(choicesOf("", "f", notes).empty());
  EXPECT_EQ(notes.size(), 2u);
}

} // namespace
