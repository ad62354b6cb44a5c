//===- ScheduleSpaceTest.cpp - schedules that a kernel may have ------------===//
#include "codegen/ScheduleSpace.h"

#include "codegen/KernelCompiler.h"
#include "codegen/ObjectFiles.h"
#include "tests/codegen/kernels/CompiledKernel.h"
#include "tests/codegen/kernels/KernelText.h"
#include "tests/codegen/kernels/MapText.h"
#include "tests/codegen/kernels/WindowBlock.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>

namespace swin::test {
namespace {

using codegen::KernelGraph;
using codegen::ScheduleNumbers;
using codegen::ScheduleSpace;

const std::string isa = "x86-64-v3";

std::string mlp(int64_t channels) {
  return KernelText("mlp", "tokens", channels).norm().linear(384).elementwise("gelu").linear(channels).str();
}

/// Without the names that depend on what was compiled before.
codegen::ObjectBytes canonical(const std::vector<uint8_t> &object) {
  auto made = codegen::canonicalizeKernel(object, "k", "model_k", "model");
  if (made)
    return *made;
  ADD_FAILURE() << llvm::toString(made.takeError());
  return {};
}

/// A kernel of each template.
const std::vector<KernelGraph> &graphs() {
  static std::vector<KernelGraph> all;
  if (!all.empty())
    return all;
  MapText conv("conv"), planes("conv"), map("map");
  WindowBlock mixing{40, 2, 40, 5, 5, 2, 2};
  mixing.mixing = true;
  for (const std::string &module :
       {mlp(96), KernelText("fast", "tokens", 64).linearOfSums(96).str(),
        KernelText("pool", "pool", 64).meanPool().linear(1000).str(true), WindowBlock{48, 3, 48, 5, 5, 2, 2}.text(),
        WindowBlock{60, 6, 60, 4, 4}.text(), mixing.text(), conv.str(conv.conv(conv.map(24), 36)),
        planes.str(planes.channelsFirst(planes.conv(planes.map(24), 3)), true),
        map.str(map.resize(map.map(20), "bilinear", MapText::none, {2, 2}))})
    all.push_back(CompiledKernel(module, isa).graph());
  return all;
}

TEST(ScheduleSpace, TheDefaultIsALegalChoice) {
  std::vector<std::string> templates;
  for (const KernelGraph &graph : graphs())
    for (const std::string &set : codegen::knownIsas()) {
      ScheduleSpace space = codegen::scheduleSpace(graph, set);
      ASSERT_EQ(space.error, "");
      templates.push_back(space.templateName);
      EXPECT_EQ(space.problem(space.standard), "") << graph.name << " " << set;
      EXPECT_EQ(space.settle(space.standard), space.standard) << graph.name << " " << set;
      EXPECT_EQ(scheduleNumbers(space, scheduleText(space, space.standard)), space.standard);
      size_t free = 0;
      for (size_t i = 0; i < space.choices.size(); ++i) {
        const std::vector<int64_t> &values = space.choices[i].values;
        EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
        EXPECT_EQ(std::adjacent_find(values.begin(), values.end()), values.end()) << "a value is there twice";
        EXPECT_TRUE(std::count(values.begin(), values.end(), space.standard[i])) << space.choices[i].name;
        free += values.size() > 1;
      }
      EXPECT_GE(free, 1u) << "nothing can be tried";
      std::vector<double> features = space.features(space.standard, {2, 14, 21});
      EXPECT_EQ(features.size(), space.featureNames.size());
      EXPECT_TRUE(std::all_of(features.begin(), features.end(), [](double value) { return std::isfinite(value); }));
    }
  std::sort(templates.begin(), templates.end());
  templates.erase(std::unique(templates.begin(), templates.end()), templates.end());
  EXPECT_EQ(templates,
            (std::vector<std::string>{"conv 1", "fast tokens 1", "map 1", "pool 1", "tokens 1", "windows 1"}));
}

TEST(ScheduleSpace, TheDefaultAsTextGivesTheSameBytes) {
  for (const KernelGraph &graph : graphs()) {
    codegen::KernelObject byRule = codegen::compileKernel(graph, "k", isa);
    ASSERT_EQ(byRule.error, "");
    ScheduleSpace space = codegen::scheduleSpace(graph, isa);
    EXPECT_EQ(byRule.schedule, scheduleText(space, space.standard));
    codegen::KernelObject asText = codegen::compileKernel(graph, "k", isa, "", byRule.schedule);
    EXPECT_EQ(canonical(asText.object), canonical(byRule.object));
    EXPECT_EQ(asText.schedule, byRule.schedule);
    EXPECT_EQ(asText.scratchBytes, byRule.scratchBytes);
  }
}

TEST(ScheduleSpace, OtherNumbersGiveOtherCode) {
  KernelGraph graph = CompiledKernel(mlp(96), isa).graph();
  ScheduleSpace space = codegen::scheduleSpace(graph, isa);
  codegen::KernelObject byRule = codegen::compileKernel(graph, "k", isa);
  ScheduleNumbers numbers = space.standard;
  for (size_t i = 0; i < numbers.size(); ++i)
    if (space.choices[i].name == "products.0.tile.rows")
      numbers[i] = 2;
  std::optional<ScheduleNumbers> settled = space.settle(numbers);
  ASSERT_TRUE(settled.has_value());
  std::string text = scheduleText(space, *settled);
  EXPECT_NE(text.find("products.0.tile.rows=2"), text.npos) << text;
  codegen::KernelObject other = codegen::compileKernel(graph, "k", isa, "", text);
  ASSERT_EQ(other.error, "");
  EXPECT_EQ(other.schedule, text);
  EXPECT_NE(canonical(other.object), canonical(byRule.object));
}

TEST(ScheduleSpace, FeaturesSayWhatATileCosts) {
  ScheduleSpace space = codegen::scheduleSpace(CompiledKernel(mlp(96), isa).graph(), isa);
  auto feature = [&](const std::string &name, const ScheduleNumbers &numbers, const codegen::KernelExtent &extent) {
    auto found = std::find(space.featureNames.begin(), space.featureNames.end(), name);
    return space.features(numbers, extent).at(found - space.featureNames.begin());
  };
  ScheduleNumbers small = space.standard;
  for (size_t i = 0; i < small.size(); ++i)
    if (space.choices[i].name.ends_with("tile.rows"))
      small[i] = 2;
  EXPECT_GT(feature("reads", small, {1, 56, 56}), feature("reads", space.standard, {1, 56, 56}));
  EXPECT_GT(feature("cycles", small, {1, 56, 56}), feature("cycles", space.standard, {1, 56, 56}));
  EXPECT_GT(feature("waste", space.standard, {1, 1, 1}), 1.5) << "of a tile but one row is needed";
  EXPECT_DOUBLE_EQ(feature("waste", small, {1, 56, 56}), 1);
}

TEST(ScheduleSpace, WhatIsNoScheduleIsSaid) {
  KernelGraph graph = CompiledKernel(mlp(96), isa).graph();
  std::string good = codegen::compileKernel(graph, "k", isa).schedule;
  auto with = [&](const std::string &name, const std::string &number) {
    size_t begin = good.find(name + "=") + name.size() + 1, end = std::min(good.find(' ', begin), good.size());
    return good.substr(0, begin) + number + good.substr(end);
  };
  auto expect = [&](const std::string &schedule, const std::string &why) {
    codegen::KernelObject made = codegen::compileKernel(graph, "k", isa, "", schedule);
    EXPECT_EQ(made.error, "mlp: its schedule '" + schedule + "' is not legal: " + why);
    EXPECT_TRUE(made.object.empty());
    EXPECT_EQ(made.schedule, "");
  };
  expect(good + " speed=9", "'speed' is none of its numbers");
  expect("nonsense", "'nonsense' is none of its numbers");
  expect(good + " ", "'' is none of its numbers");
  expect(good + " few_rows=256", "few_rows is there twice");
  expect(good.substr(good.find(' ') + 1), "products.0.tile.rows is missing");
  for (const char *number : {"", "4x", "0x4", "4.0", "99999999999999999999", "+4"})
    expect(with("products.0.tile.rows", number),
           "products.0.tile.rows is '" + std::string(number) + "', but must be a whole number");
  expect(with("products.0.tile.rows", "-4"), "products.0.tile.rows is -4, but must be 2 to 14");
  expect(with("block_rows", "9223372036854775807"), "block_rows is 9223372036854775807, but must be 16 to 256");
  expect(with("block_rows", "65"),
         "block_rows is 65, but must be a multiple of 4, which is whole tiles of each product");
  std::string block = with("block_rows", "192");
  expect(block.replace(block.find("few_rows="), std::string::npos, "few_rows=128"),
         "few_rows is 128, but must be at least 192, a block");
  expect(with("products.0.tile.rows", "7"), "products.0.tile.rows is 7, but must be at most 4");
  expect(with("products.0.chunk", "33"), "products.0.chunk is 33, but must be one of 0, 32, 48");
  EXPECT_EQ(codegen::scheduleSpace(graph, "z80").error, "mlp: unknown instruction set 'z80'");
}

} // namespace
} // namespace swin::test
