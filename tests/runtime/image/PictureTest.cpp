//===- PictureTest.cpp - PNG and JPEG files as bytes -----------------------===//
#include "runtime/image/Picture.h"
#include "runtime/image/Png.h"
#include "tests/runtime/image/TestFile.h"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>

using namespace swin::image;

namespace {

using Bytes = std::vector<uint8_t>;

std::string fromHex(const std::string &text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2)
    bytes += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
  return bytes;
}

// Files that Pillow 9.4 wrote.
const std::string palettePng = fromHex(
    "89504e470d0a1a0a0000000d4948445200000003000000020203000000e01a8e8900000009504c5445ff00000080000a141ea2fc3af9"
    "0000000c49444154789c63906098000000dc00a96ce7c0230000000049454e44ae426082");
const std::string rgbaPng = fromHex(
    "89504e470d0a1a0a0000000d4948445200000002000000010806000000f4227f8a0000001149444154789c6364646266389ea4ff1f00"
    "05d9025fd13ef6120000000049454e44ae426082");
const std::string gray16Png = fromHex(
    "89504e470d0a1a0a0000000d494844520000000200000001100000000081d9fc150000000d49444154789c631032f977070003c10221"
    "0de347320000000049454e44ae426082");
const std::string bitsPng =
    fromHex("89504e470d0a1a0a0000000d494844520000000300000002010000000"
            "0b50f5bb70000000c49444154789c637060380000018401010a7f90500000000049454e44ae426082");
// 8 x 8 pixels, (16 x + 8 y).
const std::string grayJpeg = fromHex(
    "ffd8ffe000104a46494600010100000100010000ffdb0043000201010101010201010102020202020403020202020504040304060506"
    "060605060606070908060709070606080b08090a0a0a0a0a06080b0c0b0a0c090a0a0affc0000b080008000801011100ffc400140001"
    "00000000000000000000000000000008ffc4001a100000070000000000000000000000000000080924344252ffda0008010100003f00"
    "27a6d96d80c3351fffd9");
// 8 x 8 pixels of (200, 60, 20), two by two of one colour.
const std::string colorJpeg = fromHex(
    "ffd8ffe000104a46494600010100000100010000ffdb0043000201010101010201010102020202020403020202020504040304060506"
    "060605060606070908060709070606080b08090a0a0a0a0a06080b0c0b0a0c090a0a0affdb004301020202020202050303050a070607"
    "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0affc00011"
    "080008000803012200021101031101ffc4001500010100000000000000000000000000000007ffc40014100100000000000000000000"
    "000000000000ffc4001501010100000000000000000000000000000809ffc40014110100000000000000000000000000000000ffda00"
    "0c03010002110311003f00818027a923ffd9");

Picture good(const std::string &contents, int channels) {
  TestFile file(contents);
  std::string error;
  EXPECT_TRUE(isPicture(file.path, error)) << error;
  std::optional<Picture> picture = readPicture(file.path, channels, error);
  EXPECT_TRUE(picture) << error;
  return picture.value_or(Picture());
}

/// What is wrong, found before decoding or, if `decoding`, then only.
std::string problem(const std::string &contents, bool decoding = false) {
  TestFile file(contents);
  std::string before, error;
  EXPECT_EQ(isPicture(file.path, before), decoding);
  EXPECT_FALSE(readPicture(file.path, 3, error));
  EXPECT_TRUE(decoding || before == error) << before;
  return error;
}

/// A chunk of a PNG file.
std::string chunk(const std::string &type, const std::string &data) {
  std::string body = type + data, bytes;
  uint32_t crc = ~0u;
  for (char byte : body) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit)
      crc = crc & 1 ? 0xedb88320u ^ crc >> 1 : crc >> 1;
  }
  auto number = [&](uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8)
      bytes += static_cast<char>(value >> shift & 255);
  };
  number(static_cast<uint32_t>(data.size()));
  bytes += body;
  number(~crc);
  return bytes;
}

