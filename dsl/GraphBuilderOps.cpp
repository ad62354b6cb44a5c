//===- GraphBuilderOps.cpp - how each op is said and built ----------------===//
// One function per op on maps and tokens, and the table of all ops. Sizes of results are
// formulas of the ops' definitions (passes/dialect/*Ops.td), whose verifiers check them
// again.
//===----------------------------------------------------------------------===//
#include "dsl/GraphBuilderNodes.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace swin::dsl {
namespace {

using Kind = GraphParameter::Kind;

const std::vector<std::string> interpolations = {"nearest", "bilinear", "bicubic"};

int64_t padded(int64_t size, int64_t multiple) { return times(divided(size, multiple, true), multiple); }
int64_t plus(int64_t size, int64_t added) { return ShapedType::isDynamic(size) ? size : size + added; }

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

struct Sliding {
  Size kernel, stride, padding;
};

Sliding sliding(NodeBuilder &node) {
  Sliding how;
  how.kernel = node.size("kernel", 1, limits::kernel);
  how.stride = node.size("stride", 1, limits::kernel, Size{1, 1});
  how.padding = node.padding(how.kernel);
  return how;
}

Dims slid(const Dims &dims, const Sliding &how, int64_t channels) {
  Dims result = {dims[0], 0, 0, channels};
  for (int axis : {0, 1}) {
    int64_t size = plus(dims[1 + axis], 2 * how.padding[axis] - how.kernel[axis]);
    if (ShapedType::isDynamic(dims[1 + axis]))
      result[1 + axis] = ShapedType::kDynamic;
    else if (size >= 0)
      result[1 + axis] = size / how.stride[axis] + 1;
  }
  return result;
}

void conv2d(NodeBuilder &node) {
  Value x = node.map();
  Sliding how = sliding(node);
  int64_t channels = node.integer("channels", 1, limits::channels),
          groups = node.integer("groups", 1, limits::channels, 1);
  if (node.failed())
    return;
  Dims dims = dimsOf(x);
  if (dims[3] % groups || channels % groups)
    return node.error("groups",
                      std::to_string(groups) + " groups do not divide " + std::to_string(dims[3]) + " and " +
                          std::to_string(channels) + " channels",
                      "expected a divisor of both");
  Value weight = node.weight("weight", "weight", {channels, dims[3] / groups, how.kernel[0], how.kernel[1]});
  Value bias = node.bias(channels);
  IntegerAttr grouped = groups > 1 ? node.builder.getI64IntegerAttr(groups) : IntegerAttr();
  node.give<Conv2dOp>(Form::Map, slid(dims, how, channels), x, weight, bias, node.attribute(how.kernel),
                      node.attribute(how.stride), node.attribute(how.padding), grouped);
}

void depthwiseConv2d(NodeBuilder &node) {
  Value x = node.map();
  Sliding how = sliding(node);
  if (node.failed())
    return;
  Dims dims = dimsOf(x);
  Value weight = node.weight("weight", "weight", {dims[3], 1, how.kernel[0], how.kernel[1]});
  Value bias = node.bias(dims[3]);
  node.give<DepthwiseConv2dOp>(Form::Map, slid(dims, how, dims[3]), x, weight, bias, node.attribute(how.kernel),
                               node.attribute(how.stride), node.attribute(how.padding));
}

void patchEmbed(NodeBuilder &node) {
  Value image = node.image();
  int64_t channels = node.integer("channels", 1, limits::channels);
  Size patch = node.size("patch", 1, limits::kernel);
  bool pads = node.boolean("pad", false);
  if (node.failed())
    return;
  Dims dims = dimsOf(image);
  Value weight = node.weight("weight", "weight", {channels, dims[1], patch[0], patch[1]});
  Value bias = node.weight("bias", "bias", {channels}, Kind::Offset);
  Dims result = {dims[0], divided(dims[2], patch[0], pads), divided(dims[3], patch[1], pads), channels};
  UnitAttr pad = pads ? node.builder.getUnitAttr() : UnitAttr();
  node.give<PatchEmbedOp>(Form::Map, result, image, weight, bias, node.attribute(patch), pad);
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

void linear(NodeBuilder &node) {
  Value x = node.tokens();
  int64_t channels = node.integer("channels", 1, limits::channels * 16);
  if (node.failed())
    return;
  Dims dims = dimsOf(x);
  Value weight = node.weight("weight", "weight", {channels, dims.back()});
  Value bias = node.bias(channels);
  dims.back() = channels;
  node.give<LinearOp>(node.form(), dims, x, weight, bias);
}

void layerNorm(NodeBuilder &node) {
  Value x = node.tokens();
  bool affine = node.boolean("affine", true);
  double epsilon = node.number("epsilon", 1e-5);
  if (node.failed())
    return;
  int64_t channels = dimsOf(x).back();
  Value gamma = affine ? node.weight("weight", "weight", {channels}, Kind::Gain) : Value();
  Value beta = affine ? node.weight("bias", "bias", {channels}, Kind::Offset) : Value();
  node.give<LayerNormOp>(node.form(), dimsOf(x), x, gamma, beta, node.attribute(epsilon));
}

void batchNorm(NodeBuilder &node) {
  Value x = node.tokens();
  double epsilon = node.number("epsilon", 1e-5);
  if (node.failed())
    return;
  int64_t channels = dimsOf(x).back();
  Value gamma = node.weight("weight", "weight", {channels}, Kind::Gain);
  Value beta = node.weight("bias", "bias", {channels}, Kind::Offset);
  Value mean = node.weight("mean", "running_mean", {channels}, Kind::Offset);
  Value variance = node.weight("variance", "running_var", {channels}, Kind::Variance);
  node.give<BatchNormOp>(node.form(), dimsOf(x), x, gamma, beta, mean, variance, node.attribute(epsilon));
}

void affine(NodeBuilder &node) {
  Value x = node.tokens();
  if (node.failed())
    return;
  int64_t channels = dimsOf(x).back();
  Value scale = node.weight("scale", "scale", {channels}, Kind::Gain);
  Value offset = node.weight("offset", "offset", {channels}, Kind::Offset);
  node.give<AffineOp>(node.form(), dimsOf(x), x, scale, offset);
}

template <typename Op> void activation(NodeBuilder &node) {
  if (Value x = node.tokens(); x && !node.failed())
    node.give<Op>(node.form(), dimsOf(x), x);
}

void leakyRelu(NodeBuilder &node) {
  Value x = node.tokens();
  double slope = node.number("slope", 0.01);
  if (!node.failed())
    node.give<LeakyReluOp>(node.form(), dimsOf(x), x, node.attribute(slope));
}

void add(NodeBuilder &node) {
  Value a = node.tokens(0), b = node.tokens(1);
  if (node.failed())
    return;
  if (dimsOf(a) != dimsOf(b) || node.form(0) != node.form(1))
    return node.error("inputs", "adds " + sizesText(dimsOf(a)) + " and " + sizesText(dimsOf(b)) + node.forImages(),
                      "expected two of one shape");
  node.give<AddOp>(node.form(), dimsOf(a), a, b);
}

void addPosition(NodeBuilder &node) {
  Value x = node.map();
  Size map = node.size("map", 1, limits::multiple);
  if (node.failed())
    return;
  Dims shape = {1, map[0] * map[1], dimsOf(x)[3]};
  if (node.has("shape")) {
    std::vector<int64_t> said = node.integers("shape", 1, 6);
    if (llvm::any_of(said, [](int64_t size) { return size < 1; }))
      return node.error("shape", "found a size below 1", "expected sizes whose product is that of map and channels");
    shape = Dims(said.begin(), said.end());
  }
  if (node.failed())
    return;
  Value position = node.weight("position", "", shape);
  node.give<AddPositionOp>(Form::Map, dimsOf(x), x, position, node.attribute(map));
}

//===----------------------------------------------------------------------===//
// Maps
//===----------------------------------------------------------------------===//

void channelsLast(NodeBuilder &node) {
  Value image = node.image();
  if (node.failed())
    return;
  Dims dims = dimsOf(image);
  node.give<ChannelsLastOp>(Form::Map, {dims[0], dims[2], dims[3], dims[1]}, image);
}

void channelsFirst(NodeBuilder &node) {
  Value x = node.map();
  if (node.failed())
    return;
  Dims dims = dimsOf(x);
  node.give<ChannelsFirstOp>(Form::Image, {dims[0], dims[3], dims[1], dims[2]}, x);
}

void concat(NodeBuilder &node) {
  SmallVector<Value> maps;
  for (size_t i = 0; i < node.inputs(); ++i)
    maps.push_back(node.map(i));
  if (node.failed())
    return;
  Dims result = dimsOf(maps[0]);
  for (Value map : ArrayRef(maps).drop_front()) {
    Dims dims = dimsOf(map);
    if (ArrayRef(dims).drop_back() != ArrayRef(result).drop_back())
      return node.error("inputs", "joins " + sizesText(dimsOf(maps[0])) + " and " + sizesText(dims) + node.forImages(),
                        "expected maps of one size");
    result[3] += dims[3];
  }
  node.give<ConcatOp>(Form::Map, result, maps);
}

void pad(NodeBuilder &node) {
  Value x = node.map();
  Size multiple = node.size("to_multiple_of", 1, limits::multiple),
       before = node.size("before", 0, limits::multiple, Size{0, 0});
  if (node.failed())
    return;
  Dims dims = dimsOf(x);
  for (int axis : {0, 1})
    dims[1 + axis] = padded(plus(dims[1 + axis], before[axis]), multiple[axis]);
  DenseI64ArrayAttr front = node.has("before") ? node.attribute(before) : DenseI64ArrayAttr();
  node.give<PadOp>(Form::Map, dims, x, node.attribute(multiple), front);
}

void reflectPad(NodeBuilder &node) {
  Value x = node.map();
  Size multiple = node.size("to_multiple_of", 1, limits::multiple);
  if (node.failed())
    return;
  Dims dims = dimsOf(x);
  for (int axis : {0, 1})
    dims[1 + axis] = padded(dims[1 + axis], multiple[axis]);
  node.give<ReflectPadOp>(Form::Map, dims, x, node.attribute(multiple));
}

void crop(NodeBuilder &node) {
  Value x = node.map(), like = node.like();
  Size before = node.size("before", 0, limits::multiple, Size{0, 0}), factor = node.size("by", 1, 64, Size{1, 1});
  if (node.failed())
    return;
  Dims dims = dimsOf(like);
  dims[3] = dimsOf(x)[3];
  for (int axis : {0, 1})
    dims[1 + axis] = times(dims[1 + axis], factor[axis]);
  DenseI64ArrayAttr front = node.has("before") ? node.attribute(before) : DenseI64ArrayAttr();
  DenseI64ArrayAttr by = node.has("by") ? node.attribute(factor) : DenseI64ArrayAttr();
  node.give<CropOp>(Form::Map, dims, x, like, front, by);
}

void resize(NodeBuilder &node) {
  Value x = node.map(), like = node.like();
  size_t how = node.choice("interpolation", interpolations);
  Size factor = node.size("by", 1, 64, Size{1, 1});
  if (node.failed())
    return;
  Dims dims = dimsOf(like ? like : x);
  dims[3] = dimsOf(x)[3];
  for (int axis : {0, 1})
    dims[1 + axis] = times(dims[1 + axis], factor[axis]);
  auto interpolation = InterpolationAttr::get(node.builder.getContext(), static_cast<Interpolation>(how));
  DenseI64ArrayAttr by = node.has("by") ? node.attribute(factor) : DenseI64ArrayAttr();
  node.give<ResizeOp>(Form::Map, dims, x, like, interpolation, by);
}

void pixelShuffle(NodeBuilder &node) {
  Value x = node.map();
  int64_t factor = node.integer("by", 1, 64);
  if (node.failed())
    return;
  Dims dims = dimsOf(x);
  if (dims[3] % (factor * factor))
    return node.error("by",
                      std::to_string(dims[3]) + " channels are not " + std::to_string(factor * factor) +
                          " for each of the result",
                      "expected a number whose square divides them");
  node.give<PixelShuffleOp>(Form::Map,
                            {dims[0], times(dims[1], factor), times(dims[2], factor), dims[3] / (factor * factor)}, x,
                            node.builder.getI64IntegerAttr(factor));
}

void patchMerging(NodeBuilder &node) {
  Value x = node.map();
  if (node.failed())
    return;
  Dims dims = dimsOf(x);
  node.give<PatchMergingOp>(Form::Map, {dims[0], divided(dims[1], 2, true), divided(dims[2], 2, true), 4 * dims[3]}, x);
}

void checkSize(NodeBuilder &node) {
  Value x = node.map();
  Size min = node.size("min", 1, limits::multiple, Size{1, 1}),
       multiple = node.size("multiple", 1, limits::multiple, Size{1, 1}),
       max = node.size("max", 1, limits::multiple, Size{limits::multiple, limits::multiple});
  if (node.failed())
    return;
  Dims dims = dimsOf(x);
  for (int axis : {0, 1}) {
    int64_t size = dims[1 + axis];
    if (!ShapedType::isDynamic(size) && (size < min[axis] || size > max[axis] || size % multiple[axis]))
      return node.error(
          "", "a " + std::string(axis ? "width" : "height") + " of " + std::to_string(size) + node.forImages(),
          "expected a multiple of " + std::to_string(multiple[axis]) + " from " + std::to_string(min[axis]) + " to " +
              std::to_string(max[axis]));
  }
  DenseI64ArrayAttr most = node.has("max") ? node.attribute(max) : DenseI64ArrayAttr();
  node.give<CheckSizeOp>(Form::Map, dims, x, node.attribute(min), node.attribute(multiple), most);
}

void meanPool(NodeBuilder &node) {
  if (Value x = node.map(); x && !node.failed())
    node.give<MeanPoolOp>(Form::Rows, {dimsOf(x)[0], dimsOf(x)[3]}, x);
}

void adaptivePool(NodeBuilder &node) {
  Value x = node.map();
  Size size = node.size("to", 1, 64);
  if (!node.failed())
    node.give<AdaptivePoolOp>(Form::Map, {dimsOf(x)[0], size[0], size[1], dimsOf(x)[3]}, x, node.attribute(size));
}

using Inputs = GraphOp::Inputs;
using Like = GraphOp::Like;

} // namespace

std::vector<GraphOp> mapOps() {
  const std::vector<std::string> norms = {"weight", "bias"}, slides = {"kernel", "stride", "padding", "bias"};
  return {
      {"adaptive_pool", Inputs::One, {"to"}, {}, adaptivePool},
      {"add", Inputs::Two, {}, {}, add},
      {"add_position", Inputs::One, {"map", "shape"}, {"position"}, addPosition},
      {"affine", Inputs::One, {}, {"scale", "offset"}, affine},
      {"batch_norm", Inputs::One, {"epsilon"}, {"weight", "bias", "mean", "variance"}, batchNorm},
      {"channels_first", Inputs::One, {}, {}, channelsFirst},
      {"channels_last", Inputs::One, {}, {}, channelsLast},
      {"check_size", Inputs::One, {"min", "multiple", "max"}, {}, checkSize},
      {"concat", Inputs::Several, {}, {}, concat},
      {"conv2d",
       Inputs::One,
       {"channels", "kernel", "stride", "padding", "groups", "bias"},
       {"weight", "bias"},
       conv2d},
      {"crop", Inputs::One, {"before", "by"}, {}, crop, Like::Needed},
      {"depthwise_conv2d", Inputs::One, slides, {"weight", "bias"}, depthwiseConv2d},
      {"gelu", Inputs::One, {}, {}, activation<GeluOp>},
      {"gelu_tanh", Inputs::One, {}, {}, activation<GeluTanhOp>},
      {"layer_norm", Inputs::One, {"epsilon", "affine"}, norms, layerNorm},
      {"leaky_relu", Inputs::One, {"slope"}, {}, leakyRelu},
      {"linear", Inputs::One, {"channels", "bias"}, {"weight", "bias"}, linear},
      {"mean_pool", Inputs::One, {}, {}, meanPool},
      {"pad", Inputs::One, {"to_multiple_of", "before"}, {}, pad},
      {"patch_embed", Inputs::One, {"channels", "patch", "pad"}, {"weight", "bias"}, patchEmbed},
      {"patch_merging", Inputs::One, {}, {}, patchMerging},
      {"pixel_shuffle", Inputs::One, {"by"}, {}, pixelShuffle},
      {"quick_gelu", Inputs::One, {}, {}, activation<QuickGeluOp>},
      {"reflect_pad", Inputs::One, {"to_multiple_of"}, {}, reflectPad},
      {"relu", Inputs::One, {}, {}, activation<ReluOp>},
      {"resize", Inputs::One, {"interpolation", "by"}, {}, resize, Like::Optional},
      {"sigmoid", Inputs::One, {}, {}, activation<SigmoidOp>},
      {"silu", Inputs::One, {}, {}, activation<SiluOp>},
  };
}

std::span<const GraphOp> graphOps() {
  static const std::vector<GraphOp> ops = [] {
    std::vector<GraphOp> all = mapOps();
    for (const std::vector<GraphOp> &more : {windowOps(), constantOps()})
      all.insert(all.end(), more.begin(), more.end());
    llvm::sort(all, [](const GraphOp &a, const GraphOp &b) { return a.name < b.name; });
    return all;
  }();
  return ops;
}

const GraphOp *graphOpNamed(const std::string &name) {
  auto op = llvm::find_if(graphOps(), [&](const GraphOp &each) { return each.name == name; });
  return op == graphOps().end() ? nullptr : &*op;
}

} // namespace swin::dsl
