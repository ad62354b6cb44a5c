//===- Interpreter.cpp - the meaning of the dialect -----------------------===//
// Runs a function or a kernel from top to bottom. The places that memory planning
// gives have a meaning too: a value is gone when its slot is written again, and
// reading it then is an error, so that a wrong plan is not equal to a right one.
//===----------------------------------------------------------------------===//
#include "passes/reference/Interpreter.h"

#include "passes/dialect/Swin.h"
#include "passes/reference/Evaluate.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"

#include <cassert>
#include <map>
#include <memory>
#include <optional>
#include <set>

using namespace mlir;

namespace swin::ref {
namespace {

using SharedTensor = std::shared_ptr<const Tensor>;

Tensor widened(const Constant &constant) {
  return {constant.shape, std::vector<double>(constant.data, constant.data + constant.size())};
}

[[maybe_unused]] bool holdsItsShape(const Tensor &tensor) {
  return static_cast<int64_t>(tensor.values.size()) == ShapedType::getNumElements(tensor.shape);
}

/// Values of one block while it runs; each is freed after its last use.
class Values {
public:
  explicit Values(Block &block) {
    for (Operation &op : block)
      for (Value operand : op.getOperands())
        lastUse[operand] = &op;
  }
  void define(Value value, SharedTensor tensor) { tensors[value] = std::move(tensor); }
  SharedTensor find(Value value) const { return tensors.lookup(value); }
  /// What nothing reads behind `op`.
  void release(Operation *op) {
    for (Value operand : op->getOperands())
      if (lastUse.lookup(operand) == op)
        tensors.erase(operand);
    for (Value result : op->getResults())
      if (result.use_empty())
        tensors.erase(result);
  }

private:
  llvm::DenseMap<Value, Operation *> lastUse;
  llvm::DenseMap<Value, SharedTensor> tensors;
};

std::vector<const Tensor *> pointersTo(llvm::ArrayRef<SharedTensor> tensors) {
  std::vector<const Tensor *> pointers;
  for (const SharedTensor &tensor : tensors)
    pointers.push_back(tensor.get());
  return pointers;
}

/// Runs the region of `kernel`. Errors name `layer`, or without one the layer of the op in the kernel.
Result runKernel(KernelOp kernel, const std::string &layer, llvm::ArrayRef<SharedTensor> arguments,
                 unsigned threads = 1) {
  Block &block = kernel.getBody().front();
  Site whole = {kernel, layer};
  if (arguments.size() != block.getNumArguments())
    return whole.refuse("@" + kernel.getSymName() + " has " + llvm::Twine(block.getNumArguments()) +
                        " arguments, but gets " + llvm::Twine(arguments.size()));
  Values values(block);
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    std::string what = "@" + kernel.getSymName().str() + " as argument " + std::to_string(index) + " gets";
    if (llvm::Error error = whole.fits(what.c_str(), argument->shape, block.getArgument(index).getType()))
      return error;
    values.define(block.getArgument(index), argument);
  }
  for (Operation &op : block.without_terminator()) {
    std::vector<SharedTensor> operands;
    for (Value operand : op.getOperands())
      operands.push_back(values.find(operand));
    Result result = evaluate({&op, layer.empty() ? layerOf(&op) : layer, threads}, pointersTo(operands));
    if (!result)
      return result;
    values.define(op.getResult(0), std::make_shared<Tensor>(std::move(*result)));
    values.release(&op);
  }
  return *values.find(block.getTerminator()->getOperand(0));
}

/// One run of @forward.
class Run {
public:
  Run(ModuleOp module, func::FuncOp forward, ConstantStore &store, const OpObserver &observe, unsigned threads)
      : module(module), store(store), observe(observe), threads(threads), block(forward.getBody().front()),
        values(block) {}

