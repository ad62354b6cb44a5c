//===- Fold.cpp - ops that do nothing at a static size --------------------===//
// A folder sees ops that may not be verified yet, so none relies on a constraint.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Swin.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace swin {

static bool hasStaticMap(RankedTensorType type) { return !type.isDynamicDim(1) && !type.isDynamicDim(2); }

static bool isZero(std::optional<ArrayRef<int64_t>> before) {
  return !before || llvm::all_of(*before, [](int64_t tokens) { return tokens == 0; });
}

OpFoldResult PadOp::fold(FoldAdaptor) {
  RankedTensorType type = getInput().getType();
  ArrayRef<int64_t> window = getWindow();
  if (type != getType() || !hasStaticMap(type) || window.size() != 2 || window[0] < 1 || window[1] < 1 ||
      !isZero(getBefore()))
    return {};
  return type.getDimSize(1) % window[0] == 0 && type.getDimSize(2) % window[1] == 0 ? getInput() : Value();
}

OpFoldResult CropOp::fold(FoldAdaptor) {
  RankedTensorType type = getInput().getType();
  bool same = type == getType() && type == getLike().getType() && hasStaticMap(type) && isZero(getBefore());
  return same ? getInput() : Value();
}

// A shift that vanishes at this size stays: the mask of its window_attention vanishes by the
// same rule, and form-kernels compares the two.
OpFoldResult CyclicShiftOp::fold(FoldAdaptor) {
  return getOffsets().size() == 2 && llvm::all_of(getOffsets(), [](int64_t offset) { return offset == 0; }) ? getInput()
                                                                                                            : Value();
}

} // namespace swin
