//===- AttentionTest.cpp - self-attention inside windows ------------------===//
#include "passes/reference/Evaluate.h"
#include "tests/passes/reference/Compute.h"

#include <cmath>

using namespace swin::test;

namespace {

/// Attention of one head over `window` = {h, w} and one channel; `rest` is shift and rule.
Tensor attend(std::array<int64_t, 2> window, const std::string &rest, const Tensor &qkv, const Tensor &table,
              const std::string &scale = "1.0") {
  std::string n = std::to_string(window[0] * window[1]);
  std::string from = "tensor<?x?x?x" + n + "x3xf32>", to = "tensor<?x?x?x" + n + "x1xf32>";
  std::string bias = "tensor<" + std::to_string((2 * window[0] - 1) * (2 * window[1] - 1)) + "x1xf32>";
  return compute("(%x: " + from + ", %t: " + bias + ") -> " + to,
                 "%r = swin.window_attention %x, %t heads 1 scale " + scale + " window [" + std::to_string(window[0]) +
                     ", " + std::to_string(window[1]) + "] shift " + rest + " : (" + from + ", " + bias + ") -> " + to,
                 {qkv, table});
}

/// Queries and keys 0, so that scores are bias and mask alone; token t of the whole tensor has the value v(t).
template <typename ValueT> Tensor valuesOnly(std::vector<int64_t> shape, ValueT v) {
  shape.push_back(3);
  Tensor qkv = filled(shape, 0);
  for (size_t t = 0; t < qkv.values.size() / 3; ++t)
    qkv.values[3 * t + 2] = v(t);
  return qkv;
}

TEST(Attention, TwoTokensByHand) {
  // q = (1, 2), k = (3, -1), v = (10, 20), scale 0.5, bias by a - b: -1 -> 0.1, 0 -> 0.2, 1 -> 0.3.
  Tensor qkv = {{1, 1, 1, 2, 3}, {1, 3, 10, 2, -1, 20}}, table = {{3, 1}, {0.1, 0.2, 0.3}};
  auto mix = [](double first, double second) {
    double e = std::exp(first), f = std::exp(second);
    return (10 * e + 20 * f) / (e + f);
  };
  Tensor y = attend({1, 2}, "[0, 0] never", qkv, table, "0.5");
  EXPECT_NEAR(y.values[0], mix(1.5 + 0.2, -0.5 + 0.1), 1e-13);
  EXPECT_NEAR(y.values[1], mix(3.0 + 0.3, -1.0 + 0.2), 1e-13);
}

TEST(Attention, BiasIndexGoesByRowsThenColumns) {
  // Window 2 x 2; one huge entry of the 3 x 3 table decides who is seen: (ra - rb, ca - cb) = (1, -1).
  Tensor table = filled({9, 1}, 0);
  table.values[2 * 3 + 0] = 1000;
  Tensor y = attend({2, 2}, "[0, 0] never", valuesOnly({1, 1, 1, 4}, [](size_t t) { return double(t); }), table);
  // Only a = (1, 0) and b = (0, 1) have that difference; all others see the mean.
  EXPECT_LE(difference(y, {{1, 1, 1, 4, 1}, {1.5, 1.5, 1.0, 1.5}}), 1e-13);
}

TEST(Attention, WeightsAreWhatTheResultIsMadeOf) {
  // Two heads of two channels, 2 x 2 windows of 2 x 2 tokens, shifted; the second image.
  std::string from = "tensor<?x?x?x4x12xf32>", to = "tensor<?x?x?x4x4xf32>", bias = "tensor<9x2xf32>";
  Parsed parsed("swin.kernel @k windows activations 1 (%x: " + from + ", %t: " + bias + ") -> " + to +
                " {\n%r = swin.window_attention %x, %t heads 2 scale 0.7 window [2, 2] shift [1, 1] never : (" + from +
                ", " + bias + ") -> " + to + "\nswin.yield %r : " + to + "\n}\n");
  swin::WindowAttentionOp op;
  parsed.module->walk([&](swin::WindowAttentionOp found) { op = found; });
  Tensor qkv = randomTensor({2, 2, 2, 4, 12}, 1), table = randomTensor({9, 2}, 2);
  Tensor whole = *swin::ref::evaluateOnConstants(op, {qkv, table});
  Tensor weights = *swin::ref::attentionWeights({op, ""}, op, {&qkv, &table}, {1, 1, 0});
  ASSERT_EQ(weights.shape, (std::vector<int64_t>{2, 4, 4}));
  size_t window = (1 * 2 + 1) * 2 + 0;
  for (size_t h = 0; h < 2; ++h)
    for (size_t a = 0; a < 4; ++a) {
      const double *row = &weights.values[(h * 4 + a) * 4];
      EXPECT_NEAR(row[0] + row[1] + row[2] + row[3], 1, 1e-12);
      // In the last row of windows those of the lower half come from the upper edge.
      EXPECT_LT(row[a < 2 ? 2 : 0], 1e-40);
      for (size_t d = 0; d < 2; ++d) {
        double sum = 0;
        for (size_t b = 0; b < 4; ++b)
          sum += row[b] * qkv.values[(window * 4 + b) * 12 + 8 + h * 2 + d];
        EXPECT_NEAR(whole.values[(window * 4 + a) * 4 + h * 2 + d], sum, 1e-12);
      }
    }
}

TEST(Attention, HeadsAndThirdsLieSideBySide) {
  // Two heads of two channels, one token: softmax over one token is 1, the result is v whatever q and k are.
  Tensor y = compute("(%x: tensor<?x?x?x1x12xf32>, %t: tensor<1x2xf32>) -> tensor<?x?x?x1x4xf32>",
                     "%r = swin.window_attention %x, %t heads 2 scale 1.0 window [1, 1] shift [0, 0] never : "
                     "(tensor<?x?x?x1x12xf32>, tensor<1x2xf32>) -> tensor<?x?x?x1x4xf32>",
                     {counted({1, 1, 1, 1, 12}), filled({1, 2}, 3)});
  EXPECT_EQ(y.values, (std::vector<double>{8, 9, 10, 11}));
}

TEST(Attention, WeightsSumToOneAndLargeScoresDoNotOverflow) {
  Tensor qkv = randomTensor({2, 2, 3, 6, 3}, 4);
  for (size_t i = 0; i < qkv.values.size(); ++i)
    qkv.values[i] = i % 3 == 2 ? 7 : 40 * qkv.values[i];
  // All values are 7, so every weighted mean is.
  Tensor y = attend({2, 3}, "[1, 1] never", qkv, randomTensor({15, 1}, 5));
  EXPECT_LE(difference(y, filled({2, 2, 3, 6, 1}, 7)), 1e-12);
}

TEST(Attention, MaskSeparatesTheRegionsOfAShiftedMap) {
  // One axis of 6 tokens in windows of 3 with shift 1: regions 0 0 0 | 1 1 2.
  Tensor qkv = valuesOnly({1, 1, 2, 3}, [](size_t t) { return double(t); });
  Tensor y = attend({1, 3}, "[0, 1] never", qkv, filled({5, 1}, 0));
  EXPECT_LE(difference(y, {{1, 1, 2, 3, 1}, {1, 1, 1, 3.5, 3.5, 5}}), 1e-12);
  // Unshifted nothing is masked.
  Tensor z = attend({1, 3}, "[0, 0] never", qkv, filled({5, 1}, 0));
  EXPECT_LE(difference(z, {{1, 1, 2, 3, 1}, {1, 1, 1, 4, 4, 4}}), 1e-12);
}

TEST(Attention, MaskedScoresAreLessBy100NotMinusInfinity) {
  // A key 100 above its region's others is seen through the mask as an equal.
  Tensor table = filled({5, 1}, 0);
  table.values[0] = 100; // a - b = -2
  Tensor y = attend({1, 3}, "[0, 1] never", valuesOnly({1, 1, 2, 3}, [](size_t t) { return double(t); }), table);
  EXPECT_NEAR(y.values[3], (3 + 4 + 5) / 3.0, 1e-12);
}

TEST(Attention, MaskCountsRowsAndColumns) {
  // 2 x 2 windows of 2 x 2 with shift 1, 1: the last window has four regions of one token each.
  Tensor qkv = valuesOnly({1, 2, 2, 4}, [](size_t t) { return double(t); });
  Tensor y = attend({2, 2}, "[1, 1] never", qkv, filled({9, 1}, 0));
  EXPECT_LE(difference(y, {{1, 2, 2, 4, 1}, {1.5, 1.5, 1.5, 1.5, 5, 6, 5, 6, 8.5, 8.5, 10.5, 10.5, 12, 13, 14, 15}}),
            1e-12);
}

TEST(Attention, RulesSayWhichShiftsMask) {
  // One row of windows covers the height of the map; two columns do not cover the width.
  Tensor qkv = valuesOnly({1, 1, 2, 4}, [](size_t t) { return double(t); }), table = filled({9, 1}, 0);
  Tensor never = attend({2, 2}, "[1, 1] never", qkv, table);
  EXPECT_LE(difference(never, {{1, 1, 2, 4, 1}, {0.5, 0.5, 2.5, 2.5, 4, 5, 6, 7}}), 1e-12);
  Tensor axis = attend({2, 2}, "[1, 1] axis", qkv, table);
  EXPECT_LE(difference(axis, {{1, 1, 2, 4, 1}, {1.5, 1.5, 1.5, 1.5, 5, 6, 5, 6}}), 1e-12);
  Tensor map = attend({2, 2}, "[1, 1] map", qkv, table);
  EXPECT_LE(difference(map, {{1, 1, 2, 4, 1}, {1.5, 1.5, 1.5, 1.5, 5.5, 5.5, 5.5, 5.5}}), 1e-12);
}

TEST(Attention, CosineIsOfDirectionsTimesTheHeadsTemperature) {
  // Two heads of two channels over two tokens. Head 0: q0 = (3, 4), k0 = (4, 3), k1 = (0, -2): cosines 24/25 and -4/5.
  // q1 is zero: its cosines are 0. Head 1: q0 = q1 = (1e-3, 0), k0 = (5, 0), k1 = (0, 7): cosines 1 and 0.
  Tensor qkv = {{1, 1, 1, 2, 12}, {3, 4, 1e-3, 0, 4, 3,  5, 0, 10, 1, 10, 3, //
                                   0, 0, 1e-3, 0, 0, -2, 0, 7, 20, 2, 20, 4}};
  Tensor y = compute("(%x: tensor<?x?x?x2x12xf32>, %t: tensor<3x2xf32>, %c: tensor<2xf32>) -> tensor<?x?x?x2x4xf32>",
                     "%r = swin.window_attention %x, %t cosine %c heads 2 scale 1.0 window [1, 2] shift [0, 0] never : "
                     "(tensor<?x?x?x2x12xf32>, tensor<3x2xf32>, tensor<2xf32>) -> tensor<?x?x?x2x4xf32>",
                     {qkv, {{3, 2}, {0.1, 0, 0.2, 0, 0.3, 0}}, {{2}, {5, 2}}});
  auto mix = [](double first, double second, double v0, double v1) {
    double e = std::exp(first), f = std::exp(second);
    return (v0 * e + v1 * f) / (e + f);
  };
  double a = 5 * 0.96 + 0.2, b = 5 * -0.8 + 0.1;
  EXPECT_LE(difference(y, {{1, 1, 1, 2, 4},
                           {mix(a, b, 10, 20), mix(a, b, 1, 2), mix(2, 0, 10, 20), mix(2, 0, 3, 4),
                            mix(0.3, 0.2, 10, 20), mix(0.3, 0.2, 1, 2), mix(2, 0, 10, 20), mix(2, 0, 3, 4)}}),
            1e-12);
}

TEST(Attention, CosineOfVectorsShorterThanTheBound) {
  // q = 1e-13 is divided by 1e-12 and counts as 0.1, k = -2 as -1; the other key is zero.
  Tensor y = compute("(%x: tensor<?x?x?x2x3xf32>, %t: tensor<3x1xf32>, %c: tensor<1xf32>) -> tensor<?x?x?x2x1xf32>",
                     "%r = swin.window_attention %x, %t cosine %c heads 1 scale 3.0 window [1, 2] shift [0, 0] never : "
                     "(tensor<?x?x?x2x3xf32>, tensor<3x1xf32>, tensor<1xf32>) -> tensor<?x?x?x2x1xf32>",
                     {{{1, 1, 1, 2, 3}, {1e-13, -2, 0, 1e-13, 0, 1}}, filled({3, 1}, 0), {{1}, {4}}});
  double weight = 1 / (1 + std::exp(-3 * 4 * 0.1));
  EXPECT_LE(difference(y, {{1, 1, 1, 2, 1}, {weight, weight}}), 1e-12);
}

TEST(TokenMixing, EachHeadHasItsOwnMapAcrossTokens) {
  // Two windows of two tokens, heads of two channels. Head 0 swaps tokens, head 1 adds them up, doubled in token 1.
  const char *signature = "(%x: tensor<?x?x?x2x4xf32>, %w: tensor<4x2x1xf32>, %b: tensor<4xf32>)"
                          " -> tensor<?x?x?x2x4xf32>";
  Tensor x = counted({1, 1, 2, 2, 4}), w = {{4, 2, 1}, {0, 1, 1, 0, 1, 1, 2, 2}}, b = {{4}, {0, 100, 200, 300}};
  Tensor y = compute(signature,
                     "%r = swin.token_mixing %x, %w, %b heads 2 : tensor<?x?x?x2x4xf32>, tensor<4x2x1xf32>, "
                     "tensor<4xf32>",
                     {x, w, b});
  EXPECT_EQ(y.shape, x.shape);
  EXPECT_EQ(y.values, (std::vector<double>{4, 5, 208, 210, 100, 101, 316, 320, //
                                           12, 13, 224, 226, 108, 109, 348, 352}));
}

TEST(Attention, ExpandedBiasIsTheSame) {
  std::vector<Tensor> arguments = {randomTensor({2, 2, 1, 6, 24}, 6), randomTensor({15, 2}, 7)};
  const char *signature = "(%x: tensor<?x?x?x6x24xf32>, %t: tensor<15x2xf32>) -> tensor<?x?x?x6x8xf32>";
  Tensor compact = compute(signature,
                           "%r = swin.window_attention %x, %t heads 2 scale 0.5 window [2, 3] shift [1, 1] "
                           "never : (tensor<?x?x?x6x24xf32>, tensor<15x2xf32>) -> tensor<?x?x?x6x8xf32>",
                           arguments);
  Tensor expanded = compute(signature, R"(
    %e = swin.expand_bias %t window [2, 3] : tensor<15x2xf32> -> tensor<2x6x16xf32>
    %r = swin.window_attention %x, %e heads 2 scale 0.5 window [2, 3] shift [1, 1] never
      : (tensor<?x?x?x6x24xf32>, tensor<2x6x16xf32>) -> tensor<?x?x?x6x8xf32>)",
                            arguments);
  EXPECT_EQ(difference(compact, expanded), 0);
}

} // namespace
