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

/// What a model's blocks are: Rules.h says what follows from it.
enum class Family { Swin, SwinV2, SwinV2Cr, SwinMlp };
/// "swin" "swinv2" "swinv2_cr" "swin_mlp".
const char *familyName(Family family);
std::optional<Family> familyNamed(const std::string &name);

/// Between the two linear maps of an MLP.
enum class Activation { Gelu, GeluTanh, QuickGelu, Silu, Relu };
/// "gelu" "gelu_tanh" "quick_gelu" "silu" "relu", which are the ops' names.
const char *activationName(Activation activation);
std::optional<Activation> activationNamed(const std::string &name);

/// Blocks at one resolution. Stage i has embedding * 2^i channels; of a restoration model all have `embedding`.
struct Stage {
  int64_t depth = 0;
  int64_t heads = 0;
  Size window = {7, 7}; ///< as configured, before any clipping to the map
  /// Of swinv2: the window that its position MLP was trained with; {0, 0} = the block's own, clipped.
  Size pretrainedWindow = {0, 0};
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

/// A model whose output is a picture: all stages at one resolution, each with a convolution and a residual connection
/// around its blocks, then what makes pixels of tokens. With blocks of swin it is SwinIR, with those of swinv2 Swin2SR.
struct Restoration {
  enum class Upsampler { None, PixelShuffle, PixelShuffleDirect, NearestConv, PixelShuffleAux, PixelShuffleHf };
  int64_t upscale = 1;
  Upsampler upsampler = Upsampler::PixelShuffle;
  bool threeConvolutions = false; ///< `3conv`: three convolutions around stages instead of one
  double range = 1.0;             ///< `img_range`: what the model works with is (picture - mean) * range
  int64_t outputChannels = 3;
};
/// "none" "pixelshuffle" "pixelshuffledirect" "nearest+conv" "pixelshuffle_aux" "pixelshuffle_hf".
const char *upsamplerName(Restoration::Upsampler upsampler);
std::optional<Restoration::Upsampler> upsamplerNamed(const std::string &name);

/// A head of UPerNet on the maps of all stages: a class for every pixel. Spec::numClasses are its classes.
struct Segmentation {
  int64_t hidden = 512;                           ///< channels of the head
  std::vector<int64_t> poolScales = {1, 2, 3, 6}; ///< sizes of the pooled maps
};

struct Spec {
  std::string architecture; ///< name of the preset or of timm's registry; "" = not said
  Family family = Family::Swin;
  Size imageSize = {224, 224}; ///< the size the model is built for (pixels)
  int64_t imageChannels = 3;
  Size patch = {4, 4};
  int64_t embedding = 96; ///< channels of the first stage
  std::vector<Stage> stages;
  double mlpRatio = 4.0; ///< hidden channels = int(mlpRatio * channels)
  bool qkvBias = true;   ///< of swinv2 only that of q and v
  Activation activation = Activation::Gelu;
  bool patchNorm = true;           ///< layer norm behind the patch embedding
  bool finalNorm = true;           ///< layer norm in front of the pooling; swinv2_cr never has one
  bool positionEmbedding = false;  ///< absolute, behind the patch embedding; the model then has one map size
  bool alwaysPartition = false;    ///< of timm: windows are never clipped and shifts never dropped
  int64_t extraNormPeriod = 0;     ///< of swinv2_cr: a norm behind every so many blocks of a stage; 0 = none
  bool extraNormStage = false;     ///< of swinv2_cr: a norm behind the last block of each stage, not only of the last
  double layerNormEpsilon = 1e-5;  ///< of blocks and of the final norm; all others have 1e-5
  int64_t numClasses = 1000;       ///< 0 = no head: there are no logits
  std::vector<std::string> labels; ///< numClasses of them, or none
  std::optional<Preprocessing> preprocessing;
  std::optional<Restoration> restoration;   ///< then patch is {1, 1}, and there are neither head nor merging
  std::optional<Segmentation> segmentation; ///< of backbones (hf-backbone, mm)

  std::optional<Semantics> semantics; ///< nullopt = that of the weights' names
  std::string weights;                ///< path as given, resolved against the description's folder; "" = not said
  std::vector<std::string> outputs;   ///< of logits features image stage1 .. stageS, in order; empty = outputsOf

  int64_t batch = 0;   ///< 0 = any, decided at run time; else the only one
  Size fixed = {0, 0}; ///< {0, 0} = any; else the only image size (then also imageSize)

  int64_t channels(size_t stage) const { return restoration ? embedding : embedding << stage; }
  int64_t hidden(size_t stage) const { return static_cast<int64_t>(mlpRatio * static_cast<double>(channels(stage))); }
};

/// Where neither the description nor names of weights say it: the only source of the family, else timm.
Semantics usualSemantics(Family family);
/// The same of a whole model: heads on the maps of a backbone are Hugging Face's, restoration models Microsoft's with
/// the original repositories' own rules.
Semantics usualSemantics(const Spec &spec);

/// Window and shift of a block, and which run-time maps make the shift vanish.
struct BlockGeometry {
  enum class Rule { Never, Axis, Map }; ///< as swin.cyclic_shift's unless_covered
  Size window;
  Size shift; ///< {0, 0} in even blocks
  Rule rule = Rule::Never;
};

/// The map of a stage for the image size the model is built for, as the source of the weights counts. Of a restoration
/// model that of the image itself: what it is padded to does not matter for windows.
Size builtMap(const Spec &spec, Semantics semantics, size_t stage);
/// The height of that map with rests dropped everywhere, from which hf and hf-backbone decide windows of swinv2. 0 =
/// the source cannot build it.
int64_t builtHeight(const Spec &spec, size_t stage);
BlockGeometry blockGeometry(const Spec &spec, Semantics semantics, size_t stage, int64_t block);

/// Why the source of the weights does not run on images of spec.fixed, a sentence each; none without spec.fixed.
std::vector<std::string> fixedSizeErrors(const Spec &spec, Semantics semantics);

/// spec.outputs, or what the source itself gives: logits (features without a head); hf-backbone the map of the last
/// stage, mm those of all stages.
std::vector<std::string> outputsOf(const Spec &spec, Semantics semantics);

/// Whether a block (0 ..) of a stage of swinv2_cr ends in a norm of its own, `norm3`.
bool hasExtraNorm(const Spec &spec, size_t stage, int64_t block);

/// A tensor of the checkpoint under Microsoft's name, which is ours; what only timm's swinv2_cr has is called as there,
/// behind our `layers.{i}.blocks.{j}`.
struct Parameter {
  std::string name;
  std::vector<int64_t> shape;
};
/// All parameters that the model's outputs need or a checkpoint of it has (head, final norm), sorted by
/// name (bytes). hf-backbone and mm have norms of stage maps instead of head and final norm:
/// `hidden_states_norms.stage{i+1}` and `norm{i}`, of the stages that are outputs or that a head reads. A head of
/// segmentation is called as Hugging Face's, `decode_head`.
std::vector<Parameter> parametersOf(const Spec &spec, Semantics semantics);

} // namespace swin::dsl

#endif // SWIN_DSL_SPEC_H
