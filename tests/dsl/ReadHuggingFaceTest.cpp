// config.json and preprocessor_config.json of Hugging Face transformers that are good.
#include "tests/dsl/OtherDescriptions.h"

#include <gtest/gtest.h>

using namespace swin::dsl;
using namespace swin::dsl::tests;

namespace {

/// What a text gives as a description that must be good.
Spec good(const Folder &folder, const std::string &text) {
  folder.write("config.json", text);
  return readGood(".");
}

std::string ofType(const std::string &type, const std::string &members) {
  return "{\"model_type\": \"" + type + "\"" + (members.empty() ? "" : ", ") + members + "}";
}

TEST(HuggingFace, ClassesSayWhatTheOutputsAre) {
  struct Case {
    const char *type, *name;
    Semantics semantics;
    int64_t classes;
    Texts outputs;
  };
  const Case cases[] = {
      {"swin", "SwinForImageClassification", Semantics::Hf, 2, {"logits"}},
      {"swin", "SwinModel", Semantics::Hf, 0, {"features"}},
      {"swin", "SwinForMaskedImageModeling", Semantics::Hf, 0, {"features"}},
      {"swin", "SwinBackbone", Semantics::HfBackbone, 0, {"stage4"}},
      {"swinv2", "Swinv2ForImageClassification", Semantics::Hf, 2, {"logits"}},
      {"swinv2", "Swinv2Model", Semantics::Hf, 0, {"features"}},
      {"swinv2", "Swinv2ForMaskedImageModeling", Semantics::Hf, 0, {"features"}},
      {"swinv2", "Swinv2Backbone", Semantics::HfBackbone, 0, {"stage4"}},
      {"maskformer-swin", "MaskFormerSwinModel", Semantics::HfBackbone, 0, {"features"}},
      {"maskformer-swin", "MaskFormerSwinBackbone", Semantics::HfBackbone, 0, {"stage4"}},
      {"donut-swin", "DonutSwinModel", Semantics::Hf, 0, {"features"}},
      {"donut-swin", "DonutSwinForImageClassification", Semantics::Hf, 2, {"logits"}},
  };
  Folder folder;
  for (const Case &each : cases) {
    SCOPED_TRACE(each.name);
    Spec spec = good(folder, ofType(each.type, "\"architectures\": [\"" + std::string(each.name) + "\"]"));
    EXPECT_EQ(spec.semantics, each.semantics);
    EXPECT_EQ(spec.numClasses, each.classes);
    EXPECT_EQ(outputsOf(spec, *spec.semantics), each.outputs);
    EXPECT_EQ(spec.family, each.type == std::string("swinv2") ? Family::SwinV2 : Family::Swin);
    EXPECT_EQ(spec.finalNorm, each.type != std::string("donut-swin"));
    // Their defaults.
    EXPECT_EQ(spec.embedding, 96);
    EXPECT_EQ(spec.stages.size(), 4u);
    EXPECT_EQ(spec.stages[2].window, (Size{7, 7}));
  }
}

TEST(HuggingFace, WithoutClasses) {
  Folder folder;
  EXPECT_EQ(good(folder, ofType("swin", "")).numClasses, 0);
  EXPECT_EQ(good(folder, ofType("swin", R"("id2label": {"0": "a", "1": "b", "2": "c"})")).numClasses, 3);
  EXPECT_EQ(good(folder, ofType("swin", "")).semantics, Semantics::Hf);
  EXPECT_EQ(good(folder, ofType("maskformer-swin", R"("id2label": {"0": "a"})")).semantics, Semantics::HfBackbone);
}

TEST(HuggingFace, NoClasses) {
  Folder folder;
  for (const char *none : {R"("num_labels": 0)", R"("id2label": {})"}) {
    Spec spec =
        good(folder, ofType("swin", R"("architectures": ["SwinForImageClassification"], )" + std::string(none)));
    EXPECT_EQ(spec.numClasses, 0);
    EXPECT_EQ(outputsOf(spec, Semantics::Hf), Texts{"features"});
  }
}

TEST(HuggingFace, SwinV2) {
  Folder folder;
  Spec spec = good(folder, huggingFaceV2Text);
  EXPECT_EQ(spec.family, Family::SwinV2);
  EXPECT_EQ(spec.activation, Activation::GeluTanh);
  EXPECT_EQ(spec.imageSize, (Size{64, 64}));
  // One for each stage is needed; transformers' default has four, whatever the depths.
  ASSERT_EQ(spec.stages.size(), 2u);
  EXPECT_EQ(spec.stages[1].pretrainedWindow, (Size{6, 6}));
}

TEST(HuggingFace, Activations) {
  const std::pair<const char *, Activation> known[] = {
      {"gelu", Activation::Gelu}, {"gelu_new", Activation::GeluTanh},    {"gelu_pytorch_tanh", Activation::GeluTanh},
      {"relu", Activation::Relu}, {"quick_gelu", Activation::QuickGelu}, {"silu", Activation::Silu},
      {"swish", Activation::Silu}};
  Folder folder;
  for (auto [name, activation] : known)
    EXPECT_EQ(good(folder, ofType("swin", "\"hidden_act\": \"" + std::string(name) + "\"")).activation, activation);
}

TEST(HuggingFace, PositionEmbeddings) {
  Folder folder;
  EXPECT_TRUE(good(folder, ofType("swin", R"("use_absolute_embeddings": true)")).positionEmbedding);
  EXPECT_FALSE(good(folder, ofType("swinv2", R"("use_absolute_embeddings": false)")).positionEmbedding);
}

TEST(HuggingFace, Backbones) {
  Folder folder;
  const std::string backbone = R"("architectures": ["SwinBackbone"], )";
  EXPECT_EQ(good(folder, ofType("swin", backbone + R"("out_indices": [1, -1])")).outputs, (Texts{"stage1", "stage4"}));
  // transformers writes both, with the same meaning.
  EXPECT_EQ(good(folder, ofType("swin", backbone + R"("out_features": ["stage2"], "out_indices": [2])")).outputs,
            Texts{"stage2"});
  // Of a classifier they say nothing.
  EXPECT_EQ(good(folder, ofType("swin", R"("architectures": ["SwinModel"], "out_features": ["stem"])")).outputs,
            Texts{});
}

TEST(HuggingFace, EncodersOfOtherModels) {
  Folder folder;
  Spec donut = good(folder, donutText);
  EXPECT_EQ(donut.imageSize, (Size{64, 32}));
  EXPECT_FALSE(donut.finalNorm);
  EXPECT_EQ(donut.stages.size(), 2u);
  EXPECT_EQ(donut.semantics, Semantics::Hf);

  // MaskFormer takes the maps of all stages.
  Spec maskFormer = good(folder, replaced(replaced(upernetText, "\"upernet\"", "\"maskformer\""), "\"stage1\", ", ""));
  EXPECT_EQ(maskFormer.outputs, (Texts{"stage1", "stage2"}));
  Spec maskToFormer =
      good(folder, replaced(replaced(upernetText, "\"upernet\"", "\"mask2former\""), "\"stage1\", ", ""));
  EXPECT_EQ(maskToFormer.outputs, Texts{"stage2"});
}

std::optional<Preprocessing> preprocessingOf(const Folder &folder, const std::string &text) {
  folder.write("preprocessor_config.json", text);
  return good(folder, huggingFaceText).preprocessing;
}

TEST(HuggingFace, Preprocessors) {
  Folder folder;
  Preprocessing how = *preprocessingOf(folder, R"({"size": 32, "resample": 3, "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5], "do_center_crop": true, "crop_size": {"height": 30, "width": 28}})");
  EXPECT_EQ(how.resize, Preprocessing::Resize::Exactly);
  EXPECT_EQ(how.interpolation, "bicubic");
  EXPECT_EQ(how.crop, (Size{30, 28}));

  // Without a filter it is bilinear; one number is for all channels.
  how = *preprocessingOf(folder, R"({"size": {"shortest_edge": 36}, "image_mean": 0.25, "image_std": 0.5,
    "do_rescale": true, "rescale_factor": 0.00392156862745098, "do_reduce_labels": false, "do_pad": false})");
  EXPECT_EQ(how.resize, Preprocessing::Resize::ShorterSide);
  EXPECT_EQ(how.interpolation, "bilinear");
  EXPECT_EQ(how.mean, (std::vector<double>{0.25, 0.25, 0.25}));
  EXPECT_EQ(how.std, (std::vector<double>{0.5, 0.5, 0.5}));

  // (255 v - 255) / 255 = (v - 1) / 1, for v in 0 .. 1.
  how = *preprocessingOf(folder, R"({"size": {"height": 32, "width": 24}, "image_mean": [255, 127.5, 0],
    "image_std": [255, 255, 51], "do_rescale": false})");
  EXPECT_EQ(how.size, (Size{32, 24}));
  EXPECT_EQ(how.mean, (std::vector<double>{1, 0.5, 0}));
  EXPECT_EQ(how.std, (std::vector<double>{1, 1, 0.2}));
}

