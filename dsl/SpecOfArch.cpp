//===- SpecOfArch.cpp - a model by name and weights -----------------------===//
#include "dsl/Readers.h"
#include "dsl/Weights.h"

#include <algorithm>

namespace swin::dsl {
namespace {

std::string familyNames() {
  std::vector<std::string> names;
  for (Family family : {Family::Swin, Family::SwinV2, Family::SwinV2Cr, Family::SwinMlp})
    names.emplace_back(familyName(family));
  return join(names);
}

/// What a name fixes stays; the head and the pictures' channels are those of the weights.
void fit(Spec &spec, const WeightsFile &weights) {
  Spec shown = weights.specFromShapes(spec);
  spec.numClasses = shown.numClasses;
  if (shown.imageChannels != spec.imageChannels)
    spec.preprocessing.reset(); // has numbers for each channel
  spec.imageChannels = shown.imageChannels;
}

Spec specOfFamily(Family family, const std::string &option, const WeightsFile *weights, Diagnostics &errors) {
  auto fail = [&](const std::string &what, const std::string &right) {
    errors.error(option, {}, what, "", right);
    return Spec();
  };
  if (!weights)
    return fail("a family has no sizes of its own; they are read from weights", "give --weights FILE");
  Spec known;
  known.family = family;
  Spec spec = weights->specFromShapes(known);
  if (spec.family != family)
    return fail(std::string("the weights are of ") + familyName(spec.family),
                std::string("give --arch ") + familyName(spec.family));
  if (spec.stages.empty())
    return fail("the weights hold no whole block", "expected at least layers.0.blocks.0");
  bool knowsWindows =
      std::all_of(spec.stages.begin(), spec.stages.end(), [](const Stage &stage) { return stage.window[0] > 0; });
  if (!knowsWindows)
    return fail("nothing in the weights says how large the windows are",
                "give the model's own name, as in --arch " +
                    std::string(family == Family::SwinV2Cr ? "swinv2_cr_tiny_224" : "swin_v2_t") +
                    ", or a description");
  return spec;
}

} // namespace

Spec specOfArch(const std::string &name, const WeightsFile *weights, Diagnostics &errors) {
  if (std::optional<Family> family = familyNamed(name))
    return specOfFamily(*family, "--arch " + name, weights, errors);
  const Architecture *known = architectureNamed(name, presets());
  if (!known)
    known = architectureNamed(name, timmArchitectures());
  if (!known) {
    errors.error("--arch", {}, "there is no architecture \"" + printable(name) + "\"", "",
                 "known: " + namesOf(presets()) + ", timm's names of them, and the families " + familyNames());
    return {};
  }
  Spec spec = known->spec;
  if (weights)
    fit(spec, *weights);
  return spec;
}

} // namespace swin::dsl
