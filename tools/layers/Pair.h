//===- Pair.h - two values, element by element -----------------------------===//
#ifndef SWIN_TOOLS_LAYERS_PAIR_H
#define SWIN_TOOLS_LAYERS_PAIR_H

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace swin::layers {

/// Axes of a value; one that it lacks has size 1. A map has no tokens, a map cut into windows has rows and columns of
/// windows, and tokens in each of them.
enum Axis { Images, Rows, Columns, Tokens, Channels, NumAxes };
using Index = std::array<int64_t, NumAxes>;

/// Difference of two elements; infinite if one of them is no number that the other is, too.
inline double between(float ours, float theirs) {
  if (std::isfinite(ours) && std::isfinite(theirs))
    return std::fabs(static_cast<double>(ours) - static_cast<double>(theirs));
  bool same = ours == theirs || (std::isnan(ours) && std::isnan(theirs));
  return same ? 0 : std::numeric_limits<double>::infinity();
}

/// Values of the same shape, row-major.
struct Pair {
  Index sizes = {1, 1, 1, 1, 1};
  const float *ours = nullptr, *theirs = nullptr;
  double allowed = 0; ///< a difference up to this is none
  double largest = 0; ///< difference; finite

  int64_t count() const { return sizes[Images] * sizes[Rows] * sizes[Columns] * sizes[Tokens] * sizes[Channels]; }
  int64_t tokens() const { return count() / sizes[Channels]; }
  bool isWindows() const { return sizes[Tokens] > 1 && sizes[Rows] * sizes[Columns] > 1; }
  bool isOff(int64_t element) const { return between(ours[element], theirs[element]) > allowed; }
  int64_t elementOf(const Index &at) const {
    int64_t element = 0;
    for (int axis = 0; axis < NumAxes; ++axis)
      element = element * sizes[axis] + at[axis];
    return element;
  }
  Index indexOf(int64_t element) const {
    Index at = {};
    for (int axis = NumAxes - 1; axis >= 0; --axis) {
      at[axis] = element % sizes[axis];
      element /= sizes[axis];
    }
    return at;
  }
  /// What may be left of the difference where something explains it: nothing, or a hundredth; and never so much that
  /// chance would do.
  double left() const { return std::fmin(std::fmax(allowed, largest / 100), largest / 4); }
};

/// Rank 1 = channels, 2 = images and those, 3 = images, tokens, channels, 4 = a map, 5 = windows; what is before the
/// last five sizes counts as images.
Index axesOf(const std::vector<int64_t> &shape);

/// What our elements have become of: other places of theirs; "" = nothing that is known.
std::string movedPattern(const Pair &pair);

/// A factor or a constant, for all, for each channel or for each token.
std::string scaledPattern(const Pair &pair);

/// Where they differ, if that is a part that can be named. `part`: the images and channels in which they differ, if
/// these are neighbours; all others have sizes as they are.
struct Place {
  std::string text;
  int64_t firstImage = 0, images = 0, firstChannel = 0, channels = 0;
};
Place placeOf(const Pair &pair);

/// 0.0123, 17, 1.5e+09
std::string numberText(double value);

} // namespace swin::layers

#endif // SWIN_TOOLS_LAYERS_PAIR_H
