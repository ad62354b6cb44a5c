//===- ParametersTest.cpp - outputs and parameters of a model -------------===//
#include "dsl/Spec.h"
#include "tests/dsl/Models.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <map>

using namespace swin;
using namespace swin::dsl;

namespace {

using Shape = std::vector<int64_t>;

int64_t count(const Spec &spec, Semantics semantics) {
  int64_t sum = 0;
  for (const Parameter &parameter : parametersOf(spec, semantics)) {
    int64_t size = 1;
    for (int64_t n : parameter.shape)
      size *= n;
    sum += size;
  }
  return sum;
}

std::map<std::string, Shape> shapes(const Spec &spec, Semantics semantics) {
  std::map<std::string, Shape> result;
  for (const Parameter &parameter : parametersOf(spec, semantics))
    EXPECT_TRUE(result.emplace(parameter.name, parameter.shape).second) << parameter.name << " twice";
  return result;
}

// Numbers of parameters of the published models.
TEST(Parameters, Counts) {
  const std::vector<int64_t> deep = {2, 2, 18, 2};
  const std::vector<int64_t> headsB = {4, 8, 16, 32}, headsL = {6, 12, 24, 48};
  for (Semantics semantics : {Semantics::Timm, Semantics::Torchvision, Semantics::Hf, Semantics::Microsoft}) {
    EXPECT_EQ(count(test::tiny({224, 224}), semantics), 28288354);
    EXPECT_EQ(count(test::model(96, deep, {3, 6, 12, 24}, {7, 7}, {224, 224}), semantics), 49606258);
    EXPECT_EQ(count(test::model(128, deep, headsB, {7, 7}, {224, 224}), semantics), 87768224);
    EXPECT_EQ(count(test::model(128, deep, headsB, {12, 12}, {384, 384}), semantics), 87903584);
    EXPECT_EQ(count(test::model(192, deep, headsL, {7, 7}, {224, 224}), semantics), 196532476);
    EXPECT_EQ(count(test::model(192, deep, headsL, {12, 12}, {384, 384}), semantics), 196735516);
  }
}

TEST(Parameters, NamesAndShapes) {
  Spec spec = test::model(8, {1, 2}, {2, 4}, {4, 3}, {64, 64});
  spec.numClasses = 5;
  spec.patch = {2, 3};
  spec.imageChannels = 4;
  spec.mlpRatio = 3.2; // 25.6 and 51.2 channels: rounded down
  auto found = shapes(spec, Semantics::Timm);
  std::map<std::string, Shape> expected = {
      {"patch_embed.proj.weight", {8, 4, 2, 3}},
      {"patch_embed.proj.bias", {8}},
      {"patch_embed.norm.weight", {8}},
      {"patch_embed.norm.bias", {8}},
      {"layers.0.downsample.norm.weight", {32}},
      {"layers.0.downsample.norm.bias", {32}},
      {"layers.0.downsample.reduction.weight", {16, 32}},
      {"norm.weight", {16}},
      {"norm.bias", {16}},
      {"head.weight", {5, 16}},
      {"head.bias", {5}},
  };
  for (auto [block, c, hidden, heads] : std::vector<std::tuple<std::string, int64_t, int64_t, int64_t>>{
           {"layers.0.blocks.0", 8, 25, 2}, {"layers.1.blocks.0", 16, 51, 4}, {"layers.1.blocks.1", 16, 51, 4}}) {
    for (const char *norm : {".norm1", ".norm2"}) {
      expected[block + norm + ".weight"] = {c};
      expected[block + norm + ".bias"] = {c};
    }
    expected[block + ".attn.qkv.weight"] = {3 * c, c};
    expected[block + ".attn.qkv.bias"] = {3 * c};
    expected[block + ".attn.proj.weight"] = {c, c};
    expected[block + ".attn.proj.bias"] = {c};
    expected[block + ".attn.relative_position_bias_table"] = {7 * 5, heads};
    expected[block + ".mlp.fc1.weight"] = {hidden, c};
    expected[block + ".mlp.fc1.bias"] = {hidden};
    expected[block + ".mlp.fc2.weight"] = {c, hidden};
    expected[block + ".mlp.fc2.bias"] = {c};
  }
  EXPECT_EQ(found, expected);
}

/// The head reads all maps, so that a source's norms of them are there.
TEST(Parameters, Segmentation) {
  Spec spec = test::model(8, {1, 1}, {2, 4}, {4, 4}, {64, 64});
  spec.numClasses = 5;
  spec.segmentation = Segmentation{6, {1, 3}};
  auto found = shapes(spec, Semantics::HfBackbone);
  EXPECT_EQ(found.at("decode_head.psp_modules.1.1.conv.weight"), (Shape{6, 16, 1, 1}));
  EXPECT_EQ(found.at("decode_head.bottleneck.conv.weight"), (Shape{6, 16 + 2 * 6, 3, 3}));
  EXPECT_EQ(found.at("decode_head.lateral_convs.0.conv.weight"), (Shape{6, 8, 1, 1}));
  EXPECT_EQ(found.at("decode_head.fpn_convs.0.conv.weight"), (Shape{6, 6, 3, 3}));
  EXPECT_EQ(found.at("decode_head.fpn_bottleneck.conv.weight"), (Shape{6, 12, 3, 3}));
  EXPECT_EQ(found.at("decode_head.fpn_bottleneck.batch_norm.running_var"), Shape{6});
  EXPECT_EQ(found.at("decode_head.classifier.weight"), (Shape{5, 6, 1, 1}));
  EXPECT_EQ(found.at("decode_head.classifier.bias"), Shape{5});
  EXPECT_FALSE(found.count("decode_head.lateral_convs.1.conv.weight"));
  EXPECT_FALSE(found.count("head.weight"));
  EXPECT_FALSE(found.count("norm.weight"));
  EXPECT_EQ(found.at("hidden_states_norms.stage1.weight"), Shape{8});
  EXPECT_TRUE(shapes(spec, Semantics::Mm).count("norm1.bias"));
  spec.outputs = {"stage2"};
  EXPECT_FALSE(shapes(spec, Semantics::Mm).count("norm0.bias"));
}

/// Of what belongs to one block, names behind its own.
std::map<std::string, Shape> blockShapes(const Spec &spec, Semantics semantics, const std::string &block) {
  std::map<std::string, Shape> result;
  for (const auto &[name, shape] : shapes(spec, semantics))
    if (name.starts_with(block + "."))
      result[name.substr(block.size() + 1)] = shape;
  return result;
}

std::map<std::string, Shape> withMlp(std::map<std::string, Shape> rest, int64_t c) {
  rest.merge(std::map<std::string, Shape>{{"norm1.weight", {c}},
                                          {"norm1.bias", {c}},
                                          {"norm2.weight", {c}},
                                          {"norm2.bias", {c}},
                                          {"mlp.fc1.weight", {4 * c, c}},
                                          {"mlp.fc1.bias", {4 * c}},
                                          {"mlp.fc2.weight", {c, 4 * c}},
                                          {"mlp.fc2.bias", {c}}});
  return rest;
}

TEST(Parameters, OfSwinV2) {
  Spec spec = test::golden({32, 32});
  spec.family = Family::SwinV2;
  EXPECT_EQ(blockShapes(spec, Semantics::Timm, "layers.1.blocks.1"), withMlp({{"attn.qkv.weight", {48, 16}},
                                                                              {"attn.q_bias", {16}},
                                                                              {"attn.v_bias", {16}},
                                                                              {"attn.proj.weight", {16, 16}},
                                                                              {"attn.proj.bias", {16}},
                                                                              {"attn.logit_scale", {4, 1, 1}},
                                                                              {"attn.cpb_mlp.0.weight", {512, 2}},
                                                                              {"attn.cpb_mlp.0.bias", {512}},
                                                                              {"attn.cpb_mlp.2.weight", {4, 512}}},
                                                                             16));
  auto found = shapes(spec, Semantics::Timm);
  EXPECT_EQ(found["layers.0.downsample.norm.weight"], Shape{16});
  EXPECT_EQ(found["norm.weight"], Shape{16});
  spec.qkvBias = false;
  found = shapes(spec, Semantics::Timm);
  EXPECT_FALSE(found.contains("layers.0.blocks.0.attn.q_bias"));
  EXPECT_FALSE(found.contains("layers.0.blocks.0.attn.qkv.bias"));
  // Maps of its backbone have no norm.
  EXPECT_FALSE(shapes(spec, Semantics::HfBackbone).contains("hidden_states_norms.stage2.weight"));
}

TEST(Parameters, OfSwinV2Cr) {
  Spec spec = test::golden({32, 32});
  spec.family = Family::SwinV2Cr;
  std::map<std::string, Shape> attention = {{"attn.qkv.weight", {24, 8}},      {"attn.qkv.bias", {24}},
                                            {"attn.proj.weight", {8, 8}},      {"attn.proj.bias", {8}},
                                            {"attn.logit_scale", {2}},         {"attn.meta_mlp.fc1.weight", {384, 2}},
                                            {"attn.meta_mlp.fc1.bias", {384}}, {"attn.meta_mlp.fc2.weight", {2, 384}},
                                            {"attn.meta_mlp.fc2.bias", {2}}};
  EXPECT_EQ(blockShapes(spec, Semantics::Timm, "layers.0.blocks.1"), withMlp(attention, 8));
  auto found = shapes(spec, Semantics::Timm);
  EXPECT_EQ(found["layers.0.downsample.norm.weight"], Shape{32});
  EXPECT_FALSE(found.contains("norm.weight"));
  EXPECT_TRUE(found.contains("layers.1.blocks.1.norm3.bias"));
  EXPECT_FALSE(found.contains("layers.1.blocks.0.norm3.bias"));
}

TEST(Parameters, NormsOfBlocks) {
  Spec spec = test::model(8, {6, 4, 3}, {2, 4, 8}, {4, 4}, {64, 64});
  auto normed = [&] {
    std::string text;
    for (size_t stage = 0; stage < 3; ++stage)
      for (int64_t block = 0; block < spec.stages[stage].depth; ++block)
        if (hasExtraNorm(spec, stage, block))
          text += std::to_string(stage) + "." + std::to_string(block) + " ";
    return text;
  };
  EXPECT_EQ(normed(), "");
  spec.family = Family::SwinV2Cr;
  EXPECT_EQ(normed(), "2.2 ");
  spec.extraNormStage = true;
  EXPECT_EQ(normed(), "0.5 1.3 2.2 ");
  spec.extraNormStage = false;
  spec.extraNormPeriod = 3;
  EXPECT_EQ(normed(), "0.2 0.5 1.2 2.2 ");
}

TEST(Parameters, OfSwinMlp) {
  Spec spec = test::golden({32, 32});
  spec.family = Family::SwinMlp;
  spec.stages[1].window = {8, 8}; // clipped to 4
  EXPECT_EQ(blockShapes(spec, Semantics::Microsoft, "layers.1.blocks.1"),
            withMlp({{"spatial_mlp.weight", {4 * 16, 16, 1}}, {"spatial_mlp.bias", {4 * 16}}}, 16));
}

TEST(Parameters, PositionEmbeddingAndFinalNorm) {
  Spec spec = test::golden({36, 44});
  spec.positionEmbedding = true;
  EXPECT_EQ(shapes(spec, Semantics::Hf)["absolute_pos_embed"], (Shape{1, 9 * 11, 8}));
  spec.finalNorm = false;
  EXPECT_FALSE(shapes(spec, Semantics::Hf).contains("norm.weight"));
}

TEST(Parameters, SortedByBytes) {
  Spec spec = test::model(8, {12, 1}, {2, 4}, {4, 4}, {32, 32});
  auto found = parametersOf(spec, Semantics::Timm);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), [](auto &a, auto &b) { return a.name < b.name; }));
  auto index = [&](const std::string &name) {
    return std::find_if(found.begin(), found.end(), [&](auto &p) { return p.name == name; }) - found.begin();
  };
  EXPECT_LT(index("layers.0.blocks.10.norm1.bias"), index("layers.0.blocks.2.norm1.bias"));
  EXPECT_EQ(found.front().name, "head.bias");
}

