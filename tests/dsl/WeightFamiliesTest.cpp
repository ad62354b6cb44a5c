//===- WeightFamiliesTest.cpp - names of the whole family -----------------===//
#include "dsl/WeightNames.h"
#include "tests/dsl/NamedWeights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

using namespace swin;
using namespace swin::dsl;
using Lines = std::vector<std::string>;

namespace {

/// A family under the names of one source.
struct Case {
  Family family;
  Semantics semantics;
  test::NamedValues (*renamed)(const test::NamedValues &ours);
};
const Case cases[] = {
    {Family::SwinV2, Semantics::Microsoft, [](const test::NamedValues &ours) { return ours; }},
    {Family::SwinV2, Semantics::Timm, test::timmWeights},
    {Family::SwinV2, Semantics::Torchvision, test::torchvisionWeights},
    {Family::SwinV2, Semantics::Hf,
     [](const test::NamedValues &ours) { return test::huggingFaceWeights(ours, "swinv2."); }},
    {Family::SwinV2, Semantics::Hf, [](const test::NamedValues &ours) { return test::huggingFaceWeights(ours, ""); }},
    {Family::SwinV2Cr, Semantics::Timm, test::timmCrWeights},
    {Family::SwinMlp, Semantics::Microsoft, [](const test::NamedValues &ours) { return ours; }},
    {Family::Swin, Semantics::Hf,
     [](const test::NamedValues &ours) { return test::inMemory(test::huggingFaceWeights(ours, "swin.")); }},
    {Family::Swin, Semantics::Hf,
     [](const test::NamedValues &ours) { return test::huggingFaceWeights(ours, "model.encoder."); }},
    {Family::Swin, Semantics::Timm,
     [](const test::NamedValues &ours) {
       test::NamedValues flat;
       for (const auto &[name, values] : test::timmWeights(ours))
         flat[test::renamed(name, {{"^layers.", "layers_"}})] = values;
       return flat;
     }},
};

Lines load(const test::Checkpoint &checkpoint, const Spec &spec, ref::ConstantStore &store) {
  test::TemporaryFile file(checkpoint.bytes());
  Diagnostics errors;
  std::unique_ptr<WeightsFile> opened = openWeights(file.path, errors);
  if (opened)
    opened->load(spec, opened->semantics(), store, errors);
  return test::linesWithout(file.path, errors);
}

void expectEqual(const ref::ConstantStore &store, const test::NamedValues &ours) {
  EXPECT_EQ(store.names().size(), ours.size());
  for (const auto &[name, values] : ours) {
    const ref::Constant *constant = store.find(name);
    ASSERT_NE(constant, nullptr) << name;
    EXPECT_EQ(test::valuesOf(*constant).shape, values.shape) << name;
    EXPECT_EQ(test::valuesOf(*constant).values, values.values) << name;
  }
}

std::vector<std::string_view> namesOf(const test::NamedValues &weights) {
  std::vector<std::string_view> names;
  for (const auto &[name, values] : weights)
    names.push_back(name);
  return names;
}

/// Whoever saved it, the same values come back under our names, and the source is recognised.
TEST(WeightFamiliesTest, EveryScheme) {
  for (const Case &one : cases) {
    SCOPED_TRACE(std::string(familyName(one.family)) + " of " + semanticsName(one.semantics));
    Spec spec = test::smallModel(one.family);
    test::NamedValues ours = test::ourWeights(spec, one.semantics), theirs = one.renamed(ours);
    ref::ConstantStore store;
    ASSERT_EQ(load(test::checkpointOf(theirs), spec, store), Lines());
    expectEqual(store, ours);
    std::optional<WeightNames> names = WeightNames::recognise(namesOf(theirs));
    ASSERT_TRUE(names);
    EXPECT_EQ(names->semantics(), one.semantics);
    EXPECT_EQ(names->family(), one.family);
  }
}

/// Each of our parameters has a source in the file, and each tensor of the file is one of our parameters.
TEST(WeightFamiliesTest, NamesBothWays) {
  for (const Case &one : cases) {
    SCOPED_TRACE(std::string(familyName(one.family)) + " of " + semanticsName(one.semantics));
    test::NamedValues ours = test::ourWeights(test::smallModel(one.family), one.semantics);
    test::NamedValues theirs = one.renamed(ours);
    std::optional<WeightNames> names = WeightNames::recognise(namesOf(theirs));
    ASSERT_TRUE(names);
    std::set<std::string> meant;
    for (const auto &[name, values] : theirs) {
      std::optional<TensorMeaning> found = names->meaning(name);
      ASSERT_TRUE(found) << name;
      EXPECT_TRUE(ours.count(found->ours)) << name << " is no " << found->ours;
      meant.insert(found->ours);
    }
    for (const auto &[name, values] : ours) {
      size_t there = 0;
      for (const TensorSource &source : names->sources(name))
        there += theirs.count(source.names[0]);
      EXPECT_GT(there, 0u) << name;
      // torchvision's one bias is our biases of q and of v.
      EXPECT_TRUE(meant.count(name) || name.ends_with("v_bias")) << name;
    }
  }
}

/// Buffers, and what only training has, are no part of a model.
TEST(WeightFamiliesTest, WhatElseIsInFiles) {
  Spec spec = test::smallModel(Family::SwinV2);
  test::NamedValues ours = test::ourWeights(spec, Semantics::Hf);
  ref::ConstantStore store;
  test::Checkpoint masked = test::checkpointOf(test::huggingFaceWeights(ours, "swinv2."));
  masked.add<float>("swinv2.embeddings.mask_token", "F32", {1, 1, 8}, std::vector<float>(8));
  masked.add<float>("decoder.0.weight", "F32", {1}, {1});
  EXPECT_EQ(load(masked, spec, store), Lines());

  Spec cr = test::smallModel(Family::SwinV2Cr);
  test::Checkpoint positions = test::checkpointOf(test::timmCrWeights(test::ourWeights(cr, Semantics::Timm)));
  positions.add<float>("stages.0.blocks.0.attn.relative_coordinates_log", "F32", {1, 2}, {0, 0});
  EXPECT_EQ(load(positions, cr, store), Lines());

  // A pixel encoder below what makes masks of its maps.
  Spec maps = test::smallModel();
  maps.outputs = {"stage1", "stage3"};
  test::NamedValues pixels;
  const std::string encoder = "model.pixel_level_module.encoder.";
  for (const auto &[name, values] :
       test::huggingFaceWeights(test::ourWeights(maps, Semantics::HfBackbone), encoder + "model."))
    pixels[test::renamed(name, {{"^hidden", "model.pixel_level_module.encoder.hidden"},
                                {"norms.stage1", "norms.0"},
                                {"norms.stage3", "norms.2"}})] = values;
  test::Checkpoint above = test::checkpointOf(pixels);
  above.add<float>("model.pixel_level_module.decoder.fpn.weight", "F32", {1}, {1});
  above.add<float>("model.transformer_module.decoder.weight", "F32", {1}, {1});
  above.add<float>("class_predictor.weight", "F32", {1}, {1});
  EXPECT_EQ(load(above, maps, store), Lines());
}

/// Files from before timm had temperatures as logarithms.
TEST(WeightFamiliesTest, InverseTemperatures) {
  Spec spec = test::smallModel(Family::SwinV2Cr);
  test::NamedValues ours = test::ourWeights(spec, Semantics::Timm), old;
  for (const auto &[name, values] : test::timmCrWeights(ours)) {
    test::Values changed = values;
    if (name.ends_with("logit_scale"))
      for (float &value : changed.values)
        value = std::exp(-value);
    old[test::renamed(name, {{"logit_scale", "tau"}, {"^head.fc", "head"}})] = changed;
  }
  ref::ConstantStore store;
  ASSERT_EQ(load(test::checkpointOf(old), spec, store), Lines());
  for (const auto &[name, values] : ours) {
    const ref::Constant *constant = store.find(name);
    ASSERT_NE(constant, nullptr) << name;
    for (size_t i = 0; i < values.values.size(); ++i)
      ASSERT_NEAR(constant->data[i], values.values[i], 1e-6) << name;
  }
  old["stages.1.blocks.0.attn.tau"].values[2] = 0;
  EXPECT_EQ(load(test::checkpointOf(old), spec, store),
            Lines{"'stages.1.blocks.0.attn.tau' holds 0 at [2]; a temperature is above 0"});
}

/// Microsoft's relative positions, which show the windows of the training.
TEST(WeightFamiliesTest, RelativePositions) {
  Spec spec = test::smallModel(Family::SwinV2);
  auto positions = [](int64_t window, int64_t trained) {
    std::vector<float> values;
    for (int64_t y = 1 - window; y < window; ++y)
      for (int64_t x = 1 - window; x < window; ++x)
        for (int64_t steps : {y, x}) {
          double place = 8.0 * static_cast<double>(steps) / static_cast<double>(trained - 1);
          values.push_back(static_cast<float>(std::copysign(std::log2(1 + std::abs(place)) / 3, place)));
        }
    return values;
  };
  auto errorsWith = [&](int64_t window, int64_t trained) {
    test::Checkpoint checkpoint = test::checkpointOf(test::ourWeights(spec, Semantics::Microsoft));
    int64_t side = 2 * window - 1;
    checkpoint.add<float>("layers.0.blocks.1.attn.relative_coords_table", "F32", {1, side, side, 2},
                          positions(window, trained));
    ref::ConstantStore store;
    return load(checkpoint, spec, store);
  };
  EXPECT_EQ(errorsWith(4, 4), Lines());
  // Its position MLP takes any window.
  EXPECT_EQ(errorsWith(3, 3), Lines());
  EXPECT_EQ(errorsWith(4, 3), Lines{"'layers.0.blocks.1.attn.relative_coords_table' holds -1.233 at [0, 0, 0, 0]; in a "
                                    "window of 4 it is -1.057"});
  spec.stages[0].pretrainedWindow = {3, 3};
  EXPECT_EQ(errorsWith(4, 3), Lines());
  EXPECT_EQ(errorsWith(4, 4), Lines{"'layers.0.blocks.1.attn.relative_coords_table' holds -1.057 at [0, 0, 0, 0]; in a "
                                    "window of 4 trained as 3 it is -1.233"});
}

} // namespace
