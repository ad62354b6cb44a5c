//===- Prefetch.h - constants are asked for before they are read ----------===//
#ifndef SWIN_CODEGEN_PREFETCH_H
#define SWIN_CODEGEN_PREFETCH_H

#include "Halide.h"

#include <string>
#include <utility>
#include <vector>

namespace swin::codegen {

/// A lowering pass. A panel of weights serves the tiles of a block one after the other: it comes from memory for the
/// first of them, faster than memory can give it, and from the second cache for all others. With this, each tile asks
/// for its share of the panel that comes next. Applies to every innermost loop that reads a constant, a cache line or
/// more a step, and lies in loops that read the same again. Changes no value.
class PrefetchConstants : public Halide::Internal::IRMutator {
public:
  /// `inTurn`: where several loops read one constant, one after the other, each asks for what the next one begins with,
  /// which comes sooner than its own next panel.
  explicit PrefetchConstants(bool inTurn) : inTurn(inTurn) {}

private:
  using Halide::Internal::IRMutator::visit;
  Halide::Internal::Stmt visit(const Halide::Internal::LetStmt *op) override;
  Halide::Internal::Stmt visit(const Halide::Internal::For *op) override;

  Halide::Expr prefetchOf(const Halide::Internal::For *loop) const;

  bool inTurn;
  std::vector<const Halide::Internal::For *> loops;       ///< around, from the outside
  std::vector<std::pair<std::string, Halide::Expr>> lets; ///< around, from the outside
};

} // namespace swin::codegen

#endif // SWIN_CODEGEN_PREFETCH_H
