//===- FastProductTest.cpp - products of rows in pairs --------------------===//
// Every instruction set of the machine against the interpreter in double, within the
// bound that docs/Numbers.md derives; bits that depend on nothing but a row's image.
//===----------------------------------------------------------------------===//
#include "tests/codegen/kernels/CompiledKernel.h"
#include "tests/codegen/kernels/KernelText.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>

namespace swin::test {
namespace {

KernelText tokens(const std::string &name, int64_t channels) { return KernelText(name, "tokens", channels); }

/// As for other products where rows are normed first. Else every seventh row has a mean of 300, and rounding errors of
/// a row are those of its pair.
constexpr double limitOfNormed = 2e-5, limitOfPairs = 2e-4;

void check(const std::string &text, const std::vector<MapSize> &sizes, double limit = limitOfPairs) {
  checkKernel(text, text.substr(0, text.find(' ', text.find('@'))), sizes, limit);
}

std::string mlp(int64_t c, int64_t hidden, const std::string &activation = "gelu") {
  return tokens("mlp", c).norm().linearOfSums(hidden).elementwise(activation).linearOfSums(c).addInput().str();
}

TEST(FastProduct, Mlp) {
  check(mlp(96, 384), {{1, 1, 1}, {1, 1, 2}, {1, 20, 20}, {3, 7, 5}}, limitOfNormed);
  check(mlp(32, 64), {{2, 5, 3}, {1, 9, 23}}, limitOfNormed);
  check(mlp(160, 96, "silu"), {{2, 1, 1}, {1, 7, 31}}, limitOfNormed);
  check(mlp(512, 1024), {{1, 5, 5}}, limitOfNormed);
}

TEST(FastProduct, MlpWithNormsBehind) {
  for (int64_t c : {32, 96}) {
    auto behind = tokens("behind", c).linearOfSums(4 * c).elementwise("gelu").linearOfSums(c).norm(true).addInput();
    check(behind.str(), {{1, 1, 1}, {2, 5, 5}, {1, 9, 13}});
    check(behind.norm(true).str(), {{2, 5, 5}});
  }
}

TEST(FastProduct, BesidePlainProducts) {
  check(tokens("plain_last", 64).norm().linearOfSums(96).elementwise("gelu").linear(64).addInput().str(), {{2, 5, 5}});
  check(tokens("plain_first", 64).norm().linear(96).elementwise("gelu").linearOfSums(64).addInput().str(), {{2, 5, 5}});
  check(tokens("narrow", 64).linearOfSums(32, false).elementwise("relu").linear(10).str(true), {{2, 5, 5}});
}

TEST(FastProduct, GathersAndLayouts) {
  check(tokens("merge", 96).merge().norm().linearOfSums(192, false).str(), {{1, 1, 1}, {2, 7, 5}, {1, 14, 14}});
  check(tokens("merge", 40).merge().linearOfSums(96, false).norm(true).str(), {{2, 5, 4}});
  check(tokens("planes", 32).linearOfSums(64).channelsFirst().str(true), {{2, 3, 5}, {1, 4, 4}});
  check(tokens("planes", 32).linearOfSums(64).norm(true).channelsFirst().str(true), {{2, 3, 5}});
  check(tokens("positions", 16).merge().linearOfSums(32, false).norm(true).addPosition(4, 3).str(), {{2, 7, 5}});
  check(tokens("positions", 32).linearOfSums(64, false).addPosition(3, 5).str(), {{2, 3, 5}});
  check(KernelText::ofImage("embed").embed(64, 2, 2).norm(true).linearOfSums(32).str(), {{2, 6, 10}});
}

/// Root of the mean square, and the largest.
struct Errors {
  double mean = 0, largest = 0;
};

Errors errorsOf(const std::vector<double> &found, const std::vector<double> &expected) {
  Errors errors;
  for (size_t i = 0; i < found.size(); ++i) {
    double error = std::abs(found[i] - expected[i]);
    errors.largest = std::max(errors.largest, error);
    errors.mean += error * error;
  }
  errors.mean = std::sqrt(errors.mean / static_cast<double>(found.size()));
  return errors;
}

/// The weight (outputs, inputs) that the sums (7, panels, inputs / 2, 16) were made of.
std::vector<double> weightOf(const ref::Tensor &sums) {
  auto panels = sums.shape[1], half = sums.shape[2], outputs = 2 * 16 * panels, part = panels * half * 16;
  std::vector<double> weight(outputs * 2 * half);
  for (int64_t n = 0; n < outputs; ++n)
    for (int64_t k = 0; k < 2 * half; ++k) {
      int64_t place = (n % (outputs / 2) / 16 * half + k % half) * 16 + n % 16;
      auto at = [&](int64_t number) { return sums.values[number * part + place]; };
      bool right = n >= outputs / 2, lower = k >= half;
      weight[n * 2 * half + k] = lower ? at(right ? 2 : 1) : at(0) + (right ? at(4) : 0);
    }
  return weight;
}

/// Sums of f32, one term after the other.
std::vector<double> plainProduct(const std::vector<double> &rows, const std::vector<double> &weight, int64_t terms) {
  std::vector<double> result;
  for (size_t row = 0; row < rows.size(); row += terms)
    for (size_t n = 0; n < weight.size(); n += terms) {
      float sum = 0;
      for (int64_t k = 0; k < terms; ++k)
        sum = std::fma(static_cast<float>(rows[row + k]), static_cast<float>(weight[n + k]), sum);
      result.push_back(sum);
    }
  return result;
}

TEST(FastProduct, ErrorsAreWithinTheirBound) {
  for (const std::string &isa : usableIsas())
    for (int64_t k : {32, 96, 384, 1536}) {
      CompiledKernel kernel(tokens("fast", k).linearOfSums(96, false).str(), isa);
      ASSERT_TRUE(kernel.good());
      auto arguments = hazards(kernel.graph(), 1, 20, 10);
      for (double &x : arguments[0].values)
        x = static_cast<float>(std::sin(x * 1000));
      ref::Tensor expected = kernel.expected(arguments);
      std::vector<double> weight = weightOf(arguments[1]);
      Errors error = errorsOf(kernel.run(arguments, expected.shape).values, expected.values);
      Errors plain = errorsOf(plainProduct(arguments[0].values, weight, k), expected.values);
      double largest = 0, terms = static_cast<double>(k);
      for (double value : weight)
        largest = std::max(largest, std::abs(value));
      EXPECT_LE(error.largest, std::ldexp(4.5 * terms * terms + 22 * terms, -24) * largest) << isa << " " << k;
      EXPECT_LE(error.mean, 3 * plain.mean) << isa << " " << k;
      EXPECT_GT(error.mean, 0) << isa << " " << k;
    }
}

TEST(FastProduct, AnImagesBitsDoNotDependOnItsBatch) {
  for (const std::string &isa : usableIsas())
    for (int64_t width : {5, 8}) {
      CompiledKernel kernel(mlp(32, 64), isa);
      ASSERT_TRUE(kernel.good());
      checkImages(kernel, hazards(kernel.graph(), 3, 7, width), {});
      RunOptions threads;
      threads.threads = 3;
      checkImages(kernel, hazards(kernel.graph(), 3, 17, 4 * width), threads);
    }
}

} // namespace
} // namespace swin::test
