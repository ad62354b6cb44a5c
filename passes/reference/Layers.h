//===- Layers.h - values of a graph by name --------------------------------===//
// The outputs of all layers of a run, named so that another library's can be laid beside them.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_REFERENCE_LAYERS_H
#define SWIN_PASSES_REFERENCE_LAYERS_H

#include "passes/reference/Interpreter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace swin::ref {

/// The results of a graph's ops that depend on the image, in order, with names that are unique: the result of the last
/// op of a layer is called as the layer is (`layers.0.blocks.1.attn.proj`; of a block's two halves, `...attn` and
/// `...mlp`, that is the sum with what went past them), one before it `LAYER:OP`
/// (`layers.0.blocks.1.attn:window_attention`), a second one of that op `LAYER:OP.2`.
std::vector<std::pair<std::string, mlir::Value>> namedValues(mlir::func::FuncOp forward);

/// Called with each of them as soon as it is known; an error of it ends the run.
using LayerObserver = std::function<llvm::Error(const std::string &name, const Tensor &value)>;

/// interpret(), observed. Values that nothing reads any more are freed on the way.
llvm::Expected<NamedTensors> interpretLayers(mlir::ModuleOp module, ConstantStore &store, const Tensor &image,
                                             const LayerObserver &observe, unsigned threads);

} // namespace swin::ref

#endif // SWIN_PASSES_REFERENCE_LAYERS_H
