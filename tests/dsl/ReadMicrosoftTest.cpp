// The .yaml of Microsoft's repository that are good.
#include "tests/dsl/OtherDescriptions.h"

#include <gtest/gtest.h>

using namespace swin::dsl;
using namespace swin::dsl::tests;

namespace {

Spec good(const Folder &folder, const std::string &text) {
  folder.write("m.yaml", text);
  return readGood("m.yaml");
}

TEST(Microsoft, Swin) {
  Folder folder;
  Spec spec = good(folder, microsoftText);
  EXPECT_EQ(spec.semantics, Semantics::Microsoft);
  EXPECT_EQ(spec.family, Family::Swin);
  EXPECT_EQ(spec.architecture, "small");
  EXPECT_EQ(spec.imageSize, (Size{64, 64}));
  EXPECT_EQ(spec.numClasses, 10);
  EXPECT_EQ(spec.embedding, 96);
  ASSERT_EQ(spec.stages.size(), 2u);
  EXPECT_EQ(spec.stages[1].heads, 6);
  EXPECT_EQ(spec.stages[1].window, (Size{4, 4}));
  EXPECT_EQ(spec.preprocessing->resize, Preprocessing::Resize::ShorterSide);
  EXPECT_EQ(spec.preprocessing->size[0], 73);
  EXPECT_EQ(spec.preprocessing->crop, (Size{64, 64}));
}

TEST(Microsoft, Defaults) {
  Folder folder;
  Spec spec = good(folder, "MODEL: {}\n");
  EXPECT_EQ(spec.family, Family::Swin);
  EXPECT_EQ(spec.imageSize, (Size{224, 224}));
  EXPECT_EQ(spec.numClasses, 1000);
  EXPECT_EQ(spec.stages.size(), 4u);
  EXPECT_EQ(spec.stages[2].depth, 6);
  EXPECT_EQ(spec.stages[3].window, (Size{7, 7}));
  EXPECT_TRUE(spec.qkvBias && spec.patchNorm && !spec.positionEmbedding);
  EXPECT_EQ(spec.preprocessing->size[0], 256);
  EXPECT_EQ(spec.preprocessing->interpolation, "bicubic");
}

TEST(Microsoft, SwinV2) {
  Folder folder;
  Spec spec = good(folder, microsoftV2Text);
  EXPECT_EQ(spec.family, Family::SwinV2);
  EXPECT_EQ(spec.stages[1].pretrainedWindow, (Size{6, 6}));
  EXPECT_EQ(spec.stages[1].window, (Size{8, 8}));
  EXPECT_EQ(spec.preprocessing->resize, Preprocessing::Resize::Exactly);
  EXPECT_EQ(spec.preprocessing->size, (Size{64, 64}));
}

TEST(Microsoft, SwinMlp) {
  Folder folder;
  Spec spec = good(folder, "DATA: {IMG_SIZE: 256, INTERPOLATION: random}\nMODEL:\n  TYPE: swin_mlp\n  SWIN_MLP:\n"
                           "    NUM_HEADS: [4, 8, 16, 32]\n    WINDOW_SIZE: 8\n    MLP_RATIO: 3\n");
  EXPECT_EQ(spec.family, Family::SwinMlp);
  EXPECT_EQ(spec.stages[3].heads, 32);
  EXPECT_EQ(spec.mlpRatio, 3);
  EXPECT_EQ(spec.preprocessing->interpolation, "bilinear");
  EXPECT_EQ(spec.preprocessing->size[0], 292);
}

TEST(Microsoft, WhatTheModelIsMadeOf) {
  Folder folder;
  Spec spec = good(folder, "DATA: {IMG_SIZE: 32, DATASET: imagenet22K}\n"
                           "MODEL: {SWIN: {PATCH_SIZE: 2, IN_CHANS: 3, WINDOW_SIZE: 2, APE: yes, PATCH_NORM: no, "
                           "QKV_BIAS: off, QK_SCALE: 0.17677669529663687}}\n");
  EXPECT_EQ(spec.patch, (Size{2, 2}));
  EXPECT_TRUE(spec.positionEmbedding);
  EXPECT_FALSE(spec.patchNorm);
  EXPECT_FALSE(spec.qkvBias);
  EXPECT_EQ(spec.numClasses, 21841);
  // The smallest pictures are taken as they are.
  EXPECT_EQ(spec.preprocessing->resize, Preprocessing::Resize::None);
  EXPECT_EQ(spec.preprocessing->mean.size(), 3u);
  // Nothing is known of other channels than three.
  EXPECT_FALSE(good(folder, "MODEL: {SWIN: {IN_CHANS: 1}}\n").preprocessing);
}

TEST(Microsoft, InAFolder) {
  Folder folder;
  folder.write("m/small.yaml", microsoftText);
  folder.write("m/small.safetensors", "");
  Diagnostics errors;
  EXPECT_EQ(readSpec("m", errors).architecture, "small");
  EXPECT_EQ(weightsBeside("m/small.yaml", errors), "m/small.safetensors");
  // A .json counts more.
  folder.write("m/other.json", ownText);
  EXPECT_EQ(readSpec("m", errors).architecture, "");
  EXPECT_EQ(errors.lines(), std::vector<std::string>{});
}

} // namespace
