// Good descriptions: presets, what is written reads back, folders.
#include "tests/dsl/Descriptions.h"

#include <gtest/gtest.h>

#include <random>

using namespace swin::dsl;
using namespace swin::dsl::tests;

namespace {

/// Reads a file that must be good.
Spec good(const std::string &path) {
  Diagnostics errors;
  Spec spec = readSpec(path, errors);
  EXPECT_EQ(errors.lines(), std::vector<std::string>{});
  return spec;
}

TEST(Presets, CanBeChanged) {
  Folder folder;
  folder.write("m.json", R"({"format": "swin-model", "preset": "swin_t", "classes": 10, "qkv_bias": false,
    "image": {"size": [448, 224]}, "weights": "w/x.safetensors", "batch": 4})");
  Spec spec = good("m.json");
  EXPECT_EQ(spec.stages.size(), 4u);
  EXPECT_EQ(spec.numClasses, 10);
  EXPECT_FALSE(spec.qkvBias);
  EXPECT_EQ(spec.batch, 4);
  EXPECT_EQ(spec.weights, "w/x.safetensors");
  // The same part of a picture as before.
  EXPECT_EQ(spec.imageSize, (Size{448, 224}));
  EXPECT_EQ(spec.preprocessing->size[0], 512);
  EXPECT_EQ(spec.preprocessing->crop, (Size{448, 224}));
  folder.write("cr.json", R"({"format": "swin-model", "preset": "swinv2_cr_t_224", "extra_norm_stage": true})");
  Spec cr = good("cr.json");
  EXPECT_EQ(cr.family, Family::SwinV2Cr);
  EXPECT_TRUE(cr.extraNormStage);
  // From another folder, weights are found beside the description.
  std::filesystem::create_directory("elsewhere");
  EXPECT_EQ(good("./elsewhere/../m.json").weights, "./elsewhere/../w/x.safetensors");
}

TEST(SpecText, ReadsBack) {
  Folder folder;
  for (const std::string &text : {ownText, timmText, huggingFaceText}) {
    folder.write("m.json", text);
    std::string written = specText(good("m.json"));
    folder.write("again.json", written);
    EXPECT_EQ(specText(good("again.json")), written);
  }
  folder.write("m.json", specText(good("m.json")));
  EXPECT_EQ(good("m.json").labels, (std::vector<std::string>{"a", "b", "c"}));
}

/// A consistent spec in which any value may differ from its default.
Spec randomSpec(std::mt19937 &random) {
  auto in = [&](int64_t least, int64_t most) { return std::uniform_int_distribution<int64_t>(least, most)(random); };
  auto real = [&](double least, double most) { return std::uniform_real_distribution<double>(least, most)(random); };
  Spec spec;
  spec.family = static_cast<Family>(in(0, 3));
  bool isV2 = spec.family == Family::SwinV2, isCr = spec.family == Family::SwinV2Cr;
  spec.architecture = in(0, 1) ? "" : "a\"\\\n\xC3\xA4";
  spec.patch = {in(1, 8), in(1, 8)};
  spec.imageSize = {in(8, 300), in(8, 300)};
  spec.imageChannels = in(1, 5);
  spec.embedding = 12 * in(1, 4);
  for (int64_t i = in(1, 4); i > 0; --i)
    spec.stages.push_back({in(1, 9), in(2, 4), {in(1, 14), in(1, 14)}, {0, 0}});
  if (isV2 && in(0, 1))
    spec.stages.back().pretrainedWindow = {in(2, 14), in(2, 14)};
  spec.mlpRatio = real(0.5, 5);
  spec.activation = static_cast<Activation>(in(0, 4));
  spec.qkvBias = spec.family == Family::SwinMlp || in(0, 1);
  spec.patchNorm = in(0, 1);
  spec.finalNorm = in(0, 1);
  spec.extraNormPeriod = isCr ? in(0, 3) : 0;
  spec.extraNormStage = isCr && in(0, 1);
  spec.layerNormEpsilon = real(1e-9, 1e-3);
  spec.numClasses = in(0, 3);
  for (int64_t i = 0; i < spec.numClasses; ++i)
    spec.labels.push_back(std::string(static_cast<size_t>(i), '/'));
  if (in(0, 1)) {
    Preprocessing how;
    how.resize = static_cast<Preprocessing::Resize>(in(0, 2));
    if (how.resize == Preprocessing::Resize::Exactly)
      how.size = {in(40, 90), in(40, 90)};
    else if (how.resize == Preprocessing::Resize::ShorterSide)
      how.size = Size{50, 50};
    how.interpolation = in(0, 1) ? "bicubic" : "bilinear";
    how.crop = in(0, 1) ? Size{0, 0} : Size{in(1, 40), in(1, 40)};
    for (int64_t i = 0; i < spec.imageChannels; ++i) {
      how.mean.push_back(real(-1, 1));
      how.std.push_back(real(0.1, 1));
    }
    spec.preprocessing = how;
  }
  // Microsoft's rejects most sizes; no source but timm's knows all the rest of it.
  if (in(0, 1) && spec.family == Family::Swin)
    spec.semantics = static_cast<Semantics>(in(0, 4));
  else if (in(0, 1) && spec.family != Family::SwinMlp)
    spec.semantics = Semantics::Timm;
  spec.positionEmbedding = !spec.semantics && in(0, 1);
  spec.alwaysPartition = (!spec.semantics || spec.semantics == Semantics::Timm) && in(0, 1);
  spec.weights = in(0, 1) ? "" : "sub/w.safetensors";
  spec.outputs = in(0, 1) ? std::vector<std::string>{} : std::vector<std::string>{"stage1", "features"};
  spec.batch = in(0, 2);
  if (in(0, 1) && spec.semantics != Semantics::Hf)
    spec.fixed = spec.imageSize;
  return spec;
}

