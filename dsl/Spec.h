//===- Spec.h - what a model is -------------------------------------------===//
// The typed form of a model's description, whatever file it came from. A Spec that
// a reader returned without errors is consistent (checkSpec). Sizes are
// {height, width}.
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_SPEC_H
#define SWIN_DSL_SPEC_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace swin::dsl {

using Size = std::array<int64_t, 2>;

/// Whose arithmetic at sizes that do not divide; docs/Numbers.md.
enum class Semantics { Timm, Torchvision, Hf, HfBackbone, Mm, Microsoft };
/// "timm" "torchvision" "hf" "hf-backbone" "mm" "microsoft".
const char *semanticsName(Semantics semantics);
std::optional<Semantics> semanticsNamed(const std::string &name);

/// Blocks at one resolution. Stage i has embedding * 2^i channels.
struct Stage {
  int64_t depth = 0;
  int64_t heads = 0;
  Size window = {7, 7}; ///< as configured, before any clipping to the map
};

/// How a picture becomes what the network sees.
struct Preprocessing {
  enum class Resize { None, ShorterSide, Exactly };
  Resize resize = Resize::None;
  Size size = {0, 0};                    ///< only the first for ShorterSide
  std::string interpolation = "bicubic"; ///< "bicubic" or "bilinear"
  Size crop = {0, 0};                    ///< of the middle; {0, 0} = none
  std::vector<double> mean, std;         ///< per channel, of values in 0 .. 1
};

struct Spec {
  std::string architecture;    ///< name of the preset or of timm's registry; "" = not said
  Size imageSize = {224, 224}; ///< the size the model is built for (pixels)
  int64_t imageChannels = 3;
  Size patch = {4, 4};
  int64_t embedding = 96; ///< channels of the first stage
  std::vector<Stage> stages;
  double mlpRatio = 4.0; ///< hidden channels = int(mlpRatio * channels)
  bool qkvBias = true;
  bool patchNorm = true;           ///< layer norm behind the patch embedding
  double layerNormEpsilon = 1e-5;  ///< of blocks and of the final norm; all others have 1e-5
  int64_t numClasses = 1000;       ///< 0 = no head: there are no logits
  std::vector<std::string> labels; ///< numClasses of them, or none
  std::optional<Preprocessing> preprocessing;

  std::optional<Semantics> semantics; ///< nullopt = that of the weights' names
  std::string weights;                ///< path as given, resolved against the description's folder; "" = not said
  std::vector<std::string> outputs;   ///< of logits features stage1 .. stageS, in order; empty = outputsOf

  int64_t batch = 0;   ///< 0 = any, decided at run time; else the only one
  Size fixed = {0, 0}; ///< {0, 0} = any; else the only image size (then also imageSize)

  int64_t channels(size_t stage) const { return embedding << stage; }
  int64_t hidden(size_t stage) const { return static_cast<int64_t>(mlpRatio * static_cast<double>(channels(stage))); }
};

/// Window and shift of a block, and which run-time maps make the shift vanish.
struct BlockGeometry {
  enum class Rule { Never, Axis, Map }; ///< as swin.cyclic_shift's unless_covered
  Size window;
  Size shift; ///< {0, 0} in even blocks
  Rule rule = Rule::Never;
};

/// The map of a stage for the image size the model is built for, as the source of the weights counts.
Size builtMap(const Spec &spec, Semantics semantics, size_t stage);
BlockGeometry blockGeometry(const Spec &spec, Semantics semantics, size_t stage, int64_t block);

/// Why the source of the weights does not run on images of spec.fixed, a sentence each; none without spec.fixed.
std::vector<std::string> fixedSizeErrors(const Spec &spec, Semantics semantics);

/// spec.outputs, or what the source itself gives: logits (features without a head); hf-backbone the map of the last
/// stage, mm those of all stages.
std::vector<std::string> outputsOf(const Spec &spec, Semantics semantics);

/// A tensor of the checkpoint under Microsoft's name, which is ours.
struct Parameter {
  std::string name;
  std::vector<int64_t> shape;
};
/// All parameters that the model's outputs need or a checkpoint of it has (head, final norm), sorted by
/// name (bytes). hf-backbone and mm have norms of stage maps instead of head and final norm:
/// `hidden_states_norms.stage{i+1}` and `norm{i}`, of the stages that are outputs.
std::vector<Parameter> parametersOf(const Spec &spec, Semantics semantics);

} // namespace swin::dsl

#endif // SWIN_DSL_SPEC_H
