//===- LoadWeights.h - tensors of a file against a description ------------===//
#ifndef SWIN_DSL_LOADWEIGHTS_H
#define SWIN_DSL_LOADWEIGHTS_H

#include "dsl/Safetensors.h"
#include "dsl/WeightNames.h"
#include "passes/reference/ConstantStore.h"

namespace swin::dsl {

/// A file whose header was read and whose names were recognised.
struct NamedTensors {
  const std::string &path;
  std::shared_ptr<const MappedFile> file; ///< whose memory the tensors are
  const Tensors &tensors;
  const WeightNames &names;
};

/// See WeightsFile::load.
void loadWeights(const NamedTensors &from, const Spec &spec, Semantics semantics, ref::ConstantStore &store,
                 Diagnostics &diagnostics);

} // namespace swin::dsl

#endif // SWIN_DSL_LOADWEIGHTS_H
