//===- TilesTest.cpp - large pictures in overlapping pieces ----------------===//
#include "tools/runner/Tiles.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace swin::runner;

namespace {

struct Case {
  int64_t length, tile, overlap, multiple;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (int64_t multiple : {1, 7, 8})
    for (int64_t tile : {1, 2, 3, 5, 8})
      for (int64_t overlap = 0; overlap < tile; ++overlap)
        for (int64_t length : {1, 2, 7, 8, 9, 15, 16, 17, 40, 63, 64, 65, 100, 251})
          all.push_back({length, tile * multiple, overlap * multiple, multiple});
  return all;
}

std::string text(const Case &one) {
  return std::to_string(one.length) + " in " + std::to_string(one.tile) + " with " + std::to_string(one.overlap) +
         ", windows of " + std::to_string(one.multiple);
}

TEST(Tiles, CoverAnAxis) {
  for (const Case &one : cases()) {
    TileAxis axis(one.length, one.tile, one.overlap, one.multiple);
    ASSERT_GE(axis.count(), 1u);
    EXPECT_EQ(axis.length(), one.length);
    EXPECT_EQ(axis.tile(0).begin, 0);
    EXPECT_EQ(axis.tile(axis.count() - 1).end, one.length) << text(one);
    for (size_t k = 0; k + 1 < axis.count(); ++k) {
      Span tile = axis.tile(k), next = axis.tile(k + 1);
      EXPECT_EQ(tile.size(), one.tile) << text(one);
      EXPECT_EQ(next.begin % one.multiple, 0) << text(one);
      EXPECT_LT(tile.begin, next.begin) << text(one);
      EXPECT_GE(tile.end, next.begin + one.overlap) << text(one);
      EXPECT_LE(next.size(), one.tile) << text(one);
    }
    // One tile less would not do.
    int64_t step = one.tile - one.overlap, fewer = static_cast<int64_t>(axis.count()) - 1;
    EXPECT_TRUE(fewer == 0 ||
                fewer * step + one.overlap < (one.length + one.multiple - 1) / one.multiple * one.multiple)
        << text(one);
  }
}

TEST(Tiles, PartsOfAPixelAreOne) {
  for (const Case &one : cases())
    for (int64_t scale : {1, 2, 3}) {
      TileAxis axis(one.length, one.tile, one.overlap, one.multiple);
      std::vector<double> sums(static_cast<size_t>(one.length * scale));
      for (size_t k = 0; k < axis.count(); ++k) {
        Span reach = axis.reach(k, scale), tile = axis.tile(k);
        ASSERT_TRUE(reach.begin >= tile.begin * scale && reach.end <= tile.end * scale) << text(one);
        // Next to an edge that is none of the picture's, a quarter of what tiles have in common is not used.
        ASSERT_TRUE(k == 0 || reach.begin >= tile.begin * scale + one.overlap * scale / 4) << text(one);
        ASSERT_TRUE(k + 1 == axis.count() || reach.end <= tile.end * scale - one.overlap * scale / 4) << text(one);
        for (int64_t x = reach.begin; x < reach.end; ++x) {
          double weight = axis.weight(k, x, scale);
          ASSERT_TRUE(weight >= 0 && weight <= 1) << text(one);
          sums[static_cast<size_t>(x)] += weight;
        }
      }
      for (double sum : sums)
        ASSERT_NEAR(sum, 1, 1e-12) << text(one);
    }
}

TEST(Tiles, PassLinearly) {
  TileAxis axis(24, 16, 8, 8);
  ASSERT_EQ(axis.count(), 2u);
  EXPECT_EQ(axis.tile(1), (Span{8, 24}));
  EXPECT_EQ(axis.reach(0, 1), (Span{0, 14}));
  EXPECT_EQ(axis.reach(1, 1), (Span{10, 24}));
  for (int i = 0; i < 4; ++i)
    EXPECT_DOUBLE_EQ(axis.weight(1, 10 + i, 1), (i + 0.5) / 4);
  TileAxis cut(32, 16, 0, 8);
  EXPECT_EQ(cut.reach(0, 2), (Span{0, 32}));
  EXPECT_EQ(cut.reach(1, 2), (Span{32, 64}));
}

/// The value of a picture at (c, y, x), and what the model makes of it on a whole picture.
float pixel(int64_t c, int64_t y, int64_t x) { return static_cast<float>(std::sin(0.7 * c + 0.31 * y + 0.17 * x)); }

/// Two outputs: the picture twice as large, and its first channel. Values that are nearer than `ruined` pixels to an
/// edge of a tile that is none of the picture are spoilt.
struct Model {
  int64_t h, w, ruined = 0;
  TileJob job;
  Span rows = {}, columns = {};
  std::vector<float> large, small;
  std::vector<int64_t> next = {0, 0};
  size_t runs = 0, shown = 0;

