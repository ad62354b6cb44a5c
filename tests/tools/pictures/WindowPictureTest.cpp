//===- WindowPictureTest.cpp - what a window of tokens sees ----------------===//
#include "tools/pictures/WindowPicture.h"

#include <array>
#include <cmath>
#include <gtest/gtest.h>

using namespace swin;
using namespace swin::pictures;

namespace {

using Pixel = std::array<int, 3>;

Pixel pixel(const image::Picture &picture, int y, int x) {
  const uint8_t *at = &picture.pixels[static_cast<size_t>(3 * (y * picture.width + x))];
  return {at[0], at[1], at[2]};
}

/// 0.38 of gray 100 and 0.62 of a colour.
Pixel over(Colour colour) {
  auto mix = [](int value) { return static_cast<int>(std::lround(std::lerp(100.0, value, 0.62))); };
  return {mix(colour.red), mix(colour.green), mix(colour.blue)};
}

TEST(WindowPicture, PixelsOfTokens) {
  // A window of two tokens of 8 x 8 pixels at opposite corners, as a shifted one is, the second half beyond the edge.
  image::Picture gray{32, 32, 1, std::vector<uint8_t>(32 * 32, 100)};
  WindowPicture window;
  window.tokens = {{{0, 0, 8, 8}, 0.1}, {{28, 24, 8, 8}, 0.4}};
  window.title = "a layer";
  image::Picture drawn = drawWindow(gray, window);
  ASSERT_EQ(drawn.width, 384); // each pixel is 12 x 12
  ASSERT_GT(drawn.height, 384);
  EXPECT_EQ(pixel(drawn, 48, 48), over(heatColour(0.25)));
  EXPECT_EQ(pixel(drawn, 370, 340), over(heatColour(1)));
  EXPECT_EQ(pixel(drawn, 200, 200), over({16, 20, 24}));
  // The outline lies within the window.
  EXPECT_EQ(pixel(drawn, 0, 48), (Pixel{255, 255, 255}));
  EXPECT_EQ(pixel(drawn, 95, 48), (Pixel{255, 255, 255}));
  EXPECT_EQ(pixel(drawn, 96, 48), over({16, 20, 24}));
  EXPECT_EQ(pixel(drawn, 383, 340), (Pixel{255, 255, 255}));
  // Below is the legend, not the token's second half.
  EXPECT_EQ(pixel(drawn, 384, 340), (Pixel{16, 20, 24}));
  image::Picture plain = drawn;
  window.query = Box{0, 0, 8, 8};
  drawn = drawWindow(gray, window);
  EXPECT_EQ(pixel(drawn, 0, 48), (Pixel{64, 224, 255}));
  EXPECT_EQ(pixel(drawn, 48, 48), pixel(plain, 48, 48));
}

TEST(WindowPicture, AroundASmallWindow) {
  // 2 x 4 pixels at the right edge of 40 x 50: the last 24 columns, rows 7 to 30.
  image::Picture picture{40, 50, 1, {}};
  for (int i = 0; i < 40 * 50; ++i)
    picture.pixels.push_back(static_cast<uint8_t>(i % 50));
  WindowPicture window;
  window.tokens = {{{18, 46, 2, 4}, 0.5}};
  image::Picture drawn = drawWindow(picture, window);
  ASSERT_EQ(drawn.width, 384); // each pixel is 16 x 16
  EXPECT_EQ(pixel(drawn, 0, 0)[0], std::lround(std::lerp(26.0, 16, 0.62)));
  EXPECT_EQ(pixel(drawn, 16 * 11 - 1, 380)[0], std::lround(std::lerp(49.0, 16, 0.62)));
  EXPECT_EQ(pixel(drawn, 16 * 11, 380)[0], 255); // its outline
  EXPECT_EQ(pixel(drawn, 16 * 12, 376)[0], std::lround(std::lerp(49.0, heatColour(1).red, 0.62)));
}

TEST(WindowPicture, NothingIsSeen) {
  image::Picture picture{2, 3, 3, std::vector<uint8_t>(18, 100)};
  EXPECT_EQ(drawWindow(picture, {}).width, 576);
  WindowPicture window;
  window.tokens = {{{0, 0, 1, 1}, 0}};
  EXPECT_EQ(pixel(drawWindow(picture, window), 90, 90), over(heatColour(0)));
}

} // namespace
