//===- PreprocessTest.cpp - the same numbers as Pillow and torchvision -----===//
// Expected bytes are those of Pillow 9.4 and expected floats those of torchvision 0.14
// for the same pictures: lists where they are short, else the CRC-32 of the bytes.
//===----------------------------------------------------------------------===//
#include "runtime/image/Preprocess.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace swin::image;

namespace {

Picture makePicture(int height, int width, int channels) {
  Picture picture{height, width, channels, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        picture.pixels.push_back(static_cast<uint8_t>((y * 31 + x * 17 + c * 57 + x * y % 13 * 7) % 256));
  return picture;
}

uint32_t crc32(const void *data, size_t bytes) {
  uint32_t value = ~0u;
  for (size_t i = 0; i < bytes; ++i) {
    value ^= static_cast<const uint8_t *>(data)[i];
    for (int bit = 0; bit < 8; ++bit)
      value = value & 1 ? 0xedb88320u ^ value >> 1 : value >> 1;
  }
  return ~value;
}

TEST(Preprocess, ResizesAsPillow) {
  using Bytes = std::vector<uint8_t>;
  const struct {
    int height, width, channels, newHeight, newWidth;
    Filter filter;
    Bytes pixels;
    uint32_t crc;
  } cases[] = {
      {5, 7, 1, 3, 4, Filter::Bilinear, {24, 55, 92, 123, 78, 126, 180, 212, 133, 157, 160, 112}, 0},
      {5, 7, 1, 3, 4, Filter::Bicubic, {19, 51, 88, 123, 74, 130, 187, 226, 136, 160, 162, 110}, 0},
      {4,
       3,
       1,
       7,
       5,
       Filter::Bilinear,
       {0,  7,   17, 27, 34, 11,  19,  31, 42, 50,  29,  39,  52, 66,  76,  47,  58, 74,
        91, 102, 64, 76, 96, 115, 127, 82, 96, 117, 139, 153, 93, 108, 131, 154, 169},
       0},
      {4,
       3,
       1,
       7,
       5,
       Filter::Bicubic,
       {0,  2,   14, 26, 31, 8,   14,  27, 40, 47,  27,  35,  52, 69,  78,  44,  54, 74,
        94, 104, 62, 74, 96, 118, 129, 82, 96, 121, 146, 160, 92, 108, 134, 160, 176},
       0},
      {9, 1, 1, 2, 1, Filter::Bilinear, {68, 180}, 0},
      {9, 1, 1, 2, 1, Filter::Bicubic, {61, 187}, 0},
      {1, 1, 1, 3, 2, Filter::Bicubic, {0, 0, 0, 0, 0, 0}, 0},
      {300, 200, 1, 2, 3, Filter::Bicubic, {127, 127, 128, 127, 128, 128}, 0},
      {6, 5, 3, 6, 9, Filter::Bilinear, {}, 0xe4eccc9bu},
      {6, 5, 3, 6, 9, Filter::Bicubic, {}, 0xa2b25fc2u},
      {64, 97, 3, 48, 31, Filter::Bilinear, {}, 0xc8dbc535u},
      {64, 97, 3, 48, 31, Filter::Bicubic, {}, 0xf0074cf8u},
      {31, 17, 3, 90, 70, Filter::Bilinear, {}, 0xc2e7e805u},
      {31, 17, 3, 90, 70, Filter::Bicubic, {}, 0x19c762d5u},
  };
  for (const auto &one : cases) {
    SCOPED_TRACE(testing::Message() << one.height << " x " << one.width << " to " << one.newHeight << " x "
                                    << one.newWidth << (one.filter == Filter::Bicubic ? ", bicubic" : ", bilinear"));
    Picture result = resize(makePicture(one.height, one.width, one.channels), one.newHeight, one.newWidth, one.filter);
    EXPECT_EQ(result.height, one.newHeight);
    EXPECT_EQ(result.width, one.newWidth);
    ASSERT_EQ(result.pixels.size(), static_cast<size_t>(one.newHeight * one.newWidth * one.channels));
    if (one.crc == 0)
      EXPECT_EQ(result.pixels, one.pixels);
    else
      EXPECT_EQ(crc32(result.pixels.data(), result.pixels.size()), one.crc);
  }
}

TEST(Preprocess, ToTheSameSizeIsNothing) {
  Picture picture = makePicture(5, 7, 3);
  EXPECT_EQ(resize(picture, 5, 7, Filter::Bicubic).pixels, picture.pixels);
}

TEST(Preprocess, CropsTheMiddle) {
  Picture line{1, 6, 1, {1, 2, 3, 4, 5, 6}};
  EXPECT_EQ(cropCenter(line, 1, 4).pixels, std::vector<uint8_t>({2, 3, 4, 5}));
  // Halves go to the even side: (6 - 3) / 2 = 1.5 to 2, (6 - 1) / 2 = 2.5 to 2.
  EXPECT_EQ(cropCenter(line, 1, 3).pixels, std::vector<uint8_t>({3, 4, 5}));
  EXPECT_EQ(cropCenter(line, 1, 1).pixels, std::vector<uint8_t>({3}));
  // What is missing is black, the odd column behind.
  EXPECT_EQ(cropCenter(line, 2, 9).pixels,
            std::vector<uint8_t>({0, 1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
}

TEST(Preprocess, AsTorchvision) {
  using Resize = Preprocessing::Resize;
  const std::vector<float> mean = {0.485f, 0.456f, 0.406f}, deviation = {0.229f, 0.224f, 0.225f};
  const struct {
    int height, width;
    Preprocessing how;
    int newHeight, newWidth;
    uint32_t crc;
  } cases[] = {
      {40, 30, {Resize::ShorterSide, 12, 0, Filter::Bicubic, 8, 8, mean, deviation}, 8, 8, 0x970dd451},
      {30, 41, {Resize::ShorterSide, 13, 0, Filter::Bilinear, 9, 10, mean, deviation}, 9, 10, 0x20087d2f},
      {10, 7, {Resize::Exactly, 4, 6, Filter::Bicubic, 0, 0, mean, deviation}, 4, 6, 0x00eaf15c},
      {5, 4, {Resize::None, 0, 0, Filter::Bicubic, 7, 3, {0.5f}, {0.25f}}, 7, 3, 0xf4308c4c},
      {5, 8, {Resize::None, 0, 0, Filter::Bicubic, 8, 5, {0.5f}, {0.25f}}, 8, 5, 0x79fc03bf},
      {9, 9, {Resize::None, 0, 0, Filter::Bicubic, 0, 0, {0.0f}, {1.0f}}, 9, 9, 0x25386e02},
  };
  for (const auto &one : cases) {
    SCOPED_TRACE(testing::Message() << one.height << " x " << one.width);
    std::vector<float> values;
    int height = 0, width = 0;
    std::string error;
    auto channels = static_cast<int>(one.how.mean.size());
    ASSERT_TRUE(preprocess(makePicture(one.height, one.width, channels), one.how, values, height, width, error));
    EXPECT_EQ(height, one.newHeight);
    EXPECT_EQ(width, one.newWidth);
    ASSERT_EQ(values.size(), static_cast<size_t>(channels * height * width));
    EXPECT_EQ(crc32(values.data(), values.size() * sizeof(float)), one.crc);
  }
}

TEST(Preprocess, TooLarge) {
  using Resize = Preprocessing::Resize;
  std::vector<float> values;
  std::string error;
  int height = 0, width = 0;
  Picture wide = makePicture(1, 100000, 1), tall = makePicture(100000, 1, 1);
  Preprocessing shorter{Resize::ShorterSide, 224, 0, Filter::Bicubic, 224, 224, {0}, {1}};
  EXPECT_FALSE(preprocess(wide, shorter, values, height, width, error));
  EXPECT_EQ(error, "is 1 x 100000 pixels: resizing it to 224 x 22400000 needs more than 2^28");
  // The result is small, but widths change first.
  Preprocessing exactly{Resize::Exactly, 4, 4000, Filter::Bicubic, 0, 0, {0}, {1}};
  EXPECT_FALSE(preprocess(tall, exactly, values, height, width, error));
  EXPECT_EQ(error, "is 100000 x 1 pixels: resizing it to 4 x 4000 needs more than 2^28");
}

TEST(Preprocess, PiecesAreThoseOfTheWhole) {
  Picture picture = makePicture(9, 13, 3);
  Preprocessing how;
  how.mean = {0.1f, 0.2f, 0.3f};
  how.std = {0.5f, 1, 2};
  std::vector<float> whole, piece(3 * 4 * 5);
  int height = 0, width = 0;
  std::string error;
  ASSERT_TRUE(preprocess(picture, how, whole, height, width, error)) << error;
  normalize(picture, how, 2, 7, 4, 5, piece.data());
  for (size_t c = 0; c < 3; ++c)
    for (size_t y = 0; y < 4; ++y)
      for (size_t x = 0; x < 5; ++x)
        EXPECT_EQ(piece[(c * 4 + y) * 5 + x], whole[(c * 9 + y + 2) * 13 + x + 7]);
}

TEST(Preprocess, SaysHowAPictureFits) {
  Preprocessing how;
  how.resize = Preprocessing::Resize::ShorterSide;
  how.resizeHeight = 10;
  how.cropHeight = 12;
  how.cropWidth = 7;
  std::string error;
  std::optional<Fit> fit = fitOf(20, 40, how, error);
  ASSERT_TRUE(fit) << error;
  EXPECT_EQ(std::tuple(fit->height.from, fit->height.sized, fit->height.begin, fit->height.size),
            std::tuple(20, 10, -1, 12));
  EXPECT_EQ(std::tuple(fit->width.from, fit->width.sized, fit->width.begin, fit->width.size),
            std::tuple(40, 20, 6, 7)); // of the 13 that are left, 6.5 is made even
  Picture fitted = applyFit(makePicture(20, 40, 1), *fit, how.filter);
  EXPECT_EQ(fitted.height, 12);
  EXPECT_EQ(fitted.width, 7);
}

} // namespace
