//===- ConstantOps.cpp - ops on constants ---------------------------------===//
#include "passes/reference/Evaluate.h"
#include "passes/reference/Product.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>

namespace swin::ref {

Result scaleRows(const Site &site, ScaleRowsOp op, Operands operands) {
  Tensor result = *operands[0];
  int64_t begin = op.getRows()[0], end = op.getRows()[1], rows = result.shape[0];
  if (begin < 0 || end > rows)
    return site.refuse("needs rows in [0, " + llvm::Twine(rows) + "]");
  double factor = op.getFactor().convertToDouble();
  int64_t width = static_cast<int64_t>(result.values.size()) / rows;
  for (int64_t i = begin * width; i < end * width; ++i)
    result.values[i] *= factor;
  return result;
}

Result scaleColumns(const Site &site, ScaleColumnsOp, Operands operands) {
  Tensor result = *operands[0];
  const Tensor &scale = *operands[1];
  int64_t columns = result.shape[1];
  if (scale.shape[0] != columns)
    return site.refuse("needs a number per column: there are " + llvm::Twine(columns) + " columns and " +
                       llvm::Twine(scale.shape[0]) + " numbers");
  for (size_t i = 0; i < result.values.size(); ++i)
    result.values[i] *= scale.values[i % columns];
  return result;
}

Result pack(const Site &site, PackOp, Operands operands) {
  const Tensor &input = *operands[0];
  int64_t outputs = input.shape[0], inputs = static_cast<int64_t>(input.values.size()) / outputs;
  std::vector<int64_t> shape = {(outputs + panelWidth - 1) / panelWidth, inputs, panelWidth};
  Result result = site.zeros(shape);
  if (result)
    packPanels(input.values.data(), outputs, inputs, result->values.data());
  return result;
}

Result packSums(const Site &site, PackSumsOp, Operands operands) {
  const Tensor &weight = *operands[0];
  int64_t outputs = weight.shape[0] / 2, inputs = weight.shape[1] / 2;
  Result result = site.zeros({7, outputs / panelWidth, inputs, panelWidth});
  if (!result)
    return result;
  int64_t part = outputs * inputs;
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < inputs; ++k) {
      auto quarter = [&](int64_t i, int64_t j) {
        return weight.values[(n + j * outputs) * weight.shape[1] + k + i * inputs];
      };
      double b11 = quarter(0, 0), b12 = quarter(0, 1), b21 = quarter(1, 0), b22 = quarter(1, 1);
      double t1 = b12 - b11, t2 = b22 - t1;
      double *sum = &result->values[(n / panelWidth * inputs + k) * panelWidth + n % panelWidth];
      for (double value : {b11, b21, b22, b21 - t2, t1, t2, b22 - b12}) {
        *sum = value;
        sum += part;
      }
    }
  return result;
}

Result expandBias(const Site &site, ExpandBiasOp op, Operands operands) {
  const Tensor &table = *operands[0];
  int64_t wh = op.getWindow()[0], ww = op.getWindow()[1], heads = table.shape[1];
  auto resultShape = mlir::cast<mlir::RankedTensorType>(op.getType()).getShape();
  // The result's tokens bound the window before anything is multiplied.
  int64_t tokens = resultShape[1], lanes = resultShape[2];
  if (tokens < 1 || tokens % wh || tokens / wh != ww || lanes != int64_t(llvm::alignTo(tokens, panelWidth)))
    return site.refuse("needs a result for the tokens of a window " + llvm::Twine(wh) + " x " + llvm::Twine(ww) +
                       ", but its type is for " + shapeText(resultShape));
  if (int64_t rows = (2 * wh - 1) * (2 * ww - 1); table.shape[0] != rows)
    return site.refuse("needs a table of " + llvm::Twine(rows) + " rows, but it has " + llvm::Twine(table.shape[0]));
  Result result = site.zeros({heads, tokens, lanes});
  if (!result)
    return result;
  for (int64_t h = 0; h < heads; ++h)
    for (int64_t b = 0; b < tokens; ++b)
      for (int64_t a = 0; a < tokens; ++a) {
        int64_t index = (a / ww - b / ww + wh - 1) * (2 * ww - 1) + a % ww - b % ww + ww - 1;
        result->values[(h * tokens + b) * lanes + a] = table.values[index * heads + h];
      }
  return result;
}

Result logCoords(const Site &site, LogCoordsOp op, Operands) {
  int64_t rows = 2 * op.getWindow()[0] - 1, columns = 2 * op.getWindow()[1] - 1;
  double gain = op.getGain().convertToDouble();
  Result result = site.zeros({rows * columns, 2});
  if (!result)
    return result;
  // The axis' position p of 0 .. 2 size - 2 is the distance p - (size - 1).
  auto spaced = [&](int axis, int64_t p) {
    auto distance = static_cast<double>(p - (op.getWindow()[axis] - 1));
    return gain * std::copysign(std::log1p(op.getStep()[axis] * std::abs(distance)), distance);
  };
  for (int64_t i = 0; i < rows * columns; ++i) {
    result->values[2 * i] = spaced(0, i / columns);
    result->values[2 * i + 1] = spaced(1, i % columns);
  }
  return result;
}

Result logitScale(const Site &, LogitScaleOp op, Operands operands) {
  Tensor result = {{static_cast<int64_t>(operands[0]->values.size())}, operands[0]->values};
  double max = op.getMax().convertToDouble();
  for (double &value : result.values)
    value = std::exp(std::min(value, max));
  return result;
}

Result qkvBias(const Site &site, QkvBiasOp, Operands operands) {
  const std::vector<double> &query = operands[0]->values, &value = operands[1]->values;
  Result result = site.zeros({3 * operands[0]->shape[0]});
  if (!result)
    return result;
  llvm::copy(query, result->values.begin());
  llvm::copy(value, result->values.begin() + static_cast<std::ptrdiff_t>(2 * query.size()));
  return result;
}

} // namespace swin::ref
