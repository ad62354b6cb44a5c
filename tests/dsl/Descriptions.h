//===- Descriptions.h - descriptions for tests ----------------------------===//
#ifndef SWIN_TESTS_DSL_DESCRIPTIONS_H
#define SWIN_TESTS_DSL_DESCRIPTIONS_H

#include "dsl/ReadSpec.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

namespace swin::dsl::tests {

/// A folder for one test, which is the current one until its end.
class Folder {
public:
  Folder() : before(std::filesystem::current_path()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "swin-dsl-XXXXXX").string();
    path = mkdtemp(pattern.data()) ? pattern : "";
    std::filesystem::current_path(path);
  }
  ~Folder() {
    std::filesystem::current_path(before);
    std::filesystem::remove_all(path);
  }
  void write(const std::string &name, const std::string &text) const {
    if (std::filesystem::path folder = std::filesystem::path(name).parent_path(); !folder.empty())
      std::filesystem::create_directories(folder);
    std::ofstream(name, std::ios::binary) << text;
  }

  std::filesystem::path path;

private:
  std::filesystem::path before;
};

/// A text in which the first `from` became `to`; "" = no such place.
inline std::string replaced(std::string text, const std::string &from, const std::string &to) {
  size_t at = text.find(from);
  return at == std::string::npos ? "" : text.replace(at, from.size(), to);
}

inline const std::string ownText = R"({
  "format": "swin-model",
  "image": {"size": 32, "channels": 3},
  "patch": 4,
  "embedding": 96,
  "stages": [
    {"depth": 2, "heads": 3, "window": 4},
    {"depth": 2, "heads": 6, "window": [4, 2]}
  ],
  "classes": 3,
  "labels": ["a", "b", "c"],
  "preprocessing": {"resize": "shorter_side", "size": 36, "crop": 32, "mean": [0, 0, 0], "std": [1, 1, 1]},
  "outputs": ["logits"]
})";

inline const std::string timmText = R"({
  "architecture": "swin_tiny_patch4_window7_224.ms_in1k",
  "num_classes": 3,
  "num_features": 192,
  "global_pool": "avg",
  "model_args": {
    "img_size": [32, 40], "embed_dim": 96, "drop_path_rate": 0.1,
    "depths": [2, 2], "num_heads": [3, 6], "window_size": 4
  },
  "pretrained_cfg": {
    "input_size": [3, 32, 32], "mean": [0.5, 0.5, 0.5], "std": [1, 1, 1], "crop_pct": 0.9,
    "interpolation": "bilinear", "label_names": ["a", "b", "c"], "license": "mit"
  }
})";

inline const std::string huggingFaceText = R"({
  "architectures": ["SwinForImageClassification"],
  "model_type": "swin",
  "image_size": 32,
  "embed_dim": 96,
  "depths": [2, 2],
  "num_heads": [3, 6],
  "window_size": 4,
  "hidden_act": "gelu",
  "id2label": {"1": "b", "0": "a", "2": "c"},
  "torch_dtype": "float32",
  "out_features": null
})";

/// The lines that reading a file gives.
inline std::vector<std::string> errorsOf(const std::string &path) {
  Diagnostics errors;
  readSpec(path, errors);
  return errors.lines();
}

} // namespace swin::dsl::tests

#endif // SWIN_TESTS_DSL_DESCRIPTIONS_H
