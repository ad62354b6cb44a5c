//===- KernelSignatureTest.cpp - what kernels are known by -----------------===//
#include "codegen/KernelSignature.h"

#include "gtest/gtest.h"

#include <cmath>

using swin::codegen::KernelGraph;
using swin::codegen::KernelSignature;
using swin::codegen::signatureOf;

namespace {

/// Two linear maps, to `hidden` channels and back.
KernelGraph mlp(int64_t channels, int64_t hidden, int64_t shift = 0) {
  KernelGraph graph;
  graph.name = "mlp_" + std::to_string(channels);
  auto map = [](int64_t width) { return swin::codegen::TensorType{{-1, -1, -1, width}}; };
  graph.values = {
      map(channels), {{hidden / 16, channels, 16}}, {{channels / 16, hidden, 16}}, map(hidden), map(channels)};
  graph.numArgs = 3;
  graph.numActivations = 1;
  graph.nodes = {{"linear", {0, 1}, 3, {}, {}, {}}, {"linear", {3, 2}, 4, {{"shift", {shift, 0}}}, {}, {}}};
  graph.result = 4;
  return graph;
}

double between(const KernelGraph &a, const KernelGraph &b) { return distance(signatureOf(a), signatureOf(b)); }

TEST(KernelSignature, NamesDoNotMatter) {
  KernelGraph graph = mlp(96, 384), renamed = graph;
  renamed.name = "other";
  EXPECT_EQ(signatureOf(graph).hash.size(), 64u);
  EXPECT_EQ(signatureOf(renamed).hash, signatureOf(graph).hash);
  EXPECT_EQ(between(graph, renamed), 0);
}

TEST(KernelSignature, SizesAreNotInTheStructure) {
  KernelSignature small = signatureOf(mlp(96, 384)), large = signatureOf(mlp(192, 768));
  EXPECT_EQ(small.structure, large.structure);
  EXPECT_EQ(small.structure, "tokens(1,2):4; 3=linear 0 1:4; 4=linear 3 2 shift[2]:4; 4");
  EXPECT_NE(small.hash, large.hash);
  EXPECT_EQ(small.extents, (std::vector<int64_t>{-1, -1, -1, 96, -1, -1, -1, 384, 0, 0, -1, -1, -1, 96}));
}

TEST(KernelSignature, DistancesAreOfMagnitudes) {
  EXPECT_DOUBLE_EQ(between(mlp(96, 384), mlp(192, 768)), 2);
  EXPECT_DOUBLE_EQ(between(mlp(192, 768), mlp(96, 384)), 2);
  EXPECT_DOUBLE_EQ(between(mlp(96, 384), mlp(96, 192)), 1);
  EXPECT_NEAR(between(mlp(96, 384), mlp(128, 384)), std::log2(128.0 / 96), 1e-12);
  // A shift has a mask.
  EXPECT_EQ(between(mlp(96, 384, 0), mlp(96, 384, 3)), INFINITY);
  EXPECT_DOUBLE_EQ(between(mlp(96, 384, 6), mlp(96, 384, 3)), 1);
  KernelGraph fixed = mlp(96, 384), other = mlp(96, 384), dense = mlp(96, 384);
  fixed.values[0].dims[0] = 2;
  EXPECT_EQ(between(fixed, other), 0) << "made for every batch, it is made for this one";
  EXPECT_NE(signatureOf(fixed).hash, signatureOf(other).hash);
  other.values[0].dims[0] = 4;
  EXPECT_DOUBLE_EQ(between(fixed, other), 1);
  other.nodes[0].op = "linear_of_others";
  EXPECT_EQ(between(mlp(96, 384), other), INFINITY);
  dense.dense = true;
  EXPECT_EQ(between(mlp(96, 384), dense), INFINITY);
}

} // namespace
