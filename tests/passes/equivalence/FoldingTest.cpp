//===- FoldingTest.cpp - what folding must and must not do to a block -----===//
// The cases that a random model may miss.
//===----------------------------------------------------------------------===//
#include "tests/passes/equivalence/Staged.h"

#include <cmath>

using namespace swin::test;

namespace {

/// A norm and the attention behind it; with `pad` the map is padded between them.
std::string normedAttention(bool pad) {
  std::string text = R"(
!image = tensor<?x3x?x?xf32>
!map = tensor<?x?x?x8xf32>
!windows = tensor<?x?x?x6x8xf32>
!queries = tensor<?x?x?x6x24xf32>
func.func @forward(%image: !image) {
  %w = swin.param "embed.weight" : tensor<8x3x1x1xf32>
  %b = swin.param "embed.bias" : tensor<8xf32>
  %x = swin.patch_embed %image, %w, %b patch [1, 1] : (!image, tensor<8x3x1x1xf32>, tensor<8xf32>) -> !map
  %g = swin.param "norm1.weight" : tensor<8xf32>
  %o = swin.param "norm1.bias" : tensor<8xf32>
  %n = swin.layer_norm %x, %g, %o epsilon 1.0e-5 : !map, tensor<8xf32>, tensor<8xf32>
)";
  if (pad)
    text += "  %p = swin.pad %n to_multiple_of [2, 3] : !map -> !map\n";
  text += std::string("  %c = swin.window_partition ") + (pad ? "%p" : "%n") + R"( window [2, 3] : !map -> !windows
  %qw = swin.param "qkv.weight" : tensor<24x8xf32>
  %qb = swin.param "qkv.bias" : tensor<24xf32>
  %q = swin.linear %c, %qw, %qb : (!windows, tensor<24x8xf32>, tensor<24xf32>) -> !queries
  %t = swin.param "table" : tensor<15x2xf32>
  %a = swin.window_attention %q, %t heads 2 scale 0.5 window [2, 3] shift [0, 0] never
    : (!queries, tensor<15x2xf32>) -> !windows
  %r = swin.window_reverse %a window [2, 3] : !windows -> !map
)";
  text += pad ? "  %s = swin.crop %r like %x : !map, !map -> !map\n" : "";
  return text + "  swin.output " + (pad ? "%s" : "%r") + " as \"map\" : !map\n  return\n}\n";
}

TEST(Folding, KeepsPaddedTokensZeroBehindTheNorm) {
  Staged staged(normedAttention(true));
  std::vector<int64_t> image = {1, 3, 5, 7};
  auto before = staged.run(image);
  staged.pass("swin-fold-constants");
  EXPECT_LE(relativeDifference(before, staged.run(image)), 1e-6);
}

TEST(Folding, WithoutPaddingTheMapIsTheSame) {
  Staged staged(normedAttention(false));
  std::vector<int64_t> image = {2, 3, 4, 6};
  auto before = staged.run(image);
  staged.pass("swin-fold-constants");
  EXPECT_EQ(staged.store.find("norm1.bias"), nullptr) << "nothing was folded";
  EXPECT_LE(relativeDifference(before, staged.run(image)), 1e-6);
}

TEST(Folding, PutsNormScaleAndBiasIntoConstants) {
  Staged staged(R"(
!image = tensor<?x3x?x?xf32>
!map = tensor<?x?x?x8xf32>
func.func @forward(%image: !image) {
  %w = swin.param "embed.weight" : tensor<8x3x1x1xf32>
  %b = swin.param "embed.bias" : tensor<8xf32>
  %x = swin.patch_embed %image, %w, %b patch [1, 1] : (!image, tensor<8x3x1x1xf32>, tensor<8xf32>) -> !map
  %g = swin.param "norm2.weight" : tensor<8xf32>
  %o = swin.param "norm2.bias" : tensor<8xf32>
  %n = swin.layer_norm %x, %g, %o epsilon 1.0e-5 : !map, tensor<8xf32>, tensor<8xf32>
  %fw = swin.param "fc1.weight" : tensor<8x8xf32>
  %y = swin.linear %n, %fw : (!map, tensor<8x8xf32>) -> !map
  swin.output %y as "map" : !map
  return
})");
  std::vector<int64_t> image = {1, 3, 2, 5};
  auto before = staged.run(image);
  staged.pass("swin-fold-constants");
  EXPECT_LE(relativeDifference(before, staged.run(image)), 1e-6);
  // What is left: two packed weights and two biases, the second made of the offset.
  EXPECT_EQ(staged.count("swin.param"), 4);
  EXPECT_EQ(staged.store.names().size(), 4u);
  EXPECT_EQ(staged.store.find("norm2.bias"), nullptr);
}

