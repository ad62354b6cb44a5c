//===- SchedulesTest.cpp - schedules that are not the default ones --------===//
// Random legal schedules of every template compute the same. SWIN_SCHEDULES=N tries N of each kernel in place of a few,
// SWIN_SEED=S others, and says which one it is at.
//===----------------------------------------------------------------------===//
#include "codegen/KernelCompiler.h"
#include "codegen/ScheduleSpace.h"
#include "tests/codegen/kernels/CompiledKernel.h"
#include "tests/codegen/kernels/KernelText.h"
#include "tests/codegen/kernels/MapText.h"
#include "tests/codegen/kernels/WindowBlock.h"

#include "gtest/gtest.h"

#include <cstdlib>
#include <iostream>
#include <random>

namespace swin::test {
namespace {

using codegen::ScheduleNumbers;
using codegen::ScheduleSpace;

int64_t environment(const char *name, int64_t otherwise) {
  const char *value = std::getenv(name);
  return value ? std::atoll(value) : otherwise;
}

/// A kernel, sizes of its map and how far its result may be from the interpreter's.
struct Case {
  std::string name, module;
  std::vector<MapSize> sizes;
  double limit = 2e-5;
  RunOptions options = {};
};

Case ofBlock(const std::string &name, const WindowBlock &block, std::vector<MapSize> sizes) {
  return {name, block.text(), std::move(sizes), 2e-5, {.shiftH = block.shiftH, .shiftW = block.shiftW}};
}

std::vector<Case> tokensCases() {
  auto tokens = [](const std::string &name, int64_t channels) { return KernelText(name, "tokens", channels); };
  auto mlp = tokens("mlp", 96).norm().linear(384).elementwise("gelu").linear(96).addInput();
  auto behind = tokens("behind", 60).linear(768).elementwise("silu").linear(60).norm(true).addInput().norm(true);
  return {// Rows that are as many as a block may have, too.
          {"mlp", mlp.str(), {{3, 1, 1}, {2, 20, 17}, {2, 8, 8}}},
          {"norms behind", behind.str(), {{2, 13, 11}}},
          {"embedding", KernelText::ofImage("embed").embed(96, 4, 4, true).norm(true).str(), {{2, 19, 35}}},
          {"merging", tokens("merge", 40).merge().norm().linear(80, false).str(), {{2, 15, 14}}},
          {"planes", tokens("planes", 24).linear(40).channelsFirst().str(true), {{2, 13, 15}}},
          {"classes", tokens("classes", 48).linear(10).str(true), {{2, 3, 9}}}};
}

std::vector<Case> fastTokensCases() {
  auto mlp = [](int64_t c, int64_t hidden) {
    return KernelText("mlp", "tokens", c).norm().linearOfSums(hidden).elementwise("gelu").linearOfSums(c).addInput();
  };
  auto plain = KernelText("plain", "tokens", 64).norm().linearOfSums(96).elementwise("gelu").linear(64).addInput();
  auto merge = KernelText("merge", "tokens", 40).merge().norm().linearOfSums(96, false);
  return {{"mlp", mlp(32, 96).str(), {{3, 1, 1}, {2, 20, 17}}},
          {"mlp of wide rows", mlp(128, 512).str(), {{2, 9, 7}}},
          {"plain last", plain.str(), {{2, 15, 5}}},
          {"merging", merge.str(), {{2, 15, 14}}, 2e-4}};
}

std::vector<Case> windowsCases() {
  WindowBlock cosine{64, 4, 64, 6, 6, 3, 3};
  cosine.norm = false;
  cosine.affine = cosine.cosine = cosine.normBehind = true;
  WindowBlock columns{60, 6, 60, 8, 8, 4, 4};
  columns.scale = 0.31;
  WindowBlock alone{32, 2, 32, 4, 4, 2, 2};
  alone.projection = alone.residual = false;
  WindowBlock mixing{96, 3, 96, 7, 7};
  mixing.mixing = mixing.affine = true;
  mixing.top = mixing.left = 4;
  return {ofBlock("rows", {96, 3, 96, 7, 7, 3, 3}, {{2, 15, 23}, {1, 1, 1}}),
          ofBlock("many heads", {128, 8, 128, 4, 4, 2, 2, Order::NoPadding}, {{2, 8, 12}}),
          ofBlock("cosine", cosine, {{2, 11, 8}}),
          ofBlock("columns", columns, {{2, 13, 17}}),
          ofBlock("one product of all", {40, 2, 40, 5, 5, 2, 0, Order::PadFirst}, {{2, 11, 12}}),
          ofBlock("no projection", alone, {{2, 9, 6}}),
          ofBlock("mixing", mixing, {{2, 15, 9}})};
}

std::vector<Case> mapCases() {
  auto conv = [](int64_t channels, int64_t outputs, const MapText::Convolution &attributes) {
    MapText text("conv");
    return text.str(text.conv(text.map(channels), outputs, attributes));
  };
  MapText shuffled("conv"), planes("conv"), many("conv"), cut("conv"), large("map"), turned("map"), classes("pool");
  MapText::Value image = cut.image(3);
  auto crop = cut.crop(cut.shuffle(cut.conv(cut.channelsLast(image), 12), 2), cut.channelsLast(image), {1, 1}, {1, 3});
  auto pool = [](int64_t c, int64_t outputs) {
    return KernelText("pool", "pool", c).norm().meanPool().linear(outputs);
  };
  std::vector<Case> cases = {
      {"conv", conv(60, 60, {}), {{1, 33, 70}, {2, 3, 17}}, 1e-5},
      {"chunks", conv(512, 96, {}), {{2, 9, 21}}, 1e-5},
      {"strides", conv(20, 36, {{3, 5}, {1, 2}, {0, 4}}), {{2, 23, 41}}, 1e-5},
      {"depthwise", conv(96, 96, {{3, 3}, {1, 1}, {1, 1}, true, true}), {{2, 11, 35}}, 1e-5},
      {"pixels", shuffled.str(shuffled.shuffle(shuffled.conv(shuffled.map(12), 80), 2)), {{2, 11, 19}}, 1e-5},
      {"crop", cut.str(cut.channelsFirst(crop), true), {{2, 16, 48}}, 1e-5},
      {"planes", planes.str(planes.channelsFirst(planes.conv(planes.map(24), 3)), true), {{2, 13, 37}}, 1e-5},
      {"many planes", many.str(many.channelsFirst(many.conv(many.map(24), 40)), true), {{2, 13, 37}}, 1e-5},
      {"map", large.str(large.resize(large.map(20), "bilinear", MapText::none, {4, 3})), {{2, 15, 9}}, 2e-6},
      {"planes of a map", turned.str(turned.channelsFirst(turned.keep("relu", turned.map(19))), true), {{2, 36, 70}}},
      {"pool", pool(64, 1000).str(true), {{3, 2, 5}}},
      {"pool to few", pool(20, 3).str(true), {{5, 3, 4}}}};
  return cases;
}

/// A legal schedule: of choices as they are, or settled.
ScheduleNumbers randomSchedule(const ScheduleSpace &space, std::mt19937_64 &generator) {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    ScheduleNumbers numbers;
    for (const codegen::ScheduleChoice &choice : space.choices)
      numbers.push_back(choice.values[generator() % choice.values.size()]);
    if (space.problem(numbers).empty())
      return numbers;
    if (auto settled = space.settle(numbers)) {
      EXPECT_EQ(space.problem(*settled), "") << scheduleText(space, *settled);
      EXPECT_EQ(space.settle(*settled), settled) << scheduleText(space, *settled);
      return *settled;
    }
  }
  ADD_FAILURE() << "no legal schedule is found";
  return space.standard;
}

/// The arguments of one image of a batch, and its part of a result.
std::vector<ref::Tensor> imageOf(const CompiledKernel &kernel, std::vector<ref::Tensor> arguments, size_t image) {
  for (int i = 0; i < kernel.graph().numActivations; ++i) {
    ref::Tensor &map = arguments[i];
    size_t size = map.values.size() / map.shape[0];
    map.values = std::vector<double>(map.values.begin() + image * size, map.values.begin() + (image + 1) * size);
    map.shape[0] = 1;
  }
  return arguments;
}

/// Arguments and what comes of them.
struct Example {
  std::vector<ref::Tensor> arguments;
  ref::Tensor expected;
};

void checkSchedule(const Case &given, const std::vector<Example> &examples, const std::string &isa,
                   const std::string &schedule) {
  SCOPED_TRACE(given.name + " " + isa + " " + schedule);
  CompiledKernel kernel(given.module, isa, schedule);
  ASSERT_TRUE(kernel.good());
  for (const auto &[arguments, expected] : examples) {
    RunOptions options = given.options;
    ref::Tensor one = kernel.run(arguments, expected.shape, options);
    EXPECT_LE(difference(one, expected), given.limit);
    options.threads = 3;
    EXPECT_EQ(kernel.run(arguments, expected.shape, options).values, one.values) << "bits depend on threads";
    size_t images = static_cast<size_t>(arguments[0].shape[0]), part = one.values.size() / images;
    std::vector<int64_t> shape = expected.shape;
    shape[0] /= static_cast<int64_t>(images);
    for (size_t image = 0; image < images; ++image)
      EXPECT_EQ(kernel.run(imageOf(kernel, arguments, image), shape, options).values,
                std::vector<double>(one.values.begin() + image * part, one.values.begin() + (image + 1) * part))
          << "bits depend on the batch";
  }
}

void checkSchedules(const std::vector<Case> &cases) {
  int64_t wanted = environment("SWIN_SCHEDULES", 0);
  std::mt19937_64 generator(environment("SWIN_SEED", 1));
  for (const Case &given : cases) {
    CompiledKernel standard(given.module, usableIsas().front());
    ASSERT_TRUE(standard.good());
    std::vector<Example> examples;
    for (const MapSize &size : given.sizes) {
      auto arguments = hazards(standard.graph(), size);
      examples.push_back({arguments, standard.expected(arguments)});
    }
    for (const std::string &isa : usableIsas()) {
      ScheduleSpace space = codegen::scheduleSpace(standard.graph(), isa);
      ASSERT_EQ(space.error, "");
      for (int64_t i = 0; i < std::max<int64_t>(wanted, 1); ++i) {
        std::string schedule = scheduleText(space, randomSchedule(space, generator));
        if (wanted > 0)
          std::cout << given.name << " " << isa << " " << schedule << std::endl;
        checkSchedule(given, examples, isa, schedule);
      }
    }
  }
}

TEST(Schedules, OfTokens) { checkSchedules(tokensCases()); }
TEST(Schedules, OfRowsInPairs) { checkSchedules(fastTokensCases()); }
TEST(Schedules, OfWindows) { checkSchedules(windowsCases()); }
TEST(Schedules, OfMaps) { checkSchedules(mapCases()); }

} // namespace
} // namespace swin::test
