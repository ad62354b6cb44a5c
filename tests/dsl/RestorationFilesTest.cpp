//===- RestorationFilesTest.cpp - files of models that make pictures ------===//
#include "dsl/ReadSpec.h"
#include "dsl/Readers.h"
#include "dsl/Rules.h"
#include "dsl/WeightNames.h"
#include "tests/dsl/NamedWeights.h"
#include "tests/dsl/OtherDescriptions.h"

#include <gtest/gtest.h>

#include <numeric>

using namespace swin;
using namespace swin::dsl;
using namespace swin::dsl::tests;

namespace {

using Upsampler = Restoration::Upsampler;

constexpr Upsampler allUpsamplers[] = {
    Upsampler::None,        Upsampler::PixelShuffle,    Upsampler::PixelShuffleDirect,
    Upsampler::NearestConv, Upsampler::PixelShuffleAux, Upsampler::PixelShuffleHf};

int64_t scaleOf(Upsampler upsampler) {
  return upsampler == Upsampler::None ? 1 : upsampler == Upsampler::PixelShuffleDirect ? 3 : 4;
}

//===----------------------------------------------------------------------===//
// Descriptions
//===----------------------------------------------------------------------===//

/// --emit spec: the same model, and the same text of it.
void expectReadsBack(const Spec &spec) {
  Folder folder;
  std::string text = specText(spec);
  folder.write("again.json", text);
  Spec again = readGood("again.json");
  EXPECT_EQ(specText(again), text);
  ASSERT_TRUE(again.restoration);
  EXPECT_EQ(again.restoration->upscale, spec.restoration->upscale);
  EXPECT_EQ(again.restoration->upsampler, spec.restoration->upsampler);
  EXPECT_EQ(again.restoration->threeConvolutions, spec.restoration->threeConvolutions);
  EXPECT_EQ(again.restoration->range, spec.restoration->range);
  EXPECT_EQ(again.restoration->outputChannels, spec.restoration->outputChannels);
  EXPECT_EQ(again.patch, (Size{1, 1}));
  EXPECT_EQ(again.numClasses, 0);
}

TEST(RestorationFiles, OwnForm) {
  Folder folder;
  folder.write("m.json", restorationText);
  Spec spec = readGood("m.json");
  ASSERT_TRUE(spec.restoration);
  EXPECT_EQ(spec.restoration->upscale, 2);
  EXPECT_EQ(spec.restoration->upsampler, Upsampler::PixelShuffle);
  EXPECT_TRUE(spec.restoration->threeConvolutions);
  EXPECT_EQ(spec.restoration->range, 255);
  EXPECT_EQ(spec.restoration->outputChannels, 1); // those of the image
  EXPECT_EQ(spec.channels(1), spec.embedding);
  EXPECT_EQ(outputsOf(spec, Semantics::Microsoft), Texts{"image"});
  EXPECT_EQ(usualSemantics(spec), Semantics::Microsoft);
  expectReadsBack(spec);
}

TEST(RestorationFiles, EveryPresetReadsBack) {
  for (const auto &[name, spec] : restorationPresets()) {
    SCOPED_TRACE(name);
    expectReadsBack(spec);
  }
  Folder folder;
  folder.write("m.json", R"({"format": "swin-model", "preset": "swinir_classical_x2", "image": {"size": 32},
                             "restoration": {"upscale": 4, "residual": "3conv"}})");
  Spec changed = readGood("m.json");
  EXPECT_EQ(changed.restoration->upscale, 4);
  EXPECT_TRUE(changed.restoration->threeConvolutions);
  EXPECT_EQ(changed.restoration->upsampler, Upsampler::PixelShuffle);
  EXPECT_EQ(changed.stages.size(), 6u);
}

