//===- Swin.cpp - the swin dialect: registration, kernels as text ---------===//
// Verifiers: Verify*.cpp. Sizes of results: Dims.cpp. Folders: Fold.cpp.
//===----------------------------------------------------------------------===//
#include "passes/dialect/Swin.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

#include "passes/dialect/SwinDialect.cpp.inc"
#include "passes/dialect/SwinEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "passes/dialect/SwinAttrs.cpp.inc"

#include "passes/dialect/SwinInterfaces.cpp.inc"

#define GET_OP_CLASSES
#include "passes/dialect/SwinOps.cpp.inc"

namespace swin {

void SwinDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "passes/dialect/SwinAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "passes/dialect/SwinOps.cpp.inc"
      >();
}

// swin.kernel @name KIND activations N (%a: type, ...) -> type [dense] [attributes {...}] { ... }
ParseResult KernelOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr name;
  if (parser.parseSymbolName(name, getSymNameAttrName(result.name), result.attributes))
    return failure();

  StringRef keyword;
  SMLoc place = parser.getCurrentLocation();
  if (parser.parseKeyword(&keyword))
    return failure();
  std::optional<KernelKind> kind = symbolizeKernelKind(keyword);
  if (!kind)
    return parser.emitError(place) << "a kernel is tokens, windows, pool, conv or map, but this says '" << keyword
                                   << "'";
  result.addAttribute(getKindAttrName(result.name), KernelKindAttr::get(parser.getContext(), *kind));

  int64_t activations;
  SmallVector<OpAsmParser::Argument> arguments;
  Type type;
  if (parser.parseKeyword("activations") || parser.parseInteger(activations) ||
      parser.parseArgumentList(arguments, OpAsmParser::Delimiter::Paren, /*allowType=*/true) || parser.parseArrow() ||
      parser.parseType(type))
    return failure();
  result.addAttribute(getActivationsAttrName(result.name), parser.getBuilder().getI64IntegerAttr(activations));
  SmallVector<Type> types = llvm::to_vector(llvm::map_range(arguments, [](auto &argument) { return argument.type; }));
  result.addAttribute(getFunctionTypeAttrName(result.name),
                      TypeAttr::get(parser.getBuilder().getFunctionType(types, type)));
  if (succeeded(parser.parseOptionalKeyword("dense")))
    result.addAttribute(getDenseAttrName(result.name), parser.getBuilder().getUnitAttr());
  return failure(parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
                 parser.parseRegion(*result.addRegion(), arguments));
}

void KernelOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printer << ' ' << stringifyKernelKind(getKind()) << " activations " << getActivationsAttr().getInt() << " (";
  llvm::interleaveComma(getBody().getArguments(), printer,
                        [&](BlockArgument argument) { printer.printRegionArgument(argument); });
  printer << ") -> " << getFunctionType().getResults().front();
  if (getDense())
    printer << " dense";
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(),
                                           {getSymNameAttrName(), getKindAttrName(), getActivationsAttrName(),
                                            getFunctionTypeAttrName(), getDenseAttrName()});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

} // namespace swin
