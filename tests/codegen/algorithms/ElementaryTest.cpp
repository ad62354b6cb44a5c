//===- ElementaryTest.cpp - elementary functions against the C library ----===//
// With and without fused multiply-adds, over the ranges that kernels use.
//===----------------------------------------------------------------------===//
#include "codegen/algorithms/Elementary.h"

#include "gtest/gtest.h"

#include <cmath>
#include <functional>
#include <limits>
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

TEST(Elementary, ErrorFunction) {
  for (const Target &target : targets()) {
    Buffer<float> x = points(-6.0f, 6.0f), y = evaluate([](const Expr &e) { return codegen::erf(e); }, x, target);
    double most = 0;
    for (int i = 0; i < count; ++i)
      most = std::max(most, std::abs(y(i) - std::erf(static_cast<double>(x(i)))));
    EXPECT_LE(most, 4e-7) << target.to_string();
  }
}

} // namespace
} // namespace swin::codegen
