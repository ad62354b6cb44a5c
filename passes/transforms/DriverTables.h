//===- DriverTables.h - constants of a driver object ----------------------===//
// Texts, tables of kernels and the struct of runtime/Model.h as globals of the
// LLVM dialect.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_TRANSFORMS_DRIVERTABLES_H
#define SWIN_PASSES_TRANSFORMS_DRIVERTABLES_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"

#include <cstdint>
#include <string>
#include <vector>

namespace swin::passes {

/// The symbol of a kernel for one instruction set: "swin_t_mlp_96_x86_64_v3".
std::string kernelSymbol(llvm::StringRef prefix, llvm::StringRef kernel, llvm::StringRef isa);

/// Global constants, created once per content at the end of the module.
class DriverTexts {
public:
  DriverTexts(mlir::ModuleOp module, std::string prefix) : module(module), prefix(std::move(prefix)) {}
  /// The address of a NUL-terminated text, at the builder's insertion point.
  mlir::Value address(mlir::OpBuilder &builder, mlir::Location loc, llvm::StringRef text);

private:
  mlir::ModuleOp module;
  std::string prefix;
  llvm::StringMap<mlir::LLVM::GlobalOp> globals;
};

/// Of a `swin.call`: the numbers of the digest (runtime/Digest.h) of its result, an array of f32.
constexpr char digestAttribute[] = "swin.digest";
constexpr size_t digestNumbers = 65;

struct CallFacts {
  std::string kernel, kind, layer;
  llvm::ArrayRef<float> digest; ///< may be empty
};

/// What the model's struct says beyond the driver's own functions.
struct ModelFacts {
  std::string prefix;
  std::vector<std::string> isas;    ///< best first
  std::vector<std::string> kernels; ///< names, in the driver's order
  std::vector<CallFacts> calls;     ///< in the order of a run
  std::string info;
  int64_t weightsBytes = 0;
  std::string weightsSha256; ///< 32 bytes, of weights in a file of their own; empty = in the library
  uint64_t weightsChecksum = 0;
  int64_t scratchBytes = 0;
  int32_t numOutputs = 0;
  int32_t channels = 0;                  ///< of the image
  int32_t testHeight = 0, testWidth = 0; ///< of the self-test's images; 0 = none
  int32_t testBatch = 0;                 ///< how many
};

/// Declares kernels and weights and emits PREFIX_model. The driver's functions
/// PREFIX_driver_{plan,output_shape,run,work,results} exist already.
void emitModel(mlir::ModuleOp module, mlir::Location loc, DriverTexts &texts, const ModelFacts &facts);

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_DRIVERTABLES_H
