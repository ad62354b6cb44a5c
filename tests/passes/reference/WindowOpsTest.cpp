//===- WindowOpsTest.cpp - from maps to windows and back ------------------===//
#include "tests/passes/reference/Compute.h"

using namespace swin::test;

namespace {

const char *mapToMap = "(%x: tensor<?x?x?x1xf32>) -> tensor<?x?x?x1xf32>";

Tensor shifted(const std::string &attributes, const Tensor &x) {
  return compute(mapToMap, "%r = swin.cyclic_shift %x " + attributes + " : tensor<?x?x?x1xf32>", {x});
}

TEST(WindowOps, PadFillsWithZerosAtBottomAndRight) {
  Tensor y = compute(mapToMap, "%r = swin.pad %x to_multiple_of [2, 3] : tensor<?x?x?x1xf32> -> tensor<?x?x?x1xf32>",
                     {{{1, 3, 2, 1}, {1, 2, 3, 4, 5, 6}}});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{1, 4, 3, 1}));
  EXPECT_EQ(y.values, (std::vector<double>{1, 2, 0, 3, 4, 0, 5, 6, 0, 0, 0, 0}));
}

TEST(WindowOps, PadLeavesWholeWindows) {
  Tensor x = counted({2, 4, 3, 1});
  Tensor y =
      compute(mapToMap, "%r = swin.pad %x to_multiple_of [2, 3] : tensor<?x?x?x1xf32> -> tensor<?x?x?x1xf32>", {x});
  EXPECT_EQ(difference(x, y), 0);
}

TEST(WindowOps, CropUndoesPad) {
  Tensor x = randomTensor({2, 5, 4, 3}, 1);
  Tensor y = compute("(%x: tensor<?x?x?x3xf32>) -> tensor<?x?x?x3xf32>", R"(
    %p = swin.pad %x to_multiple_of [4, 7] : tensor<?x?x?x3xf32> -> tensor<?x?x?x3xf32>
    %r = swin.crop %p like %x : tensor<?x?x?x3xf32>, tensor<?x?x?x3xf32> -> tensor<?x?x?x3xf32>)",
                     {x});
  EXPECT_EQ(difference(x, y), 0);
}

TEST(WindowOps, PadBeforeMovesTheMap) {
  // 1 above and 2 to the left: 1 + 3 rows are two windows of 2, 2 + 2 columns two of 3.
  Tensor y = compute(mapToMap,
                     "%r = swin.pad %x to_multiple_of [2, 3] before [1, 2] : tensor<?x?x?x1xf32> -> "
                     "tensor<?x?x?x1xf32>",
                     {{{1, 3, 2, 1}, {1, 2, 3, 4, 5, 6}}});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{1, 4, 6, 1}));
  EXPECT_EQ(y.values, (std::vector<double>{0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0, 5, 6, 0, 0}));
}

TEST(WindowOps, CropBeforeUndoesPadBefore) {
  Tensor x = randomTensor({2, 5, 4, 3}, 1);
  Tensor y = compute("(%x: tensor<?x?x?x3xf32>) -> tensor<?x?x?x3xf32>", R"(
    %p = swin.pad %x to_multiple_of [4, 7] before [2, 6] : tensor<?x?x?x3xf32> -> tensor<?x?x?x3xf32>
    %r = swin.crop %p like %x before [2, 6] : tensor<?x?x?x3xf32>, tensor<?x?x?x3xf32> -> tensor<?x?x?x3xf32>)",
                     {x});
  EXPECT_EQ(difference(x, y), 0);
}

TEST(WindowOps, CropNeedsWhatIsBefore) {
  auto why = [](const std::string &before) {
    return refusal("(%x: tensor<?x?x?x1xf32>, %y: tensor<?x?x?x1xf32>) -> tensor<?x?x?x1xf32>",
                   "%r = swin.crop %x like %y before " + before +
                       " : tensor<?x?x?x1xf32>, tensor<?x?x?x1xf32> -> tensor<?x?x?x1xf32>",
                   {counted({1, 4, 5, 1}), counted({1, 3, 3, 1})});
  };
  EXPECT_EQ(why("[1, 2]"), "");
  EXPECT_EQ(why("[2, 2]"), "swin.crop needs a map whose height 4 is at least 3 behind the first 2");
  EXPECT_EQ(why("[0, 9223372036854775807]"),
            "swin.crop needs a map whose width 5 is at least 3 behind the first 9223372036854775807");
}

