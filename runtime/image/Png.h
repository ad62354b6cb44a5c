//===- Png.h - PNG files written row by row --------------------------------===//
// Errors are sentences without the file's name.
//===----------------------------------------------------------------------===//
#ifndef SWIN_RUNTIME_IMAGE_PNG_H
#define SWIN_RUNTIME_IMAGE_PNG_H

#include <cstdint>
#include <memory>
#include <string>

namespace swin::image {

/// A picture of 8 bits per channel that need never be in memory as a whole.
class PngWriter {
public:
  PngWriter();
  PngWriter(const PngWriter &) = delete;
  PngWriter &operator=(const PngWriter &) = delete;
  ~PngWriter();

  /// Begins a picture of 1 (gray) or 3 (RGB) channels; height and width are 1 to 2^31 - 1. What is there already is
  /// replaced.
  bool open(const std::string &path, int64_t height, int64_t width, int channels, std::string &error);
  /// The same in memory: appends to `bytes`, which must stay until close.
  bool openInMemory(std::string &bytes, int64_t height, int64_t width, int channels, std::string &error);
  /// The next rows from top to bottom, pixels from left to right, channels together; `height` of them in all.
  bool write(const uint8_t *rows, int64_t count, std::string &error);
  /// What was written is a picture only if this succeeds; all rows were.
  bool close(std::string &error);

private:
  bool begin(int64_t height, int64_t width, int channels, std::string &error);

  struct State;
  std::unique_ptr<State> state;
};

} // namespace swin::image

#endif // SWIN_RUNTIME_IMAGE_PNG_H
