//===- LayerDiffTest.cpp - what explains a difference ----------------------===//
// Each explanation is planted and found; what is none gets none.
//===----------------------------------------------------------------------===//
#include "Values.h"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace swin::layers;

namespace {

const std::vector<int64_t> map = {2, 12, 8, 24}, square = {1, 9, 9, 12}, windows = {2, 3, 2, 16, 24};

TEST(LayerDiff, Numbers) {
  std::vector<float> theirs = {1, -4, 2, 0, 1, 0}, ours = {1, -4, 2.5f, 0, 1, 0.0003f};
  Difference found = compareLayer({1, 2, 1, 3}, ours.data(), theirs.data(), 1e-4);
  EXPECT_EQ(found.magnitude, 4);
  EXPECT_EQ(found.largest, 0.125);
  EXPECT_NEAR(found.mean, 0.5003 / 8, 1e-6);
  EXPECT_EQ(found.where, 2);
  EXPECT_EQ(found.ours, 2.5);
  EXPECT_EQ(found.theirs, 2);
  EXPECT_EQ(found.count, 1);
  found = compareLayer({1, 2, 1, 3}, theirs.data(), theirs.data(), 0);
  EXPECT_EQ(found.largest, 0);
  EXPECT_EQ(found.count, 0);
  EXPECT_EQ(found.pattern, "");
  // Nothing that is compared, and nothing to compare with.
  EXPECT_EQ(compareLayer({0, 3}, nullptr, nullptr, 1e-4).largest, 0);
  std::vector<float> zeros(6);
  found = compareLayer({6}, ours.data(), zeros.data(), 1e-4);
  EXPECT_TRUE(std::isinf(found.largest));
  EXPECT_EQ(found.count, 5);
}

TEST(LayerDiff, NotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  std::vector<float> theirs = mapLike(map), ours = theirs;
  ours[100] = theirs[100] = nan;
  ours[101] = theirs[101] = infinity;
  EXPECT_EQ(compareLayer(map, ours.data(), theirs.data(), 1e-4).largest, 0);
  ours[700] = nan;
  ours[701] = -infinity;
  Difference found = compareLayer(map, ours.data(), theirs.data(), 1e-4);
  EXPECT_TRUE(std::isinf(found.largest));
  EXPECT_EQ(found.where, 700);
  EXPECT_EQ(found.count, 2);
  EXPECT_EQ(found.pattern.find("ours: 2 of 4608 elements are NaN or infinite"), 0u) << found.pattern;
  found = compareLayer(map, theirs.data(), ours.data(), 1e-4);
  EXPECT_EQ(found.pattern.find("theirs: 2 of"), 0u) << found.pattern;
}

TEST(LayerDiff, NothingKnown) {
  std::vector<float> other = mapLike(map, 77);
  std::vector<float> theirs = mapLike(map);
  EXPECT_EQ(compareLayer(map, other.data(), theirs.data(), 1e-4).pattern, "");
  // A little noise, just above what is allowed, and far below.
  for (float noise : {1e-2f, 1e-3f, 3e-4f}) {
    std::vector<float> ours = theirs;
    for (size_t i = 0; i < ours.size(); ++i)
      ours[i] += noise * 30 * other[i];
    Difference found = compareLayer(map, ours.data(), theirs.data(), 1e-4);
    EXPECT_GT(found.count, 0);
    EXPECT_EQ(found.pattern, "") << noise;
  }
}

TEST(LayerDiff, Shifted) {
  EXPECT_EQ(moved(map, [](At &at) { at[1] = (at[1] + 11) % 12; }).pattern,
            "shifted by (1, 0) tokens (down, right), cyclically");
  EXPECT_EQ(moved(map, [](At &at) { at[1] = (at[1] + 3) % 12, at[2] = (at[2] + 2) % 8; }).pattern,
            "shifted by (-3, -2) tokens (down, right), cyclically");
  // Half a map, as far as it goes.
  EXPECT_EQ(moved(map, [](At &at) { at[1] = (at[1] + 6) % 12; }).pattern,
            "shifted by (-6, 0) tokens (down, right), cyclically");
  EXPECT_EQ(moved(map, [](At &at) { at[1] = std::max<int64_t>(at[1] - 2, 0); }).pattern,
            "shifted by (2, 0) tokens (down, right); what comes in at the edges is something else");
  EXPECT_EQ(moved(windows, [](At &at) { at[1] = (at[1] + 1) % 3; }).pattern,
            "shifted by (-1, 0) windows (down, right), cyclically");
}

TEST(LayerDiff, Turned) {
  EXPECT_EQ(moved(square, [](At &at) { std::swap(at[1], at[2]); }).pattern, "height and width are exchanged");
  // Stored as 8 rows of 12.
  EXPECT_EQ(moved(map,
                  [](At &at) {
                    int64_t place = at[1] * 8 + at[2];
                    at[1] = place % 12, at[2] = place / 12;
                  })
                .pattern,
            "height and width are exchanged");
  EXPECT_EQ(moved(map, [](At &at) { at[1] = 11 - at[1]; }).pattern, "upside down");
  EXPECT_EQ(moved(map, [](At &at) { at[2] = 7 - at[2]; }).pattern, "mirrored: left and right are exchanged");
  EXPECT_EQ(moved(map, [](At &at) { at[1] = 11 - at[1], at[2] = 7 - at[2]; }).pattern, "turned by 180 degrees");
  auto channelsFirst = [](At &at) {
    int64_t place = (at[1] * 8 + at[2]) * 24 + at[3];
    at[3] = place / 96, at[1] = place % 96 / 8, at[2] = place % 8;
  };
  EXPECT_EQ(moved(map, channelsFirst).pattern, "ours is stored with channels first");
  EXPECT_EQ(
      moved(map, [](At &at) { at[1] = at[1] - at[1] % 4 + at[2] % 4, at[2] = at[2] - at[2] % 4 + at[1] % 4; }).pattern,
      "");
  EXPECT_EQ(moved(map,
                  [](At &at) {
                    int64_t y = at[1], x = at[2];
                    at[1] = y - y % 4 + x % 4, at[2] = x - x % 4 + y % 4;
                  })
                .pattern,
            "in each window of 4 x 4 rows and columns are exchanged");
  EXPECT_EQ(moved(windows, [](At &at) { at[3] = at[3] % 4 * 4 + at[3] / 4; }).pattern,
            "the 16 tokens of each window are transposed: 4 x 4 of ours are 4 x 4 of theirs");
}

TEST(LayerDiff, Channels) {
  EXPECT_EQ(moved(windows, [](At &at) { at[4] = at[4] < 8    ? at[4]
                                                : at[4] < 16 ? at[4] + 8
                                                             : at[4] - 8; }).pattern,
            "the 3 blocks of 8 channels are in another order: ours are theirs 0, 2, 1 (of a qkv map: query, value, key "
            "for query, key, value)");
  // A merging's quarters: row by row, and column by column.
  EXPECT_EQ(
      moved(map, [](At &at) { at[3] = at[3] / 6 == 1 || at[3] / 6 == 2 ? (at[3] + (at[3] / 6 == 1 ? 6 : -6)) : at[3]; })
          .pattern,
      "the 4 blocks of 6 channels are transposed: 2 x 2 of ours are 2 x 2 of theirs");
  // Heads and parts of qkv: [3][2][4] and [2][3][4].
  EXPECT_EQ(moved(map, [](At &at) { at[3] = at[3] / 4 % 2 * 12 + at[3] / 8 * 4 + at[3] % 4; }).pattern,
            "the 6 blocks of 4 channels are transposed: 3 x 2 of ours are 2 x 3 of theirs");
  EXPECT_EQ(moved(map, [](At &at) { at[3] = 23 - at[3]; }).pattern, "the 24 channels are in reverse order");
  EXPECT_EQ(moved(map, [](At &at) { at[3] = at[3] == 5   ? 9
                                            : at[3] == 9 ? 5
                                                         : at[3]; }).pattern,
            "the 24 channels change places: ours 5 is theirs 9, ours 9 is theirs 5");
  EXPECT_EQ(moved(map, [](At &at) { at[0] = 1 - at[0]; }).pattern,
            "the 2 images of the batch change places: ours 0 is theirs 1, ours 1 is theirs 0");
  EXPECT_EQ(moved(map, [](At &at) { at[0] = 0; }).pattern,
            "the 2 images of the batch change places: ours 1 is theirs 0");
}

TEST(LayerDiff, Scaled) {
  EXPECT_EQ(changed(map, [](const At &, float x) { return 0.5f * x; }).pattern, "ours = 0.5 * theirs");
  EXPECT_EQ(changed(map, [](const At &, float x) { return -x; }).pattern, "ours = -1 * theirs");
  EXPECT_EQ(changed(map, [](const At &, float x) { return x / std::sqrt(32.0f); }).pattern,
            "ours = 0.1768 * theirs = 1 / sqrt(32)");
  EXPECT_EQ(changed(map, [](const At &, float x) { return x - 0.25f; }).pattern, "ours = theirs - 0.25");
  EXPECT_EQ(changed(map, [](const At &, float x) { return 2 * x + 1; }).pattern, "ours = 2 * theirs + 1");
  auto ofChannel = [](const At &at) { return 0.1f * static_cast<float>(at.back() * 7 % 24); };
  EXPECT_EQ(changed(map, [&](const At &at, float x) { return x + ofChannel(at); }).pattern,
            "ours = theirs + a constant of each channel, 0 to 2.3 (a bias, missing or there twice?)");
  // Channel 0 is 0 everywhere and tells no factor.
  EXPECT_EQ(changed(map, [&](const At &at, float x) { return x * (2 + ofChannel(at)); }).pattern,
            "ours = theirs * a factor of each channel, 1 to 4.3 (a norm's weight or a scale, missing or there twice?)");
  EXPECT_EQ(changed(map, [&](const At &at, float x) { return x * (1 + 0.1f * static_cast<float>(at[1])); }).pattern,
            "ours = theirs * a factor of each token, 1 to 2.1 (a norm with another epsilon, or a softmax that does not "
            "sum to 1?)");
  EXPECT_EQ(changed(map, [](const At &at, float x) { return at[3] >= 8 && at[3] < 16 ? 3 * x : x; }).pattern,
            "only in channels 8 to 15 of 24 (part 2 of 3 equal ones): ours = 3 * theirs");
}

} // namespace
