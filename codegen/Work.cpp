//===- Work.cpp - shapes and multiply-adds of a model at one size ---------===//
// The ops' own size formulas (DimsOpInterface), evaluated with constants.
//===----------------------------------------------------------------------===//
#include "codegen/Work.h"

#include "passes/reference/Evaluate.h"
#include "passes/transforms/Values.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

using namespace mlir;

namespace swin::codegen {
namespace {

using Sizes = SmallVector<int64_t>;

int64_t product(llvm::ArrayRef<int64_t> factors) {
  int64_t result = 1;
  for (int64_t factor : factors)
    result *= factor;
  return result;
}

class Evaluator {
public:
  Evaluator(ModuleOp module, Work &work)
      : module(module), work(work), scratch(ModuleOp::create(UnknownLoc::get(module.getContext()))),
        builder(OpBuilder::atBlockEnd(scratch->getBody())) {
    module.getContext()->loadDialect<arith::ArithDialect>();
  }

  llvm::Error evaluate(Block &block, int64_t &macs) {
    for (Operation &op : block) {
      if (auto output = dyn_cast<OutputOp>(op)) {
        work.outputs.push_back(
            {output.getName().str(), layoutOf(output.getValue()),
             std::vector<int64_t>(sizes[output.getValue()].begin(), sizes[output.getValue()].end())});
        continue;
      }
      if (auto call = dyn_cast<CallOp>(op)) {
        if (llvm::Error error = evaluateCall(call, macs))
          return error;
        continue;
      }
      if (auto sized = dyn_cast<DimsOpInterface>(op)) {
        if (llvm::Error error = evaluateSizes(sized))
          return error;
        const Sizes &result = sizes[op.getResult(0)];
        int64_t own = product(result) * passes::macsPerElement(&op);
        macs += own;
        if (isa<func::FuncOp>(op.getParentOp()))
          work.ops.push_back({&op, {result.begin(), result.end()}, own});
        work.irregular += isIrregular(&op);
        work.isRefused |= isRefused(&op);
        if (auto partition = dyn_cast<WindowPartitionOp>(op))
          takeWindows(partition.getInput(), partition.getWindow());
        else if (auto pad = dyn_cast<ReflectPadOp>(op))
          takeWindows(pad.getInput(), pad.getWindow());
      }
    }
    return llvm::Error::success();
  }

  /// Of a kernel whose arguments' sizes are set.
  llvm::Expected<CallWork> evaluateKernel(KernelOp kernel) {
    Block &body = kernel.getBody().front();
    CallWork done;
    done.kernel = kernel.getSymName().str();
    for (Value argument : body.getArguments().take_front(kernel.getActivations()))
      done.activations.emplace_back(sizes[argument].begin(), sizes[argument].end());
    if (llvm::Error error = evaluate(body, done.macs))
      return error;
    done.shift = shiftOf(body);
    const Sizes &result = sizes[cast<YieldOp>(body.getTerminator()).getValue()];
    done.result.assign(result.begin(), result.end());
    return done;
  }

  void setSizes(Value value, llvm::ArrayRef<int64_t> known) { sizes[value] = Sizes(known); }
  void setImage(Value value, Sizes known) { image = sizes[value] = std::move(known); }

private:
  llvm::Error evaluateCall(CallOp call, int64_t &macs) {
    auto kernel = module.lookupSymbol<KernelOp>(call.getCallee());
    for (auto [argument, operand] : llvm::zip(kernel.getBody().getArguments(), call.getOperands())) {
      Sizes known = sizes[operand];
      sizes[argument] = std::move(known);
    }
    auto done = evaluateKernel(kernel);
    if (!done)
      return done.takeError();
    sizes[call.getResult()] = Sizes(done->result.begin(), done->result.end());
    countBytes(call, kernel, *done);
    KernelWork &sum = work.kernels[done->kernel];
    ++sum.calls;
    sum.macs += done->macs;
    sum.bytes += done->bytes;
    macs += done->macs;
    work.calls.push_back(std::move(*done));
    return llvm::Error::success();
  }

