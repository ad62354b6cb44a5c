//===- PictureKernelsTest.cpp - models of pictures, as kernels ------------===//
// A block is two kernels here too, and a group of blocks one more; what makes pixels of
// tokens has as few as it has convolutions.
//===----------------------------------------------------------------------===//
#include "tests/dsl/Models.h"
#include "tests/passes/transforms/Kernels.h"

#include "gtest/gtest.h"

using namespace swin;
using test::Kernels;
using Upsampler = dsl::Restoration::Upsampler;

namespace {

struct Picture {
  dsl::Spec spec;
  dsl::Semantics semantics = dsl::Semantics::Microsoft;
};

Picture picture(dsl::Family family, int64_t upscale, Upsampler upsampler) {
  return {test::restoration(family, upscale, upsampler)};
}

/// Kernels behind the groups' last one, its norm and its convolution.
void expectTail(const Picture &model, size_t tail) {
  bool projects = model.spec.family == dsl::Family::SwinV2;
  Kernels kernels(model.spec, model.semantics);
  ASSERT_TRUE(kernels.good);
  // Each of two groups: two blocks, a convolution, in Swin2SR a linear map with the residual connection.
  size_t group = 2 * 2 + 1 + projects;
  EXPECT_EQ(kernels.calls.size(), 2 + 2 * group + 2 + tail);
  EXPECT_EQ(kernels.with<WindowAttentionOp>().size(), 4u);
  EXPECT_LE(kernels.slots, 5);
  auto convolutions = kernels.with<Conv2dOp>();
  for (CallOp call : convolutions)
    EXPECT_EQ(kernels.callee(call).getKind(), KernelKind::Conv);
  // All residual connections are part of something.
  for (CallOp call : kernels.with<AddOp>()) {
    KernelOp kernel = kernels.callee(call);
    EXPECT_GT((Kernels::count<Conv2dOp, WindowAttentionOp, LinearOp>(kernel)), 0u);
  }
}

TEST(PictureKernels, OneConvolutionMakesPixels) {
  for (auto family : {dsl::Family::Swin, dsl::Family::SwinV2})
    for (int64_t upscale : {2, 3, 4})
      expectTail(picture(family, upscale, Upsampler::PixelShuffleDirect), 1);
}

TEST(PictureKernels, EachStepOfEnlargingIsOneKernel) {
  for (auto family : {dsl::Family::Swin, dsl::Family::SwinV2}) {
    expectTail(picture(family, 2, Upsampler::PixelShuffle), 3);
    expectTail(picture(family, 3, Upsampler::PixelShuffle), 3);
    expectTail(picture(family, 4, Upsampler::PixelShuffle), 4);
    expectTail(picture(family, 8, Upsampler::PixelShuffle), 5);
  }
  expectTail(picture(dsl::Family::Swin, 2, Upsampler::NearestConv), 4);
  expectTail(picture(dsl::Family::Swin, 4, Upsampler::NearestConv), 5);
  expectTail(picture(dsl::Family::SwinV2, 4, Upsampler::NearestConv), 5);
}

TEST(PictureKernels, ThePictureItselfIsAdded) {
  // What two kernels read of the picture, mirrored and scaled, is written once.
  expectTail(picture(dsl::Family::Swin, 1, Upsampler::None), 2);
}

TEST(PictureKernels, SegmentationJoinsMapsInFrontOfConvolutions) {
  dsl::Spec spec = test::model(32, {2, 2}, {2, 4}, {4, 4}, {64, 64});
  spec.segmentation.emplace();
  spec.segmentation->hidden = 32;
  spec.numClasses = 10;
  spec.outputs = {"logits"};
  Kernels kernels(spec, dsl::Semantics::HfBackbone);
  ASSERT_TRUE(kernels.good);
  // Embedding, four blocks, merging, norm of the last map; four means of parts, each with its linear map; the first
  // map's norm and linear map; three convolutions, in front of whom maps are enlarged and joined; classes, and these
  // for each pixel.
  EXPECT_EQ(kernels.calls.size(), 1u + 8 + 1 + 1 + 8 + 1 + 3 + 2);
  EXPECT_EQ(kernels.with<ConcatOp>().size(), 2u);
  EXPECT_EQ(kernels.with<Conv2dOp>().size(), 3u);
  EXPECT_EQ(kernels.with<AdaptivePoolOp>().size(), 4u);
  EXPECT_EQ(kernels.with<AffineOp>().size(), 0u);
  EXPECT_EQ(kernels.with<ResizeOp>().size(), 4u);
}

} // namespace
