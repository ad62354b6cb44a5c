//===- ShowAttention.h - what a window's tokens see, as a picture ----------===//
// swin-compile --show attention:WHERE. The weights are never in a library's memory: the reference interpreter computes
// them, and of the graph only what they need.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_COMPILE_SHOWATTENTION_H
#define SWIN_TOOLS_COMPILE_SHOWATTENTION_H

#include "tools/compile/Console.h"
#include "tools/compile/Model.h"
#include "tools/compile/Options.h"

#include <optional>
#include <string>

namespace swin::tools {

/// A block's attention; stages, blocks and heads count from 1.
struct AttentionPlace {
  int stage = 0, block = 0; ///< unless there is a layer
  std::string layer;        ///< its name, "layers.0.blocks.1.attn"
  int head = 0;             ///< 0 = the mean of all
};

/// Reads "attention:stageS.blockB[.headH]" or "attention:LAYER[.headH]".
std::optional<AttentionPlace> attentionPlace(const std::string &show);

/// Draws over options.input the weights of the window at options.at, or of the one in the middle, and writes
/// options.out. False: what is wrong was said on the console.
bool showAttention(const Options &options, Model &model, Console &console);

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_SHOWATTENTION_H
