//===- ResizeOpsTest.cpp - maps of other sizes and layouts ----------------===//
#include "tests/passes/reference/Compute.h"

#include <algorithm>
#include <array>

using namespace swin::test;

namespace {

const char *mapToMap = "(%x: tensor<?x?x?x1xf32>) -> tensor<?x?x?x1xf32>";
const char *twoToMap = "(%x: tensor<?x?x?x1xf32>, %y: tensor<?x?x?x1xf32>) -> tensor<?x?x?x1xf32>";
const std::string two = "tensor<?x?x?x1xf32>, tensor<?x?x?x1xf32>", one = "tensor<?x?x?x1xf32>";

/// A row of values as a map, resized to a row of `to`.
std::vector<double> row(const std::string &how, const std::vector<double> &values, int64_t to) {
  Tensor y = compute(twoToMap, "%r = swin.resize %x " + how + " like %y : (" + two + ") -> " + one,
                     {{{1, 1, static_cast<int64_t>(values.size()), 1}, values}, counted({1, 1, to, 1})});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{1, 1, to, 1}));
  return y.values;
}

void expectNear(const std::vector<double> &found, const std::vector<double> &expected, double most) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], most) << i;
}

TEST(ResizeOps, ChannelsLastUndoesChannelsFirst) {
  Tensor y =
      compute("(%x: tensor<?x2x?x?xf32>) -> tensor<?x?x?x2xf32>",
              "%r = swin.channels_last %x : tensor<?x2x?x?xf32> -> tensor<?x?x?x2xf32>", {counted({2, 2, 1, 3})});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{2, 1, 3, 2}));
  EXPECT_EQ(y.values, (std::vector<double>{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11}));
  Tensor x = randomTensor({2, 3, 4, 2}, 1);
  Tensor back = compute("(%x: tensor<?x?x?x2xf32>) -> tensor<?x?x?x2xf32>", R"(
    %f = swin.channels_first %x : tensor<?x?x?x2xf32> -> tensor<?x2x?x?xf32>
    %r = swin.channels_last %f : tensor<?x2x?x?xf32> -> tensor<?x?x?x2xf32>)",
                        {x});
  EXPECT_EQ(difference(x, back), 0);
}

TEST(ResizeOps, ReflectPadDoesNotRepeatTheEdge) {
  const std::string body = "%r = swin.reflect_pad %x to_multiple_of [2, 5] : " + one + " -> " + one;
  Tensor y = compute(mapToMap, body, {counted({1, 3, 3, 1})});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{1, 4, 5, 1}));
  EXPECT_EQ(y.values, (std::vector<double>{0, 1, 2, 1, 0, 3, 4, 5, 4, 3, 6, 7, 8, 7, 6, 3, 4, 5, 4, 3}));
  Tensor whole = randomTensor({2, 4, 5, 1}, 1);
  EXPECT_EQ(difference(compute(mapToMap, body, {whole}), whole), 0);
}

TEST(ResizeOps, ReflectPadNeedsWhatItMirrors) {
  auto why = [](int64_t height, int64_t width) {
    return refusal(mapToMap,
                   "%r = swin.reflect_pad %x to_multiple_of [8, 4] : " + one + " -> " + one + " loc(\"conv_first\")",
                   {counted({1, height, width, 1})});
  };
  EXPECT_EQ(why(5, 3), "");
  EXPECT_EQ(why(4, 3), "conv_first: swin.reflect_pad needs a map whose height is more than the 4 that are added to it, "
                       "but it is 4");
  EXPECT_EQ(why(8, 1), "conv_first: swin.reflect_pad needs a map whose width is more than the 3 that are added to it, "
                       "but it is 1");
}

TEST(ResizeOps, PixelShuffleHasTheColumnFast) {
  Tensor y =
      compute("(%x: tensor<?x?x?x8xf32>) -> tensor<?x?x?x2xf32>",
              "%r = swin.pixel_shuffle %x by 2 : tensor<?x?x?x8xf32> -> tensor<?x?x?x2xf32>", {counted({1, 1, 2, 8})});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{1, 2, 4, 2}));
  EXPECT_EQ(y.values, (std::vector<double>{0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15}));
}

TEST(ResizeOps, NearestTakesTheTokenAtTheFloor) {
  EXPECT_EQ(row("nearest", {1, 2, 3}, 7), (std::vector<double>{1, 1, 1, 2, 2, 3, 3}));
  EXPECT_EQ(row("nearest", {1, 2, 3, 4, 5}, 2), (std::vector<double>{1, 3}));
}

TEST(ResizeOps, BilinearAlignsNoCorners) {
  // Places -1/4 (limited to 0), 1/4, 3/4, 5/4 (its right neighbour is the last one again).
  EXPECT_EQ(row("bilinear", {0, 8}, 4), (std::vector<double>{0, 2, 6, 8}));
  // Smaller: places 3/4 and 13/4, nothing is smoothed.
  expectNear(row("bilinear", {0, 10, 20, 30, 50}, 2), {7.5, 35}, 1e-13);
  EXPECT_EQ(row("bilinear", {7}, 3), (std::vector<double>{7, 7, 7}));
}

