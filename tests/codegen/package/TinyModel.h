//===- TinyModel.h - a small graph with every kind of kernel --------------===//
#ifndef SWIN_TESTS_CODEGEN_PACKAGE_TINYMODEL_H
#define SWIN_TESTS_CODEGEN_PACKAGE_TINYMODEL_H

#include "passes/dialect/Swin.h"
#include "passes/reference/ConstantStore.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"

namespace swin::test {

/// A map cut into windows that no kernel puts together again: no op of `layers.0` fits a kernel.
inline const char lonelyWindows[] = R"(
!image = tensor<?x3x?x?xf32>
!map = tensor<?x?x?x16xf32>
!windows = tensor<?x?x?x4x16xf32>
func.func @forward(%image: !image) {
  %w = swin.param "w" : tensor<16x3x2x2xf32>
  %b = swin.param "b" : tensor<16xf32>
  %0 = swin.patch_embed %image, %w, %b patch [2, 2] : (!image, tensor<16x3x2x2xf32>, tensor<16xf32>) -> !map
  %1 = swin.window_partition %0 window [2, 2] : !map -> !windows loc("layers.0")
  swin.output %1 as "stage1" : !windows
  return
}
)";

inline const char tinyGraph[] = R"(
!image = tensor<?x3x?x?xf32>
!map = tensor<?x?x?x16xf32>
!windows = tensor<?x?x?x4x16xf32>
!qkv = tensor<?x?x?x4x48xf32>
!table = tensor<9x2xf32>
!hidden = tensor<?x?x?x64xf32>
!pooled = tensor<?x16xf32>
!logits = tensor<?x10xf32>
module attributes {swin.name = "tiny"} {
func.func @forward(%image: !image) {
  %we = swin.param "patch_embed.weight" : tensor<16x3x2x2xf32>
  %v = swin.param "vector" : tensor<16xf32>
  %wq = swin.param "qkv.weight" : tensor<48x16xf32>
  %bq = swin.param "qkv.bias" : tensor<48xf32>
  %t = swin.param "table" : tensor<9x2xf32>
  %wp = swin.param "proj.weight" : tensor<16x16xf32>
  %w1 = swin.param "fc1.weight" : tensor<64x16xf32>
  %b1 = swin.param "fc1.bias" : tensor<64xf32>
  %w2 = swin.param "fc2.weight" : tensor<16x64xf32>
  %wh = swin.param "head.weight" : tensor<10x16xf32>
  %bh = swin.param "head.bias" : tensor<10xf32>
  %e = swin.patch_embed %image, %we, %v patch [2, 2] : (!image, tensor<16x3x2x2xf32>, tensor<16xf32>) -> !map
  %1 = swin.layer_norm %e, %v, %v epsilon 1.0e-5 : !map, tensor<16xf32>, tensor<16xf32>
  %2 = swin.pad %1 to_multiple_of [2, 2] : !map -> !map
  %3 = swin.window_partition %2 window [2, 2] : !map -> !windows
  %4 = swin.linear %3, %wq, %bq : (!windows, tensor<48x16xf32>, tensor<48xf32>) -> !qkv
  %5 = swin.window_attention %4, %t heads 2 scale 1.0 window [2, 2] shift [0, 0] never : (!qkv, !table) -> !windows
  %6 = swin.linear %5, %wp, %v : (!windows, tensor<16x16xf32>, tensor<16xf32>) -> !windows
  %7 = swin.window_reverse %6 window [2, 2] : !windows -> !map
  %8 = swin.crop %7 like %e : !map, !map -> !map
  %9 = swin.add %e, %8 : !map
  %10 = swin.layer_norm %9, %v, %v epsilon 1.0e-5 : !map, tensor<16xf32>, tensor<16xf32>
  %11 = swin.linear %10, %w1, %b1 : (!map, tensor<64x16xf32>, tensor<64xf32>) -> !hidden
  %12 = swin.gelu %11 : !hidden
  %13 = swin.linear %12, %w2, %v : (!hidden, tensor<16x64xf32>, tensor<16xf32>) -> !map
  %14 = swin.add %9, %13 : !map
  swin.output %14 as "stage1" : !map
  %15 = swin.layer_norm %14, %v, %v epsilon 1.0e-5 : !map, tensor<16xf32>, tensor<16xf32>
  %16 = swin.mean_pool %15 : !map -> !pooled
  %17 = swin.linear %16, %wh, %bh : (!pooled, tensor<10x16xf32>, tensor<10xf32>) -> !logits
  swin.output %17 as "logits" : !logits
  return
}
}
)";

struct TinyModel {
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  ref::ConstantStore store;

  explicit TinyModel(const char *text = tinyGraph) {
    context.loadDialect<mlir::func::FuncDialect, SwinDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
    if (!module)
      return;
    module->walk([&](ParamOp param) {
      auto type = mlir::cast<mlir::RankedTensorType>(param.getType());
      std::vector<float> values(type.getNumElements());
      for (size_t i = 0; i < values.size(); ++i)
        values[i] = 0.01f * static_cast<float>((i * 7 + param.getName().size()) % 31) - 0.1f;
      store.add(param.getName().str(), {type.getShape().begin(), type.getShape().end()}, std::move(values));
    });
  }
};

} // namespace swin::test

#endif // SWIN_TESTS_CODEGEN_PACKAGE_TINYMODEL_H
