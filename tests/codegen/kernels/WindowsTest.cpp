//===- WindowsTest.cpp - kernels of kind windows --------------------------===//
// Attention within windows against the interpreter in double: both orders of shift and
// padding, maps that do and do not divide, smaller than a window and than a shift.
//===----------------------------------------------------------------------===//
#include "codegen/KernelCompiler.h"
#include "tests/codegen/kernels/CompiledKernel.h"

#include "gtest/gtest.h"

namespace swin::test {
namespace {

enum class Order { NoPadding, ShiftFirst, PadFirst };

/// A block's attention as text.
struct Block {
  int64_t channels, heads, inner; ///< inner: channels of all heads together
  int64_t rows, columns;          ///< of a window
  int64_t shiftH, shiftW;
  Order order = Order::ShiftFirst;
  bool norm = true, affine = false, bias = true, projection = true, residual = true, compact = false, dense = false;
  double scale = 1;

  std::string text() const;
};

std::string num(int64_t value) { return std::to_string(value); }
std::string map(int64_t channels) { return "tensor<?x?x?x" + num(channels) + "xf32>"; }

std::string Block::text() const {
  std::string w = num(rows * columns), in = map(channels), out = map(projection ? channels : inner),
              window = "[" + num(rows) + ", " + num(columns) + "]";
  auto windows = [&](int64_t c) { return "tensor<?x?x?x" + w + "x" + num(c) + "xf32>"; };
  auto packed = [](int64_t n, int64_t k) { return "tensor<" + num((n + 15) / 16) + "x" + num(k) + "x16xf32>"; };
  auto vector = [](int64_t n) { return "tensor<" + num(n) + "xf32>"; };
  std::string table = compact ? "tensor<" + num((2 * rows - 1) * (2 * columns - 1)) + "x" + num(heads) + "xf32>"
                              : "tensor<" + num(heads) + "x" + w + "x" + num((rows * columns + 15) / 16 * 16) + "xf32>";
  std::string body, last = "%x";
  int count = 0;
  auto op = [&](const std::string &rest) {
    last = "%" + num(count++);
    body += "  " + last + " = swin." + rest + "\n";
  };
  auto shift = [&](int64_t sign) {
    if (shiftH || shiftW)
      op("cyclic_shift " + last + " by [" + num(sign * shiftH) + ", " + num(sign * shiftW) + "] window " + window +
         " never : " + in);
  };
  auto linear = [&](const std::string &weight, const std::string &offset, int64_t n, int64_t k) {
    op("linear " + last + ", " + weight + (bias ? ", " + offset : "") + " : (" + windows(k) + ", " + packed(n, k) +
       (bias ? ", " + vector(n) : "") + ") -> " + windows(n));
  };
  if (norm)
    op("layer_norm %x" + std::string(affine ? ", %g, %o" : "") + " epsilon 1.0e-5 : " + in +
       (affine ? ", " + vector(channels) + ", " + vector(channels) : ""));
  std::string normed = last;
  if (order != Order::PadFirst)
    shift(1);
  if (order != Order::NoPadding)
    op("pad " + last + " to_multiple_of " + window + " : " + in + " -> " + in);
  if (order == Order::PadFirst)
    shift(1);
  op("window_partition " + last + " window " + window + " : " + in + " -> " + windows(channels));
  linear("%wq", "%bq", 3 * inner, channels);
  op("window_attention " + last + ", %t heads " + num(heads) + " scale " + std::to_string(scale) + " window " + window +
     " shift [" + num(shiftH) + ", " + num(shiftW) + "] never : (" + windows(3 * inner) + ", " + table + ") -> " +
     windows(inner));
  if (projection)
    linear("%wp", "%bp", channels, inner);
  op("window_reverse " + last + " window " + window + " : " + windows(projection ? channels : inner) + " -> " + out);
  if (order == Order::PadFirst)
    shift(-1);
  if (order != Order::NoPadding)
    op("crop " + last + " like " + normed + " : " + out + ", " + in + " -> " + out);
  if (order != Order::PadFirst)
    shift(-1);
  if (residual)
    op("add %x, " + last + " : " + out);
  return "swin.kernel @windows windows activations 1 (%x: " + in + ", %g: " + vector(channels) +
         ", %o: " + vector(channels) + ", %wq: " + packed(3 * inner, channels) + ", %bq: " + vector(3 * inner) +
         ", %t: " + table + ", %wp: " + packed(channels, inner) + ", %bp: " + vector(channels) + ") -> " + out +
         (dense ? " dense" : "") + " {\n" + body + "  swin.yield " + last + " : " + out + "\n}";
}

/// Sums of some hundred terms in f32, softmax of scores of about 10, rows of `hazards` that are 300 large.
constexpr double limit = 2e-5;

void check(const Block &block, const std::vector<MapSize> &sizes) {
  std::string label = num(block.channels) + "/" + num(block.heads) + " " + num(block.rows) + "x" + num(block.columns);
  checkKernel(block.text(), label, sizes, limit, {.shiftH = block.shiftH, .shiftW = block.shiftW});
}

TEST(Windows, DividingMaps) {
  check({96, 3, 96, 7, 7, 0, 0, Order::NoPadding}, {{1, 7, 7}, {2, 14, 7}});
  check({96, 3, 96, 7, 7, 3, 3, Order::NoPadding}, {{1, 14, 21}});
  check({64, 2, 64, 8, 8, 4, 4, Order::NoPadding}, {{2, 8, 16}});
  check({16, 2, 16, 12, 12, 6, 6, Order::NoPadding}, {{1, 24, 12}});
}

TEST(Windows, PaddingBeforeAndAfterTheShift) {
  for (Order order : {Order::ShiftFirst, Order::PadFirst}) {
    check({32, 1, 32, 7, 7, 3, 3, order, true, true}, {{2, 15, 23}, {1, 7, 7}, {1, 2, 20}, {1, 1, 1}});
    check({48, 2, 48, 4, 4, 2, 2, order, true, true}, {{2, 9, 6}});
    check({24, 3, 24, 2, 3, 1, 1, order, true, true}, {{3, 5, 5}});
    check({40, 2, 40, 5, 5, 2, 0, order, true, true}, {{1, 11, 12}});
  }
}

TEST(Windows, ChannelsThatFillNoPanels) {
  Block block{60, 6, 60, 8, 8, 4, 4};
  block.scale = 0.31;
  check(block, {{1, 13, 17}});
  check({60, 2, 60, 6, 6, 0, 3}, {{1, 20, 7}});
  check({45, 5, 45, 3, 5, 1, 2, Order::PadFirst}, {{1, 7, 7}});
  check({36, 3, 36, 1, 1, 0, 0}, {{2, 3, 4}});
  check({40, 4, 32, 4, 4, 2, 2}, {{1, 9, 9}}); // heads narrower than the map
  check({33, 1, 9, 4, 4, 2, 2}, {{1, 5, 6}});
}

TEST(Windows, WithoutSomeOfItsOps) {
  Block block{32, 2, 32, 4, 4, 2, 2};
  block.norm = false;
  check(block, {{1, 9, 6}});
  block.bias = false;
  check(block, {{1, 9, 6}});
  block.residual = false;
  check(block, {{1, 9, 6}});
  block.projection = false;
  check(block, {{1, 9, 6}});
  block.dense = true;
  check(block, {{1, 9, 6}});
  Block narrow{20, 2, 20, 4, 4, 2, 2};
  narrow.projection = false;
  check(narrow, {{1, 9, 6}});
  narrow.projection = narrow.dense = true;
  check(narrow, {{1, 9, 6}});
}

TEST(Windows, ABiasTableThatIsNotExpanded) {
  Block block{32, 2, 32, 7, 7, 3, 3};
  block.compact = true;
  check(block, {{1, 15, 16}});
  Block large{16, 1, 16, 24, 24, 12, 12};
  large.compact = true;
  check(large, {{1, 30, 24}});
}

TEST(Windows, WhatIsNoKernelIsSaid) {
  const std::string isa = "x86-64-v2";
  CompiledKernel kernel(Block{32, 2, 32, 4, 4, 2, 2}.text(), isa);
  ASSERT_TRUE(kernel.good());
  auto errorWith = [&](const std::string &op, const std::string &instead) {
    codegen::KernelGraph graph = kernel.graph();
    for (codegen::Node &node : graph.nodes)
      if (node.op == op)
        node.op = instead;
    return codegen::compileKernel(graph, "k", isa).error;
  };
  EXPECT_EQ(errorWith("window_partition", "gelu"), "windows: a kernel of kind windows has a swin.window_partition");
  EXPECT_EQ(errorWith("crop", "window_reverse"), "windows: a kernel of kind windows has one swin.window_reverse");
  EXPECT_EQ(errorWith("pad", "gelu"), "windows: swin.gelu cannot stand before the windows");
  codegen::KernelGraph graph = kernel.graph();
  for (codegen::Node &node : graph.nodes)
    if (node.op == "cyclic_shift" && node.ints["offsets"][0] < 0)
      node.ints["offsets"] = {-2, 0};
  EXPECT_EQ(codegen::compileKernel(graph, "k", isa).error,
            "windows: windows must be put back to where they were taken from");
}

TEST(Windows, AnImagesBitsDoNotDependOnItsBatch) {
  // One image is a few windows, which run in another order of loops than many do.
  Block block{48, 3, 48, 5, 5, 2, 2};
  for (const std::string &isa : usableIsas()) {
    CompiledKernel kernel(block.text(), isa);
    ASSERT_TRUE(kernel.good());
    auto arguments = hazards(kernel.graph(), 5, 9, 7);
    RunOptions options{.threads = 2, .shiftH = 2, .shiftW = 2};
    std::vector<double> all = kernel.run(arguments, arguments[0].shape, options).values;
    size_t image = all.size() / 5;
    for (size_t i = 0; i < 5; ++i) {
      auto one = arguments;
      one[0].shape[0] = 1;
      one[0].values.assign(arguments[0].values.begin() + i * image, arguments[0].values.begin() + (i + 1) * image);
      EXPECT_EQ(kernel.run(one, one[0].shape, options).values,
                std::vector<double>(all.begin() + i * image, all.begin() + (i + 1) * image))
          << isa << ", image " << i;
    }
  }
}

} // namespace
} // namespace swin::test
