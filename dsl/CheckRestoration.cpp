//===- CheckRestoration.cpp - what is inconsistent in a restoration model -===//
#include "dsl/Check.h"

#include "dsl/Rules.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace swin::dsl {
namespace {

using Upsampler = Restoration::Upsampler;

constexpr int64_t maxUpscale = 64, maxChannels = 1024;
constexpr double maxRange = 65536;
constexpr int64_t upsamplerChannels = 64;

std::string text(int64_t value) { return std::to_string(value); }

/// By how much the upsampler can enlarge; "" = also as much as is wanted.
std::string wrongScale(const Spec &spec) {
  int64_t scale = spec.restoration->upscale;
  switch (spec.restoration->upsampler) {
  case Upsampler::None:
    return scale == 1 ? "" : "expected 1";
  case Upsampler::PixelShuffleDirect:
    return "";
  case Upsampler::NearestConv:
    if (spec.family == Family::SwinV2)
      return scale == 4 ? "" : "expected 4";
    return scale == 2 || scale == 4 ? "" : "expected 2 or 4";
  case Upsampler::PixelShuffle:
  case Upsampler::PixelShuffleAux:
  case Upsampler::PixelShuffleHf:
    return scale == 3 || (scale & (scale - 1)) == 0 ? "" : "expected 3 or a power of 2";
  }
  __builtin_unreachable();
}

class Checker {
public:
  explicit Checker(const Spec &spec) : spec(spec), form(*spec.restoration) {}

  std::vector<Problem> check() {
    if (inRange("/restoration/upscale", form.upscale, maxUpscale))
      checkScale();
    inRange("/restoration/output_channels", form.outputChannels, maxChannels);
    if (!(form.range > 0 && form.range <= maxRange)) { // false for NaN
      char found[48];
      std::snprintf(found, sizeof found, "found %.6g", form.range);
      add("/restoration/range", found, "expected a number above 0, at most " + text(static_cast<int64_t>(maxRange)));
    }
    checkUpsampler();
    checkChannels();
    checkShape();
    checkSource();
    return std::move(problems);
  }

private:
  void add(const std::string &pointer, const std::string &what, const std::string &right = "",
           std::vector<std::string> related = {}) {
    problems.push_back({pointer, what, right, std::move(related)});
  }

  bool inRange(const std::string &pointer, int64_t value, int64_t most) {
    bool good = value >= 1 && value <= most;
    if (!good)
      add(pointer, "found " + text(value), "expected 1 to " + text(most));
    return good;
  }

  void checkScale() {
    if (std::string right = wrongScale(spec); !right.empty())
      add("/restoration/upscale",
          std::string("upsampler ") + upsamplerName(form.upsampler) + " of " + model() + " does not enlarge " +
              text(form.upscale) + (form.upscale == 1 ? " time" : " times"),
          right, {"/restoration/upsampler", "/family"});
  }

  std::string model() const { return spec.family == Family::SwinV2 ? "Swin2SR" : "SwinIR"; }

  void checkUpsampler() {
    bool onlyV2 = form.upsampler == Upsampler::PixelShuffleAux || form.upsampler == Upsampler::PixelShuffleHf;
    if (onlyV2 && spec.family == Family::Swin)
      add("/restoration/upsampler", std::string("SwinIR has no upsampler ") + upsamplerName(form.upsampler),
          "expected none, pixelshuffle, pixelshuffledirect or nearest+conv; Swin2SR has it", {"/family"});
    if (form.upsampler == Upsampler::PixelShuffleHf && spec.semantics == Semantics::Hf)
      add("/restoration/upsampler", "transformers has no upsampler pixelshuffle_hf",
          "expected another one; the original Swin2SR has it", {"/semantics"});
  }

