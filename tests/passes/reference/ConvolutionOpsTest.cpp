//===- ConvolutionOpsTest.cpp - convolutions and maps of channels ---------===//
#include "tests/passes/reference/Compute.h"

#include <array>
#include <cmath>

using namespace swin::test;

namespace {

using Pair = std::array<int64_t, 2>;

std::string text(Pair pair) { return "[" + std::to_string(pair[0]) + ", " + std::to_string(pair[1]) + "]"; }

std::string attributes(Pair kernel, Pair stride, Pair padding) {
  return " kernel " + text(kernel) + " stride " + text(stride) + " padding " + text(padding);
}

/// Type of a tensor of f32; 0 is a dynamic size.
std::string type(const std::vector<int64_t> &shape) {
  std::string result = "tensor<";
  for (int64_t size : shape)
    result += (size ? std::to_string(size) : "?") + "x";
  return result + "f32>";
}

/// A convolution as the sum that defines it, over a weight (E, C / groups, kh, kw).
Tensor convolved(const Tensor &x, const Tensor &w, const Tensor &b, Pair stride, Pair padding, int64_t groups) {
  int64_t height = x.shape[1], width = x.shape[2], channels = x.shape[3], outputs = w.shape[0], own = w.shape[1];
  Pair kernel = {w.shape[2], w.shape[3]};
  int64_t rows = (height + 2 * padding[0] - kernel[0]) / stride[0] + 1;
  int64_t columns = (width + 2 * padding[1] - kernel[1]) / stride[1] + 1;
  Tensor result = filled({x.shape[0], rows, columns, outputs}, 0);
  for (size_t at = 0; at < result.values.size(); ++at) {
    auto rest = static_cast<int64_t>(at);
    int64_t e = rest % outputs, j = (rest /= outputs) % columns, i = (rest /= columns) % rows, n = rest / rows;
    double sum = b.values[e];
    for (int64_t c = 0; c < own; ++c)
      for (int64_t v = 0; v < kernel[0]; ++v)
        for (int64_t u = 0; u < kernel[1]; ++u) {
          int64_t h = i * stride[0] + v - padding[0], k = j * stride[1] + u - padding[1];
          int64_t channel = e * groups / outputs * own + c;
          if (h >= 0 && k >= 0 && h < height && k < width)
            sum += x.values[((n * height + h) * width + k) * channels + channel] *
                   w.values[((e * own + c) * kernel[0] + v) * kernel[1] + u];
        }
    result.values[at] = sum;
  }
  return result;
}

TEST(ConvolutionOps, IsCrossCorrelationWithZerosAround) {
  // A kernel that reads one to the left and one down: nothing is turned around.
  Tensor w = filled({1, 1, 3, 3}, 0);
  w.values[2 * 3 + 0] = 1;
  const char *types = " : (tensor<?x?x?x1xf32>, tensor<1x1x3x3xf32>) -> tensor<?x?x?x1xf32>";
  Tensor y =
      compute("(%x: tensor<?x?x?x1xf32>, %w: tensor<1x1x3x3xf32>) -> tensor<?x?x?x1xf32>",
              "%r = swin.conv2d %x, %w" + attributes({3, 3}, {1, 1}, {1, 1}) + types, {counted({1, 3, 3, 1}), w});
  EXPECT_EQ(y.shape, (std::vector<int64_t>{1, 3, 3, 1}));
  EXPECT_EQ(y.values, (std::vector<double>{0, 3, 4, 0, 6, 7, 0, 0, 0}));
}

TEST(ConvolutionOps, SumsOfEveryForm) {
  struct Form {
    int64_t channels, outputs, groups;
    Pair kernel, stride, padding;
  };
  // More outputs than a panel, more places than are gathered at once, maps that the stride does not divide.
  for (const Form &form : {Form{3, 5, 1, {3, 3}, {1, 1}, {1, 1}}, Form{4, 18, 1, {5, 1}, {2, 1}, {0, 0}},
                           Form{6, 9, 3, {2, 3}, {1, 2}, {1, 2}}, Form{5, 10, 5, {3, 3}, {2, 2}, {1, 0}},
                           Form{2, 40, 2, {1, 1}, {1, 1}, {0, 0}}}) {
    Tensor x = randomTensor({2, 6, 9, form.channels}, 1), b = randomTensor({form.outputs}, 3);
    Tensor w = randomTensor({form.outputs, form.channels / form.groups, form.kernel[0], form.kernel[1]}, 2);
    std::string in = type({0, 0, 0, form.channels}), out = type({0, 0, 0, form.outputs});
    std::string weight = type(w.shape), bias = type(b.shape);
    Tensor y = compute("(%x: " + in + ", %w: " + weight + ", %b: " + bias + ") -> " + out,
                       "%r = swin.conv2d %x, %w, %b" + attributes(form.kernel, form.stride, form.padding) + " groups " +
                           std::to_string(form.groups) + " : (" + in + ", " + weight + ", " + bias + ") -> " + out,
                       {x, w, b});
    // Sums of at most 45 products below 1, in another order.
    EXPECT_LE(difference(y, convolved(x, w, b, form.stride, form.padding, form.groups)), 1e-13) << form.outputs;
  }
}

TEST(ConvolutionOps, PackedAndUngroupedWeightsGiveTheSame) {
  const char *signature =
      "(%x: tensor<?x?x?x4xf32>, %w: tensor<18x2x3x2xf32>, %b: tensor<18xf32>) -> tensor<?x?x?x18xf32>";
  std::vector<Tensor> arguments = {randomTensor({2, 6, 9, 4}, 1), randomTensor({18, 2, 3, 2}, 2),
                                   randomTensor({18}, 3)};
  std::string how = attributes({3, 2}, {2, 1}, {1, 1}), operands = " : (tensor<?x?x?x4xf32>, ";
  std::string result = ", tensor<18xf32>) -> tensor<?x?x?x18xf32>";
  Tensor plain =
      compute(signature, "%r = swin.conv2d %x, %w, %b" + how + " groups 2" + operands + "tensor<18x2x3x2xf32>" + result,
              arguments);
  std::string ungrouped = "%u = swin.ungroup %w groups 2 : tensor<18x2x3x2xf32> -> tensor<18x4x3x2xf32>\n";
  EXPECT_EQ(difference(plain, compute(signature,
                                      ungrouped + "%r = swin.conv2d %x, %u, %b" + how + operands +
                                          "tensor<18x4x3x2xf32>" + result,
                                      arguments)),
            0);
  Tensor packed = compute(signature,
                          ungrouped + R"(
    %l = swin.channels_last %u : tensor<18x4x3x2xf32> -> tensor<18x3x2x4xf32>
    %p = swin.pack %l : tensor<18x3x2x4xf32> -> tensor<2x24x16xf32>
    %r = swin.conv2d %x, %p, %b)" +
                              how + operands + "tensor<2x24x16xf32>" + result,
                          arguments);
  EXPECT_EQ(difference(plain, packed), 0);
}

