//===- DriverFunctions.cpp - plan, output_shape and run of a model --------===//
// A kernel's buffers are halide_buffer_t structs on the stack of a helper function
// per kernel, so `run` itself needs no stack however deep the model is.
//===----------------------------------------------------------------------===//
#include "passes/transforms/DriverFunctions.h"

#include "passes/transforms/Values.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;

namespace swin::passes {
namespace {

/// halide_type_t of float: code 2, 32 bits, 1 lane.
constexpr int32_t floatType = 2 | 32 << 8 | 1 << 16;

/// Whether activations of a kernel differ in size, so that it is told that of each.
bool hasOwnSizes(KernelOp kernel) {
  return kernel.getKind() == KernelKind::Conv || kernel.getKind() == KernelKind::Map;
}

} // namespace

DriverFunctions::DriverFunctions(ModuleOp module, func::FuncOp forward, std::string prefix, DriverTexts &texts)
    : module(module), forward(forward), prefix(std::move(prefix)), texts(texts), builder(module.getContext()),
      loc(forward.getLoc()), pointer(LLVM::LLVMPointerType::get(module.getContext())), i8(builder.getI8Type()),
      i32(builder.getI32Type()), i64(builder.getI64Type()) {
  for (auto kernel : module.getOps<KernelOp>())
    kernelNames.push_back(kernel.getSymName().str());
  for (auto output : forward.getOps<OutputOp>())
    outputs.push_back(output);
}

std::vector<CallFacts> DriverFunctions::calls() {
  std::vector<CallFacts> result;
  for (auto call : forward.getOps<CallOp>()) {
    result.push_back(
        {call.getCallee().str(), stringifyKernelKind(calleeOf(call).getKind()).str(), layerName(call), {}});
    if (auto digest = call->getAttrOfType<DenseF32ArrayAttr>(digestAttribute))
      result.back().digest = digest.asArrayRef();
  }
  return result;
}

LLVM::LLVMFuncOp DriverFunctions::begin(const std::string &name, ArrayRef<Type> arguments, Type result) {
  builder.setInsertionPointToEnd(module.getBody());
  auto function = LLVM::LLVMFuncOp::create(builder, loc, prefix + "_driver_" + name,
                                           LLVM::LLVMFunctionType::get(result ? result : i32, arguments));
  builder.setInsertionPointToStart(function.addEntryBlock(builder));
  return function;
}

Value DriverFunctions::address(Value base, Value bytes) {
  return LLVM::GEPOp::create(builder, loc, pointer, i8, base, ArrayRef<LLVM::GEPArg>{bytes});
}

Value DriverFunctions::bad(arith::CmpIPredicate predicate, Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, predicate, a, b);
}

//===----------------------------------------------------------------------===//
// output_shape
//===----------------------------------------------------------------------===//

void DriverFunctions::emitOutputShape() {
  auto function = begin("output_shape", {i32, i64, i64, i64, pointer});
  Value which = function.getArgument(0), n = function.getArgument(1), h = function.getArgument(2),
        w = function.getArgument(3), shape = function.getArgument(4);
  Block *entry = builder.getInsertionBlock();
  Block *impossible = builder.createBlock(&function.getBody(), function.getBody().end());
  LLVM::ReturnOp::create(builder, loc, LLVM::ConstantOp::create(builder, loc, i32, -1));

  builder.setInsertionPointToEnd(entry);
  auto plan = module.lookupSymbol<LLVM::LLVMFuncOp>(prefix + "_driver_plan");
  Value one = LLVM::ConstantOp::create(builder, loc, i64, 1);
  Value bytes = LLVM::AllocaOp::create(builder, loc, pointer, i64, one);
  Value why = LLVM::AllocaOp::create(builder, loc, pointer, pointer, one);
  Value status = LLVM::CallOp::create(builder, loc, plan, ValueRange{n, h, w, bytes, why}).getResult();
  Block *possible = builder.createBlock(impossible);
  builder.setInsertionPointToEnd(entry);
  Value zero = LLVM::ConstantOp::create(builder, loc, i32, 0);
  LLVM::CondBrOp::create(builder, loc, LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, status, zero),
                         possible, ValueRange{}, impossible, ValueRange{});

  builder.setInsertionPointToEnd(possible);
  DriverSizes sizes(builder, forward, n, h, w);
  for (Operation &op : forward.getBody().front())
    sizes.add(&op);
  SmallVector<int32_t> numbers;
  SmallVector<Block *> cases;
  for (auto [number, output] : llvm::enumerate(outputs)) {
    OpBuilder::InsertionGuard guard(builder);
    numbers.push_back(static_cast<int32_t>(number));
    cases.push_back(builder.createBlock(impossible));
    ArrayRef<Value> dims = sizes.dims(output.getValue());
    for (auto [index, size] : llvm::enumerate(dims)) {
      Value place =
          LLVM::GEPOp::create(builder, loc, pointer, i64, shape, ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
      LLVM::StoreOp::create(builder, loc, size, place);
    }
    Value rank = LLVM::ConstantOp::create(builder, loc, i32, static_cast<int64_t>(dims.size()));
    LLVM::ReturnOp::create(builder, loc, rank);
  }
  LLVM::SwitchOp::create(builder, loc, which, impossible, ValueRange{}, numbers, cases,
                         SmallVector<ValueRange>(cases.size()));
}

