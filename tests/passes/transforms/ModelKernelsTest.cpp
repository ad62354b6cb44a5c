//===- ModelKernelsTest.cpp - models of the front end, as kernels ---------===//
// All sources of weights, sizes known and unknown, with and without what a
// description can leave out. A block is two kernels, whatever its order of ops.
//===----------------------------------------------------------------------===//
#include "dsl/GraphBuilder.h"
#include "passes/dialect/Swin.h"
#include "passes/reference/ConstantStore.h"
#include "passes/transforms/Pipelines.h"
#include "tests/dsl/Models.h"
#include "tools/HashedConstants.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

#include <algorithm>
#include <functional>
#include <iterator>

using namespace swin;
using dsl::Semantics;

namespace {

bool isBackbone(Semantics semantics) { return semantics == Semantics::HfBackbone || semantics == Semantics::Mm; }

/// A model as planned calls of kernels.
struct Kernels {
  Kernels(const dsl::Spec &spec, Semantics semantics) : module(dsl::buildGraph(spec, semantics, context)) {
    ref::ConstantStore store;
    store.setFallback(tools::hashedConstant);
    mlir::PassManager manager(&context);
    passes::buildKernelsPipeline(manager, {}, &store);
    good = module && succeeded(manager.run(*module));
    if (!good)
      return;
    for (auto call : module->lookupSymbol<mlir::func::FuncOp>("forward").getOps<CallOp>()) {
      calls.push_back(call);
      slots = std::max(slots, call.getSlot() ? static_cast<int64_t>(*call.getSlot()) + 1 : 0);
    }
  }

  KernelOp callee(CallOp call) { return module->lookupSymbol<KernelOp>(call.getCallee()); }
  template <typename OpT> static size_t count(KernelOp kernel) {
    auto ops = kernel.getBody().getOps<OpT>();
    return static_cast<size_t>(std::distance(ops.begin(), ops.end()));
  }
  /// Calls of kernels that hold an op.
  template <typename OpT> std::vector<CallOp> with() {
    std::vector<CallOp> found;
    llvm::copy_if(calls, std::back_inserter(found), [&](CallOp call) { return count<OpT>(callee(call)) > 0; });
    return found;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  bool good = false;
  std::vector<CallOp> calls;
  int64_t slots = 0;
};

struct Model {
  dsl::Spec spec;
  Semantics semantics;
  bool asks(const std::string &output) const { return llvm::is_contained(dsl::outputsOf(spec, semantics), output); }
  bool pooled() const { return asks("features") || asks("logits"); }
  size_t stages() const { return pooled() || asks("stage2") ? 2 : 1; }
  size_t blocks() const { return stages() * 2; } // two of each stage

