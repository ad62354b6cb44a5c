//===- KernelChain.cpp - which graph ops one kernel can compute -----------===//
// A small automaton that reads ops from the last to the first. Its states are
// the parts of a kernel; an op it cannot read in its state ends the chain.
//===----------------------------------------------------------------------===//
#include "passes/transforms/KernelChain.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"

using namespace mlir;

namespace swin::passes {
namespace {

/// How many linear maps a chain of rows may have: the rows between two of them
/// live in a buffer of their own.
constexpr int maxLinears = 2;

class ChainReader {
public:
  KernelKind kind() const {
    if (part == Part::Rows || part == Part::Gathered)
      return KernelKind::Tokens;
    return part == Part::Pooled || part == Part::PoolDone ? KernelKind::Pool : KernelKind::Windows;
  }

  /// Whether the ops read so far are a whole kernel.
  bool complete() const { return part != Part::Back && part != Part::Projection && part != Part::Queries; }

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
    Rows,       // chain local to a row
    Gathered,   // patch_embed or patch_merging read: nothing can stand before it
    Back,       // windows: on the map, behind the attention
    Projection, // windows: in windows, behind the attention
    Queries,    // windows: in windows, before the attention
    Front,      // windows: on the map, before the attention
    FrontDone,  // windows: norm read
    Pooled,     // pool: before the reduction
    PoolDone    // pool: norm read
  };

  std::string tryRead(Operation *op) {
    switch (part) {
    case Part::Rows:
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
      return to<WindowAttentionOp>(op, Part::Queries, "only one linear map stands between attention and map");
    case Part::Queries:
      if (isa<LinearOp>(op) && !queried) {
        queried = true;
        return "";
      }
      if (!queried)
        return "a linear map must give the attention its queries, keys and values";
      return to<WindowPartitionOp>(op, Part::Front, "windows must be cut from a map");
    case Part::Front:
      if (isa<PadOp, CyclicShiftOp>(op))
        return "";
      return to<LayerNormOp>(op, Part::FrontDone, "only pad, cyclic_shift and a layer norm stand before the windows");
    case Part::Pooled:
      return to<LayerNormOp>(op, Part::PoolDone, "only a layer norm stands before a reduction over the map");
    case Part::Gathered:
      return "a gather is the first op of a kernel";
    case Part::FrontDone:
    case Part::PoolDone:
      return "a layer norm begins a kernel: it needs whole rows";
    }
    llvm_unreachable("part of a kernel");
  }

  template <typename OpT> std::string to(Operation *op, Part next, const char *otherwise) {
    if (!isa<OpT>(op))
      return otherwise;
    part = next;
    return "";
  }

  std::string readRows(Operation *op) {
    if (isa<ChannelsFirstOp>(op))
      return count == 0 ? "" : "channels_first is the last op of a kernel";
    if (isa<MeanPoolOp>(op)) {
      if (count != linears || linears > 1 || normed)
        return "behind a reduction over the map a kernel has at most one linear map";
      part = Part::Pooled;
      return "";
    }
    if (isa<CropOp, CyclicShiftOp, WindowReverseOp>(op)) {
      if (count != adds || adds > 1)
        return "behind window attention a kernel has at most one add";
      part = isa<WindowReverseOp>(op) ? Part::Projection : Part::Back;
      return "";
    }
    if (isa<PatchEmbedOp, PatchMergingOp>(op)) {
      part = Part::Gathered;
      return "";
    }
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (!isa<LayerNormOp, LinearOp, GeluOp, AddOp>(op) || type.getRank() == 5)
      return "no kind of kernel computes this";
    if (normed)
      return "a layer norm begins a kernel: it needs whole rows";
    if (isa<LinearOp>(op) && linears == maxLinears)
      return "a kernel has at most two linear maps";
    normed |= isa<LayerNormOp>(op);
    linears += isa<LinearOp>(op);
    adds += isa<AddOp>(op);
    return "";
  }

  Part part = Part::Rows;
  int count = 0, linears = 0, adds = 0;
  bool normed = false, projected = false, queried = false;
};

/// The op that would continue the chain through `value`, or null if none can:
/// arguments, constants, results of other kernels and size checks.
Operation *candidate(Value value) {
  Operation *op = value.getDefiningOp();
  return op && isa<DimsOpInterface>(op) && !isa<ParamOp, CheckSizeOp, CallOp>(op) ? op : nullptr;
}

/// Operands along which a chain can go on, best first.
SmallVector<Value, 2> mainOperands(Operation *op) {
  if (isa<AddOp>(op) && op->getOperand(0) != op->getOperand(1))
    return {op->getOperand(0), op->getOperand(1)};
  return {op->getOperand(0)};
}

} // namespace

LogicalResult growChain(Operation *last, MissedFn missed, KernelChain &chain) {
  ChainReader reader;
  chain.ops = {last};
  std::string reason = reader.read(last);
  if (!reason.empty())
    return last->emitOpError("fits no kernel: ") << reason;
  SmallVector<std::pair<Operation *, std::string>> stops;
  for (bool grown = true; grown;) {
    grown = false;
    for (Value operand : mainOperands(chain.ops.back())) {
      Operation *op = candidate(operand);
      if (!op)
        continue;
      if (!operand.hasOneUse()) {
        auto users = std::distance(operand.use_begin(), operand.use_end());
        stops.emplace_back(op, ("its result has " + Twine(users) + " users").str());
        continue;
      }
      reason = grown ? "another operand of the add is already part of the kernel" : reader.read(op);
      if (!reason.empty()) {
        stops.emplace_back(op, reason);
        continue;
      }
      chain.ops.push_back(op);
      grown = true;
    }
  }
  if (!reader.complete()) {
    auto error = last->emitOpError("fits no kernel: the chain of its window attention ends at ")
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
  auto linears = llvm::count_if(chain.ops, llvm::IsaPred<LinearOp>);
  Operation *first = chain.ops.front(), *last = chain.ops.back();
  // What channels_first moves to the second dimension is the channels of its operand.
  Value result = isa<ChannelsFirstOp>(last) ? last->getOperand(0) : last->getResult(0);

  if (chain.kind == KernelKind::Windows) {
    for (Operation *op : chain.ops)
      if (auto attention = dyn_cast<WindowAttentionOp>(op)) {
        auto window = attention.getWindow();
        bool shifted = llvm::any_of(attention.getShift(), [](int64_t shift) { return shift != 0; });
        return "windows_" + channels(result) + "_" + std::to_string(window[0]) + "x" + std::to_string(window[1]) +
               (shifted ? "_shift" : "");
      }
  }
  if (chain.kind == KernelKind::Pool)
    return (linears ? "head_" : "pool_") + channels(result);
  std::string prefix = "tokens_";
  if (isa<PatchEmbedOp>(first))
    prefix = "embed_";
  else if (isa<PatchMergingOp>(first))
    prefix = "merge_";
  else if (linears == 2)
    prefix = "mlp_";
  else if (linears == 1)
    prefix = "linear_";
  else if (llvm::any_of(chain.ops, llvm::IsaPred<LayerNormOp>))
    prefix = "norm_";
  return prefix + channels(result);
}

} // namespace swin::passes
