//===- Layers.h - the values of a model's layers ---------------------------===//
// swin-compile --dump-layers and --compare: the graph, before any pass, run by the reference interpreter in double.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_COMPILE_LAYERS_H
#define SWIN_TOOLS_COMPILE_LAYERS_H

#include "tools/compile/Console.h"
#include "tools/compile/Model.h"
#include "tools/compile/Options.h"

namespace swin::tools {

enum class LayersResult {
  Good,
  Differs, ///< a value of the reference is another one here
  Wrong    ///< a file is; said on the console
};

/// Runs the model once. With options.dumpLayers the image (`input`), every named value and the outputs go to that file;
/// with options.compare each value of that file is compared with ours of that name, on its `input`, and what came of it
/// goes to standard output.
LayersResult runLayers(const Options &options, Model &model, Console &console);

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_LAYERS_H
