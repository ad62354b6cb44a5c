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