TEST(ConvolutionOps, DepthwiseIsOneGroupPerChannel) {
  Tensor x = randomTensor({2, 6, 9, 18}, 1), w = randomTensor({18, 1, 3, 5}, 2), b = randomTensor({18}, 3);
  std::string map = "tensor<?x?x?x18xf32>", how = attributes({3, 5}, {2, 1}, {1, 0});
  std::string signature = "(%x: " + map + ", %w: tensor<18x1x3x5xf32>, %b: tensor<18xf32>) -> " + map;
  std::string bias = ", tensor<18xf32>) -> " + map;
  Tensor y =
      compute(signature, "%r = swin.depthwise_conv2d %x, %w, %b" + how + " : (" + map + ", tensor<18x1x3x5xf32>" + bias,
              {x, w, b});
  EXPECT_LE(difference(y, convolved(x, w, b, {2, 1}, {1, 0}, 18)), 1e-13);
  Tensor packed = compute(signature,
                          "%p = swin.pack %w : tensor<18x1x3x5xf32> -> tensor<2x15x16xf32>\n"
                          "%r = swin.depthwise_conv2d %x, %p, %b" +
                              how + " : (" + map + ", tensor<2x15x16xf32>" + bias,
                          {x, w, b});
  EXPECT_EQ(difference(y, packed), 0);
  std::string unbiased = "(%x: " + map + ", %w: tensor<18x1x3x5xf32>) -> " + map;
  Tensor without = compute(
      unbiased, "%r = swin.depthwise_conv2d %x, %w" + how + " : (" + map + ", tensor<18x1x3x5xf32>) -> " + map, {x, w});
  EXPECT_LE(difference(without, convolved(x, w, filled({18}, 0), {2, 1}, {1, 0}, 18)), 1e-13);
}

TEST(ConvolutionOps, NeedAMapOfTheKernelsSize) {
  std::string map = "tensor<?x?x?x1xf32>", weight = "tensor<1x1x4x3xf32>";
  auto why = [&](const std::string &op, int64_t height, int64_t width) {
    return refusal("(%x: " + map + ", %w: " + weight + ") -> " + map,
                   "%r = swin." + op + " %x, %w" + attributes({4, 3}, {2, 2}, {1, 0}) + " : (" + map + ", " + weight +
                       ") -> " + map + " loc(\"head.conv\")",
                   {counted({1, height, width, 1}), counted({1, 1, 4, 3})});
  };
  for (const std::string op : {"conv2d", "depthwise_conv2d"}) {
    EXPECT_EQ(why(op, 2, 3), "");
    EXPECT_EQ(why(op, 1, 3),
              "head.conv: swin." + op + " needs a map whose height is at least 2 so that the kernel fits, but it is 1");
    EXPECT_EQ(why(op, 2, 2),
              "head.conv: swin." + op + " needs a map whose width is at least 3 so that the kernel fits, but it is 2");
  }
}

