//===- ResizeTables.cpp - position tables of another size -----------------===//
#include "dsl/ResizeTables.h"

#include <algorithm>
#include <cmath>

namespace swin::dsl {
namespace {

/// What a new value is made of along one axis.
struct Tap {
  int64_t from;
  double weight;
};
using Taps = std::vector<std::vector<Tap>>; ///< for each new position

Taps bicubicTaps(int64_t from, int64_t to) {
  constexpr double a = -0.75;
  auto near = [](double x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };      // of x in 0 .. 1
  auto far = [](double x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; }; // of x in 1 .. 2
  Taps taps(to);
  for (int64_t i = 0; i < to; ++i) {
    double place = (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
    auto left = static_cast<int64_t>(std::floor(place));
    double rest = place - static_cast<double>(left);
    const double weights[] = {far(rest + 1), near(rest), near(1 - rest), far(2 - rest)};
    for (int64_t k = 0; k < 4; ++k)
      taps[i].push_back({std::clamp<int64_t>(left - 1 + k, 0, from - 1), weights[k]});
  }
  return taps;
}

/// The ratio of neighbouring distances with which `half` distances from 1 on reach as far as `reach`, found between
/// bounds that need not hold it, in as many steps as the source takes.
double geometricRatio(int64_t half, int64_t reach) {
  double left = 1.01, right = 1.5, ratio = left;
  while (right - left > 1e-6) {
    ratio = (left + right) / 2;
    double sum = (1 - std::pow(ratio, static_cast<double>(half))) / (1 - ratio);
    (sum > static_cast<double>(reach) ? right : left) = ratio;
  }
  return ratio;
}

Taps geometricTaps(int64_t from, int64_t to) {
  int64_t half = from / 2;
  double ratio = geometricRatio(half, to / 2), distance = 1;
  std::vector<double> places(from, 0.0); // where the old values are; new ones are at whole numbers around 0
  for (int64_t k = 1; k <= half; ++k) {
    places[half + k] = distance;
    places[half - k] = -distance;
    distance += std::pow(ratio, static_cast<double>(k));
  }
  Taps taps(to);
  for (int64_t i = 0; i < to; ++i) {
    auto place = static_cast<double>(i - to / 2);
    int64_t right = std::lower_bound(places.begin(), places.end(), place) - places.begin();
    if (right == 0 || right == from) {
      taps[i] = {{std::min(right, from - 1), 1.0}};
      continue;
    }
    double rest = (place - places[right - 1]) / (places[right] - places[right - 1]);
    taps[i] = {{right - 1, 1 - rest}, {right, rest}};
  }
  return taps;
}

} // namespace

int64_t squareRoot(int64_t value) {
  auto root = static_cast<int64_t>(std::llround(std::sqrt(static_cast<double>(std::max<int64_t>(value, 0)))));
  return root * root == value ? root : 0;
}

int64_t windowOfTable(int64_t rows) {
  int64_t side = squareRoot(rows);
  return side % 2 ? (side + 1) / 2 : 0;
}

Resizing tableResizing(Semantics semantics) {
  return semantics == Semantics::Timm ? Resizing::Geometric : positionResizing(semantics);
}

Resizing positionResizing(Semantics semantics) {
  bool resizes = semantics == Semantics::Microsoft || semantics == Semantics::Mm;
  return resizes ? Resizing::Bicubic : Resizing::None;
}

std::vector<float> resized(const std::vector<float> &values, Size from, Size to, int64_t channels, Resizing how) {
  auto tapsOf = how == Resizing::Bicubic ? bicubicTaps : geometricTaps;
  Taps rows = tapsOf(from[0], to[0]), columns = tapsOf(from[1], to[1]);
  std::vector<float> result(to[0] * to[1] * channels);
  std::vector<double> sums(channels);
  for (int64_t row = 0; row < to[0]; ++row) {
    for (int64_t column = 0; column < to[1]; ++column) {
      std::fill(sums.begin(), sums.end(), 0.0);
      for (const Tap &y : rows[row])
        for (const Tap &x : columns[column])
          for (int64_t c = 0; c < channels; ++c)
            sums[c] += y.weight * x.weight * static_cast<double>(values[(y.from * from[1] + x.from) * channels + c]);
      std::transform(sums.begin(), sums.end(), result.begin() + (row * to[1] + column) * channels,
                     [](double sum) { return static_cast<float>(sum); });
    }
  }
  return result;
}

} // namespace swin::dsl