  /// Kernels that copy an output for the caller: rows with padding that another kernel reads.
  size_t copies() const {
    if (isBackbone(semantics) || spec.embedding % 16 == 0)
      return 0;
    bool merged = asks("stage1") && stages() == 2, normed = asks("stage2") && pooled() && spec.embedding % 8 != 0;
    bool headed = asks("features") && asks("logits") && spec.embedding % 8 != 0;
    return static_cast<size_t>(merged) + normed + headed;
  }
  size_t heads() const {
    if (isBackbone(semantics))
      return static_cast<size_t>(asks("stage1")) + asks("stage2");
    return static_cast<size_t>(pooled()) + (asks("features") && asks("logits"));
  }
};

void expectKernels(const Model &model) {
  Kernels kernels(model.spec, model.semantics);
  ASSERT_TRUE(kernels.good);
  EXPECT_EQ(kernels.calls.size(), 1 + 2 * model.blocks() + model.stages() - 1 + model.heads() + model.copies());
  EXPECT_LE(kernels.slots, 3);

  EXPECT_EQ(kernels.with<PatchEmbedOp>().size(), 1u);
  EXPECT_EQ(kernels.with<PatchMergingOp>().size(), model.stages() - 1);
  EXPECT_EQ(kernels.with<MeanPoolOp>().size(), model.pooled() ? 1u : 0u);
  EXPECT_EQ(kernels.with<WindowAttentionOp>().size(), model.blocks());
  EXPECT_EQ(kernels.with<GeluOp>().size(), model.blocks());
  for (CallOp call : kernels.with<WindowAttentionOp>()) {
    KernelOp kernel = kernels.callee(call);
    EXPECT_EQ(kernel.getKind(), KernelKind::Windows);
    EXPECT_EQ(kernel.getActivations(), 1u);
    EXPECT_EQ(Kernels::count<LinearOp>(kernel), 2u);
    EXPECT_EQ(Kernels::count<AddOp>(kernel), 1u);
    EXPECT_EQ(Kernels::count<PadOp>(kernel), Kernels::count<CropOp>(kernel));
    // A padded token is zero behind the norm, not behind what the norm's offset became.
    bool pads = Kernels::count<PadOp>(kernel) > 0;
    for (auto norm : kernel.getBody().getOps<LayerNormOp>())
      EXPECT_EQ(static_cast<bool>(norm.getGamma()), pads);
    EXPECT_EQ(Kernels::count<LayerNormOp>(kernel), 1u);
    for (auto attention : kernel.getBody().getOps<WindowAttentionOp>())
      EXPECT_EQ(attention.getScale().convertToDouble(), 1.0);
  }
  for (CallOp call : kernels.with<GeluOp>()) {
    KernelOp kernel = kernels.callee(call);
    EXPECT_EQ(kernel.getKind(), KernelKind::Tokens);
    EXPECT_EQ(Kernels::count<LinearOp>(kernel), 2u);
    EXPECT_EQ(Kernels::count<LayerNormOp>(kernel), 1u);
    EXPECT_EQ(Kernels::count<AddOp>(kernel), 1u);
  }
}

/// Runs `change` on models of all sources.
void expectKernelsOfAll(const std::function<void(dsl::Spec &)> &change = [](dsl::Spec &) {}) {
  std::vector<std::vector<std::string>> plain = {{},         {"features"},         {"logits", "features"},
                                                 {"stage1"}, {"stage1", "stage2"}, {"stage2", "logits", "stage1"}};
  std::vector<std::vector<std::string>> backbone = {{}, {"stage1"}, {"stage2"}, {"stage2", "stage1"}};
  for (Semantics semantics : test::allSemantics)
    for (int64_t embedding : {32, 12})
      for (const auto &outputs : isBackbone(semantics) ? backbone : plain) {
        Model model = {test::model(embedding, {2, 2}, {2, 4}, {4, 4}, {64, 64}), semantics};
        model.spec.numClasses = 10;
        model.spec.outputs = outputs;
        change(model.spec);
        std::string what = dsl::semanticsName(semantics) + (" " + std::to_string(embedding));
        for (const std::string &output : outputs)
          what += " " + output;
        SCOPED_TRACE(what);
        expectKernels(model);
      }
}

TEST(ModelKernels, AnySize) { expectKernelsOfAll(); }

TEST(ModelKernels, NothingThatCanBeLeftOut) {
  expectKernelsOfAll([](dsl::Spec &spec) {
    spec.qkvBias = false;
    spec.patchNorm = false;
  });
}

TEST(ModelKernels, OneSizeThatDivides) {
  expectKernelsOfAll([](dsl::Spec &spec) { spec.fixed = spec.imageSize; });
}

TEST(ModelKernels, OneSizeThatDoesNotDivide) {
  for (Semantics semantics : test::allSemantics) {
    if (semantics == Semantics::Microsoft) // rejects it
      continue;
    SCOPED_TRACE(dsl::semanticsName(semantics));
    Model model = {test::model(32, {2, 2}, {2, 4}, {4, 4}, {45, 60}), semantics};
    model.spec.fixed = model.spec.imageSize;
    expectKernels(model);
  }
}

// The last map is one window: where a source's shift is not simply absent, its rule is decided at run time.
TEST(ModelKernels, WindowAsLargeAsTheMap) {
  expectKernelsOfAll([](dsl::Spec &spec) { spec.imageSize = {32, 32}; });
  expectKernelsOfAll([](dsl::Spec &spec) { spec.fixed = spec.imageSize = {32, 32}; });
}

TEST(ModelKernels, EqualKernelsAreOne) {
  Kernels kernels(test::tiny({224, 224}), Semantics::Timm);
  ASSERT_TRUE(kernels.good);
  EXPECT_EQ(kernels.calls.size(), 1u + 2 * 12 + 3 + 1);
  EXPECT_EQ(kernels.slots, 2);
  // Embedding, head, three mergings; per stage windows with and without shift and the map behind. The last stage's
  // window covers its map of 7 x 7, so nothing is shifted there.
  auto symbols = kernels.module->getOps<KernelOp>();
  EXPECT_EQ(std::distance(symbols.begin(), symbols.end()), 1 + 1 + 3 + 4 * 3 - 1);
}

} // namespace
