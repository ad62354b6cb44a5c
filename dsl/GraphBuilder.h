//===- GraphBuilder.h - a spec becomes a graph ----------------------------===//
#ifndef SWIN_DSL_GRAPHBUILDER_H
#define SWIN_DSL_GRAPHBUILDER_H

#include "dsl/Spec.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

namespace swin::dsl {

/// A module with `func.func @forward(%image: tensor<BxCxHxWxf32>)`: one op per line of the
/// paper, whatever the family; constants as swin.param under the names of parametersOf and ops
/// on these (the position MLP); a swin.output per output of the spec in its order. Batch, height
/// and width are dynamic unless the spec fixes them.
/// Each op's location is the NameLoc of its layer ("layers.0.blocks.1.attn").
/// `spec` is consistent (checkSpec, with these semantics). The result is verified; null, with the
/// context's diagnostics saying why, if that fails.
mlir::OwningOpRef<mlir::ModuleOp> buildGraph(const Spec &spec, Semantics semantics, mlir::MLIRContext &context);

} // namespace swin::dsl

#endif // SWIN_DSL_GRAPHBUILDER_H
