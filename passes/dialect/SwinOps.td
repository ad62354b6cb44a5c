//===- SwinOps.td - the swin ops ------------------------------------------===//
// Two levels share these ops. The graph level is pure: ranked f32 tensors,
// channels last (B x H x W x C), one op per line of the paper. The kernel level
// puts the same ops into the region of `swin.kernel` and calls it with
// `swin.call`. Batch, height and width are dynamic unless the model fixes them;
// channels, heads and windows are static.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_DIALECT_SWINOPS_TD
#define SWIN_PASSES_DIALECT_SWINOPS_TD

include "passes/dialect/ConstantOps.td"
include "passes/dialect/TokenOps.td"
include "passes/dialect/MapOps.td"
include "passes/dialect/WindowOps.td"
include "passes/dialect/ConvolutionOps.td"
include "passes/dialect/ResizeOps.td"
include "passes/dialect/KernelOps.td"

#endif // SWIN_PASSES_DIALECT_SWINOPS_TD
