//===- Presets.cpp - published architectures by name ----------------------===//
#include "dsl/ReadSpec.h"
#include "dsl/Readers.h"

namespace swin::dsl {
namespace {

struct Shape {
  const char *letter;
  int64_t embedding;
  std::vector<int64_t> depths, heads;
};

const std::vector<Shape> shapes = {{"t", 96, {2, 2, 6, 2}, {3, 6, 12, 24}},
                                   {"s", 96, {2, 2, 18, 2}, {3, 6, 12, 24}},
                                   {"b", 128, {2, 2, 18, 2}, {4, 8, 16, 32}},
                                   {"l", 192, {2, 2, 18, 2}, {6, 12, 24, 48}}};

Spec specOf(int64_t embedding, const std::vector<int64_t> &depths, const std::vector<int64_t> &heads,
            const std::vector<int64_t> &windows, int64_t side, const std::string &name) {
  Spec spec;
  spec.architecture = name;
  spec.imageSize = {side, side};
  spec.embedding = embedding;
  for (size_t i = 0; i < depths.size(); ++i)
    spec.stages.push_back({depths[i], heads[i], {windows[i], windows[i]}});
  return spec;
}

std::vector<int64_t> everywhere(int64_t window) { return {window, window, window, window}; }

/// As the models were evaluated: from 224 the middle of a picture that is a little larger, from 384 the whole picture.
Preprocessing imageNet(int64_t side) {
  Preprocessing how;
  if (side == 224) {
    how.resize = Preprocessing::Resize::ShorterSide;
    how.size = {256, 256};
    how.crop = {side, side};
  } else {
    how.resize = Preprocessing::Resize::Exactly;
    how.size = {side, side};
  }
  how.mean = {0.485, 0.456, 0.406};
  how.std = {0.229, 0.224, 0.225};
  return how;
}

std::vector<Architecture> makePresets() {
  std::vector<Architecture> made;
  for (int64_t side : {224, 384})
    for (const Shape &shape : shapes) {
      std::string name = std::string("swin_") + shape.letter + (side == 224 ? "" : "_384");
      Spec spec = specOf(shape.embedding, shape.depths, shape.heads, everywhere(side == 224 ? 7 : 12), side, name);
      spec.preprocessing = imageNet(side);
      made.push_back({name, spec});
    }
  return made;
}

std::vector<Architecture> makeTimm() {
  std::vector<Architecture> made;
  auto add = [&](const std::string &name, size_t shape, int64_t side, const std::vector<int64_t> &windows,
                 int64_t thirdDepth) {
    std::vector<int64_t> depths = shapes[shape].depths;
    depths[2] = thirdDepth;
    made.push_back({name, specOf(shapes[shape].embedding, depths, shapes[shape].heads, windows, side, name)});
  };
  add("swin_tiny_patch4_window7_224", 0, 224, everywhere(7), 6);
  add("swin_small_patch4_window7_224", 1, 224, everywhere(7), 18);
  add("swin_base_patch4_window7_224", 2, 224, everywhere(7), 18);
  add("swin_base_patch4_window12_384", 2, 384, everywhere(12), 18);
  add("swin_large_patch4_window7_224", 3, 224, everywhere(7), 18);
  add("swin_large_patch4_window12_384", 3, 384, everywhere(12), 18);
  add("swin_s3_tiny_224", 0, 224, {7, 7, 14, 7}, 6);
  add("swin_s3_small_224", 0, 224, {14, 14, 14, 7}, 18);
  add("swin_s3_base_224", 0, 224, {7, 7, 14, 7}, 30);
  return made;
}

} // namespace

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

std::string namesOf(const std::vector<Architecture> &known) {
  std::vector<std::string> names;
  for (const Architecture &architecture : known)
    names.push_back(architecture.name);
  return join(names);
}

Spec presetNamed(const std::string &name, Diagnostics &errors) {
  if (const Architecture *preset = architectureNamed(name, presets()))
    return preset->spec;
  errors.error("--arch", {}, "there is no preset \"" + printable(name) + "\"", "", "known: " + namesOf(presets()));
  return {};
}

std::vector<std::string> presetNames() {
  std::vector<std::string> names;
  for (const Architecture &preset : presets())
    names.push_back(preset.name);
  return names;
}

} // namespace swin::dsl
