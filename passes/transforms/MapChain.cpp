//===- MapChain.cpp - which graph ops one kernel of maps can compute ------===//
// An op between two kernels could stand in either. One on single tokens belongs behind
// the convolution before it, where its operand is in a register; what makes a map larger
// or puts maps together in front of the one behind, where it is an address.
//===----------------------------------------------------------------------===//
#include "passes/transforms/MapChain.h"

#include "passes/transforms/Values.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace swin::passes {
namespace {

/// Whether a padded map is cut into windows, which then pad by themselves.
bool isCutIntoWindows(Value map) {
  return llvm::any_of(map.getUsers(), [](Operation *user) {
    return isa<WindowPartitionOp>(user) || (isa<CyclicShiftOp>(user) && isCutIntoWindows(user->getResult(0)));
  });
}

/// Ops that move tokens of maps, windows apart.
bool isGather(Operation *op) {
  if (isa<PadOp>(op))
    return !isCutIntoWindows(op->getResult(0));
  if (isa<CropOp, CyclicShiftOp>(op))
    return !movesWindows(op);
  return isa<ChannelsLastOp, ReflectPadOp, ResizeOp, ConcatOp, PixelShuffleOp>(op);
}

/// The maps whose values `op` reads, best first for what stands behind a convolution.
SmallVector<Value, 2> mapsOf(Operation *op) {
  if (isa<ConcatOp>(op) || (isa<AddOp>(op) && op->getOperand(0) != op->getOperand(1)))
    return SmallVector<Value, 2>(op->getOperands());
  return {op->getOperand(0)};
}

/// The op that makes `value` for its one reader alone, or null.
Operation *makerOf(Value value) { return value.hasOneUse() ? continuation(value) : nullptr; }

/// Where channels come first nothing can follow.
bool isOutput(Operation *op) { return llvm::all_of(op->getUsers(), llvm::IsaPred<OutputOp>); }

/// What can stand behind a convolution, read from the end: the address of the store turns channels into pixels once,
/// then cuts once.
class StoreOps {
public:
  /// Whether `op` can stand before those read so far.
  bool read(Operation *op) {
    if (isPointwise(op))
      return true;
    if (isa<ChannelsFirstOp>(op))
      return isOutput(op);
    if (isa<PixelShuffleOp>(op) && !shuffled)
      return shuffled = true;
    if (isa<CropOp>(op) && isGather(op) && !shuffled && !cropped)
      return cropped = true;
    return false;
  }

private:
  bool shuffled = false, cropped = false;
};

/// Whether `is` holds of an op that leads to `last` by ops which `reader` reads, each read by the next one alone.
template <typename Reader> bool leads(Operation *last, Reader reader, llvm::function_ref<bool(Operation *)> is) {
  SmallVector<std::pair<Operation *, Reader>> open = {{last, reader}};
  while (!open.empty()) {
    auto [op, state] = open.pop_back_val();
    if (is(op))
      return true;
    if (!state.read(op))
      continue;
    for (Value operand : mapsOf(op))
      if (Operation *maker = makerOf(operand))
        open.emplace_back(maker, state);
  }
  return false;
}

/// Elementwise ops and, last, the layout of an output.
struct Elementwise {
  bool read(Operation *op) { return isPointwise(op) || (isa<ChannelsFirstOp>(op) && isOutput(op)); }
};

bool leadsToConvolution(Operation *last, StoreOps behind) { return leads(last, behind, isConvolution); }

bool followsGather(Operation *op) {
  return leads(op, Elementwise(), [](Operation *maker) { return isGather(maker) || isa<AdaptivePoolOp>(maker); });
}

/// Grows a kernel of maps from its end.
class MapGrower {
public:
  MapGrower(MissedFn missed, KernelChain &chain) : missed(missed), chain(chain) {}

  void growConvolution(Operation *op) {
    StoreOps behind;
    while (!isConvolution(op)) {
      take(op);
      behind.read(op);
      Operation *next = nullptr;
      for (Value operand : mapsOf(op)) {
        Operation *maker = continuation(operand);
        if (maker && !next && operand.hasOneUse() && leadsToConvolution(maker, behind))
          next = maker;
        else if (maker)
          missed(maker,
                 operand.hasOneUse() ? "another operand of the add is already part of the kernel" : manyUsers(operand));
      }
      op = next;
    }
    take(op);
    gather(op->getOperand(0), /*resized=*/false);
  }

  void growMap(Operation *op) {
    while (true) {
      take(op);
      if (isa<AdaptivePoolOp>(op)) {
        if (Operation *maker = continuation(op->getOperand(0)))
          missed(maker, poolFirst);
        return;
      }
      if (isGather(op) || isa<AddOp>(op))
        break;
      op = makerOf(op->getOperand(0));
    }
    for (Value operand : mapsOf(op))
      gather(operand, /*resized=*/isa<ResizeOp>(op));
  }

private:
  static std::string manyUsers(Value value) { return "its result has " + usersOf(value); }

  void take(Operation *op) {
    chain.ops.push_back(op);
    shifted |= isa<CyclicShiftOp>(op);
    // The size of the image: the kernel reads no pixel of it.
    if (OpOperand *size = sizeOperand(op))
      if (auto image = size->get().getDefiningOp<ChannelsLastOp>(); image && size->get().hasOneUse())
        chain.ops.push_back(image);
  }

