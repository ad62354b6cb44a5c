//===- Semantics.cpp - names of sources, families and activations ---------===//
#include "dsl/Spec.h"

namespace swin::dsl {
namespace {

constexpr const char *sources[] = {"timm", "torchvision", "hf", "hf-backbone", "mm", "microsoft"};
constexpr const char *families[] = {"swin", "swinv2", "swinv2_cr", "swin_mlp"};
constexpr const char *upsamplers[] = {"none",         "pixelshuffle",     "pixelshuffledirect",
                                      "nearest+conv", "pixelshuffle_aux", "pixelshuffle_hf"};
constexpr const char *activations[] = {"gelu", "gelu_tanh", "quick_gelu", "silu", "relu"};

template <typename Enum, size_t count>
std::optional<Enum> named(const char *const (&names)[count], const std::string &name) {
  for (size_t i = 0; i < count; ++i)
    if (name == names[i])
      return static_cast<Enum>(i);
  return std::nullopt;
}

} // namespace

const char *semanticsName(Semantics semantics) { return sources[static_cast<int>(semantics)]; }
std::optional<Semantics> semanticsNamed(const std::string &name) { return named<Semantics>(sources, name); }

const char *familyName(Family family) { return families[static_cast<int>(family)]; }
std::optional<Family> familyNamed(const std::string &name) { return named<Family>(families, name); }

const char *upsamplerName(Restoration::Upsampler upsampler) { return upsamplers[static_cast<int>(upsampler)]; }
std::optional<Restoration::Upsampler> upsamplerNamed(const std::string &name) {
  return named<Restoration::Upsampler>(upsamplers, name);
}

const char *activationName(Activation activation) { return activations[static_cast<int>(activation)]; }
std::optional<Activation> activationNamed(const std::string &name) { return named<Activation>(activations, name); }

} // namespace swin::dsl
