//===- SpecOfArch.cpp - a model by name and weights -----------------------===//
#include "dsl/Readers.h"
#include "dsl/Rules.h"
#include "dsl/Weights.h"

#include <algorithm>

namespace swin::dsl {
namespace {

std::vector<std::string> familyNames() {
  std::vector<std::string> names;
  for (Family family : {Family::Swin, Family::SwinV2, Family::SwinV2Cr, Family::SwinMlp})
    names.emplace_back(familyName(family));
  names.insert(names.end(), {"swinir", "swin2sr"});
  return names;
}

/// A family, also with what makes pictures of its blocks.
std::optional<Spec> kindNamed(const std::string &name) {
  Spec spec;
  if (std::optional<Family> family = familyNamed(name)) {
    spec.family = *family;
    return spec;
  }
  if (name != "swinir" && name != "swin2sr")
    return std::nullopt;
  spec.family = name == "swinir" ? Family::Swin : Family::SwinV2;
  spec.restoration.emplace();
  return spec;
}

/// What a name fixes stays; the head and the pictures' channels are those of the weights.
void fit(Spec &spec, const WeightsFile &weights) {
  Spec shown = weights.specFromShapes(spec);
  if (shown.numClasses > 0 || !spec.segmentation)
    spec.numClasses = shown.numClasses;
  if (shown.imageChannels != spec.imageChannels)
    spec.preprocessing.reset(); // has numbers for each channel
  spec.imageChannels = shown.imageChannels;
  if (spec.restoration && shown.restoration)
    spec.restoration->outputChannels = shown.restoration->outputChannels;
}

/// What the weights of a restoration model leave open.
void assume(Spec &spec, const std::string &option, Diagnostics &errors) {
  constexpr int64_t usual = 8; // of nearly all that were published
  std::string said = "nothing in the weights says the range of values (img_range): taken is 1";
  bool knowsWindows = true;
  for (Stage &stage : spec.stages) {
    if (stage.window != Size{0, 0})
      continue;
    stage.window = {usual, usual};
    knowsWindows = false;
  }
  if (!knowsWindows)
    said += "; nor how large windows are: taken is " + std::to_string(usual);
  errors.note(option, said + "; a description or a model's own name says otherwise");
  spec.preprocessing = plainPictures(std::clamp<int64_t>(spec.imageChannels, 1, 1024));
}

Spec specOfKind(const Spec &known, const std::string &option, const WeightsFile *weights, Diagnostics &errors) {
  auto fail = [&](const std::string &what, const std::string &right) {
    errors.error(option, {}, what, "", right);
    return Spec();
  };
  if (!weights)
    return fail("a family has no sizes of its own; they are read from weights", "give --weights FILE");
  Spec spec = weights->specFromShapes(known);
  if (modelName(spec) != modelName(known))
    return fail("the weights are of " + modelName(spec), "give --arch " + modelName(spec));
  if (spec.stages.empty())
    return fail("the weights hold no whole block", "expected at least layers.0.blocks.0");
  if (spec.restoration)
    assume(spec, option, errors);
  bool knowsWindows =
      std::all_of(spec.stages.begin(), spec.stages.end(), [](const Stage &stage) { return stage.window[0] > 0; });
  if (!knowsWindows)
    return fail("nothing in the weights says how large the windows are",
                "give the model's own name, as in --arch " +
                    std::string(spec.family == Family::SwinV2Cr ? "swinv2_cr_tiny_224" : "swin_v2_t") +
                    ", or a description");
  return spec;
}

} // namespace

std::vector<std::string> architectureNames() {
  std::vector<std::string> names;
  for (const Architecture &preset : presets())
    names.push_back(preset.name);
  for (const Architecture &known : timmArchitectures())
    if (!architectureNamed(known.name, presets()))
      names.push_back(known.name);
  for (std::string &family : familyNames())
    names.push_back(std::move(family));
  return names;
}

Spec specOfArch(const std::string &name, const WeightsFile *weights, Diagnostics &errors) {
  if (std::optional<Spec> kind = kindNamed(name))
    return specOfKind(*kind, "--arch " + name, weights, errors);
  const Architecture *known = architectureNamed(name, presets());
  if (!known)
    known = architectureNamed(name, timmArchitectures());
  if (!known) {
    errors.error(
        "--arch", {}, "there is no architecture \"" + printable(name) + "\"", "",
        didYouMean(nearest(name, architectureNames()),
                   "known: " + namesOf(presets()) + ", timm's names of them, and the families " + join(familyNames())));
    return {};
  }
  Spec spec = known->spec;
  if (weights)
    fit(spec, *weights);
  return spec;
}

} // namespace swin::dsl
