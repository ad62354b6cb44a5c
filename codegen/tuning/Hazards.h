//===- Hazards.h - arguments that are hard on kernels ---------------------===//
#ifndef SWIN_CODEGEN_TUNING_HAZARDS_H
#define SWIN_CODEGEN_TUNING_HAZARDS_H

#include "codegen/KernelGraph.h"
#include "codegen/tuning/Problem.h"
#include "passes/reference/Interpreter.h"

#include <cstdint>
#include <vector>

namespace swin::tuning {

/// Arguments for a kernel at a size: values that are hard on norms and softmax (rows with a large mean, rows of equal
/// numbers), the same for the same seed.
std::vector<ref::Tensor> hazards(const codegen::KernelGraph &graph, const CallSize &size, unsigned seed = 1);

/// Makes 0 of a constant what swin.pack makes 0: the weights of output channels that its op does not have.
void clearUnused(const codegen::KernelGraph &graph, int argument, float *values);

/// Of a constant's values: sums of products come out near 1.
double usualScale(const std::vector<int64_t> &shape);

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_HAZARDS_H
