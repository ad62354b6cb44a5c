//===- Verify.h - sentences that constraints share ------------------------===//
// Inside of the dialect's verifiers. Everything the parser accepts ends in an error
// or is right: arrays of any length, any rank, sizes whose products overflow. A
// function that emits an error returns failure; sizes in types are not negative, or
// dynamic.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_DIALECT_VERIFY_H
#define SWIN_PASSES_DIALECT_VERIFY_H

#include "passes/dialect/Swin.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/Twine.h"

#include <optional>
#include <string>

namespace swin::verify {

using mlir::LogicalResult;
using mlir::Operation;
using mlir::Value;
using Sizes = llvm::ArrayRef<int64_t>;

/// Output channels of a packed weight's panel, and lanes of an expanded bias.
constexpr int64_t panel = 16;
/// No tensor has more elements, at compile time or at run time (32-bit indices in kernels).
constexpr int64_t maxElements = INT32_MAX;
constexpr const char *mapAxes[] = {"batch", "height", "width", "channels"};

Sizes shapeOf(Value value);

/// A size as the user wrote it.
std::string text(int64_t size);

int64_t ceilDiv(int64_t value, int64_t divisor);

/// The product of sizes that are not negative; empty if one is dynamic or it is larger than a tensor can be.
std::optional<int64_t> product(Sizes factors);

/// Tokens of a window that `verifyPair` accepted.
int64_t tokensOf(Sizes window);

/// Shape of the sums that `swin.pack_sums` makes of a weight whose sizes 32 divides.
inline llvm::SmallVector<int64_t, 4> sumsShape(int64_t outputs, int64_t inputs) {
  return {7, outputs / (2 * panel), inputs / 2, panel};
}

/// Entries of the table of relative positions, (2 wh - 1)(2 ww - 1).
int64_t tableRows(Sizes window);

/// Two sizes >= 1 whose window is a tensor's size at most. `what`: "window", "patch".
LogicalResult verifyPair(Operation *op, llvm::StringRef what, Sizes sizes);

/// `before` of pad and crop: absent, or two entries >= 0.
LogicalResult verifyBefore(Operation *op, std::optional<Sizes> before);

/// `factor` of crop and resize: absent, or two numbers of 1 .. 64.
LogicalResult verifyFactor(Operation *op, std::optional<Sizes> factor);

/// A number of 1 .. 64, by which a map grows or into which it is parted.
LogicalResult verifyUpTo64(Operation *op, const llvm::Twine &what, int64_t number);

/// What keeps a division by a deviation finite: greater than 0.
LogicalResult verifyEpsilon(Operation *op, double epsilon);

/// `found` must be `expected`, dynamic where it is dynamic.
LogicalResult verifySize(Operation *op, const llvm::Twine &what, int64_t found, int64_t expected,
                         const llvm::Twine &why = "");

/// Channels, and what else must be known while compiling.
LogicalResult verifyStatic(Operation *op, const llvm::Twine &what, int64_t size);

/// A vector with an entry for each of `of`.
LogicalResult verifyVector(Operation *op, llvm::StringRef what, Value vector, int64_t entries, llvm::StringRef of);

/// A shape of constants: dimension by dimension.
LogicalResult verifyShape(Operation *op, llvm::StringRef what, Sizes found, Sizes expected,
                          const llvm::Twine &why = "");

/// A static `size` along height or width that is multiplied or added to later; `of` is whose it is: "the operand".
LogicalResult verifyExtent(Operation *op, int axis, int64_t size, llvm::StringRef of);

/// The sizes of a result that an op computes from another size on height and width: `sizeOf(axis, size)` of static
/// ones.
LogicalResult verifyMapSizes(Operation *op, Sizes input, Sizes result, llvm::StringRef why,
                             llvm::function_ref<int64_t(int, int64_t)> sizeOf);

/// Heads that divide the result's channels, which must be static.
LogicalResult verifyHeads(Operation *op, int64_t heads, int64_t channels);

} // namespace swin::verify

#endif // SWIN_PASSES_DIALECT_VERIFY_H
