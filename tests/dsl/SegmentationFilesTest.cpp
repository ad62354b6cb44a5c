//===- SegmentationFilesTest.cpp - files of models with a class per pixel -===//
#include "dsl/ReadSpec.h"
#include "dsl/WeightNames.h"
#include "tests/dsl/NamedWeights.h"
#include "tests/dsl/OtherDescriptions.h"

#include <gtest/gtest.h>

#include <functional>
#include <numeric>

using namespace swin;
using namespace swin::dsl;
using namespace swin::dsl::tests;

namespace {

Spec smallModel(Family family = Family::Swin) {
  Spec spec = test::smallModel(family);
  spec.segmentation = Segmentation{4, {1, 3}};
  return spec;
}

bool isHead(const std::string &name) { return name.starts_with("decode_head."); }

test::NamedValues ours(const test::NamedValues &weights) { return weights; }

/// As the whole model of transformers is saved.
test::NamedValues huggingFace(const test::NamedValues &weights) {
  test::NamedValues result;
  for (const auto &[name, values] : test::huggingFaceWeights(weights, ""))
    result[(isHead(name) ? "" : "backbone.") + name] = values;
  return result;
}

test::NamedValues withMmsHead(const test::NamedValues &weights) {
  test::NamedValues result;
  for (const auto &[name, values] : weights)
    if (isHead(name))
      result[test::renamed(name, {{"batch_norm", "bn"}, {"classifier", "conv_seg"}})] = values;
    else
      result["backbone." + name] = values;
  return result;
}
test::NamedValues mm(const test::NamedValues &weights) { return withMmsHead(test::mmWeights(weights, "")); }

struct Case {
  const char *name;
  Family family;
  Semantics semantics;
  test::NamedValues (*renamed)(const test::NamedValues &weights);
};
const Case cases[] = {
    {"ours", Family::Swin, Semantics::HfBackbone, ours},
    {"ours of mm", Family::Swin, Semantics::Mm, ours},
    {"ours of swinv2", Family::SwinV2, Semantics::HfBackbone, ours},
    {"Hugging Face", Family::Swin, Semantics::HfBackbone, huggingFace},
    {"Hugging Face's swinv2", Family::SwinV2, Semantics::HfBackbone, huggingFace},
    {"mm", Family::Swin, Semantics::Mm, mm},
    // Microsoft's repository for segmentation is mm's around Microsoft's backbone.
    {"Microsoft's backbone", Family::Swin, Semantics::Mm, withMmsHead},
};

/// Opened, or errors.
std::unique_ptr<WeightsFile> opened(const test::TemporaryFile &file, Diagnostics &errors) {
  std::unique_ptr<WeightsFile> weights = openWeights(file.path, errors);
  EXPECT_TRUE(weights) << testing::PrintToString(errors.lines());
  return weights;
}

Texts load(const test::Checkpoint &checkpoint, const Spec &spec, Semantics semantics, ref::ConstantStore &store) {
  test::TemporaryFile file(checkpoint.bytes());
  Diagnostics errors;
  if (std::unique_ptr<WeightsFile> weights = opened(file, errors))
    weights->load(spec, semantics, store, errors);
  return test::linesWithout(file.path, errors);
}

/// Whoever saved it, the same values come back under our names, the source is recognised and so is the head.
TEST(SegmentationFiles, EveryScheme) {
  for (const Case &one : cases) {
    SCOPED_TRACE(one.name);
    Spec spec = smallModel(one.family);
    test::NamedValues weights = test::ourWeights(spec, one.semantics);
    test::TemporaryFile file(test::checkpointOf(one.renamed(weights)).bytes());
    Diagnostics errors;
    std::unique_ptr<WeightsFile> found = opened(file, errors);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->semantics(), one.semantics);
    ref::ConstantStore store;
    found->load(spec, one.semantics, store, errors);
    EXPECT_EQ(errors.lines(), Texts{});
    EXPECT_EQ(store.names().size(), weights.size());
    for (const auto &[name, values] : weights) {
      ASSERT_TRUE(store.find(name)) << name;
      EXPECT_EQ(test::valuesOf(*store.find(name)).values, values.values) << name;
    }
    Spec known;
    known.family = one.family;
    Spec shown = found->specFromShapes(known);
    ASSERT_TRUE(shown.segmentation);
    EXPECT_EQ(shown.segmentation->hidden, 4);
    EXPECT_EQ(shown.numClasses, 3);
    // Of a model that is known to have no head, it says nothing.
    known = test::smallModel(one.family);
    EXPECT_FALSE(found->specFromShapes(known).segmentation);
  }
}

