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
                                                     {"microsoft", ".yaml", microsoftText},
                                                     {"microsoftV2", ".yaml", microsoftV2Text}};

} // namespace swin::dsl::tests

#endif // SWIN_TESTS_DSL_OTHERDESCRIPTIONS_H
