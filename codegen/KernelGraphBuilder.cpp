//===- KernelGraphBuilder.cpp - swin.kernel to KernelGraph ----------------===//
// Assumes a verified kernel. Attributes are told apart by their class, enums by
// their printed keyword, so nothing here names an op.
//===----------------------------------------------------------------------===//
#include "codegen/KernelGraphBuilder.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace swin::codegen {
namespace {

llvm::Error fail(Operation *op, const llvm::Twine &message) {
  std::string where;
  llvm::raw_string_ostream(where) << op->getLoc();
  return llvm::createStringError(llvm::Twine(where) + ": " + op->getName().getStringRef() + ": " + message);
}

/// `#swin<unless_covered axis>` and the like print as `axis` without the mnemonic.
std::string keywordOf(Attribute attribute) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  attribute.print(stream);
  llvm::StringRef word = text;
  word.consume_front("#swin<");
  word.consume_back(">");
  return word.rsplit(' ').second.empty() ? word.str() : word.rsplit(' ').second.str();
}

bool isEnumOfDialect(Attribute attribute) { return isa<SwinDialect>(attribute.getDialect()); }

llvm::Error addAttribute(Operation *op, llvm::StringRef name, Attribute attribute, Node &node) {
  std::string key = name.str();
  if (auto ints = dyn_cast<DenseI64ArrayAttr>(attribute))
    node.ints[key] = std::vector<int64_t>(ints.asArrayRef().begin(), ints.asArrayRef().end());
  else if (auto integer = dyn_cast<IntegerAttr>(attribute))
    node.ints[key] = {integer.getValue().getSExtValue()};
  else if (auto real = dyn_cast<FloatAttr>(attribute))
    node.floats[key] = real.getValueAsDouble();
  else if (auto word = dyn_cast<StringAttr>(attribute))
    node.words[key] = word.str();
  else if (isa<UnitAttr>(attribute))
    node.ints[key] = {};
  else if (isEnumOfDialect(attribute))
    node.words[key] = keywordOf(attribute);
  else
    return fail(op, "attribute '" + name + "' has no form in a kernel graph");
  return llvm::Error::success();
}

llvm::Expected<TensorType> typeOf(Operation *op, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.getElementType().isF32())
    return fail(op, "only ranked tensors of f32 can be values of a kernel");
  TensorType result;
  for (int64_t size : tensor.getShape())
    result.dims.push_back(ShapedType::isDynamic(size) ? -1 : size);
  return result;
}

KernelKind kindOf(KernelOp kernel) {
  switch (kernel.getKind()) {
  case swin::KernelKind::Tokens:
    return KernelKind::Tokens;
  case swin::KernelKind::Windows:
    return KernelKind::Windows;
  case swin::KernelKind::Pool:
    return KernelKind::Pool;
  case swin::KernelKind::Conv:
    return KernelKind::Conv;
  case swin::KernelKind::Map:
    return KernelKind::Map;
  }
  llvm_unreachable("kind of kernel");
}

} // namespace

llvm::Expected<KernelGraph> buildKernelGraph(KernelOp kernel) {
  KernelGraph graph;
  graph.name = kernel.getSymName().str();
  graph.kind = kindOf(kernel);
  graph.dense = kernel.getDense();
  graph.numActivations = static_cast<int>(kernel.getActivations());

  llvm::DenseMap<Value, int> number;
  auto addValue = [&](Operation *op, Value value) -> llvm::Error {
    auto type = typeOf(op, value.getType());
    if (!type)
      return type.takeError();
    number[value] = static_cast<int>(graph.values.size());
    graph.values.push_back(*type);
    return llvm::Error::success();
  };

  Block &body = kernel.getBody().front();
  for (Value argument : body.getArguments())
    if (auto error = addValue(kernel, argument))
      return error;
  graph.numArgs = static_cast<int>(body.getNumArguments());

  for (Operation &op : body) {
    if (auto yield = dyn_cast<YieldOp>(op)) {
      graph.result = number.at(yield.getValue());
      break;
    }
    if (op.getNumResults() != 1 || op.getNumRegions() != 0)
      return fail(&op, "an op of a kernel has one result and no region");
    Node node;
    node.op = op.getName().stripDialect().str();
    for (Value operand : op.getOperands())
      node.operands.push_back(number.at(operand));
    // Properties and discardable attributes alike, without the bookkeeping of optional operands.
    for (NamedAttribute attribute : op.getAttrs())
      if (attribute.getName() != "operandSegmentSizes")
        if (auto error = addAttribute(&op, attribute.getName(), attribute.getValue(), node))
          return error;
    if (auto error = addValue(&op, op.getResult(0)))
      return error;
    node.result = number.at(op.getResult(0));
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

} // namespace swin::codegen
