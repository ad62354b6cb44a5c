//===- WindowsTest.cpp - kernels of kind windows --------------------------===//
// Attention within windows against the interpreter in double: both orders of shift and
// padding, maps that do and do not divide, smaller than a window and than a shift.
//===----------------------------------------------------------------------===//
#include "codegen/KernelCompiler.h"
#include "tests/codegen/kernels/WindowBlock.h"

#include "gtest/gtest.h"

namespace swin::test {
namespace {

TEST(Windows, DividingMaps) {
  checkBlock({96, 3, 96, 7, 7, 0, 0, Order::NoPadding}, {{1, 7, 7}, {2, 14, 7}});
  checkBlock({96, 3, 96, 7, 7, 3, 3, Order::NoPadding}, {{1, 14, 21}});
  checkBlock({64, 2, 64, 8, 8, 4, 4, Order::NoPadding}, {{2, 8, 16}});
  checkBlock({16, 2, 16, 12, 12, 6, 6, Order::NoPadding}, {{1, 24, 12}});
}

TEST(Windows, PaddingBeforeAndAfterTheShift) {
  for (Order order : {Order::ShiftFirst, Order::PadFirst}) {
    checkBlock({32, 1, 32, 7, 7, 3, 3, order, true, true}, {{2, 15, 23}, {1, 7, 7}, {1, 2, 20}, {1, 1, 1}});
    checkBlock({48, 2, 48, 4, 4, 2, 2, order, true, true}, {{2, 9, 6}});
    checkBlock({24, 3, 24, 2, 3, 1, 1, order, true, true}, {{3, 5, 5}});
    checkBlock({40, 2, 40, 5, 5, 2, 0, order, true, true}, {{1, 11, 12}});
  }
}

TEST(Windows, ChannelsThatFillNoPanels) {
  WindowBlock block{60, 6, 60, 8, 8, 4, 4};
  block.scale = 0.31;
  checkBlock(block, {{1, 13, 17}});
  checkBlock({60, 2, 60, 6, 6, 0, 3}, {{1, 20, 7}});
  checkBlock({45, 5, 45, 3, 5, 1, 2, Order::PadFirst}, {{1, 7, 7}});
  checkBlock({36, 3, 36, 1, 1, 0, 0}, {{2, 3, 4}});
  checkBlock({40, 4, 32, 4, 4, 2, 2}, {{1, 9, 9}}); // heads narrower than the map
  checkBlock({33, 1, 9, 4, 4, 2, 2}, {{1, 5, 6}});
}

TEST(Windows, WithoutSomeOfItsOps) {
  WindowBlock block{32, 2, 32, 4, 4, 2, 2};
  block.norm = false;
  checkBlock(block, {{1, 9, 6}});
  block.bias = false;
  checkBlock(block, {{1, 9, 6}});
  block.residual = false;
  checkBlock(block, {{1, 9, 6}});
  block.projection = false;
  checkBlock(block, {{1, 9, 6}});
  block.dense = true;
  checkBlock(block, {{1, 9, 6}});
  WindowBlock narrow{20, 2, 20, 4, 4, 2, 2};
  narrow.projection = false;
  checkBlock(narrow, {{1, 9, 6}});
  narrow.projection = narrow.dense = true;
  checkBlock(narrow, {{1, 9, 6}});
}

TEST(Windows, ABiasTableThatIsNotExpanded) {
  WindowBlock block{32, 2, 32, 7, 7, 3, 3};
  block.compact = true;
  checkBlock(block, {{1, 15, 16}});
  WindowBlock large{16, 1, 16, 24, 24, 12, 12};
  large.compact = true;
  checkBlock(large, {{1, 30, 24}});
}

TEST(Windows, WhatIsNoKernelIsSaid) {
  const std::string isa = "x86-64-v2";
  CompiledKernel kernel(WindowBlock{32, 2, 32, 4, 4, 2, 2}.text(), isa);
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
  WindowBlock block{48, 3, 48, 5, 5, 2, 2};
  for (const std::string &isa : usableIsas()) {
    CompiledKernel kernel(block.text(), isa);
    ASSERT_TRUE(kernel.good());
    checkImages(kernel, hazards(kernel.graph(), 5, 9, 7), {.threads = 2, .shiftH = 2, .shiftW = 2});
  }
}

} // namespace
} // namespace swin::test
