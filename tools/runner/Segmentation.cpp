//===- Segmentation.cpp - a class for every pixel --------------------------===//
#include "tools/runner/Segmentation.h"

#include <algorithm>
#include <cmath>

namespace swin::runner {
namespace {

/// Where a pixel of the picture lies between two elements of the map; -1 = outside of what the network saw.
struct Place {
  int64_t first = -1, second = -1;
  float part = 0; ///< of the second
};

std::vector<Place> places(const image::AxisFit &fit, int64_t elements) {
  std::vector<Place> all;
  double scale = static_cast<double>(fit.sized) / fit.from, reduced = static_cast<double>(elements) / fit.size;
  for (int i = 0; i < fit.from; ++i) {
    double seen = (i + 0.5) * scale - fit.begin;
    if (seen < 0 || seen >= fit.size) {
      all.push_back({});
      continue;
    }
    double at = std::max(seen * reduced - 0.5, 0.0);
    auto first = std::min(static_cast<int64_t>(at), elements - 1);
    all.push_back({first, std::min(first + 1, elements - 1), static_cast<float>(at - static_cast<double>(first))});
  }
  return all;
}

float mix(float a, float b, float part) { return part == 0 ? a : a + (b - a) * part; }

} // namespace

ClassMap classesOf(const float *logits, int64_t classes, int64_t h, int64_t w, const image::Fit &fit) {
  std::vector<Place> rows = places(fit.height, h), columns = places(fit.width, w);
  auto width = static_cast<size_t>(fit.width.from);
  ClassMap map{fit.height.from, fit.width.from, {}};
  map.classes.assign(static_cast<size_t>(map.height) * width, ClassMap::none);
  std::vector<float> line(static_cast<size_t>(w)), best(width);
  for (size_t y = 0; y < rows.size(); ++y) {
    if (rows[y].first < 0)
      continue;
    int32_t *found = &map.classes[y * width];
    for (int64_t k = 0; k < classes; ++k) {
      const float *upper = logits + (k * h + rows[y].first) * w, *lower = logits + (k * h + rows[y].second) * w;
      for (size_t x = 0; x < line.size(); ++x)
        line[x] = mix(upper[x], lower[x], rows[y].part);
      for (size_t x = 0; x < width; ++x) {
        const Place &place = columns[x];
        if (place.first < 0)
          continue;
        float value = mix(line[static_cast<size_t>(place.first)], line[static_cast<size_t>(place.second)], place.part);
        // Nothing is larger than what is not a number, so that is left at the next value.
        if (found[x] == ClassMap::none || value > best[x] || (std::isnan(best[x]) && !std::isnan(value))) {
          found[x] = static_cast<int32_t>(k);
          best[x] = value;
        }
      }
    }
  }
  return map;
}

image::Fit sameSize(int height, int width) { return {{height, height, 0, height}, {width, width, 0, width}}; }

std::array<uint8_t, 3> colourOf(int32_t which) {
  std::array<uint8_t, 3> colour = {};
  for (int place = 7; place >= 0; --place)
    for (uint8_t &channel : colour) {
      channel = static_cast<uint8_t>(channel | (which & 1) << place);
      which >>= 1;
    }
  return colour;
}

image::Picture colourMap(const ClassMap &map, const image::Picture *under) {
  image::Picture picture{map.height, map.width, 3, {}};
  picture.pixels.reserve(3 * map.classes.size());
  auto channels = static_cast<size_t>(under ? under->channels : 0);
  for (size_t i = 0; i < map.classes.size(); ++i) {
    std::array<uint8_t, 3> colour = colourOf(std::max(map.classes[i], 0));
    for (size_t c = 0; c < 3; ++c) {
      int below = under ? under->pixels[i * channels + (channels == 3 ? c : 0)] : colour[c];
      int above = map.classes[i] == ClassMap::none ? below : colour[c];
      picture.pixels.push_back(static_cast<uint8_t>((below + above + 1) / 2));
    }
  }
  return picture;
}

image::Picture grayMap(const ClassMap &map) {
  image::Picture picture{map.height, map.width, 1, {}};
  picture.pixels.reserve(map.classes.size());
  for (int32_t which : map.classes)
    picture.pixels.push_back(static_cast<uint8_t>(which == ClassMap::none ? 255 : which));
  return picture;
}

} // namespace swin::runner
