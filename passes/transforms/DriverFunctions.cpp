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

using arith::CmpIPredicate;

/// Product of batch, height and width that is looked at at all; keeps what follows
/// from overflowing i64.
constexpr int64_t maxPixels = int64_t(1) << 40;
/// A kernel counts the elements of a buffer in int32.
constexpr int64_t maxElements = (int64_t(1) << 31) - 1;
/// halide_type_t of float: code 2, 32 bits, 1 lane.
constexpr int32_t floatType = 2 | 32 << 8 | 1 << 16;

std::string times(llvm::ArrayRef<int64_t> sizes) { return std::to_string(sizes[0]) + " x " + std::to_string(sizes[1]); }

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

LLVM::LLVMFuncOp DriverFunctions::begin(const std::string &name, ArrayRef<Type> arguments) {
  builder.setInsertionPointToEnd(module.getBody());
  auto function =
      LLVM::LLVMFuncOp::create(builder, loc, prefix + "_driver_" + name, LLVM::LLVMFunctionType::get(i32, arguments));
  builder.setInsertionPointToStart(function.addEntryBlock(builder));
  return function;
}

Value DriverFunctions::address(Value base, Value bytes) {
  return LLVM::GEPOp::create(builder, loc, pointer, i8, base, ArrayRef<LLVM::GEPArg>{bytes});
}

Value DriverFunctions::bad(CmpIPredicate predicate, Value a, Value b) {
  return arith::CmpIOp::create(builder, loc, predicate, a, b);
}

//===----------------------------------------------------------------------===//
// plan
//===----------------------------------------------------------------------===//

void DriverFunctions::emitPlan() {
  auto function = begin("plan", {i64, i64, i64, pointer, pointer});
  Value n = function.getArgument(0), h = function.getArgument(1), w = function.getArgument(2);
  rejected = new Block;
  function.getBody().push_back(rejected);
  rejected->addArgument(pointer, loc);

  rejectImage(n, h, w);
  DriverSizes sizes(builder, forward, n, h, w);
  reject(bad(CmpIPredicate::sgt, sizes.elements(forward.getArgument(0), true), sizes.constant(maxElements)),
         "the input has 2^31 or more values; use a smaller batch or image");
  for (Operation &op : forward.getBody().front()) {
    sizes.add(&op);
    if (isa<CallOp, CheckSizeOp>(op))
      rejectMap(&op, sizes);
  }
  Value bytes = slotOffsets(sizes).back();
  LLVM::StoreOp::create(builder, loc, bytes, function.getArgument(3));
  LLVM::ReturnOp::create(builder, loc, LLVM::ConstantOp::create(builder, loc, i32, 0));

  builder.setInsertionPointToEnd(rejected);
  LLVM::StoreOp::create(builder, loc, rejected->getArgument(0), function.getArgument(4));
  LLVM::ReturnOp::create(builder, loc, LLVM::ConstantOp::create(builder, loc, i32, 1));
}

void DriverFunctions::reject(Value bad, const std::string &why) {
  Value text = texts.address(builder, loc, why);
  Block *next = builder.createBlock(rejected);
  builder.setInsertionPointToEnd(next->getPrevNode());
  LLVM::CondBrOp::create(builder, loc, bad, rejected, ValueRange{text}, next, ValueRange{});
  builder.setInsertionPointToEnd(next);
}

void DriverFunctions::rejectImage(Value n, Value h, Value w) {
  auto constant = [&](int64_t value) -> Value { return arith::ConstantIntOp::create(builder, loc, value, 64); };
  reject(bad(CmpIPredicate::slt, n, constant(1)), "the batch must be at least 1");
  reject(bad(CmpIPredicate::slt, h, constant(1)), "the image's height must be at least 1");
  reject(bad(CmpIPredicate::slt, w, constant(1)), "the image's width must be at least 1");
  // Division instead of products: nothing is known of the sizes yet.
  std::string large = "the input is too large: batch x height x width is more than 2^40";
  reject(bad(CmpIPredicate::sgt, n, constant(maxPixels)), large);
  reject(bad(CmpIPredicate::sgt, h, arith::DivUIOp::create(builder, loc, constant(maxPixels), n)), large);
  Value rows = arith::MulIOp::create(builder, loc, n, h);
  reject(bad(CmpIPredicate::sgt, w, arith::DivUIOp::create(builder, loc, constant(maxPixels), rows)), large);

  auto type = cast<RankedTensorType>(forward.getArgument(0).getType());
  std::pair<int64_t, Value> fixed[] = {{0, n}, {2, h}, {3, w}};
  const char *names[] = {"batch", "", "height", "width"};
  for (auto [dimension, value] : fixed)
    if (int64_t size = type.getDimSize(dimension); !ShapedType::isDynamic(size))
      reject(bad(CmpIPredicate::ne, value, constant(size)),
             std::string("this library is compiled for ") + names[dimension] + " " + std::to_string(size) + " only");
}