TEST(Picture, FormsOfPng) {
  EXPECT_EQ(good(palettePng, 3).pixels, Bytes({255, 0, 0, 0, 128, 0, 10, 20, 30, 10, 20, 30, 0, 128, 0, 255, 0, 0}));
  EXPECT_EQ(good(palettePng, 1).pixels, Bytes({76, 75, 18, 18, 75, 76}));
  EXPECT_EQ(good(rgbaPng, 3).pixels, Bytes({1, 2, 3, 200, 100, 50}));
  EXPECT_EQ(good(rgbaPng, 1).pixels, Bytes({2, 124}));
  EXPECT_EQ(good(gray16Png, 1).pixels, Bytes({0x12, 0xfe}));
  EXPECT_EQ(good(gray16Png, 3).pixels, Bytes({0x12, 0x12, 0x12, 0xfe, 0xfe, 0xfe}));
  EXPECT_EQ(good(bitsPng, 1).pixels, Bytes({0, 255, 0, 255, 255, 0}));
  Picture size = good(bitsPng, 1);
  EXPECT_EQ(size.height, 2);
  EXPECT_EQ(size.width, 3);
}

TEST(Picture, Jpeg) {
  // Decoders may differ by a rounding or two.
  Picture gray = good(grayJpeg, 1);
  ASSERT_EQ(gray.pixels.size(), 64u);
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x)
      EXPECT_NEAR(gray.pixels[static_cast<size_t>(8 * y + x)], 16 * x + 8 * y, 3);
  Picture color = good(colorJpeg, 3);
  ASSERT_EQ(color.pixels.size(), 192u);
  for (size_t i = 0; i < 192; ++i)
    EXPECT_NEAR(color.pixels[i], (std::array{200, 60, 20})[i % 3], 2);
  EXPECT_EQ(good(grayJpeg + "trailing bytes", 1).pixels, gray.pixels);
}

TEST(Picture, WhatIsWrongWithAFile) {
  const std::string cut = "is damaged: it ends within the picture";
  EXPECT_EQ(problem(""), "is no PNG or JPEG that can be read: Image not of any known type, or corrupt");
  EXPECT_EQ(problem("GIF89a..........."),
            "is no PNG or JPEG that can be read: Image not of any known type, or corrupt");
  EXPECT_EQ(problem(palettePng.substr(0, palettePng.size() - 12)), cut);
  EXPECT_EQ(problem(palettePng.substr(0, palettePng.size() - 1)), cut);
  EXPECT_EQ(problem(grayJpeg.substr(0, grayJpeg.size() - 2)), cut);
  EXPECT_EQ(problem(grayJpeg.substr(0, grayJpeg.size() - 12)), cut);
  EXPECT_EQ(problem(colorJpeg.substr(0, 200)), cut);
  EXPECT_EQ(problem(colorJpeg.substr(0, 177) + "\xff\xd9"), "is damaged: it has no pixels");
  std::string table = grayJpeg;
  table[table.find("\xff\xc4") + 5] = '\xff';
  EXPECT_EQ(problem(table), "is damaged: it has a Huffman table of 255 codes");
  std::string changed = palettePng;
  changed[changed.size() - 20] ^= 1; // within the compressed pixels
  EXPECT_EQ(problem(changed), "is damaged: the checksum at byte 74 is wrong");
  // A good checksum, but pixels that are not there.
  const std::string head = palettePng.substr(0, 8);
  std::string size("\0\0\0\x04\0\0\0\x04\x08\0\0\0\0", 13), end = chunk("IEND", "");
  EXPECT_EQ(problem(head + chunk("IHDR", size) + chunk("IDAT", "\x78\x9c no zlib") + end, true).substr(0, 10),
            "is damaged");
  EXPECT_EQ(problem(head + chunk("IHDR", size) + end, true).substr(0, 10), "is damaged");
}

TEST(Picture, SizesAreCheckedBeforeMemoryIsTaken) {
  const std::string head = palettePng.substr(0, 8), rest = chunk("IDAT", "\x78\x9c") + chunk("IEND", "");
  EXPECT_EQ(problem(head + chunk("IHDR", std::string("\0\0\x40\0\0\0\x40\0\x08\x02\0\0\0", 13)) + rest),
            "is 16384 x 16384 pixels in 59 bytes: it is damaged");
  EXPECT_EQ(problem(head + chunk("IHDR", std::string("\0\0\x40\x01\0\0\x40\0\x08\0\0\0\0", 13)) + rest),
            "is 16384 x 16385 pixels, expected at most 2^28 in all");
  EXPECT_NE(problem(head + chunk("IHDR", std::string("\xff\xff\xff\xff\0\0\0\1\x08\0\0\0\0", 13)) + rest), "");
  EXPECT_NE(problem(head + chunk("IHDR", std::string("\0\0\0\0\0\0\0\1\x08\0\0\0\0", 13)) + rest), "");
}