TEST(Parameters, OfClippedWindows) {
  Spec spec = test::tiny({64, 96}); // maps 16x24, 8x12, 4x6, 2x3
  auto rows = [&](Semantics semantics, int stage) {
    return shapes(spec,
                  semantics)["layers." + std::to_string(stage) + ".blocks.0.attn.relative_position_bias_table"][0];
  };
  EXPECT_EQ(rows(Semantics::Timm, 1), 13 * 13);
  EXPECT_EQ(rows(Semantics::Timm, 2), 7 * 11);
  EXPECT_EQ(rows(Semantics::Timm, 3), 3 * 5);
  EXPECT_EQ(rows(Semantics::Microsoft, 2), 7 * 7);
  EXPECT_EQ(rows(Semantics::Microsoft, 3), 3 * 3);
  for (Semantics semantics : {Semantics::Torchvision, Semantics::Hf, Semantics::HfBackbone, Semantics::Mm})
    EXPECT_EQ(rows(semantics, 3), 13 * 13) << semanticsName(semantics);
}

TEST(Parameters, PartsThatAreMissing) {
  Spec spec = test::golden({32, 32});
  spec.qkvBias = spec.patchNorm = false;
  spec.numClasses = 0;
  auto found = shapes(spec, Semantics::Timm);
  EXPECT_FALSE(found.contains("layers.0.blocks.0.attn.qkv.bias"));
  EXPECT_TRUE(found.contains("layers.0.blocks.0.attn.proj.bias"));
  EXPECT_FALSE(found.contains("patch_embed.norm.weight"));
  EXPECT_FALSE(found.contains("head.weight"));
  EXPECT_TRUE(found.contains("norm.weight"));
}

