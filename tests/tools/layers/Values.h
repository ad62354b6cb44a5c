//===- Values.h - two values of which one was changed ----------------------===//
#ifndef SWIN_TESTS_TOOLS_LAYERS_VALUES_H
#define SWIN_TESTS_TOOLS_LAYERS_VALUES_H

#include "tools/layers/LayerDiff.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace swin::layers {

inline int64_t countOf(const std::vector<int64_t> &shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

/// What maps of models look like: smooth along the image, so that neighbours are nearly the same, a few channels far
/// larger than the others, one that is 0, a part of the image that is flat.
inline std::vector<float> mapLike(const std::vector<int64_t> &shape, uint32_t seed = 1) {
  const int64_t count = countOf(shape), channels = shape.back();
  std::vector<float> values(static_cast<size_t>(count));
  uint32_t state = seed;
  auto next = [&state] {
    state = state * 1664525u + 1013904223u;
    return static_cast<float>(state >> 8) / 16777216.0f - 0.5f;
  };
  std::vector<float> row(static_cast<size_t>(channels));
  for (int64_t i = 0; i < count; ++i) {
    float &last = row[static_cast<size_t>(i % channels)];
    last = 0.9f * last + next();
    bool isFlat = i > count / 3 && i < count / 2;
    float scale = i % channels == 0 ? 0.0f : i % channels == 3 ? 30.0f : 1.0f;
    values[static_cast<size_t>(i)] = scale * (isFlat ? 0.25f : last + 0.01f * static_cast<float>(i % channels));
  }
  return values;
}

inline std::vector<int64_t> indicesOf(int64_t element, const std::vector<int64_t> &shape) {
  std::vector<int64_t> at(shape.size());
  for (size_t axis = shape.size(); axis-- > 0; element /= shape[axis])
    at[axis] = element % shape[axis];
  return at;
}

inline int64_t elementOf(const std::vector<int64_t> &at, const std::vector<int64_t> &shape) {
  int64_t element = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    element = element * shape[axis] + at[axis];
  return element;
}

using At = std::vector<int64_t>;

/// Ours are theirs of the place that `source` makes of each place; rounding on top.
inline Difference moved(const std::vector<int64_t> &shape, const std::function<void(At &)> &source) {
  std::vector<float> theirs = mapLike(shape), ours = theirs;
  for (size_t i = 0; i < ours.size(); ++i) {
    At at = indicesOf(static_cast<int64_t>(i), shape);
    source(at);
    ours[i] = theirs[static_cast<size_t>(elementOf(at, shape))] * (i % 2 ? 1.000001f : 0.999999f);
  }
  return compareLayer(shape, ours.data(), theirs.data(), 1e-4);
}

/// Each of our elements is made of theirs.
inline Difference changed(const std::vector<int64_t> &shape, const std::function<float(const At &, float)> &change) {
  std::vector<float> theirs = mapLike(shape), ours = theirs;
  for (size_t i = 0; i < ours.size(); ++i)
    ours[i] = change(indicesOf(static_cast<int64_t>(i), shape), theirs[i]);
  return compareLayer(shape, ours.data(), theirs.data(), 1e-4);
}

} // namespace swin::layers

#endif // SWIN_TESTS_TOOLS_LAYERS_VALUES_H
