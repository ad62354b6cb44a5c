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

} // namespace