  /// Takes the tree of ops that make `value`; `resized` if it is interpolated on its way.
  void gather(Value value, bool resized) {
    SmallVector<std::pair<Value, bool>> open = {{value, resized}};
    while (!open.empty()) {
      auto [read, below] = open.pop_back_val();
      if (Operation *checked = makerBehindCheck(read))
        missed(checked, checkBetween);
      Operation *op = continuation(read);
      if (!op)
        continue;
      std::string reason = read.hasOneUse() ? whyNotGathered(op, below) : manyUsers(read);
      if (!reason.empty()) {
        missed(op, reason);
        continue;
      }
      take(op);
      for (Value operand : mapsOf(op))
        open.emplace_back(operand, below || isa<ResizeOp>(op));
    }
  }

  std::string whyNotGathered(Operation *op, bool resized) const {
    if (isConvolution(op))
      return "a kernel has at most one convolution";
    if (isa<AdaptivePoolOp>(op))
      return poolFirst;
    if (isa<ResizeOp>(op) && resized)
      return "tokens between those of a map would be computed once for each that is made of them";
    if (isa<CyclicShiftOp>(op) && isGather(op) && shifted)
      return "a kernel has one shift";
    if (isa<AddPositionOp>(op))
      return "a position embedding is no part of what is in front of a convolution";
    if (!isGather(op) && !isPointwise(op))
      return "what is in front of a convolution only moves tokens or changes each alone";
    if (isa<AddOp>(op) && llvm::any_of(op->getOperands(), isGathered))
      return "";
    if (!isa<PadOp, ReflectPadOp, ResizeOp, ConcatOp, CyclicShiftOp>(op) && followsConvolution(op))
      return "it belongs behind the convolution before it";
    if (isPointwise(op) && followsRows(op))
      return "it belongs behind the rows before it";
    return "";
  }

  /// Whether `value` is a map that only the reader's kernel need know.
  static bool isGathered(Value value) {
    Operation *op = makerOf(value);
    return op && followsGather(op) && !followsConvolution(op) && !followsRows(op);
  }

  static constexpr const char *poolFirst = "adaptive_pool is the first op of a kernel";

  MissedFn missed;
  KernelChain &chain;
  bool shifted = false;
};

std::string pair(ArrayRef<int64_t> sizes) { return std::to_string(sizes[0]) + "x" + std::to_string(sizes[1]); }

} // namespace

bool movesWindows(Operation *op) {
  while (true) {
    auto crop = dyn_cast_or_null<CropOp>(op);
    if (crop ? timesLike(crop.getFactor()) != std::array<int64_t, 2>{1, 1} : !isa_and_nonnull<CyclicShiftOp>(op))
      return isa_and_nonnull<WindowReverseOp>(op);
    op = op->getOperand(0).getDefiningOp();
  }
}

bool followsConvolution(Operation *op) { return leadsToConvolution(op, {}); }

bool followsRows(Operation *op) {
  return leads(op, Elementwise(), [](Operation *maker) {
    return isa<LinearOp, LayerNormOp, PatchEmbedOp, PatchMergingOp, MeanPoolOp>(maker) || movesWindows(maker);
  });
}

std::optional<KernelKind> mapKindOf(Operation *last) {
  if (followsConvolution(last))
    return KernelKind::Conv;
  if (!followsRows(last) && followsGather(last))
    return KernelKind::Map;
  return std::nullopt;
}

void growMapChain(Operation *last, KernelKind kind, MissedFn missed, KernelChain &chain) {
  MapGrower grower(missed, chain);
  if (kind == KernelKind::Conv)
    grower.growConvolution(last);
  else
    grower.growMap(last);
  // Of a sum whose summands are other kernels' nothing but elementwise ops is left.
  bool rows = llvm::all_of(chain.ops, [](Operation *op) { return isPointwise(op) || isa<ChannelsFirstOp>(op); });
  chain.kind = rows ? KernelKind::Tokens : kind;
  llvm::sort(chain.ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
}

LogicalResult checkMapChain(const KernelChain &chain) {
  for (Operation *op : chain.ops) {
    if (isa<ChannelsLastOp>(op) && !isa<BlockArgument>(op->getOperand(0)))
      return op->emitOpError("is the address of a read from the image, so its operand must be the image itself");
    if (auto conv = dyn_cast<Conv2dOp>(op); conv && conv.getGroups().value_or(1) != 1)
      return op->emitOpError("has ") << *conv.getGroups()
                                     << " groups, but kernels have one; run swin-fold-constants first";
  }
  return success();
}

std::string describeMapChain(const KernelChain &chain) {
  auto channels = [](Value value) { return std::to_string(cast<RankedTensorType>(value.getType()).getShape().back()); };
  Operation *last = chain.ops.back();
  Value result = isa<ChannelsFirstOp>(last) ? last->getOperand(0) : last->getResult(0);
  if (chain.kind == KernelKind::Map) {
    for (Operation *op : llvm::reverse(chain.ops)) {
      if (auto pool = dyn_cast<AdaptivePoolOp>(op))
        return "pool_" + pair(pool.getSize()) + "_" + channels(result);
      if (isa<ConcatOp>(op))
        return "concat_" + channels(result);
      if (isa<ResizeOp>(op))
        return "resize_" + channels(result);
    }
    return "map_" + channels(result);
  }
  std::string name, suffix;
  for (Operation *op : chain.ops) {
    if (auto conv = dyn_cast<Conv2dOp>(op))
      name = "conv_" + pair(conv.getKernel()) + "_" + channels(conv.getResult());
    else if (auto depthwise = dyn_cast<DepthwiseConv2dOp>(op))
      name = "depthwise_" + pair(depthwise.getKernel()) + "_" + channels(depthwise.getResult());
    else if (auto shuffle = dyn_cast<PixelShuffleOp>(op); shuffle && !name.empty())
      suffix += "_up" + std::to_string(shuffle.getFactor());
    else if (isa<AddOp>(op) && !name.empty())
      suffix += "_add";
  }
  return name + suffix;
}

} // namespace swin::passes
