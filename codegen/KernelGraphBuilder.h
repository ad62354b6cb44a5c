//===- KernelGraphBuilder.h - swin.kernel to KernelGraph ------------------===//
// Generic over ops and attributes: a new op of the dialect needs no change here.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_KERNELGRAPHBUILDER_H
#define SWIN_CODEGEN_KERNELGRAPHBUILDER_H

#include "codegen/KernelGraph.h"
#include "passes/dialect/Swin.h"

#include "llvm/Support/Error.h"

namespace swin::codegen {

/// Copies a verified kernel into plain structs: values are numbered arguments
/// first, then results in the order of the ops; op names come without "swin.".
/// Error, with the op's location: an op with another number of results than one,
/// with a region, or with an attribute or type that KernelGraph has no form for.
llvm::Expected<KernelGraph> buildKernelGraph(KernelOp kernel);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_KERNELGRAPHBUILDER_H
