//===- OtherDescriptions.h - others' descriptions for tests ---------------===//
#ifndef SWIN_TESTS_DSL_OTHERDESCRIPTIONS_H
#define SWIN_TESTS_DSL_OTHERDESCRIPTIONS_H

#include "tests/dsl/Descriptions.h"

#include <gtest/gtest.h>

namespace swin::dsl::tests {

using Texts = std::vector<std::string>;

/// What is read of a description that must be good.
inline Spec readGood(const std::string &path) {
  Diagnostics errors;
  Spec spec = readSpec(path, errors);
  EXPECT_EQ(errors.lines(), Texts{});
  return spec;
}

inline const std::string timmV2Text = R"({
  "architecture": "swinv2_base_window12to16_192to256.ms_in22k_ft_in1k",
  "num_classes": 3,
  "model_args": {
    "embed_dim": 96, "depths": [2, 2], "num_heads": [3, 6], "window_size": 8,
    "pretrained_window_sizes": [6, [3, 3]], "act_layer": "silu"
  },
  "pretrained_cfg": {"input_size": [3, 64, 64], "fixed_input_size": true}
})";

inline const std::string timmCrText = R"({
  "architecture": "swinv2_cr_tiny_ns_224",
  "model_args": {
    "img_size": [256, 128], "embed_dim": 96, "depths": [2, 2], "num_heads": [3, 6],
    "window_ratio": 16, "extra_norm_period": 2
  }
})";

inline const std::string huggingFaceV2Text = R"({
  "architectures": ["Swinv2ForImageClassification"],
  "model_type": "swinv2",
  "image_size": 64,
  "embed_dim": 96,
  "depths": [2, 2],
  "num_heads": [3, 6],
  "window_size": 8,
  "pretrained_window_sizes": [6, 6, 6, 3],
  "hidden_act": "gelu_new",
  "num_labels": 0
})";

inline const std::string donutText = R"({
  "architectures": ["VisionEncoderDecoderModel"],
  "model_type": "vision-encoder-decoder",
  "decoder": {"model_type": "mbart", "d_model": 1024},
  "encoder": {
    "model_type": "donut-swin",
    "image_size": [64, 32],
    "embed_dim": 96, "depths": [2, 2], "num_heads": [3, 6], "window_size": 4
  }
})";

inline const std::string upernetText = R"({
  "architectures": ["UperNetForSemanticSegmentation"],
  "model_type": "upernet",
  "hidden_size": 512,
  "backbone_config": {
    "architectures": ["SwinForImageClassification"],
    "model_type": "swin",
    "image_size": 32, "embed_dim": 96, "depths": [2, 2], "num_heads": [3, 6], "window_size": 4,
    "out_features": ["stage1", "stage2"]
  }
})";

/// Our own form of a model that makes pictures.
inline const std::string restorationText = R"({
  "format": "swin-model",
  "image": {"size": 32, "channels": 1},
  "embedding": 36,
  "stages": [
    {"depth": 2, "heads": 6, "window": 8},
    {"depth": 2, "heads": 6, "window": 8}
  ],
  "restoration": {"upscale": 2, "upsampler": "pixelshuffle", "residual": "3conv", "range": 255}
})";

inline const std::string swinIrText = R"({
  "family": "swinir",
  "upscale": 2,
  "in_chans": 3,
  "img_size": 32,
  "window_size": 8,
  "img_range": 1.0,
  "depths": [4, 4],
  "embed_dim": 36,
  "num_heads": [6, 6],
  "mlp_ratio": 2,
  "upsampler": "pixelshuffledirect",
  "resi_connection": "1conv"
})";

inline const std::string swin2SrText = R"({
  "architectures": ["Swin2SRForImageSuperResolution"],
  "model_type": "swin2sr",
  "image_size": 48,
  "hidden_act": "gelu_new",
  "num_channels_out": null,
  "path_norm": true,
  "upscale": 4,
  "upsampler": "pixelshuffle_aux"
})";

/// Beside each other as in the repository: one that is trained, with comments.
inline const std::string microsoftText = R"(# a small one
DATA:
  IMG_SIZE: 64
MODEL:
  TYPE: swin
  NAME: small
  NUM_CLASSES: 10
  DROP_PATH_RATE: 0.2
  SWIN:
    EMBED_DIM: 96
    DEPTHS: [ 2, 2 ]
    NUM_HEADS: [ 3, 6 ]
    WINDOW_SIZE: 4
    QK_SCALE: None
TRAIN:
  BASE_LR: 1.25e-4 # for all
)";

inline const std::string microsoftV2Text = R"(DATA:
  IMG_SIZE: 64
MODEL:
  TYPE: swinv2
  SWINV2:
    EMBED_DIM: 96
    DEPTHS: [ 2, 2 ]
    NUM_HEADS: [ 3, 6 ]
    WINDOW_SIZE: 8
    PRETRAINED_WINDOW_SIZES: [ 6, 6, 6, 3 ]
TEST:
  CROP: False
)";

/// A description, and the end of the name of a file with it.
struct OtherDescription {
  const char *name, *extension;
  const std::string &text;
};
inline const OtherDescription otherDescriptions[] = {{"timm", ".json", timmText},
                                                     {"timmV2", ".json", timmV2Text},
                                                     {"timmCr", ".json", timmCrText},
                                                     {"huggingFace", ".json", huggingFaceText},
                                                     {"huggingFaceV2", ".json", huggingFaceV2Text},
                                                     {"donut", ".json", donutText},
                                                     {"upernet", ".json", upernetText},
                                                     {"restoration", ".json", restorationText},
                                                     {"swinIr", ".json", swinIrText},
                                                     {"swin2Sr", ".json", swin2SrText},
                                                     {"microsoft", ".yaml", microsoftText},
                                                     {"microsoftV2", ".yaml", microsoftV2Text}};

} // namespace swin::dsl::tests

#endif // SWIN_TESTS_DSL_OTHERDESCRIPTIONS_H