  void checkChannels() {
    bool needsRgb = form.upsampler == Upsampler::PixelShuffleAux && spec.family == Family::SwinV2;
    bool isSame = form.outputChannels == spec.imageChannels;
    if (needsRgb && (form.outputChannels != 3 || spec.imageChannels != 3))
      add("/restoration/upsampler", "upsampler pixelshuffle_aux works with pictures of 3 channels only",
          "expected 3 channels of images and outputs", {"/image/channels", "/restoration/output_channels"});
    else if (form.upsampler == Upsampler::None && !isSame)
      add("/restoration/output_channels",
          text(form.outputChannels) + " channels cannot be added to an image of " + text(spec.imageChannels),
          "expected as many as \"image\" has, or an upsampler", {"/image/channels", "/restoration/upsampler"});
    else if (spec.semantics == Semantics::Microsoft && !isSame)
      add("/restoration/output_channels",
          "the original " + model() + " gives pictures of as many channels as it gets, " + text(spec.imageChannels),
          "expected " + text(spec.imageChannels), {"/image/channels", "/semantics"});
    if (form.threeConvolutions && spec.embedding >= 1 && spec.embedding < 4)
      add("/restoration/residual", "3conv works with a quarter of " + text(spec.embedding) + " channels",
          "expected an embedding of at least 4", {"/embedding"});
  }

  /// What restoration models have not.
  void checkShape() {
    if (spec.family != Family::Swin && spec.family != Family::SwinV2)
      add("/family", std::string("no restoration model has blocks of ") + familyName(spec.family),
          "expected swin (SwinIR) or swinv2 (Swin2SR)", {"/restoration"});
    if (spec.patch != Size{1, 1})
      add("/patch", "a restoration model works on pixels", "expected 1", {"/restoration"});
    if (spec.numClasses != 0)
      add("/classes", "a restoration model has no classes", "expected 0 or no such key", {"/restoration"});
    if (spec.segmentation)
      add("/segmentation", "a restoration model has no head", "expected no such key", {"/restoration"});
    if (!spec.finalNorm)
      add("/final_norm", "a restoration model always has a final norm", "expected no such key", {"/restoration"});
    if (spec.positionEmbedding && spec.semantics != Semantics::Hf) // of which that is said elsewhere
      add("/position_embedding", "restoration models with a position embedding are not supported", "expected false",
          {"/restoration"});
    for (size_t i = 0; i < spec.stages.size(); ++i) {
      std::string stage = "/stages/" + std::to_string(i);
      const auto [height, width] = spec.stages[0].window;
      bool isWrong = std::min(height, width) < 1 || std::max(height, width) > maxWindow; // which is said already
      if (!isWrong && spec.stages[i].window != spec.stages[0].window)
        add(stage + "/window", "images are padded to whole windows of one size", "expected that of the first stage",
            {"/stages/0/window", "/restoration"});
      if (spec.stages[i].pretrainedWindow != Size{0, 0} && spec.family == Family::SwinV2)
        add(stage + "/pretrained_window", "restoration models know of no other window than their own",
            "expected no such key", {"/restoration"});
    }
  }

  void checkSource() {
    if (!spec.semantics || spec.semantics == Semantics::Microsoft || !hasFamily(*spec.semantics, spec.family))
      return;
    bool isHf = spec.semantics == Semantics::Hf;
    if (isHf && spec.family == Family::SwinV2)
      return;
    add("/restoration",
        isHf ? "transformers has no SwinIR" : std::string(semanticsName(*spec.semantics)) + " has no restoration model",
        std::string("expected \"semantics\" to be \"microsoft\", which stands for the original repositories") +
            (spec.family == Family::SwinV2 ? ", or \"hf\"" : ""),
        {"/semantics", "/family"});
  }

  const Spec &spec;
  const Restoration &form;
  std::vector<Problem> problems;
};

} // namespace

std::vector<Problem> problemsOfRestoration(const Spec &spec) {
  return spec.restoration ? Checker(spec).check() : std::vector<Problem>();
}

RestorationSize sizeOfRestoration(const Spec &spec) {
  using Number = unsigned __int128;
  const Restoration &form = *spec.restoration;
  Number channels = spec.embedding, groups = spec.stages.size(), wide = upsamplerChannels,
         pixels = Number(form.upscale) * form.upscale, pictures = spec.imageChannels + form.outputChannels;
  bool isTwice = form.upsampler == Upsampler::PixelShuffleHf;
  RestorationSize size;
  // Around each group 3 x 3 and a linear map; an upsampler has at most 6 convolutions that double.
  size.parameters = (groups + 2) * 10 * channels * channels * (isTwice ? 2 : 1);
  size.parameters += 9 * (channels + wide) * (pictures * pixels + 2 * wide) * 2 + 9 * wide * wide * 4 * 6 * 2;
  size.values = pixels * std::max<Number>(wide, form.outputChannels);
  return size;
}

} // namespace swin::dsl
