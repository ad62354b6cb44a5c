//===- DriverMapsTest.cpp - drivers of kernels on maps of many sizes ------===//
// What kernels of kinds `conv` and `map` get, and which sizes of the image they exclude.
//===----------------------------------------------------------------------===//
#include "tests/passes/transforms/RecordingDriver.h"

using namespace swin::test;

namespace {

/// A model of one kernel on the image as a map, @shift, with `body` from %x to %y, which has `channels`.
std::string oneKernel(const std::string &body, int channels = 3) {
  std::string map = "tensor<?x?x?x" + std::to_string(channels) + "xf32>";
  return "!image = tensor<?x3x?x?xf32>\n!map = tensor<?x?x?x3xf32>\n!result = " + map + R"(
func.func @forward(%image: !image) {
  %0 = swin.call @shift(%image) {output = 0 : i64} : (!image) -> !result loc("layer")
  %1 = swin.check_size %0 min [2, 2] multiple [1, 1] : !result loc("result")
  swin.output %1 as "map" : !result
  return
}
swin.kernel @shift map activations 1 (%image: !image) -> !result dense {
  %x = swin.channels_last %image : !image -> !map
)" + body +
         "\n  swin.yield %y : !result\n}\n";
}

std::string refusal(const std::string &model, int64_t h, int64_t w) {
  Driver driver(model, "");
  return driver.model ? driver.refusal(1, h, w) : "no model";
}

TEST(DriverMaps, KernelsGetTheSizeOfEachActivation) {
  Driver driver(R"(
!image = tensor<?x3x?x?xf32>
!rgb = tensor<?x?x?x3xf32>
!map = tensor<?x?x?x20xf32>
!weight = tensor<1x3x16xf32>
func.func @forward(%image: !image) {
  %w = swin.param "w" : !weight
  %0 = swin.call @shift(%image) {slot = 0 : i64} : (!image) -> !rgb
  %1 = swin.call @merge(%0) {slot = 1 : i64} : (!rgb) -> !rgb
  %2 = swin.call @together(%1, %image, %0, %w) {output = 0 : i64} : (!rgb, !image, !rgb, !weight) -> !image
  swin.output %2 as "image" : !image
  return
}
swin.kernel @shift map activations 1 (%image: !image) -> !rgb {
  %0 = swin.channels_last %image : !image -> !rgb
  %1 = swin.reflect_pad %0 to_multiple_of [4, 8] : !rgb -> !rgb
  swin.yield %1 : !rgb
}
swin.kernel @merge map activations 1 (%x: !rgb) -> !rgb {
  %0 = swin.resize %x nearest by [2, 3] : (!rgb) -> !rgb
  swin.yield %0 : !rgb
}
swin.kernel @together conv activations 3 (%x: !rgb, %image: !image, %y: !rgb, %w: !weight) -> !image dense {
  %0 = swin.resize %y bilinear like %x : (!rgb, !rgb) -> !rgb
  %1 = swin.add %x, %0 : !rgb
  %2 = swin.cyclic_shift %1 by [2, 1] window [4, 4] axis : !rgb
  %3 = swin.conv2d %2, %w kernel [1, 1] stride [1, 2] padding [0, 0] : (!rgb, !weight) -> !rgb
  %4 = swin.channels_last %image : !image -> !rgb
  %5 = swin.crop %3 like %4 : !rgb, !rgb -> !rgb
  %6 = swin.channels_first %5 : !rgb -> !image
  swin.yield %6 : !image
}
)",
                "");
  ASSERT_NE(driver.model, nullptr);
  float input[1], image[1];
  float *outputs[] = {image};
  char arena[64];
  calls.clear();
  ASSERT_EQ(
      driver.model->run(&calls, driver.model->isas[0].kernels, driver.weights, input, arena, outputs, 2, 6, 9, nullptr),
      0);
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[0].sizes, (std::array<int32_t, 5>{2, 6, 9, 0, 0}));
  EXPECT_EQ(calls[1].sizes, (std::array<int32_t, 5>{2, 8, 16, 0, 0}));
  EXPECT_EQ(calls[2].kernel, "together");
  EXPECT_EQ(calls[2].sizes, (std::array<int32_t, 5>{2, 16, 48, 2, 1}));
  EXPECT_EQ(calls[2].own, (std::vector<int32_t>{6, 9, 8, 16}));
  auto bytes = [](const void *pointer) { return static_cast<const char *>(pointer); };
  int64_t padded = 2 * 8 * 16 * 16, larger = 2 * 16 * 48 * 16, pixels = 2 * 3 * 6 * 9;
  std::vector<std::pair<const char *, int32_t>> expected = {{arena + padded * 4, larger},
                                                            {bytes(input), pixels},
                                                            {arena, padded},
                                                            {driver.weights, 48},
                                                            {bytes(image), pixels}};
  EXPECT_EQ(calls[2].buffers, expected);

  int64_t shape[4];
  EXPECT_EQ(driver.model->output_shape(0, 2, 6, 9, shape), 4);
  EXPECT_EQ((std::array{shape[0], shape[1], shape[2], shape[3]}), (std::array<int64_t, 4>{2, 3, 6, 9}));
  EXPECT_EQ(driver.refusal(2, 6, 9), "");
  EXPECT_EQ(driver.arena, (padded + larger) * 4);
  EXPECT_EQ(driver.refusal(2, 2, 9), "swin.call needs a map of at least 3 x 5 pixels");
}