/// What only training has is beside; a part of the head is not.
TEST(SegmentationFiles, WhatElseIsInFiles) {
  Spec spec = smallModel();
  for (bool isMm : {false, true}) {
    Semantics semantics = isMm ? Semantics::Mm : Semantics::HfBackbone;
    test::NamedValues weights = (isMm ? mm : huggingFace)(test::ourWeights(spec, semantics));
    const std::string norm = isMm ? "bn" : "batch_norm", missing = "decode_head.fpn_convs.1." + norm + ".running_var";
    test::Checkpoint checkpoint = test::checkpointOf(weights);
    checkpoint.add<int64_t>("decode_head.bottleneck." + norm + ".num_batches_tracked", "I64", {}, {0});
    checkpoint.add<float>("auxiliary_head.convs.0.conv.weight", "F32", {1}, {1});
    checkpoint.add<float>("auxiliary_head.convs.0." + norm + ".running_mean", "F32", {1}, {1});
    if (!isMm) // as some versions of the library save it
      checkpoint.add<float>("backbone.swin.layernorm.weight", "F32", {32}, std::vector<float>(32));
    ref::ConstantStore store;
    EXPECT_EQ(load(checkpoint, spec, semantics, store), Texts{});

    weights.erase(missing);
    EXPECT_EQ(load(test::checkpointOf(weights), spec, semantics, store).at(0),
              "tensor '" + missing + "' (4) is missing");
    // For maps alone the head does not count, whatever it is.
    spec.outputs = {"stage1"};
    EXPECT_EQ(load(test::checkpointOf(weights), spec, semantics, store), Texts{});
    spec.outputs.clear();
  }
}

TEST(SegmentationFiles, Names) {
  test::TemporaryFile file(test::checkpointOf(mm(test::ourWeights(smallModel(), Semantics::Mm))).bytes());
  Diagnostics errors;
  std::unique_ptr<WeightsFile> weights = opened(file, errors);
  ASSERT_TRUE(weights);
  // The sizes that means are taken of stand in no weight.
  Spec byName = specOfArch("upernet_swin_t", weights.get(), errors);
  EXPECT_EQ(byName.numClasses, 3);
  EXPECT_EQ(byName.segmentation->hidden, 512);
  Spec byFamily = specOfArch("swin", weights.get(), errors);
  ASSERT_TRUE(byFamily.segmentation);
  EXPECT_EQ(byFamily.segmentation->poolScales, (std::vector<int64_t>{1, 2, 3, 6}));
  EXPECT_EQ(errors.lines(), Texts{});
}

/// Published with an auxiliary head and a final norm, neither of which the logits need, and without statistics.
TEST(SegmentationFiles, Presets) {
  struct {
    const char *name;
    int64_t published, channels; ///< of the map that the auxiliary head reads
  } const presets[] = {{"upernet_swin_t", 59943398, 384},
                       {"upernet_swin_s", 81261302, 384},
                       {"upernet_swin_b", 121417124, 512},
                       {"upernet_swin_l", 233966048, 768}};
  for (const auto &[name, published, channels] : presets) {
    Diagnostics errors;
    Spec spec = specOfArch(name, nullptr, errors);
    ASSERT_TRUE(spec.segmentation) << name;
    EXPECT_EQ(usualSemantics(spec), Semantics::HfBackbone);
    int64_t sum = 0;
    for (const Parameter &parameter : parametersOf(spec, Semantics::HfBackbone))
      if (parameter.name.find(".running_") == parameter.name.npos)
        sum += std::accumulate(parameter.shape.begin(), parameter.shape.end(), int64_t(1), std::multiplies<>());
    int64_t auxiliary = 9 * channels * 256 + 2 * 256 + 256 * 150 + 150;
    int64_t norm = 2 * spec.channels(3);
    EXPECT_EQ(sum, published - auxiliary - norm) << name;
  }
}

