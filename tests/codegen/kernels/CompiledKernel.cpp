//===- CompiledKernel.cpp - run a compiled kernel against its meaning -----===//
#include "tests/codegen/kernels/CompiledKernel.h"

#include "codegen/KernelCompiler.h"
#include "codegen/KernelGraphBuilder.h"
#include "codegen/tuning/Hazards.h"
#include "passes/dialect/Swin.h"
#include "tests/codegen/kernels/KernelRuntime.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace swin::test {

CompiledKernel::CompiledKernel(const std::string &text, const std::string &isa, const std::string &schedule) {
  context.loadDialect<SwinDialect>();
  module = parseSourceString<ModuleOp>(text, &context);
  if (!module) {
    ADD_FAILURE() << "the module does not parse:\n" << text;
    return;
  }
  auto graph = codegen::buildKernelGraph(*module->getOps<KernelOp>().begin());
  if (!graph) {
    ADD_FAILURE() << llvm::toString(graph.takeError());
    return;
  }
  kernelGraph = *graph;
  codegen::KernelObject compiled = codegen::compileKernel(kernelGraph, "kernel_under_test", isa, "", schedule);
  if (!compiled.error.empty()) {
    ADD_FAILURE() << compiled.error;
    return;
  }
  scratchBytes = compiled.scratchBytes;
  auto loaded = tuning::LoadedKernel::load(compiled.object, "kernel_under_test", watchedRuntime());
  if (loaded)
    code = std::move(*loaded);
  else
    ADD_FAILURE() << llvm::toString(loaded.takeError());
}

ref::Tensor CompiledKernel::expected(const std::vector<ref::Tensor> &arguments) const {
  auto result =
      ref::interpretKernel(*const_cast<OwningOpRef<ModuleOp> &>(module)->getOps<KernelOp>().begin(), arguments);
  if (!result) {
    ADD_FAILURE() << llvm::toString(result.takeError());
    return {};
  }
  return *result;
}

ref::Tensor CompiledKernel::run(const std::vector<ref::Tensor> &arguments, const std::vector<int64_t> &shape,
                                const RunOptions &options) const {
  codegen::CallWork work;
  for (int i = 0; i < kernelGraph.numActivations; ++i)
    work.activations.push_back(arguments[i].shape);
  work.shift = {options.shiftH, options.shiftW};
  tuning::CallSize size = tuning::callSize(kernelGraph, work);

  std::vector<tuning::Guarded> buffers;
  std::vector<tuning::FloatSpan> spans;
  auto take = [&](int64_t floats) {
    buffers.push_back(llvm::cantFail(tuning::Guarded::take(floats)));
    spans.push_back(buffers.back().span());
    return spans.back().data;
  };
  for (int i = 0; i < kernelGraph.numArgs; ++i)
    tuning::putArgument(kernelGraph, i, arguments[i], take(tuning::argumentFloats(kernelGraph, i, arguments[i].shape)));
  take(tuning::resultFloats(kernelGraph, shape));
  buffers.back().clear();

  KernelRuntime runtime(options.threads);
  EXPECT_EQ(tuning::callKernel(code.address(), &runtime, kernelGraph, size, spans), 0);
  EXPECT_LE(runtime.mostScratch(), scratchBytes) << "bytes of scratch of one thread";
  EXPECT_TRUE(runtime.scratchIntact()) << "written behind scratch";
  for (const tuning::Guarded &buffer : buffers)
    EXPECT_TRUE(buffer.isIntact()) << "written outside of a buffer";
  std::string problem;
  ref::Tensor result = tuning::takeResult(kernelGraph, shape, buffers.back(), problem);
  EXPECT_EQ(problem, "");
  return result;
}

std::vector<ref::Tensor> hazards(const codegen::KernelGraph &graph, int64_t batch, int64_t height, int64_t width,
                                 unsigned seed) {
  return hazards(graph, MapSize{batch, height, width}, seed);
}

std::vector<ref::Tensor> hazards(const codegen::KernelGraph &graph, const MapSize &size, unsigned seed) {
  tuning::CallSize call;
  call.batch = size.batch;
  call.height = size.height;
  call.width = size.width;
  call.others = size.others;
  return tuning::hazards(graph, call, seed);
}

std::vector<std::string> usableIsas() {
  __builtin_cpu_init();
  std::vector<std::string> usable;
  for (const std::string &isa : codegen::knownIsas())
    if (isa == "x86-64-v2" || (isa == "x86-64-v3" && __builtin_cpu_supports("x86-64-v3")) ||
        (isa == "x86-64-v4" && __builtin_cpu_supports("x86-64-v4")))
      usable.push_back(isa);
  return usable;
}

} // namespace swin::test
