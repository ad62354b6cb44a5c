// PNG and JPEG files as the runner reads them. The decoder is stb_image; what it cannot be trusted with is refused
// before.
#include "runtime/image/Picture.h"
#include "runtime/image/Preprocess.h"
#include "tests/fuzz/Mutator.h"
#include "tests/fuzz/Target.h"

#include <cstring>
#include <zlib.h>

using namespace swin;

namespace {

uint32_t numberAt(std::string_view bytes, size_t at, size_t count) {
  uint32_t number = 0;
  for (size_t i = at; i < at + count && i < bytes.size(); ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

/// Pixels, as far as a quick look shows: decoding millions of them takes long and shows nothing new.
uint64_t pixelsOf(std::string_view bytes) {
  if (!bytes.starts_with("\xff\xd8"))
    return uint64_t{numberAt(bytes, 16, 4)} * numberAt(bytes, 20, 4);
  uint64_t most = 0;
  for (size_t at = 2; (at = bytes.find('\xff', at)) != bytes.npos; ++at)
    if (uint32_t marker = numberAt(bytes, at + 1, 1); marker >= 0xc0 && marker <= 0xc2)
      most = std::max(most, uint64_t{numberAt(bytes, at + 5, 2)} * numberAt(bytes, at + 7, 2));
  return most;
}

} // namespace

/// Half of the time the checksums of a PNG are put right, without which nothing behind the first change is looked at.
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  for (size_t at = 8; seed % 2 == 0 && at + 12 <= size;) {
    size_t length = numberAt(fuzz::textOf(data, size), at, 4);
    if (length > size - at - 12)
      break;
    auto sum = static_cast<uint32_t>(crc32_z(0, data + at + 4, 4 + length));
    for (int byte = 0; byte < 4; ++byte)
      data[at + 8 + length + byte] = static_cast<uint8_t>(sum >> (24 - 8 * byte));
    at += 12 + length;
  }
  return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view bytes = fuzz::textOf(data, size);
  std::string path = fuzz::written("picture", bytes), error;
  bool isPicture = image::isPicture(path, error);
  fuzz::require(isPicture || !error.empty(), "a sentence");
  if (!isPicture || pixelsOf(bytes) > 1 << 16)
    return 0;
  for (int channels : {1, 3}) {
    std::optional<image::Picture> picture = image::readPicture(path, channels, error);
    if (!picture)
      continue;
    ++fuzz::accepted;
    fuzz::require(picture->pixels.size() ==
                      static_cast<size_t>(picture->height) * static_cast<size_t>(picture->width) * channels,
                  "as many pixels as the picture has");
    image::Preprocessing how;
    how.resize = image::Preprocessing::Resize::ShorterSide;
    how.resizeHeight = how.cropHeight = how.cropWidth = 8;
    how.mean.assign(channels, 0.5f), how.std.assign(channels, 0.5f);
    // Of what is very long, the middle alone would be used.
    if (std::max(picture->height, picture->width) > 64 * std::min(picture->height, picture->width))
      continue;
    std::vector<float> values;
    int height = 0, width = 0;
    fuzz::require(image::preprocess(*picture, how, values, height, width, error) && height == 8 && width == 8 &&
                      values.size() == static_cast<size_t>(64 * channels),
                  "what the network sees");
  }
  return 0;
}
