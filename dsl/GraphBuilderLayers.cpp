//===- GraphBuilderLayers.cpp - what all parts of a graph are made of -----===//
#include "dsl/GraphBuilderLayers.h"

using namespace mlir;

namespace swin::dsl {

Dims dimsOf(Value value) { return Dims(cast<RankedTensorType>(value.getType()).getShape()); }

int64_t divided(int64_t size, int64_t divisor, bool up) {
  if (ShapedType::isDynamic(size))
    return size;
  return (size + (up ? divisor - 1 : 0)) / divisor;
}

int64_t times(int64_t size, int64_t factor) { return ShapedType::isDynamic(size) ? size : size * factor; }

Value Layers::param(const std::string &name, ArrayRef<int64_t> shape) {
  return ParamOp::create(builder, at(StringRef(name).rsplit('.').first), tensor(shape), name);
}

Value Layers::norm(const std::string &layer, Value x, double epsilon) {
  int64_t channels = dimsOf(x).back();
  Value gamma = param(layer + ".weight", channels), beta = param(layer + ".bias", channels);
  return LayerNormOp::create(builder, at(layer), x.getType(), x, gamma, beta, number(epsilon));
}

Value Layers::linear(const std::string &layer, Value x, int64_t outputs, bool bias) {
  Value weight = param(layer + ".weight", {outputs, dimsOf(x).back()});
  return linear(layer, x, weight, bias ? param(layer + ".bias", outputs) : Value());
}

Value Layers::linear(const std::string &layer, Value x, Value weight, Value bias) {
  Dims dims = dimsOf(x);
  dims.back() = dimsOf(weight).front();
  return LinearOp::create(builder, at(layer), tensor(dims), x, weight, bias);
}

Value Layers::checkSize(const std::string &layer, Value x, Size min, Size multiple) {
  return CheckSizeOp::create(builder, at(layer), x.getType(), x, numbers(min), numbers(multiple),
                             /*max=*/DenseI64ArrayAttr());
}

} // namespace swin::dsl
