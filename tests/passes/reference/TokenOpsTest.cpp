//===- TokenOpsTest.cpp - ops on each token alone -------------------------===//
#include "tests/passes/reference/Compute.h"

#include <cmath>
#include <utility>

using namespace swin::test;

namespace {

TEST(TokenOps, LayerNormNormalisesEachToken) {
  const char *signature = "(%x: tensor<?x2xf32>, %g: tensor<2xf32>, %b: tensor<2xf32>) -> tensor<?x2xf32>";
  // Mean 3 and biased variance 4 with epsilon 5: deviation 3. The second token is 10 times the first.
  Tensor x = {{2, 2}, {1, 5, 10, 50}}, g = {{2}, {6, 9}}, b = {{2}, {0.5, -0.5}};
  Tensor y = compute(signature, "%r = swin.layer_norm %x epsilon 5.0 : tensor<?x2xf32>", {x, g, b});
  double far = 20 / std::sqrt(405.0);
  EXPECT_LE(difference(y, {{2, 2}, {-2.0 / 3, 2.0 / 3, -far, far}}), 1e-15);
  Tensor z =
      compute(signature, "%r = swin.layer_norm %x, %g, %b epsilon 5.0 : tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>",
              {x, g, b});
  EXPECT_LE(difference(z, {{2, 2}, {-3.5, 5.5, 0.5 - 6 * far, 9 * far - 0.5}}), 1e-14);
}

TEST(TokenOps, LayerNormOfEqualChannelsIsTheOffset) {
  Tensor y = compute("(%x: tensor<?x3xf32>) -> tensor<?x3xf32>",
                     "%r = swin.layer_norm %x epsilon 1.0e-5 : tensor<?x3xf32>", {filled({1, 3}, 1e4)});
  EXPECT_EQ(y.values, (std::vector<double>{0, 0, 0}));
}

TEST(TokenOps, LinearWithAndWithoutBias) {
  Tensor x = {{1, 2, 3}, {1, 2, 3, -1, 0, 1}}, w = {{2, 3}, {1, 0, 1, 2, -1, 5}}, b = {{2}, {100, 200}};
  const char *signature = "(%x: tensor<1x?x3xf32>, %w: tensor<2x3xf32>, %b: tensor<2xf32>) -> tensor<1x?x2xf32>";
  Tensor plain = compute(signature,
                         "%r = swin.linear %x, %w : (tensor<1x?x3xf32>, tensor<2x3xf32>) -> "
                         "tensor<1x?x2xf32>",
                         {x, w, b});
  EXPECT_EQ(plain.shape, (std::vector<int64_t>{1, 2, 2}));
  EXPECT_EQ(plain.values, (std::vector<double>{4, 15, 0, 3}));
  Tensor biased = compute(signature,
                          "%r = swin.linear %x, %w, %b : (tensor<1x?x3xf32>, tensor<2x3xf32>, "
                          "tensor<2xf32>) -> tensor<1x?x2xf32>",
                          {x, w, b});
  EXPECT_EQ(biased.values, (std::vector<double>{104, 215, 100, 203}));
}

/// A linear map with the weight as it is and as the constant op `pack` gives it.
std::pair<Tensor, Tensor> plainAndPacked(const Tensor &x, const Tensor &w, const Tensor &b, const std::string &pack,
                                         const std::string &packedType) {
  std::string terms = std::to_string(w.shape[1]), outputs = std::to_string(w.shape[0]);
  std::string input = "tensor<?x" + terms + "xf32>", weight = "tensor<" + outputs + "x" + terms + "xf32>",
              bias = "tensor<" + outputs + "xf32>", result = "tensor<?x" + outputs + "xf32>";
  std::string signature = "(%x: " + input + ", %w: " + weight + ", %b: " + bias + ") -> " + result;
  auto linear = [&](const std::string &name, const std::string &type) {
    return "%r = swin.linear %x, " + name + ", %b : (" + input + ", " + type + ", " + bias + ") -> " + result;
  };
  return {compute(signature, linear("%w", weight), {x, w, b}),
          compute(signature,
                  "%p = swin." + pack + " %w : " + weight + " -> " + packedType + "\n" + linear("%p", packedType),
                  {x, w, b})};
}

TEST(TokenOps, LinearWithAWeightOfSumsIsTheSame) {
  auto [plain, summed] = plainAndPacked(randomTensor({5, 32}, 1), randomTensor({64, 32}, 2), randomTensor({64}, 3),
                                        "pack_sums", "tensor<7x2x16x16xf32>");
  EXPECT_LE(difference(plain, summed), 1e-14);
}

TEST(TokenOps, LinearWithPackedWeightIsTheSame) {
  // 19 outputs: the second panel is not full.
  Tensor x = randomTensor({5, 7}, 1), w = randomTensor({19, 7}, 2), b = randomTensor({19}, 3);
  auto [plain, packed] = plainAndPacked(x, w, b, "pack", "tensor<2x7x16xf32>");
  EXPECT_EQ(difference(plain, packed), 0);
  double last = b.values[18];
  for (int k = 0; k < 7; ++k)
    last += x.values[4 * 7 + k] * w.values[18 * 7 + k];
  EXPECT_NEAR(plain.values.back(), last, 1e-14);
}

TEST(TokenOps, GeluIsTheExactForm) {
  Tensor y = compute("(%x: tensor<?x1xf32>) -> tensor<?x1xf32>", "%r = swin.gelu %x : tensor<?x1xf32>",
                     {{{4, 1}, {0, 1, -1, 30}}});
  // x Phi(x) with Phi(1) = 0.841344746068542948585; the tanh form gives 0.8411919906.
  EXPECT_LE(difference(y, {{4, 1}, {0, 0.8413447460685429, -0.15865525393145705, 30}}), 1e-15);
}

/// An activation at 0, 1, -1 and 2.
Tensor activated(const std::string &name) {
  return compute("(%x: tensor<?xf32>) -> tensor<?xf32>", "%r = swin." + name + " %x : tensor<?xf32>",
                 {{{4}, {0, 1, -1, 2}}});
}

TEST(TokenOps, Activations) {
  // Worked out with 30 digits.
  EXPECT_LE(
      difference(activated("gelu_tanh"), {{4}, {0, 0.84119199060827670, -0.15880800939172330, 1.9545976940877750}}),
      1e-15);
  EXPECT_LE(
      difference(activated("quick_gelu"), {{4}, {0, 0.84579576593282130, -0.15420423406717870, 1.9356586231442081}}),
      1e-15);
  EXPECT_LE(difference(activated("silu"), {{4}, {0, 0.73105857863000488, -0.26894142136999512, 1.7615941559557649}}),
            1e-15);
  EXPECT_LE(
      difference(activated("sigmoid"), {{4}, {0.5, 0.73105857863000488, 0.26894142136999512, 0.88079707797788244}}),
      1e-15);
  EXPECT_EQ(activated("relu").values, (std::vector<double>{0, 1, 0, 2}));
}

TEST(TokenOps, ActivationsOfLargeNumbersAreNumbers) {
  for (const char *name : {"gelu", "gelu_tanh", "quick_gelu", "silu", "relu"}) {
    Tensor y = compute("(%x: tensor<?xf32>) -> tensor<?xf32>", "%r = swin." + std::string(name) + " %x : tensor<?xf32>",
                       {{{2}, {1e4, -1e4}}});
    EXPECT_EQ(y.values, (std::vector<double>{1e4, 0})) << name;
  }
}

TEST(TokenOps, AddPositionIsTheSameForEachImage) {
  // Two images of 1 x 3 tokens with two channels; position's elements in their order, whatever its shape.
  Tensor y = compute("(%x: tensor<?x?x?x2xf32>, %p: tensor<1x3x2xf32>) -> tensor<?x?x?x2xf32>",
                     "%r = swin.add_position %x, %p map [1, 3] : tensor<?x?x?x2xf32>, tensor<1x3x2xf32>",
                     {counted({2, 1, 3, 2}), {{1, 3, 2}, {10, 20, 30, 40, 50, 60}}});
  EXPECT_EQ(y.values, (std::vector<double>{10, 21, 32, 43, 54, 65, 16, 27, 38, 49, 60, 71}));
}

TEST(TokenOps, AddPositionNeedsItsMap) {
  const char *signature = "(%x: tensor<?x?x?x1xf32>, %p: tensor<6xf32>) -> tensor<?x?x?x1xf32>";
  const char *body = "%r = swin.add_position %x, %p map [2, 3] : tensor<?x?x?x1xf32>, tensor<6xf32> "
                     "loc(\"absolute_pos_embed\")";
  // Of as many tokens, but not the same.
  EXPECT_EQ(refusal(signature, body, {counted({1, 3, 2, 1}), counted({6})}),
            "absolute_pos_embed: swin.add_position needs a map of 2 x 3 tokens, but this one is 3 x 2");
}

TEST(TokenOps, AddIsElementwiseAndBroadcastsNothing) {
  const char *signature = "(%x: tensor<?x2xf32>, %y: tensor<?x2xf32>) -> tensor<?x2xf32>";
  const char *body = "%r = swin.add %x, %y : tensor<?x2xf32> loc(\"layers.1.blocks.0\")";
  Tensor x = {{2, 2}, {1, 2, 3, 4}};
  EXPECT_EQ(compute(signature, body, {x, {{2, 2}, {10, 20, 30, 40}}}).values, (std::vector<double>{11, 22, 33, 44}));
  EXPECT_EQ(refusal(signature, body, {x, filled({1, 2}, 0)}),
            "layers.1.blocks.0: swin.add needs two tensors of one shape, but they are 2x2 and 1x2");
}

} // namespace