  llvm::Expected<NamedTensors> run(const Tensor &image) {
    values.define(block.getArgument(0), std::make_shared<Tensor>(image));
    for (Operation &op : block.without_terminator()) {
      if (llvm::Error error = step({&op, layerOf(&op), threads}))
        return error;
      values.release(&op);
    }
    return std::move(outputs);
  }

private:
  /// Where memory planning put a value.
  struct Place {
    std::optional<int64_t> slot, output;
    int64_t version = 0; ///< of the slot when the value was written
  };

  llvm::Error step(const Site &site) {
    if (auto param = dyn_cast<ParamOp>(site.op)) {
      llvm::Expected<const Constant *> constant = constantOf(site, param);
      return constant ? llvm::Error::success() : constant.takeError();
    }
    std::vector<SharedTensor> operands;
    for (Value operand : site.op->getOperands()) {
      llvm::Expected<SharedTensor> tensor = read(site, operand);
      if (!tensor)
        return tensor.takeError();
      operands.push_back(*tensor);
    }
    if (auto output = dyn_cast<OutputOp>(site.op))
      return emit(site, output, *operands[0]);
    auto call = dyn_cast<CallOp>(site.op);
    Result result = call ? runCall(site, call, operands) : evaluate(site, pointersTo(operands));
    if (!result)
      return result.takeError();
    if (observe)
      if (llvm::Error error = observe(site.op, *result))
        return error;
    values.define(site.op->getResult(0), std::make_shared<Tensor>(std::move(*result)));
    if (isa<CheckSizeOp>(site.op)) // speaks about a value and moves nothing
      if (auto place = places.find(site.op->getOperand(0)); place != places.end())
        places[site.op->getResult(0)] = Place(place->second);
    return llvm::Error::success();
  }

  llvm::Expected<const Constant *> constantOf(const Site &site, ParamOp param) {
    auto shape = cast<RankedTensorType>(param.getType()).getShape();
    std::vector<int64_t> wanted(shape.begin(), shape.end());
    std::string name = param.getName().str();
    const Constant *constant = store.find(name, wanted);
    if (!constant)
      return site.refuse("\"" + name + "\" is not in the constant store");
    if (constant->shape != wanted)
      return site.refuse("\"" + name + "\" is " + shapeText(constant->shape) + " in the constant store, not " +
                         shapeText(wanted));
    return constant;
  }

  /// An operand of `site`. Constants are widened when they are used, not all at once.
  llvm::Expected<SharedTensor> read(const Site &site, Value value) {
    if (auto place = places.find(value); place != places.end() && place->second.slot)
      if (int64_t slot = *place->second.slot; versions[slot] != place->second.version)
        return site.refuse("reads slot " + llvm::Twine(slot) + " after another call has written it");
    if (SharedTensor tensor = values.find(value))
      return tensor;
    auto param = value.getDefiningOp<ParamOp>();
    if (!param)
      return site.refuse("reads a value that nothing has computed");
    llvm::Expected<const Constant *> constant = constantOf({param, layerOf(param)}, param);
    if (!constant)
      return constant.takeError();
    auto tensor = std::make_shared<Tensor>(widened(**constant));
    values.define(value, tensor);
    return tensor;
  }

  Result runCall(const Site &site, CallOp call, llvm::ArrayRef<SharedTensor> operands) {
    auto kernel = module.lookupSymbol<KernelOp>(call.getCallee());
    if (!kernel)
      return site.refuse("@" + call.getCallee() + " is no kernel of the module");
    if (llvm::Error error = write(site, call))
      return error;
    return runKernel(kernel, site.layer, operands, threads);
  }

  /// Takes the place of a call's result. Kernels write while they read, so it cannot be that of an operand.
  llvm::Error write(const Site &site, CallOp call) {
    Place place;
    place.slot = call.getSlot();
    place.output = call.getOutput();
    if (place.slot) {
      for (Value operand : call.getOperands())
        if (auto other = places.find(operand); other != places.end() && other->second.slot == place.slot)
          return site.refuse("writes slot " + llvm::Twine(*place.slot) + " while it reads it");
      place.version = ++versions[*place.slot];
    }
    if (place.output && !writtenOutputs.insert(*place.output).second)
      return site.refuse("writes output " + llvm::Twine(*place.output) + " a second time");
    if (place.slot || place.output)
      places[call.getResult()] = place;
    return llvm::Error::success();
  }

