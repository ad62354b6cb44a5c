//===- ComponentsTest.cpp - what varies most in a map's channels -----------===//
#include "tools/pictures/Components.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

using swin::pictures::principalComponents;

namespace {

/// Element i of the k-th of n orthonormal vectors of n elements whose mean, but for k = 0, is 0.
double cosine(int64_t n, int64_t k, int64_t i) {
  double size = static_cast<double>(n);
  return std::sqrt((k == 0 ? 1 : 2) / size) *
         std::cos(std::numbers::pi * (static_cast<double>(i) + 0.5) * static_cast<double>(k) / size);
}

/// Rows whose components are known: directions 1, 4 and 2 with sizes 3, 2 and 1, a constant, and less of the others.
std::vector<float> knownRows(int64_t rows, int64_t columns) {
  std::vector<float> values;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      values.push_back(static_cast<float>(
          7 + 3 * cosine(rows, 5, r) * cosine(columns, 1, c) + 2 * cosine(rows, 2, r) * cosine(columns, 4, c) +
          cosine(rows, 3, r) * cosine(columns, 2, c) + 0.9 * cosine(rows, 7, r) * cosine(columns, 3, c)));
  return values;
}

TEST(Components, OfKnownDirections) {
  for (auto [rows, columns] : {std::pair<int64_t, int64_t>(200, 24), {16, 40}}) {
    std::vector<double> found = principalComponents(knownRows(rows, columns).data(), rows, columns, 3);
    ASSERT_EQ(found.size(), static_cast<size_t>(3 * rows));
    // The largest elements of the directions: the first and the last of each have the same magnitude or the first is
    // larger, and is positive.
    for (int64_t r = 0; r < rows; ++r) {
      const double *row = &found[static_cast<size_t>(3 * r)];
      EXPECT_NEAR(row[0], 3 * cosine(rows, 5, r), 1e-5);
      EXPECT_NEAR(row[1], 2 * cosine(rows, 2, r), 1e-5);
      EXPECT_NEAR(row[2], cosine(rows, 3, r), 1e-5);
    }
  }
}

TEST(Components, ThatThereAreNot) {
  std::vector<float> same(30, 2.5f);
  EXPECT_EQ(principalComponents(same.data(), 10, 3, 3), std::vector<double>(30, 0));
  // Two directions, of which one does not vary; a third does not exist.
  std::vector<float> two = {1, 5, 3, 5, NAN, 5};
  std::vector<double> found = principalComponents(two.data(), 3, 2, 3);
  const double expected[] = {1 - 4 / 3.0, 3 - 4 / 3.0, -4 / 3.0};
  for (size_t r = 0; r < 3; ++r) {
    EXPECT_NEAR(found[3 * r], expected[r], 1e-12);
    EXPECT_EQ(found[3 * r + 1], 0);
    EXPECT_EQ(found[3 * r + 2], 0);
  }
  EXPECT_EQ(principalComponents(nullptr, 0, 4, 3).size(), 0u);
}

} // namespace
