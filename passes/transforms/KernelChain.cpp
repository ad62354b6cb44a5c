//===- KernelChain.cpp - which graph ops one kernel can compute -----------===//
// A small automaton that reads ops from the last to the first. Its states are
// the parts of a kernel; an op it cannot read in its state ends the chain.
//===----------------------------------------------------------------------===//
#include "passes/transforms/KernelChain.h"

#include "passes/transforms/MapChain.h"
#include "passes/transforms/Values.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace swin::passes {
namespace {

/// How many linear maps a chain of rows may have: the rows between two of them
/// live in a buffer of their own.
constexpr int maxLinears = 2;

/// Whether `op`, which moves tokens back from windows, moves what a linear map of the windows gave.
bool movesProjection(Operation *op) {
  while (isa_and_nonnull<CropOp, CyclicShiftOp, WindowReverseOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return isa_and_nonnull<LinearOp>(op);
}

/// Whether one of the summands of `op` is a layer norm that nothing else reads.
bool addsNorm(AddOp op) {
  return llvm::any_of(op->getOperands(),
                      [](Value summand) { return summand.hasOneUse() && summand.getDefiningOp<LayerNormOp>(); });
}

class ChainReader {
public:
  KernelKind kind() const {
    if (part <= Part::Gathered)
      return KernelKind::Tokens;
    return part >= Part::Pooled ? KernelKind::Pool : KernelKind::Windows;
  }

  /// Whether the ops read so far are a whole kernel.
  bool complete() const { return part < Part::Back || part > Part::Mixed; }

  /// Reads the op before those read so far. Empty if it can be part of the kernel,
  /// else the reason why not; nothing changes then.
  std::string read(Operation *op) {
    std::string reason = tryRead(op);
    if (reason.empty())
      ++count;
    return reason;
  }

private:
  // In the order in which they are read, from the end of a kernel to its front.
  enum class Part {
    Rows,       // behind all norms and linear maps
    Normed,     // norm behind the maps read
    Sum,        // add between two such norms read
    Maps,       // linear map read
    Front,      // norm in front of the maps read
    Gathered,   // patch_embed or patch_merging read: nothing can stand before it
    Back,       // windows: on the map, behind the attention
    Projection, // windows: in windows, behind the attention
    Queries,    // windows: in windows, before the attention
    Mixed,      // windows: token_mixing read
    Map,        // windows: on the map, before the attention
    MapDone,    // windows: norm read
    Pooled,     // pool: before the reduction
    PoolDone    // pool: norm read
  };

  std::string tryRead(Operation *op) {
    switch (part) {
    case Part::Rows:
    case Part::Normed:
    case Part::Sum:
    case Part::Maps:
    case Part::Front:
      return readRows(op);
    case Part::Back:
      if (isa<CropOp, CyclicShiftOp>(op))
        return "";
      return to<WindowReverseOp>(op, Part::Projection, "windows must be put back into the map");
    case Part::Projection:
      if (isa<LinearOp>(op) && !projected) {
        projected = true;
        return "";
      }
      if (isa<TokenMixingOp>(op))
        return projected ? "no linear map stands between token_mixing and map" : enter(Part::Mixed);
      return to<WindowAttentionOp>(op, Part::Queries, "only one linear map stands between attention and map");
    case Part::Queries:
      if (isa<LinearOp>(op) && !queried) {
        queried = true;
        return "";
      }
      if (!queried)
        return "a linear map must give the attention its queries, keys and values";
      return to<WindowPartitionOp>(op, Part::Map, "windows must be cut from a map");
    case Part::Mixed:
      return to<WindowPartitionOp>(op, Part::Map, "token_mixing must read windows cut from a map");
    case Part::Map:
      if (isa<PadOp, CyclicShiftOp>(op))
        return "";
      return to<LayerNormOp>(op, Part::MapDone, "only pad, cyclic_shift and a layer norm stand before the windows");
    case Part::Pooled:
      return to<LayerNormOp>(op, Part::PoolDone, "only a layer norm stands before a reduction over the map");
    case Part::Gathered:
      return "a gather is the first op of a kernel";
    case Part::MapDone:
    case Part::PoolDone:
      return normFirst;
    }
    llvm_unreachable("part of a kernel");
  }

  std::string enter(Part next) {
    part = next;
    return "";
  }
  template <typename OpT> std::string to(Operation *op, Part next, const char *otherwise) {
    return isa<OpT>(op) ? enter(next) : otherwise;
  }

  std::string readRows(Operation *op) {
    if (isa<ChannelsFirstOp>(op))
      return count == 0 ? "" : "channels_first is the last op of a kernel";
    if (isa<MeanPoolOp>(op)) {
      if (count != linears || linears > 1)
        return "behind a reduction over the map a kernel has at most one linear map";
      return enter(Part::Pooled);
    }
    if (movesWindows(op)) {
      if (count != adds + norms || adds > 1 || norms > 1)
        return "behind windows a kernel has at most one layer norm and one add";
      if (norms > 0 && !movesProjection(op))
        return "a layer norm behind windows needs a linear map within them";
      return enter(isa<WindowReverseOp>(op) ? Part::Projection : Part::Back);
    }
    if (isa<PatchEmbedOp, PatchMergingOp>(op))
      return part == Part::Sum ? normBetween : enter(Part::Gathered);
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (isa<BatchNormOp>(op))
      return "swin-fold-constants makes an affine map of it";
    if ((!isa<LayerNormOp, LinearOp>(op) && !isPointwise(op)) || type.getRank() == 5)
      return "no kind of kernel computes this";
    if (isPointwise(op) && followsConvolution(op))
      return "it belongs behind the convolution before it";
    if (part == Part::Front)
      return normFirst;
    if (isa<LayerNormOp>(op))
      return readNorm();
    if (isa<LinearOp>(op)) {
      if (linears == maxLinears)
        return "a kernel has at most two linear maps";
      if (part == Part::Sum)
        return normBetween;
      ++linears;
      return enter(Part::Maps);
    }
    if (part == Part::Normed || part == Part::Sum) {
      auto sum = dyn_cast<AddOp>(op);
      if (part == Part::Sum || norms > 1 || !sum || !addsNorm(sum))
        return normBetween;
      part = Part::Sum;
    }
    adds += isa<AddOp>(op);
    return "";
  }

  std::string readNorm() {
    if (part == Part::Normed)
      return normBetween;
    if (part == Part::Maps)
      return enter(Part::Front);
    ++norms;
    return enter(Part::Normed);
  }

  static constexpr const char *normFirst = "a layer norm begins a kernel: it needs whole rows";
  static constexpr const char *normBetween = "a layer norm stands behind a linear map or a gather, or begins a kernel";

  Part part = Part::Rows;
  int count = 0, linears = 0, adds = 0;
  int norms = 0; ///< behind the maps
  bool projected = false, queried = false;
};

/// Operands along which a chain can go on, best first.
SmallVector<Value, 2> mainOperands(Operation *op) {
  if (isa<AddOp>(op) && op->getOperand(0) != op->getOperand(1))
    return {op->getOperand(0), op->getOperand(1)};
  return {op->getOperand(0)};
}

} // namespace

Operation *continuation(Value value) {
  Operation *op = value.getDefiningOp();
  return isa_and_nonnull<DimsOpInterface>(op) && !isa<CheckSizeOp, CallOp>(op) && !isConstant(value) ? op : nullptr;
}

Operation *makerBehindCheck(Value value) {
  return value.getDefiningOp<CheckSizeOp>() ? continuation(storageOf(value)) : nullptr;
}

LogicalResult growChain(Operation *last, MissedFn missed, KernelChain &chain) {
  if (std::optional<KernelKind> kind = mapKindOf(last)) {
    growMapChain(last, *kind, missed, chain);
    return success();
  }
  ChainReader reader;
  chain.ops = {last};
  std::string reason = reader.read(last);
  if (!reason.empty())
    return last->emitOpError("fits no kernel: ") << reason;
  SmallVector<std::pair<Operation *, std::string>> stops;
  // A sum may read the op that its other summand begins with.
  auto stop = [&](Operation *op, const std::string &why) {
    if (!llvm::is_contained(stops, std::pair(op, why)))
      stops.emplace_back(op, why);
  };
  for (bool grown = true; grown;) {
    grown = false;
    for (Value operand : mainOperands(chain.ops.back())) {
      if (Operation *checked = makerBehindCheck(operand))
        stop(checked, checkBetween);
      Operation *op = continuation(operand);
      if (!op)
        continue;
      if (!operand.hasOneUse()) {
        stop(op, "its result has " + usersOf(operand));
        continue;
      }
      reason = grown ? "another operand of the add is already part of the kernel" : reader.read(op);
      if (!reason.empty()) {
        stop(op, reason);
        continue;
      }
      chain.ops.push_back(op);
      grown = true;
    }
  }
  if (!reader.complete()) {
    auto error = last->emitOpError("fits no kernel: the chain of its windows ends at ")
                 << chain.ops.back()->getName().getStringRef();
    for (const auto &[op, why] : stops)
      error.attachNote(op->getLoc()) << op->getName().getStringRef() << " is not part of it: " << why;
    return error;
  }
  for (const auto &[op, why] : stops)
    missed(op, why);
  chain.kind = reader.kind();
  std::reverse(chain.ops.begin(), chain.ops.end());
  return success();
}

std::string describeChain(const KernelChain &chain) {
  auto channels = [](Value value) {
    auto type = cast<RankedTensorType>(value.getType());
    return std::to_string(type.getDimSize(type.getRank() - 1));
  };
  if (chain.kind == KernelKind::Conv || chain.kind == KernelKind::Map)
    return describeMapChain(chain);
  auto count = [&](auto is) { return llvm::count_if(chain.ops, is); };
  auto linears = count(llvm::IsaPred<LinearOp>), norms = count(llvm::IsaPred<LayerNormOp>);
  Operation *first = chain.ops.front(), *last = chain.ops.back();
  // What channels_first moves to the second dimension is the channels of its operand.
  Value result = isa<ChannelsFirstOp>(last) ? last->getOperand(0) : last->getResult(0);

  if (chain.kind == KernelKind::Windows) {
    std::string window;
    bool shifted = false;
    auto isNot0 = [](int64_t tokens) { return tokens != 0; };
    for (Operation *op : chain.ops) {
      if (auto partition = dyn_cast<WindowPartitionOp>(op))
        window = std::to_string(partition.getWindow()[0]) + "x" + std::to_string(partition.getWindow()[1]);
      else if (auto pad = dyn_cast<PadOp>(op))
        shifted |= llvm::any_of(tokensInFront(pad.getBefore()), isNot0);
      else if (auto shift = dyn_cast<CyclicShiftOp>(op))
        shifted |= llvm::any_of(shift.getOffsets(), isNot0);
    }
    return (count(llvm::IsaPred<TokenMixingOp>) ? "mixing_" : "windows_") + channels(result) + "_" + window +
           (shifted ? "_shift" : "");
  }
  if (chain.kind == KernelKind::Pool)
    return (linears ? "head_" : "pool_") + channels(result);
  std::string prefix = "tokens_", suffix;
  if (isa<PatchEmbedOp>(first))
    prefix = "embed_";
  else if (isa<PatchMergingOp>(first))
    prefix = "merge_";
  else if (linears == 2)
    prefix = "mlp_";
  else if (linears == 1)
    prefix = "linear_";
  else if (norms > 0)
    prefix = "norm_";
  // The sum of a residual connection, normed once more.
  if (auto norm = result.getDefiningOp<LayerNormOp>(); norm && norms > 1 && norm.getInput().getDefiningOp<AddOp>())
    suffix = "_norm";
  return prefix + channels(result) + suffix;
}

} // namespace swin::passes
