//===- DriverFunctions.h - plan, output_shape and run of a model ----------===//
// The functions of runtime/Model.h for a planned @forward, in the LLVM dialect
// with sizes as arith ops, which the pass converts afterwards.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_TRANSFORMS_DRIVERFUNCTIONS_H
#define SWIN_PASSES_TRANSFORMS_DRIVERFUNCTIONS_H

#include "passes/transforms/DriverSizes.h"
#include "passes/transforms/DriverTables.h"
#include "passes/transforms/WeightLayout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>
#include <string>
#include <vector>

namespace swin::passes {

class DriverFunctions {
public:
  /// `forward` is what swin-plan-memory leaves behind. Functions are added to the
  /// end of `module`.
  DriverFunctions(mlir::ModuleOp module, mlir::func::FuncOp forward, std::string prefix, DriverTexts &texts);

  /// int32 plan(i64 n, i64 h, i64 w, i64 *arena_bytes, const char **why)
  void emitPlan();
  /// int32 output_shape(i32 output, i64 n, i64 h, i64 w, i64 *shape); after emitPlan
  void emitOutputShape();
  /// int32 run(ptr user_context, ptr kernels, ptr weights, ptr input, ptr arena,
  ///           ptr outputs, i64 n, i64 h, i64 w, ptr mark)
  void emitRun(const WeightLayout &layout);
  /// void work(i64 n, i64 h, i64 w, ptr take, ptr context)
  void emitWork();
  /// void results(i64 n, i64 h, i64 w, ptr take, ptr context)
  void emitResults();

  /// Kernels in the order of the tables: that of the module.
  const std::vector<std::string> &kernels() const { return kernelNames; }
  /// Kernel, kind, layer and digest of each call, in the order of the run.
  std::vector<CallFacts> calls();
  int32_t numOutputs() const { return static_cast<int32_t>(outputs.size()); }

private:
  /// `result`: null = i32
  mlir::LLVM::LLVMFuncOp begin(const std::string &name, llvm::ArrayRef<mlir::Type> arguments, mlir::Type result = {});
  /// In `plan`: if `bad`, says `why` and returns 1; goes on in a new block.
  void reject(mlir::Value bad, const std::string &why);
  void rejectImage(mlir::Value n, mlir::Value h, mlir::Value w);
  void rejectMap(mlir::Operation *op, DriverSizes &sizes);
  /// What `inner`, of the kernel that `op` calls, needs of the size of a map.
  void rejectNeeds(mlir::Operation *op, mlir::Operation *inner, DriverSizes &sizes);
  /// What it needs of the sizes of several maps, and of a size that would be too large on its way.
  void rejectTogether(mlir::Operation *op, mlir::Operation *inner, DriverSizes &sizes);
  /// Height and width of `map`, for the layer of `op`.
  void rejectSize(mlir::Operation *op, mlir::Value map, llvm::ArrayRef<int64_t> min, llvm::ArrayRef<int64_t> multiple,
                  std::optional<llvm::ArrayRef<int64_t>> max, DriverSizes &sizes);
  /// Where each slot begins in the arena (bytes), and behind the last the whole size.
  llvm::SmallVector<mlir::Value> slotOffsets(DriverSizes &sizes);
  /// Fills the buffers of one kernel and calls it; see emitRun.
  mlir::LLVM::LLVMFuncOp emitCaller(KernelOp kernel, int64_t number);
  /// void mark(ptr mark, ptr user_context, i32 stamp): calls `mark` unless it is null.
  mlir::LLVM::LLVMFuncOp emitMark();
  KernelOp calleeOf(CallOp call) { return module.lookupSymbol<KernelOp>(call.getCallee()); }
  mlir::Value address(mlir::Value base, mlir::Value bytes);
  mlir::Value bad(mlir::arith::CmpIPredicate predicate, mlir::Value a, mlir::Value b);

  mlir::ModuleOp module;
  mlir::func::FuncOp forward;
  std::string prefix;
  DriverTexts &texts;
  mlir::OpBuilder builder;
  mlir::Location loc;
  mlir::Type pointer, i8, i32, i64;
  mlir::Block *rejected = nullptr;
  std::vector<std::string> kernelNames;
  std::vector<OutputOp> outputs;
};

} // namespace swin::passes

#endif // SWIN_PASSES_TRANSFORMS_DRIVERFUNCTIONS_H
