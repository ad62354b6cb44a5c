//===- Picture.cpp - PNG and JPEG files as bytes ---------------------------===//
#include "runtime/image/Picture.h"
#include "runtime/image/File.h"
#include "runtime/image/Png.h"

#include <climits>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <zlib.h>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_NO_STDIO
#define STBI_FAILURE_USERMSG
// What the decoder relies on does not hold in every damaged file.
struct DecoderFailure {};
#define STBI_ASSERT(condition) ((condition) ? void() : throw DecoderFailure())
#include <stb/stb_image.h>

namespace swin::image {
namespace {

/// Of the most that PNG can: 1032 bytes from one, 8 pixels in each.
constexpr uint64_t mostPixelsPerByte = 8256;

uint8_t gray(const uint8_t *rgb) {
  // Weights of 2^16 in all.
  return static_cast<uint8_t>((rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 0x8000u) >> 16);
}

/// The big-endian number of `count` bytes.
uint32_t numberAt(std::string_view bytes, size_t at, size_t count) {
  uint32_t number = 0;
  for (size_t i = at; i < at + count; ++i)
    number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

/// The decoder does not look at checksums: chunks must be whole and as they were written, up to IEND.
bool checkPng(std::string_view bytes, std::string &error) {
  for (size_t at = 8; bytes.size() - at >= 12;) {
    size_t length = numberAt(bytes, at, 4);
    if (length > bytes.size() - at - 12)
      break;
    std::string_view chunk = bytes.substr(at + 4, 4 + length);
    if (crc32_z(0, reinterpret_cast<const Bytef *>(chunk.data()), chunk.size()) != numberAt(bytes, at + 8 + length, 4))
      return error = "is damaged: the checksum at byte " + std::to_string(at + 8 + length) + " is wrong", false;
    if (chunk.starts_with("IEND"))
      return true;
    at += 12 + length;
  }
  return error = "is damaged: it ends within the picture", false;
}

/// Which Huffman tables there are: bit 4 * class + number, classes DC and AC.
using HuffmanTables = uint32_t;

uint32_t huffmanTable(uint32_t kind, uint32_t number) { return 1u << (4 * kind + number % 4); }

/// Class and number, codes of each length, then as many symbols, for one table after the other. The decoder takes
/// number 255 for none.
bool checkHuffmanTables(std::string_view tables, HuffmanTables &there, std::string &error) {
  while (!tables.empty()) {
    size_t codes = 0;
    for (size_t length = 1; length <= 16 && length < tables.size(); ++length)
      codes += numberAt(tables, length, 1);
    if (codes > 255 || tables.size() < 17 + codes)
      return error = "is damaged: it has a Huffman table of " + std::to_string(codes) + " codes", false;
    if (uint32_t which = numberAt(tables, 0, 1); which >> 4 <= 1 && which % 16 <= 3)
      there |= huffmanTable(which >> 4, which);
    tables.remove_prefix(17 + codes);
  }
  return true;
}

/// The header of a scan: components with their tables, then the range of coefficients and their bits. Where a table was
/// never said the decoder would take what lies in memory.
bool checkScan(std::string_view scan, bool isProgressive, HuffmanTables there, std::string &error) {
  size_t components = scan.empty() ? 0 : numberAt(scan, 0, 1), rest = 1 + 2 * components;
  if (scan.size() < rest + 3)
    return error = "is damaged: it has a scan of " + std::to_string(scan.size()) + " bytes", false;
  bool first = numberAt(scan, rest, 1) == 0, refines = numberAt(scan, rest + 2, 1) >> 4 != 0;
  for (size_t component = 0; component < components; ++component) {
    uint32_t which = numberAt(scan, 2 + 2 * component, 1);
    HuffmanTables needed = 0;
    if (!isProgressive || (first && !refines))
      needed |= huffmanTable(0, which >> 4);
    if (!isProgressive || !first)
      needed |= huffmanTable(1, which);
    if (needed & ~there)
      return error = "is damaged: a Huffman table is missing", false;
  }
  return true;
}

/// Walks the segments up to the end of the image: the decoder makes up what is missing there. Thumbnails are within
/// segments.
bool checkJpeg(std::string_view bytes, std::string &error) {
  size_t at = 2;
  bool hasScan = false, isProgressive = false, hasFrame = false;
  HuffmanTables tables = 0;
  while (at + 2 <= bytes.size()) {
    // Within a scan 0xff 0x00 is a value; 0xffd0 to 0xffd7 restart it.
    uint32_t marker = numberAt(bytes, at, 2);
    if (marker < 0xff01 || marker == 0xffff || (marker >= 0xffd0 && marker <= 0xffd7)) {
      ++at;
      continue;
    }
    if (marker == 0xffd9)
      return hasScan || (error = "is damaged: it has no pixels", false);
    hasScan |= marker == 0xffda;
    size_t length = at + 4 <= bytes.size() ? numberAt(bytes, at + 2, 2) : 0;
    if (length < 2 || length > bytes.size() - at - 2)
      break;
    std::string_view segment = bytes.substr(at + 4, length - 2);
    if (marker == 0xffc4 && !checkHuffmanTables(segment, tables, error))
      return false;
    if (marker >= 0xffc0 && marker <= 0xffc2 && !hasFrame)
      hasFrame = true, isProgressive = marker == 0xffc2;
    if (marker == 0xffda && !checkScan(segment, isProgressive, tables, error))
      return false;
    at += 2 + length;
  }
  return error = "is damaged: it ends within the picture", false;
}

/// Reads the file and looks at what it says of its size.
bool readEncoded(const std::string &path, std::vector<uint8_t> &encoded, std::string &error) {
  File file;
  uint64_t bytes = 0;
  if (!file.openToRead(path, bytes, error))
    return false;
  if (bytes > INT_MAX)
    return error = "has " + std::to_string(bytes) + " bytes, expected less than 2^31", false;
  encoded.resize(bytes);
  if (!file.read(encoded.data(), bytes, error))
    return false;
  // The decoder trusts the tables of a JPEG even when it is asked for the size alone.
  std::string_view text(reinterpret_cast<const char *>(encoded.data()), encoded.size());
  // It would also pass over bytes in front of a JPEG's signature.
  bool isJpeg = text.starts_with("\xff\xd8");
  if (!isJpeg && !text.starts_with("\x89PNG"))
    return error = "is no PNG or JPEG that can be read: Image not of any known type, or corrupt", false;
  if (isJpeg && !checkJpeg(text, error))
    return false;
  int width = 0, height = 0, channels = 0;
  if (!stbi_info_from_memory(encoded.data(), static_cast<int>(bytes), &width, &height, &channels))
    return error = std::string("is no PNG or JPEG that can be read: ") + stbi_failure_reason(), false;
  std::string size = "is " + std::to_string(height) + " x " + std::to_string(width) + " pixels";
  if (int64_t(width) * height > maxPixels)
    return error = size + ", expected at most 2^28 in all", false;
  if (static_cast<uint64_t>(width) * static_cast<uint64_t>(height) > bytes * mostPixelsPerByte)
    return error = size + " in " + std::to_string(bytes) + " bytes: it is damaged", false;
  return isJpeg || checkPng(text, error);
}

} // namespace

bool isPicture(const std::string &path, std::string &error) {
  std::vector<uint8_t> encoded;
  return readEncoded(path, encoded, error);
}

std::optional<Picture> readPicture(const std::string &path, int channels, std::string &error) {
  std::vector<uint8_t> encoded;
  if (!readEncoded(path, encoded, error))
    return std::nullopt;
  int width = 0, height = 0, found = 0;
  std::unique_ptr<uint8_t, decltype(&std::free)> decoded(nullptr, std::free);
  try {
    decoded.reset(stbi_load_from_memory(encoded.data(), static_cast<int>(encoded.size()), &width, &height, &found, 0));
  } catch (const DecoderFailure &) {
    return error = "is damaged: it cannot be decoded", std::nullopt;
  }
  if (!decoded)
    return error = std::string("is damaged: ") + stbi_failure_reason(), std::nullopt;

  Picture picture{height, width, channels, {}};
  size_t count = static_cast<size_t>(width) * static_cast<size_t>(height);
  picture.pixels.resize(count * static_cast<size_t>(channels));
  const uint8_t *from = decoded.get();
  for (size_t i = 0; i < count; ++i, from += found) {
    uint8_t *to = &picture.pixels[i * static_cast<size_t>(channels)];
    if (channels == 1)
      *to = found < 3 ? from[0] : gray(from);
    else
      for (int c = 0; c < 3; ++c)
        to[c] = from[found < 3 ? 0 : c];
  }
  return picture;
}

bool writePng(const std::string &path, const Picture &picture, std::string &error) {
  PngWriter writer;
  return writer.open(path, picture.height, picture.width, picture.channels, error) &&
         writer.write(picture.pixels.data(), picture.height, error) && writer.close(error);
}

std::optional<std::string> pngBytes(const Picture &picture, std::string &error) {
  std::string bytes;
  PngWriter writer;
  if (!writer.openInMemory(bytes, picture.height, picture.width, picture.channels, error) ||
      !writer.write(picture.pixels.data(), picture.height, error) || !writer.close(error))
    return std::nullopt;
  return bytes;
}

} // namespace swin::image
