//===- Segmentation.h - a class for every pixel ----------------------------===//
#ifndef SWIN_TOOLS_RUNNER_SEGMENTATION_H
#define SWIN_TOOLS_RUNNER_SEGMENTATION_H

#include "runtime/image/Preprocess.h"

#include <array>
#include <vector>

namespace swin::runner {

/// Classes 0, 1, ... of the pixels of a picture, row by row.
struct ClassMap {
  static constexpr int32_t none = -1; ///< of what the network did not see
  int height = 0, width = 0;
  std::vector<int32_t> classes;
};

/// The class with the largest logit at each pixel, the first of equal ones; what is not a number is the smallest.
/// `logits`: classes x h x w values, of the network's map of one image, which was made of a picture as `fit` says. They
/// are interpolated to the picture's pixels linearly (corners are not aligned) before they are compared.
ClassMap classesOf(const float *logits, int64_t classes, int64_t h, int64_t w, const image::Fit &fit);

/// How an array fits: it is what the network sees.
image::Fit sameSize(int height, int width);

/// A colour for each class: its bits, three at a time from the lowest on, are the highest bits of red, green and blue,
/// then their next ones: 0 black, 1 (128, 0, 0), 2 (0, 128, 0), 3 (128, 128, 0), ... Those of 2^24 classes differ.
std::array<uint8_t, 3> colourOf(int32_t which);

/// The map in colours, RGB; `under`, if not null, is a picture of the same size, gray or RGB, of which each pixel is
/// half. What has no class is the picture alone, or black.
image::Picture colourMap(const ClassMap &map, const image::Picture *under);

/// The classes as gray values, none as 255. Of at most 255 classes.
image::Picture grayMap(const ClassMap &map);
constexpr int64_t mostGrayClasses = 255;

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_SEGMENTATION_H