//===----------------------------------------------------------------------===//
// run
//===----------------------------------------------------------------------===//

void DriverFunctions::emitRun(const WeightLayout &layout) {
  llvm::StringMap<LLVM::LLVMFuncOp> callers;
  for (auto [number, name] : llvm::enumerate(kernelNames))
    callers[name] = emitCaller(module.lookupSymbol<KernelOp>(name), static_cast<int64_t>(number));
  LLVM::LLVMFuncOp marker = emitMark();

  auto function = begin("run", {pointer, pointer, pointer, pointer, pointer, pointer, i64, i64, i64, pointer});
  Value context = function.getArgument(0), kernels = function.getArgument(1), weights = function.getArgument(2),
        input = function.getArgument(3), arena = function.getArgument(4), caller = function.getArgument(5);
  Block *entry = builder.getInsertionBlock();
  Block *finish = builder.createBlock(&function.getBody(), function.getBody().end(), {i32}, {loc});
  LLVM::ReturnOp::create(builder, loc, finish->getArgument(0));
  builder.setInsertionPointToEnd(entry);

  DriverSizes sizes(builder, forward, function.getArgument(6), function.getArgument(7), function.getArgument(8));
  for (Operation &op : forward.getBody().front())
    sizes.add(&op);
  SmallVector<Value> offsets = slotOffsets(sizes);
  llvm::DenseMap<Value, Value> places;
  places[forward.getArgument(0)] = input;
  auto narrow = [&](Value value) -> Value { return arith::TruncIOp::create(builder, loc, i32, value); };
  int64_t stamp = 0;
  auto mark = [&] {
    Value number = LLVM::ConstantOp::create(builder, loc, i32, stamp++);
    LLVM::CallOp::create(builder, loc, marker, ValueRange{function.getArgument(9), context, number});
  };

  for (auto call : forward.getOps<CallOp>()) {
    KernelOp kernel = calleeOf(call);
    Value result;
    if (call.getOutput()) {
      Value slot = LLVM::GEPOp::create(builder, loc, pointer, pointer, caller,
                                       ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(*call.getOutput())});
      result = LLVM::LoadOp::create(builder, loc, pointer, slot);
    } else {
      result = address(arena, offsets[*call.getSlot()]);
    }
    places[call.getResult()] = result;

    SmallVector<Value> arguments = {context, kernels};
    for (Value size : sizes.kernelSize(storageOf(call.getOperand(0))))
      arguments.push_back(narrow(size));
    for (Value shift : sizes.shift(call))
      arguments.push_back(narrow(shift));
    auto activations = static_cast<size_t>(kernel.getActivations());
    if (hasOwnSizes(kernel))
      for (Value operand : call.getOperands().take_front(activations).drop_front())
        for (std::array<Value, 3> all = sizes.kernelSize(storageOf(operand)); Value size : llvm::drop_begin(all))
          arguments.push_back(narrow(size));
    for (auto [index, operand] : llvm::enumerate(call.getOperands())) {
      Value value = storageOf(operand);
      if (index < activations) {
        arguments.push_back(places.lookup(value));
        arguments.push_back(narrow(sizes.elements(value, false)));
      } else {
        int64_t offset = layout.find(value.getDefiningOp<ParamOp>().getName())->offset;
        arguments.push_back(address(weights, sizes.constant(offset)));
      }
    }
    arguments.push_back(result);
    arguments.push_back(narrow(sizes.elements(call.getResult(), kernel.getDense())));

    mark();
    Value status = LLVM::CallOp::create(builder, loc, callers[call.getCallee()], arguments).getResult();
    mark();
    Value good = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, status,
                                      LLVM::ConstantOp::create(builder, loc, i32, 0));
    Block *current = builder.getInsertionBlock(), *next = builder.createBlock(finish);
    builder.setInsertionPointToEnd(current);
    LLVM::CondBrOp::create(builder, loc, good, next, ValueRange{}, finish, ValueRange{status});
    builder.setInsertionPointToEnd(next);
  }
  LLVM::ReturnOp::create(builder, loc, LLVM::ConstantOp::create(builder, loc, i32, 0));
}

