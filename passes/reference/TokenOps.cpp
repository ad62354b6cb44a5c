//===- TokenOps.cpp - ops on each token alone -----------------------------===//
#include "passes/reference/Evaluate.h"
#include "passes/reference/Product.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

namespace swin::ref {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct Activation {
  llvm::StringRef op;
  double (*function)(double);
};

const Activation activations[] = {
    {GeluOp::getOperationName(), [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }},
    {GeluTanhOp::getOperationName(),
     [](double x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / llvm::numbers::pi) * (x + 0.044715 * x * x * x))); }},
    {QuickGeluOp::getOperationName(), [](double x) { return x * sigmoid(1.702 * x); }},
    {SiluOp::getOperationName(), [](double x) { return x * sigmoid(x); }},
    {ReluOp::getOperationName(), [](double x) { return x < 0 ? 0 : x; }}, // as written it keeps a NaN
    {SigmoidOp::getOperationName(), sigmoid},
};

} // namespace

Result layerNorm(const Site &site, LayerNormOp op, Operands operands) {
  Tensor result = *operands[0];
  int64_t channels = result.shape.back();
  bool affine = operands.size() == 3;
  for (const Tensor *vector : operands.drop_front())
    if (vector->shape[0] != channels)
      return site.refuse("needs a gain and an offset per channel: there are " + llvm::Twine(channels) +
                         " channels, but " + llvm::Twine(vector->shape[0]) + " numbers");
  double epsilon = op.getEpsilon().convertToDouble();
  for (size_t begin = 0; begin < result.values.size(); begin += channels) {
    double *token = &result.values[begin], sum = 0, squares = 0;
    for (int64_t c = 0; c < channels; ++c)
      sum += token[c];
    double mean = sum / static_cast<double>(channels);
    for (int64_t c = 0; c < channels; ++c)
      squares += (token[c] - mean) * (token[c] - mean);
    double deviation = std::sqrt(squares / static_cast<double>(channels) + epsilon);
    for (int64_t c = 0; c < channels; ++c) {
      token[c] = (token[c] - mean) / deviation;
      if (affine)
        token[c] = token[c] * operands[1]->values[c] + operands[2]->values[c];
    }
  }
  return result;
}

Result linear(const Site &site, LinearOp op, Operands operands) {
  const Tensor &input = *operands[0], &weight = *operands[1];
  const Tensor *bias = operands.size() == 3 ? operands[2] : nullptr;
  bool packed = weight.shape.size() == 3, summed = weight.shape.size() == 4;
  int64_t inputs = input.shape.back(), outputs = mlir::cast<mlir::RankedTensorType>(op.getType()).getShape().back();
  if (int64_t own = summed ? 2 * weight.shape[2] : weight.shape[1]; own != inputs)
    return site.refuse("needs a weight for " + llvm::Twine(inputs) + " input channels, but it is for " +
                       llvm::Twine(own));
  int64_t rows = packed ? llvm::divideCeil(outputs, panelWidth) : outputs;
  bool fits = summed ? weight.shape[0] == 7 && 2 * panelWidth * weight.shape[1] == outputs : weight.shape[0] == rows;
  if (!fits || (weight.shape.size() > 2 && weight.shape.back() != panelWidth))
    return site.refuse("needs a weight for " + llvm::Twine(outputs) + " output channels, but it is " +
                       shapeText(weight.shape));
  if (bias && bias->shape[0] != outputs)
    return site.refuse("needs a bias of " + llvm::Twine(outputs) + " numbers, but it has " +
                       llvm::Twine(bias->shape[0]));
  std::vector<int64_t> shape = input.shape;
  shape.back() = outputs;
  Result result = site.zeros(shape);
  if (!result)
    return result;
  std::vector<double> panels;
  if (summed)
    panels = panelsOfSums(weight.values.data(), outputs, inputs);
  else if (!packed)
    panels = packPanels(weight.values.data(), outputs, inputs);
  multiplyRows(input.values.data(), static_cast<int64_t>(input.values.size()) / inputs, inputs,
               packed ? weight.values.data() : panels.data(), outputs, bias ? bias->values.data() : nullptr,
               result->values.data(), site.threads);
  return result;
}

Result elementwise(const Site &site, Operands operands) {
  const Activation *found = llvm::find_if(
      activations, [&](const Activation &activation) { return site.op->getName().getStringRef() == activation.op; });
  if (found == std::end(activations))
    return site.refuse("has no value of its own");
  Tensor result = *operands[0];
  for (double &value : result.values)
    value = found->function(value);
  return result;
}

Result add(const Site &site, AddOp, Operands operands) {
  Tensor result = *operands[0];
  if (result.shape != operands[1]->shape)
    return site.refuse("needs two tensors of one shape, but they are " + shapeText(result.shape) + " and " +
                       shapeText(operands[1]->shape));
  for (size_t i = 0; i < result.values.size(); ++i)
    result.values[i] += operands[1]->values[i];
  return result;
}

Result addPosition(const Site &site, AddPositionOp op, Operands operands) {
  Tensor result = *operands[0];
  const std::vector<double> &position = operands[1]->values;
  llvm::ArrayRef<int64_t> map = op.getMap();
  if (result.shape[1] != map[0] || result.shape[2] != map[1])
    return site.refuse("needs a map of " + llvm::Twine(map[0]) + " x " + llvm::Twine(map[1]) +
                       " tokens, but this one is " + llvm::Twine(result.shape[1]) + " x " +
                       llvm::Twine(result.shape[2]));
  for (size_t i = 0; i < result.values.size(); ++i)
    result.values[i] += position[i % position.size()];
  return result;
}

} // namespace swin::ref
