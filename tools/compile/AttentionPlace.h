//===- AttentionPlace.h - which attention is meant -------------------------===//
#ifndef SWIN_TOOLS_COMPILE_ATTENTIONPLACE_H
#define SWIN_TOOLS_COMPILE_ATTENTIONPLACE_H

#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <vector>

namespace swin::tools {

/// A block's attention; stages, blocks and heads count from 1.
struct AttentionPlace {
  int stage = 0, block = 0; ///< unless there is a layer
  std::string layer;        ///< its name, "layers.0.blocks.1.attn"
  int head = 0;             ///< 0 = the mean of all
};

/// Reads "attention:stageS.blockB[.headH]" or "attention:LAYER[.headH]".
std::optional<AttentionPlace> attentionPlace(const std::string &show);

/// The numbers among the parts of a layer's name: 0 and 1 of "layers.0.blocks.1.attn".
std::vector<int> numbersIn(llvm::StringRef layer);

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_ATTENTIONPLACE_H
