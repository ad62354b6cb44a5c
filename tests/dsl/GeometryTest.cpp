//===- GeometryTest.cpp - maps, windows and shifts of each source ---------===//
#include "dsl/Spec.h"
#include "tests/dsl/Models.h"

#include "gtest/gtest.h"

using namespace swin;
using namespace swin::dsl;
using Rule = BlockGeometry::Rule;

namespace {

void expectBlock(const Spec &spec, Semantics semantics, size_t stage, int64_t block, Size window, Size shift,
                 Rule rule) {
  BlockGeometry found = blockGeometry(spec, semantics, stage, block);
  EXPECT_EQ(found.window, window) << semanticsName(semantics) << " stage " << stage;
  EXPECT_EQ(found.shift, shift) << semanticsName(semantics) << " stage " << stage;
  EXPECT_EQ(found.rule, rule) << semanticsName(semantics) << " stage " << stage;
}

TEST(Geometry, EvenBlocksAreNotShifted) {
  Spec spec = test::tiny({224, 224});
  for (Semantics semantics : test::allSemantics)
    for (size_t stage : {0, 1, 2, 3})
      for (int64_t block : {0, 2, 4})
        EXPECT_EQ(blockGeometry(spec, semantics, stage, block).shift, (Size{0, 0}));
}

TEST(Geometry, LastStageOf224) {
  Spec spec = test::tiny({224, 224});
  for (Semantics semantics : test::allSemantics) {
    EXPECT_EQ(builtMap(spec, semantics, 3), (Size{7, 7}));
    EXPECT_EQ(blockGeometry(spec, semantics, 2, 5).shift, (Size{3, 3})) << semanticsName(semantics);
  }
  expectBlock(spec, Semantics::Timm, 3, 1, {7, 7}, {0, 0}, Rule::Never);
  expectBlock(spec, Semantics::Microsoft, 3, 1, {7, 7}, {0, 0}, Rule::Never);
  expectBlock(spec, Semantics::Torchvision, 3, 1, {7, 7}, {3, 3}, Rule::Axis);
  expectBlock(spec, Semantics::Hf, 3, 1, {7, 7}, {3, 3}, Rule::Map);
  expectBlock(spec, Semantics::HfBackbone, 3, 1, {7, 7}, {3, 3}, Rule::Never);
  expectBlock(spec, Semantics::Mm, 3, 1, {7, 7}, {3, 3}, Rule::Never);
}

// A map of 7 x 14 under windows of 7: one axis is covered, the other is not.
TEST(Geometry, OneCoveredAxis) {
  Spec spec = test::tiny({56, 112});
  expectBlock(spec, Semantics::Timm, 1, 1, {7, 7}, {0, 3}, Rule::Never);
  expectBlock(spec, Semantics::Microsoft, 1, 1, {7, 7}, {0, 0}, Rule::Never);
  expectBlock(spec, Semantics::Torchvision, 1, 1, {7, 7}, {3, 3}, Rule::Axis);
}

// A map of 4 x 9 under windows of 7.
TEST(Geometry, ClippedWindow) {
  Spec spec = test::tiny({16, 36});
  expectBlock(spec, Semantics::Timm, 0, 1, {4, 7}, {0, 3}, Rule::Never);
  expectBlock(spec, Semantics::Microsoft, 0, 1, {4, 4}, {0, 0}, Rule::Never);
  expectBlock(spec, Semantics::Torchvision, 0, 1, {7, 7}, {3, 3}, Rule::Axis);
  expectBlock(spec, Semantics::Hf, 0, 1, {7, 7}, {3, 3}, Rule::Map);
  expectBlock(spec, Semantics::HfBackbone, 0, 1, {7, 7}, {3, 3}, Rule::Never);
}

TEST(Geometry, WindowsPerAxisAndStage) {
  Spec spec = test::model(8, {2, 2}, {2, 4}, {3, 8}, {64, 64});
  spec.stages[1].window = {2, 5};
  for (Semantics semantics : test::allSemantics) {
    EXPECT_EQ(blockGeometry(spec, semantics, 0, 1).window, (Size{3, 8}));
    EXPECT_EQ(blockGeometry(spec, semantics, 0, 1).shift, (Size{1, 4}));
    EXPECT_EQ(blockGeometry(spec, semantics, 1, 1).window, (Size{2, 5}));
    EXPECT_EQ(blockGeometry(spec, semantics, 1, 1).shift, (Size{1, 2}));
  }
}

// 35 x 42 pixels: patches of 4 are 8 x 10 and a rest.
TEST(Geometry, BuiltMapsOfSizesThatDoNotDivide) {
  Spec spec = test::tiny({35, 42});
  auto maps = [&](Semantics semantics) {
    std::vector<Size> result;
    for (size_t stage : {0, 1, 2, 3})
      result.push_back(builtMap(spec, semantics, stage));
    return result;
  };
  std::vector<Size> down = {{8, 10}, {4, 5}, {2, 2}, {1, 1}}, up = {{8, 10}, {4, 5}, {2, 3}, {1, 2}},
                    padded = {{9, 11}, {5, 6}, {3, 3}, {2, 2}};
  EXPECT_EQ(maps(Semantics::Microsoft), down);
  EXPECT_EQ(maps(Semantics::Timm), up);
  EXPECT_EQ(maps(Semantics::Torchvision), up);
  EXPECT_EQ(maps(Semantics::Hf), padded);
  EXPECT_EQ(maps(Semantics::HfBackbone), padded);
  EXPECT_EQ(maps(Semantics::Mm), padded);
}

// Built for too small a size, a window is one token and never none.
TEST(Geometry, WindowOfNothing) {
  Spec spec = test::tiny({2, 16});
  for (Semantics semantics : {Semantics::Timm, Semantics::Microsoft})
    for (size_t stage : {0, 3})
      EXPECT_EQ(blockGeometry(spec, semantics, stage, 1).window[0], 1) << semanticsName(semantics);
}

// A height, counted without rests, decides for both axes: 9 x 23 patches are 9, 4, 2, 1 high.
TEST(Geometry, SwinV2OfHf) {
  Spec spec = test::tiny({37, 92});
  spec.family = Family::SwinV2;
  for (Semantics semantics : {Semantics::Hf, Semantics::HfBackbone}) {
    expectBlock(spec, semantics, 0, 1, {7, 7}, {3, 3}, Rule::Never);
    expectBlock(spec, semantics, 1, 1, {4, 4}, {0, 0}, Rule::Never);
    expectBlock(spec, semantics, 2, 1, {2, 2}, {0, 0}, Rule::Never);
    expectBlock(spec, semantics, 3, 1, {1, 1}, {0, 0}, Rule::Never);
    EXPECT_EQ(builtMap(spec, semantics, 1), (Size{5, 12})); // the map itself has all rests
  }
  EXPECT_EQ(builtHeight(spec, 4), 0);
  // A wide and low image of windows that are not square.
  spec.imageSize = {32, 400};
  spec.stages[0].window = {8, 5};
  expectBlock(spec, Semantics::Hf, 0, 1, {8, 5}, {0, 2}, Rule::Never);
  // The others treat it as they treat v1.
  spec = test::tiny({56, 112});
  spec.family = Family::SwinV2;
  expectBlock(spec, Semantics::Timm, 1, 1, {7, 7}, {0, 3}, Rule::Never);
  expectBlock(spec, Semantics::Torchvision, 1, 1, {7, 7}, {3, 3}, Rule::Axis);
  expectBlock(spec, Semantics::Microsoft, 1, 1, {7, 7}, {0, 0}, Rule::Never);
}

TEST(Geometry, AlwaysPartition) {
  Spec spec = test::tiny({16, 36});
  spec.alwaysPartition = true;
  expectBlock(spec, Semantics::Timm, 0, 1, {7, 7}, {3, 3}, Rule::Never);
  expectBlock(spec, Semantics::Timm, 3, 1, {7, 7}, {3, 3}, Rule::Never);
  expectBlock(spec, Semantics::Timm, 3, 0, {7, 7}, {0, 0}, Rule::Never);
}

std::vector<std::string> errorsAt(Semantics semantics, Size size, Spec spec) {
  spec.fixed = spec.imageSize = size;
  return fixedSizeErrors(spec, semantics);
}

TEST(Geometry, FixedSizesThatASourceRejects) {
  using Texts = std::vector<std::string>;
  Spec spec = test::golden({32, 32});
  EXPECT_EQ(fixedSizeErrors(spec, Semantics::Hf), Texts()); // no size is fixed
  for (Semantics semantics : test::allSemantics)
    EXPECT_EQ(errorsAt(semantics, {32, 64}, spec), Texts()) << semanticsName(semantics);
  for (Semantics semantics : {Semantics::Timm, Semantics::Torchvision, Semantics::HfBackbone, Semantics::Mm})
    EXPECT_EQ(errorsAt(semantics, {9, 27}, spec), Texts()) << semanticsName(semantics);

  EXPECT_EQ(
      errorsAt(Semantics::Hf, {36, 12}, spec),
      Texts({"hf needs in layers.0 a map of at least one window of 4x4, but the map of an image of 36x12 is 9x3"}));
  EXPECT_EQ(
      errorsAt(Semantics::Hf, {20, 32}, spec),
      Texts({"hf needs in layers.1 a map of at least one window of 4x4, but the map of an image of 20x32 is 3x4"}));
  EXPECT_EQ(
      errorsAt(Semantics::Microsoft, {40, 36}, spec),
      Texts({"microsoft needs in layers.0 a map that windows of 4x4 divide, but the map of an image of 40x36 is 10x9",
             "microsoft needs in layers.0 an even map before merging, but the map of an image of 40x36 is 10x9"}));
  spec.family = Family::SwinV2; // its windows shrink
  EXPECT_EQ(errorsAt(Semantics::Hf, {36, 12}, spec), Texts());
  EXPECT_EQ(errorsAt(Semantics::Timm, {3, 40}, spec), Texts({"an image of 3x40 is smaller than one patch of 4x4"}));
}

} // namespace
