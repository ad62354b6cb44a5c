//===- Tiles.cpp - large pictures in overlapping pieces --------------------===//
#include "tools/runner/Tiles.h"

#include <algorithm>
#include <cmath>

namespace swin::runner {
namespace {

/// Rows of one output to which tiles are still being added.
class Band {
public:
  Band(const TileJob &job, const TileJob::Output &output)
      : rows(job.rows), columns(job.columns), output(output), width(columns.length() * output.scale) {
    for (size_t k = 0; k < rows.count(); ++k)
      pitch = std::max(pitch, rows.reach(k, output.scale).size());
    values.resize(static_cast<size_t>(output.channels * pitch * width));
    int64_t pixels = rows.tile(0).size() * columns.tile(0).size(); // no tile is larger than the first
    tile.resize(static_cast<size_t>(output.channels * pixels * output.scale * output.scale));
  }

  /// Where the model writes a tile.
  float *room() { return tile.data(); }

  void add(size_t row, size_t column) {
    int64_t scale = output.scale;
    Span reachY = rows.reach(row, scale), reachX = columns.reach(column, scale);
    int64_t top = rows.tile(row).begin * scale, left = columns.tile(column).begin * scale;
    int64_t tileHeight = rows.tile(row).size() * scale, tileWidth = columns.tile(column).size() * scale;
    std::vector<float> weights;
    for (int64_t x = reachX.begin; x < reachX.end; ++x)
      weights.push_back(static_cast<float>(columns.weight(column, x, scale)));
    for (int64_t c = 0; c < output.channels; ++c)
      for (int64_t y = reachY.begin; y < reachY.end; ++y) {
        auto weight = static_cast<float>(rows.weight(row, y, scale));
        const float *from = &tile[static_cast<size_t>((c * tileHeight + y - top) * tileWidth + reachX.begin - left)];
        float *to = &values[static_cast<size_t>((c * pitch + y - first) * width + reachX.begin)];
        for (size_t x = 0; x < weights.size(); ++x)
          to[x] += weight * weights[x] * from[x];
      }
  }

  /// Rows that no tile below this row of tiles reaches.
  FinishedRows finished(size_t row) const {
    int64_t end = row + 1 < rows.count() ? rows.reach(row + 1, output.scale).begin : rows.length() * output.scale;
    return {first, end - first, output.channels, width, pitch, values.data()};
  }

  /// Makes room for as many more rows at the end.
  void drop(int64_t count) {
    for (int64_t c = 0; c < output.channels; ++c) {
      auto begin = values.begin() + static_cast<std::ptrdiff_t>(c * pitch * width);
      auto end = begin + static_cast<std::ptrdiff_t>(pitch * width);
      std::fill(std::move(begin + static_cast<std::ptrdiff_t>(count * width), end, begin), end, 0.0f);
    }
    first += count;
  }

private:
  const TileAxis &rows, &columns;
  TileJob::Output output;
  int64_t width;
  int64_t pitch = 0, first = 0;
  std::vector<float> values, tile;
};

} // namespace

TileAxis::TileAxis(int64_t length, int64_t tile, int64_t overlap, int64_t multiple) : overlap(overlap) {
  int64_t padded = (length + multiple - 1) / multiple * multiple;
  if (tile >= padded) {
    spans = {{0, length}};
    return;
  }
  // As few tiles as possible, and what they have in common beyond that is shared out.
  int64_t step = tile - overlap, steps = (padded - overlap + step - 1) / step - 1;
  for (int64_t k = 0; k <= steps; ++k) {
    int64_t begin = k * (padded - tile) / steps / multiple * multiple;
    spans.push_back({begin, std::min(begin + tile, length)});
  }
}

double TileAxis::passed(size_t k, int64_t pixel, int64_t scale) const {
  double middle = static_cast<double>((spans[k].end + spans[k + 1].begin) * scale) / 2;
  double reached = static_cast<double>(pixel) + 0.5 - middle;
  double half = static_cast<double>(overlap * scale) / 4;
  if (half == 0)
    return reached >= 0;
  return std::clamp((reached + half) / (2 * half), 0.0, 1.0);
}

double TileAxis::weight(size_t k, int64_t pixel, int64_t scale) const {
  return (k > 0 ? passed(k - 1, pixel, scale) : 1) - (k + 1 < count() ? passed(k, pixel, scale) : 0);
}

Span TileAxis::reach(size_t k, int64_t scale) const {
  // Pixels count from their middles.
  auto edge = [&](size_t left, double side) {
    double middle = static_cast<double>((spans[left].end + spans[left + 1].begin) * scale) / 2;
    return static_cast<int64_t>(std::ceil(middle + side * static_cast<double>(overlap * scale) / 4 - 0.5));
  };
  return {k > 0 ? edge(k - 1, -1) : 0, k + 1 < count() ? edge(k, 1) : length() * scale};
}

bool runTiles(const TileJob &job) {
  std::vector<Band> bands;
  std::vector<float *> rooms;
  for (const TileJob::Output &output : job.outputs)
    bands.emplace_back(job, output);
  for (Band &band : bands)
    rooms.push_back(band.room());
  std::vector<float> input(static_cast<size_t>(job.channels * job.rows.tile(0).size() * job.columns.tile(0).size()));
  size_t done = 0;
  for (size_t row = 0; row < job.rows.count(); ++row) {
    for (size_t column = 0; column < job.columns.count(); ++column) {
      Span y = job.rows.tile(row), x = job.columns.tile(column);
      job.cut(y, x, input.data());
      if (!job.run(input.data(), y.size(), x.size(), rooms.data()))
        return false;
      for (Band &band : bands)
        band.add(row, column);
      job.progress(++done, job.rows.count() * job.columns.count());
    }
    for (size_t i = 0; i < bands.size(); ++i) {
      FinishedRows rows = bands[i].finished(row);
      if (!job.take(i, rows))
        return false;
      bands[i].drop(rows.count);
    }
  }
  return true;
}

} // namespace swin::runner
