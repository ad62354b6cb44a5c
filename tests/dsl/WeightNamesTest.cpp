//===- WeightNamesTest.cpp - schemes of names -----------------------------===//
#include "dsl/WeightNames.h"
#include "tests/dsl/NamedWeights.h"

#include <gtest/gtest.h>

#include <functional>

using namespace swin;
using namespace swin::dsl;
using Lines = std::vector<std::string>;

namespace {

/// Saved as `weights` (and what `more` adds), opened and loaded again: ours again, and whose arithmetic.
Semantics roundTrip(
    const test::NamedValues &weights, const test::NamedValues &ours, const Spec &spec,
    std::optional<Semantics> semantics = {},
    const std::function<void(test::Checkpoint &)> &more = [](test::Checkpoint &) {}) {
  test::Checkpoint checkpoint = test::checkpointOf(weights);
  more(checkpoint);
  test::TemporaryFile file(checkpoint.bytes());
  Diagnostics errors;
  std::unique_ptr<WeightsFile> opened = openWeights(file.path, errors);
  EXPECT_EQ(errors.lines(), Lines());
  if (!opened)
    return Semantics::Microsoft;
  ref::ConstantStore store;
  opened->load(spec, semantics.value_or(opened->semantics()), store, errors);
  EXPECT_EQ(errors.lines(), Lines());
  EXPECT_EQ(store.names().size(), ours.size());
  for (const auto &[name, values] : ours) {
    const ref::Constant *constant = store.find(name);
    EXPECT_NE(constant, nullptr) << name;
    if (!constant)
      continue;
    EXPECT_EQ(test::valuesOf(*constant).shape, values.shape) << name;
    EXPECT_EQ(test::valuesOf(*constant).values, values.values) << name;
  }
  return opened->semantics();
}

std::vector<int64_t> indexOfWindow(int64_t side) {
  std::vector<int64_t> index;
  for (int64_t a = 0; a < side * side; ++a)
    for (int64_t b = 0; b < side * side; ++b)
      index.push_back((a / side - b / side + side - 1) * (2 * side - 1) + a % side - b % side + side - 1);
  return index;
}

TEST(WeightNamesTest, Microsoft) {
  test::NamedValues ours = test::ourWeights(test::smallModel(), Semantics::Microsoft);
  auto buffers = [](test::Checkpoint &checkpoint) {
    checkpoint.add<int64_t>("layers.0.blocks.1.attn.relative_position_index", "I64", {16, 16}, indexOfWindow(4));
    checkpoint.add<float>("layers.0.blocks.1.attn_mask", "F32", {1, 1, 1}, {0});
  };
  EXPECT_EQ(roundTrip(ours, ours, test::smallModel(), {}, buffers), Semantics::Microsoft);
}

TEST(WeightNamesTest, Timm) {
  test::NamedValues ours = test::ourWeights(test::smallModel(), Semantics::Timm);
  EXPECT_EQ(roundTrip(test::timmWeights(ours), ours, test::smallModel()), Semantics::Timm);
}

TEST(WeightNamesTest, TimmWithoutHead) {
  Spec spec = test::smallModel();
  spec.numClasses = 0;
  test::NamedValues ours = test::ourWeights(spec, Semantics::Timm);
  EXPECT_EQ(roundTrip(test::timmWeights(ours), ours, spec), Semantics::Timm);
  EXPECT_EQ(roundTrip(ours, ours, spec), Semantics::Microsoft);
}

TEST(WeightNamesTest, OneStage) {
  Spec spec = test::model(8, {2}, {2}, {4, 4}, {64, 64});
  test::NamedValues ours = test::ourWeights(spec, Semantics::Timm);
  EXPECT_EQ(roundTrip(test::timmWeights(ours), ours, spec), Semantics::Timm);
  EXPECT_EQ(roundTrip(ours, ours, spec), Semantics::Microsoft);
}

TEST(WeightNamesTest, Torchvision) {
  test::NamedValues ours = test::ourWeights(test::smallModel(), Semantics::Torchvision);
  auto buffers = [](test::Checkpoint &checkpoint) {
    checkpoint.add<int64_t>("features.5.0.attn.relative_position_index", "I64", {256}, indexOfWindow(4));
  };
  EXPECT_EQ(roundTrip(test::torchvisionWeights(ours), ours, test::smallModel(), {}, buffers), Semantics::Torchvision);
}

TEST(WeightNamesTest, HuggingFace) {
  test::NamedValues ours = test::ourWeights(test::smallModel(), Semantics::Hf);
  for (const char *prefix : {"swin.", ""})
    EXPECT_EQ(roundTrip(test::huggingFaceWeights(ours, prefix), ours, test::smallModel()), Semantics::Hf);
  Spec spec = test::smallModel();
  spec.qkvBias = false;
  ours = test::ourWeights(spec, Semantics::Hf);
  EXPECT_EQ(roundTrip(test::huggingFaceWeights(ours, "swin."), ours, spec), Semantics::Hf);
}

TEST(WeightNamesTest, HuggingFaceBackbone) {
  Spec spec = test::smallModel();
  spec.outputs = {"stage1", "stage3"};
  test::NamedValues ours = test::ourWeights(spec, Semantics::HfBackbone);
  auto rest = [](test::Checkpoint &checkpoint) {
    checkpoint.add<float>("hidden_states_norms.stage2.weight", "F32", {1}, {1});
    checkpoint.add<float>("backbone.swin.layernorm.weight", "F32", {1}, {1});
    checkpoint.add<int64_t>("decode_head.batch_norm.num_batches_tracked", "I64", {}, {1});
    checkpoint.add<float>("decode_head.classifier.weight", "F32", {1}, {1});
  };
  for (const char *prefix : {"", "swin.", "backbone."})
    EXPECT_EQ(roundTrip(test::huggingFaceWeights(ours, prefix), ours, spec, {}, rest), Semantics::HfBackbone);
  // Norms counted from 0, before a prefix that they do not have themselves.
  test::NamedValues numbered;
  for (const auto &[name, values] : test::huggingFaceWeights(ours, "model."))
    numbered[test::renamed(name, {{"norms.stage1", "norms.0"}, {"norms.stage3", "norms.2"}})] = values;
  EXPECT_EQ(roundTrip(numbered, ours, spec), Semantics::HfBackbone);
}

TEST(WeightNamesTest, Mm) {
  Spec spec = test::smallModel();
  test::NamedValues ours = test::ourWeights(spec, Semantics::Mm);
  auto rest = [](test::Checkpoint &checkpoint) {
    checkpoint.add<float>("decode_head.conv_seg.weight", "F32", {1}, {1});
  };
  for (const char *prefix : {"", "backbone."})
    EXPECT_EQ(roundTrip(test::mmWeights(ours, prefix), ours, spec, {}, rest), Semantics::Mm);
  // Microsoft's own detectors keep Microsoft's names and order.
  EXPECT_EQ(roundTrip(ours, ours, spec), Semantics::Mm);
}

TEST(WeightNamesTest, NamesOfOneSourceArithmeticOfAnother) {
  Spec spec = test::smallModel();
  spec.outputs = {"stage1", "stage2"};
  test::NamedValues ours = test::ourWeights(spec, Semantics::HfBackbone);
  EXPECT_EQ(roundTrip(ours, ours, spec), Semantics::HfBackbone);
  // norm0 of mm is hidden_states_norms.stage1 of a Hugging Face backbone.
  test::NamedValues mm = test::ourWeights(spec, Semantics::Mm);
  EXPECT_EQ(roundTrip(test::huggingFaceWeights(ours, ""), mm, spec, Semantics::Mm), Semantics::HfBackbone);
  EXPECT_EQ(roundTrip(test::mmWeights(mm, ""), ours, spec, Semantics::HfBackbone), Semantics::Mm);
  test::NamedValues plain = test::ourWeights(test::smallModel(), Semantics::Torchvision);
  EXPECT_EQ(roundTrip(plain, plain, test::smallModel(), Semantics::Torchvision), Semantics::Microsoft);
}

TEST(WeightNamesTest, ClassifierForStageMaps) {
  Spec spec = test::smallModel();
  test::NamedValues all = test::ourWeights(spec, Semantics::Timm);
  test::NamedValues needed = all;
  for (const char *name : {"norm.weight", "norm.bias", "head.weight", "head.bias"})
    needed.erase(name);
  spec.outputs = {"stage2"};
  spec.numClasses = 21841;
  EXPECT_EQ(roundTrip(test::timmWeights(all), needed, spec), Semantics::Timm);
  EXPECT_EQ(roundTrip(test::timmWeights(needed), needed, spec), Semantics::Timm);
}

TEST(WeightNamesTest, Patterns) {
  std::string_view suffix;
  auto found = matchName("features.{2i+1}.{j}.mlp.0", "features.5.12.mlp.0.bias", &suffix);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->stage, 2);
  EXPECT_EQ(found->block, 12);
  EXPECT_EQ(suffix, ".bias");
  for (const char *name : {"features.4.1.mlp.0.bias", "features.05.1.mlp.0.bias", "features.5.1.mlp.0.bias.x",
                           "features.5.1.mlp.0x", "features.5..mlp.0", "features.99999.1.mlp.0", "features.5", ""})
    EXPECT_FALSE(matchName("features.{2i+1}.{j}.mlp.0", name, &suffix)) << name;
  EXPECT_EQ(expandName("a.{2i+2}.{query}", {1, -1}, ".weight"),
            (Lines{"a.4.query.weight", "a.4.key.weight", "a.4.value.weight"}));
  EXPECT_EQ(expandName("{q}_proj.bias", {1, -1}, ""), (Lines{"q_proj.bias", "k_proj.bias", "v_proj.bias"}));
  EXPECT_TRUE(matchName("{q}_proj.bias", "k_proj.bias", &suffix));
  for (const char *name : {"k_proj.weight", "k_proj.bias.bias", "_proj.bias", "o_proj.bias", "query_proj.bias"})
    EXPECT_FALSE(matchName("{q}_proj.bias", name, &suffix)) << name;
}

/// What a pattern makes, it reads again.
TEST(WeightNamesTest, TablesReadBack) {
  for (const NameScheme &scheme : nameSchemes()) {
    for (const NameRule &rule : scheme.rules) {
      bool isWhole = rule.theirs.ends_with(".weight") || rule.theirs.ends_with(".bias");
      for (const std::string &name : expandName(rule.theirs, {3, 2}, isWhole ? "" : ".weight")) {
        std::string_view suffix;
        auto numbers = matchName(rule.theirs, name, &suffix);
        ASSERT_TRUE(numbers) << scheme.title << " " << rule.theirs;
        EXPECT_EQ(expandName(rule.ours, *numbers, suffix), expandName(rule.ours, {3, 2}, isWhole ? "" : ".weight"));
      }
    }
  }
}

} // namespace