TEST(RestorationFiles, OriginalArguments) {
  Folder folder;
  folder.write("m.json", swinIrText);
  Spec spec = readGood("m.json");
  EXPECT_EQ(spec.family, Family::Swin);
  EXPECT_EQ(spec.semantics, Semantics::Microsoft);
  EXPECT_EQ(spec.imageSize, (Size{32, 32}));
  EXPECT_EQ(spec.embedding, 36);
  ASSERT_EQ(spec.stages.size(), 2u);
  EXPECT_EQ(spec.stages[1].depth, 4);
  EXPECT_EQ(spec.stages[1].heads, 6);
  EXPECT_EQ(spec.stages[1].window, (Size{8, 8}));
  EXPECT_EQ(spec.restoration->upsampler, Upsampler::PixelShuffleDirect);
  EXPECT_EQ(spec.preprocessing->resize, Preprocessing::Resize::None);
  EXPECT_EQ(spec.preprocessing->mean, (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(spec.preprocessing->std, (std::vector<double>{1, 1, 1}));
  // All that is not said is the constructor's.
  folder.write("m.json", R"({"family": "swin2sr", "upscale": 1, "in_chans": 1, "upsampler": null})");
  spec = readGood("m.json");
  EXPECT_EQ(spec.family, Family::SwinV2);
  EXPECT_EQ(spec.stages.size(), 4u);
  EXPECT_EQ(spec.stages[0].window, (Size{7, 7}));
  EXPECT_EQ(spec.embedding, 96);
  EXPECT_EQ(spec.mlpRatio, 4);
  EXPECT_EQ(spec.restoration->upsampler, Upsampler::None);
  EXPECT_EQ(spec.restoration->outputChannels, 1);
  EXPECT_EQ(spec.preprocessing->std, (std::vector<double>{1}));
}

TEST(RestorationFiles, UnknownArgumentsAreSaid) {
  Folder folder;
  folder.write("m.json", replaced(swinIrText, "\"img_range\"", "\"psnr\": 3, \"upscal\": 4, \"img_range\""));
  Diagnostics errors;
  readSpec("m.json", errors);
  EXPECT_TRUE(errors.good());
  EXPECT_EQ(headlines(errors.notes()), Texts{"m.json: note: no argument of the constructor and ignored: psnr, upscal"});
}

TEST(RestorationFiles, HuggingFaceConfig) {
  Folder folder;
  folder.write("config.json", swin2SrText);
  Spec spec = readGood("config.json");
  EXPECT_EQ(spec.family, Family::SwinV2);
  EXPECT_EQ(spec.semantics, Semantics::Hf);
  EXPECT_EQ(spec.embedding, 180);
  EXPECT_EQ(spec.stages.size(), 6u);
  EXPECT_EQ(spec.stages[0].window, (Size{8, 8}));
  EXPECT_EQ(spec.mlpRatio, 2);
  EXPECT_EQ(spec.restoration->upscale, 4);
  EXPECT_EQ(spec.restoration->upsampler, Upsampler::PixelShuffleAux);
  EXPECT_EQ(spec.activation, Activation::GeluTanh);
  folder.write("preprocessor_config.json",
               R"({"do_pad": true, "do_rescale": true, "pad_size": 8, "rescale_factor": 0.00196078431372549})");
  spec = readGood("config.json");
  ASSERT_TRUE(spec.preprocessing);
  EXPECT_EQ(spec.preprocessing->resize, Preprocessing::Resize::None);
  EXPECT_EQ(spec.preprocessing->mean, (std::vector<double>{0, 0, 0}));
  EXPECT_NEAR(spec.preprocessing->std[0], 2, 1e-9); // its values end at 1/2
  for (const char *none : {"\"\"", "null"}) {
    folder.write("config.json", std::string(R"({"model_type": "swin2sr", "upscale": 1, "upsampler": )") + none + "}");
    EXPECT_EQ(readGood("config.json").restoration->upsampler, Upsampler::None) << none;
  }
  folder.write("config.json", R"({"model_type": "swin2sr", "num_channels_out": 1})");
  EXPECT_EQ(readGood("config.json").restoration->outputChannels, 1);
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// A model with one group more than an ordinary one can have stages.
Spec modelWith(Family family, Upsampler upsampler, bool three) {
  Spec spec = test::restoration(family, scaleOf(upsampler), upsampler);
  spec.stages.assign(9, {1, 2, {4, 4}, {0, 0}});
  spec.stages[0].depth = 2;
  spec.restoration->threeConvolutions = three;
  return spec;
}

test::NamedValues prefixed(const test::NamedValues &ours) {
  test::NamedValues theirs;
  for (const auto &[name, values] : ours)
    theirs["module." + name] = values;
  return theirs;
}

/// As transformers saves Swin2SR.
test::NamedValues huggingFace(const test::NamedValues &ours, const Restoration &form) {
  test::NamedValues theirs;
  for (const auto &[original, values] : ours) {
    std::string name = original;
    if (name.starts_with("layers."))
      name = "encoder." + test::renamed(name, {{"layers.", "stages."}, {"residual_group.blocks", "layers"}});
    name = test::renamed(name, {{"norm1", "layernorm_before"},
                                {"norm2", "layernorm_after"},
                                {"attn.proj", "attention.output.dense"},
                                {"attn.", "attention.self."},
                                {"q_bias", "query.bias"},
                                {"v_bias", "value.bias"},
                                {"cpb_mlp", "continuous_position_bias_mlp"},
                                {"mlp.fc1", "intermediate.dense"},
                                {"mlp.fc2", "output.dense"},
                                {"^patch_embed.proj", "embeddings.patch_embeddings.projection"},
                                {"^patch_embed.norm", "embeddings.patch_embeddings.layernorm"},
                                {"patch_embed.proj", "patch_embed.projection"},
                                {"^conv_first", "first_convolution"},
                                {"^norm.", "layernorm."}});
    bool isInside = name.starts_with("encoder.") || name.starts_with("embeddings.") || name.starts_with("layernorm.") ||
                    name.starts_with("first_convolution.") || name.starts_with("conv_after_body");
    const char *first = form.upsampler == Upsampler::PixelShuffleDirect ? "conv."
                        : form.upscale == 3                             ? "upsample.convolution."
                                                                        : "upsample.convolution_0.";
    if (name.starts_with("upsample."))
      name = "upsample." + test::renamed(name.substr(9), {{"^0.", first}, {"^2.", "upsample.convolution_1."}});
    else if (name.starts_with("conv_last."))
      name = (form.upsampler == Upsampler::None ? "" : "upsample.") +
             test::renamed(name, {{"conv_last", "final_convolution"}});
    else if (!isInside)
      name = "upsample." + test::renamed(name, {{"conv_before_upsample.0", "conv_before_upsample"}});
    if (isInside)
      name = "swin2sr." + name;
    size_t joined = name.find("qkv");
    if (joined == name.npos) {
      theirs[name] = values;
      continue;
    }
    const char *parts[] = {"query", "key", "value"};
    size_t third = values.values.size() / 3;
    for (int part = 0; part < 3; ++part) {
      auto begin = values.values.begin() + part * third;
      std::string each = name;
      theirs[each.replace(joined, 3, parts[part])] = {{values.shape[0] / 3, values.shape[1]}, {begin, begin + third}};
    }
  }
  return theirs;
}

void expectLoads(const Spec &spec, Semantics semantics, const test::NamedValues &ours,
                 const test::NamedValues &theirs) {
  test::TemporaryFile file(test::checkpointOf(theirs).bytes());
  Diagnostics errors;
  std::unique_ptr<WeightsFile> weights = openWeights(file.path, errors);
  ASSERT_TRUE(weights) << testing::PrintToString(errors.lines());
  EXPECT_EQ(weights->semantics(), semantics);
  ref::ConstantStore store;
  weights->load(spec, semantics, store, errors);
  EXPECT_EQ(errors.lines(), Texts{});
  EXPECT_EQ(store.names().size(), ours.size());
  for (const auto &[name, values] : ours) {
    ASSERT_TRUE(store.find(name)) << name;
    EXPECT_EQ(test::valuesOf(*store.find(name)).values, values.values) << name;
  }
  std::vector<std::string_view> all;
  for (const auto &[name, tensor] : theirs)
    all.push_back(name);
  std::optional<WeightNames> names = WeightNames::recognise(all);
  ASSERT_TRUE(names);
  for (std::string_view name : all) {
    std::optional<TensorMeaning> found = names->meaning(name);
    ASSERT_TRUE(found) << name;
    EXPECT_TRUE(ours.count(found->ours)) << name << " is no " << found->ours;
  }
  // All but what no weight shows.
  Diagnostics notes;
  Spec shown = specOfArch(modelName(spec), weights.get(), notes);
  EXPECT_EQ(notes.lines(), Texts{});
  EXPECT_EQ(notes.notes().size(), 1u);
  shown.architecture = spec.architecture;
  shown.imageSize = spec.imageSize;
  shown.preprocessing.reset();
  if (spec.family == Family::SwinV2) {
    EXPECT_EQ(shown.stages[0].window, (Size{8, 8})); // taken
    for (Stage &stage : shown.stages)
      stage.window = spec.stages[0].window;
  }
  EXPECT_EQ(specText(shown), specText(spec));
}

TEST(RestorationFiles, WeightsOfTheOriginals) {
  for (Family family : {Family::Swin, Family::SwinV2})
    for (Upsampler upsampler : allUpsamplers)
      for (bool three : {false, true}) {
        if (family == Family::Swin && upsampler >= Upsampler::PixelShuffleAux)
          continue;
        Spec spec = modelWith(family, upsampler, three);
        SCOPED_TRACE(modelName(spec) + " " + upsamplerName(upsampler) + (three ? " 3conv" : ""));
        test::NamedValues ours = test::ourWeights(spec, Semantics::Microsoft);
        expectLoads(spec, Semantics::Microsoft, ours, three ? prefixed(ours) : ours);
      }
}

TEST(RestorationFiles, WeightsOfTransformers) {
  for (Upsampler upsampler : allUpsamplers)
    for (bool three : {false, true}) {
      if (upsampler == Upsampler::PixelShuffleHf)
        continue;
      Spec spec = modelWith(Family::SwinV2, upsampler, three);
      if (upsampler == Upsampler::PixelShuffleAux && three)
        spec.restoration->upscale = 3;
      SCOPED_TRACE(upsamplerName(upsampler) + std::string(three ? " 3conv" : ""));
      test::NamedValues ours = test::ourWeights(spec, Semantics::Hf);
      EXPECT_EQ(ours.contains("conv_after_body.0.weight"), false);
      expectLoads(spec, Semantics::Hf, ours, huggingFace(ours, *spec.restoration));
    }
}

} // namespace
