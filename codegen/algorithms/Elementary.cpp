//===- Elementary.cpp - elementary functions for kernels ------------------===//
#include "codegen/algorithms/Elementary.h"

#include <array>
#include <map>

using namespace Halide;

namespace swin::codegen {
namespace {

template <size_t N> Expr polynomial(const std::array<float, N> &coefficients, const Expr &x) {
  Expr value = coefficients[N - 1];
  for (size_t i = N - 1; i-- > 0;)
    value = value * x + coefficients[i];
  return value;
}

} // namespace

Expr exponential(const Expr &x) {
  // e^x = 2^k e^f with |f| <= ln 2 / 2. ln 2 in two parts, the first so short that k times it is exact: strict, or the
  // two become one factor again.
  constexpr float log2e = 1.44269504f, ln2High = 0.693359375f, ln2Low = -2.12194440e-4f;
  // Fitted with least largest relative error (3e-9, below what f32 keeps).
  constexpr std::array<float, 7> p = {1.0f,           1.0f,           4.99999935e-1f, 1.66665207e-1f,
                                      4.16683874e-2f, 8.36870982e-3f, 1.38146132e-3f};
  Expr inside = max(x, -87.0f);
  // Behind this sum there is no place for a fraction, and k is what its last bits are.
  constexpr float noFraction = 12582912.0f; // 1.5 2^23
  Expr shifted = strict_float(inside * log2e + noFraction);
  Expr k = strict_float(shifted - noFraction);
  Expr f = strict_float(inside - k * ln2High) - k * ln2Low;
  Expr power = polynomial(p, f);
  return reinterpret<float>(reinterpret<int32_t>(power) + (reinterpret<int32_t>(shifted) << 23));
}

Expr powerOfTwo(const Expr &x) {
  // 2^x = 2^k 2^f with |f| <= 1/2. Only the two sums that make k of x are strict: what x is may be one multiply-add.
  using Internal::Call;
  auto strict = [](Call::IntrinsicOp op, const Expr &a, const Expr &b) {
    return Call::make(Float(32), op, {a, b}, Call::PureIntrinsic);
  };
  // Fitted with least largest relative error (7.5e-8), then divided by its value at 0.
  constexpr float noFraction = 12582912.0f; // as above
  Expr inside = max(x, -126.0f);
  Expr shifted = strict(Call::strict_add, inside, noFraction);
  Expr f = inside - strict(Call::strict_sub, shifted, noFraction);
  // Pairs of terms, which need not wait for each other.
  Expr square = f * f;
  Expr power = ((1.3276471e-3f * f + 9.6755402e-3f) * square + (5.5507127e-2f * f + 2.4022118e-1f)) * square +
               (6.9314689e-1f * f + 1.0f);
  return reinterpret<float>(reinterpret<int32_t>(power) + (reinterpret<int32_t>(shifted) << 23));
}

Expr erf(const Expr &x) {
  // x P(x^2) / Q(x^2), fitted to erf on [0, 3.9] with least largest error (1.5e-8, below what f32 keeps); behind it
  // erf is 1 to 3.5e-8.
  constexpr float end = 3.9f;
  constexpr std::array<float, 6> p = {1.128379032f,    1.919398020e-1f, 5.296677198e-2f,
                                      3.836829275e-3f, 2.874570105e-4f, 2.050406041e-6f};
  constexpr std::array<float, 6> q = {
      1.0f, 5.034339988e-1f, 1.147577149e-1f, 1.510910817e-2f, 1.181724702e-3f, 3.823092636e-5f};
  Expr inside = clamp(x, -end, end);
  Expr square = inside * inside;
  return inside * polynomial(p, square) / polynomial(q, square);
}

namespace {

Expr gelu(const Expr &x) {
  Expr half = 0.5f * x;
  return half * swin::codegen::erf(x * 0.70710678f) + half;
}

Expr sigmoid(const Expr &x) {
  // The power stays finite, as generated code may assume; what is below the normal numbers of f32 is 0.
  constexpr float end = 87.0f;
  return select(x < -end, 0.0f, 1.0f / (1.0f + exponential(min(-x, end))));
}

Expr silu(const Expr &x) { return x * sigmoid(x); }

Expr quickGelu(const Expr &x) { return x * sigmoid(1.702f * x); }

Expr geluTanh(const Expr &x) {
  // (1 + tanh y) / 2 = sigmoid(2 y), without the cancellation.
  constexpr float twice = 1.59576912f; // 2 sqrt(2/pi)
  return x * sigmoid(x * (twice + twice * 0.044715f * (x * x)));
}

Expr relu(const Expr &x) { return max(x, 0.0f); }

} // namespace

const Elementwise *elementwiseOf(const std::string &op) {
  static const std::map<std::string, Elementwise> table = {
      {"gelu", {gelu, true}}, {"gelu_tanh", {geluTanh, true}}, {"quick_gelu", {quickGelu, true}},
      {"silu", {silu, true}}, {"relu", {relu, true}},          {"sigmoid", {sigmoid, false}},
  };
  auto entry = table.find(op);
  return entry == table.end() ? nullptr : &entry->second;
}

} // namespace swin::codegen