  Model(int64_t h, int64_t w, TileAxis y, TileAxis x)
      : h(h), w(w), job{y, x, 3, {{3, 2}, {1, 1}}, {}, {}, {}, {}}, large(static_cast<size_t>(12 * h * w)),
        small(static_cast<size_t>(h * w)) {
    job.cut = [this](Span ys, Span xs, float *values) {
      rows = ys;
      columns = xs;
      for (int64_t c = 0; c < 3; ++c)
        for (int64_t y = ys.begin; y < ys.end; ++y)
          for (int64_t x = xs.begin; x < xs.end; ++x)
            *values++ = pixel(c, y, x);
    };
    job.run = [this](const float *input, int64_t height, int64_t width, float *const *outputs) {
      EXPECT_EQ(height, rows.size());
      EXPECT_EQ(width, columns.size());
      fill(input, outputs[0], 3, 2);
      fill(input, outputs[1], 1, 1);
      ++runs;
      return true;
    };
    job.take = [this](size_t output, const FinishedRows &finished) {
      EXPECT_EQ(finished.first, next[output]) << "from top to bottom, none twice";
      next[output] += finished.count;
      std::vector<float> &all = output == 0 ? large : small;
      int64_t height = output == 0 ? 2 * this->h : this->h;
      for (int64_t c = 0; c < finished.channels; ++c)
        std::copy_n(finished.values + c * finished.pitch * finished.width, finished.count * finished.width,
                    all.begin() + (c * height + finished.first) * finished.width);
      return true;
    };
    job.progress = [this](size_t done, size_t) { shown = done; };
  }

  void fill(const float *input, float *output, int64_t channels, int64_t scale) const {
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t y = 0; y < rows.size() * scale; ++y)
        for (int64_t x = 0; x < columns.size() * scale; ++x) {
          bool spoilt = isNear(rows, y / scale, h) || isNear(columns, x / scale, w);
          *output++ = spoilt ? NAN : input[(c * rows.size() + y / scale) * columns.size() + x / scale];
        }
  }

  bool isNear(Span tile, int64_t at, int64_t length) const {
    return (tile.begin > 0 && at < ruined) || (tile.end < length && tile.size() - at <= ruined);
  }

  float largestError() const {
    std::vector<float> errors;
    for (int64_t c = 0; c < 3; ++c)
      for (int64_t y = 0; y < 2 * h; ++y)
        for (int64_t x = 0; x < 2 * w; ++x)
          errors.push_back(large[static_cast<size_t>((c * 2 * h + y) * 2 * w + x)] - pixel(c, y / 2, x / 2));
    for (int64_t y = 0; y < h; ++y)
      for (int64_t x = 0; x < w; ++x)
        errors.push_back(small[static_cast<size_t>(y * w + x)] - pixel(0, y, x));
    float most = 0;
    for (float error : errors)
      most = std::isnan(error) || std::isnan(most) ? NAN : std::max(most, std::fabs(error));
    return most;
  }
};

TEST(Tiles, MakeTheWholePicture) {
  for (auto [h, w] : {std::pair(1, 1), {8, 100}, {37, 23}, {64, 64}, {65, 41}})
    for (int64_t overlap : {0, 8, 16, 24}) {
      Model model(h, w, {h, 32, overlap, 8}, {w, 40, overlap, 8});
      ASSERT_TRUE(runTiles(model.job));
      EXPECT_EQ(model.next, (std::vector<int64_t>{2 * h, h}));
      EXPECT_EQ(model.runs, model.job.rows.count() * model.job.columns.count());
      EXPECT_EQ(model.shown, model.runs);
      // Of one tile, and of tiles that are only put side by side, every bit.
      bool isExact = overlap == 0 || model.runs == 1;
      EXPECT_LE(model.largestError(), isExact ? 0.0f : 2e-7f) << h << " x " << w << ", overlap " << overlap;
    }
}

TEST(Tiles, EdgesWithinThePictureAreNotSeen) {
  Model model(70, 45, {70, 32, 16, 8}, {45, 32, 16, 8});
  model.ruined = 4;
  ASSERT_TRUE(runTiles(model.job));
  EXPECT_LE(model.largestError(), 2e-7f);
  model.ruined = 5;
  model.next = {0, 0};
  ASSERT_TRUE(runTiles(model.job));
  EXPECT_TRUE(std::isnan(model.largestError())) << "the test sees what is spoilt";
}

TEST(Tiles, EndWhereAFunctionSaysSo) {
  Model model(70, 45, {70, 32, 16, 8}, {45, 32, 16, 8});
  model.job.run = [&](const float *, int64_t, int64_t, float *const *) { return ++model.runs < 3; };
  EXPECT_FALSE(runTiles(model.job));
  EXPECT_EQ(model.runs, 3u);
  Model other(70, 45, {70, 32, 16, 8}, {45, 32, 16, 8});
  other.job.take = [](size_t, const FinishedRows &) { return false; };
  EXPECT_FALSE(runTiles(other.job));
  EXPECT_EQ(other.runs, other.job.columns.count());
}

} // namespace