TEST(Parameters, NormsOfStageMaps) {
  Spec spec = test::golden({32, 32});
  auto hf = shapes(spec, Semantics::HfBackbone);
  EXPECT_FALSE(hf.contains("hidden_states_norms.stage1.weight"));
  EXPECT_EQ(hf["hidden_states_norms.stage2.weight"], Shape{16});
  EXPECT_EQ(hf["hidden_states_norms.stage2.bias"], Shape{16});
  EXPECT_FALSE(hf.contains("norm.weight"));
  EXPECT_FALSE(hf.contains("head.weight"));
  auto mm = shapes(spec, Semantics::Mm);
  EXPECT_EQ(mm["norm0.weight"], Shape{8});
  EXPECT_EQ(mm["norm1.bias"], Shape{16});
  spec.outputs = {"stage1"};
  EXPECT_FALSE(shapes(spec, Semantics::Mm).contains("norm1.bias"));
  spec.outputs = {"stage2", "features"}; // a tail that such a checkpoint may have all the same
  hf = shapes(spec, Semantics::HfBackbone);
  EXPECT_TRUE(hf.contains("norm.weight"));
  EXPECT_FALSE(hf.contains("head.weight"));
  // Maps of the others have no norm.
  EXPECT_FALSE(shapes(spec, Semantics::Hf).contains("hidden_states_norms.stage2.weight"));
}

TEST(Parameters, Outputs) {
  using Names = std::vector<std::string>;
  Spec spec = test::tiny({224, 224});
  for (Semantics semantics : {Semantics::Timm, Semantics::Torchvision, Semantics::Hf, Semantics::Microsoft})
    EXPECT_EQ(outputsOf(spec, semantics), Names{"logits"});
  EXPECT_EQ(outputsOf(spec, Semantics::HfBackbone), Names{"stage4"});
  EXPECT_EQ(outputsOf(spec, Semantics::Mm), (Names{"stage1", "stage2", "stage3", "stage4"}));
  spec.numClasses = 0;
  EXPECT_EQ(outputsOf(spec, Semantics::Timm), Names{"features"});
  spec.outputs = {"stage2", "features"};
  for (Semantics semantics : test::allSemantics)
    EXPECT_EQ(outputsOf(spec, semantics), spec.outputs);
}

} // namespace
