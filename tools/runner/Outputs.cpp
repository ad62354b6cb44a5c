//===- Outputs.cpp - what becomes of a model's outputs ---------------------===//
#include "tools/runner/Outputs.h"

#include "runtime/image/Picture.h"
#include "tools/runner/Options.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <sys/stat.h>
#include <unistd.h>

namespace swin::runner {
namespace {

constexpr size_t topClasses = 5;
constexpr int64_t describedImages = 10;

bool isFolder(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string format(const char *pattern, auto... values) {
  char text[160];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

/// The best classes of one row of logits, with their part of the softmax.
std::string describeClasses(const float *logits, size_t count, const std::vector<std::string> &labels) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  size_t shown = std::min(count, topClasses);
  // What is not a number comes last, so that there is an order.
  auto key = [&](size_t k) { return std::isnan(logits[k]) ? -INFINITY : logits[k]; };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [&](size_t a, size_t b) { return key(a) != key(b) ? key(a) > key(b) : a < b; });
  double sum = 0;
  for (size_t i = 0; i < count; ++i)
    sum += std::exp(static_cast<double>(logits[i]) - static_cast<double>(logits[order[0]]));
  std::string text;
  for (size_t i = 0; i < shown; ++i) {
    double part = std::exp(static_cast<double>(logits[order[i]]) - static_cast<double>(logits[order[0]])) / sum;
    bool labelled = order[i] < labels.size();
    text += format("  %6.2f %%  ", 100 * part) + (labelled ? labels[order[i]] + " (class " : "class ") +
            std::to_string(order[i]) + (labelled ? ")\n" : "\n");
  }
  return text;
}

/// RGB or gray bytes of one image output, N = 1, values 0 to 1.
bool toPicture(const image::Tensor &tensor, image::Picture &picture) {
  const std::vector<int64_t> &shape = tensor.shape;
  if (shape.size() != 4 || shape[0] != 1 || (shape[1] != 1 && shape[1] != 3) || shape[2] * shape[3] > image::maxPixels)
    return false;
  picture = {static_cast<int>(shape[2]), static_cast<int>(shape[3]), static_cast<int>(shape[1]), {}};
  auto channels = static_cast<size_t>(shape[1]), count = static_cast<size_t>(shape[2] * shape[3]);
  for (size_t i = 0; i < count; ++i) {
    for (size_t c = 0; c < channels; ++c) {
      float value = tensor.values[c * count + i];
      picture.pixels.push_back(value > 0 ? static_cast<uint8_t>(std::lround(255 * std::min(value, 1.0f))) : 0);
    }
  }
  return true;
}

std::string join(const std::vector<OutputInfo> &outputs) {
  std::string text;
  for (const OutputInfo &output : outputs)
    text += (text.empty() ? "" : ", ") + output.name;
  return text;
}

} // namespace

StagedFiles::~StagedFiles() {
  for (const auto &[temporary, path] : files)
    unlink(temporary.c_str());
  if (!madeFolder.empty())
    rmdir(madeFolder.c_str());
}

bool StagedFiles::makeFolder(const std::string &path, std::string &error) {
  if (isFolder(path))
    return true;
  if (mkdir(path.c_str(), 0777) != 0)
    return error = path + ": error: cannot be made: " + std::strerror(errno), false;
  madeFolder = path;
  return true;
}

std::string StagedFiles::stage(const std::string &path) {
  files.emplace_back(path + ".part" + std::to_string(getpid()), path);
  return files.back().first;
}

bool StagedFiles::commit(std::string &error) {
  // What stops a rename is found before the first one.
  for (const auto &[temporary, path] : files)
    if (isFolder(path))
      return error = path + ": error: cannot be written: it is a folder", false;
  while (!files.empty()) {
    const auto &[temporary, path] = files.back();
    if (std::rename(temporary.c_str(), path.c_str()) != 0)
      return error = path + ": error: cannot be written: " + std::strerror(errno), false;
    madeFolder.clear();
    files.pop_back();
  }
  return true;
}

std::optional<OutKind> classifyOut(const std::string &out, const std::vector<OutputInfo> &outputs, std::string &error) {
  std::string several = "is for one output, the model has " + std::to_string(outputs.size()) + " (" + join(outputs) +
                        "): expected a folder";
  if (out.empty())
    return OutKind::None;
  if (isFolder(out) || out.back() == '/')
    return OutKind::Folder;
  if (endsWith(out, ".npy"))
    return outputs.size() == 1 ? std::optional(OutKind::Npy) : (error = several, std::nullopt);
  if (endsWith(out, ".png")) {
    if (outputs.size() != 1)
      return error = several, std::nullopt;
    if (outputs[0].kind != "image")
      return error = "a .png is for images, the model's output is '" + outputs[0].name +
                     "': expected a .npy file or a folder",
             std::nullopt;
    return OutKind::Png;
  }
  size_t name = out.find_last_of('/') + 1;
  if (out.find('.', name + 1) != std::string::npos)
    return error = "expected a .npy file, a .png file or a folder; to make a folder of that name, end it in '/'",
           std::nullopt;
  return OutKind::Folder;
}

bool writeOutputs(StagedFiles &files, OutKind kind, const std::string &out, const std::vector<OutputInfo> &outputs,
                  const std::vector<image::Tensor> &values, std::string &error) {
  if (kind == OutKind::Folder && !files.makeFolder(out, error))
    return false;
  for (size_t i = 0; i < outputs.size(); ++i) {
    std::string path = kind == OutKind::Folder ? out + "/" + outputs[i].name + ".npy" : out;
    std::string temporary = files.stage(path), problem;
    bool good;
    if (kind == OutKind::Png) {
      image::Picture picture;
      good =
          toPicture(values[i], picture)
              ? image::writePng(temporary, picture, problem)
              : (problem = "is for one gray or RGB image, the output is " + image::shapeText(values[i].shape), false);
    } else {
      good = image::writeNpy(temporary, values[i].shape, values[i].values.data(), problem);
    }
    if (!good)
      return error = path + ": error: " + problem, false;
  }
  return true;
}

std::string describeOutput(const std::string &input, const OutputInfo &output, const image::Tensor &tensor,
                           const std::vector<std::string> &labels) {
  std::string text;
  if (output.kind == "logits" && tensor.shape.size() == 2) {
    int64_t images = tensor.shape[0];
    auto classes = static_cast<size_t>(tensor.shape[1]);
    for (int64_t i = 0; i < std::min(images, describedImages); ++i) {
      text += input + (images > 1 ? "[" + std::to_string(i) + "]" : "") + ": " + output.name + "\n";
      text += describeClasses(&tensor.values[static_cast<size_t>(i) * classes], classes, labels);
    }
    if (images > describedImages)
      text += input + ": " + std::to_string(images - describedImages) + " more images; -o OUT.npy writes all\n";
    return text;
  }
  double sum = 0, least = INFINITY, most = -INFINITY;
  for (float value : tensor.values) {
    sum += static_cast<double>(value);
    least = std::min(least, static_cast<double>(value));
    most = std::max(most, static_cast<double>(value));
  }
  return input + ": " + output.name + ", " + image::shapeText(tensor.shape) +
         (output.layout.empty() ? "" : " (" + output.layout + ")") +
         format(", values %.4g to %.4g, mean %.4g\n", least, most, sum / static_cast<double>(tensor.values.size()));
}

} // namespace swin::runner
