//===- Product.cpp - rows times a weight, in double -----------------------===//
#include "passes/reference/Product.h"

#include <algorithm>
#include <cstring>
#include <thread>

namespace swin::ref {
namespace {

/// Multiply-adds below which another thread is not worth its start.
constexpr int64_t worthThread = 1 << 20;

using Lanes = double __attribute__((vector_size(64)));
constexpr int64_t lanes = sizeof(Lanes) / sizeof(double);

/// `height` rows times a panel, of which `width` outputs are kept.
template <int64_t height>
[[gnu::always_inline]] inline void multiplyPanel(const double *rows, int64_t inputs, const double *panel, int64_t width,
                                                 int64_t outputs, const double *bias, double *result) {
  Lanes sums[height][panelWidth / lanes] = {};
  for (int64_t k = 0; k < inputs; ++k)
    for (int64_t part = 0; part < panelWidth / lanes; ++part) {
      Lanes weights;
      std::memcpy(&weights, panel + k * panelWidth + part * lanes, sizeof weights);
      for (int64_t r = 0; r < height; ++r)
        sums[r][part] += rows[r * inputs + k] * weights;
    }
  for (int64_t r = 0; r < height; ++r)
    for (int64_t i = 0; i < width; ++i)
      result[r * outputs + i] = sums[r][i / lanes][i % lanes] + (bias ? bias[i] : 0.0);
}

// Multiplied and added, never both at once: every machine gives the same bits.
#ifdef __x86_64__
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
/// Outputs `first` up to `last`, which begin panels.
void multiplyPanels(const double *rows, int64_t count, int64_t inputs, const double *panels, int64_t first,
                    int64_t last, int64_t outputs, const double *bias, double *result) {
  constexpr int64_t height = 4;
  for (int64_t begin = first; begin < last; begin += panelWidth) {
    const double *panel = panels + begin * inputs, *offsets = bias ? bias + begin : nullptr;
    int64_t width = std::min(panelWidth, outputs - begin), r = 0;
    for (; r + height <= count; r += height)
      multiplyPanel<height>(rows + r * inputs, inputs, panel, width, outputs, offsets, result + r * outputs + begin);
    for (; r < count; ++r)
      multiplyPanel<1>(rows + r * inputs, inputs, panel, width, outputs, offsets, result + r * outputs + begin);
  }
}

} // namespace

std::vector<double> packPanels(const double *weight, int64_t outputs, int64_t inputs) {
  std::vector<double> panels((outputs + panelWidth - 1) / panelWidth * inputs * panelWidth);
  packPanels(weight, outputs, inputs, panels.data());
  return panels;
}

void packPanels(const double *weight, int64_t outputs, int64_t inputs, double *panels) {
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k)
      panels[(n / panelWidth * inputs + k) * panelWidth + n % panelWidth] = weight[n * inputs + k];
}

std::vector<double> panelsOfSums(const double *sums, int64_t outputs, int64_t inputs) {
  std::vector<double> panels(outputs * inputs);
  int64_t part = outputs * inputs / 4, row = inputs / 2 * panelWidth;
  for (int64_t place = 0; place < part; ++place) {
    double b11 = sums[place], b21 = sums[part + place], b22 = sums[2 * part + place], t1 = sums[4 * part + place];
    double *left = &panels[place / row * 2 * row + place % row], *right = left + 2 * part;
    left[0] = b11;
    left[row] = b21;
    right[0] = t1 + b11;
    right[row] = b22;
  }
  return panels;
}

void multiplyRows(const double *rows, int64_t count, int64_t inputs, const double *panels, int64_t outputs,
                  const double *bias, double *result, unsigned threads) {
  int64_t width = (outputs + panelWidth - 1) / panelWidth;
  int64_t parts = std::clamp<int64_t>(count * inputs * outputs / worthThread, 1, std::min<int64_t>(threads, width));
  auto part = [&](int64_t number) {
    multiplyPanels(rows, count, inputs, panels, number * width / parts * panelWidth,
                   std::min((number + 1) * width / parts * panelWidth, outputs), outputs, bias, result);
  };
  std::vector<std::thread> others;
  for (int64_t number = 1; number < parts; ++number)
    others.emplace_back(part, number);
  part(0);
  for (std::thread &other : others)
    other.join();
}

} // namespace swin::ref
