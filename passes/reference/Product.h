//===- Product.h - rows times a weight, in double -------------------------===//
// Linear maps, patch embeddings and convolutions share it. Plain C++, so that it is optimised
// alone.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_REFERENCE_PRODUCT_H
#define SWIN_PASSES_REFERENCE_PRODUCT_H

#include <cstdint>
#include <vector>

namespace swin::ref {

/// Outputs of a linear map that are computed together; the panel of `swin.pack`.
constexpr int64_t panelWidth = 16;

/// (outputs, inputs), row-major, to (ceil(outputs / 16), inputs, 16); zeros behind the last output.
std::vector<double> packPanels(const double *weight, int64_t outputs, int64_t inputs);
/// The same into `panels`, which are zero.
void packPanels(const double *weight, int64_t outputs, int64_t inputs, double *panels);

/// The panels of a weight from what `swin.pack_sums` made of it, (7, outputs / 32, inputs / 2, 16).
std::vector<double> panelsOfSums(const double *sums, int64_t outputs, int64_t inputs);

/// `result[r, n] = sum_k rows[r, k] weight[n, k] + bias[n]` with the weight in panels; `bias` may be null. `rows` is
/// (count, inputs), `result` (count, outputs). The order of a sum depends on nothing but k, whatever `threads`.
void multiplyRows(const double *rows, int64_t count, int64_t inputs, const double *panels, int64_t outputs,
                  const double *bias, double *result, unsigned threads);

} // namespace swin::ref

#endif // SWIN_PASSES_REFERENCE_PRODUCT_H