void DriverFunctions::rejectMap(Operation *op, DriverSizes &sizes) {
  if (auto check = dyn_cast<CheckSizeOp>(op)) {
    rejectSize(op, check.getInput(), check.getMin(), check.getMultiple(), check.getMax(), sizes);
    return;
  }
  auto call = cast<CallOp>(op);
  KernelOp kernel = calleeOf(call);
  // Only these two can give an empty map or need more of a size than that it is one.
  for (Operation &inner : kernel.getBody().front().without_terminator()) {
    if (auto embed = dyn_cast<PatchEmbedOp>(inner); embed && !embed.getPad())
      for (int axis : {1, 2})
        reject(bad(CmpIPredicate::slt, sizes.dims(embed.getResult())[axis], sizes.constant(1)),
               "the image is smaller than one patch of " + times(embed.getPatch()) + " pixels");
    if (auto partition = dyn_cast<WindowPartitionOp>(inner); partition && !partition.getInput().getDefiningOp<PadOp>())
      rejectSize(op, partition.getInput(), {1, 1}, partition.getWindow(), std::nullopt, sizes);
  }
  reject(bad(CmpIPredicate::sgt, sizes.elements(call.getResult(), kernel.getDense()), sizes.constant(maxElements)),
         "the input is too large: the result of " + layerName(op) + " would have 2^31 or more values");
}

void DriverFunctions::rejectSize(Operation *op, Value map, ArrayRef<int64_t> min, ArrayRef<int64_t> multiple,
                                 std::optional<ArrayRef<int64_t>> max, DriverSizes &sizes) {
  SmallVector<Value> dims(sizes.dims(map));
  auto pixels = sizes.pixelsPerToken(map);
  std::string unit = " tokens";
  if (pixels[0] * pixels[1] == 1)
    unit = " pixels";
  else if (pixels[0] > 0)
    unit += "; one token is " + times(pixels) + " pixels of the image";
  bool exact = max == min;
  for (int axis : {0, 1}) {
    if (min[axis] > 1)
      reject(bad(CmpIPredicate::slt, dims[1 + axis], sizes.constant(min[axis])),
             layerName(op) + " needs a map of " + (exact ? "exactly " : "at least ") + times(min) + unit);
    if (max)
      reject(bad(CmpIPredicate::sgt, dims[1 + axis], sizes.constant((*max)[axis])),
             layerName(op) + " needs a map of " + (exact ? "exactly " : "at most ") + times(*max) + unit);
    if (multiple[axis] > 1) {
      Value rest = arith::RemSIOp::create(builder, loc, dims[1 + axis], sizes.constant(multiple[axis]));
      reject(bad(CmpIPredicate::ne, rest, sizes.constant(0)),
             layerName(op) + " needs a map whose size is a multiple of " + times(multiple) + unit);
    }
  }
}

SmallVector<Value> DriverFunctions::slotOffsets(DriverSizes &sizes) {
  SmallVector<Value> largest;
  for (auto call : forward.getOps<CallOp>()) {
    if (!call.getSlot())
      continue;
    size_t slot = *call.getSlot();
    if (largest.size() <= slot)
      largest.resize(slot + 1);
    Value bytes = sizes.alignedBytes(sizes.elements(call.getResult(), calleeOf(call).getDense()));
    largest[slot] = largest[slot] ? sizes.max(largest[slot], bytes) : bytes;
  }
  SmallVector<Value> offsets = {sizes.constant(0)};
  for (Value bytes : largest)
    offsets.push_back(bytes ? arith::AddIOp::create(builder, loc, offsets.back(), bytes).getResult() : offsets.back());
  // An arena of 0 bytes would read as "size not possible" in the library's interface.
  if (largest.empty())
    offsets.push_back(sizes.constant(64));
  return offsets;
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

  auto function = begin("run", {pointer, pointer, pointer, pointer, pointer, pointer, i64, i64, i64});
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

    Value status = LLVM::CallOp::create(builder, loc, callers[call.getCallee()], arguments).getResult();
    Value good = LLVM::ICmpOp::create(builder, loc, LLVM::ICmpPredicate::eq, status,
                                      LLVM::ConstantOp::create(builder, loc, i32, 0));
    Block *current = builder.getInsertionBlock(), *next = builder.createBlock(finish);
    builder.setInsertionPointToEnd(current);
    LLVM::CondBrOp::create(builder, loc, good, next, ValueRange{}, finish, ValueRange{status});
    builder.setInsertionPointToEnd(next);
  }
  LLVM::ReturnOp::create(builder, loc, LLVM::ConstantOp::create(builder, loc, i32, 0));
}

LLVM::LLVMFuncOp DriverFunctions::emitCaller(KernelOp kernel, int64_t number) {
  auto activations = static_cast<size_t>(kernel.getActivations());
  SmallVector<Type> types = {pointer, pointer, i32, i32, i32, i32, i32};
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
  for (unsigned i = 2; i < 7; ++i)
    arguments.push_back(function.getArgument(i));
  unsigned next = 7;
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
