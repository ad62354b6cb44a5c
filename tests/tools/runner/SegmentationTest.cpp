//===- SegmentationTest.cpp - a class for every pixel ----------------------===//
#include "tools/runner/Segmentation.h"

#include <cmath>
#include <gtest/gtest.h>
#include <set>

using namespace swin;
using namespace swin::runner;

namespace {

using Bytes = std::vector<uint8_t>;
using Classes = std::vector<int32_t>;

TEST(Segmentation, ColoursDiffer) {
  using Colour = std::array<uint8_t, 3>;
  EXPECT_EQ(colourOf(0), (Colour{0, 0, 0}));
  EXPECT_EQ(colourOf(1), (Colour{128, 0, 0}));
  EXPECT_EQ(colourOf(2), (Colour{0, 128, 0}));
  EXPECT_EQ(colourOf(4), (Colour{0, 0, 128}));
  EXPECT_EQ(colourOf(15), (Colour{192, 128, 128}));
  EXPECT_EQ(colourOf(150), (Colour{0, 224, 128})); // bits 1, 4 and 7 are green, 2 is blue
  std::set<Colour> seen;
  for (int k = 0; k < 4096; ++k)
    seen.insert(colourOf(k));
  EXPECT_EQ(seen.size(), 4096u);
}

TEST(Segmentation, LargestLogitOfEachPixel) {
  // Three classes of 1 x 4 pixels: the second, the first of equal ones, what is a number, the last.
  std::vector<float> logits = {0, 2, NAN, -5, 1, 2, -9, -4, 0.5, 1, NAN, -3};
  EXPECT_EQ(classesOf(logits.data(), 3, 1, 4, sameSize(1, 4)).classes, (Classes{1, 0, 1, 2}));
}

TEST(Segmentation, InterpolatesToThePicture) {
  // Along a line from (1, 0) to (0, 1) the classes change in the middle: logits, not classes, are interpolated.
  std::vector<float> logits = {1, 0.4f, 0, 0.6f};
  image::Fit fit = {{1, 1, 0, 1}, {8, 2, 0, 2}};
  // Pixel i is at (i + 1/2) / 4 - 1/2; class 1 is larger from 5/6 on.
  EXPECT_EQ(classesOf(logits.data(), 2, 1, 2, fit).classes, (Classes{0, 0, 0, 0, 0, 1, 1, 1}));
}

TEST(Segmentation, WhatWasCroppedHasNoClass) {
  std::vector<float> logits = {1, 0, 0, 1};
  constexpr int32_t none = ClassMap::none;
  // 6 pixels made 3, of which the last two are seen; then 3 pixels with one added on both sides.
  EXPECT_EQ(classesOf(logits.data(), 2, 1, 2, {{1, 1, 0, 1}, {6, 3, 1, 2}}).classes, (Classes{none, none, 0, 0, 1, 1}));
  std::vector<float> wide = {1, 1, 0, 1, 1, 0, 0, 1, 0, 0};
  EXPECT_EQ(classesOf(wide.data(), 2, 1, 5, {{1, 1, 0, 1}, {3, 3, -1, 5}}).classes, (Classes{0, 1, 0}));
}

TEST(Segmentation, Pictures) {
  ClassMap map{1, 3, {1, ClassMap::none, 2}};
  image::Picture gray{1, 3, 1, {100, 50, 255}}, colour{1, 3, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9}};
  EXPECT_EQ(colourMap(map, nullptr).pixels, (Bytes{128, 0, 0, 0, 0, 0, 0, 128, 0}));
  EXPECT_EQ(colourMap(map, &gray).pixels, (Bytes{114, 50, 50, 50, 50, 50, 128, 192, 128}));
  EXPECT_EQ(colourMap(map, &colour).pixels, (Bytes{65, 1, 2, 4, 5, 6, 4, 68, 5}));
  EXPECT_EQ(grayMap(map).pixels, (Bytes{1, 255, 2}));
  EXPECT_EQ(grayMap(map).channels, 1);
}

} // namespace
