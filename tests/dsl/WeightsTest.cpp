//===- WeightsTest.cpp - tensors against a description --------------------===//
#include "tests/dsl/NamedWeights.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

using namespace swin;
using namespace swin::dsl;
using Lines = std::vector<std::string>;

namespace {

Lines errorsOf(const test::Checkpoint &checkpoint, const Spec &spec, ref::ConstantStore &store, size_t padding = 8) {
  test::TemporaryFile file(checkpoint.bytes(padding));
  Diagnostics errors;
  std::unique_ptr<WeightsFile> opened = openWeights(file.path, errors);
  if (opened)
    opened->load(spec, opened->semantics(), store, errors);
  return test::linesWithout(file.path, errors);
}

Lines errorsOf(const test::Checkpoint &checkpoint, const Spec &spec = test::smallModel()) {
  ref::ConstantStore store;
  return errorsOf(checkpoint, spec, store);
}

test::NamedValues ourWeights() { return test::ourWeights(test::smallModel(), Semantics::Microsoft); }

TEST(WeightsTest, NotThere) {
  Diagnostics errors;
  EXPECT_EQ(openWeights("/nowhere/w", errors), nullptr);
  EXPECT_EQ(errors.lines(), Lines{"/nowhere/w: error: cannot be opened: No such file or directory"});
}

TEST(WeightsTest, OtherNetworks) {
  test::Checkpoint empty, other;
  EXPECT_EQ(errorsOf(empty), Lines{"holds no tensor; known are the names of Microsoft, timm, Hugging Face, "
                                   "torchvision, mm, SwinIR"});
  // Every network may have a norm and a head.
  other.add<float>("head.weight", "F32", {1}, {1});
  other.add<float>("norm.weight", "F32", {1}, {1});
  EXPECT_EQ(errorsOf(other), Lines{"holds no weights of a Swin Transformer, but 'head.weight' and others; known are "
                                   "the names of Microsoft, timm, Hugging Face, torchvision, mm, SwinIR"});
}

TEST(WeightsTest, EveryMistakeOnce) {
  test::NamedValues weights = ourWeights();
  auto rename = [&](const char *from, const char *to) {
    auto entry = weights.extract(from);
    entry.key() = to;
    weights.insert(std::move(entry));
  };
  weights.erase("layers.0.blocks.0.attn.proj.bias");
  rename("layers.0.blocks.0.mlp.fc1.bias", "layers.0.blocks.0.mlp.fc1.bais");
  weights["patch_embed.proj.weight"].shape = {8, 3, 2, 8};
  weights["patch_embed.norm.weight"].values[5] = NAN;
  weights["layers.1.downsample.reduction.weight"].values[129] = -INFINITY;
  test::Checkpoint checkpoint = test::checkpointOf(weights);
  checkpoint.add<float>("absolute_pos_embed", "F32", {1, 2}, {1, 1});
  checkpoint.add<float>("layers.0.blocks.2.norm1.bias", "F32", {1}, {1});
  checkpoint.add<float>("layers.3.blocks.0.norm1.bias", "F32", {1}, {1});
  checkpoint.add<float>("patch_embed.proj", "F32", {1}, {1});
  EXPECT_EQ(
      errorsOf(checkpoint),
      (Lines{
          "tensor 'layers.0.blocks.0.attn.proj.bias' (8) is missing",
          "tensor 'layers.0.blocks.0.mlp.fc1.bias' (32) is missing; is 'layers.0.blocks.0.mlp.fc1.bais' meant?",
          "'layers.1.downsample.reduction.weight' holds infinity at [2, 1]",
          "'patch_embed.norm.weight' holds NaN at [5]", "'patch_embed.proj.weight' is 8x3x2x8; the model needs 8x3x4x4",
          "'absolute_pos_embed' (1x2 F32) is no part of the model",
          "'layers.0.blocks.2.norm1.bias' (1 F32) is no part of the model; its stage 1 has 2 blocks",
          "'layers.3.blocks.0.norm1.bias' (1 F32) is no part of the model; it has 3 stages",
          "'patch_embed.proj' (1 F32) is no part of the model",
          "the file looks like swin, embedding 8, depths 2 1 2, heads 2 4 8, 3 classes, patches of 2x8, position "
          "embedding; the model is swin, embedding 8, depths 2 1 2, heads 2 4 8, 3 classes, patches of 4, no position "
          "embedding"}));
}

TEST(WeightsTest, PartOfJoinedTensors) {
  test::NamedValues weights = test::huggingFaceWeights(ourWeights(), "swin.");
  weights.erase("swin.encoder.layers.1.blocks.0.attention.self.key.bias");
  weights["swin.encoder.layers.1.blocks.0.attention.self.value.weight"].shape = {8, 32};
  EXPECT_EQ(errorsOf(test::checkpointOf(weights)),
            (Lines{"tensor 'swin.encoder.layers.1.blocks.0.attention.self.key.bias' (16) is missing",
                   "'swin.encoder.layers.1.blocks.0.attention.self.value.weight' is 8x32; the model needs 16x16"}));
}

/// Torchvision and Hugging Face take tables as they are.
TEST(WeightsTest, TablesOfAnotherWindow) {
  Spec other = test::smallModel();
  for (Stage &stage : other.stages)
    stage.window = {3, 3};
  test::NamedValues weights = test::ourWeights(other, Semantics::Torchvision);
  EXPECT_EQ(errorsOf(test::checkpointOf(test::torchvisionWeights(weights))),
            (Lines{"'features.1.0.attn.relative_position_bias_table' and 4 more are made for window 3; the model says "
                   "4, and torchvision does not resize them",
                   "the file looks like swin, embedding 8, depths 2 1 2, heads 2 4 8, 3 classes, windows 3 3 3; the "
                   "model is swin, embedding 8, depths 2 1 2, heads 2 4 8, 3 classes, windows 4 4 4"}));
  weights = ourWeights();
  // As many rows as no square window has; more heads.
  weights["layers.0.blocks.0.attn.relative_position_bias_table"] = {{50, 2}, std::vector<float>(100)};
  weights["layers.1.blocks.0.attn.relative_position_bias_table"] = {{25, 3}, std::vector<float>(75)};
  EXPECT_EQ(errorsOf(test::checkpointOf(weights)),
            (Lines{"'layers.0.blocks.0.attn.relative_position_bias_table' is 50x2; the model needs 49x2",
                   "'layers.1.blocks.0.attn.relative_position_bias_table' is 25x3; the model needs 49x4",
                   "the file looks like swin, embedding 8, depths 2 1 2, heads 2 3 8, 3 classes; the model is swin, "
                   "embedding 8, depths 2 1 2, heads 2 4 8, 3 classes"}));
}

TEST(WeightsTest, OtherModels) {
  const std::string model = "; the model is swin, embedding 8, depths 2 1 2, heads 2 4 8, 3 classes";
  auto lastLine = [&](const Spec &other, Semantics semantics = Semantics::Microsoft) {
    return errorsOf(test::checkpointOf(test::ourWeights(other, semantics))).back();
  };
  EXPECT_EQ(lastLine(test::smallModel(Family::SwinV2)),
            "the file looks like swinv2, embedding 8, depths 2 1 2, heads 2 4 8, 3 classes" + model);
  EXPECT_EQ(lastLine(test::smallModel(Family::SwinMlp)),
            "the file looks like swin_mlp, embedding 8, depths 2 1 2, heads 2 4 8, 3 classes" + model);
  Spec wide = test::model(16, {2, 1}, {2, 4}, {4, 4}, {64, 64});
  wide.numClasses = 1000;
  EXPECT_EQ(lastLine(wide), "the file looks like swin, embedding 16, depths 2 1, heads 2 4, 1000 classes" + model);
  Lines lines = errorsOf(test::checkpointOf(test::ourWeights(wide, Semantics::Microsoft)));
  ASSERT_EQ(lines.size(), 22u); // 20, one that counts the rest, and what it looks like
  EXPECT_TRUE(lines[20].starts_with("and ")) << lines[20];
  Spec noBias = test::smallModel();
  noBias.qkvBias = false;
  EXPECT_EQ(lastLine(noBias), "the file looks like swin, embedding 8, depths 2 1 2, heads 2 4 8, 3 classes, no biases "
                              "of q, k and v" +
                                  model + ", biases of q, k and v");
}

TEST(WeightsTest, Transposed) {
  test::NamedValues weights = ourWeights();
  weights["layers.0.blocks.0.mlp.fc1.weight"].shape = {8, 32};
  EXPECT_EQ(errorsOf(test::checkpointOf(weights))[0],
            "'layers.0.blocks.0.mlp.fc1.weight' is 8x32; the model needs 32x8, which is its transpose");
}

TEST(WeightsTest, WrongIndex) {
  test::Checkpoint checkpoint = test::checkpointOf(ourWeights());
  std::vector<int64_t> index;
  for (int64_t a = 0; a < 16; ++a)
    for (int64_t b = 0; b < 16; ++b)
      index.push_back((a / 4 - b / 4 + 3) * 7 + a % 4 - b % 4 + 3);
  index[17] += 2;
  checkpoint.add<int64_t>("layers.0.blocks.0.attn.relative_position_index", "I64", {16, 16}, index);
  // Of a block that the model has not, and of another size: nothing to check.
  checkpoint.add<int64_t>("layers.7.blocks.0.attn.relative_position_index", "I64", {1}, {3});
  checkpoint.add<int64_t>("layers.1.blocks.0.attn.relative_position_index", "I64", {1}, {3});
  EXPECT_EQ(errorsOf(checkpoint), Lines{"'layers.0.blocks.0.attn.relative_position_index' holds 26 at [1, 1]; in a "
                                        "window of 4 it is 24"});
}

/// Every parameter as `Value`, made by `convert`.
template <typename Value, typename Convert>
test::Checkpoint as(const char *type, const test::NamedValues &weights, Convert convert) {
  test::Checkpoint checkpoint;
  for (const auto &[name, values] : weights) {
    std::vector<Value> converted;
    for (float value : values.values)
      converted.push_back(convert(value));
    checkpoint.add<Value>(name, type, values.shape, converted);
  }
  return checkpoint;
}

TEST(WeightsTest, Types) {
  test::NamedValues weights = ourWeights();
  ref::ConstantStore store;
  auto brain = [](float value) { return static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16); };
  ASSERT_EQ(errorsOf(as<uint16_t>("BF16", weights, brain), test::smallModel(), store), Lines());
  for (const auto &[name, values] : weights)
    for (size_t i = 0; i < values.values.size(); ++i)
      ASSERT_EQ(store.find(name)->data[i], std::bit_cast<float>(uint32_t(brain(values.values[i])) << 16)) << name;
  ASSERT_EQ(
      errorsOf(as<double>("F64", weights, [](float value) { return value * (1 + 1e-12); }), test::smallModel(), store),
      Lines());
  for (const auto &[name, values] : weights)
    ASSERT_EQ(test::valuesOf(*store.find(name)).values, values.values) << name;
  Lines lines = errorsOf(as<int32_t>("I32", weights, [](float) { return 1; }));
  ASSERT_EQ(lines.size(), 21u);
  EXPECT_EQ(lines[0], "'head.bias' is of type I32; weights are F32, F16, BF16 or F64");
}