TEST(SegmentationFiles, HuggingFaceConfig) {
  Folder folder;
  folder.write("config.json", replaced(upernetText, "\"hidden_size\": 512",
                                       "\"hidden_size\": 64, \"pool_scales\": [1, 4], \"use_auxiliary_head\": true, "
                                       "\"id2label\": {\"0\": \"wall\", \"1\": \"sky\", \"2\": \"tree\"}"));
  Spec spec = readGood("config.json");
  EXPECT_EQ(spec.semantics, Semantics::HfBackbone);
  EXPECT_EQ(spec.outputs, Texts{});
  EXPECT_EQ(outputsOf(spec, Semantics::HfBackbone), Texts{"logits"});
  ASSERT_TRUE(spec.segmentation);
  EXPECT_EQ(spec.segmentation->hidden, 64);
  EXPECT_EQ(spec.segmentation->poolScales, (std::vector<int64_t>{1, 4}));
  EXPECT_EQ(spec.labels, (Texts{"wall", "sky", "tree"}));
  EXPECT_EQ(spec.numClasses, 3);
  EXPECT_EQ(spec.imageSize, (Size{32, 32}));
  // Pictures are larger than those that the backbone was trained with alone.
  folder.write("preprocessor_config.json",
               R"({"do_reduce_labels": false, "image_mean": [0.5, 0.5, 0.5], "image_std": [1, 1, 1], "resample": 2,
                   "size": {"height": 64, "width": 96}})");
  spec = readGood("config.json");
  EXPECT_EQ(spec.imageSize, (Size{64, 96}));
  EXPECT_EQ(spec.preprocessing->size, (Size{64, 96}));
  EXPECT_EQ(spec.preprocessing->interpolation, "bilinear");
  // A swinv2 decides its windows by it.
  folder.write("config.json", replaced(upernetText, "\"model_type\": \"swin\"", "\"model_type\": \"swinv2\""));
  spec = readGood("config.json");
  EXPECT_EQ(spec.family, Family::SwinV2);
  EXPECT_EQ(spec.imageSize, (Size{32, 32}));
  EXPECT_EQ(spec.numClasses, 2);
}

TEST(SegmentationFiles, OwnForm) {
  Folder folder;
  std::string text = replaced(ownText, "\"outputs\": [\"logits\"]", "\"segmentation\": {\"hidden\": 32}");
  folder.write("m.json", text);
  Spec spec = readGood("m.json");
  ASSERT_TRUE(spec.segmentation);
  EXPECT_EQ(spec.segmentation->hidden, 32);
  EXPECT_EQ(spec.segmentation->poolScales, (std::vector<int64_t>{1, 2, 3, 6}));
  std::string written = specText(spec);
  folder.write("again.json", written);
  EXPECT_EQ(specText(readGood("again.json")), written);
  // A preset's head is changed where something is said about it.
  folder.write("p.json",
               R"({"format": "swin-model", "preset": "upernet_swin_b", "segmentation": {"pool_scales": [2]}})");
  spec = readGood("p.json");
  EXPECT_EQ(spec.segmentation->hidden, 512);
  EXPECT_EQ(spec.segmentation->poolScales, std::vector<int64_t>{2});
  EXPECT_EQ(spec.stages[3].window, (Size{12, 12}));
  EXPECT_EQ(spec.numClasses, 150);
}

} // namespace
