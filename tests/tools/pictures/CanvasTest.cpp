//===- CanvasTest.cpp - drawing on a picture -------------------------------===//
#include "tools/pictures/Canvas.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace swin;
using namespace swin::pictures;

namespace {

image::Picture gray(int height, int width, uint8_t value) {
  return {height, width, 1, std::vector<uint8_t>(static_cast<size_t>(height * width), value)};
}

/// The red values of a picture in RGB, a digit of hundreds for each.
std::string hundreds(const image::Picture &picture) {
  std::string text;
  for (int y = 0; y < picture.height; ++y, text += '\n')
    for (int x = 0; x < picture.width; ++x)
      text += static_cast<char>('0' + picture.pixels[static_cast<size_t>(3 * (y * picture.width + x))] / 100);
  return text;
}

constexpr Colour white = {255, 255, 255};

TEST(Canvas, Enlarges) {
  image::Picture large = enlarged({1, 2, 3, {1, 2, 3, 4, 5, 6}}, 2);
  EXPECT_EQ(large.height, 2);
  EXPECT_EQ(large.width, 4);
  std::vector<uint8_t> row = {1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6}, twice = row;
  twice.insert(twice.end(), row.begin(), row.end());
  EXPECT_EQ(large.pixels, twice);
}

TEST(Canvas, FactorOfSmallPictures) {
  EXPECT_EQ(factorTo(384, 32, 40), 12);
  EXPECT_EQ(factorTo(384, 200, 384), 2);
  EXPECT_EQ(factorTo(384, 384, 1000), 1);
  EXPECT_EQ(factorTo(384, 1, 100000), 12); // not 384: the width would be 38 million
}

TEST(Canvas, BoxesBeyondTheEdges) {
  Canvas canvas(gray(4, 5, 0));
  canvas.fill({-3, 3, 5, 100}, white);
  canvas.frame({1, -1, 3, 4}, {120, 0, 0}, 1);
  EXPECT_EQ(hundreds(canvas.picture()), "00022\n11122\n00100\n11100\n");
  canvas.fill({0, 0, 4, 5}, {200, 200, 200}, 0.5);
  EXPECT_EQ(canvas.picture().pixels[0], 100);
  EXPECT_EQ(canvas.picture().pixels[3 * 4], 228);
  EXPECT_EQ(canvas.picture().pixels[3 * 5], 160);
}

TEST(Canvas, TextStaysWithinItsWidth) {
  for (int dot : {1, 3}) {
    std::string text = "Tabby cat, 96.3 %";
    int width = textWidth(text, dot);
    Canvas canvas(gray(lineDots * dot, width + 20, 0));
    canvas.text(0, 0, dot, text, white);
    size_t lit = 0, beyond = 0;
    for (int y = 0; y < canvas.height(); ++y)
      for (int x = 0; x < canvas.width(); ++x) {
        bool isLit = canvas.picture().pixels[static_cast<size_t>(3 * (y * canvas.width() + x))] == 255;
        lit += isLit;
        beyond += isLit && x >= width;
      }
    EXPECT_GT(lit, text.size() * 5 * static_cast<size_t>(dot * dot));
    EXPECT_EQ(beyond, 0u);
  }
}

TEST(Canvas, OtherCharactersAreQuestionMarks) {
  EXPECT_EQ(textWidth("caf\xC3\xA9", 1), textWidth("caf?", 1));
  EXPECT_EQ(textWidth("a\nb", 1), textWidth("a?b", 1));
  EXPECT_EQ(fittingText("short", 1, 100), "short");
  std::string cut = fittingText(std::string(300, 'm'), 2, 200);
  EXPECT_TRUE(cut.ends_with("..."));
  EXPECT_LE(textWidth(cut, 2), 200);
  EXPECT_GT(textWidth(cut, 2), 170);
}

TEST(Canvas, HeatGetsLighter) {
  auto lightness = [](double part) {
    Colour colour = heatColour(part);
    return 0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue;
  };
  for (int i = 0; i < 100; ++i)
    EXPECT_LT(lightness(i / 100.0), lightness((i + 1) / 100.0));
  EXPECT_EQ(lightness(-1), lightness(0));
  EXPECT_EQ(lightness(2), lightness(1));
  EXPECT_EQ(lightness(NAN), lightness(0));
}

} // namespace
