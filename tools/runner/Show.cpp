//===- Show.cpp - pictures of what a model does ----------------------------===//
#include "tools/runner/Show.h"

#include "tools/pictures/Canvas.h"
#include "tools/pictures/Components.h"
#include "tools/pictures/SliderPage.h"
#include "tools/runner/Report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace swin::runner {
namespace {

using pictures::Box;
using pictures::Canvas;
using pictures::Colour;

/// Small pictures are enlarged to so many pixels along their shorter side.
constexpr int leastSide = 384;
/// In colours a component's values go from the first to the last of these parts of all of them.
constexpr double darkest = 0.02, brightest = 0.98;
constexpr Colour dark = {16, 20, 24}, light = {255, 255, 255}, bar = {11, 114, 185};

bool isStage(const OutputInfo &output) { return output.kind == "map" && output.name.starts_with("stage"); }

bool draw(StagedFiles &files, const std::string &path, const image::Picture &picture, std::string &error) {
  std::string problem;
  if (image::writePng(files.stage(path), picture, problem))
    return true;
  error = path + ": error: " + problem;
  return false;
}

/// The best classes on a dark ground at the picture's lower edge; a bar is as wide as the class's part.
image::Picture drawClasses(const image::Picture &picture, const image::Tensor &logits,
                           const std::vector<std::string> &labels) {
  Canvas canvas(pictures::enlarged(picture, pictures::factorTo(leastSide, picture.height, picture.width)));
  std::vector<ClassPart> best = bestClasses(logits.values.data(), static_cast<size_t>(logits.shape[1]));
  // Dots as large as five lines on two fifths of the picture allow, in whole pixels.
  int lines = static_cast<int>(best.size()), lineHeight = pictures::lineDots + 2;
  int dot = std::max(std::min(2 * canvas.height() / (5 * lines * lineHeight), canvas.width() / 180), 1);
  int height = lines * lineHeight * dot, top = canvas.height() - height, margin = 4 * dot;
  canvas.fill({top, 0, height, canvas.width()}, dark, 0.72);
  for (const ClassPart &one : best) {
    double share = std::isfinite(one.part) ? one.part : 0;
    canvas.fill({top, 0, lineHeight * dot - dot, static_cast<int>(std::lround(share * canvas.width()))}, bar, 0.85);
    char percent[32];
    std::snprintf(percent, sizeof percent, "%.1f %%", 100 * one.part);
    int names = margin + pictures::textWidth("100.0 %  ", dot);
    canvas.text(top + 3 * dot, margin, dot, percent, light);
    std::string name = one.which < labels.size() ? labels[one.which] : "class " + std::to_string(one.which);
    canvas.text(top + 3 * dot, names, dot, pictures::fittingText(name, dot, canvas.width() - names - margin), light);
    top += lineHeight * dot;
  }
  return canvas.picture();
}

/// Pixels of the image that a token stands for: a map's sides are those of the image, divided and rounded up, so with
/// whole powers of two the last token may reach beyond the edge.
double tokenSide(int pixels, int64_t tokens) {
  double side = static_cast<double>(pixels) / static_cast<double>(tokens);
  double power = std::exp2(std::ceil(std::log2(side)));
  return static_cast<int64_t>(std::ceil(pixels / power)) == tokens ? power : side;
}

/// A map of tokens in colours over as many pixels as the image has, times `factor`.
image::Picture drawMap(const float *values, int64_t rows, int64_t columns, int64_t channels, const image::Fit &fit,
                       int factor) {
  std::vector<double> components = pictures::principalComponents(values, rows * columns, channels, 3);
  for (size_t c = 0; c < 3; ++c) {
    std::vector<double> sorted;
    for (size_t i = c; i < components.size(); i += 3)
      sorted.push_back(components[i]);
    std::sort(sorted.begin(), sorted.end());
    auto at = [&](double part) { return sorted[static_cast<size_t>(part * static_cast<double>(sorted.size() - 1))]; };
    double from = at(darkest), range = at(brightest) - from;
    for (size_t i = c; i < components.size(); i += 3)
      components[i] = range > 0 ? std::clamp((components[i] - from) / range, 0.0, 1.0) : 0.5;
  }
  image::Picture picture{fit.height.size * factor, fit.width.size * factor, 3, {}};
  double height = tokenSide(fit.height.size, rows), width = tokenSide(fit.width.size, columns);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      auto row = std::min(static_cast<int64_t>(y / factor / height), rows - 1);
      auto column = std::min(static_cast<int64_t>(x / factor / width), columns - 1);
      for (int64_t c = 0; c < 3; ++c)
        picture.pixels.push_back(
            static_cast<uint8_t>(std::lround(255 * components[static_cast<size_t>((row * columns + column) * 3 + c)])));
    }
  return picture;
}

/// Channels last, whatever the layout.
std::vector<float> channelsLast(const image::Tensor &map, int64_t rows, int64_t columns, int64_t channels) {
  std::vector<float> values(map.values.size());
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t i = 0; i < rows * columns; ++i)
      values[static_cast<size_t>(i * channels + c)] = map.values[static_cast<size_t>(c * rows * columns + i)];
  return values;
}

