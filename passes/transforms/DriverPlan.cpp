//===- DriverPlan.cpp - which sizes of the image are possible -------------===//
// What only run-time sizes can break is found before a kernel runs, and said in a
// sentence that names the layer.
//===----------------------------------------------------------------------===//
#include "passes/transforms/DriverFunctions.h"

#include "passes/transforms/Values.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace swin::passes {
namespace {

using arith::CmpIPredicate;

/// Product of batch, height and width that is looked at at all; keeps what follows
/// from overflowing i64.
constexpr int64_t maxPixels = int64_t(1) << 40;
/// A kernel counts the elements of a buffer in int32.
constexpr int64_t maxElements = (int64_t(1) << 31) - 1;
std::string times(llvm::ArrayRef<int64_t> sizes) { return std::to_string(sizes[0]) + " x " + std::to_string(sizes[1]); }

std::string tooLarge(Operation *op) {
  return "the input is too large: the result of " + layerName(op) + " would have 2^31 or more values";
}

} // namespace

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
  for (Operation &inner : kernel.getBody().front().without_terminator()) {
    rejectNeeds(op, &inner, sizes);
    // Kernels of windows cut off what they added themselves.
    if (kernel.getKind() != KernelKind::Windows || kernel.getActivations() > 1)
      rejectTogether(op, &inner, sizes);
  }
  reject(bad(CmpIPredicate::sgt, sizes.elements(call.getResult(), kernel.getDense()), sizes.constant(maxElements)),
         tooLarge(op));
}

void DriverFunctions::rejectNeeds(Operation *op, Operation *inner, DriverSizes &sizes) {
  const int64_t any[] = {1, 1};
  auto least = [&](Value map, auto size) {
    int64_t min[] = {size(0), size(1)};
    rejectSize(op, map, min, any, std::nullopt, sizes);
  };
  auto convolve = [&](auto conv) {
    least(conv.getInput(), [&](int axis) { return conv.getKernel()[axis] - 2 * conv.getPadding()[axis]; });
  };
  llvm::TypeSwitch<Operation *>(inner)
      .Case<PatchEmbedOp>([&](auto embed) {
        if (!embed.getPad())
          for (int axis : {1, 2})
            reject(bad(CmpIPredicate::slt, sizes.dims(embed.getResult())[axis], sizes.constant(1)),
                   "the image is smaller than one patch of " + times(embed.getPatch()) + " pixels");
      })
      .Case<WindowPartitionOp>([&](auto partition) {
        if (!partition.getInput().template getDefiningOp<PadOp>())
          rejectSize(op, partition.getInput(), any, partition.getWindow(), std::nullopt, sizes);
      })
      .Case<Conv2dOp, DepthwiseConv2dOp>(convolve)
      // Of a map that is smaller than a window more would be added than there is to be mirrored.
      .Case<ReflectPadOp>(
          [&](auto pad) { least(pad.getInput(), [&](int axis) { return pad.getWindow()[axis] / 2 + 1; }); })
      .Case<AddPositionOp>([&](auto position) {
        rejectSize(op, position.getInput(), position.getMap(), any, position.getMap(), sizes);
      });
}

void DriverFunctions::rejectTogether(Operation *op, Operation *inner, DriverSizes &sizes) {
  ArrayRef<Value> result = sizes.dims(inner->getResult(0));
  if (result.size() != 4)
    return;
  if (isa<AddOp, ConcatOp>(inner))
    for (Value operand : inner->getOperands().drop_front())
      for (int axis : {1, 2})
        if (Value size = sizes.dims(operand)[axis]; size != result[axis])
          reject(bad(CmpIPredicate::ne, size, result[axis]),
                 layerName(op) + (isa<AddOp>(inner) ? " adds maps" : " puts maps side by side") +
                     " whose sizes differ at this size of the image; it needs one at which they agree");
  if (auto crop = dyn_cast<CropOp>(inner))
    for (int axis : {0, 1}) {
      Value before = sizes.constant(tokensInFront(crop.getBefore())[axis]);
      Value rest = arith::SubIOp::create(builder, loc, sizes.dims(crop.getInput())[1 + axis], before);
      reject(bad(CmpIPredicate::slt, rest, result[1 + axis]),
             layerName(op) + " needs a map that is at least as large as what it is cut to");
    }
  // What makes a map much larger within a kernel; a quotient, as the product may overflow.
  if (isa<ResizeOp, CropOp, PixelShuffleOp>(inner)) {
    int64_t channels = cast<RankedTensorType>(inner->getResult(0).getType()).getShape().back();
    reject(bad(CmpIPredicate::sgt, sizes.product(result.drop_back()), sizes.constant(maxElements / channels)),
           tooLarge(op));
  }
}

void DriverFunctions::rejectSize(Operation *op, Value map, ArrayRef<int64_t> min, ArrayRef<int64_t> multiple,
                                 std::optional<ArrayRef<int64_t>> max, DriverSizes &sizes) {
  SmallVector<Value> dims(sizes.dims(map));
  auto pixels = sizes.pixelsPerToken(map);
  std::string unit = " tokens";
  if (pixels[0] * pixels[1] == 1)
    unit = " pixels";
  else if (pixels[0] > 0 && pixels[1] > 0)
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
    offsets.push_back(sizes.constant(slotAlignment));
  return offsets;
}

} // namespace swin::passes
