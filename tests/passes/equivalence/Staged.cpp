//===- Staged.cpp - a graph that goes through passes and is run -----------===//
#include "tests/passes/equivalence/Staged.h"

#include "passes/transforms/Pipelines.h"
#include "tools/HashedConstants.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace mlir;

namespace swin::test {
namespace {

/// Adds the passes of `pipeline` by hand, as one registry knows one store only.
void addPasses(OpPassManager &manager, const std::string &pipeline, ref::ConstantStore *store) {
  llvm::SmallVector<llvm::StringRef> names;
  llvm::StringRef(pipeline).split(names, ',');
  for (llvm::StringRef name : names) {
    if (name == "swin-fold-constants")
      manager.addPass(passes::createFoldConstants(store));
    else if (name == "swin-form-kernels")
      manager.addPass(passes::createFormKernels());
    else if (name == "swin-plan-memory")
      manager.addPass(passes::createPlanMemory());
    else if (name == "swin-kernels")
      passes::buildKernelsPipeline(manager, {}, store);
    else
      ADD_FAILURE() << "no pass " << name.str();
  }
}

} // namespace

Staged::Staged(const std::string &text) : parsed(text) { store.setFallback(tools::hashedConstant); }

void Staged::pass(const std::string &pipeline) {
  PassManager manager(&parsed.context);
  addPasses(manager, pipeline, &store);
  std::string errors;
  ScopedDiagnosticHandler handler(&parsed.context, [&](Diagnostic &diagnostic) {
    errors += diagnostic.str() + "\n";
    return success();
  });
  EXPECT_TRUE(succeeded(manager.run(*parsed.module))) << pipeline << "\n" << errors;
}

ref::NamedTensors Staged::run(const std::vector<int64_t> &shape) {
  auto outputs = ref::interpret(*parsed.module, store, randomTensor(shape, 1));
  if (outputs)
    return std::move(*outputs);
  ADD_FAILURE() << llvm::toString(outputs.takeError());
  return {};
}

std::string Staged::text() {
  std::string text;
  llvm::raw_string_ostream(text) << *parsed.module;
  return text;
}

int Staged::count(const std::string &op) {
  int found = 0;
  parsed.module->walk([&](Operation *each) { found += each->getName().getStringRef() == op; });
  return found;
}

double relativeDifference(const ref::NamedTensors &wanted, const ref::NamedTensors &found) {
  double infinity = std::numeric_limits<double>::infinity(), worst = 0;
  if (wanted.size() != found.size() || wanted.empty())
    return infinity;
  for (size_t i = 0; i < wanted.size(); ++i) {
    double largest = 0;
    for (double value : wanted[i].second.values)
      largest = std::max(largest, std::abs(value));
    double relative = difference(wanted[i].second, found[i].second) / largest;
    if (wanted[i].first != found[i].first || !std::isfinite(relative))
      return infinity;
    worst = std::max(worst, relative);
  }
  return worst;
}

} // namespace swin::test
