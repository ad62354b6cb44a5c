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

/// One axis of a picture on its way to the network: resized from `from` to `sized` pixels, `size` of these from `begin`
/// on are what the network sees. Those from before 0 and from behind `sized` are black.
struct AxisFit {
  int from, sized, begin, size;
};

/// How a picture fits, along height and width.
struct Fit {
  AxisFit height, width;
};

/// How a picture of that size fits, or an error where it would become too large.
std::optional<Fit> fitOf(int height, int width, const Preprocessing &how, std::string &error);

/// The picture, resized and cropped; it has the size of which `fit` is made.
Picture applyFit(const Picture &picture, const Fit &fit, Filter filter);

/// Writes channels x height x width floats: those of the rectangle with its first pixel at (top, left). The picture has
/// as many channels as `how.mean` and `how.std` have values, the rectangle lies inside.
void normalize(const Picture &picture, const Preprocessing &how, int64_t top, int64_t left, int64_t height,
               int64_t width, float *values);

/// All of this: channels x height x width floats; `height` and `width` receive the size. False if the picture would
/// become too large.
bool preprocess(const Picture &picture, const Preprocessing &how, std::vector<float> &values, int &height, int &width,
                std::string &error);

} // namespace swin::image

#endif // SWIN_RUNTIME_IMAGE_PREPROCESS_H
