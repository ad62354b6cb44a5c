//===- WorkTest.cpp - shapes and multiply-adds ----------------------------===//
#include "codegen/Work.h"
#include "passes/transforms/Pipelines.h"
#include "tests/codegen/package/TinyModel.h"

#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

using namespace swin;
using namespace swin::codegen;

namespace {

// One image of 6 x 10 pixels: 3 x 5 tokens, 4 x 6 with padding = 6 windows of 4.
constexpr int64_t embed = 15 * 12 * 16, linears = 24 * 16 * 48 + 24 * 16 * 16, attention = 2 * 6 * 4 * 4 * 16,
                  mlp = 2 * 15 * 16 * 64, head = 16 * 10;

TEST(Work, CountsAGraph) {
  test::TinyModel model;
  ASSERT_TRUE(model.module);
  auto work = measureWork(*model.module, 1, 6, 10);
  ASSERT_TRUE(static_cast<bool>(work)) << llvm::toString(work.takeError());
  EXPECT_EQ(work->macs, embed + linears + attention + mlp + head);
  EXPECT_EQ(work->multiple, (std::array<int64_t, 2>{4, 4})) << "windows of 2 x 2 tokens, each of 2 x 2 pixels";
  ASSERT_EQ(work->outputs.size(), 2u);
  EXPECT_EQ(work->outputs[0].name, "stage1");
  EXPECT_EQ(work->outputs[0].layout, "NHWC");
  EXPECT_EQ(work->outputs[0].shape, (std::vector<int64_t>{1, 3, 5, 16}));
  EXPECT_EQ(work->outputs[1].name, "logits");
  EXPECT_EQ(work->outputs[1].layout, "NK");
  EXPECT_EQ(work->outputs[1].shape, (std::vector<int64_t>{1, 10}));
  EXPECT_TRUE(work->kernels.empty());
  work = measureWork(*model.module, 5, 6, 10);
  ASSERT_TRUE(static_cast<bool>(work));
  EXPECT_EQ(work->macs, 5 * (embed + linears + attention + mlp + head));
}

TEST(Work, CountsKernelsAndTheirCalls) {
  test::TinyModel model;
  ASSERT_TRUE(model.module);
  mlir::PassManager manager(&model.context);
  passes::KernelsOptions options;
  passes::buildKernelsPipeline(manager, options, &model.store);
  ASSERT_TRUE(mlir::succeeded(manager.run(*model.module)));
  auto work = measureWork(*model.module, 1, 6, 10);
  ASSERT_TRUE(static_cast<bool>(work)) << llvm::toString(work.takeError());
  EXPECT_EQ(work->macs, embed + linears + attention + mlp + head);
  int64_t sum = 0;
  for (const auto &[name, kernel] : work->kernels) {
    EXPECT_EQ(kernel.calls, 1) << name;
    sum += kernel.macs;
  }
  EXPECT_EQ(work->kernels.size(), 4u);
  EXPECT_EQ(sum, work->macs);
  EXPECT_EQ(work->outputs[0].layout, "NHWC");
  EXPECT_EQ(work->outputs[1].layout, "NK");
}

TEST(Work, KnowsChannelsFirst) {
  test::TinyModel model(R"(
!image = tensor<?x3x?x?xf32>
!map = tensor<?x?x?x4xf32>
func.func @forward(%image: !image) {
  %w = swin.param "w" : tensor<4x3x2x2xf32>
  %b = swin.param "b" : tensor<4xf32>
  %0 = swin.patch_embed %image, %w, %b patch [2, 2] : (!image, tensor<4x3x2x2xf32>, tensor<4xf32>) -> !map
  %1 = swin.channels_first %0 : !map -> tensor<?x4x?x?xf32>
  swin.output %1 as "stage1" : tensor<?x4x?x?xf32>
  return
})");
  ASSERT_TRUE(model.module);
  auto work = measureWork(*model.module, 1, 7, 9);
  ASSERT_TRUE(static_cast<bool>(work)) << llvm::toString(work.takeError());
  EXPECT_EQ(work->outputs[0].layout, "NCHW");
  EXPECT_EQ(work->outputs[0].shape, (std::vector<int64_t>{1, 4, 3, 4}));
}

// A position MLP is the compiler's work, not the library's; a linear map across tokens is one of N rows for each
// channel.
TEST(Work, CountsMixingAndNoConstants) {
  test::TinyModel model(R"(
!image = tensor<?x3x?x?xf32>
!map = tensor<?x?x?x4xf32>
!windows = tensor<?x?x?x6x4xf32>
func.func @forward(%image: !image) {
  %w = swin.param "w" : tensor<4x3x2x2xf32>
  %b = swin.param "b" : tensor<4xf32>
  %m = swin.param "m" : tensor<12x6xf32>
  %v = swin.param "v" : tensor<12xf32>
  %q = swin.param "q" : tensor<12x4xf32>
  %l = swin.param "l" : tensor<2xf32>
  %k = swin.param "k" : tensor<2x2xf32>
  %0 = swin.patch_embed %image, %w, %b patch [2, 2] : (!image, tensor<4x3x2x2xf32>, tensor<4xf32>) -> !map
  %1 = swin.window_partition %0 window [2, 3] : !map -> !windows
  %2 = swin.token_mixing %1, %m, %v heads 2 : !windows, tensor<12x6xf32>, tensor<12xf32>
  %3 = swin.window_reverse %2 window [2, 3] : !windows -> !map
  %4 = swin.window_partition %3 window [2, 3] : !map -> !windows
  %5 = swin.linear %4, %q : (!windows, tensor<12x4xf32>) -> tensor<?x?x?x6x12xf32>
  %6 = swin.log_coords window [2, 3] step [1.0, 1.0] gain 1.0 : tensor<15x2xf32>
  %7 = swin.linear %6, %k : (tensor<15x2xf32>, tensor<2x2xf32>) -> tensor<15x2xf32>
  %8 = swin.window_attention %5, %7 cosine %l heads 2 scale 1.0 window [2, 3] shift [0, 0] never
    : (tensor<?x?x?x6x12xf32>, tensor<15x2xf32>, tensor<2xf32>) -> !windows
  %9 = swin.window_reverse %8 window [2, 3] : !windows -> !map
  swin.output %9 as "map" : !map
  return
})");
  ASSERT_TRUE(model.module);
  auto work = measureWork(*model.module, 1, 8, 12); // 4 x 6 tokens
  ASSERT_TRUE(static_cast<bool>(work)) << llvm::toString(work.takeError());
  int64_t embedding = 24 * 12 * 4, mixing = 24 * 6 * 4, queries = 24 * 4 * 12, scores = 2 * 24 * 6 * 4;
  EXPECT_EQ(work->macs, embedding + mixing + queries + scores);
}

TEST(Work, CountsConvolutions) {
  test::TinyModel model(R"(
!map = tensor<?x?x?x8xf32>
func.func @forward(%image: tensor<?x8x?x?xf32>) {
  %w = swin.param "w" : tensor<4x8x3x5xf32>
  %g = swin.param "g" : tensor<8x2x3x3xf32>
  %d = swin.param "d" : tensor<8x1x7x7xf32>
  %0 = swin.channels_last %image : tensor<?x8x?x?xf32> -> !map
  %1 = swin.depthwise_conv2d %0, %d kernel [7, 7] stride [1, 1] padding [3, 3] : (!map, tensor<8x1x7x7xf32>) -> !map
  %2 = swin.conv2d %1, %g kernel [3, 3] stride [2, 2] padding [1, 1] groups 4 : (!map, tensor<8x2x3x3xf32>) -> !map
  %3 = swin.conv2d %2, %w kernel [3, 5] stride [1, 1] padding [0, 0]
    : (!map, tensor<4x8x3x5xf32>) -> tensor<?x?x?x4xf32>
  %4 = swin.pixel_shuffle %3 by 2 : tensor<?x?x?x4xf32> -> tensor<?x?x?x1xf32>
  swin.output %4 as "image" : tensor<?x?x?x1xf32>
  return
})");
  ASSERT_TRUE(model.module);
  auto work = measureWork(*model.module, 2, 7, 12); // 4 x 6 behind the stride, 2 x 2 places for 3 x 5
  ASSERT_TRUE(static_cast<bool>(work)) << llvm::toString(work.takeError());
  int64_t depthwise = 84 * 49 * 8, grouped = 24 * 9 * 2 * 8, last = 4 * 15 * 8 * 4;
  EXPECT_EQ(work->macs, 2 * (depthwise + grouped + last));
  EXPECT_EQ(work->outputs[0].shape, (std::vector<int64_t>{2, 4, 4, 1}));
}

} // namespace
