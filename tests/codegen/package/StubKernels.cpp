//===- StubKernels.cpp - a kernel compiler whose results tests choose -----===//
#include "tests/codegen/package/StubKernels.h"

#include "codegen/EmitObject.h"
#include "codegen/KernelCompiler.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <csignal>

namespace swin::test {
StubBehaviour stubBehaviour;
std::atomic<int> stubCompiled = 0;
} // namespace swin::test

namespace swin::codegen {

KernelObject compileKernel(const KernelGraph &graph, const std::string &symbol, const std::string &isa,
                           const std::string &, const std::string &schedule) noexcept {
  const test::StubBehaviour &how = test::stubBehaviour;
  ++test::stubCompiled;
  KernelObject result;
  if (!schedule.empty() && schedule == how.refused) {
    result.error = "not legal";
    return result;
  }
  if (!how.match.empty() && graph.name.find(how.match) != std::string::npos) {
    result.error = how.error;
    if (how.crash)
      raise(SIGSEGV);
    if (!result.error.empty())
      return result;
  }
  mlir::MLIRContext context;
  context.loadDialect<mlir::LLVM::LLVMDialect>();
  auto module = mlir::parseSourceString<mlir::ModuleOp>("llvm.func @" + symbol +
                                                            "() -> i32 {\n %0 = llvm.mlir.constant(0 : i32) : i32\n"
                                                            " llvm.return %0 : i32\n}",
                                                        &context);
  auto object = emitObject(*module, symbol, architectureOf(isa));
  if (object)
    result.object = std::move(*object);
  else
    result.error = llvm::toString(object.takeError());
  result.schedule = schedule.empty() ? "rows=6" : schedule;
  result.scratchBytes = 64 * static_cast<int64_t>(graph.name.size());
  return result;
}

const char *kernelCompilerFingerprint() { return test::stubBehaviour.fingerprint.c_str(); }

const std::vector<std::string> &knownIsas() {
  static const std::vector<std::string> isas = {"x86-64-v4", "x86-64-v3", "x86-64-v2"};
  return isas;
}

} // namespace swin::codegen