  llvm::Error emit(const Site &site, OutputOp output, const Tensor &tensor) {
    auto number = static_cast<int64_t>(outputs.size());
    if (auto place = places.find(output.getValue()); place != places.end() && place->second.output != number)
      return site.refuse("\"" + output.getName() + "\" is output " + llvm::Twine(number) +
                         ", but its value is not in that buffer");
    outputs.emplace_back(output.getName().str(), tensor);
    return llvm::Error::success();
  }

  ModuleOp module;
  ConstantStore &store;
  const OpObserver &observe;
  unsigned threads;
  Block &block;
  Values values;
  llvm::DenseMap<Value, Place> places;
  std::map<int64_t, int64_t> versions; // of slots: how often each was written
  std::set<int64_t> writtenOutputs;
  NamedTensors outputs;
};

} // namespace

llvm::Expected<NamedTensors> interpret(ModuleOp module, ConstantStore &store, const Tensor &image) {
  return interpret(module, store, image, nullptr, 1);
}

llvm::Expected<NamedTensors> interpret(ModuleOp module, ConstantStore &store, const Tensor &image,
                                       const CallObserver &observe, unsigned threads) {
  if (!observe)
    return interpretOps(module, store, image, nullptr, threads);
  auto calls = [&](Operation *op, const Tensor &result) {
    return isa<CallOp>(op) ? observe(op, result) : llvm::Error::success();
  };
  return interpretOps(module, store, image, calls, threads);
}

llvm::Expected<NamedTensors> interpretOps(ModuleOp module, ConstantStore &store, const Tensor &image,
                                          const OpObserver &observe, unsigned threads) {
  assert(holdsItsShape(image));
  auto forward = module.lookupSymbol<func::FuncOp>("forward");
  if (!forward || !forward.getBody().hasOneBlock() || forward.getNumArguments() != 1 ||
      !isa<RankedTensorType>(forward.getArgumentTypes()[0]))
    return llvm::createStringError("the module has no function @forward of one block and one image");
  if (llvm::Error error = Site{forward, ""}.fits("@forward gets", image.shape, forward.getArgumentTypes()[0]))
    return error;
  return Run(module, forward, store, observe, threads).run(image);
}

llvm::Expected<Tensor> interpretKernel(Operation *kernel, const std::vector<Tensor> &arguments, unsigned threads) {
  assert(llvm::all_of(arguments, holdsItsShape));
  auto op = dyn_cast<KernelOp>(kernel);
  if (!op)
    return Site{kernel, layerOf(kernel)}.refuse("is no kernel");
  std::vector<SharedTensor> shared;
  for (const Tensor &argument : arguments)
    shared.push_back(std::make_shared<Tensor>(argument));
  return runKernel(op, "", shared, threads);
}

FailureOr<Tensor> evaluateOnConstants(Operation *op, const std::vector<Tensor> &operands) {
  Site site = {op, layerOf(op)};
  auto fail = [&](llvm::Error error) {
    op->emitError(llvm::toString(std::move(error)));
    return failure();
  };
  if (operands.size() != op->getNumOperands())
    return fail(site.refuse("has " + llvm::Twine(op->getNumOperands()) + " operands, but gets " +
                            llvm::Twine(operands.size())));
  std::vector<const Tensor *> pointers;
  for (auto [index, operand] : llvm::enumerate(operands)) {
    std::string what = "as operand " + std::to_string(index) + " gets";
    if (llvm::Error error = site.fits(what.c_str(), operand.shape, op->getOperand(index).getType()))
      return fail(std::move(error));
    pointers.push_back(&operand);
  }
  Result result = evaluate(site, pointers);
  if (!result)
    return fail(result.takeError());
  return std::move(*result);
}

} // namespace swin::ref
