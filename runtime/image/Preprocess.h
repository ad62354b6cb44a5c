//===- Preprocess.h - from a picture to what the network sees --------------===//
// The same numbers as Pillow and torchvision: antialiased filters, widths first, 8
// bits between the two passes and after them.
//===----------------------------------------------------------------------===//
#ifndef SWIN_RUNTIME_IMAGE_PREPROCESS_H
#define SWIN_RUNTIME_IMAGE_PREPROCESS_H

#include "runtime/image/Picture.h"

namespace swin::image {

enum class Filter { Bilinear, Bicubic };

struct Preprocessing {
  enum class Resize {
    None,
    ShorterSide, ///< to resizeHeight; the other side in proportion, rounded down
    Exactly      ///< to resizeHeight x resizeWidth, whatever the proportions
  };
  Resize resize = Resize::None;
  int resizeHeight = 0, resizeWidth = 0;
  Filter filter = Filter::Bicubic;
  /// The middle of the picture; 0 = all of it. Where it is too small, black is added on both sides.
  int cropHeight = 0, cropWidth = 0;
  /// value = (byte / 255 - mean) / std, one of each per channel.
  std::vector<float> mean, std;
};

/// Resizes to exactly this size; a picture that has it already is returned as it is.
Picture resize(const Picture &picture, int height, int width, Filter filter);

/// The height x width pixels in the middle.
Picture cropCenter(const Picture &picture, int height, int width);

/// Channels x height x width floats; `height` and `width` receive the size. The picture has as many channels as
/// `how.mean` and `how.std` have values. False if the picture would become too large.
bool preprocess(const Picture &picture, const Preprocessing &how, std::vector<float> &values, int &height, int &width,
                std::string &error);

} // namespace swin::image

#endif // SWIN_RUNTIME_IMAGE_PREPROCESS_H
