//===- Product.cpp - rows times a weight, in double -----------------------===//
#include "passes/reference/Product.h"

#include <algorithm>

namespace swin::ref {

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
                  const double *bias, double *result) {
  for (int64_t begin = 0; begin < outputs; begin += panelWidth) {
    const double *panel = panels + begin * inputs;
    int64_t width = std::min(panelWidth, outputs - begin);
    for (int64_t r = 0; r < count; ++r) {
      double sums[panelWidth] = {};
      for (int64_t k = 0; k < inputs; ++k)
        for (int64_t i = 0; i < panelWidth; ++i)
          sums[i] += rows[r * inputs + k] * panel[k * panelWidth + i];
      for (int64_t i = 0; i < width; ++i)
        result[r * outputs + begin + i] = sums[i] + (bias ? bias[begin + i] : 0.0);
    }
  }
}

} // namespace swin::ref
