//===- Info.h - what a library says about itself --------------------------===//
#ifndef SWIN_CODEGEN_INFO_H
#define SWIN_CODEGEN_INFO_H

#include "codegen/Work.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace swin::codegen {

/// How a picture becomes what the network sees.
struct PictureSteps {
  enum class Resize { None, ShorterSide, Exactly };
  Resize resize = Resize::None;
  std::array<int64_t, 2> size = {0, 0}; ///< height, width; only the first for ShorterSide
  std::string interpolation;            ///< "bicubic", "bilinear"; unless None
  std::array<int64_t, 2> crop = {0, 0}; ///< of the middle; {0, 0} = none
  std::vector<double> mean, std;        ///< per channel, of values in 0 .. 1
};

/// What the model's description says and the graph does not.
struct ModelDescription {
  std::string name;         ///< C identifier
  std::string architecture; ///< "swin_t"; "" = not said
  std::string semantics;    ///< "timm" ...
  std::string canonical;    ///< all that the description says, in one way of saying it; "" = not known
  int64_t height = 0;       ///< the image size the model was made for
  int64_t width = 0;
  std::vector<std::string> labels; ///< of the classes; empty = not said
  std::optional<PictureSteps> preprocessing;
};

/// What only the compiler knows.
struct BuildFacts {
  int64_t channels = 0;                        ///< of the image
  std::vector<int64_t> imageShape;             ///< N, C, H, W; -1 = any
  std::vector<OutputShape> outputs;            ///< for one image of the model's own size
  std::array<int64_t, 2> multiple = {1, 1};    ///< pixels that are whole windows, see Work
  int64_t macs = 0;                            ///< likewise
  std::vector<std::string> isas;               ///< best first
  std::map<std::string, int64_t> schedules;    ///< how many kernels, of all `isas`, have one that is "tuned" ...
  std::string sanitizer;                       ///< "" = none
  bool fastMatmul = false;                     ///< whether there are products by sums
  int64_t weightsBytes = 0;                    ///< in the library, or the data of the file beside it
  std::string weightsFile;                     ///< name of that file; "" = there is none
  int64_t weightsFileBytes = 0;                ///< of all of it
  std::map<std::string, std::string> versions; ///< of what made it
  std::map<std::string, std::string> hashes;   ///< SHA-256 in hexadecimal, by what they are of (docs/Contract.md)
};

/// The text that NAME_info returns: one line of JSON, the same for the same input.
///   {"model", "architecture"?, "semantics", "inputs": [{"name", "layout", "shape", "channels", "height", "width",
///                                                         "multiple"?}],
///    "outputs": [{"name", "kind", "layout", "shape"}], "macs", "isas", "schedules": {"tuned", "nearest", "default"},
///    "sanitize"?, "fast_matmul"?, "labels"?, "preprocessing"?, "weights_bytes", "weights_file"?: {"name", "bytes"},
///    "versions", "hashes"}
/// "kind" of an output is "logits" (of an image), "segmentation" (logits of every pixel), "features", "image" or "map".
/// "multiple" is there if an output is an image: tiles of pictures begin at multiples of so many pixels.
/// "shape" of an input is null where the size is free; of an output it is that for one
/// image of the model's own size.
std::string infoText(const ModelDescription &model, const BuildFacts &facts);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_INFO_H
