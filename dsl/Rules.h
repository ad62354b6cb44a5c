//===- Rules.h - what the sources of weights and families do differently --===//
// The table of docs/Numbers.md as data. Everything that depends on a source and is no
// matter of window and shift (Geometry.cpp) stands here, and so does what makes a family.
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_RULES_H
#define SWIN_DSL_RULES_H

#include "dsl/Spec.h"

#include <string>
#include <vector>

namespace swin::dsl {

struct Rules {
  bool padsImage;      ///< the image is padded to whole patches, else the rest is dropped
  bool roundsMapsUp;   ///< maps of later stages are ceil(n/2) of the one before, else floor
  bool rollsFirst;     ///< shift, then pad; else pad, then shift
  bool needsWindows;   ///< maps that windows do not divide and odd maps before merging are rejected
  bool needsOneWindow; ///< maps smaller than the window are rejected
  bool isBackbone;     ///< outputs are maps of stages; there is no head
  bool normsMaps;      ///< maps of stages have a norm of their own (stageNorm)
  bool channelsFirst;  ///< maps of stages are B x C x H x W
};

/// A source's rules where the model is of that family.
Rules rulesOf(Semantics semantics, Family family);

/// Whether the source of the weights has models of that family.
bool hasFamily(Semantics semantics, Family family);

/// A family's block, as data: GraphBuilder and Parameters build all families from it.
struct BlockForm {
  enum class Mixing {
    Attention,       ///< scores are scaled products
    CosineAttention, ///< scores are cosines times a learned temperature per head (`logit_scale`)
    Tokens,          ///< no attention: a linear map across the tokens of a window (`spatial_mlp`)
  };
  enum class Bias {
    None,
    Table,       ///< `relative_position_bias_table`
    SquashedMlp, ///< 16 sigmoid(MLP), steps relative to the window trained with (`cpb_mlp`)
    PlainMlp,    ///< MLP of the raw logarithmic positions (`meta_mlp`)
  };
  Mixing mixing;
  Bias bias;
  bool keyBias;      ///< else q and v have biases of their own and k has none
  bool normsBehind;  ///< norms of what a block adds, else of what it reads
  bool reducesFirst; ///< patch merging: linear map, then norm
  bool finalNorm;    ///< else the last block's own norm is the final one
  bool projects;     ///< of restoration models: linear maps in front of the embedding's norm and behind each group
};
const BlockForm &formOf(Family family);

/// The two linear maps between relative positions and a table of biases, with a relu between them.
struct PositionMlp {
  const char *first, *second; ///< layers, behind that of the attention
  int64_t hidden;
  bool secondBias;
};
/// That of SquashedMlp or PlainMlp.
const PositionMlp &positionMlpOf(BlockForm::Bias bias);

/// Of SquashedMlp: by how much a position of one more token is further away, per axis, for a block's clipped window.
std::array<double, 2> positionSteps(const Stage &stage, Size window);

/// The shape in which the temperatures of CosineAttention are saved.
std::vector<int64_t> logitScaleShape(const BlockForm &form, int64_t heads);

/// What people call the model: the family, or "swinir" or "swin2sr".
std::string modelName(const Spec &spec);

/// The outputs that a restoration model can have.
std::vector<std::string> outputsOf(const Restoration &form);

/// parametersOf, read off the model's graph (GraphBuilder.cpp), which says it once. Sorted by name, each once; none
/// if `spec` is not consistent.
std::vector<Parameter> parametersOfGraph(const Spec &spec, Semantics semantics);

/// The layer that norms the map of a stage (0 ..) where rules say normsMaps.
std::string stageNorm(Semantics semantics, size_t stage);

} // namespace swin::dsl

#endif // SWIN_DSL_RULES_H
