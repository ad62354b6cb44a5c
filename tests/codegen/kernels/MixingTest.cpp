//===- MixingTest.cpp - linear maps across the tokens of a window ---------===//
// Against the interpreter in double: heads that fill vectors and that do not, maps that
// are padded in front and behind, few windows and many.
//===----------------------------------------------------------------------===//
#include "codegen/KernelCompiler.h"
#include "tests/codegen/kernels/WindowBlock.h"

#include "gtest/gtest.h"

namespace swin::test {
namespace {

WindowBlock mixing(int64_t channels, int64_t heads, int64_t rows, int64_t columns, int64_t top = 0, int64_t left = 0) {
  WindowBlock block{channels, heads, channels, rows, columns};
  block.mixing = block.affine = true;
  block.top = top;
  block.left = left;
  return block;
}

void check(const WindowBlock &block, const std::vector<MapSize> &sizes) { checkBlock(block, sizes, zeroLargeRows); }

TEST(Mixing, PaddingBehindAndInFront) {
  check(mixing(96, 3, 7, 7), {{1, 7, 7}, {1, 14, 21}, {2, 15, 9}});
  check(mixing(96, 3, 7, 7, 4, 4), {{1, 14, 14}, {2, 15, 9}, {1, 7, 7}, {1, 1, 1}, {1, 3, 10}});
  check(mixing(64, 2, 8, 8, 4, 4), {{1, 16, 24}});
  check(mixing(48, 2, 3, 5, 2, 0), {{1, 9, 11}});
  check(mixing(48, 2, 5, 3, 0, 2), {{1, 9, 11}});
  WindowBlock divides = mixing(32, 1, 4, 4);
  divides.order = Order::NoPadding;
  check(divides, {{1, 8, 16}});
}

TEST(Mixing, HeadsThatFillNoVectors) {
  check(mixing(72, 3, 7, 7, 4, 4), {{1, 9, 13}});
  check(mixing(60, 2, 8, 8, 4, 4), {{1, 9, 13}});
  check(mixing(60, 6, 6, 6, 3, 3), {{1, 9, 13}});
  check(mixing(33, 11, 5, 4), {{1, 9, 13}});
  check(mixing(7, 1, 2, 2, 1, 1), {{3, 5, 4}});
  check(mixing(32, 32, 4, 4), {{1, 9, 13}});
  check(mixing(34, 2, 1, 1), {{1, 3, 4}});
  check(mixing(40, 1, 24, 24, 12, 12), {{1, 30, 24}});
}

TEST(Mixing, WithoutSomeOfItsOps) {
  WindowBlock block = mixing(48, 2, 4, 4, 2, 2);
  block.affine = false;
  check(block, {{1, 9, 6}});
  block.norm = false;
  check(block, {{1, 9, 6}});
  block.residual = false;
  check(block, {{1, 9, 6}});
  block.dense = true;
  check(block, {{1, 9, 6}});
  WindowBlock narrow = mixing(20, 2, 4, 4);
  narrow.dense = true;
  check(narrow, {{1, 9, 6}});
  narrow.normBehind = true;
  check(narrow, {{1, 9, 6}});
}

TEST(Mixing, RowsWithALargeMean) { checkBlock(mixing(48, 2, 4, 4, 2, 2), {{1, 9, 10}}); }

TEST(Mixing, AnImagesBitsDoNotDependOnItsBatch) {
  WindowBlock block = mixing(40, 2, 5, 5, 2, 3);
  for (const std::string &isa : usableIsas()) {
    CompiledKernel kernel(block.text(), isa);
    ASSERT_TRUE(kernel.good());
    checkImages(kernel, hazards(kernel.graph(), 5, 9, 7), {.threads = 2});
  }
}

TEST(Mixing, WhatIsNoKernelIsSaid) {
  const std::string isa = "x86-64-v2";
  CompiledKernel kernel(mixing(32, 2, 4, 4, 2, 2).text(), isa);
  ASSERT_TRUE(kernel.good());
  auto errorWith = [&](const std::string &op, auto change) {
    codegen::KernelGraph graph = kernel.graph();
    for (codegen::Node &node : graph.nodes)
      if (node.op == op)
        change(node);
    return codegen::compileKernel(graph, "k", isa).error;
  };
  EXPECT_EQ(errorWith("token_mixing", [](codegen::Node &node) { node.op = "gelu"; }),
            "windows: a kernel of kind windows has one swin.window_attention or swin.token_mixing");
  EXPECT_EQ(errorWith("crop", [](codegen::Node &node) { node.ints["before"] = {1, 2}; }),
            "windows: windows must be put back to where they were taken from");
  EXPECT_EQ(errorWith("crop", [](codegen::Node &node) { node.ints.erase("before"); }),
            "windows: windows must be put back to where they were taken from");
}

} // namespace
} // namespace swin::test
