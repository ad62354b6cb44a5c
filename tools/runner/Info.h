//===- Info.h - what the runner reads of NAME_info -------------------------===//
// The JSON, fields with * must be there; others that are not listed are left alone:
//   model*          "swin_t"
//   inputs*         [{"channels"*: 3, "height": 224, "width": 224, "multiple": [8, 8]}]: one image; its own size, if it
//                   has one; of models that make pictures, what is a whole number of windows, by height and width
//   outputs*        [{"name"*: "logits", "kind": "logits|features|map|image|segmentation", "layout": "NHWC"}]
//                   the kind follows from the name if it is missing
//   isas*           ["x86-64-v4", "x86-64-v3"], best first
//   weights_file    {"name"*: "swin_t.weights"}, if the weights are not in the library
//   labels          ["tench", ...]
//   preprocessing   {"resize": "shorter_side", "size": 248, ...} or {"resize": "exactly", "size": [384, 384], ...} or
//                   {"resize": "none", ...}; "interpolation": "bicubic|bilinear", "crop": [224, 224], "mean": [...],
//                   "std": [...]
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_RUNNER_INFO_H
#define SWIN_TOOLS_RUNNER_INFO_H

#include "runtime/image/Preprocess.h"

#include <optional>
#include <string>
#include <vector>

namespace swin::runner {

struct OutputInfo {
  std::string name;
  std::string kind;
  std::string layout; ///< "NHWC" ...; "" = not said
};

struct ModelInfo {
  std::string model;
  int channels = 0;
  int height = 0, width = 0; ///< 0 = not said
  int multipleHeight = 1, multipleWidth = 1;
  std::vector<OutputInfo> outputs;
  std::vector<std::string> isas;
  std::string weightsFile; ///< "" = there is none
  std::vector<std::string> labels;
  std::optional<image::Preprocessing> preprocessing;
};

/// Reads the text; an error is a sentence that names the field.
std::optional<ModelInfo> parseInfo(const char *text, std::string &error);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_INFO_H
