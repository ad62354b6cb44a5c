//===- Picture.h - PNG and JPEG files as bytes -----------------------------===//
// Files are untrusted; pictures of more than 2^28 pixels and files that are cut off are
// refused before they are decoded. Transparency is dropped, 16 bits become 8, rotation
// marks are not obeyed.
//===----------------------------------------------------------------------===//
#ifndef SWIN_RUNTIME_IMAGE_PICTURE_H
#define SWIN_RUNTIME_IMAGE_PICTURE_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace swin::image {

/// Rows from top to bottom, pixels from left to right, channels together.
struct Picture {
  int height = 0, width = 0;
  int channels = 0; ///< 1 gray, 3 RGB
  std::vector<uint8_t> pixels;
};

/// The largest number of pixels of a picture, decoded or resized.
constexpr int64_t maxPixels = int64_t(1) << 28;

/// True if the file is a whole picture as far as can be told without decoding it.
bool isPicture(const std::string &path, std::string &error);

/// Reads a .png or .jpg as gray (channels 1) or RGB (3); colours become gray as in Pillow: ITU-R 601 luma.
std::optional<Picture> readPicture(const std::string &path, int channels, std::string &error);

/// Writes a .png. What is there already is replaced.
bool writePng(const std::string &path, const Picture &picture, std::string &error);

/// The bytes of such a file.
std::optional<std::string> pngBytes(const Picture &picture, std::string &error);

} // namespace swin::image

#endif // SWIN_RUNTIME_IMAGE_PICTURE_H
