//===- TokensTest.cpp - kernels of kinds tokens and pool ------------------===//
// Every instruction set of the machine against the interpreter in double, at sizes that
// fill no tile, with rows that are hard on norms.
//===----------------------------------------------------------------------===//
#include "tests/codegen/kernels/CompiledKernel.h"
#include "tests/codegen/kernels/KernelText.h"

#include "gtest/gtest.h"

#include <algorithm>

namespace swin::test {
namespace {

KernelText tokens(const std::string &name, int64_t channels) { return KernelText(name, "tokens", channels); }

/// Norm of what is read, or of what is added, or of both and of the sum.
enum class Norms { Front, Behind, BehindAndSum, Everywhere };

std::string mlp(int64_t c, int64_t hidden, Norms norms = Norms::Front, const std::string &activation = "gelu") {
  KernelText text = tokens("mlp", c);
  if (norms == Norms::Front || norms == Norms::Everywhere)
    text.norm();
  text.linear(hidden).elementwise(activation).linear(c);
  if (norms != Norms::Front)
    text.norm(true);
  text.addInput();
  if (norms == Norms::BehindAndSum || norms == Norms::Everywhere)
    text.norm(true);
  return text.str();
}

std::string pool(int64_t c, int64_t classes, bool normed) {
  KernelText text("pool", "pool", c);
  if (normed)
    text.norm();
  text.meanPool();
  if (classes)
    text.linear(classes);
  return text.str(true);
}

/// f32 sums of some hundred terms, GELU's 3e-7 and the largest rows of `hazards` together: what is added to a row with
/// a mean of 300 is rounded to 1.5e-5.
constexpr double limitOfSums = 2e-5;

void check(const std::string &text, const std::vector<MapSize> &sizes, double limit = limitOfSums) {
  checkKernel(text, text.substr(0, text.find(' ', text.find('@'))), sizes, limit);
}

TEST(Tokens, Mlp) {
  check(mlp(32, 128), {{1, 1, 1}, {1, 7, 7}, {2, 5, 3}, {3, 20, 17}});
  check(mlp(96, 384), {{1, 1, 2}, {1, 20, 20}});
  check(mlp(60, 120), {{1, 9, 5}});
  check(mlp(40, 100), {{2, 3, 3}});
  check(mlp(10, 17), {{2, 3, 3}});
}

TEST(Tokens, MlpWithNormsBehind) {
  for (Norms norms : {Norms::Behind, Norms::BehindAndSum, Norms::Everywhere}) {
    check(mlp(96, 384, norms), {{1, 1, 1}, {1, 1, 3}, {1, 20, 20}, {3, 17, 5}});
    check(mlp(60, 120, norms), {{1, 9, 5}});
    check(mlp(8, 32, norms), {{2, 3, 3}, {1, 1, 1}});
    check(mlp(100, 40, norms), {{1, 2, 3}, {1, 13, 11}});
  }
}

TEST(Tokens, MlpsOfWideRows) {
  check(mlp(384, 1536, Norms::Behind), {{1, 5, 5}});
  check(mlp(352, 1408, Norms::BehindAndSum), {{1, 7, 7}});
}

TEST(Tokens, BlocksOfRows) {
  // All rows of few, then two blocks; sums long enough for chunks.
  check(mlp(96, 768), {{1, 1, 1}, {1, 7, 7}, {1, 16, 16}, {1, 1, 257}});
  check(mlp(96, 768, Norms::Behind), {{1, 15, 17}, {2, 13, 11}});
}

TEST(Tokens, Activations) {
  for (const char *activation : {"gelu_tanh", "quick_gelu", "silu", "relu", "sigmoid"}) {
    check(mlp(32, 128, Norms::Front, activation), {{2, 5, 3}, {1, 1, 1}});
    check(mlp(20, 24, Norms::Behind, activation), {{2, 5, 3}});
    // With padded channels of its own that are stored as they come.
    check(tokens("activation", 20).linear(10).elementwise(activation).str(), {{2, 5, 3}});
    check(tokens("activation", 10).elementwise(activation).str(), {{2, 5, 3}});
  }
}

TEST(Tokens, PatchEmbedding) {
  auto embed = [](int64_t c, int64_t down, int64_t across, bool pad, bool norm) {
    KernelText text = KernelText::ofImage("embed").embed(c, down, across, pad);
    return (norm ? text.norm(true) : text).str();
  };
  check(embed(96, 4, 4, false, true), {{1, 4, 4}, {2, 19, 35}, {1, 30, 31}});
  check(embed(40, 4, 4, true, true), {{1, 1, 1}, {2, 19, 35}});
  check(embed(24, 2, 3, true, false), {{2, 7, 8}});
  check(embed(8, 1, 1, false, false), {{1, 5, 9}});
}

TEST(Tokens, PatchMerging) {
  auto merge = [](int64_t c) { return tokens("merge", c).merge().norm().linear(2 * c, false).str(); };
  check(merge(96), {{1, 1, 1}, {2, 7, 5}, {1, 14, 14}});
  check(merge(20), {{2, 5, 4}});
  check(merge(8), {{3, 3, 3}});
}

TEST(Tokens, PatchMergingWithANormBehind) {
  auto merge = [](int64_t c) { return tokens("merge", c).merge().linear(2 * c, false).norm(true).str(); };
  check(merge(96), {{1, 1, 1}, {2, 7, 5}, {1, 14, 14}});
  check(merge(60), {{2, 5, 4}});
  check(merge(4), {{3, 3, 3}});
}

TEST(Tokens, PositionsOfTheMap) {
  for (int64_t c : {96, 60, 8}) {
    auto embed = [&](bool norm) {
      KernelText text = KernelText::ofImage("positions").embed(c, 2, 2);
      return (norm ? text.norm(true) : text).addPosition(3, 5).str();
    };
    check(embed(true), {{1, 6, 10}, {3, 7, 11}});
    check(embed(false), {{2, 6, 10}});
    check(tokens("positions", c).merge().linear(2 * c, false).norm(true).addPosition(4, 3).str(), {{2, 7, 5}});
    // By themselves, and where the table ends with the last row.
    check(tokens("positions", c).addPosition(3, 5).str(), {{2, 3, 5}});
    check(tokens("positions", c).addPosition(1, 1).str(true), {{3, 1, 1}});
  }
}

TEST(Tokens, Linear) {
  check(tokens("linear", 48).linear(10).str(true), {{1, 1, 1}, {2, 3, 9}});
  check(tokens("linear", 50).linear(144, false).str(), {{2, 3, 9}});
  check(tokens("linear", 16).linear(1000).str(true), {{1, 3, 2}});
}

TEST(Tokens, NormsOfRowsWithALargeMean) {
  for (int64_t c : {20, 96, 768}) {
    check(tokens("norm", c).norm().str(), {{2, 3, 5}}, 1e-6);
    check(tokens("norm", c).norm(true).str(true), {{2, 3, 5}}, 1e-6);
  }
}

TEST(Tokens, NormsAndLayouts) {
  check(tokens("norm", 20).norm().channelsFirst().str(true), {{2, 3, 5}, {1, 1, 1}});
  check(tokens("norm", 96).norm().channelsFirst().str(true), {{2, 7, 7}});
  check(tokens("norms", 20).norm(true).norm().str(), {{2, 3, 5}});
  check(tokens("copy", 12).str(true), {{2, 3, 5}});
  // What is tiled cannot be stored in tiles.
  check(tokens("planes", 24).linear(40, false).channelsFirst().str(true), {{2, 3, 5}});
  check(tokens("planes", 24).linear(40).norm(true).channelsFirst().str(true), {{2, 3, 5}});
}

TEST(Pool, MeanOfRows) {
  check(pool(768, 1000, true), {{1, 7, 7}, {3, 2, 5}});
  check(pool(20, 3, true), {{2, 1, 1}, {5, 3, 4}});
  check(pool(64, 0, true), {{2, 3, 3}});
  for (int64_t classes : {0, 10, 1000}) {
    check(pool(64, classes, false), {{2, 3, 3}});
    check(pool(36, classes, false), {{2, 3, 3}, {1, 1, 1}});
    check(pool(8, classes, false), {{3, 1, 5}});
  }
}

TEST(Tokens, ARowsBitsDoNotDependOnWhereItStands) {
  for (const std::string &isa : usableIsas()) {
    for (Norms norms : {Norms::Front, Norms::Behind, Norms::BehindAndSum}) {
      CompiledKernel kernel(mlp(48, 192, norms, norms == Norms::Front ? "gelu" : "silu"), isa);
      ASSERT_TRUE(kernel.good());
      auto arguments = hazards(kernel.graph(), 1, 1, 150);
      std::vector<double> all = kernel.run(arguments, {1, 1, 150, 48}).values;
      for (int64_t first : {0, 1, 77, 149}) {
        auto few = arguments;
        few[0].shape = {1, 1, 150 - first, 48};
        few[0].values.erase(few[0].values.begin(), few[0].values.begin() + first * 48);
        EXPECT_EQ(kernel.run(few, few[0].shape).values, std::vector<double>(all.begin() + first * 48, all.end()))
            << isa << first;
      }
    }
  }
}

} // namespace
} // namespace swin::test