LLVM::LLVMFuncOp DriverFunctions::emitMark() {
  auto nothing = LLVM::LLVMVoidType::get(module.getContext());
  auto function = begin("mark", {pointer, pointer, i32}, nothing);
  function.setLinkage(LLVM::Linkage::Internal);
  Value mark = function.getArgument(0);
  Block *entry = builder.getInsertionBlock(), *finish = builder.createBlock(&function.getBody(), function.end());
  LLVM::ReturnOp::create(builder, loc, ValueRange{});
  Block *wanted = builder.createBlock(finish);
  LLVM::CallOp::create(builder, loc, LLVM::LLVMFunctionType::get(nothing, {pointer, i32}),
                       ValueRange{mark, function.getArgument(1), function.getArgument(2)});
  LLVM::BrOp::create(builder, loc, finish);
  builder.setInsertionPointToEnd(entry);
  Value isWanted =
      LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::ne, mark, LLVM::ZeroOp::create(builder, loc, pointer));
  LLVM::CondBrOp::create(builder, loc, isWanted, wanted, ValueRange{}, finish, ValueRange{});
  return function;
}

LLVM::LLVMFuncOp DriverFunctions::emitCaller(KernelOp kernel, int64_t number) {
  auto activations = static_cast<size_t>(kernel.getActivations());
  size_t numbers = 5 + (hasOwnSizes(kernel) ? 2 * (activations - 1) : 0);
  SmallVector<Type> types = {pointer, pointer};
  types.append(numbers, i32);
  size_t operands = kernel.getBody().front().getNumArguments();
  for (size_t i = 0; i <= operands; ++i) {
    types.push_back(pointer);
    if (i < activations || i == operands)
      types.push_back(i32);
  }
  auto function = begin("call_" + kernel.getSymName().str(), types);
  function.setLinkage(LLVM::Linkage::Internal);

  auto buffer =
      LLVM::LLVMStructType::getLiteral(module.getContext(), {i64, pointer, pointer, i64, i32, i32, pointer, pointer});
  auto dimension = LLVM::LLVMArrayType::get(i32, 4); // min, extent, stride, flags
  Value one64 = LLVM::ConstantOp::create(builder, loc, i64, 1);
  Value zero = LLVM::ConstantOp::create(builder, loc, i32, 0), one = LLVM::ConstantOp::create(builder, loc, i32, 1);
  Value zero64 = LLVM::ConstantOp::create(builder, loc, i64, 0), null = LLVM::ZeroOp::create(builder, loc, pointer);
  Value type = LLVM::ConstantOp::create(builder, loc, i32, floatType);
  auto store = [&](Value base, Type of, ArrayRef<Value> fields) {
    for (auto [index, field] : llvm::enumerate(fields)) {
      Value place =
          LLVM::GEPOp::create(builder, loc, pointer, of, base, ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(index)});
      LLVM::StoreOp::create(builder, loc, field, place);
    }
  };

  SmallVector<Value> arguments = {function.getArgument(0)};
  auto next = static_cast<unsigned>(2 + numbers);
  llvm::append_range(arguments, function.getArguments().slice(2, numbers));
  for (size_t i = 0; i <= operands; ++i) {
    Value host = function.getArgument(next++), extent;
    if (i < activations || i == operands) {
      extent = function.getArgument(next++);
    } else {
      auto constant = cast<RankedTensorType>(kernel.getBody().getArgument(i).getType());
      extent = LLVM::ConstantOp::create(builder, loc, i32, (constant.getNumElements() + 15) / 16 * 16);
    }
    Value place = LLVM::AllocaOp::create(builder, loc, pointer, buffer, one64, /*alignment=*/16);
    Value dims = LLVM::AllocaOp::create(builder, loc, pointer, dimension, one64, /*alignment=*/16);
    store(dims, dimension, {zero, extent, one, zero});
    store(place, buffer, {zero64, null, host, zero64, type, one, dims, null});
    arguments.push_back(place);
  }
  Value slot = LLVM::GEPOp::create(builder, loc, pointer, pointer, function.getArgument(1),
                                   ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(number)});
  Value callee = LLVM::LoadOp::create(builder, loc, pointer, slot);
  SmallVector<Type> kernelTypes;
  SmallVector<Value> indirect = {callee};
  for (Value argument : arguments) {
    kernelTypes.push_back(argument.getType());
    indirect.push_back(argument);
  }
  auto call = LLVM::CallOp::create(builder, loc, LLVM::LLVMFunctionType::get(i32, kernelTypes), indirect);
  LLVM::ReturnOp::create(builder, loc, call.getResult());
  return function;
}

} // namespace swin::passes
