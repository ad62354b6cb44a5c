//===- MapOpsTest.cpp - ops on whole maps ---------------------------------===//
#include "tests/passes/reference/Compute.h"

using namespace swin::test;

namespace {

const char *embedSignature =
    "(%x: tensor<?x2x?x?xf32>, %w: tensor<1x2x2x3xf32>, %b: tensor<1xf32>) -> tensor<?x?x?x1xf32>";
const char *embedTypes = " : (tensor<?x2x?x?xf32>, tensor<1x2x2x3xf32>, tensor<1xf32>) -> tensor<?x?x?x1xf32>";

TEST(MapOps, PatchEmbedDropsTrailingPixels) {
  // One weight picks channel 1, row 1, column 2 of each patch of 2 x 3; the image is 5 x 7.
  Tensor w = filled({1, 2, 2, 3}, 0);
  w.values[11] = 1;
  Tensor y = compute(embedSignature, std::string("%r = swin.patch_embed %x, %w, %b patch [2, 3]") + embedTypes,
                     {counted({1, 2, 5, 7}), w, {{1}, {1000}}});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{1, 2, 2, 1}));
  EXPECT_EQ(y.values, (std::vector<double>{1044, 1047, 1058, 1061}));
}

TEST(MapOps, PatchEmbedPadsWithZeroPixels) {
  Tensor y = compute(embedSignature, std::string("%r = swin.patch_embed %x, %w, %b patch [2, 3] pad") + embedTypes,
                     {filled({2, 2, 5, 7}, 1), filled({1, 2, 2, 3}, 1), {{1}, {0.5}}});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{2, 3, 3, 1}));
  // Pixels of a patch that are inside the image, in both channels.
  std::vector<double> one = {12.5, 12.5, 4.5, 12.5, 12.5, 4.5, 6.5, 6.5, 2.5}, both = one;
  both.insert(both.end(), one.begin(), one.end());
  EXPECT_EQ(y.values, both);
}

TEST(MapOps, PatchEmbedWithPackedWeightIsTheSame) {
  const char *signature =
      "(%x: tensor<?x3x?x?xf32>, %w: tensor<18x3x2x4xf32>, %b: tensor<18xf32>) -> tensor<?x?x?x18xf32>";
  std::vector<Tensor> arguments = {randomTensor({2, 3, 6, 9}, 1), randomTensor({18, 3, 2, 4}, 2),
                                   randomTensor({18}, 3)};
  Tensor plain = compute(signature,
                         "%r = swin.patch_embed %x, %w, %b patch [2, 4] pad : (tensor<?x3x?x?xf32>, "
                         "tensor<18x3x2x4xf32>, tensor<18xf32>) -> tensor<?x?x?x18xf32>",
                         arguments);
  Tensor packed = compute(signature, R"(
    %p = swin.pack %w : tensor<18x3x2x4xf32> -> tensor<2x24x16xf32>
    %r = swin.patch_embed %x, %p, %b patch [2, 4] pad
      : (tensor<?x3x?x?xf32>, tensor<2x24x16xf32>, tensor<18xf32>) -> tensor<?x?x?x18xf32>)",
                          arguments);
  EXPECT_EQ(difference(plain, packed), 0);
}

TEST(MapOps, PatchEmbedNeedsAPatch) {
  EXPECT_EQ(refusal(embedSignature,
                    std::string("%r = swin.patch_embed %x, %w, %b patch [2, 3]") + embedTypes + " loc(\"patch_embed\")",
                    {counted({1, 2, 5, 2}), filled({1, 2, 2, 3}, 1), {{1}, {0}}}),
            "patch_embed: swin.patch_embed needs an image of at least one patch of 2 x 3 pixels, but it is 5 x 2");
}

TEST(MapOps, PatchMergingHasTheRowParityFast) {
  Tensor y =
      compute("(%x: tensor<?x?x?x2xf32>) -> tensor<?x?x?x8xf32>",
              "%r = swin.patch_merging %x : tensor<?x?x?x2xf32> -> tensor<?x?x?x8xf32>", {counted({1, 3, 3, 2})});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{1, 2, 2, 8}));
  // (0,0), (1,0), (0,1), (1,1) of each 2 x 2, zeros outside the 3 x 3 tokens.
  EXPECT_EQ(y.values, (std::vector<double>{0,  1,  6, 7, 2,  3,  8, 9, 4,  5,  10, 11, 0, 0, 0, 0, //
                                           12, 13, 0, 0, 14, 15, 0, 0, 16, 17, 0,  0,  0, 0, 0, 0}));
}

TEST(MapOps, MeanPoolAveragesTokensPerImage) {
  Tensor y = compute("(%x: tensor<?x?x?x2xf32>) -> tensor<?x2xf32>",
                     "%r = swin.mean_pool %x : tensor<?x?x?x2xf32> -> tensor<?x2xf32>", {counted({2, 2, 3, 2})});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(y.values, (std::vector<double>{5, 6, 17, 18}));
}

TEST(MapOps, ChannelsFirst) {
  Tensor y =
      compute("(%x: tensor<?x?x?x2xf32>) -> tensor<?x2x?x?xf32>",
              "%r = swin.channels_first %x : tensor<?x?x?x2xf32> -> tensor<?x2x?x?xf32>", {counted({2, 1, 3, 2})});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{2, 2, 1, 3}));
  EXPECT_EQ(y.values, (std::vector<double>{0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11}));
}

TEST(MapOps, TooManyValuesAreRefusedBeforeMemoryIsTaken) {
  // Each image of the batch is padded to one window of 2^14 x 2^14 tokens.
  EXPECT_EQ(refusal("(%x: tensor<?x?x?x1xf32>) -> tensor<?x?x?x1xf32>",
                    "%r = swin.pad %x to_multiple_of [16384, 16384] : tensor<?x?x?x1xf32> -> tensor<?x?x?x1xf32>",
                    {counted({8, 2, 2, 1})}),
            "swin.pad would give 8x16384x16384x1, which are 2^31 or more values");
}

} // namespace
