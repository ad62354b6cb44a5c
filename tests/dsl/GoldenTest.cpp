//===- GoldenTest.cpp - golden vectors of docs/Numbers.md -----------------===//
// Spec, graph, synthetic weights and interpreter give the numbers of the libraries that
// people train with; the compiler's passes keep them.
//===----------------------------------------------------------------------===//
#include "dsl/GraphBuilder.h"
#include "dsl/Weights.h"
#include "passes/dialect/Swin.h"
#include "passes/reference/Interpreter.h"
#include "passes/transforms/Pipelines.h"
#include "tests/dsl/Models.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <cmath>
#include <ostream>

using namespace swin;
using namespace swin::dsl;

namespace {

/// Of the values' size: the weights are rounded to float32, constant folding rounds once more.
constexpr double limit = 1e-6;
/// Here rounding the weights alone moves a float64 implementation's numbers by 1.3e-5.
constexpr double limitOfPaddedCosines = 3e-5;

void swin(Spec &) {}
void swinV2(Spec &spec) { spec.family = Family::SwinV2; }
void swinV2Trained(Spec &spec) {
  swinV2(spec);
  spec.stages[0].pretrainedWindow = {6, 6};
  spec.stages[1].pretrainedWindow = {3, 3};
}
void swinV2Cr(Spec &spec) { spec.family = Family::SwinV2Cr; }
void swinV2CrNormed(Spec &spec) {
  swinV2Cr(spec);
  spec.extraNormStage = true;
}
void swinMlp(Spec &spec) { spec.family = Family::SwinMlp; }
void withPosition(Spec &spec) { spec.positionEmbedding = true; }
void alwaysCut(Spec &spec) { spec.alwaysPartition = true; }
void tanhForm(Spec &spec) { spec.activation = Activation::GeluTanh; }

struct Case {
  const char *name;
  Semantics semantics;
  int64_t batch;
  Size image;
  std::array<double, 3> first;
  double sum; ///< of absolute values
  void (*change)(Spec &) = swin;
  double limit = ::limit;
};

std::ostream &operator<<(std::ostream &stream, const Case &test) { return stream << test.name; }

ref::Tensor sineImage(int64_t batch, Size image) {
  ref::Tensor tensor{{batch, 3, image[0], image[1]}, {}};
  tensor.values.resize(batch * 3 * image[0] * image[1]);
  for (size_t n = 0; n < tensor.values.size(); ++n)
    tensor.values[n] = std::sin(0.1 * static_cast<double>(n + 1));
  return tensor;
}

/// Values that are not finite, or differ by more than the limit times the expected values' size.
void expectNumbers(const std::vector<double> &values, const Case &test) {
  double size = 0, sum = 0;
  for (double value : test.first)
    size = std::max(size, std::abs(value));
  for (double value : values)
    sum += std::abs(value);
  for (int n : {0, 1, 2})
    EXPECT_NEAR(values.at(n), test.first[n], test.limit * size) << "value " << n;
  EXPECT_NEAR(sum, test.sum, test.limit * test.sum);
}

class Golden : public testing::TestWithParam<std::tuple<Case, bool>> {
protected:
  /// The only output, of the graph or of the calls that the passes make of it.
  ref::Tensor run(mlir::ModuleOp module, ref::ConstantStore &store) {
    auto [test, kernels] = GetParam();
    if (kernels) {
      mlir::PassManager manager(module.getContext());
      passes::buildKernelsPipeline(manager, passes::KernelsOptions(), &store);
      EXPECT_TRUE(mlir::succeeded(manager.run(module)));
      auto forward = module.lookupSymbol<mlir::func::FuncOp>("forward");
      EXPECT_TRUE(forward.getOps<LinearOp>().empty());
      EXPECT_FALSE(forward.getOps<CallOp>().empty());
    }
    auto outputs = ref::interpret(module, store, sineImage(test.batch, test.image));
    if (!outputs) {
      ADD_FAILURE() << llvm::toString(outputs.takeError());
      return {};
    }
    EXPECT_EQ(outputs->size(), 1u);
    return outputs->front().second;
  }

