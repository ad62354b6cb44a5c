//===- LayerPlacesTest.cpp - where values differ ---------------------------===//
#include "Values.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace swin::layers;

namespace {

const std::vector<int64_t> map = {3, 14, 21, 24}, windows = {2, 3, 4, 16, 24};

/// Something else where `is` says so, by nothing that is known.
std::string otherWhere(const std::vector<int64_t> &shape, const std::function<bool(const At &)> &is) {
  std::vector<float> other = mapLike(shape, 99);
  return changed(shape,
                 [&](const At &at, float x) {
                   float noise = other[static_cast<size_t>(elementOf(at, shape))];
                   return is(at) ? x + (noise >= 0 ? 1 : -1) + noise * noise : x;
                 })
      .pattern;
}

TEST(LayerPlaces, OneAxis) {
  EXPECT_EQ(otherWhere(map, [](const At &at) { return at[0] == 1; }), "only in image 1 of 3");
  EXPECT_EQ(otherWhere(map, [](const At &at) { return at[3] >= 12; }),
            "only in channels 12 to 23 of 24 (part 2 of 2 equal ones)");
  // A head of each of q, k and v.
  EXPECT_EQ(otherWhere(map, [](const At &at) { return at[3] % 8 >= 4; }), "only in channels 4 to 7 of each 8");
  EXPECT_EQ(otherWhere(map, [](const At &at) { return at[1] % 7 == 6; }), "only in row 6 of each 7");
  EXPECT_EQ(otherWhere(map, [](const At &at) { return at[2] > 17; }),
            "only in columns 18 to 20 of 21 (part 7 of 7 equal ones)");
  EXPECT_EQ(otherWhere(map, [](const At &at) { return at[2] == 3 || at[2] == 4 || at[2] == 16; }),
            "only in columns 3, 4, 16 of 21");
  EXPECT_EQ(otherWhere(windows, [](const At &at) { return at[3] == 15; }), "only in token 15 of 16 in each window");
  EXPECT_EQ(otherWhere(windows, [](const At &at) { return at[1] == 2; }), "only in row 2 of 3 of windows");
  EXPECT_EQ(otherWhere(map, [](const At &at) { return at[0] == 2 && at[1] < 7; }),
            "only in image 2 of 3, in rows 0 to 6 of 14 (part 1 of 2 equal ones)");
}

TEST(LayerPlaces, Edges) {
  EXPECT_EQ(otherWhere(windows, [](const At &at) { return at[1] == 2 || at[2] == 3; }),
            "only at the edges (the last row, the last column of windows): a mask or padding?");
  // A shifted map's last windows lie at all four edges.
  EXPECT_EQ(otherWhere(map, [](const At &at) { return at[1] < 3 || at[1] >= 10 || at[2] < 3 || at[2] >= 17; }),
            "only at the edges (the first 3 rows, the last 4 rows, the first 3 columns, the last 4 columns): a mask or "
            "padding?");
}

TEST(LayerPlaces, Windows) {
  auto some = [](const At &at) { return (at[1] / 7 == 0 && at[2] / 7 == 2) || (at[1] / 7 == 1 && at[2] / 7 == 0); };
  EXPECT_EQ(otherWhere(map, some), "only in 2 of 6 windows of 7 x 7, (0, 2), (1, 0)");
}

TEST(LayerPlaces, Nowhere) {
  // A few elements by chance are in no place.
  EXPECT_EQ(otherWhere(map, [](const At &at) { return (at[1] * 31 + at[2] * 17 + at[3] * 7 + at[0]) % 97 == 0; }), "");
}

TEST(LayerPlaces, WhatIsThere) {
  EXPECT_EQ(changed(map, [](const At &at, float x) { return at[1] >= 7 ? 0 : x; }).pattern,
            "only in rows 7 to 13 of 14 (part 2 of 2 equal ones): ours is 0 where they differ");
  EXPECT_EQ(changed(map, [](const At &, float) { return 0.0f; }).pattern.find("ours is 0 where they differ") !=
                std::string::npos,
            true);
  EXPECT_EQ(changed(map, [](const At &at, float x) { return at[2] == 5 ? 7.0f : x; }).pattern,
            "only in column 5 of 21: ours is 7 everywhere where they differ");
  // Written twice: what comes next is the same again.
  std::vector<float> theirs = mapLike(map), ours = theirs;
  for (size_t i = 10 * 24; i < 15 * 24; ++i)
    ours[i] = ours[i - 24];
  std::string found = compareLayer(map, ours.data(), theirs.data(), 1e-4).pattern;
  EXPECT_NE(found.find("each of our tokens that differ is the one before it again"), std::string::npos) << found;
}

} // namespace
