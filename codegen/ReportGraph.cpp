//===- ReportGraph.cpp - what a report says of the module -----------------===//
#include "codegen/ReportGraph.h"

#include "passes/dialect/Swin.h"
#include "passes/reference/Evaluate.h"
#include "passes/reference/Layers.h"
#include "passes/transforms/Values.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <set>

using namespace mlir;

namespace swin::codegen {
namespace {

constexpr int64_t ofImage = -1;

/// The number that reportGraph gave a location, or null.
IntegerAttr numberOf(Location location) {
  auto fused = dyn_cast<FusedLoc>(location);
  return fused ? dyn_cast_or_null<IntegerAttr>(fused.getMetadata()) : IntegerAttr();
}

Location numbered(Location location, int64_t number) {
  Builder builder(location.getContext());
  return FusedLoc::get(builder.getContext(), {location}, builder.getI64IntegerAttr(number));
}

std::set<int64_t> numbersIn(Location location) {
  std::set<int64_t> numbers;
  location->walk([&](Location part) {
    if (IntegerAttr number = numberOf(part))
      numbers.insert(number.getInt());
    return WalkResult::advance();
  });
  return numbers;
}

/// "?x?x?x96".
std::string typeText(RankedTensorType type) {
  std::string text;
  for (int64_t size : type.getShape())
    text += (text.empty() ? "" : "x") + (ShapedType::isDynamic(size) ? "?" : std::to_string(size));
  return text;
}

/// Names of the params that a constant is made of.
void addParameters(Value constant, std::vector<std::string> &names) {
  llvm::SmallSetVector<Operation *, 8> open;
  open.insert(constant.getDefiningOp());
  for (size_t next = 0; next < open.size(); ++next) {
    if (auto param = dyn_cast<ParamOp>(open[next]))
      names.push_back(param.getName().str());
    for (Value operand : open[next]->getOperands())
      open.insert(operand.getDefiningOp());
  }
}

/// Why `op` would be in no kernel, if that can be said of it alone; else "".
std::string whyGone(Operation *op) {
  if (isa<CheckSizeOp>(op))
    return "it checks a size before the run and computes nothing";
  SmallVector<OpFoldResult> folded;
  return succeeded(op->fold(folded)) && !folded.empty() ? "it changes nothing at this size" : "";
}

/// Says of each op without a call why it has none.
void sayWhyGone(std::vector<CompileReport::GraphOp> &graph) {
  std::vector<bool> isRead(graph.size(), false);
  for (size_t i = graph.size(); i-- > 0;) {
    CompileReport::GraphOp &op = graph[i];
    bool isGone = !op.call;
    if (isGone && op.why.empty())
      op.why = isRead[i] ? "it is the same as another op" : "only its size is read";
    if (!isGone)
      op.why.clear();
    for (auto [place, operand] : llvm::enumerate(op.operands))
      if (operand != ofImage && (!isGone || isRead[i]) && static_cast<int64_t>(place) != op.sizeOperand)
        isRead[operand] = true;
  }
}

/// Index of the call whose memory `value` is; that of the image is -1.
class CallNumbers {
public:
  explicit CallNumbers(func::FuncOp forward) {
    for (auto [number, call] : llvm::enumerate(forward.getOps<CallOp>()))
      numbers[call.getResult()] = static_cast<int64_t>(number);
  }
  int64_t of(Value value) const {
    auto found = numbers.find(passes::storageOf(value));
    return found == numbers.end() ? ofImage : found->second;
  }

private:
  llvm::DenseMap<Value, int64_t> numbers;
};

void reportArena(func::FuncOp forward, const Work &work, CompileReport &report) {
  CallNumbers numbers(forward);
  for (auto [number, call] : llvm::enumerate(forward.getOps<CallOp>())) {
    auto index = static_cast<int64_t>(number);
    for (Value operand : call.getOperands())
      for (CompileReport::Life &life : report.lives)
        if (life.call == numbers.of(operand))
          life.to = index;
    if (!call.getSlot())
      continue;
    auto slot = static_cast<size_t>(*call.getSlot());
    int64_t bytes = llvm::alignTo(work.calls[number].resultBytes, passes::slotAlignment);
    report.lives.push_back({index, static_cast<int64_t>(slot), bytes, index, index});
    report.slots.resize(std::max(report.slots.size(), slot + 1));
    report.slots[slot].bytes = std::max(report.slots[slot].bytes, bytes);
  }
  for (CompileReport::Slot &slot : report.slots) {
    slot.offset = report.arenaBytes;
    report.arenaBytes += slot.bytes;
  }
  if (report.slots.empty()) // as the driver's plan says
    report.arenaBytes = passes::slotAlignment;
}

} // namespace

void reportGraph(const Work &work, CompileReport &report) {
  llvm::DenseMap<Value, int64_t> numbers;
  llvm::DenseMap<Value, std::string> names;
  if (!work.ops.empty())
    for (auto &[name, value] : ref::namedValues(work.ops.front().op->getParentOfType<func::FuncOp>()))
      names[value] = name;
  for (const OpWork &each : work.ops) {
    Operation *op = each.op;
    Value result = op->getResult(0);
    if (passes::isConstant(result))
      continue;
    CompileReport::GraphOp entry;
    entry.op = op->getName().stripDialect();
    entry.layer = ref::layerOf(op);
    entry.name = names.lookup(result);
    OpOperand *size = passes::sizeOperand(op);
    for (OpOperand &operand : op->getOpOperands()) {
      if (isa<BlockArgument>(operand.get()) || !passes::isConstant(operand.get())) {
        if (size == &operand)
          entry.sizeOperand = static_cast<int64_t>(entry.operands.size());
        auto known = numbers.find(operand.get());
        entry.operands.push_back(known == numbers.end() ? ofImage : known->second);
      } else {
        addParameters(operand.get(), entry.parameters);
      }
    }
    entry.shape = each.shape;
    entry.type = typeText(passes::typeOf(result));
    entry.macs = each.macs;
    entry.why = whyGone(op);
    auto number = static_cast<int64_t>(report.graph.size());
    numbers[result] = number;
    op->setLoc(numbered(op->getLoc(), number));
    report.graph.push_back(std::move(entry));
  }
}

void reportOrigins(ModuleOp graph, CompileReport &report) {
  auto forward = graph.lookupSymbol<func::FuncOp>("forward");
  for (auto call : forward.getOps<CallOp>()) {
    auto index = static_cast<int64_t>(report.calls.size());
    std::set<int64_t> numbers = numbersIn(call.getLoc());
    for (int64_t number : numbers)
      if (!report.graph[number].call)
        report.graph[number].call = index;
    report.calls.emplace_back().ops.assign(numbers.begin(), numbers.end());
    // Of several layers a call is that of its result, the first one.
    if (auto fused = dyn_cast<FusedLoc>(call.getLoc()); fused && !numberOf(fused))
      call->setLoc(fused.getLocations().front());
  }
  sayWhyGone(report.graph);
  AttrTypeReplacer replacer;
  replacer.addReplacement([](FusedLoc location) -> std::optional<Attribute> {
    return numberOf(location) ? std::optional<Attribute>(location.getLocations().front()) : std::nullopt;
  });
  replacer.recursivelyReplaceElementsIn(graph, /*replaceAttrs=*/false, /*replaceLocs=*/true);
}

void reportCalls(ModuleOp graph, const Work &work, CompileReport &report) {
  auto forward = graph.lookupSymbol<func::FuncOp>("forward");
  CallNumbers numbers(forward);
  SmallVector<OutputOp> outputs(forward.getOps<OutputOp>());
  for (auto [call, done, entry] : llvm::zip_equal(forward.getOps<CallOp>(), work.calls, report.calls)) {
    entry.kernel = done.kernel;
    entry.kind = stringifyKernelKind(graph.lookupSymbol<KernelOp>(call.getCallee()).getKind());
    entry.layer = passes::layerName(call);
    entry.work = done;
    for (Value operand : call.getOperands())
      if (!operand.getDefiningOp<ParamOp>())
        entry.reads.push_back(numbers.of(operand));
    if (call.getSlot())
      entry.slot = static_cast<int64_t>(*call.getSlot());
    if (call.getOutput())
      entry.output = outputs[*call.getOutput()].getName();
  }
  reportArena(forward, work, report);
  for (auto [output, shape] : llvm::zip_equal(outputs, work.outputs))
    report.outputs.push_back({shape.name, numbers.of(output.getValue()), shape.shape});
}

} // namespace swin::codegen
