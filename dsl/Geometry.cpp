//===- Geometry.cpp - maps, windows and shifts of each source -------------===//
#include "dsl/Rules.h"
#include "dsl/Spec.h"

#include <algorithm>

namespace swin::dsl {
namespace {

std::string text(Size size) { return std::to_string(size[0]) + "x" + std::to_string(size[1]); }

/// Each axis' window is clipped to the map, and its shift is 0 where the window covers it.
BlockGeometry clipAxes(Size map, Size window, Size shift) {
  BlockGeometry geometry;
  for (int axis : {0, 1}) {
    // A model built for less than one token still has a window of one.
    geometry.window[axis] = std::max<int64_t>(1, std::min(map[axis], window[axis]));
    geometry.shift[axis] = map[axis] > geometry.window[axis] ? shift[axis] : 0;
  }
  return geometry;
}

/// If the window covers either axis, both are clipped to the smaller one and nothing is shifted.
BlockGeometry clipMap(Size map, Size window, Size shift) {
  if (map[0] > window[0] && map[1] > window[1])
    return {window, shift};
  int64_t side = std::max<int64_t>(1, std::min(map[0], map[1]));
  return {{std::min(side, window[0]), std::min(side, window[1])}, {0, 0}};
}

/// Of restoration models, whose images are padded to whole windows by what mirrors their ends.
std::vector<std::string> paddedSizeErrors(const Spec &spec, Semantics semantics) {
  std::vector<std::string> errors;
  Size window = spec.stages[0].window, clipped = blockGeometry(spec, semantics, 0, 0).window, padded;
  for (int axis : {0, 1}) {
    int64_t size = spec.fixed[axis];
    padded[axis] = (size + window[axis] - 1) / window[axis] * window[axis];
    if (padded[axis] - size >= size) {
      errors.push_back("an image of " + text(spec.fixed) + " has not enough pixels to mirror for whole windows of " +
                       text(window));
      return errors;
    }
  }
  if (rulesOf(semantics, spec.family).needsWindows && (padded[0] % clipped[0] || padded[1] % clipped[1]))
    errors.push_back(std::string(semanticsName(semantics)) + " pads an image of " + text(spec.fixed) + " to " +
                     text(padded) + " and then cannot divide it into the windows of " + text(clipped) +
                     " that a model built for " + text(spec.imageSize) + " has");
  return errors;
}

} // namespace

Size builtMap(const Spec &spec, Semantics semantics, size_t stage) {
  const Rules rules = rulesOf(semantics, spec.family);
  Size map;
  for (int axis : {0, 1}) {
    int64_t rest = rules.padsImage ? spec.patch[axis] - 1 : 0;
    map[axis] = (spec.imageSize[axis] + rest) / spec.patch[axis];
    for (size_t merging = 0; merging < (spec.restoration ? 0 : stage); ++merging)
      map[axis] = (map[axis] + (rules.roundsMapsUp ? 1 : 0)) / 2;
  }
  return map;
}

int64_t builtHeight(const Spec &spec, size_t stage) {
  return (spec.imageSize[0] / spec.patch[0]) >> (spec.restoration ? 0 : stage);
}

BlockGeometry blockGeometry(const Spec &spec, Semantics semantics, size_t stage, int64_t block) {
  Size window = spec.stages[stage].window, shift = {0, 0};
  if (block % 2 == 1)
    shift = {window[0] / 2, window[1] / 2};
  if (spec.alwaysPartition)
    return {window, shift, BlockGeometry::Rule::Never};
  bool isHf = semantics == Semantics::Hf || semantics == Semantics::HfBackbone;
  if (isHf && spec.family == Family::SwinV2)
    return clipAxes({builtHeight(spec, stage), builtHeight(spec, stage)}, window, shift);
  switch (semantics) {
  case Semantics::Timm:
    return clipAxes(builtMap(spec, semantics, stage), window, shift);
  case Semantics::Microsoft:
    return clipMap(builtMap(spec, semantics, stage), window, shift);
  case Semantics::Torchvision:
    return {window, shift, BlockGeometry::Rule::Axis};
  case Semantics::Hf:
    return {window, shift, BlockGeometry::Rule::Map};
  case Semantics::HfBackbone:
  case Semantics::Mm:
    return {window, shift, BlockGeometry::Rule::Never};
  }
  __builtin_unreachable();
}

std::vector<std::string> fixedSizeErrors(const Spec &spec, Semantics semantics) {
  std::vector<std::string> errors;
  if (spec.fixed == Size{0, 0})
    return errors;
  if (spec.restoration)
    return paddedSizeErrors(spec, semantics);
  const Rules rules = rulesOf(semantics, spec.family);
  auto reject = [&](size_t stage, Size map, const std::string &need) {
    errors.push_back(std::string(semanticsName(semantics)) + " needs in layers." + std::to_string(stage) + " " + need +
                     ", but the map of an image of " + text(spec.fixed) + " is " + text(map));
  };
  for (size_t stage = 0; stage < spec.stages.size(); ++stage) {
    Size map = builtMap(spec, semantics, stage), window = blockGeometry(spec, semantics, stage, 0).window;
    if (map[0] < 1 || map[1] < 1) {
      errors.push_back("an image of " + text(spec.fixed) + " is smaller than one patch of " + text(spec.patch));
      break;
    }
    if (rules.needsOneWindow && (map[0] < window[0] || map[1] < window[1])) {
      reject(stage, map, "a map of at least one window of " + text(window));
      break; // later maps are smaller still
    }
    if (rules.needsWindows && (map[0] % window[0] || map[1] % window[1]))
      reject(stage, map, "a map that windows of " + text(window) + " divide");
    if (rules.needsWindows && stage + 1 < spec.stages.size() && (map[0] % 2 || map[1] % 2)) {
      reject(stage, map, "an even map before merging");
      break; // there are no later maps
    }
  }
  return errors;
}

} // namespace swin::dsl
