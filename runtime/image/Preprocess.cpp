//===- Preprocess.cpp - from a picture to what the network sees ------------===//
#include "runtime/image/Preprocess.h"

#include <algorithm>
#include <cmath>

namespace swin::image {
namespace {

/// Weights are integers of so many bits behind the point: 8 bits of a pixel and a sign leave room for their sums.
constexpr int weightBits = 32 - 8 - 2;

double weightAt(double x, Filter filter) {
  x = std::fabs(x);
  if (filter == Filter::Bilinear)
    return x < 1 ? 1 - x : 0;
  constexpr double a = -0.5;
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/// What an element of the result is made of: input elements from `first` on.
struct Taps {
  int first;
  std::vector<int32_t> weights;
};

std::vector<Taps> makeTaps(int from, int to, Filter filter) {
  double scale = static_cast<double>(from) / to;
  // Downwards the filter is stretched over all that falls into an element.
  double stretch = std::max(scale, 1.0);
  double support = (filter == Filter::Bilinear ? 1.0 : 2.0) * stretch;
  std::vector<Taps> all;
  for (int i = 0; i < to; ++i) {
    double center = (i + 0.5) * scale;
    int first = std::max(static_cast<int>(center - support + 0.5), 0);
    int last = std::min(static_cast<int>(center + support + 0.5), from);
    std::vector<double> weights;
    double sum = 0;
    for (int k = first; k < last; ++k) {
      weights.push_back(weightAt((k - center + 0.5) * (1.0 / stretch), filter));
      sum += weights.back();
    }
    Taps taps{first, {}};
    for (double weight : weights) {
      double scaled = (sum != 0 ? weight / sum : weight) * (1 << weightBits);
      taps.weights.push_back(static_cast<int32_t>(scaled + (scaled < 0 ? -0.5 : 0.5)));
    }
    all.push_back(std::move(taps));
  }
  return all;
}

/// Elements lie `step` bytes apart.
uint8_t weightedSum(const Taps &taps, const uint8_t *line, size_t step) {
  int32_t sum = 1 << (weightBits - 1);
  const uint8_t *at = line + static_cast<size_t>(taps.first) * step;
  for (int32_t weight : taps.weights) {
    sum += *at * weight;
    at += step;
  }
  return static_cast<uint8_t>(std::clamp(sum >> weightBits, 0, 255));
}

Picture resizeWidth(const Picture &picture, int width, Filter filter) {
  auto channels = static_cast<size_t>(picture.channels);
  std::vector<Taps> taps = makeTaps(picture.width, width, filter);
  Picture result{picture.height, width, picture.channels, {}};
  result.pixels.reserve(static_cast<size_t>(picture.height) * static_cast<size_t>(width) * channels);
  for (int y = 0; y < picture.height; ++y) {
    const uint8_t *row = &picture.pixels[static_cast<size_t>(y) * static_cast<size_t>(picture.width) * channels];
    for (const Taps &one : taps)
      for (size_t c = 0; c < channels; ++c)
        result.pixels.push_back(weightedSum(one, row + c, channels));
  }
  return result;
}

Picture resizeHeight(const Picture &picture, int height, Filter filter) {
  size_t row = static_cast<size_t>(picture.width) * static_cast<size_t>(picture.channels);
  Picture result{height, picture.width, picture.channels, {}};
  result.pixels.reserve(static_cast<size_t>(height) * row);
  for (const Taps &one : makeTaps(picture.height, height, filter))
    for (size_t x = 0; x < row; ++x)
      result.pixels.push_back(weightedSum(one, &picture.pixels[x], row));
  return result;
}

/// Where a crop begins: halves are rounded to even, as Python does. Negative: so much is added in front.
int cropBegin(int size, int wanted) {
  if (size < wanted)
    return -((wanted - size) / 2);
  int half = (size - wanted) / 2;
  return half + ((size - wanted) % 2 != 0 && half % 2 != 0);
}

} // namespace

Picture resize(const Picture &picture, int height, int width, Filter filter) {
  Picture wide = picture.width == width ? picture : resizeWidth(picture, width, filter);
  return picture.height == height ? wide : resizeHeight(wide, height, filter);
}

Picture cropCenter(const Picture &picture, int height, int width) {
  int top = cropBegin(picture.height, height), left = cropBegin(picture.width, width);
  auto channels = static_cast<size_t>(picture.channels);
  Picture result{height, width, picture.channels, {}};
  result.pixels.resize(static_cast<size_t>(height) * static_cast<size_t>(width) * channels);
  int firstX = std::max(0, -left), lastX = std::min(width, picture.width - left);
  for (int y = std::max(0, -top); y < std::min(height, picture.height - top); ++y) {
    size_t from =
        static_cast<size_t>(y + top) * static_cast<size_t>(picture.width) + static_cast<size_t>(firstX + left);
    size_t to = static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(firstX);
    std::copy_n(&picture.pixels[from * channels], static_cast<size_t>(lastX - firstX) * channels,
                &result.pixels[to * channels]);
  }
  return result;
}

std::optional<Fit> fitOf(int height, int width, const Preprocessing &how, std::string &error) {
  int64_t newHeight = height, newWidth = width;
  if (how.resize == Preprocessing::Resize::Exactly) {
    newHeight = how.resizeHeight;
    newWidth = how.resizeWidth;
  } else if (how.resize == Preprocessing::Resize::ShorterSide) {
    int64_t size = how.resizeHeight, shorter = std::min(newHeight, newWidth);
    newHeight = size * newHeight / shorter;
    newWidth = size * newWidth / shorter;
  }
  // The widths change first: on the way there are as many rows as before.
  if (std::max(newHeight, int64_t(height)) * newWidth > maxPixels) {
    error = "is " + std::to_string(height) + " x " + std::to_string(width) + " pixels: resizing it to " +
            std::to_string(newHeight) + " x " + std::to_string(newWidth) + " needs more than 2^28";
    return std::nullopt;
  }
  auto fitAxis = [](int from, int64_t sized, int crop) {
    auto all = static_cast<int>(sized);
    return AxisFit{from, all, crop > 0 ? cropBegin(all, crop) : 0, crop > 0 ? crop : all};
  };
  return Fit{fitAxis(height, newHeight, how.cropHeight), fitAxis(width, newWidth, how.cropWidth)};
}

Picture applyFit(const Picture &picture, const Fit &fit, Filter filter) {
  Picture sized = resize(picture, fit.height.sized, fit.width.sized, filter);
  if (fit.height.size != fit.height.sized || fit.width.size != fit.width.sized)
    return cropCenter(sized, fit.height.size, fit.width.size);
  return sized;
}

void normalize(const Picture &picture, const Preprocessing &how, int64_t top, int64_t left, int64_t height,
               int64_t width, float *values) {
  auto channels = static_cast<size_t>(picture.channels);
  for (size_t c = 0; c < channels; ++c)
    for (int64_t y = top; y < top + height; ++y) {
      const uint8_t *pixel = &picture.pixels[static_cast<size_t>(y * picture.width + left) * channels + c];
      for (int64_t x = 0; x < width; ++x, pixel += channels)
        *values++ = (static_cast<float>(*pixel) / 255.0f - how.mean[c]) / how.std[c];
    }
}

bool preprocess(const Picture &picture, const Preprocessing &how, std::vector<float> &values, int &height, int &width,
                std::string &error) {
  std::optional<Fit> fit = fitOf(picture.height, picture.width, how, error);
  if (!fit)
    return false;
  Picture fitted = applyFit(picture, *fit, how.filter);
  height = fitted.height;
  width = fitted.width;
  values.resize(fitted.pixels.size());
  normalize(fitted, how, 0, 0, height, width, values.data());
  return true;
}

} // namespace swin::image
