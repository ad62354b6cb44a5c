//===- GraphBuilderSegmentation.cpp - a class for every pixel -------------===//
// UPerNet: the coarsest map sees the whole picture through means of few parts, every finer
// map gets what the coarser ones know, and all of them together decide at the finest one's
// size. Layers are called as by Hugging Face.
//===----------------------------------------------------------------------===//
#include "dsl/GraphBuilderLayers.h"

using namespace mlir;

namespace swin::dsl {
namespace {

constexpr double batchNormEpsilon = 1e-5;

class Head {
public:
  Head(Layers &layers, const Segmentation &form) : layers(layers), builder(layers.builder), form(form) {}

  Value add(ArrayRef<Value> maps, Value image) {
    size_t last = maps.size() - 1;
    SmallVector<Value> laterals;
    for (size_t map = 0; map < last; ++map)
      laterals.push_back(block(numbered("lateral_convs", map), maps[map], 1));
    laterals.push_back(pyramid(maps[last]));
    // From coarse to fine: each map is complete before the next one reads it.
    for (size_t map = last; map > 0; --map) {
      std::string layer = numbered("lateral_convs", map - 1);
      Value &finer = laterals[map - 1];
      Value coarser = sizedLike(layer, laterals[map], finer);
      finer = AddOp::create(builder, layers.at(layer), finer.getType(), finer, coarser);
    }
    SmallVector<Value> together;
    for (size_t map = 0; map < last; ++map)
      together.push_back(block(numbered("fpn_convs", map), laterals[map], 3));
    together.push_back(laterals[last]);
    for (size_t map = 1; map <= last; ++map)
      together[map] = sizedLike(named("fpn_bottleneck"), together[map], together[0]);
    Value x = block(named("fpn_bottleneck"), concat(named("fpn_bottleneck"), together), 3);
    x = layers.conv(named("classifier"), x, layers.spec.numClasses, 1);
    // The size of the image as it was given, not of what padding to whole patches made of it.
    x = sizedLike(named("classifier"), x, layers.channelsLast(named("classifier"), image));
    return layers.channelsFirst(named("classifier"), x);
  }

private:
  static std::string named(const std::string &layer) { return "decode_head." + layer; }
  static std::string numbered(const std::string &layer, size_t number) {
    return named(layer) + "." + std::to_string(number);
  }

  /// Convolution, norm, relu.
  Value block(const std::string &layer, Value x, int64_t kernel) {
    x = layers.conv(layer + ".conv", x, form.hidden, kernel, /*bias=*/false);
    x = layers.batchNorm(layer + ".batch_norm", x, batchNormEpsilon);
    return ReluOp::create(builder, layers.at(layer), x.getType(), x);
  }

  /// The coarsest map beside means of its parts, each as large as the map again.
  Value pyramid(Value map) {
    SmallVector<Value> together = {map};
    for (size_t level = 0; level < form.poolScales.size(); ++level) {
      std::string layer = numbered("psp_modules", level);
      int64_t scale = form.poolScales[level];
      Dims dims = dimsOf(map);
      Value pooled =
          AdaptivePoolOp::create(builder, layers.at(layer + ".0"), layers.tensor({dims[0], scale, scale, dims[3]}), map,
                                 layers.numbers({scale, scale}));
      together.push_back(sizedLike(layer, block(layer + ".1", pooled, 1), map));
    }
    return block(named("bottleneck"), concat(named("bottleneck"), together), 3);
  }

  Value sizedLike(const std::string &layer, Value x, Value like) {
    return layers.resize(layer, x, Interpolation::Bilinear, like, 1);
  }

  Value concat(const std::string &layer, ArrayRef<Value> maps) {
    Dims dims = dimsOf(maps[0]);
    for (Value map : maps.drop_front())
      dims[3] += dimsOf(map)[3];
    return ConcatOp::create(builder, layers.at(layer), layers.tensor(dims), maps);
  }

  Layers &layers;
  OpBuilder &builder;
  const Segmentation &form;
};

} // namespace

Value addSegmentation(Layers &layers, ArrayRef<Value> maps, Value image) {
  return Head(layers, *layers.spec.segmentation).add(maps, image);
}

} // namespace swin::dsl