TEST(ConvolutionOps, LargeMapsAreRefusedBeforeMemoryIsTaken) {
  std::string types = " : (tensor<?x?x?x1xf32>, tensor<65536x1x1x1xf32>) -> tensor<?x?x?x65536xf32>";
  EXPECT_EQ(refusal("(%x: tensor<?x?x?x1xf32>, %w: tensor<65536x1x1x1xf32>) -> tensor<?x?x?x65536xf32>",
                    "%r = swin.conv2d %x, %w" + attributes({1, 1}, {1, 1}, {0, 0}) + types,
                    {counted({1, 128, 256, 1}), counted({65536, 1, 1, 1})}),
            "swin.conv2d would give 1x128x256x65536, which are 2^31 or more values");
}

TEST(ConvolutionOps, AffineScalesEachChannel) {
  Tensor y = compute("(%x: tensor<?x?x?x2xf32>, %s: tensor<2xf32>, %o: tensor<2xf32>) -> tensor<?x?x?x2xf32>",
                     "%r = swin.affine %x by %s, %o : tensor<?x?x?x2xf32>, tensor<2xf32>, tensor<2xf32>",
                     {counted({1, 1, 2, 2}), {{2}, {10, 100}}, {{2}, {1, 2}}});
  EXPECT_EQ(y.values, (std::vector<double>{1, 102, 21, 302}));
}

TEST(ConvolutionOps, BatchNormIsTheAffineMapThatFoldingMakesOfIt) {
  const char *signature = "(%x: tensor<?x?x?x3xf32>, %g: tensor<3xf32>, %b: tensor<3xf32>, %m: tensor<3xf32>, "
                          "%v: tensor<3xf32>) -> tensor<?x?x?x3xf32>";
  std::vector<Tensor> arguments = {randomTensor({2, 2, 3, 3}, 1),
                                   randomTensor({3}, 2),
                                   randomTensor({3}, 3),
                                   randomTensor({3}, 4),
                                   {{3}, {0, 0.5, 4}}};
  Tensor norm = compute(signature,
                        "%r = swin.batch_norm %x, %g, %b, %m, %v epsilon 0.25 : tensor<?x?x?x3xf32>, tensor<3xf32>, "
                        "tensor<3xf32>, tensor<3xf32>, tensor<3xf32>",
                        arguments);
  // Variances with epsilon: 0.25, 0.75, 4.25.
  const std::vector<double> &x = arguments[0].values;
  for (size_t i : {0, 1, 2, 31}) {
    size_t c = i % 3;
    double deviation = std::sqrt(std::array{0.25, 0.75, 4.25}[c]), mean = arguments[3].values[c];
    EXPECT_NEAR(norm.values[i], (x[i] - mean) / deviation * arguments[1].values[c] + arguments[2].values[c], 1e-15);
  }
  Tensor affine = compute(signature, R"(
    %s = swin.batch_scale %g, %v epsilon 0.25 : tensor<3xf32>
    %o = swin.batch_offset %s, %b, %m : tensor<3xf32>
    %r = swin.affine %x by %s, %o : tensor<?x?x?x3xf32>, tensor<3xf32>, tensor<3xf32>)",
                          arguments);
  EXPECT_LE(difference(norm, affine), 1e-14);
}

TEST(ConvolutionOps, LeakyReluLeaks) {
  Tensor y = compute("(%x: tensor<?xf32>) -> tensor<?xf32>", "%r = swin.leaky_relu %x slope 0.25 : tensor<?xf32>",
                     {{{4}, {-8, 0, 3, std::nan("")}}});
  EXPECT_EQ((std::vector<double>(y.values.begin(), y.values.begin() + 3)), (std::vector<double>{-2, 0, 3}));
  EXPECT_TRUE(std::isnan(y.values[3]));
}

TEST(ConvolutionOps, ScaleOutputs) {
  Tensor y = compute("(%w: tensor<2x1x1x3xf32>, %s: tensor<2xf32>) -> tensor<2x1x1x3xf32>",
                     "%r = swin.scale_outputs %w by %s : tensor<2x1x1x3xf32>, tensor<2xf32>",
                     {counted({2, 1, 1, 3}), {{2}, {10, 100}}});
  EXPECT_EQ(y.values, (std::vector<double>{0, 10, 20, 300, 400, 500}));
}

TEST(ConvolutionOps, UngroupHasZerosBetweenGroups) {
  // 4 outputs in 2 groups of 2, 1 input each, a kernel of 1 x 2.
  Tensor y =
      compute("(%w: tensor<4x1x1x2xf32>) -> tensor<4x2x1x2xf32>",
              "%r = swin.ungroup %w groups 2 : tensor<4x1x1x2xf32> -> tensor<4x2x1x2xf32>", {counted({4, 1, 1, 2})});
  EXPECT_EQ(y.values, (std::vector<double>{0, 1, 0, 0, 2, 3, 0, 0, 0, 0, 4, 5, 0, 0, 6, 7}));
}

} // namespace
