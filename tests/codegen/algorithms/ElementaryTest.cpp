//===- ElementaryTest.cpp - elementary functions against the C library ----===//
// With and without fused multiply-adds, over the ranges that kernels use.
//===----------------------------------------------------------------------===//
#include "codegen/algorithms/Elementary.h"

#include "gtest/gtest.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

using namespace Halide;

namespace swin::codegen {
namespace {

constexpr int count = 1 << 20;

/// Targets that this machine has.
std::vector<Target> targets() {
  std::vector<Target> all = {Target("x86-64-linux-sse41")};
  if (get_host_target().has_feature(Target::FMA))
    all.push_back(Target("x86-64-linux-sse41-avx-f16c-fma-avx2"));
  return all;
}

Buffer<float> evaluate(const std::function<Expr(Expr)> &function, Buffer<float> arguments, const Target &target) {
  Var i("i");
  Func result("result");
  result(i) = function(arguments(i));
  result.vectorize(i, 8);
  Buffer<float> values(arguments.width());
  result.realize(values, target);
  return values;
}

Buffer<float> points(float first, float last) {
  Buffer<float> all(count);
  for (int i = 0; i < count; ++i)
    all(i) = first + (last - first) * static_cast<float>(i) / static_cast<float>(count - 1);
  return all;
}

TEST(Elementary, ExponentialsOfWhatIsNotPositive) {
  for (const Target &target : targets()) {
    for (float first : {-87.0f, -1.0f, -1e-3f}) {
      Buffer<float> x = points(first, 0.0f), y = evaluate(exponential, x, target);
      double most = 0;
      for (int i = 0; i < count; ++i)
        most = std::max(most, std::abs(y(i) / std::exp(static_cast<double>(x(i))) - 1));
      EXPECT_LE(most, 1e-7) << target.to_string() << " from " << first;
      EXPECT_EQ(y(count - 1), 1.0f);
    }
    // A masked score, and one that is far away.
    Buffer<float> x(8);
    x.fill(-100.0f);
    x(1) = -1e30f;
    x(2) = -std::numeric_limits<float>::infinity();
    Buffer<float> y = evaluate(exponential, x, target);
    for (int i = 0; i < 3; ++i) {
      EXPECT_GE(y(i), 0.0f);
      EXPECT_LE(y(i), 2e-38f);
    }
  }
}

TEST(Elementary, PowersOfTwo) {
  for (const Target &target : targets()) {
    for (float first : {-126.0f, -1.0f, -1e-3f}) {
      Buffer<float> x = points(first, first == -126.0f ? 127.0f : 0.0f), y = evaluate(powerOfTwo, x, target);
      double most = 0;
      for (int i = 0; i < count; ++i)
        most = std::max(most, std::abs(y(i) / std::exp2(static_cast<double>(x(i))) - 1));
      EXPECT_LE(most, 3e-7) << target.to_string() << " from " << first;
    }
    Buffer<float> x(8);
    x.fill(-150.0f);
    x(1) = -1e30f;
    x(2) = -std::numeric_limits<float>::infinity();
    x(3) = 0.0f;
    Buffer<float> y = evaluate(powerOfTwo, x, target);
    EXPECT_EQ(y(3), 1.0f);
    for (int i = 0; i < 3; ++i) {
      EXPECT_GE(y(i), 0.0f);
      EXPECT_LE(y(i), 2e-38f);
    }
  }
}

TEST(Elementary, ExponentialsOfWhatIsPositive) {
  for (const Target &target : targets()) {
    Buffer<float> x = points(0.0f, 88.0f), y = evaluate(exponential, x, target);
    double most = 0;
    for (int i = 0; i < count; ++i)
      most = std::max(most, std::abs(y(i) / std::exp(static_cast<double>(x(i))) - 1));
    EXPECT_LE(most, 2e-7) << target.to_string();
  }
}

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

/// An op and what it is, in double.
struct Meaning {
  const char *op;
  double (*function)(double);
};
const std::vector<Meaning> meanings = {
    {"gelu", [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }},
    {"gelu_tanh", [](double x) { return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }},
    {"quick_gelu", [](double x) { return x * logistic(1.702 * x); }},
    {"silu", [](double x) { return x * logistic(x); }},
    {"relu", [](double x) { return std::max(x, 0.0); }},
    {"sigmoid", logistic},
};

TEST(Elementary, ActivationsAreWhatTheirNamesSay) {
  for (const Target &target : targets()) {
    for (const Meaning &meaning : meanings) {
      const Elementwise *op = elementwiseOf(meaning.op);
      ASSERT_NE(op, nullptr) << meaning.op;
      for (float end : {1e-2f, 8.0f, 200.0f}) {
        Buffer<float> x = points(-end, end), y = evaluate(op->function, x, target);
        double most = 0;
        for (int i = 0; i < count; ++i) {
          double expected = meaning.function(x(i));
          most = std::max(most, std::abs(y(i) - expected) /
                                    std::max(std::abs(expected), std::abs(static_cast<double>(x(i)))));
        }
        EXPECT_LE(most, 3e-7) << meaning.op << " within " << end << ", " << target.to_string();
      }
    }
  }
  EXPECT_EQ(elementwiseOf("layer_norm"), nullptr);
}

/// Every so manieth float of both signs between two, from what is nearly 0 on.
Buffer<float> floats(float first, float last, uint32_t step) {
  uint32_t bits = std::bit_cast<uint32_t>(first), end = std::bit_cast<uint32_t>(last);
  Buffer<float> all(static_cast<int>((end - bits) / step + 1) / 4 * 8);
  for (int i = 0; i < all.width(); i += 2) {
    all(i) = std::bit_cast<float>(bits + static_cast<uint32_t>(i / 2) * step);
    all(i + 1) = -all(i);
  }
  return all;
}

TEST(Elementary, GeluOfFloatsOfAllMagnitudes) {
  for (const Target &target : targets()) {
    double relative = 0, absolute = 0;
    for (const Buffer<float> &x : {floats(1e-30f, 0x1p-8f, 4099), floats(0x1p-8f, 8.0f, 61)}) {
      Buffer<float> y = evaluate(elementwiseOf("gelu")->function, x, target);
      for (int i = 0; i < x.width(); ++i) {
        double error = std::abs(y(i) - static_cast<double>(x(i)) / 2 * std::erfc(-x(i) / std::sqrt(2.0)));
        absolute = std::max(absolute, error);
        relative = std::max(relative, error / std::abs(static_cast<double>(x(i))));
      }
    }
    EXPECT_LE(relative, 2.3e-7) << target.to_string();
    EXPECT_LE(absolute, 6.1e-7) << target.to_string();
  }
}

TEST(Elementary, GeluOfNoNumberIsNone) {
  Buffer<float> x(8);
  x.fill(std::numeric_limits<float>::quiet_NaN());
  x(1) = -x(0);
  for (const Target &target : targets()) {
    Buffer<float> y = evaluate(elementwiseOf("gelu")->function, x, target);
    for (int i = 0; i < 8; ++i)
      EXPECT_TRUE(std::isnan(y(i))) << target.to_string();
  }
}

TEST(Elementary, ActivationsOfLargeNumbersAndOfZero) {
  const std::vector<float> far = {88.0f, 1e4f, 1e13f, 1e30f, std::numeric_limits<float>::max()};
  Buffer<float> x(16);
  x.fill(0.0f);
  for (size_t i = 0; i < far.size(); ++i) {
    x(static_cast<int>(2 * i)) = far[i];
    x(static_cast<int>(2 * i + 1)) = -far[i];
  }
  for (const Target &target : targets()) {
    for (const Meaning &meaning : meanings) {
      const Elementwise *op = elementwiseOf(meaning.op);
      Buffer<float> y = evaluate(op->function, x, target);
      for (int i = 0; i < static_cast<int>(2 * far.size()); ++i) {
        float end = x(i) < 0 ? 0.0f : meaning.function == logistic ? 1.0f : x(i);
        EXPECT_EQ(y(i), end) << meaning.op << " of " << x(i);
      }
      EXPECT_EQ(y(15) == 0.0f, op->keepsZero) << meaning.op;
    }
  }
}

} // namespace
} // namespace swin::codegen
