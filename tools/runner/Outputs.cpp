//===- Outputs.cpp - what becomes of a model's outputs ---------------------===//
#include "tools/runner/Outputs.h"

#include "runtime/image/Picture.h"
#include "tools/runner/Options.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <numeric>
#include <sys/stat.h>
#include <unistd.h>

namespace swin::runner {
namespace {

constexpr size_t topClasses = 5;
constexpr int64_t describedImages = 10;
constexpr int64_t mostPngPixels = INT32_MAX; ///< along a side

bool isFolder(const std::string &path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string format(const char *pattern, auto... values) {
  char text[160];
  std::snprintf(text, sizeof text, pattern, values...);
  return text;
}

/// A class and its part of something.
std::string classLine(double part, size_t which, const std::vector<std::string> &labels) {
  bool labelled = which < labels.size();
  return format("  %6.2f %%  ", 100 * part) + (labelled ? labels[which] + " (class " : "class ") +
         std::to_string(which) + (labelled ? ")\n" : "\n");
}

/// The classes that most pixels of a class map belong to.
std::string describeParts(const ClassMap &map, const std::vector<std::string> &labels) {
  std::map<int32_t, size_t> counts;
  for (int32_t which : map.classes)
    ++counts[which];
  std::vector<std::pair<int32_t, size_t>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(), [](auto &a, auto &b) { return a.second > b.second; });
  std::string text = ", " + std::to_string(order.size()) + (order.size() == 1 ? " class\n" : " classes\n");
  for (size_t i = 0; i < std::min(order.size(), topClasses); ++i)
    text += classLine(static_cast<double>(order[i].second) / static_cast<double>(map.classes.size()),
                      static_cast<size_t>(order[i].first), labels);
  return text;
}

/// The classes of one image's logits at each pixel of its picture or, of an array, of the array.
ClassMap classesOfOne(const image::Tensor &logits, size_t which, const Source *source) {
  int64_t classes = logits.shape[1], h = logits.shape[2], w = logits.shape[3];
  image::Fit fit = source && source->picture ? source->fit : sameSize(static_cast<int>(h), static_cast<int>(w));
  return classesOf(&logits.values[which * static_cast<size_t>(classes * h * w)], classes, h, w, fit);
}

bool writePicture(const std::string &path, const image::Tensor &tensor, std::string &error) {
  if (!isOnePicture(tensor.shape, error))
    return false;
  const std::vector<int64_t> &shape = tensor.shape;
  image::PngWriter writer;
  if (!writer.open(path, shape[2], shape[3], static_cast<int>(shape[1]), error))
    return false;
  // Row by row, so that the bytes of the whole are never beside its values.
  for (int64_t y = 0; y < shape[2]; ++y)
    if (!writer.write(
            toBytes({y, 1, shape[1], shape[3], shape[2], &tensor.values[static_cast<size_t>(y * shape[3])]}).data(), 1,
            error))
      return false;
  return writer.close(error);
}

bool writeOverlay(const std::string &path, const image::Tensor &logits, const Source *source, std::string &error) {
  if (logits.shape[0] != 1)
    return error = "is for one image, the output is " + image::shapeText(logits.shape), false;
  const image::Picture *under = source && source->picture ? &*source->picture : nullptr;
  return image::writePng(path, colourMap(classesOfOne(logits, 0, source), under), error);
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
    if (outputs[0].kind != "image" && outputs[0].kind != "segmentation")
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
                  const std::vector<image::Tensor> &values, const Source *source, std::string &error) {
  if (kind == OutKind::Folder && !files.makeFolder(out, error))
    return false;
  std::string problem;
  auto write = [&](const std::string &path, auto how) {
    return how(files.stage(path)) || (error = path + ": error: " + problem, false);
  };
  for (size_t i = 0; i < outputs.size(); ++i) {
    const image::Tensor &tensor = values[i];
    bool isSegmentation = outputs[i].kind == "segmentation";
    bool good = write(kind == OutKind::Folder ? out + "/" + outputs[i].name + ".npy" : out, [&](const std::string &to) {
      if (kind != OutKind::Png)
        return image::writeNpy(to, tensor.shape, tensor.values.data(), problem);
      return isSegmentation ? writeOverlay(to, tensor, source, problem) : writePicture(to, tensor, problem);
    });
    if (!good)
      return false;
    if (kind == OutKind::Folder && isSegmentation && tensor.shape[0] == 1 && tensor.shape[1] <= mostGrayClasses &&
        !write(out + "/classes.png", [&](const std::string &to) {
          return image::writePng(to, grayMap(classesOfOne(tensor, 0, source)), problem);
        }))
      return false;
  }
  return true;
}

bool isOnePicture(const std::vector<int64_t> &shape, std::string &error) {
  if (shape.size() == 4 && shape[0] == 1 && (shape[1] == 1 || shape[1] == 3) && shape[2] <= mostPngPixels &&
      shape[3] <= mostPngPixels)
    return true;
  error = "is for one gray or RGB image, the output is " + image::shapeText(shape);
  return false;
}

std::vector<uint8_t> toBytes(const FinishedRows &rows) {
  auto channels = static_cast<size_t>(rows.channels), pixels = static_cast<size_t>(rows.count * rows.width);
  std::vector<uint8_t> bytes(channels * pixels);
  for (size_t c = 0; c < channels; ++c) {
    const float *plane = rows.values + c * static_cast<size_t>(rows.pitch * rows.width);
    for (size_t i = 0; i < pixels; ++i)
      bytes[i * channels + c] =
          plane[i] > 0 ? static_cast<uint8_t>(std::lround(255 * std::min(plane[i], 1.0f))) : uint8_t(0);
  }
  return bytes;
}

std::vector<ClassPart> bestClasses(const float *logits, size_t count) {
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  size_t shown = std::min(count, topClasses);
  // What is not a number comes last, so that there is an order.
  auto key = [&](size_t k) { return std::isnan(logits[k]) ? -INFINITY : logits[k]; };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [&](size_t a, size_t b) { return key(a) != key(b) ? key(a) > key(b) : a < b; });
  auto size = [&](size_t k) {
    return std::exp(static_cast<double>(logits[k]) - static_cast<double>(logits[order[0]]));
  };
  double sum = 0;
  for (size_t k = 0; k < count; ++k)
    sum += size(k);
  std::vector<ClassPart> best;
  for (size_t i = 0; i < shown; ++i)
    best.push_back({order[i], size(order[i]) / sum});
  return best;
}

void Summary::add(const float *values, size_t more) {
  count += more;
  for (size_t i = 0; i < more; ++i) {
    auto value = static_cast<double>(values[i]);
    sum += value;
    least = std::min(least, value);
    most = std::max(most, value);
  }
}

TiledOutput::TiledOutput(OutKind kind, const std::vector<int64_t> &shape) : tensor{shape, {}}, kind(kind) {
  if (kind == OutKind::Npy || kind == OutKind::Folder)
    tensor.values.resize(static_cast<size_t>(shape[0] * shape[1] * shape[2] * shape[3]));
}

bool TiledOutput::openPng(const std::string &path, std::string &error) {
  const std::vector<int64_t> &shape = tensor.shape;
  return isOnePicture(shape, error) && png.open(path, shape[2], shape[3], static_cast<int>(shape[1]), error);
}

bool TiledOutput::closePng(std::string &error) { return png.close(error); }

bool TiledOutput::take(const FinishedRows &rows, std::string &error) {
  if (kind == OutKind::Png)
    return png.write(toBytes(rows).data(), rows.count, error);
  image += rows.first == 0;
  for (int64_t c = 0; c < rows.channels; ++c) {
    const float *from = rows.values + c * rows.pitch * rows.width;
    auto count = static_cast<size_t>(rows.count * rows.width);
    if (kind == OutKind::None)
      summary.add(from, count);
    else
      std::copy_n(
          from, count,
          &tensor
               .values[static_cast<size_t>(((image * rows.channels + c) * tensor.shape[2] + rows.first) * rows.width)]);
  }
  return true;
}

std::string describeSummary(const std::string &input, const OutputInfo &output, const std::vector<int64_t> &shape,
                            const Summary &summary) {
  std::string size = image::shapeText(shape);
  if (output.kind == "image" && shape.size() == 4 && shape[0] == 1)
    size = image::shapeText({shape[2], shape[3]}) + " pixels, " + std::to_string(shape[1]) +
           (shape[1] == 1 ? " channel" : " channels");
  else if (!output.layout.empty())
    size += " (" + output.layout + ")";
  return input + ": " + output.name + ", " + size +
         format(", values %.4g to %.4g, mean %.4g\n", summary.least, summary.most,
                summary.sum / static_cast<double>(summary.count));
}

std::string describeOutput(const std::string &input, const OutputInfo &output, const image::Tensor &tensor,
                           const std::vector<std::string> &labels) {
  const std::vector<int64_t> &shape = tensor.shape;
  bool isSegmentation = output.kind == "segmentation" && shape.size() == 4;
  if (!isSegmentation && (output.kind != "logits" || shape.size() != 2)) {
    Summary summary;
    summary.add(tensor.values.data(), tensor.values.size());
    return describeSummary(input, output, shape, summary);
  }
  std::string text;
  int64_t images = shape[0];
  auto classes = static_cast<size_t>(shape[1]);
  for (int64_t i = 0; i < std::min(images, describedImages); ++i) {
    auto which = static_cast<size_t>(i);
    text += input + (images > 1 ? "[" + std::to_string(i) + "]" : "") + ": " + output.name;
    if (isSegmentation) {
      text += ", " + image::shapeText({shape[2], shape[3]}) + " pixels" +
              describeParts(classesOfOne(tensor, which, nullptr), labels);
      continue;
    }
    text += '\n';
    for (const ClassPart &best : bestClasses(&tensor.values[which * classes], classes))
      text += classLine(best.part, best.which, labels);
  }
  if (images > describedImages)
    text += input + ": " + std::to_string(images - describedImages) + " more images; -o OUT.npy writes all\n";
  return text;
}

} // namespace swin::runner