TEST(WeightsTest, Halves) {
  // One, the smallest and the largest subnormal, the largest number; zero keeps its sign.
  const std::vector<uint16_t> bits = {0x3c00, 0x0001, 0x83ff, 0x7bff, 0x8000, 0xb555, 0x0400, 0x3c01};
  const std::vector<float> expected = {1.0f,  0x1p-24f,      -0x1.ff8p-15f, 65504.0f,
                                       -0.0f, -0.333251953f, 0x1p-14f,      0x1.004p0f};
  test::NamedValues weights = ourWeights();
  weights.erase("patch_embed.norm.bias");
  test::Checkpoint checkpoint = test::checkpointOf(weights);
  checkpoint.add<uint16_t>("patch_embed.norm.bias", "F16", {8}, bits);
  ref::ConstantStore store;
  ASSERT_EQ(errorsOf(checkpoint, test::smallModel(), store), Lines());
  const float *values = store.find("patch_embed.norm.bias")->data;
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(std::bit_cast<uint32_t>(values[i]), std::bit_cast<uint32_t>(expected[i])) << i;
  test::Checkpoint infinite = test::checkpointOf(weights);
  infinite.add<uint16_t>("patch_embed.norm.bias", "F16", {8}, {0, 0, 0x7c00, 0, 0, 0, 0, 0});
  EXPECT_EQ(errorsOf(infinite), Lines{"'patch_embed.norm.bias' holds infinity at [2]"});
  test::Checkpoint huge = test::checkpointOf(weights);
  huge.add<double>("patch_embed.norm.bias", "F64", {8}, {0, -1e300, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(errorsOf(huge), Lines{"'patch_embed.norm.bias' holds infinity as 32-bit float at [1]"});
}

/// Views are aligned, whatever the file's header.
TEST(WeightsTest, UnalignedFile) {
  test::NamedValues weights = ourWeights();
  ref::ConstantStore store;
  for (size_t padding : {8u, 1u, 9u, 11u}) {
    ASSERT_EQ(errorsOf(test::checkpointOf(weights), test::smallModel(), store, padding), Lines());
    for (const auto &[name, values] : weights) {
      const ref::Constant *constant = store.find(name);
      ASSERT_EQ(reinterpret_cast<uintptr_t>(constant->data) % alignof(float), 0u);
      ASSERT_EQ(test::valuesOf(*constant).values, values.values) << name;
    }
  }
}

} // namespace
