//===- WeightLayout.h - where each constant lies in the weights -----------===//
// Shared by the driver, which adds offsets to the address of the weights, and by
// packaging, which writes them.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_TRANSFORMS_WEIGHTLAYOUT_H
#define SWIN_PASSES_TRANSFORMS_WEIGHTLAYOUT_H

#include "mlir/IR/BuiltinOps.h"

#include <cstdint>
#include <string>
#include <vector>

namespace swin::passes {

/// One constant: `elements` values of f32 from the store, then zeros up to `bytes`
/// (whole groups of 16 floats), at `offset` bytes from the beginning.
struct WeightPlace {
  std::string name;
  std::vector<int64_t> shape;
  int64_t elements = 0;
  int64_t offset = 0; ///< multiple of 64
  int64_t bytes = 0;  ///< multiple of 64
};

struct WeightLayout {
  std::vector<WeightPlace> places; ///< by offset, without gaps
  int64_t bytes = 0;
  /// The place of `name`, or null.
  const WeightPlace *find(std::string_view name) const;
};

/// Places the params of @forward in the order of their first appearance, each name
/// once. Empty if there is no @forward.
WeightLayout layoutWeights(mlir::ModuleOp module);

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_WEIGHTLAYOUT_H