  mlir::MLIRContext context;
};

class GoldenLogits : public Golden {};

TEST_P(GoldenLogits, AreThoseOfTheSource) {
  Case test = std::get<0>(GetParam());
  for (bool fixed : {false, true}) {
    SCOPED_TRACE(fixed ? "one size" : "any size");
    Spec spec = test::golden(test.image);
    test.change(spec);
    if (fixed) {
      spec.batch = test.batch;
      spec.fixed = test.image;
    }
    ref::ConstantStore store;
    addSyntheticWeights(spec, test.semantics, store);
    auto module = buildGraph(spec, test.semantics, context);
    ASSERT_TRUE(module);
    ref::Tensor logits = run(*module, store);
    ASSERT_EQ(logits.shape, (std::vector<int64_t>{test.batch, 3}));
    expectNumbers(logits.values, test);
  }
}

const Case logits[] = {
    {"G1timm", Semantics::Timm, 2, {32, 32}, {-0.6391242, -1.5646130, -2.1256097}, 8.260825},
    {"G1torchvision", Semantics::Torchvision, 2, {32, 32}, {-0.6391242, -1.5646130, -2.1256097}, 8.260825},
    {"G1hf", Semantics::Hf, 2, {32, 32}, {-0.6391242, -1.5646130, -2.1256097}, 8.260825},
    {"G1microsoft", Semantics::Microsoft, 2, {32, 32}, {-0.6391242, -1.5646130, -2.1256097}, 8.260825},
    {"G3timm", Semantics::Timm, 1, {36, 44}, {0.3458499, -0.4879066, -1.2122672}, 2.046024},
    {"G4torchvision", Semantics::Torchvision, 1, {36, 44}, {0.3684567, -0.5320108, -1.3126331}, 2.213101},
    {"G4hf", Semantics::Hf, 1, {36, 44}, {0.3684567, -0.5320108, -1.3126331}, 2.213101},
    {"G5hf", Semantics::Hf, 1, {35, 42}, {0.9082304, -0.0096649, -0.9314705}, 1.849366},
    {"G6torchvision", Semantics::Torchvision, 1, {12, 20}, {-0.3059125, -0.4428335, -0.4810375}, 1.229784},
    {"G7timm", Semantics::Timm, 2, {32, 32}, {0.3300518, 0.8135368, 1.0980762}, 4.702477, swinV2},
    {"G7torchvision", Semantics::Torchvision, 2, {32, 32}, {0.3300518, 0.8135368, 1.0980762}, 4.702477, swinV2},
    {"G7hf", Semantics::Hf, 2, {32, 32}, {0.3300518, 0.8135368, 1.0980762}, 4.702477, swinV2},
    {"G7microsoft", Semantics::Microsoft, 2, {32, 32}, {0.3300518, 0.8135368, 1.0980762}, 4.702477, swinV2},
    {"G8timm", Semantics::Timm, 2, {32, 32}, {0.3244265, 0.8109939, 1.0992183}, 4.693234, swinV2Trained},
    {"G8hf", Semantics::Hf, 2, {32, 32}, {0.3244265, 0.8109939, 1.0992183}, 4.693234, swinV2Trained},
    {"G8microsoft", Semantics::Microsoft, 2, {32, 32}, {0.3244265, 0.8109939, 1.0992183}, 4.693234, swinV2Trained},
    // clang-format off
    {"G9timm", Semantics::Timm, 1, {36, 44}, {0.1258251, 0.0071888, -0.1193509}, 0.252365, swinV2,
     limitOfPaddedCosines},
    {"G10torchvision", Semantics::Torchvision, 1, {36, 44}, {-0.0713863, -0.3991689, -0.6385796}, 1.109135, swinV2,
     limitOfPaddedCosines},
    {"PaddedV2hf", Semantics::Hf, 1, {35, 42}, {-0.6615740, -0.6973786, -0.5741586}, 1.933111, swinV2,
     limitOfPaddedCosines},
    // clang-format on
    {"CrTimm", Semantics::Timm, 2, {32, 32}, {-1.0256942, -2.0443684, -2.5848856}, 11.320986, swinV2Cr},
    {"CrNormedTimm", Semantics::Timm, 1, {36, 44}, {-1.6999177, -2.2644489, -2.2986810}, 6.263048, swinV2CrNormed},
    {"MlpMicrosoft", Semantics::Microsoft, 2, {32, 32}, {0.0749678, -0.1937920, -0.4228382}, 1.336936, swinMlp},
    {"PositionMicrosoft",
     Semantics::Microsoft,
     2,
     {32, 32},
     {3.8041662, 3.7608727, 2.8293301},
     20.776792,
     withPosition},
    {"AlwaysTimm", Semantics::Timm, 1, {32, 32}, {-0.6462259, -1.5693244, -2.1268146}, 4.342365, alwaysCut},
    {"TanhTimm", Semantics::Timm, 2, {32, 32}, {-0.6385339, -1.5641625, -2.1254057}, 8.258194, tanhForm},
};

/// The map of the second stage, before any norm, where no shift ever vanishes.
const Case maps[] = {
    {"G2hfBackbone", Semantics::HfBackbone, 2, {32, 32}, {0.6257617, -9.2362473, -2.1610478}, 1956.940050},
    {"G2mm", Semantics::Mm, 2, {32, 32}, {0.6257617, -9.2362473, -2.1610478}, 1956.940050},
};

class GoldenMap : public Golden {};

TEST_P(GoldenMap, IsThatOfTheSource) {
  Case test = std::get<0>(GetParam());
  Spec spec = test::golden(test.image);
  ref::ConstantStore store;
  // The numbers are those of a classifier's parameters, which are numbered otherwise.
  addSyntheticWeights(spec, Semantics::Torchvision, store);
  spec.outputs = {"stage2"};
  auto module = buildGraph(spec, test.semantics, context);
  ASSERT_TRUE(module);
  std::vector<LayerNormOp> norms;
  module->walk([&](ChannelsFirstOp op) { norms.push_back(op.getInput().getDefiningOp<LayerNormOp>()); });
  ASSERT_EQ(norms.size(), 1u);
  norms[0].replaceAllUsesWith(norms[0].getInput());
  mlir::Operation *constants[] = {norms[0].getGamma().getDefiningOp(), norms[0].getBeta().getDefiningOp()};
  norms[0].erase();
  for (mlir::Operation *constant : constants)
    constant->erase();

  ref::Tensor map = run(*module, store);
  ASSERT_EQ(map.shape, (std::vector<int64_t>{2, 16, 4, 4}));
  // The first three channels of the first token come first.
  std::vector<double> values = map.values;
  for (int channel : {1, 2})
    std::swap(values[channel], values[channel * 16]);
  expectNumbers(values, test);
}

/// The comparison can fail: the numbers of one order of padding are not those of the other.
TEST(Golden, CanFail) { EXPECT_GT(std::abs(logits[4].first[0] - logits[5].first[0]), 1e4 * limit); }

std::string caseName(const testing::TestParamInfo<std::tuple<Case, bool>> &info) {
  return std::string(std::get<0>(info.param).name) + (std::get<1>(info.param) ? "Kernels" : "Graph");
}

INSTANTIATE_TEST_SUITE_P(, GoldenLogits, testing::Combine(testing::ValuesIn(logits), testing::Bool()), caseName);
INSTANTIATE_TEST_SUITE_P(, GoldenMap, testing::Combine(testing::ValuesIn(maps), testing::Bool()), caseName);

} // namespace