TEST(ResizeOps, BicubicHasTheWeightsOfTheKernel) {
  // Twice the size: every place is 3/4 or 1/4 behind a token. k at 1/4, 3/4, 5/4, 7/4 with a = -3/4.
  const double k[] = {0.87890625, 0.26171875, -0.10546875, -0.03515625};
  EXPECT_DOUBLE_EQ(k[0] + k[1] + k[2] + k[3], 1);
  std::vector<double> x = {1, -2, 4, 8};
  std::vector<double> y = row("bicubic", x, 8);
  ASSERT_EQ(y.size(), 8u);
  for (int i = 0; i < 8; ++i) {
    int first = (i + 1) / 2 - 1; // floor(i / 2 - 1/4)
    bool near = i % 2;           // 1/4 behind `first`, else 3/4
    double sum = 0;
    for (int tap = -1; tap <= 2; ++tap) {
      double weight = near ? std::array{k[2], k[0], k[1], k[3]}[tap + 1] : std::array{k[3], k[1], k[0], k[2]}[tap + 1];
      sum += weight * x[std::clamp(first + tap, 0, 3)];
    }
    EXPECT_NEAR(y[i], sum, 1e-14) << i;
  }
}

TEST(ResizeOps, AxesAndImagesAreApart) {
  // At once, and one axis after the other.
  for (const std::string how : {"nearest", "bilinear", "bicubic"}) {
    const char *signature = "(%x: tensor<?x?x?x3xf32>) -> tensor<?x?x?x3xf32>";
    std::string types = " : (tensor<?x?x?x3xf32>) -> tensor<?x?x?x3xf32>";
    Tensor x = randomTensor({2, 4, 3, 3}, 1);
    Tensor both = compute(signature, "%r = swin.resize %x " + how + " by [3, 2]" + types, {x});
    EXPECT_EQ(both.shape, (std::vector<int64_t>{2, 12, 6, 3}));
    Tensor apart = compute(signature,
                           "%0 = swin.resize %x " + how + " by [1, 2]" + types + "\n%r = swin.resize %0 " + how +
                               " by [3, 1]" + types,
                           {x});
    EXPECT_LE(difference(both, apart), 1e-14) << how;
    EXPECT_EQ(difference(x, compute(signature, "%r = swin.resize %x " + how + types, {x})), 0) << how;
  }
}

TEST(ResizeOps, ResizeNeedsMapsOfOneBatch) {
  EXPECT_EQ(refusal(twoToMap, "%r = swin.resize %x nearest like %y : (" + two + ") -> " + one,
                    {counted({1, 2, 2, 1}), counted({2, 2, 2, 1})}),
            "swin.resize needs maps of one batch, but they are 1 and 2");
  EXPECT_EQ(refusal(mapToMap, "%r = swin.resize %x nearest by [64, 64] : (" + one + ") -> " + one,
                    {counted({1, 1024, 512, 1})}),
            "swin.resize would give 1x65536x32768x1, which are 2^31 or more values");
}

TEST(ResizeOps, AdaptivePoolHasOverlappingParts) {
  // 5 rows to 2: 0 .. 2 and 2 .. 4. 2 columns to 3: column 0, both, column 1.
  Tensor y =
      compute("(%x: tensor<?x?x?x1xf32>) -> tensor<?x2x3x1xf32>",
              "%r = swin.adaptive_pool %x to [2, 3] : " + one + " -> tensor<?x2x3x1xf32>", {counted({2, 5, 2, 1})});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{2, 2, 3, 1}));
  std::vector<double> expected = {2, 2.5, 3, 6, 6.5, 7};
  for (int i = 0; i < 6; ++i)
    expected.push_back(expected[i] + 10);
  expectNear(y.values, expected, 1e-14);
}

TEST(ResizeOps, ConcatPutsChannelsSideBySide) {
  const char *signature = "(%x: tensor<?x?x?x2xf32>, %y: tensor<?x?x?x1xf32>) -> tensor<?x?x?x5xf32>";
  std::string body = "%r = swin.concat %x, %y, %x : tensor<?x?x?x2xf32>, tensor<?x?x?x1xf32>, tensor<?x?x?x2xf32> "
                     "-> tensor<?x?x?x5xf32>";
  Tensor y = compute(signature, body, {counted({1, 1, 2, 2}), {{1, 1, 2, 1}, {7, 8}}});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{1, 1, 2, 5}));
  EXPECT_EQ(y.values, (std::vector<double>{0, 1, 7, 0, 1, 2, 3, 8, 2, 3}));
  EXPECT_EQ(refusal(signature, body, {counted({1, 1, 2, 2}), counted({1, 2, 1, 1})}),
            "swin.concat needs maps of one size, but they are 1x1x2x2 and 1x2x1x1");
}

TEST(ResizeOps, CropByAFactor) {
  const std::string types = " : " + two + " -> " + one;
  Tensor y = compute(twoToMap, "%r = swin.crop %x like %y by [2, 1] before [1, 0]" + types,
                     {counted({1, 4, 3, 1}), counted({1, 1, 2, 1})});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{1, 2, 2, 1}));
  EXPECT_EQ(y.values, (std::vector<double>{3, 4, 6, 7}));
  EXPECT_EQ(
      refusal(twoToMap, "%r = swin.crop %x like %y by [2, 2]" + types, {counted({1, 4, 3, 1}), counted({1, 1, 2, 1})}),
      "swin.crop needs a map whose width 3 is at least 4");
}

} // namespace
