//===- GraphBuilderRestoration.cpp - networks that make pictures ----------===//
// SwinIR and Swin2SR: groups of blocks at one resolution, each with a convolution and a
// residual connection around it, then an upsampler. Layers are called as in the original
// repositories.
//===----------------------------------------------------------------------===//
#include "dsl/GraphBuilderLayers.h"

using namespace mlir;

namespace swin::dsl {
namespace {

using Upsampler = Restoration::Upsampler;

/// Of leaky relus: in front of an upsampler PyTorch's own default, in all other places another one.
constexpr double slopeBefore = 0.01, slopeInside = 0.2;
constexpr double plainEpsilon = 1e-5; ///< of the norm of the embedding
constexpr int64_t wide = 64;          ///< channels of upsamplers
/// Of the RGB pictures that the models were trained with.
constexpr double meanRgb[] = {0.4488, 0.4371, 0.4040};

class Restorer {
public:
  Restorer(Layers &layers, ArrayRef<std::string> names)
      : layers(layers), builder(layers.builder), spec(layers.spec), form(*spec.restoration),
        isHf(layers.semantics == Semantics::Hf), names(names) {}

  std::map<std::string, Value> build(Value picture) {
    image = layers.channelsLast(first, picture);
    padded = pad(image);
    network = normalised(padded);
    Value f = layers.conv(first, network, spec.embedding, 3);
    // transformers has one convolution there whatever is around the groups.
    bool three = form.threeConvolutions && !isHf;
    f = plus("conv_after_body", residual("conv_after_body", features(f, "layers"), three), f);
    upsample(f);
    return std::move(results);
  }

private:
  bool wants(StringRef name) const { return llvm::is_contained(names, name); }
  bool hasMean() const { return spec.imageChannels == 3 && form.outputChannels == 3; }

  //===------------------------------------------------------------------===//
  // Pictures
  //===------------------------------------------------------------------===//

  /// To whole windows, as configured.
  Value pad(Value map) {
    Size window = spec.stages.front().window;
    Dims dims = dimsOf(map);
    for (int axis : {0, 1})
      dims[1 + axis] = times(divided(dims[1 + axis], window[axis], true), window[axis]);
    return ReflectPadOp::create(builder, layers.at(first), layers.tensor(dims), map, layers.numbers(window));
  }

  /// x * scale + offset, with an offset per channel.
  Value affine(const std::string &layer, Value x, double scale, ArrayRef<double> offsets) {
    SmallVector<double> scales(dimsOf(x).back(), scale), added(offsets);
    added.resize(scales.size(), 0);
    auto literal = [&](ArrayRef<double> values) {
      return LiteralOp::create(builder, layers.at(layer), layers.tensor(static_cast<int64_t>(values.size())),
                               builder.getDenseF64ArrayAttr(values));
    };
    Value by = literal(scales), plus = literal(added);
    return AffineOp::create(builder, layers.at(layer), x.getType(), x, by, plus);
  }

  /// (x - mean) * range.
  Value normalised(Value x) {
    SmallVector<double> offsets;
    if (hasMean())
      for (double mean : meanRgb)
        offsets.push_back(-mean * form.range);
    return offsets.empty() && form.range == 1 ? x : affine(first, x, form.range, offsets);
  }

  /// The way back: x / range + mean.
  Value pictureValues(const std::string &layer, Value x) {
    SmallVector<double> offsets;
    if (hasMean())
      offsets.assign(std::begin(meanRgb), std::end(meanRgb));
    return offsets.empty() && form.range == 1 ? x : affine(layer, x, 1 / form.range, offsets);
  }

  /// What belongs to the image, without what padding added.
  Value cropped(const std::string &layer, Value x) {
    Dims dims = dimsOf(image);
    Dims kept = {dims[0], times(dims[1], form.upscale), times(dims[2], form.upscale), dimsOf(x).back()};
    DenseI64ArrayAttr factor;
    if (form.upscale > 1)
      factor = layers.numbers({form.upscale, form.upscale});
    return CropOp::create(builder, layers.at(layer), layers.tensor(kept), x, image, /*before=*/DenseI64ArrayAttr(),
                          factor);
  }

  /// An output of the image's size times upscale.
  void addPicture(const std::string &name, const std::string &layer, Value x) {
    if (wants(name))
      results[name] = layers.channelsFirst(layer, cropped(layer, pictureValues(layer, x)));
  }

  //===------------------------------------------------------------------===//
  // Groups of blocks
  //===------------------------------------------------------------------===//

  Value plus(const std::string &layer, Value x, Value other) {
    return AddOp::create(builder, layers.at(layer), x.getType(), x, other);
  }

  Value residual(const std::string &layer, Value x, bool three) {
    int64_t channels = dimsOf(x).back(), few = channels / 4;
    if (!three)
      return layers.conv(layer, x, channels, 3);
    x = layers.leakyRelu(layer + ".0", layers.conv(layer + ".0", x, few, 3), slopeInside);
    x = layers.leakyRelu(layer + ".2", layers.conv(layer + ".2", x, few, 1), slopeInside);
    return layers.conv(layer + ".4", x, channels, 3);
  }

  /// `root` is "layers", or another set of the same groups.
  Value features(Value x, const std::string &root) {
    if (layers.form.projects)
      x = layers.conv("patch_embed.proj", x, spec.embedding, 1);
    if (spec.patchNorm)
      x = layers.norm("patch_embed.norm", x, plainEpsilon);
    for (size_t stage = 0; stage < spec.stages.size(); ++stage)
      x = group(root + "." + std::to_string(stage), stage, x);
    return layers.norm("norm", x, spec.layerNormEpsilon);
  }

