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

/// x^N + polynomial(coefficients, x).
template <size_t N> Expr monic(const std::array<float, N> &coefficients, const Expr &x) {
  Expr value = x + coefficients[N - 1];
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

namespace {

Expr gelu(const Expr &x) {
  // x Phi(x) = x / 2 + |x| (1/2 - tail) with tail = Phi(-|x|) = (1 - erf(|x| / sqrt 2)) / 2, which falls like
  // e^(-x^2 / 2); its fourth root falls so much slower that a polynomial of degree 8 meets it: fitted on [0, end],
  // where it is 0, with least largest error of the tail (5.3e-8).
  constexpr float end = 5.64f;
  // root = p + a (cubic) (quartic): what the products lose is little beside p, and neither waits for the other.
  constexpr float p = 8.40896428e-1f;
  constexpr std::array<float, 4> cubic = {-3.61521001e-4f, -4.32925808e-5f, 2.32637231e-5f, -3.4051011e-6f};
  constexpr std::array<float, 4> quartic = {4.63967438e2f, 8.32921143e1f, 7.01663494f, -1.03448219e1f};
  Expr size = abs(x), inside = min(size, end);
  Expr root = inside * polynomial(cubic, inside) * monic(quartic, inside) + p;
  Expr square = root * root;
  return size * (0.5f - square * square) + 0.5f * x;
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
