//===- SyntheticWeightsTest.cpp - the rule of docs/Numbers.md -------------===//
#include "dsl/ReadSpec.h"
#include "tests/dsl/NamedWeights.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace swin;
using namespace swin::dsl;

namespace {

/// The rule, element by element.
float valueAt(const std::string &name, const std::vector<int64_t> &shape, int64_t number, int64_t element) {
  double u = std::sin(12.9898 * (element + 1) + 78.233 * (number + 1));
  if (name.ends_with("logit_scale"))
    return 2 + u;
  if (shape.size() == 1)
    return name.ends_with("weight") ? 1 + 0.2 * u : 0.2 * u;
  if (name.ends_with("bias_table"))
    return 0.2 * u;
  double inputs = 1;
  for (size_t d = 1; d < shape.size(); ++d)
    inputs *= shape[d];
  return u * std::sqrt(3 / inputs);
}

void expectRule(const test::NamedValues &weights, const std::string &name, int64_t number) {
  ASSERT_TRUE(weights.count(name)) << name;
  const test::Values &found = weights.at(name);
  for (size_t n = 0; n < found.values.size(); ++n) {
    float expected = valueAt(name, found.shape, number, n);
    ASSERT_NEAR(found.values[n], expected, 1.2e-7 * std::max(1.0f, std::abs(expected))) << name << " " << n;
  }
}

TEST(SyntheticWeightsTest, FollowTheRule) {
  test::NamedValues weights = test::ourWeights(test::golden({32, 32}), Semantics::Timm);
  // Sorted by bytes, which is how std::map sorts.
  int64_t number = 0;
  for (const auto &[name, values] : weights)
    expectRule(weights, name, number++);
  EXPECT_EQ(number, 63);
}

TEST(SyntheticWeightsTest, FollowTheRuleInEveryFamily) {
  for (Family family : {Family::SwinV2, Family::SwinV2Cr, Family::SwinMlp}) {
    Spec spec = test::golden({32, 32});
    spec.family = family;
    spec.positionEmbedding = true;
    int64_t number = 0;
    for (const auto &[name, values] : test::ourWeights(spec, usualSemantics(family)))
      expectRule({{name, values}}, name, number++);
    EXPECT_EQ(number, family == Family::SwinMlp ? 52 : 80);
  }
}

TEST(SyntheticWeightsTest, SourcesShareTheirWeights) {
  Spec spec = test::golden({32, 32});
  test::NamedValues classifier = test::ourWeights(spec, Semantics::Hf);
  for (auto [semantics, norm, stage] :
       {std::tuple(Semantics::HfBackbone, "hidden_states_norms.stage2", 2), std::tuple(Semantics::Mm, "norm1", 2)}) {
    spec.outputs = {"stage" + std::to_string(stage)};
    test::NamedValues backbone = test::ourWeights(spec, semantics);
    for (const auto &[name, values] : classifier)
      if (backbone.count(name)) {
        EXPECT_EQ(backbone.at(name).values, values.values) << name;
      }
    EXPECT_FALSE(backbone.count("head.weight"));
    // Behind the classifier's 63: bias and weight of stage 1, of stage 2.
    expectRule(backbone, norm + std::string(".bias"), 65);
    expectRule(backbone, norm + std::string(".weight"), 66);
  }
}

/// Long tensors: the sums that make sines do not drift.
TEST(SyntheticWeightsTest, LongTensors) {
  Diagnostics errors;
  Spec spec = specOfArch("swin_t", nullptr, errors);
  ASSERT_TRUE(errors.good());
  ref::ConstantStore store;
  addSyntheticWeights(spec, Semantics::Timm, store);
  const std::string name = "layers.3.blocks.1.mlp.fc1.weight";
  int64_t number = 0;
  for (const Parameter &parameter : parametersOf(spec, Semantics::Timm)) {
    if (parameter.name == name)
      break;
    ++number;
  }
  const ref::Constant *constant = store.find(name);
  ASSERT_NE(constant, nullptr);
  ASSERT_EQ(constant->size(), 3072u * 768u);
  double largest = 0;
  for (size_t n = 0; n < constant->size(); n += 97)
    largest = std::max(largest, double(std::abs(constant->data[n] - valueAt(name, constant->shape, number, n))));
  // Half a unit of a 32-bit float near sqrt(3/768) and one of the argument (3e7) in 64 bits.
  EXPECT_LT(largest, 8e-9);
}

} // namespace