  Value group(const std::string &layer, size_t stage, Value x) {
    Value y = x;
    Size window = blockGeometry(spec, layers.semantics, stage, 0).window;
    if (layers.rules.needsWindows && window != spec.stages[stage].window)
      y = layers.checkSize(layer, y, {1, 1}, window); // clipped: whole windows of the usual size need not do
    for (int64_t block = 0; block < spec.stages[stage].depth; ++block)
      y = addBlock(layers, layer + ".residual_group.blocks." + std::to_string(block), stage, block, y);
    y = residual(layer + ".conv", y, form.threeConvolutions);
    if (layers.form.projects)
      y = layers.conv(layer + ".patch_embed.proj", y, spec.embedding, 1);
    return plus(layer, y, x);
  }

  //===------------------------------------------------------------------===//
  // Upsamplers
  //===------------------------------------------------------------------===//

  /// A convolution and the leaky relu behind it, which original names count as .0 and .1.
  Value convBefore(const std::string &layer, Value x, int64_t outputs) {
    return layers.leakyRelu(layer + ".0", layers.conv(layer + ".0", x, outputs, 3), slopeBefore);
  }

  /// Powers of two by doubling.
  Value shuffled(const std::string &layer, Value x) {
    int64_t factor = form.upscale == 3 ? 3 : 2, number = 0;
    for (int64_t scale = 1; scale < form.upscale; scale *= factor, number += 2) {
      std::string place = layer + "." + std::to_string(number);
      x = layers.pixelShuffle(place, layers.conv(place, x, factor * factor * wide, 3), factor);
    }
    return x;
  }

  Value last(const std::string &layer, Value x) { return layers.conv(layer, x, form.outputChannels, 3); }

  void upsample(Value f) {
    switch (form.upsampler) {
    case Upsampler::None:
      // transformers adds the picture as it was given.
      return addPicture("image", "conv_last", plus("conv_last", last("conv_last", f), isHf ? padded : network));
    case Upsampler::PixelShuffle:
      return addPicture("image", "conv_last",
                        last("conv_last", shuffled("upsample", convBefore("conv_before_upsample", f, wide))));
    case Upsampler::PixelShuffleDirect:
      f = layers.conv("upsample.0", f, form.upscale * form.upscale * form.outputChannels, 3);
      return addPicture("image", "upsample.0", layers.pixelShuffle("upsample.0", f, form.upscale));
    case Upsampler::NearestConv:
      return nearest(f);
    case Upsampler::PixelShuffleAux:
      return withBicubic(f);
    case Upsampler::PixelShuffleHf:
      return inTwoPasses(f);
    }
    llvm_unreachable("upsampler");
  }

  void nearest(Value f) {
    Value x = convBefore("conv_before_upsample", f, wide);
    auto doubled = [&](const std::string &layer) {
      x = layers.resize(layer, x, Interpolation::Nearest, /*like=*/Value(), 2);
      x = layers.leakyRelu(layer, layers.conv(layer, x, wide, 3), slopeInside);
    };
    doubled("conv_up1");
    if (form.upscale == 4)
      doubled("conv_up2");
    x = layers.leakyRelu("conv_hr", layers.conv("conv_hr", x, wide, 3), slopeInside);
    addPicture("image", "conv_last", last("conv_last", x));
  }

  /// A first picture of the input's size, and what its upsampled features add to the interpolated input.
  void withBicubic(Value f) {
    Value small = last("conv_aux", convBefore("conv_before_upsample", f, wide));
    if (wants("aux")) // as large as what was padded
      results["aux"] = layers.channelsFirst("conv_aux", pictureValues("conv_aux", small));
    if (!wants("image"))
      return;
    Value interpolated =
        layers.resize("conv_bicubic", isHf ? image : network, Interpolation::Bicubic, image, form.upscale);
    interpolated = layers.conv("conv_bicubic", interpolated, wide, 3);
    Value x = shuffled("upsample", convBefore("conv_after_aux", small, wide));
    // The last convolution finds zeros where the image ends, not where padding does.
    x = plus("conv_last", cropped("conv_last", x), interpolated);
    x = pictureValues("conv_last", last("conv_last", x));
    results["image"] = layers.channelsFirst("conv_last", x);
  }

  /// A first picture, and what a second set of groups adds to it.
  void inTwoPasses(Value f) {
    Value before = convBefore("conv_before_upsample", f, wide);
    Value whole = wants("image") || wants("image_first") ? last("conv_last", shuffled("upsample", before)) : Value();
    if (wants("image_first"))
      addPicture("image_first", "conv_last", whole);
    if (!wants("image") && !wants("image_residual"))
      return;
    Value h = convBefore("conv_first_hf", before, spec.embedding);
    h = plus("conv_after_body_hf", residual("conv_after_body_hf", features(h, "layers_hf"), /*three=*/false), h);
    h = shuffled("upsample_hf", convBefore("conv_before_upsample_hf", h, wide));
    h = last("conv_last_hf", h);
    addPicture("image_residual", "conv_last_hf", h);
    if (wants("image"))
      addPicture("image", "conv_last_hf", plus("conv_last_hf", whole, h));
  }

  const std::string first = "conv_first";
  Layers &layers;
  OpBuilder &builder;
  const Spec &spec;
  const Restoration &form;
  const bool isHf;
  const ArrayRef<std::string> names;
  Value image, padded, network; ///< the image as a map; whole windows of it; the values that the network works with
  std::map<std::string, Value> results;
};

} // namespace

std::map<std::string, Value> addRestoration(Layers &layers, Value image, ArrayRef<std::string> names) {
  return Restorer(layers, names).build(image);
}

} // namespace swin::dsl
