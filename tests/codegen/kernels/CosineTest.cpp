//===- CosineTest.cpp - cosine attention and norms behind the projection --===//
// Against the interpreter in double: heads that fill vectors and that do not, queries
// and keys of length 0, large temperatures, rows whose norm comes last.
//===----------------------------------------------------------------------===//
#include "tests/codegen/kernels/WindowBlock.h"

#include "gtest/gtest.h"

#include <algorithm>

namespace swin::test {
namespace {

/// Attention of cosines with its norm behind the projection and none in front.
WindowBlock behind(int64_t channels, int64_t heads, int64_t rows, int64_t columns, int64_t shiftH = 0,
                   int64_t shiftW = 0, Order order = Order::ShiftFirst) {
  WindowBlock block{channels, heads, channels, rows, columns, shiftH, shiftW, order};
  block.norm = false;
  block.affine = block.cosine = block.normBehind = true;
  return block;
}

/// Temperatures of about `factor`, and no large rows.
AdjustArguments temperatures(double factor) {
  return [factor](std::vector<ref::Tensor> &arguments) {
    zeroLargeRows(arguments);
    std::vector<double> &values = arguments[Arguments::Cosine].values;
    for (size_t head = 0; head < values.size(); ++head)
      values[head] = static_cast<float>(factor * (1 + 0.125 * static_cast<double>(head % 5)));
  };
}

/// Multiplies rows [begin, end) of the qkv map and its bias.
void scaleRows(std::vector<ref::Tensor> &arguments, int64_t begin, int64_t end, double factor) {
  ref::Tensor &weight = arguments[Arguments::QkvWeight], &bias = arguments[Arguments::QkvBias];
  int64_t terms = weight.shape[1];
  auto scale = [factor](double &value) { value = static_cast<float>(value * factor); };
  for (int64_t row = begin; row < end; ++row) {
    for (int64_t k = 0; k < terms; ++k)
      scale(weight.values[(row / 16 * terms + k) * 16 + row % 16]);
    scale(bias.values[row]);
  }
}

TEST(Cosine, WindowsAndHeads) {
  checkBlock(behind(96, 3, 7, 7, 3, 3), {{1, 14, 14}, {1, 15, 9}}, temperatures(10));
  checkBlock(behind(64, 2, 8, 8, 4, 4, Order::NoPadding), {{2, 16, 8}, {1, 8, 8}}, temperatures(10));
  checkBlock(behind(32, 1, 16, 16, 8, 8), {{1, 20, 33}}, temperatures(10));
  checkBlock(behind(16, 1, 24, 24), {{1, 24, 30}}, temperatures(10));
  checkBlock(behind(48, 2, 3, 5, 1, 2, Order::PadFirst), {{2, 9, 11}, {1, 1, 1}}, temperatures(10));
}

TEST(Cosine, HeadsAndRowsThatFillNoVectors) {
  checkBlock(behind(60, 6, 8, 8, 4, 4), {{1, 13, 17}}, temperatures(10));
  checkBlock(behind(60, 2, 6, 6, 0, 3), {{1, 20, 7}}, temperatures(10));
  checkBlock(behind(72, 3, 4, 4, 2, 2, Order::PadFirst), {{1, 9, 10}}, temperatures(10));
  checkBlock(behind(45, 5, 3, 5, 1, 2), {{1, 7, 7}}, temperatures(10));
  checkBlock(behind(36, 12, 4, 4, 2, 2), {{1, 7, 7}}, temperatures(10));
  checkBlock(behind(6, 6, 4, 4, 2, 2), {{1, 7, 7}}, temperatures(10));
  checkBlock(behind(34, 2, 1, 1), {{1, 3, 4}}, temperatures(10));
  checkBlock(behind(34, 2, 4, 4, 2, 2), {{1, 7, 7}}, temperatures(10));
  checkBlock(behind(40, 2, 12, 12, 6, 6), {{1, 13, 24}}, temperatures(10));
}

TEST(Cosine, WithEachPartAlone) {
  WindowBlock block = behind(32, 2, 4, 4, 2, 2);
  block.scale = 0.5;
  block.affine = block.residual = false;
  checkBlock(block, {{1, 9, 6}}, temperatures(10));
  block.dense = block.compact = true;
  block.bias = false;
  checkBlock(block, {{1, 9, 6}}, temperatures(10));
  block.norm = true;
  block.normBehind = block.dense = false;
  checkBlock(block, {{1, 9, 6}}, temperatures(10));
  block.cosine = false;
  block.normBehind = true;
  checkBlock(block, {{1, 9, 6}}, temperatures(10));
  block.projection = false;
  checkBlock(block, {{1, 9, 6}}, temperatures(10));
  WindowBlock narrow = behind(20, 2, 4, 4, 2, 2);
  narrow.affine = false;
  checkBlock(narrow, {{1, 9, 6}}, temperatures(10));
  narrow.dense = true;
  checkBlock(narrow, {{1, 9, 6}}, temperatures(10));
}

TEST(Cosine, RowsWithALargeMean) { checkBlock(behind(48, 2, 4, 4, 2, 2), {{1, 9, 10}}); }

TEST(Cosine, RowsOfLengthZero) {
  for (int64_t width : {32, 10}) {
    int64_t channels = 3 * width;
    checkBlock(behind(channels, 3, 4, 4, 2, 2), {{1, 9, 6}}, [=](std::vector<ref::Tensor> &arguments) {
      temperatures(10)(arguments);
      scaleRows(arguments, 0, width, 0);                               // queries of the first head
      scaleRows(arguments, channels + width, channels + 2 * width, 0); // keys of the second
      scaleRows(arguments, 2 * width, 3 * width, 0);                   // both of the third
      scaleRows(arguments, channels + 2 * width, channels + 3 * width, 0);
    });
    // Padding has no keys where keys have no bias.
    checkBlock(behind(channels, 3, 4, 4), {{1, 9, 6}}, [=](std::vector<ref::Tensor> &arguments) {
      temperatures(10)(arguments);
      std::vector<double> &bias = arguments[Arguments::QkvBias].values;
      std::fill(bias.begin() + channels, bias.begin() + 2 * channels, 0.0);
    });
  }
}

TEST(Cosine, RowsThatAreNearlyZeroOrLarge) {
  // A length below 1e-12 counts as that: those of 1e-13 times a row make all keys look nearly alike.
  for (double factor : {1e-13, 1e-9, 1e6})
    checkBlock(behind(32, 2, 4, 4, 2, 2), {{1, 9, 6}}, [=](std::vector<ref::Tensor> &arguments) {
      temperatures(10)(arguments);
      scaleRows(arguments, 0, 64, factor);
    });
}

TEST(Cosine, LargeTemperatures) {
  checkBlock(behind(64, 2, 8, 8, 4, 4), {{1, 16, 16}}, temperatures(100));
  checkBlock(behind(60, 6, 7, 7, 3, 3), {{1, 15, 9}}, temperatures(100));
}

TEST(Cosine, AnImagesBitsDoNotDependOnItsBatch) {
  WindowBlock block = behind(48, 3, 5, 5, 2, 2);
  for (const std::string &isa : usableIsas()) {
    CompiledKernel kernel(block.text(), isa);
    ASSERT_TRUE(kernel.good());
    auto arguments = hazards(kernel.graph(), 5, 9, 7);
    temperatures(10)(arguments);
    checkImages(kernel, arguments, {.threads = 2, .shiftH = 2, .shiftW = 2});
  }
}

} // namespace
} // namespace swin::test
