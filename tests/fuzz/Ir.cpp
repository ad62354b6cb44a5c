// The textual form of graphs and kernels: whatever is verified can be interpreted or refused, and so can what the
// passes make of it, with the same values.
#include "passes/dialect/Swin.h"
#include "passes/reference/Interpreter.h"
#include "passes/transforms/Pipelines.h"
#include "tests/fuzz/Mlir.h"
#include "tests/fuzz/Target.h"
#include "tools/HashedConstants.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"

#include <algorithm>
#include <cmath>

using namespace swin;
using namespace mlir;

namespace {

/// Sizes, and numbers that sizes follow from, with which a run takes little.
constexpr int64_t mostValues = 4096, mostNumber = 16;

bool isSmall(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  int64_t count = 1;
  for (int64_t extent : tensor ? tensor.getShape() : ArrayRef<int64_t>())
    if (!ShapedType::isDynamic(extent) && (__builtin_mul_overflow(count, extent, &count) || count > mostValues))
      return false;
  return true;
}

bool isSmall(Attribute attribute) {
  if (auto numbers = dyn_cast<DenseI64ArrayAttr>(attribute))
    return llvm::all_of(numbers.asArrayRef(), [](int64_t number) { return std::abs(number) <= mostNumber; });
  auto number = dyn_cast<IntegerAttr>(attribute);
  return !number || (number.getValue().getSignificantBits() <= 63 && number.getValue().abs().ule(mostNumber));
}

bool isSmall(ModuleOp module) {
  int ops = 0;
  WalkResult result = module.walk([&](Operation *op) {
    bool small = ++ops <= 60;
    for (Type type : op->getResultTypes())
      small = small && isSmall(type);
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (Type type : block.getArgumentTypes())
          small = small && isSmall(type);
    for (NamedAttribute attribute : op->getAttrs())
      small = small && isSmall(attribute.getValue());
    return small ? WalkResult::advance() : WalkResult::interrupt();
  });
  return !result.wasInterrupted();
}

std::string textOf(ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module.print(stream);
  return text;
}

/// Nothing if it is refused.
std::optional<ref::NamedTensors> run(ModuleOp module, ref::ConstantStore &store) {
  auto forward = module.lookupSymbol<func::FuncOp>("forward");
  auto type = forward && forward.getNumArguments() == 1 ? dyn_cast<RankedTensorType>(forward.getArgumentTypes()[0])
                                                        : RankedTensorType();
  ref::Tensor image = {{1, 3, 12, 12}, {}};
  if (type && type.getRank() == 4)
    for (int i = 0; i < 4; ++i)
      image.shape[i] = type.isDynamicDim(i) ? image.shape[i] : type.getDimSize(i);
  int64_t count = ShapedType::getNumElements(image.shape);
  for (int64_t i = 0; i < count; ++i)
    image.values.push_back(std::sin(static_cast<double>(i)));
  llvm::Expected<ref::NamedTensors> outputs = ref::interpret(module, store, image);
  if (!outputs) {
    fuzz::require(!llvm::toString(outputs.takeError()).empty(), "a sentence");
    return std::nullopt;
  }
  return std::move(*outputs);
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string text(fuzz::textOf(data, size)); // the parser wants a zero behind it
  MLIRContext &context = fuzz::context();
  OwningOpRef<ModuleOp> module = parseSourceString<ModuleOp>(text, ParserConfig(&context));
  if (!module || !isSmall(*module))
    return 0;
  std::string printed = textOf(*module);
  OwningOpRef<ModuleOp> again = parseSourceString<ModuleOp>(printed, ParserConfig(&context));
  // Lists of numbers are printed with seven digits, of which the smallest are none: then it is refused.
  fuzz::require(!again || textOf(*again) == printed, "the same module is read again: " + printed);
  ref::ConstantStore store;
  store.setFallback(tools::hashedConstant);
  std::optional<ref::NamedTensors> before = run(*module, store);
  fuzz::accepted += before.has_value();
  PassManager manager(&context);
  passes::KernelsOptions options;
  passes::buildKernelsPipeline(manager, options, &store);
  if (failed(manager.run(*module)))
    return 0;
  std::optional<ref::NamedTensors> after = run(*module, store);
  if (before)
    fuzz::require(after.has_value(), "what runs before the passes runs after them: " + printed);
  return 0;
}