TEST(Picture, EveryCutIsAnError) {
  for (const std::string &whole : {palettePng, rgbaPng, gray16Png, bitsPng, grayJpeg, colorJpeg}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      TestFile file(whole.substr(0, size));
      std::string error;
      EXPECT_FALSE(readPicture(file.path, 3, error)) << size << " of " << whole.size();
      EXPECT_NE(error, "");
    }
  }
}

TEST(Picture, ChangedBytesDoNoHarm) {
  for (const std::string &whole : {palettePng, rgbaPng, grayJpeg, colorJpeg}) {
    for (size_t at = 0; at < whole.size(); ++at) {
      for (int change : {1, 0xff}) {
        std::string changed = whole, error;
        changed[at] = static_cast<char>(changed[at] ^ change);
        TestFile file(changed);
        std::optional<Picture> picture = readPicture(file.path, 3, error);
        EXPECT_NE(picture.has_value(), !error.empty());
        // Nothing that is covered by a checksum gets through.
        EXPECT_FALSE(picture && whole[1] == 'P') << at;
      }
    }
  }
}

TEST(Picture, WritesPng) {
  TestFile file;
  std::string error;
  Picture gray{2, 3, 1, {0, 1, 2, 253, 254, 255}}, color{1, 2, 3, {1, 2, 3, 4, 5, 6}};
  ASSERT_TRUE(writePng(file.path, gray, error)) << error;
  EXPECT_EQ(readPicture(file.path, 1, error)->pixels, gray.pixels);
  ASSERT_TRUE(writePng(file.path, color, error)) << error;
  EXPECT_EQ(readPicture(file.path, 3, error)->pixels, color.pixels);
  EXPECT_FALSE(writePng("/dev/full", gray, error));
  EXPECT_EQ(error, "cannot be written: No space left on device");
  EXPECT_FALSE(writePng("/nowhere/x.png", gray, error));
  EXPECT_EQ(error, "cannot be written: No such file or directory");
}

TEST(Picture, EachWayToStoreARow) {
  // In noise each way to predict a pixel is the best one for some row.
  for (int channels : {1, 3}) {
    Picture noise{200, 9, channels, {}};
    uint32_t value = 1;
    for (int i = 0; i < 200 * 9 * channels; ++i) {
      value = value * 1664525 + 1013904223;
      noise.pixels.push_back(static_cast<uint8_t>(value >> 24));
    }
    TestFile file;
    std::string error;
    ASSERT_TRUE(writePng(file.path, noise, error)) << error;
    EXPECT_TRUE(readPicture(file.path, channels, error)->pixels == noise.pixels);
  }
}

/// A picture with what photographs have: slow changes, edges, noise.
Picture makePhotograph(int height, int width, int channels) {
  Picture picture{height, width, channels, {}};
  uint32_t noise = 1;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c) {
        noise = noise * 1664525 + 1013904223;
        bool inside = (x / 50 + y / 70) % 3 == 0;
        picture.pixels.push_back(static_cast<uint8_t>((x + 2 * y) / 16 + (inside ? 90 : 40) + 20 * c + (noise >> 30)));
      }
  return picture;
}

TEST(Picture, WritesLargePngRowByRow) {
  // Several chunks of compressed bytes, and rows that are longer than one.
  for (auto [height, width, channels] : {std::array{1500, 2000, 3}, {3, 100000, 3}, {40000, 1, 1}}) {
    Picture picture = makePhotograph(height, width, channels);
    TestFile file;
    std::string error;
    PngWriter writer;
    ASSERT_TRUE(writer.open(file.path, height, width, channels, error)) << error;
    size_t row = static_cast<size_t>(width) * static_cast<size_t>(channels);
    for (int y = 0, count = 0; y < height; y += count) {
      count = std::min(y % 5 + 1, height - y);
      ASSERT_TRUE(writer.write(&picture.pixels[static_cast<size_t>(y) * row], count, error)) << error;
    }
    ASSERT_TRUE(writer.close(error)) << error;
    std::optional<Picture> read = readPicture(file.path, channels, error);
    ASSERT_TRUE(read) << error;
    EXPECT_EQ(read->height, height);
    EXPECT_EQ(read->width, width);
    EXPECT_TRUE(read->pixels == picture.pixels);
    // Noise of two bits alone needs a quarter, and each row has a byte that says how it is stored.
    EXPECT_LT(file.read().size(), (picture.pixels.size() + static_cast<size_t>(height)) / 2);
    TestFile whole;
    ASSERT_TRUE(writePng(whole.path, picture, error)) << error;
    EXPECT_TRUE(whole.read() == file.read());
  }
}

} // namespace
