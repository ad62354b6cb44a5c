//===- LowerToLlvm.cpp - the planned calls become a driver ----------------===//
// See Passes.td. What the functions look like: DriverFunctions.h; their sizes:
// DriverSizes.h; the constants: DriverTables.h.
//===----------------------------------------------------------------------===//
#include "passes/transforms/DriverFunctions.h"
#include "passes/transforms/Passes.h"
#include "passes/transforms/Values.h"
#include "passes/transforms/WeightLayout.h"

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/DialectConversion.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace swin::passes {

#define GEN_PASS_DEF_LOWERTOLLVM
#include "passes/transforms/Passes.h.inc"

namespace {

struct LowerToLlvm : impl::LowerToLlvmBase<LowerToLlvm> {
  using LowerToLlvmBase::LowerToLlvmBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward || !forward.getBody().hasOneBlock()) {
      module.emitError("has no function @forward of one block");
      return signalPassFailure();
    }
    if (failed(checkPlanned(forward)))
      return signalPassFailure();

    WeightLayout layout = layoutWeights(module);
    DriverTexts texts(module, prefix);
    DriverFunctions functions(module, forward, prefix, texts);
    functions.emitPlan();
    functions.emitOutputShape();
    functions.emitRun(layout);
    functions.emitWork();
    functions.emitResults();

    ModelFacts facts;
    facts.prefix = prefix;
    facts.isas.assign(isas.begin(), isas.end());
    if (facts.isas.empty())
      facts.isas = {"x86-64-v3"};
    facts.kernels = functions.kernels();
    facts.calls = functions.calls();
    facts.info = info;
    facts.weightsBytes = layout.bytes;
    if (!weightsSha256.empty() &&
        (!llvm::tryGetFromHex(weightsSha256.getValue(), facts.weightsSha256) || facts.weightsSha256.size() != 32)) {
      module.emitError("weights-sha256 is '") << weightsSha256 << "', expected 64 hexadecimal digits";
      return signalPassFailure();
    }
    facts.weightsChecksum = weightsChecksum;
    facts.scratchBytes = scratchBytes;
    facts.numOutputs = functions.numOutputs();
    facts.channels = static_cast<int32_t>(cast<RankedTensorType>(forward.getArgument(0).getType()).getDimSize(1));
    facts.testHeight = testHeight;
    facts.testWidth = testWidth;
    facts.testBatch = testBatch;
    emitModel(module, forward.getLoc(), texts, facts);

    forward.erase();
    for (auto kernel : llvm::make_early_inc_range(module.getOps<KernelOp>()))
      kernel.erase();
    // What is left is a module of the LLVM dialect alone.
    for (NamedAttribute attribute : llvm::to_vector(module->getDiscardableAttrs()))
      if (attribute.getName().strref().starts_with("swin."))
        module->removeDiscardableAttr(attribute.getName());
    if (failed(convertSizes(module)))
      signalPassFailure();
  }

private:
  LogicalResult checkPlanned(func::FuncOp forward) {
    auto image = forward.getNumArguments() == 1 ? dyn_cast<RankedTensorType>(forward.getArgument(0).getType())
                                                : RankedTensorType();
    if (!image || image.getRank() != 4 || image.isDynamicDim(1))
      return forward.emitError("@forward has the image as its one argument: B x C x H x W with a static C");
    SmallVector<Value> outputs;
    for (auto output : forward.getOps<OutputOp>())
      outputs.push_back(storageOf(output.getValue()));
    auto calls = forward.getOps<CallOp>();
    uint64_t numCalls = std::distance(calls.begin(), calls.end());
    for (Operation &op : forward.getBody().front().without_terminator()) {
      if (!isa<ParamOp, CallOp, CheckSizeOp, OutputOp>(op))
        return op.emitOpError("is not in a kernel; run swin-form-kernels first");
      auto call = dyn_cast<CallOp>(op);
      if (!call)
        continue;
      if (!call.getSlot() && !call.getOutput())
        return call.emitOpError("has no place for its result; run swin-plan-memory first");
      if (call.getSlot() && *call.getSlot() >= numCalls)
        return call.emitOpError("has slot ") << *call.getSlot() << ", but " << numCalls << " calls need no more slots";
      if (call.getOutput() && (*call.getOutput() >= outputs.size() || outputs[*call.getOutput()] != call.getResult()))
        return call.emitOpError("is not output ") << *call.getOutput() << " of the model, but lies in its place";
      if (auto digest = call->getAttrOfType<DenseF32ArrayAttr>(digestAttribute))
        if (digest.size() != int64_t(digestNumbers))
          return call.emitOpError("has a digest of ") << digest.size() << " numbers, expected " << digestNumbers;
      auto kernel = getOperation().lookupSymbol<KernelOp>(call.getCallee());
      for (auto [index, operand] : llvm::enumerate(call.getOperands())) {
        bool isConstant = static_cast<bool>(operand.getDefiningOp<ParamOp>());
        if (isConstant == (index < static_cast<uint64_t>(kernel.getActivations())))
          return call.emitOpError("operand ") << index << " must be " << (isConstant ? "an activation" : "a param");
        // The image lies channel by channel.
        if (operand == forward.getArgument(0))
          for (Operation *reader : kernel.getBody().getArgument(index).getUsers())
            if (!isa<PatchEmbedOp, ChannelsLastOp>(reader))
              return call.emitOpError("reads the image with ")
                     << reader->getName().getStringRef() << "; swin.channels_last makes a map of it";
      }
    }
    return success();
  }

  /// The arithmetic of sizes, arith ops inside llvm functions, becomes llvm.
  static LogicalResult convertSizes(ModuleOp module) {
    MLIRContext *context = module.getContext();
    LLVMTypeConverter types(context);
    RewritePatternSet patterns(context);
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    arith::populateArithToLLVMConversionPatterns(types, patterns);
    ConversionTarget target(*context);
    target.addLegalDialect<LLVM::LLVMDialect>();
    target.addIllegalDialect<arith::ArithDialect>();
    return applyPartialConversion(module, target, std::move(patterns));
  }
};

} // namespace
} // namespace swin::passes
