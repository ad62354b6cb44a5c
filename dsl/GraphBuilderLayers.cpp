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

Value Layers::conv(const std::string &layer, Value x, int64_t outputs, int64_t kernel, bool bias) {
  Dims dims = dimsOf(x);
  Value weight = param(layer + ".weight", {outputs, dims.back(), kernel, kernel});
  Value added = bias ? param(layer + ".bias", outputs) : Value();
  dims.back() = outputs;
  int64_t around = kernel / 2;
  return Conv2dOp::create(builder, at(layer), tensor(dims), x, weight, added, numbers({kernel, kernel}),
                          numbers({1, 1}), numbers({around, around}), /*groups=*/IntegerAttr());
}

Value Layers::batchNorm(const std::string &layer, Value x, double epsilon) {
  int64_t channels = dimsOf(x).back();
  Value gamma = param(layer + ".weight", channels), beta = param(layer + ".bias", channels);
  Value mean = param(layer + ".running_mean", channels), variance = param(layer + ".running_var", channels);
  return BatchNormOp::create(builder, at(layer), x.getType(), x, gamma, beta, mean, variance, number(epsilon));
}

Value Layers::leakyRelu(const std::string &layer, Value x, double slope) {
  return LeakyReluOp::create(builder, at(layer), x.getType(), x, number(slope));
}

Value Layers::channelsLast(const std::string &layer, Value image) {
  Dims dims = dimsOf(image);
  return ChannelsLastOp::create(builder, at(layer), tensor({dims[0], dims[2], dims[3], dims[1]}), image);
}

Value Layers::channelsFirst(const std::string &layer, Value x) {
  Dims dims = dimsOf(x);
  return ChannelsFirstOp::create(builder, at(layer), tensor({dims[0], dims[3], dims[1], dims[2]}), x);
}

Value Layers::pixelShuffle(const std::string &layer, Value x, int64_t factor) {
  Dims dims = dimsOf(x);
  Dims shuffled = {dims[0], times(dims[1], factor), times(dims[2], factor), dims[3] / (factor * factor)};
  return PixelShuffleOp::create(builder, at(layer), tensor(shuffled), x, builder.getI64IntegerAttr(factor));
}

Value Layers::resize(const std::string &layer, Value x, Interpolation how, Value like, int64_t factor) {
  Dims dims = dimsOf(x), sizes = dimsOf(like ? like : x);
  for (int axis : {1, 2})
    dims[axis] = times(sizes[axis], factor);
  return ResizeOp::create(builder, at(layer), tensor(dims), x, like, InterpolationAttr::get(builder.getContext(), how),
                          factor == 1 ? DenseI64ArrayAttr() : numbers({factor, factor}));
}

} // namespace swin::dsl
