//===- Rules.h - what the sources of weights do differently ---------------===//
// The table of docs/Numbers.md as data. Everything that depends on a source and is no
// matter of window and shift (Geometry.cpp) stands here.
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_RULES_H
#define SWIN_DSL_RULES_H

#include "dsl/Spec.h"

#include <string>

namespace swin::dsl {

struct Rules {
  bool padsImage;      ///< the image is padded to whole patches, else the rest is dropped
  bool roundsMapsUp;   ///< maps of later stages are ceil(n/2) of the one before, else floor
  bool rollsFirst;     ///< shift, then pad; else pad, then shift
  bool needsWindows;   ///< maps that windows do not divide and odd maps before merging are rejected
  bool needsOneWindow; ///< maps smaller than the window are rejected
  bool isBackbone;     ///< outputs are maps of stages with a norm of their own, channels first; there is no head
};

const Rules &rulesOf(Semantics semantics);

/// The layer that norms the map of a stage (0 ..) where rules say isBackbone.
std::string stageNorm(Semantics semantics, size_t stage);

} // namespace swin::dsl

#endif // SWIN_DSL_RULES_H