TEST(WindowOps, CropNeedsALargerMapOfTheSameBatch) {
  const char *signature = "(%x: tensor<?x?x?x1xf32>, %y: tensor<?x?x?x1xf32>) -> tensor<?x?x?x1xf32>";
  const char *body = "%r = swin.crop %x like %y : tensor<?x?x?x1xf32>, tensor<?x?x?x1xf32> -> tensor<?x?x?x1xf32> "
                     "loc(\"layers.0.blocks.0.attn\")";
  EXPECT_EQ(refusal(signature, body, {counted({1, 2, 3, 1}), counted({1, 2, 4, 1})}),
            "layers.0.blocks.0.attn: swin.crop needs a map whose width 3 is at least 4");
  EXPECT_EQ(refusal(signature, body, {counted({1, 2, 3, 1}), counted({2, 2, 3, 1})}),
            "layers.0.blocks.0.attn: swin.crop needs maps of one batch, but they are 1 and 2");
}

TEST(WindowOps, CyclicShiftReadsAhead) {
  // 2 x 3 tokens 0 .. 5; row h comes from h + 1, column w from w + 2.
  EXPECT_EQ(shifted("by [1, 2] window [2, 3] never", counted({1, 2, 3, 1})).values,
            (std::vector<double>{5, 3, 4, 2, 0, 1}));
}

TEST(WindowOps, CyclicShiftUndoesItself) {
  Tensor x = randomTensor({2, 5, 7, 1}, 2);
  Tensor y = shifted("by [3, 2] window [4, 4] never", x);
  EXPECT_GT(difference(x, y), 0.1);
  EXPECT_EQ(difference(x, shifted("by [-3, -2] window [4, 4] never", y)), 0);
}

TEST(WindowOps, CyclicShiftOfMapsSmallerThanTheOffset) {
  // On an axis of 2 tokens, 3 ahead is 1 ahead.
  EXPECT_EQ(shifted("by [0, 3] window [7, 7] never", counted({1, 1, 2, 1})).values, (std::vector<double>{1, 0}));
  EXPECT_EQ(shifted("by [0, -3] window [7, 7] never", counted({1, 1, 2, 1})).values, (std::vector<double>{1, 0}));
}

TEST(WindowOps, RulesSayWhichOffsetsVanish) {
  // 3 x 4 tokens, window 3 x 3: it covers the height (size = window), not the width.
  Tensor x = counted({1, 3, 4, 1});
  Tensor both = shifted("by [1, 1] window [3, 3] never", x);
  EXPECT_EQ(both.values, (std::vector<double>{5, 6, 7, 4, 9, 10, 11, 8, 1, 2, 3, 0}));
  Tensor columns = shifted("by [1, 1] window [3, 3] axis", x);
  EXPECT_EQ(columns.values, (std::vector<double>{1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8}));
  EXPECT_EQ(difference(shifted("by [1, 1] window [3, 3] map", x), x), 0);
  // One token more and nothing is covered.
  Tensor larger = counted({1, 4, 4, 1}), rolled = shifted("by [1, 1] window [3, 3] never", larger);
  EXPECT_EQ(difference(shifted("by [1, 1] window [3, 3] axis", larger), rolled), 0);
  EXPECT_EQ(difference(shifted("by [1, 1] window [3, 3] map", larger), rolled), 0);
}

TEST(WindowOps, PartitionGoesWindowByWindow) {
  Tensor y = compute("(%x: tensor<?x?x?x1xf32>) -> tensor<?x?x?x6x1xf32>",
                     "%r = swin.window_partition %x window [2, 3] : tensor<?x?x?x1xf32> -> tensor<?x?x?x6x1xf32>",
                     {counted({1, 2, 6, 1})});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{1, 1, 2, 6, 1}));
  EXPECT_EQ(y.values, (std::vector<double>{0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11}));
}

TEST(WindowOps, ReverseUndoesPartition) {
  Tensor x = randomTensor({2, 6, 8, 3}, 3);
  Tensor y = compute("(%x: tensor<?x?x?x3xf32>) -> tensor<?x?x?x3xf32>", R"(
    %p = swin.window_partition %x window [3, 2] : tensor<?x?x?x3xf32> -> tensor<?x?x?x6x3xf32>
    %r = swin.window_reverse %p window [3, 2] : tensor<?x?x?x6x3xf32> -> tensor<?x?x?x3xf32>)",
                     {x});
  EXPECT_EQ(difference(x, y), 0);
}

TEST(WindowOps, PartitionNeedsWholeWindows) {
  const char *body = "%r = swin.window_partition %x window [7, 2] : tensor<?x?x?x1xf32> -> tensor<?x?x?x14x1xf32> "
                     "loc(\"layers.0.blocks.1.attn\")";
  const char *signature = "(%x: tensor<?x?x?x1xf32>) -> tensor<?x?x?x14x1xf32>";
  EXPECT_EQ(refusal(signature, body, {counted({1, 15, 4, 1})}),
            "layers.0.blocks.1.attn: swin.window_partition needs a map whose height 15 is a multiple of 7");
  EXPECT_EQ(refusal(signature, body, {counted({1, 14, 5, 1})}),
            "layers.0.blocks.1.attn: swin.window_partition needs a map whose width 5 is a multiple of 2");
}

} // namespace
