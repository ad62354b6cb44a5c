//===- Models.h - models that several tests use ---------------------------===//
#ifndef SWIN_TESTS_DSL_MODELS_H
#define SWIN_TESTS_DSL_MODELS_H

#include "dsl/Spec.h"

#include <vector>

namespace swin::test {

inline constexpr dsl::Semantics allSemantics[] = {dsl::Semantics::Timm, dsl::Semantics::Torchvision,
                                                  dsl::Semantics::Hf,   dsl::Semantics::HfBackbone,
                                                  dsl::Semantics::Mm,   dsl::Semantics::Microsoft};

inline constexpr dsl::Family allFamilies[] = {dsl::Family::Swin, dsl::Family::SwinV2, dsl::Family::SwinV2Cr,
                                              dsl::Family::SwinMlp};

inline dsl::Spec model(int64_t embedding, const std::vector<int64_t> &depths, const std::vector<int64_t> &heads,
                       dsl::Size window, dsl::Size image) {
  dsl::Spec spec;
  spec.embedding = embedding;
  spec.imageSize = image;
  for (size_t stage = 0; stage < depths.size(); ++stage)
    spec.stages.push_back({depths[stage], heads[stage], window});
  return spec;
}

/// Swin-T's stages at any size of image.
inline dsl::Spec tiny(dsl::Size image) { return model(96, {2, 2, 6, 2}, {3, 6, 12, 24}, {7, 7}, image); }

/// The model of the golden vectors (docs/Numbers.md).
inline dsl::Spec golden(dsl::Size image) {
  dsl::Spec spec = model(8, {2, 2}, {2, 4}, {4, 4}, image);
  spec.numClasses = 3;
  return spec;
}

/// The restoration models of the golden vectors.
inline dsl::Spec restoration(dsl::Family family, int64_t upscale, dsl::Restoration::Upsampler upsampler) {
  dsl::Spec spec = model(8, {2, 2}, {2, 2}, {4, 4}, {16, 16});
  spec.family = family;
  spec.patch = {1, 1};
  spec.mlpRatio = 2;
  spec.numClasses = 0;
  spec.restoration.emplace();
  spec.restoration->upscale = upscale;
  spec.restoration->upsampler = upsampler;
  return spec;
}

} // namespace swin::test

#endif // SWIN_TESTS_DSL_MODELS_H
