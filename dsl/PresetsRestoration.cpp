//===- PresetsRestoration.cpp - published models that make pictures -------===//
// SwinIR's and Swin2SR's, called after the tasks of the original test scripts.
//===----------------------------------------------------------------------===//
#include "dsl/Readers.h"

namespace swin::dsl {
namespace {

using Upsampler = Restoration::Upsampler;

/// Groups of six blocks of six heads.
Spec specOf(Family family, int64_t embedding, size_t groups, int64_t upscale, Upsampler upsampler) {
  Spec spec;
  spec.family = family;
  spec.imageSize = {64, 64};
  spec.patch = {1, 1};
  spec.embedding = embedding;
  spec.stages.assign(groups, {6, 6, {8, 8}, {0, 0}});
  spec.mlpRatio = 2;
  spec.numClasses = 0;
  spec.restoration.emplace();
  spec.restoration->upscale = upscale;
  spec.restoration->upsampler = upsampler;
  return spec;
}

Spec gray(Spec spec) {
  spec.imageChannels = spec.restoration->outputChannels = 1;
  return spec;
}

Spec denoiser() {
  Spec spec = specOf(Family::Swin, 180, 6, 1, Upsampler::None);
  spec.imageSize = {128, 128};
  return spec;
}

/// What JPEG does to blocks of 8 is looked at through windows of 7.
Spec deblocker(Family family) {
  Spec spec = specOf(family, 180, 6, 1, Upsampler::None);
  spec.imageSize = {126, 126};
  for (Stage &stage : spec.stages)
    stage.window = {7, 7};
  spec.restoration->range = 255;
  return spec;
}

/// The large model for pictures as they come.
Spec largeReal() {
  Spec spec = specOf(Family::Swin, 240, 9, 4, Upsampler::NearestConv);
  for (Stage &stage : spec.stages)
    stage.heads = 8;
  spec.restoration->threeConvolutions = true;
  return spec;
}

} // namespace

std::vector<Architecture> restorationPresets() {
  std::vector<Architecture> made;
  auto add = [&](const std::string &name, Spec spec) {
    spec.architecture = name;
    spec.preprocessing = plainPictures(spec.imageChannels);
    made.push_back({name, std::move(spec)});
  };
  auto scaled = [](const std::string &name, int64_t upscale) { return name + "_x" + std::to_string(upscale); };
  for (int64_t upscale : {2, 3, 4, 8})
    add(scaled("swinir_classical", upscale), specOf(Family::Swin, 180, 6, upscale, Upsampler::PixelShuffle));
  for (int64_t upscale : {2, 3, 4})
    add(scaled("swinir_lightweight", upscale), specOf(Family::Swin, 60, 4, upscale, Upsampler::PixelShuffleDirect));
  for (int64_t upscale : {2, 4})
    add(scaled("swinir_real", upscale), specOf(Family::Swin, 180, 6, upscale, Upsampler::NearestConv));
  add("swinir_real_large_x4", largeReal());
  add("swinir_color_dn", denoiser());
  add("swinir_gray_dn", gray(denoiser()));
  add("swinir_color_jpeg_car", deblocker(Family::Swin));
  add("swinir_jpeg_car", gray(deblocker(Family::Swin)));
  for (int64_t upscale : {2, 4})
    add(scaled("swin2sr_classical", upscale), specOf(Family::SwinV2, 180, 6, upscale, Upsampler::PixelShuffle));
  add("swin2sr_lightweight_x2", specOf(Family::SwinV2, 60, 4, 2, Upsampler::PixelShuffleDirect));
  add("swin2sr_real_x4", specOf(Family::SwinV2, 180, 6, 4, Upsampler::NearestConv));
  Spec compressed = specOf(Family::SwinV2, 180, 6, 4, Upsampler::PixelShuffleAux);
  compressed.imageSize = {48, 48};
  add("swin2sr_compressed_x4", compressed);
  add("swin2sr_color_jpeg_car", deblocker(Family::SwinV2));
  add("swin2sr_jpeg_car", gray(deblocker(Family::SwinV2)));
  return made;
}

Preprocessing plainPictures(int64_t channels) {
  Preprocessing how;
  how.mean.assign(channels, 0);
  how.std.assign(channels, 1);
  return how;
}

} // namespace swin::dsl
