//===- GraphWeights.h - values of a graph's tensors -----------------------===//
#ifndef SWIN_DSL_GRAPHWEIGHTS_H
#define SWIN_DSL_GRAPHWEIGHTS_H

#include "dsl/Graph.h"
#include "passes/reference/ConstantStore.h"

#include <vector>

namespace swin::dsl {

/// Puts every parameter into `store`: the tensor of its name in a safetensors file, a view of the mapped file where the
/// type is F32, else a copy. Each missing, misshapen or mistyped tensor becomes an error (the first 20), and so does
/// one that holds NaN or infinity. A note says what else of numbers is in the file.
void loadNamedWeights(const std::string &path, const std::vector<GraphParameter> &parameters, ref::ConstantStore &store,
                      Diagnostics &diagnostics);

/// Fills the store by the rule of docs/Numbers.md ("Synthetic weights").
void addSyntheticWeights(const std::vector<GraphParameter> &parameters, ref::ConstantStore &store);

} // namespace swin::dsl

#endif // SWIN_DSL_GRAPHWEIGHTS_H