TEST(DriverMaps, MapsTooSmallToBeMirrored) {
  std::string model = oneKernel("  %y = swin.reflect_pad %x to_multiple_of [8, 5] : !map -> !result");
  EXPECT_EQ(refusal(model, 5, 3), "");
  EXPECT_EQ(refusal(model, 9, 6), "");
  EXPECT_EQ(refusal(model, 4, 3), "layer needs a map of at least 5 x 3 pixels");
  EXPECT_EQ(refusal(model, 5, 2), "layer needs a map of at least 5 x 3 pixels");
  // One token more than nothing needs nothing to be mirrored.
  std::string one = oneKernel("  %y = swin.reflect_pad %x to_multiple_of [1, 1] : !map -> !result");
  EXPECT_EQ(refusal(one, 2, 2), "");
}

TEST(DriverMaps, ConvolutionsThatLeaveNothing) {
  auto convolution = [](const std::string &op) {
    return R"(
!image = tensor<?x3x?x?xf32>
!map = tensor<?x?x?x3xf32>
func.func @forward(%image: !image) {
  %w = swin.param "w" : WEIGHT
  %0 = swin.call @embed(%image, %w) {output = 0 : i64} : (!image, WEIGHT) -> !map loc("layer")
  %1 = swin.check_size %0 min [2, 2] multiple [1, 1] : !map loc("result")
  swin.output %1 as "map" : !map
  return
}
swin.kernel @embed conv activations 1 (%image: !image, %w: WEIGHT) -> !map dense {
  %x = swin.channels_last %image : !image -> !map
  %0 = swin.)" +
           op + R"( %x, %w kernel [5, 4] stride [2, 3] padding [1, 0] : (!map, WEIGHT) -> !map
  swin.yield %0 : !map
}
)";
  };
  auto with = [](std::string text, const std::string &weight) {
    for (size_t at; (at = text.find("WEIGHT")) != std::string::npos;)
      text.replace(at, 6, weight);
    return text;
  };
  for (const std::string &text : {with(convolution("conv2d"), "tensor<1x60x16xf32>"),
                                  with(convolution("depthwise_conv2d"), "tensor<1x20x16xf32>")}) {
    EXPECT_EQ(refusal(text, 5, 7), "");
    EXPECT_EQ(refusal(text, 2, 7), "layer needs a map of at least 3 x 4 pixels");
    EXPECT_EQ(refusal(text, 3, 3), "layer needs a map of at least 3 x 4 pixels");
    EXPECT_EQ(refusal(text, 4, 7),
              "result needs a map of at least 2 x 2 tokens; one token is 2 x 3 pixels of the image");
  }
}

