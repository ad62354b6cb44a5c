//===- ShowAttention.h - what a window's tokens see, as a picture ----------===//
// swin-compile --show attention:WHERE. The weights are never in a library's memory: the reference interpreter computes
// them, and of the graph only what they need.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_COMPILE_SHOWATTENTION_H
#define SWIN_TOOLS_COMPILE_SHOWATTENTION_H

#include "tools/compile/Console.h"
#include "tools/compile/Model.h"
#include "tools/compile/Options.h"

namespace swin::tools {

/// Draws over options.input the weights of the window at options.at, or of the one in the middle, and writes
/// options.out. False: what is wrong was said on the console.
bool showAttention(const Options &options, Model &model, Console &console);

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_SHOWATTENTION_H
