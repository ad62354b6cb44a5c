//===- Presets.cpp - published architectures by name ----------------------===//
#include "dsl/ReadSpec.h"
#include "dsl/Readers.h"

namespace swin::dsl {
namespace {

struct Shape {
  const char *letter, *word; ///< of its name
  int64_t embedding;
  std::vector<int64_t> depths, heads;
};

const Shape tiny = {"t", "tiny", 96, {2, 2, 6, 2}, {3, 6, 12, 24}};
const Shape small = {"s", "small", 96, {2, 2, 18, 2}, {3, 6, 12, 24}};
const Shape base = {"b", "base", 128, {2, 2, 18, 2}, {4, 8, 16, 32}};
const Shape large = {"l", "large", 192, {2, 2, 18, 2}, {6, 12, 24, 48}};

std::vector<int64_t> everywhere(int64_t window) { return {window, window, window, window}; }

Spec specOf(Family family, const Shape &shape, const std::vector<int64_t> &windows, int64_t side) {
  Spec spec;
  spec.family = family;
  spec.imageSize = {side, side};
  spec.embedding = shape.embedding;
  for (size_t i = 0; i < shape.depths.size(); ++i)
    spec.stages.push_back({shape.depths[i], shape.heads[i], {windows[i], windows[i]}});
  return spec;
}

/// A v2 of windows of 12 at 192 that learned to work with larger ones.
Spec widened(const Shape &shape, int64_t window, int64_t side) {
  const int64_t before[] = {12, 12, 12, 6};
  Spec spec = specOf(Family::SwinV2, shape, everywhere(window), side);
  for (size_t i = 0; i < spec.stages.size(); ++i)
    spec.stages[i].pretrainedWindow = {before[i], before[i]};
  return spec;
}

/// A window is an eighth of the first map, of patches of 4.
Spec crOf(const Shape &shape, int64_t side, bool normsStages = false, int64_t period = 0) {
  Spec spec = specOf(Family::SwinV2Cr, shape, everywhere(side / 32), side);
  spec.extraNormStage = normsStages;
  spec.extraNormPeriod = period;
  return spec;
}

/// The models of S3, a search for depths and windows.
std::vector<std::pair<Shape, Spec>> searched() {
  const Shape deep = {"b", "base", 96, {2, 2, 30, 2}, {3, 6, 12, 24}};
  return {{tiny, specOf(Family::Swin, tiny, {7, 7, 14, 7}, 224)},
          {small, specOf(Family::Swin, small, {14, 14, 14, 7}, 224)},
          {deep, specOf(Family::Swin, deep, {7, 7, 14, 7}, 224)}};
}

std::vector<Architecture> makePresets() {
  std::vector<Architecture> made;
  // As the models were evaluated.
  auto add = [&](const std::string &name, Spec spec) {
    int64_t side = spec.imageSize[0];
    bool isCr = spec.family == Family::SwinV2Cr;
    spec.architecture = name;
    spec.preprocessing =
        side < 384 ? imageNet(side, isCr ? side * 10 / 9 : side * 256 / 224) : imageNet(side, isCr ? side : 0);
    made.push_back({name, std::move(spec)});
  };
  for (int64_t side : {224, 384})
    for (const Shape &shape : {tiny, small, base, large})
      add(std::string("swin_") + shape.letter + (side == 224 ? "" : "_384"),
          specOf(Family::Swin, shape, everywhere(side / 32), side));
  for (const auto &[shape, spec] : searched())
    add(std::string("swin_s3_") + shape.letter, spec);
  for (int64_t window : {8, 16})
    for (const Shape &shape : {tiny, small, base})
      add(std::string("swin_v2_") + shape.letter + (window == 8 ? "" : "_w16"),
          specOf(Family::SwinV2, shape, everywhere(window), 256));
  for (const Shape &shape : {base, large}) {
    std::string name = std::string("swin_v2_") + shape.letter;
    add(name + "_w12_192", specOf(Family::SwinV2, shape, everywhere(12), 192));
    add(name + "_w12to16_256", widened(shape, 16, 256));
    add(name + "_w12to24_384", widened(shape, 24, 384));
  }
  for (int64_t side : {224, 384})
    for (const Shape &shape : {tiny, small, base, large})
      add(std::string("swinv2_cr_") + shape.letter + "_" + std::to_string(side), crOf(shape, side));
  // Of Microsoft's repository, and called as there: C channels a head.
  Shape heads = tiny;
  for (int64_t channels : {24, 12, 6}) {
    for (size_t i = 0; i < heads.heads.size(); ++i)
      heads.heads[i] = (heads.embedding << i) / channels;
    std::string name = "tiny_c" + std::to_string(channels) + "_patch4_window8_256";
    if (channels == 24)
      add("swin_" + name, specOf(Family::Swin, heads, everywhere(8), 256));
    add("swin_mlp_" + name, specOf(Family::SwinMlp, heads, everywhere(8), 256));
  }
  add("swin_mlp_base_patch4_window7_224", specOf(Family::SwinMlp, base, everywhere(7), 224));
  // Heads for ADE20K's classes on backbones of 224 (T, S) and 384 (B, L).
  for (const Shape &shape : {tiny, small, base, large}) {
    Spec spec = specOf(Family::Swin, shape, everywhere(shape.embedding > 96 ? 12 : 7), 512);
    spec.numClasses = 150;
    spec.segmentation.emplace();
    add(std::string("upernet_swin_") + shape.letter, spec);
    made.back().spec.preprocessing->interpolation = "bilinear";
  }
  for (Architecture &each : restorationPresets())
    made.push_back(std::move(each));
  return made;
}

std::vector<Architecture> makeTimm() {
  std::vector<Architecture> made;
  auto add = [&](const std::string &name, Spec spec) {
    spec.architecture = name;
    made.push_back({name, std::move(spec)});
  };
  for (const Shape &shape : {tiny, small, base, large}) {
    std::string name = std::string("swin_") + shape.word;
    add(name + "_patch4_window7_224", specOf(Family::Swin, shape, everywhere(7), 224));
    if (shape.embedding > 96)
      add(name + "_patch4_window12_384", specOf(Family::Swin, shape, everywhere(12), 384));
  }
  for (const auto &[shape, spec] : searched())
    add(std::string("swin_s3_") + shape.word + "_224", spec);
  for (const Shape &shape : {tiny, small, base})
    for (int64_t window : {8, 16})
      add(std::string("swinv2_") + shape.word + "_window" + std::to_string(window) + "_256",
          specOf(Family::SwinV2, shape, everywhere(window), 256));
  for (const Shape &shape : {base, large}) {
    std::string name = std::string("swinv2_") + shape.word;
    add(name + "_window12_192", specOf(Family::SwinV2, shape, everywhere(12), 192));
    add(name + "_window12to16_192to256", widened(shape, 16, 256));
    add(name + "_window12to24_192to384", widened(shape, 24, 384));
  }
  for (int64_t side : {224, 384}) {
    std::string size = "_" + std::to_string(side);
    for (const Shape &shape : {tiny, small, base, large})
      add(std::string("swinv2_cr_") + shape.word + size, crOf(shape, side));
    Shape huge = {"h", "huge", 352, {2, 2, 18, 2}, {8, 16, 32, 64}};
    if (side == 384)
      huge.heads = {11, 22, 44, 88};
    const Shape giant = {"g", "giant", 512, {2, 2, 42, 2}, {16, 32, 64, 128}};
    for (const Shape &shape : {huge, giant})
      add(std::string("swinv2_cr_") + shape.word + size, crOf(shape, side, false, 6));
  }
  for (const Shape &shape : {tiny, small, base})
    add(std::string("swinv2_cr_") + shape.word + "_ns_224", crOf(shape, 224, true));
  add("swinv2_cr_small_ns_256", crOf(small, 256, true));
  return made;
}

} // namespace

Preprocessing imageNet(int64_t side, int64_t resized) {
  Preprocessing how;
  how.resize = resized ? Preprocessing::Resize::ShorterSide : Preprocessing::Resize::Exactly;
  how.size = resized ? Size{resized, resized} : Size{side, side};
  if (resized)
    how.crop = {side, side};
  how.mean = {0.485, 0.456, 0.406};
  how.std = {0.229, 0.224, 0.225};
  return how;
}

const std::vector<Architecture> &presets() {
  static const std::vector<Architecture> made = makePresets();
  return made;
}

const std::vector<Architecture> &timmArchitectures() {
  static const std::vector<Architecture> made = makeTimm();
  return made;
}

const Architecture *architectureNamed(const std::string &name, const std::vector<Architecture> &known) {
  for (const Architecture &architecture : known)
    if (architecture.name == name)
      return &architecture;
  return nullptr;
}

bool unknownName(const Fields &fields, const std::string &key, const std::string &name, const std::string &what,
                 const std::string &list, const std::vector<Architecture> &known) {
  std::vector<std::string> names;
  for (const Architecture &each : known)
    names.push_back(each.name);
  std::string near = nearest(name, names);
  return fields.error(key, what, didYouMean(near, list + join(names)), {name, near});
}

std::string namesOf(const std::vector<Architecture> &known) {
  std::vector<std::string> names;
  for (const Architecture &architecture : known)
    names.push_back(architecture.name);
  return join(names);
}

} // namespace swin::dsl