  /// What the driver's plan and work say in run-time arithmetic (passes/transforms/DriverWork.cpp).
  void countBytes(CallOp call, KernelOp kernel, CallWork &done) {
    constexpr int64_t floatBytes = sizeof(float);
    auto bytesOf = [&](Value value, bool dense) {
      Sizes dims = sizes[value];
      if (!dense && !isa<BlockArgument>(value)) // of the image rows are not padded
        dims.back() = llvm::alignTo(dims.back(), passes::panel);
      return product(dims) * floatBytes;
    };
    int64_t read = 0;
    for (auto [argument, operand] : llvm::zip(kernel.getBody().getArguments(), call.getOperands())) {
      if (!passes::isRead(argument))
        continue;
      if (operand.getDefiningOp<ParamOp>())
        done.weightsBytes += llvm::alignTo(passes::typeOf(operand).getNumElements(), passes::panel) * floatBytes;
      else
        read += bytesOf(passes::storageOf(operand), false);
    }
    done.resultBytes = bytesOf(call.getResult(), kernel.getDense());
    done.bytes = read + done.weightsBytes + done.resultBytes;
  }

  /// The shift of the first op that has one: all of a kernel have the same.
  std::array<int64_t, 2> shiftOf(Block &body) {
    auto shifts = body.getOps<CyclicShiftOp>();
    return shifts.empty() ? std::array<int64_t, 2>{0, 0} : effectiveShift(*shifts.begin());
  }

  std::array<int64_t, 2> effectiveShift(CyclicShiftOp shift) {
    const Sizes &map = sizes[shift.getInput()];
    return ref::effectiveShift(shift.getOffsets(), shift.getWindow(), shift.getUnlessCovered(), {map[1], map[2]});
  }

  llvm::Error evaluateSizes(DimsOpInterface op) {
    scratch->getBody()->clear();
    builder.setInsertionPointToEnd(scratch->getBody());
    llvm::DenseMap<Value, Attribute> known;
    SmallVector<SmallVector<Value>> operands;
    for (Value operand : op->getOperands()) {
      SmallVector<Value> dims;
      for (int64_t size : sizes[operand])
        dims.push_back(arith::ConstantIntOp::create(builder, op->getLoc(), size, 64));
      operands.push_back(std::move(dims));
    }
    SmallVector<Value> results = op.buildResultDims(builder, operands);
    for (Operation &step : *scratch->getBody()) {
      SmallVector<Attribute> inputs;
      for (Value input : step.getOperands())
        inputs.push_back(known.lookup(input));
      SmallVector<OpFoldResult> folded;
      if (failed(step.fold(inputs, folded)) || folded.size() != 1)
        continue; // a size that needs it is reported below
      auto value = dyn_cast<Value>(folded[0]);
      known[step.getResult(0)] = value ? known.lookup(value) : cast<Attribute>(folded[0]);
    }
    Sizes &own = sizes[op->getResult(0)];
    own.clear();
    for (Value result : results) {
      auto size = dyn_cast_or_null<IntegerAttr>(known.lookup(result));
      if (!size)
        return llvm::createStringError("the size of " + op->getName().getStringRef() + " is no formula of the image's");
      own.push_back(size.getInt());
    }
    return llvm::Error::success();
  }

  bool isIrregular(Operation *op) {
    auto differs = [&](Value map, llvm::ArrayRef<int64_t> unit, size_t height) {
      return sizes[map][height] % unit[0] != 0 || sizes[map][height + 1] % unit[1] != 0;
    };
    return llvm::TypeSwitch<Operation *, bool>(op)
        .Case<PadOp>([&](auto pad) { return sizes[pad.getResult()] != sizes[pad.getInput()]; })
        .Case<ReflectPadOp>([&](auto pad) { return differs(pad.getInput(), pad.getWindow(), 1); })
        .Case<PatchEmbedOp>([&](auto embed) { return differs(embed.getImage(), embed.getPatch(), 2); })
        .Case<PatchMergingOp>([&](auto merging) { return differs(merging.getInput(), {2, 2}, 1); })
        .Case<CyclicShiftOp>([&](auto shift) { return effectiveShift(shift) != std::array<int64_t, 2>{0, 0}; })
        .Default(false);
  }