TEST(HuggingFace, PreprocessorsThatCannotBeSaid) {
  Folder folder;
  folder.write("config.json", huggingFaceText);
  const std::string values = R"("image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5])";
  const std::pair<const char *, const char *> cases[] = {
      {"do_thumbnail", R"("size": {"height": 64, "width": 32}, "do_thumbnail": true, "do_align_long_axis": false)"},
      {"do_pad", R"("size": {"height": 64, "width": 32}, "do_pad": true)"},
      {"longest_edge", R"("size": {"shortest_edge": 800, "longest_edge": 1333})"},
      {"size_divisor", R"("size": 32, "size_divisor": 32)"},
      {"max_size", R"("size": 800, "max_size": 1333)"},
      {"crop_pct", R"("size": 32, "crop_pct": 0.9)"}};
  for (auto [key, members] : cases) {
    folder.write("preprocessor_config.json", "{" + values + ", " + members + "}");
    Diagnostics errors;
    EXPECT_FALSE(readSpec(".", errors).preprocessing) << key;
    EXPECT_TRUE(errors.good());
    EXPECT_EQ(headlines(errors.notes()),
              Texts{"./preprocessor_config.json: note: \"" + std::string(key) +
                    "\" is not supported: the model is compiled without preprocessing of pictures"});
  }
  EXPECT_TRUE(preprocessingOf(folder, "{" + values + R"(, "size": 32, "do_pad": false, "crop_pct": null})"));
}

} // namespace