TEST(Folding, OfHugeAndTinyGainsStaysWithinTheBound) {
  Staged staged(R"(
func.func @forward(%image: tensor<?x8xf32>) {
  %g = swin.param "gain" : tensor<8xf32>
  %o = swin.param "offset" : tensor<8xf32>
  %n = swin.layer_norm %image, %g, %o epsilon 1.0e-5 : tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>
  %w = swin.param "weight" : tensor<8x8xf32>
  %b = swin.param "bias" : tensor<8xf32>
  %y = swin.linear %n, %w, %b : (tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  swin.output %y as "rows" : tensor<?x8xf32>
  return
})");
  std::vector<float> gain, offset;
  for (int c = 0; c < 8; ++c) {
    gain.push_back(std::ldexp(1.1f, 8 * c - 30));
    offset.push_back(std::ldexp(-1.3f, 30 - 8 * c));
  }
  staged.store.add("gain", {8}, gain);
  staged.store.add("offset", {8}, offset);
  auto before = staged.run({3, 8});
  staged.pass("swin-fold-constants");
  EXPECT_LE(relativeDifference(before, staged.run({3, 8})), 1e-6);
}

TEST(Folding, LeavesOnlyTheTableOfAPositionMlp) {
  Staged staged(R"(
!queries = tensor<?x?x?x6x24xf32>
func.func @forward(%image: tensor<?x?x?x24xf32>) {
  %x = swin.window_partition %image window [2, 3] : tensor<?x?x?x24xf32> -> !queries
  %p = swin.log_coords window [2, 3] step [8.0, 4.0] gain 0.48 : tensor<15x2xf32>
  %w = swin.param "mlp.0.weight" : tensor<7x2xf32>
  %b = swin.param "mlp.0.bias" : tensor<7xf32>
  %h = swin.linear %p, %w, %b : (tensor<15x2xf32>, tensor<7x2xf32>, tensor<7xf32>) -> tensor<15x7xf32>
  %r = swin.relu %h : tensor<15x7xf32>
  %v = swin.param "mlp.2.weight" : tensor<2x7xf32>
  %t = swin.linear %r, %v : (tensor<15x7xf32>, tensor<2x7xf32>) -> tensor<15x2xf32>
  %s = swin.sigmoid %t : tensor<15x2xf32>
  %l = swin.param "logit_scale" : tensor<2xf32>
  %c = swin.logit_scale %l max 4.6 : tensor<2xf32> -> tensor<2xf32>
  %a = swin.window_attention %x, %s cosine %c heads 2 scale 1.0 window [2, 3] shift [0, 0] never
    : (!queries, tensor<15x2xf32>, tensor<2xf32>) -> tensor<?x?x?x6x8xf32>
  %y = swin.window_reverse %a window [2, 3] : tensor<?x?x?x6x8xf32> -> tensor<?x?x?x8xf32>
  swin.output %y as "map" : tensor<?x?x?x8xf32>
  return
})");
  std::vector<int64_t> image = {2, 4, 6, 24};
  auto before = staged.run(image);
  staged.pass("swin-fold-constants");
  EXPECT_LE(relativeDifference(before, staged.run(image)), 1e-6);
  EXPECT_EQ(staged.store.names(),
            (std::vector<std::string>{"logit_scale:exp", "mlp.2.weight:linear:sigmoid:expanded"}));
}

TEST(Folding, RoundsAnExpressionOnce) {
  // What is smaller than any float on its way comes back, also where a part of the expression is read as it is.
  Staged staged(R"(
func.func @forward(%image: tensor<?x4xf32>) {
  %w = swin.param "weight" : tensor<2x4xf32>
  %0 = swin.scale_rows %w rows [0, 2] by 1.0e-40 : tensor<2x4xf32>
  %1 = swin.scale_rows %0 rows [0, 2] by 1.0e-40 : tensor<2x4xf32>
  %2 = swin.scale_rows %1 rows [0, 2] by 1.0e+80 : tensor<2x4xf32>
  %y = swin.linear %image, %2 : (tensor<?x4xf32>, tensor<2x4xf32>) -> tensor<?x2xf32>
  %v = swin.param "bias" : tensor<2xf32>
  %b = swin.scale_rows %v rows [0, 2] by 1.0e-60 : tensor<2xf32>
  %c = swin.scale_rows %b rows [0, 2] by 1.0e+60 : tensor<2xf32>
  %n = swin.linear %image, %w, %b : (tensor<?x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %m = swin.linear %image, %w, %c : (tensor<?x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  %s = swin.add %n, %m : tensor<?x2xf32>
  swin.output %y as "rows" : tensor<?x2xf32>
  swin.output %s as "sums" : tensor<?x2xf32>
  return
})");
  auto before = staged.run({3, 4});
  staged.pass("swin-fold-constants");
  EXPECT_LE(relativeDifference(before, staged.run({3, 4})), 1e-6);
}

} // namespace