  bool isRefused(Operation *op) {
    bool isEmpty = llvm::any_of(sizes[op->getResult(0)], [](int64_t size) { return size < 1; });
    auto check = dyn_cast<CheckSizeOp>(op);
    return isEmpty || (check && llvm::any_of(std::array{0, 1}, [&](int axis) {
                         int64_t size = sizes[check.getInput()][1 + axis];
                         return size < check.getMin()[axis] || size % check.getMultiple()[axis] != 0 ||
                                (check.getMax() && size > (*check.getMax())[axis]);
                       }));
  }

  void takeWindows(Value map, llvm::ArrayRef<int64_t> window) {
    if (image.empty()) // a kernel alone
      return;
    for (size_t axis : {0, 1}) {
      // Padding makes a map a little larger than the image divided by what a token covers.
      int64_t size = std::max<int64_t>(sizes[map][axis + 1], 1),
              pixels = std::max<int64_t>((image[axis + 2] + size / 2) / size, 1);
      work.multiple[axis] = std::lcm(work.multiple[axis], window[axis] * pixels);
    }
  }

  /// Whether channels come first is decided by the op that made the value.
  std::string layoutOf(Value value) {
    Value made = value;
    while (true) {
      if (auto check = made.getDefiningOp<CheckSizeOp>()) {
        made = check.getInput();
      } else if (auto call = made.getDefiningOp<CallOp>()) {
        auto kernel = module.lookupSymbol<KernelOp>(call.getCallee());
        made = cast<YieldOp>(kernel.getBody().front().getTerminator()).getValue();
      } else {
        break;
      }
    }
    if (cast<RankedTensorType>(value.getType()).getRank() == 4)
      return made.getDefiningOp<ChannelsFirstOp>() ? "NCHW" : "NHWC";
    return made.getDefiningOp<LinearOp>() ? "NK" : "NC";
  }

  ModuleOp module;
  Work &work;
  OwningOpRef<ModuleOp> scratch;
  OpBuilder builder;
  llvm::DenseMap<Value, Sizes> sizes;
  Sizes image; ///< N, C, H, W
};

} // namespace

llvm::Expected<Work> measureWork(ModuleOp module, int64_t n, int64_t h, int64_t w) {
  auto forward = module.lookupSymbol<func::FuncOp>("forward");
  if (!forward || forward.getNumArguments() != 1)
    return llvm::createStringError("there is no @forward of one image");
  Value image = forward.getArgument(0);
  Work work;
  Evaluator evaluator(module, work);
  evaluator.setImage(image, {n, cast<RankedTensorType>(image.getType()).getDimSize(1), h, w});
  if (llvm::Error error = evaluator.evaluate(forward.getBody().front(), work.macs))
    return error;
  return work;
}

llvm::Expected<CallWork> measureCall(ModuleOp module, const std::vector<std::vector<int64_t>> &activations) {
  auto kernels = module.getOps<KernelOp>();
  if (kernels.empty())
    return llvm::createStringError("there is no kernel in the module");
  KernelOp kernel = *kernels.begin();
  Work work;
  Evaluator evaluator(module, work);
  for (auto [index, argument] : llvm::enumerate(kernel.getBody().getArguments())) {
    llvm::ArrayRef<int64_t> declared = passes::typeOf(argument).getShape(), shape = declared;
    if (index < static_cast<size_t>(kernel.getActivations()) && index < activations.size())
      shape = activations[index];
    bool fits = shape.size() == declared.size() && llvm::all_of(llvm::zip(shape, declared), [](auto pair) {
                  auto [size, known] = pair;
                  return size > 0 && (ShapedType::isDynamic(known) || size == known);
                });
    if (!fits)
      return llvm::createStringError("@" + kernel.getSymName() + " has no argument " + llvm::Twine(index) +
                                     " of the shape " + ref::shapeText(shape));
    evaluator.setSizes(argument, shape);
  }
  return evaluator.evaluateKernel(kernel);
}

} // namespace swin::codegen
