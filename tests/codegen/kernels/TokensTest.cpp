//===- TokensTest.cpp - kernels of kinds tokens and pool ------------------===//
// Every instruction set of the machine against the interpreter in double, at sizes that
// fill no tile, with rows that are hard on norms.
//===----------------------------------------------------------------------===//
#include "tests/codegen/kernels/CompiledKernel.h"

#include "gtest/gtest.h"

namespace swin::test {
namespace {

std::string num(int64_t value) { return std::to_string(value); }
std::string map(int64_t channels) { return "tensor<?x?x?x" + num(channels) + "xf32>"; }
std::string vec(int64_t channels) { return "tensor<" + num(channels) + "xf32>"; }
std::string packed(int64_t n, int64_t k) { return "tensor<" + num((n + 15) / 16) + "x" + num(k) + "x16xf32>"; }

/// layer_norm, linear, gelu, linear, add.
std::string mlp(int64_t c, int64_t hidden) {
  return "swin.kernel @mlp tokens activations 1 (%x: " + map(c) + ", %w1: " + packed(hidden, c) +
         ", %b1: " + vec(hidden) + ", %w2: " + packed(c, hidden) + ", %b2: " + vec(c) + ") -> " + map(c) +
         " {\n  %0 = swin.layer_norm %x epsilon 1.0e-5 : " + map(c) + "\n  %1 = swin.linear %0, %w1, %b1 : (" + map(c) +
         ", " + packed(hidden, c) + ", " + vec(hidden) + ") -> " + map(hidden) +
         "\n  %2 = swin.gelu %1 : " + map(hidden) + "\n  %3 = swin.linear %2, %w2, %b2 : (" + map(hidden) + ", " +
         packed(c, hidden) + ", " + vec(c) + ") -> " + map(c) + "\n  %4 = swin.add %x, %3 : " + map(c) +
         "\n  swin.yield %4 : " + map(c) + "\n}";
}

std::string embed(const std::string &patch, const std::string &pad, int64_t terms, int64_t c, bool norm) {
  std::string image = "tensor<?x3x?x?xf32>";
  return "swin.kernel @embed tokens activations 1 (%x: " + image + ", %w: " + packed(c, terms) + ", %b: " + vec(c) +
         ", %g: " + vec(c) + ", %o: " + vec(c) + ") -> " + map(c) + " {\n  %0 = swin.patch_embed %x, %w, %b patch " +
         patch + pad + " : (" + image + ", " + packed(c, terms) + ", " + vec(c) + ") -> " + map(c) +
         (norm ? "\n  %1 = swin.layer_norm %0, %g, %o epsilon 1.0e-5 : " + map(c) + ", " + vec(c) + ", " + vec(c) +
                     "\n  swin.yield %1 : " + map(c) + "\n}"
               : "\n  swin.yield %0 : " + map(c) + "\n}");
}

std::string merge(int64_t c) {
  return "swin.kernel @merge tokens activations 1 (%x: " + map(c) + ", %w: " + packed(2 * c, 4 * c) + ") -> " +
         map(2 * c) + " {\n  %0 = swin.patch_merging %x : " + map(c) + " -> " + map(4 * c) +
         "\n  %1 = swin.layer_norm %0 epsilon 1.0e-5 : " + map(4 * c) + "\n  %2 = swin.linear %1, %w : (" + map(4 * c) +
         ", " + packed(2 * c, 4 * c) + ") -> " + map(2 * c) + "\n  swin.yield %2 : " + map(2 * c) + "\n}";
}

std::string linear(int64_t c, int64_t n, bool dense) {
  return "swin.kernel @linear tokens activations 1 (%x: " + map(c) + ", %w: " + packed(n, c) + ", %b: " + vec(n) +
         ") -> " + map(n) + (dense ? " dense" : "") + " {\n  %0 = swin.linear %x, %w, %b : (" + map(c) + ", " +
         packed(n, c) + ", " + vec(n) + ") -> " + map(n) + "\n  swin.yield %0 : " + map(n) + "\n}";
}

std::string norm(int64_t c, bool dense, bool channelsFirst) {
  std::string planes = "tensor<?x" + num(c) + "x?x?xf32>", result = channelsFirst ? planes : map(c);
  return "swin.kernel @norm tokens activations 1 (%x: " + map(c) + ") -> " + result + (dense ? " dense" : "") +
         " {\n  %0 = swin.layer_norm %x epsilon 1.0e-5 : " + map(c) +
         (channelsFirst ? "\n  %1 = swin.channels_first %0 : " + map(c) + " -> " + planes + "\n  swin.yield %1 : "
                        : "\n  swin.yield %0 : ") +
         result + "\n}";
}

std::string copy(int64_t c) {
  return "swin.kernel @copy tokens activations 1 (%x: " + map(c) + ") -> " + map(c) +
         " dense {\n  swin.yield %x : " + map(c) + "\n}";
}

/// A linear map whose values go to planes: what is tiled cannot be stored in tiles.
std::string planes(int64_t c, int64_t n) {
  std::string result = "tensor<?x" + num(n) + "x?x?xf32>";
  return "swin.kernel @planes tokens activations 1 (%x: " + map(c) + ", %w: " + packed(n, c) + ") -> " + result +
         " dense {\n  %0 = swin.linear %x, %w : (" + map(c) + ", " + packed(n, c) + ") -> " + map(n) +
         "\n  %1 = swin.channels_first %0 : " + map(n) + " -> " + result + "\n  swin.yield %1 : " + result + "\n}";
}

std::string pool(int64_t c, int64_t n, bool normed) {
  std::string vector = "tensor<?x" + num(c) + "xf32>", logits = "tensor<?x" + num(n) + "xf32>";
  std::string text = "swin.kernel @pool pool activations 1 (%x: " + map(c) + ", %w: " + packed(n, c) +
                     ", %b: " + vec(n) + ") -> " + (n ? logits : vector) + " dense {\n";
  if (n == 0)
    text = "swin.kernel @pool pool activations 1 (%x: " + map(c) + ") -> " + vector + " dense {\n";
  if (normed)
    text += "  %0 = swin.layer_norm %x epsilon 1.0e-5 : " + map(c) + "\n";
  text += std::string("  %1 = swin.mean_pool ") + (normed ? "%0" : "%x") + " : " + map(c) + " -> " + vector + "\n";
  if (n)
    text += "  %2 = swin.linear %1, %w, %b : (" + vector + ", " + packed(n, c) + ", " + vec(n) + ") -> " + logits +
            "\n  swin.yield %2 : " + logits + "\n}";
  else
    text += "  swin.yield %1 : " + vector + "\n}";
  return text;
}

/// f32 sums of some hundred terms, GELU's 3e-7 and the largest rows of `hazards` together.
constexpr double limit = 2e-5;

void check(const std::string &text, const std::vector<MapSize> &sizes) {
  checkKernel(text, text.substr(0, text.find(' ', text.find('@'))), sizes, limit);
}

TEST(Tokens, Mlp) {
  check(mlp(32, 128), {{1, 1, 1}, {1, 7, 7}, {2, 5, 3}, {3, 20, 17}});
  check(mlp(96, 384), {{1, 1, 2}, {1, 20, 20}});
  check(mlp(60, 120), {{1, 9, 5}});
  check(mlp(40, 100), {{2, 3, 3}});
  check(mlp(10, 17), {{2, 3, 3}});
}

TEST(Tokens, PatchEmbedding) {
  check(embed("[4, 4]", "", 48, 96, true), {{1, 4, 4}, {2, 19, 35}, {1, 30, 31}});
  check(embed("[4, 4]", " pad", 48, 40, true), {{1, 1, 1}, {2, 19, 35}});
  check(embed("[2, 3]", " pad", 18, 24, false), {{2, 7, 8}});
  check(embed("[1, 1]", "", 3, 8, false), {{1, 5, 9}});
}

TEST(Tokens, PatchMerging) {
  check(merge(96), {{1, 1, 1}, {2, 7, 5}, {1, 14, 14}});
  check(merge(20), {{2, 5, 4}});
  check(merge(8), {{3, 3, 3}});
}

TEST(Tokens, Linear) {
  check(linear(48, 10, true), {{1, 1, 1}, {2, 3, 9}});
  check(linear(50, 144, false), {{2, 3, 9}});
  check(linear(16, 1000, true), {{1, 3, 2}});
}

TEST(Tokens, NormsAndLayouts) {
  check(norm(96, false, false), {{2, 3, 5}});
  check(norm(20, true, false), {{2, 3, 5}});
  check(norm(20, true, true), {{2, 3, 5}, {1, 1, 1}});
  check(norm(96, true, true), {{2, 7, 7}});
  check(copy(12), {{2, 3, 5}});
  check(planes(24, 40), {{2, 3, 5}});
}

TEST(Pool, MeanOfNormedRows) {
  check(pool(768, 1000, true), {{1, 7, 7}, {3, 2, 5}});
  check(pool(20, 3, true), {{2, 1, 1}, {5, 3, 4}});
  check(pool(64, 10, false), {{2, 3, 3}});
  check(pool(64, 0, true), {{2, 3, 3}});
  check(pool(36, 0, false), {{2, 3, 3}});
}

TEST(Tokens, ARowsBitsDoNotDependOnWhereItStands) {
  for (const std::string &isa : usableIsas()) {
    CompiledKernel kernel(mlp(48, 192), isa);
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

} // namespace
} // namespace swin::test
