//===- ModelKernelsTest.cpp - models of the front end, as kernels ---------===//
// All families and sources of weights, sizes known and unknown, with and without what
// a description can leave out. A block is two kernels, whatever its order of ops.
//===----------------------------------------------------------------------===//
#include "dsl/Rules.h"
#include "tests/dsl/Models.h"
#include "tests/passes/transforms/Kernels.h"

#include "gtest/gtest.h"

#include <functional>
#include <iterator>

using namespace swin;
using dsl::Semantics;
using test::isActivation;
using test::Kernels;

namespace {

struct Model {
  dsl::Spec spec;
  Semantics semantics;
  bool asks(const std::string &output) const { return llvm::is_contained(dsl::outputsOf(spec, semantics), output); }
  bool pooled() const { return asks("features") || asks("logits"); }
  size_t stages() const { return pooled() || asks("stage2") ? 2 : 1; }
  size_t blocks() const { return stages() * 2; } // two of each stage

  dsl::Rules rules() const { return dsl::rulesOf(semantics, spec.family); }
  const dsl::BlockForm &form() const { return dsl::formOf(spec.family); }

  /// Kernels that copy an output for the caller: rows with padding that another kernel reads.
  size_t copies() const {
    if (spec.embedding % 16 == 0)
      return 0;
    bool maps = !rules().channelsFirst, odd = spec.embedding % 8 != 0;
    bool merged = maps && asks("stage1") && stages() == 2, normed = maps && asks("stage2") && pooled() && odd;
    bool headed = asks("features") && asks("logits") && odd;
    return static_cast<size_t>(merged) + normed + headed;
  }
  /// Kernels for outputs alone. A map with the channels first is written by the last block where nothing else reads it
  /// and it has no norm of its own.
  size_t heads() const {
    size_t count = static_cast<size_t>(pooled()) + (asks("features") && asks("logits"));
    if (!rules().channelsFirst)
      return count;
    bool alone = stages() == 1 && !rules().normsMaps;
    bool last = !pooled() && !rules().normsMaps;
    return count + (asks("stage1") && !alone) + (asks("stage2") && !last);
  }
};

void expectWindows(const Model &model, KernelOp kernel) {
  bool mixes = model.form().mixing == dsl::BlockForm::Mixing::Tokens;
  EXPECT_EQ(kernel.getKind(), KernelKind::Windows);
  EXPECT_EQ(kernel.getActivations(), 1u);
  EXPECT_EQ(Kernels::count<TokenMixingOp>(kernel), mixes ? 1u : 0u);
  EXPECT_EQ(Kernels::count<LinearOp>(kernel), mixes ? 0u : 2u);
  EXPECT_EQ(Kernels::count<AddOp>(kernel), 1u);
  EXPECT_EQ(Kernels::count<PadOp>(kernel), Kernels::count<CropOp>(kernel));
  EXPECT_EQ(Kernels::count<LayerNormOp>(kernel), 1u);
  // A padded token is zero behind the norm, not behind what the norm's offset became; a norm behind the maps has none
  // to go into.
  bool stays = Kernels::count<PadOp>(kernel) > 0 || model.form().normsBehind || mixes;
  for (auto norm : kernel.getBody().getOps<LayerNormOp>()) {
    EXPECT_EQ(static_cast<bool>(norm.getGamma()), stays);
    EXPECT_EQ(norm.getInput() == kernel.getBody().getArgument(0), !model.form().normsBehind);
  }
  for (auto attention : kernel.getBody().getOps<WindowAttentionOp>())
    EXPECT_EQ(attention.getScale().convertToDouble(), 1.0);
}

void expectKernels(const Model &model) {
  Kernels kernels(model.spec, model.semantics);
  ASSERT_TRUE(kernels.good);
  EXPECT_EQ(kernels.calls.size(), 1 + 2 * model.blocks() + model.stages() - 1 + model.heads() + model.copies());
  EXPECT_LE(kernels.slots, 3);

  EXPECT_EQ(kernels.with<PatchEmbedOp>().size(), 1u);
  EXPECT_EQ(kernels.with<AddPositionOp>().size(), model.spec.positionEmbedding ? 1u : 0u);
  EXPECT_EQ(kernels.with<PatchMergingOp>().size(), model.stages() - 1);
  EXPECT_EQ(kernels.with<MeanPoolOp>().size(), model.pooled() ? 1u : 0u);
  auto windows = kernels.with<WindowAttentionOp, TokenMixingOp>(), tokens = kernels.withAny(isActivation);
  EXPECT_EQ(windows.size(), model.blocks());
  for (CallOp call : windows)
    expectWindows(model, kernels.callee(call));
  EXPECT_EQ(tokens.size(), model.blocks());
  size_t norms = 0, normed = 0;
  for (CallOp call : tokens) {
    KernelOp kernel = kernels.callee(call);
    EXPECT_EQ(kernel.getKind(), KernelKind::Tokens);
    EXPECT_EQ(Kernels::count<LinearOp>(kernel), 2u);
    EXPECT_EQ(Kernels::count<AddOp>(kernel), 1u);
    norms += Kernels::count<LayerNormOp>(kernel);
  }
  for (size_t stage = 0; stage < model.stages(); ++stage)
    for (int64_t block = 0; block < 2; ++block)
      normed += dsl::hasExtraNorm(model.spec, stage, block);
  // The last one is the pooling's where nothing else reads it.
  bool pools = normed > 0 && model.pooled() && !model.asks("stage2");
  EXPECT_EQ(norms, model.blocks() + normed - pools);
}

/// Runs `change` on models of all families and sources.
void expectKernelsOfAll(const std::function<void(dsl::Spec &)> &change = [](dsl::Spec &) {}) {
  std::vector<std::vector<std::string>> plain = {{},         {"features"},         {"logits", "features"},
                                                 {"stage1"}, {"stage1", "stage2"}, {"stage2", "logits", "stage1"}};
  std::vector<std::vector<std::string>> backbone = {{}, {"stage1"}, {"stage2"}, {"stage2", "stage1"}};
  for (dsl::Family family : test::allFamilies)
    for (Semantics semantics : test::allSemantics)
      for (int64_t embedding : {32, 12})
        for (const auto &outputs : dsl::rulesOf(semantics, family).isBackbone ? backbone : plain) {
          if (!dsl::hasFamily(semantics, family))
            continue;
          Model model = {test::model(embedding, {2, 2}, {2, 4}, {4, 4}, {64, 64}), semantics};
          model.spec.family = family;
          model.spec.numClasses = 10;
          model.spec.outputs = outputs;
          change(model.spec);
          std::string what = std::string(dsl::familyName(family)) + " " + dsl::semanticsName(semantics) + " " +
                             std::to_string(embedding);
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
    spec.finalNorm = false;
  });
}

TEST(ModelKernels, EverythingThatCanBeAdded) {
  expectKernelsOfAll([](dsl::Spec &spec) {
    spec.positionEmbedding = true;
    spec.activation = dsl::Activation::Silu;
    spec.extraNormPeriod = 1;
  });
}

TEST(ModelKernels, OneSizeThatDivides) {
  expectKernelsOfAll([](dsl::Spec &spec) { spec.fixed = spec.imageSize; });
}

TEST(ModelKernels, OneSizeThatDoesNotDivide) {
  for (dsl::Family family : test::allFamilies)
    for (Semantics semantics : test::allSemantics) {
      if (semantics == Semantics::Microsoft || !dsl::hasFamily(semantics, family)) // Microsoft rejects it
        continue;
      SCOPED_TRACE(std::string(dsl::familyName(family)) + " " + dsl::semanticsName(semantics));
      Model model = {test::model(32, {2, 2}, {2, 4}, {4, 4}, {45, 60}), semantics};
      model.spec.family = family;
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