bool same(const Preprocessing &a, const Preprocessing &b) {
  return a.resize == b.resize && a.size == b.size && a.interpolation == b.interpolation && a.crop == b.crop &&
         a.mean == b.mean && a.std == b.std;
}

bool same(const Spec &a, const Spec &b) {
  auto sameStage = [](const Stage &x, const Stage &y) {
    return x.depth == y.depth && x.heads == y.heads && x.window == y.window && x.pretrainedWindow == y.pretrainedWindow;
  };
  return a.family == b.family && a.activation == b.activation && a.finalNorm == b.finalNorm &&
         a.positionEmbedding == b.positionEmbedding && a.alwaysPartition == b.alwaysPartition &&
         a.extraNormPeriod == b.extraNormPeriod && a.extraNormStage == b.extraNormStage &&
         a.architecture == b.architecture && a.imageSize == b.imageSize && a.imageChannels == b.imageChannels &&
         a.patch == b.patch && a.embedding == b.embedding &&
         std::equal(a.stages.begin(), a.stages.end(), b.stages.begin(), b.stages.end(), sameStage) &&
         a.mlpRatio == b.mlpRatio && a.qkvBias == b.qkvBias && a.patchNorm == b.patchNorm &&
         a.layerNormEpsilon == b.layerNormEpsilon && a.numClasses == b.numClasses && a.labels == b.labels &&
         a.preprocessing.has_value() == b.preprocessing.has_value() &&
         (!a.preprocessing || same(*a.preprocessing, *b.preprocessing)) && a.semantics == b.semantics &&
         a.weights == b.weights && a.outputs == b.outputs && a.batch == b.batch && a.fixed == b.fixed;
}

TEST(SpecText, RandomSpecsReadBack) {
  Folder folder;
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    Spec spec = randomSpec(random);
    folder.write("m.json", specText(spec));
    Spec again = good("m.json");
    ASSERT_TRUE(same(spec, again)) << specText(spec) << specText(again);
  }
}

TEST(Weights, BesideTheDescription) {
  Folder folder;
  Diagnostics errors;
  folder.write("m/config.json", timmText);
  EXPECT_EQ(weightsBeside("m", errors), "");
  folder.write("m/one.safetensors", "");
  EXPECT_EQ(weightsBeside("m", errors), "m/one.safetensors");
  EXPECT_EQ(errors.lines(), std::vector<std::string>{});
  folder.write("m/two.safetensors", "");
  EXPECT_EQ(weightsBeside("m", errors), "");
  EXPECT_EQ(errors.lines(), std::vector<std::string>{"m: error: 2 files may be its weights: one.safetensors, "
                                                     "two.safetensors; expected one, or one of the name "
                                                     "model.safetensors"});
  folder.write("m/model.safetensors", "");
  EXPECT_EQ(weightsBeside("m", errors), "m/model.safetensors");
  folder.write("m/two.json", timmText);
  EXPECT_EQ(weightsBeside("m/two.json", errors), "m/two.safetensors");
  EXPECT_EQ(errors.lines().size(), 1u);
}

} // namespace
