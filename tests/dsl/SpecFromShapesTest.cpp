//===- SpecFromShapesTest.cpp - a model by its weights --------------------===//
#include "dsl/ReadSpec.h"
#include "tests/dsl/NamedWeights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace swin;
using namespace swin::dsl;
using Lines = std::vector<std::string>;

namespace {

/// What the file of these weights shows.
Spec shown(const test::Checkpoint &checkpoint, const Spec &known = {}) {
  test::TemporaryFile file(checkpoint.bytes());
  Diagnostics errors;
  std::unique_ptr<WeightsFile> opened = openWeights(file.path, errors);
  EXPECT_EQ(errors.lines(), Lines());
  return opened ? opened->specFromShapes(known) : Spec();
}

/// A model with nothing as it is by default.
Spec unusual(Family family) {
  Spec spec = test::smallModel(family);
  spec.imageChannels = 2;
  spec.patch = {2, 3};
  spec.imageSize = {32, 48}; // the last stage is one window
  spec.mlpRatio = 2.7;
  spec.qkvBias = family == Family::SwinMlp;
  spec.patchNorm = false;
  spec.finalNorm = false;
  spec.numClasses = 5;
  return spec;
}

void expectSame(const Spec &found, const Spec &spec) {
  EXPECT_EQ(found.family, spec.family);
  EXPECT_EQ(found.imageSize, spec.imageSize);
  EXPECT_EQ(found.imageChannels, spec.imageChannels);
  EXPECT_EQ(found.patch, spec.patch);
  EXPECT_EQ(found.embedding, spec.embedding);
  EXPECT_EQ(found.qkvBias, spec.qkvBias);
  EXPECT_EQ(found.patchNorm, spec.patchNorm);
  EXPECT_EQ(found.positionEmbedding, spec.positionEmbedding);
  EXPECT_EQ(found.numClasses, spec.numClasses);
  EXPECT_EQ(found.extraNormPeriod, spec.extraNormPeriod);
  EXPECT_EQ(found.extraNormStage, spec.extraNormStage);
  ASSERT_EQ(found.stages.size(), spec.stages.size());
  for (size_t i = 0; i < spec.stages.size(); ++i) {
    EXPECT_EQ(found.stages[i].depth, spec.stages[i].depth);
    EXPECT_EQ(found.stages[i].heads, spec.stages[i].heads);
    EXPECT_EQ(found.stages[i].window, spec.stages[i].window);
    EXPECT_EQ(found.stages[i].pretrainedWindow, spec.stages[i].pretrainedWindow);
    EXPECT_EQ(found.hidden(i), spec.hidden(i));
  }
}

test::NamedValues same(const test::NamedValues &ours) { return ours; }
test::NamedValues huggingFace(const test::NamedValues &ours) { return test::huggingFaceWeights(ours, "swin."); }

TEST(SpecFromShapesTest, EverySource) {
  struct {
    Family family;
    Semantics semantics;
    test::NamedValues (*renamed)(const test::NamedValues &ours);
  } const cases[] = {
      {Family::Swin, Semantics::Microsoft, same},
      {Family::Swin, Semantics::Timm, test::timmWeights},
      {Family::Swin, Semantics::Torchvision, test::torchvisionWeights},
      {Family::Swin, Semantics::Hf, huggingFace},
      {Family::SwinMlp, Semantics::Microsoft, same},
  };
  for (const auto &one : cases) {
    SCOPED_TRACE(std::string(familyName(one.family)) + " of " + semanticsName(one.semantics));
    // As the semantics' own classifier, whose windows are those of the tables.
    for (Spec spec : {test::smallModel(one.family), unusual(one.family)}) {
      Spec found = shown(test::checkpointOf(one.renamed(test::ourWeights(spec, one.semantics))));
      EXPECT_EQ(found.finalNorm, spec.finalNorm);
      expectSame(found, spec);
    }
  }
}

/// Relative positions show what no parameter of swinv2 does; else windows are as known, or unknown.
TEST(SpecFromShapesTest, WindowsOfV2) {
  for (Family family : {Family::SwinV2, Family::SwinV2Cr}) {
    Spec spec = test::smallModel(family);
    test::NamedValues ours = test::ourWeights(spec, Semantics::Timm);
    test::Checkpoint checkpoint =
        test::checkpointOf(family == Family::SwinV2 ? test::timmWeights(ours) : test::timmCrWeights(ours));
    Spec found = shown(checkpoint, spec);
    expectSame(found, spec);
    found = shown(checkpoint);
    EXPECT_EQ(found.family, family);
    ASSERT_EQ(found.stages.size(), 3u);
    for (const Stage &stage : found.stages)
      EXPECT_EQ(stage.window, (Size{0, 0}));
  }
  Spec spec = test::smallModel(Family::SwinV2);
  spec.imageSize = {64, 32};
  spec.patch = {4, 4};
  test::Checkpoint checkpoint = test::checkpointOf(test::ourWeights(spec, Semantics::Torchvision));
  const Size windows[] = {{4, 4}, {4, 4}, {4, 2}}, trained[] = {{0, 0}, {3, 3}, {0, 0}};
  for (int stage : {0, 1, 2}) {
    Size window = windows[stage], steps = trained[stage][0] ? trained[stage] : window;
    std::vector<float> values;
    for (int64_t y = 1 - window[0]; y < window[0]; ++y)
      for (int64_t x = 1 - window[1]; x < window[1]; ++x)
        for (double place : {8.0 * double(y) / double(steps[0] - 1), 8.0 * double(x) / double(steps[1] - 1)})
          values.push_back(static_cast<float>(std::copysign(std::log2(1 + std::abs(place)) / 3, place)));
    checkpoint.add<float>("layers." + std::to_string(stage) + ".blocks.0.attn.relative_coords_table", "F32",
                          {1, 2 * window[0] - 1, 2 * window[1] - 1, 2}, values);
    spec.stages[stage].window = window;
    spec.stages[stage].pretrainedWindow = trained[stage];
  }
  expectSame(shown(checkpoint), spec);
}

TEST(SpecFromShapesTest, ExtraNorms) {
  for (auto [period, atStages] : {std::pair(0, false), {0, true}, {2, false}, {3, true}}) {
    Spec spec = test::model(8, {2, 1, 6}, {2, 4, 8}, {4, 4}, {64, 64});
    spec.family = Family::SwinV2Cr;
    spec.extraNormPeriod = period;
    spec.extraNormStage = atStages;
    Spec found = shown(test::checkpointOf(test::timmCrWeights(test::ourWeights(spec, Semantics::Timm))), spec);
    EXPECT_EQ(found.extraNormPeriod, period);
    EXPECT_EQ(found.extraNormStage, atStages);
  }
}

/// What is not there is as known; numbers that cannot be are passed over.
TEST(SpecFromShapesTest, AnyFile) {
  test::Checkpoint little;
  little.add<float>("layers.0.blocks.0.norm1.bias", "F32", {1}, {1});
  Spec known = test::smallModel();
  Spec found = shown(little, known);
  EXPECT_EQ(found.embedding, known.embedding);
  EXPECT_EQ(found.stages.size(), 3u);
  EXPECT_EQ(found.stages[2].window, (Size{4, 4}));
  EXPECT_TRUE(shown(little).stages.empty());

  test::Checkpoint strange;
  strange.add<float>("layers.0.blocks.0.mlp.fc1.weight", "F32", {0, 8}, std::vector<float>());
  strange.add<float>("layers.0.blocks.0.attn.relative_position_bias_table", "F32", {1, 0, 7}, std::vector<float>());
  strange.add<float>("layers.0.blocks.0.attn.relative_coords_table", "F32", {1, 1, 1, 2}, {NAN, NAN});
  strange.add<float>("layers.1.blocks.0.mlp.fc1.weight", "F32", {1}, {1});
  strange.add<float>("layers.0.blocks.9999.mlp.fc1.weight", "F32", {1}, {1});
  strange.add<float>("layers.9999.blocks.0.mlp.fc1.weight", "F32", {1}, {1});
  strange.add<float>("head.weight", "F32", {}, {1});
  strange.add<float>("patch_embed.proj.weight", "F32", {1, 1, 1, 1, 1}, {1});
  found = shown(strange, known);
  EXPECT_EQ(found.embedding, known.embedding);
  EXPECT_EQ(found.stages.size(), 3u);
  EXPECT_EQ(found.numClasses, 0);
}

/// Files of all families with tensors missing, renamed and of other shapes: each is a model or has errors, and what is
/// read of it by shapes alone is one, too.
TEST(SpecFromShapesTest, DamagedFiles) {
  std::mt19937 random(7);
  auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  const int64_t sizes[] = {0, 1, 2, 3, 7, 8, 9, 49, 64, int64_t(1) << 40};
  test::NamedValues (*const renamings[])(const test::NamedValues &) = {same, huggingFace, test::timmWeights,
                                                                       test::torchvisionWeights, test::timmCrWeights};
  int wrong = 0;
  for (int round = 0; round < 200; ++round) {
    auto family = static_cast<Family>(round % 4);
    Spec spec = test::smallModel(family);
    test::NamedValues weights = renamings[below(std::size(renamings))](test::ourWeights(spec, Semantics::Timm));
    test::Checkpoint checkpoint;
    for (const auto &[name, values] : weights) {
      size_t what = below(40);
      std::vector<int64_t> shape = values.shape;
      if (what == 0)
        continue;
      if (what == 1)
        shape.push_back(sizes[below(3)]);
      if (what == 2)
        shape[below(shape.size())] = sizes[below(std::size(sizes))];
      int64_t count = 1;
      for (int64_t n : shape)
        count = n > 1000000 ? 0 : count * n; // too large a size only where there are no elements
      if (count == 0 || what == 3)
        shape.insert(shape.begin(), 0);
      checkpoint.add<float>(what == 4 ? name.substr(below(name.size())) : name, "F32", shape,
                            std::vector<float>(shape[0] == 0 ? 0 : count, NAN));
    }
    test::TemporaryFile file(checkpoint.bytes());
    Diagnostics errors;
    std::unique_ptr<WeightsFile> opened = openWeights(file.path, errors);
    ref::ConstantStore store;
    if (opened)
      opened->load(spec, opened->semantics(), store, errors);
    wrong += !errors.good();
    if (!opened)
      continue;
    Diagnostics named;
    Spec found = specOfArch(familyName(family), opened.get(), named);
    if (named.good())
      checkSpec(found, "shapes", named);
  }
  EXPECT_EQ(wrong, 200);
}

} // namespace
