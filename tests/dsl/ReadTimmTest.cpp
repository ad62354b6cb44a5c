// config.json of timm that are good.
#include "tests/dsl/OtherDescriptions.h"

#include <gtest/gtest.h>

using namespace swin::dsl;
using namespace swin::dsl::tests;

namespace {

Spec good(const Folder &folder, const std::string &text) {
  folder.write("config.json", text);
  return readGood("config.json");
}

/// A model with these constructor arguments.
Spec with(const Folder &folder, const std::string &architecture, const std::string &arguments) {
  return good(folder, "{\"architecture\": \"" + architecture + "\", \"model_args\": {" + arguments + "}}");
}

const char *const tiny = "swin_tiny_patch4_window7_224";

TEST(Timm, ArchitecturesAndArguments) {
  Folder folder;
  Spec spec = good(folder, timmText);
  EXPECT_EQ(spec.semantics, Semantics::Timm);
  EXPECT_EQ(spec.architecture, tiny);
  EXPECT_EQ(spec.imageSize, (Size{32, 40}));
  ASSERT_EQ(spec.stages.size(), 2u);
  EXPECT_EQ(spec.stages[1].window, (Size{4, 4}));
  EXPECT_EQ(spec.numClasses, 3);
  EXPECT_EQ(spec.preprocessing->size[0], 44); // floor(40 / 0.9)
  EXPECT_EQ(spec.preprocessing->crop, (Size{32, 40}));
  EXPECT_EQ(spec.preprocessing->interpolation, "bilinear");

  spec = good(folder, R"({"architecture": "swin_s3_base_224", "num_classes": 21841, "model_args": null})");
  EXPECT_EQ(spec.stages[2].depth, 30);
  EXPECT_EQ(spec.stages[2].window, (Size{14, 14}));
  EXPECT_EQ(spec.stages[3].window, (Size{7, 7}));
  EXPECT_EQ(spec.numClasses, 21841);
  EXPECT_FALSE(spec.preprocessing);
}

TEST(Timm, Windows) {
  Folder folder;
  // A list of two numbers is [height, width]; any other has an entry per stage.
  Spec spec = good(folder, R"({"architecture": "swin_tiny_patch4_window7_224", "model_args": {"window_size": [4, 7]},
    "pretrained_cfg": {"input_size": [3, 384, 96], "mean": [0], "std": [1], "crop_mode": "squash"}})");
  EXPECT_EQ(spec.stages[3].window, (Size{4, 7}));
  EXPECT_EQ(spec.preprocessing->resize, Preprocessing::Resize::Exactly);
  EXPECT_EQ(spec.preprocessing->size, (Size{384, 96}));
  EXPECT_EQ(spec.preprocessing->std, (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(with(folder, tiny, R"("window_size": [1, [2, 3], 4, 5])").stages[1].window, (Size{2, 3}));
  spec = with(folder, tiny, R"("depths": [2, 2], "num_heads": [3, 6], "window_size": [[4, 4], [2, 3]])");
  EXPECT_EQ(spec.stages[1].window, (Size{2, 3}));
  // More stages than the architecture has.
  spec = with(folder, tiny, R"("depths": [1, 1, 1, 1, 1], "num_heads": [3, 6, 12, 24, 48])");
  EXPECT_EQ(spec.stages[4].window, (Size{7, 7}));
}

TEST(Timm, SwinV2) {
  Folder folder;
  Spec spec = good(folder, timmV2Text);
  EXPECT_EQ(spec.family, Family::SwinV2);
  EXPECT_EQ(spec.activation, Activation::Silu);
  EXPECT_EQ(spec.imageSize, (Size{64, 64}));
  EXPECT_EQ(spec.stages[0].pretrainedWindow, (Size{6, 6}));
  EXPECT_EQ(spec.stages[1].pretrainedWindow, (Size{3, 3}));
  EXPECT_EQ(spec.stages[1].window, (Size{8, 8}));
  // What the registered architecture says stays where no argument says otherwise.
  spec = with(folder, "swinv2_large_window12to24_192to384", R"("drop_rate": 0.1)");
  EXPECT_EQ(spec.embedding, 192);
  EXPECT_EQ(spec.stages[3].pretrainedWindow, (Size{6, 6}));
  EXPECT_EQ(spec.imageSize, (Size{384, 384}));
}

TEST(Timm, SwinV2Cr) {
  Folder folder;
  Spec spec = good(folder, timmCrText);
  EXPECT_EQ(spec.family, Family::SwinV2Cr);
  EXPECT_TRUE(spec.extraNormStage);
  EXPECT_EQ(spec.extraNormPeriod, 2);
  EXPECT_EQ(spec.stages[0].window, (Size{4, 2})); // 64 x 32 patches
  EXPECT_EQ(spec.stages[1].window, (Size{4, 2}));
  // An eighth of the grid, that of the pretrained image or of the argument; a window that is given wins.
  const std::string cr = "swinv2_cr_tiny_224";
  EXPECT_EQ(with(folder, cr, "").stages[0].window, (Size{7, 7}));
  EXPECT_EQ(with(folder, cr, R"("img_size": 384)").stages[3].window, (Size{12, 12}));
  EXPECT_EQ(with(folder, cr, R"("img_size": 384, "window_size": 6, "window_ratio": 4)").stages[3].window, (Size{6, 6}));
  EXPECT_EQ(with(folder, cr, R"("window_ratio": [4, 8, 16, 100])").stages[2].window, (Size{3, 3}));
  EXPECT_EQ(with(folder, cr, R"("window_ratio": [4, 8, 16, 100])").stages[3].window, (Size{1, 1}));
  spec = good(folder, R"({"architecture": "swinv2_cr_tiny_224", "pretrained_cfg": {"input_size": [3, 256, 256]}})");
  EXPECT_EQ(spec.stages[0].window, (Size{8, 8}));
}

TEST(Timm, AlwaysPartition) {
  Folder folder;
  for (const char *name : {tiny, "swinv2_tiny_window8_256", "swinv2_cr_tiny_224"})
    EXPECT_TRUE(with(folder, name, R"("always_partition": true, "strict_img_size": false)").alwaysPartition);
}

TEST(Timm, InputHasItsChannels) {
  Folder folder;
  EXPECT_EQ(with(folder, tiny, R"("in_chans": 5)").imageChannels, 5);
  const std::string text = R"({"architecture": "swin_tiny_patch4_window7_224", "model_args": {ARGS},
    "pretrained_cfg": {"input_size": [1, 96, 96]}})";
  EXPECT_EQ(good(folder, replaced(text, "ARGS", "")).imageChannels, 1);
  EXPECT_EQ(good(folder, replaced(text, "ARGS", R"("in_chans": 2, "img_size": 64)")).imageChannels, 2);
}