bool writeStages(StagedFiles &files, const std::string &out, const ModelInfo &info,
                 const std::vector<image::Tensor> &values, const image::Fit &fit, std::string &error) {
  if (!files.makeFolder(out, error))
    return false;
  int factor = pictures::factorTo(leastSide, fit.height.size, fit.width.size);
  for (size_t i = 0; i < values.size(); ++i) {
    if (!isStage(info.outputs[i]))
      continue;
    const std::vector<int64_t> &shape = values[i].shape;
    std::string path = out + "/" + info.outputs[i].name + ".png";
    if (shape.size() != 4 || shape[0] != 1)
      return error = path + ": error: is for one image, the output is " + image::shapeText(shape), false;
    bool isFirst = info.outputs[i].layout == "NCHW";
    int64_t rows = shape[isFirst ? 2 : 1], columns = shape[isFirst ? 3 : 2], channels = shape[isFirst ? 1 : 3];
    std::vector<float> last;
    if (isFirst)
      last = channelsLast(values[i], rows, columns, channels);
    const float *map = isFirst ? last.data() : values[i].values.data();
    if (!draw(files, path, drawMap(map, rows, columns, channels, fit, factor), error))
      return false;
  }
  return true;
}

bool writeSlider(StagedFiles &files, const std::string &out, const std::string &input, const ModelInfo &info,
                 const image::Tensor &values, const image::Picture &picture, std::string &error) {
  std::string problem;
  const std::vector<int64_t> &shape = values.shape;
  if (!isOnePicture(shape, problem))
    return error = out + ": error: " + problem, false;
  int height = static_cast<int>(shape[2]), width = static_cast<int>(shape[3]);
  image::Picture result{height, width, static_cast<int>(shape[1]),
                        toBytes({0, shape[2], shape[1], shape[3], shape[2], values.values.data()})};
  bool isLarger = height != picture.height || width != picture.width;
  std::string name = input.substr(input.find_last_of('/') + 1);
  auto size = [](int h, int w) { return std::to_string(w) + " x " + std::to_string(h); };
  pictures::Slider slider;
  slider.title = name + ", " + (isLarger ? "enlarged by " : "restored by ") + info.model;
  slider.leftName = isLarger ? "bicubic interpolation" : name;
  slider.rightName = info.model;
  slider.text = size(picture.height, picture.width) + " pixels" + (isLarger ? " become " + size(height, width) : "") +
                ". Left of the line: " + slider.leftName +
                "; right of it: the model's result. Drag the line, or move it with the arrow keys.";
  slider.left = image::resize(picture, height, width, image::Filter::Bicubic);
  slider.right = std::move(result);
  std::optional<std::string> page = pictures::sliderPage(slider, problem);
  if (!page)
    return error = out + ": error: " + problem, false;
  return writeText(files, out, *page, error);
}

} // namespace

bool isShow(const std::string &show) { return show == "top5" || show == "stages" || show == "slider"; }

bool needsPicture(const std::string &show) { return show != "stages"; }

std::string whyNotOut(const std::string &show, const std::string &out) {
  const char *end = show == "top5" ? ".png" : show == "slider" ? ".html" : nullptr;
  if (end)
    return endsWith(out, end) ? "" : "--show " + show + " makes a " + end + " file";
  for (const char *file : {".npy", ".png", ".html"})
    if (endsWith(out, file))
      return "--show stages makes a folder with a .png file of each stage";
  return "";
}

std::string whyNotShown(const std::string &show, const std::vector<OutputInfo> &outputs) {
  std::string names;
  for (const OutputInfo &output : outputs)
    names += (names.empty() ? "" : ", ") + output.name;
  auto has = [&](auto which) { return std::any_of(outputs.begin(), outputs.end(), which); };
  auto isKind = [&](const char *kind) { return [=](const OutputInfo &output) { return output.kind == kind; }; };
  if (show == "top5" && !has(isKind("logits")))
    return "is for models that classify: expected an output 'logits', this library's are: " + names;
  if (show == "slider" && !has(isKind("image")))
    return "is for models that make pictures, this library's outputs are: " + names;
  if (show == "stages" && !has(isStage))
    return "needs maps of stages, this library's outputs are: " + names +
           "; swin-compile --outputs stage1,stage2 makes one that has them";
  return "";
}

bool writeShown(StagedFiles &files, const Options &options, const ModelInfo &info,
                const std::vector<image::Tensor> &values, const Source &source, std::string &error) {
  const std::string &out = options.out;
  if (options.show == "stages")
    return writeStages(files, out, info, values, source.fit, error);
  auto kind = options.show == "top5" ? "logits" : "image";
  auto output =
      std::find_if(info.outputs.begin(), info.outputs.end(), [&](const OutputInfo &one) { return one.kind == kind; });
  const image::Tensor &tensor = values[static_cast<size_t>(output - info.outputs.begin())];
  if (options.show == "top5")
    return draw(files, out, drawClasses(*source.picture, tensor, info.labels), error);
  return writeSlider(files, out, options.inputs[0], info, tensor,
                     image::applyFit(*source.picture, source.fit, info.preprocessing->filter), error);
}

} // namespace swin::runner