TEST(DriverMaps, MapsThatDoNotFitTogether) {
  std::string text = "\n  %0 = swin.reflect_pad %x to_multiple_of [2, 2] : !map -> !map\n";
  std::string sum = oneKernel(text + "  %y = swin.add %x, %0 : !result");
  EXPECT_EQ(refusal(sum, 4, 6), "");
  std::string differ = " whose sizes differ at this size of the image; it needs one at which they agree";
  EXPECT_EQ(refusal(sum, 5, 6), "layer adds maps" + differ);
  EXPECT_EQ(refusal(sum, 4, 7), "layer adds maps" + differ);
  std::string both = oneKernel(text + "  %y = swin.concat %x, %x, %0 : !map, !map, !map -> !result", 9);
  EXPECT_EQ(refusal(both, 4, 6), "");
  EXPECT_EQ(refusal(both, 4, 5), "layer puts maps side by side" + differ);
}

TEST(DriverMaps, CropsOfSmallerMaps) {
  std::string text = "\n  %0 = swin.reflect_pad %x to_multiple_of [4, 4] : !map -> !map\n";
  std::string model = oneKernel(text + "  %y = swin.crop %0 like %x before [1, 0] : !map, !map -> !result");
  EXPECT_EQ(refusal(model, 7, 8), "");
  EXPECT_EQ(refusal(model, 8, 8), "layer needs a map that is at least as large as what it is cut to");
  std::string twice = oneKernel("  %y = swin.crop %x like %x by [1, 2] : !map, !map -> !result");
  EXPECT_EQ(refusal(twice, 8, 8), "layer needs a map that is at least as large as what it is cut to");
}

TEST(DriverMaps, PositionsOfOneMap) {
  Driver driver(R"(
!image = tensor<?x3x?x?xf32>
!map = tensor<?x?x?x3xf32>
func.func @forward(%image: !image) {
  %p = swin.param "p" : tensor<3x4x3xf32>
  %0 = swin.call @embed(%image, %p) {output = 0 : i64} : (!image, tensor<3x4x3xf32>) -> !map loc("layer")
  swin.output %0 as "map" : !map
  return
}
swin.kernel @embed map activations 1 (%image: !image, %p: tensor<3x4x3xf32>) -> !map dense {
  %x = swin.channels_last %image : !image -> !map
  %0 = swin.resize %x nearest by [3, 1] : (!map) -> !map
  %1 = swin.add_position %0, %p map [3, 4] : !map, tensor<3x4x3xf32>
  swin.yield %1 : !map
}
)",
                "");
  ASSERT_NE(driver.model, nullptr);
  EXPECT_EQ(driver.refusal(1, 1, 4), "");
  EXPECT_EQ(driver.refusal(1, 2, 4), "layer needs a map of exactly 3 x 4 tokens");
  EXPECT_EQ(driver.refusal(1, 1, 3), "layer needs a map of exactly 3 x 4 tokens");
}

TEST(DriverMaps, TokensOfKnownSize) {
  // Of less than a pixel nothing is said.
  std::string larger = oneKernel("  %y = swin.resize %x bicubic by [1, 2] : (!map) -> !result");
  EXPECT_EQ(refusal(larger, 1, 4), "result needs a map of at least 2 x 2 tokens");
  std::string same = oneKernel(R"(
  %0 = swin.resize %x bicubic by [2, 2] : (!map) -> !map
  %y = swin.resize %0 nearest like %x : (!map, !map) -> !result)");
  EXPECT_EQ(refusal(same, 1, 4), "result needs a map of at least 2 x 2 pixels");
}

TEST(DriverMaps, WhatIsTooLargeOnItsWay) {
  std::string large = "the input is too large: the result of layer would have 2^31 or more values";
  std::string model = oneKernel(R"(
  %0 = swin.resize %x nearest by [64, 64] : (!map) -> !map
  %y = swin.crop %0 like %x : !map, !map -> !result)");
  EXPECT_EQ(refusal(model, 400, 436), "");
  EXPECT_EQ(refusal(model, 400, 437), large);
  // 2^64 pixels would count as none.
  std::string twice = oneKernel(R"(
  %0 = swin.resize %x nearest by [64, 64] : (!map) -> !map
  %1 = swin.resize %0 nearest by [64, 64] : (!map) -> !map
  %2 = swin.resize %1 nearest by [64, 64] : (!map) -> !map
  %y = swin.crop %2 like %x : !map, !map -> !result)");
  EXPECT_EQ(refusal(twice, 16384, 32768), large);
}

} // namespace