TEST(Timm, Maps) {
  Folder folder;
  auto outputs = [&](const std::string &arguments) { return with(folder, tiny, arguments).outputs; };
  EXPECT_EQ(outputs(R"("features_only": true)"), (Texts{"stage1", "stage2", "stage3", "stage4"}));
  EXPECT_EQ(outputs(R"("features_only": true, "out_indices": [1, -1])"), (Texts{"stage2", "stage4"}));
  EXPECT_EQ(outputs(R"("features_only": true, "out_indices": 2, "global_pool": "")"), (Texts{"stage3", "stage4"}));
  // timm drops it otherwise.
  EXPECT_EQ(outputs(R"("features_only": false, "out_indices": [1])"), Texts{});
}

TEST(Timm, NoClasses) {
  Folder folder;
  Spec spec = good(folder, R"({"architecture": "swin_tiny_patch4_window7_224", "num_classes": 0})");
  EXPECT_EQ(outputsOf(spec, Semantics::Timm), Texts{"features"});
  // The mean by its other names.
  EXPECT_EQ(with(folder, tiny, R"("global_pool": "fast", "num_classes": 0)").numClasses, 0);
}

TEST(Timm, Digits) {
  Diagnostics errors;
  Spec spec = readSpec(SWIN_SOURCE_DIR "/examples/digits/digits_swin.json", errors);
  EXPECT_EQ(errors.lines(), Texts{});
  EXPECT_EQ(spec.imageChannels, 1);
  EXPECT_EQ(spec.stages.size(), 2u);
  EXPECT_EQ(spec.labels.size(), 10u);
}

} // namespace
