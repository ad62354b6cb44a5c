//===- SwinDialect.td - what the swin ops are made of ---------------------===//
// The dialect, its interface, attributes, types and base classes of ops.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_DIALECT_SWINDIALECT_TD
#define SWIN_PASSES_DIALECT_SWINDIALECT_TD

include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Swin_Dialect : Dialect {
  let name = "swin";
  let cppNamespace = "::swin";
  let summary = "Inference of Swin Transformers";
  let useDefaultAttributePrinterParser = 1;
}

//===----------------------------------------------------------------------===//
// Interface
//===----------------------------------------------------------------------===//

def Swin_DimsOpInterface : OpInterface<"DimsOpInterface"> {
  let cppNamespace = "::swin";
  let description = [{
    Run-time sizes of the result as integer arithmetic on the sizes of the
    operands. The driver's shape functions are built from it, so that every size
    is a closed formula of batch, height and width.
  }];
  let methods = [
    InterfaceMethod<
      /*desc=*/[{
        Returns one i64 value per dimension of the result. `operandDims[i][d]` is
        dimension d of operand i, i64. New arithmetic is created with `builder`.
        Static dimensions of the result type become constants.
      }],
      "::llvm::SmallVector<::mlir::Value>", "buildResultDims",
      (ins "::mlir::OpBuilder &":$builder,
           "::llvm::ArrayRef<::llvm::SmallVector<::mlir::Value>>":$operandDims)>
  ];
}

//===----------------------------------------------------------------------===//
// Attributes and types
//===----------------------------------------------------------------------===//

def Swin_ShiftNever : I32EnumAttrCase<"Never", 0, "never">;
def Swin_ShiftAxis : I32EnumAttrCase<"Axis", 1, "axis">;
def Swin_ShiftMap : I32EnumAttrCase<"Map", 2, "map">;
// When the run-time map makes a shift vanish. `never`: the shift is what is
// written. `axis`: an axis' shift is 0 if the window covers that axis
// (torchvision). `map`: both are 0 if the window covers either axis (HF Swin).
def Swin_ShiftRuleEnum : I32EnumAttr<"ShiftRule", "when a cyclic shift vanishes",
    [Swin_ShiftNever, Swin_ShiftAxis, Swin_ShiftMap]> {
  let cppNamespace = "::swin";
  let genSpecializedAttr = 0;
}
def Swin_ShiftRuleAttr : EnumAttr<Swin_Dialect, Swin_ShiftRuleEnum, "unless_covered">;

def Swin_KindTokens : I32EnumAttrCase<"Tokens", 0, "tokens">;
def Swin_KindWindows : I32EnumAttrCase<"Windows", 1, "windows">;
def Swin_KindPool : I32EnumAttrCase<"Pool", 2, "pool">;
def Swin_KindConv : I32EnumAttrCase<"Conv", 3, "conv">;
def Swin_KindMap : I32EnumAttrCase<"Map", 4, "map">;
def Swin_KernelKindEnum : I32EnumAttr<"KernelKind", "what the loops of a kernel look like",
    [Swin_KindTokens, Swin_KindWindows, Swin_KindPool, Swin_KindConv, Swin_KindMap]> {
  let cppNamespace = "::swin";
  let genSpecializedAttr = 0;
}
def Swin_KernelKindAttr : EnumAttr<Swin_Dialect, Swin_KernelKindEnum, "kind">;

def Swin_InterpolationNearest : I32EnumAttrCase<"Nearest", 0, "nearest">;
def Swin_InterpolationBilinear : I32EnumAttrCase<"Bilinear", 1, "bilinear">;
def Swin_InterpolationBicubic : I32EnumAttrCase<"Bicubic", 2, "bicubic">;
def Swin_InterpolationEnum : I32EnumAttr<"Interpolation", "what stands between the tokens of a map",
    [Swin_InterpolationNearest, Swin_InterpolationBilinear, Swin_InterpolationBicubic]> {
  let cppNamespace = "::swin";
  let genSpecializedAttr = 0;
}
def Swin_InterpolationAttr : EnumAttr<Swin_Dialect, Swin_InterpolationEnum, "interpolation">;

def FloatTensor : RankedTensorOf<[F32]>;
def FloatVector : Type<And<[FloatTensor.predicate, HasAnyRankOfPred<[1]>]>, "1-D tensor of f32", "::mlir::RankedTensorType">;
def FloatMatrix : Type<And<[FloatTensor.predicate, HasAnyRankOfPred<[2]>]>, "2-D tensor of f32", "::mlir::RankedTensorType">;
// B x H x W x C.
def FeatureMap : Type<And<[FloatTensor.predicate, HasAnyRankOfPred<[4]>]>, "feature map (B x H x W x C, f32)", "::mlir::RankedTensorType">;
// B x rows of windows x columns of windows x tokens x C.
def Windows : Type<And<[FloatTensor.predicate, HasAnyRankOfPred<[5]>]>, "windows (B x rows x columns x tokens x C, f32)", "::mlir::RankedTensorType">;

class SwinOp<string mnemonic, list<Trait> traits = []> : Op<Swin_Dialect, mnemonic, traits>;
// A graph op: pure, and its result's sizes are arithmetic on its operands' sizes.
class GraphOp<string mnemonic, list<Trait> traits = []>
    : SwinOp<mnemonic, !listconcat([Pure, DeclareOpInterfaceMethods<Swin_DimsOpInterface>], traits)>;

#endif // SWIN_PASSES_DIALECT_SWINDIALECT_TD
