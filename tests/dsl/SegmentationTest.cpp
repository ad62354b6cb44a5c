//===- SegmentationTest.cpp - a class for every pixel ---------------------===//
// Golden vectors of UPerNet: of the head alone on given maps, and of whole models.
//===----------------------------------------------------------------------===//
#include "dsl/GraphBuilder.h"
#include "dsl/GraphBuilderLayers.h"
#include "dsl/Weights.h"
#include "passes/reference/Interpreter.h"
#include "passes/transforms/Pipelines.h"
#include "tests/dsl/Models.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace swin;
using namespace swin::dsl;

namespace {

/// Of the values' size: the weights are rounded to float32, constant folding rounds once more.
constexpr double limit = 1e-6;

std::vector<double> sines(int64_t count) {
  std::vector<double> values(count);
  for (int64_t n = 0; n < count; ++n)
    values[n] = std::sin(0.1 * static_cast<double>(n + 1));
  return values;
}

ref::Tensor sineImage(int64_t batch, Size size) {
  return {{batch, 3, size[0], size[1]}, sines(batch * 3 * size[0] * size[1])};
}

Spec golden(Size image) {
  Spec spec = test::golden(image);
  spec.segmentation = Segmentation{8, {1, 2, 3, 6}};
  return spec;
}

void expectNumbers(const ref::Tensor &found, const std::vector<int64_t> &shape, std::array<double, 3> first, double sum,
                   double within = limit) {
  ASSERT_EQ(found.shape, shape);
  double size = 0, total = 0;
  for (double value : found.values) {
    size = std::max(size, std::abs(value));
    total += std::abs(value);
  }
  for (int n : {0, 1, 2})
    EXPECT_NEAR(found.values[n], first[n], within * size) << "value " << n;
  EXPECT_NEAR(total, sum, within * sum);
}

ref::Tensor only(llvm::Expected<ref::NamedTensors> outputs) {
  if (!outputs) {
    ADD_FAILURE() << llvm::toString(outputs.takeError());
    return {};
  }
  EXPECT_EQ(outputs->size(), 1u);
  EXPECT_EQ(outputs->front().first, "logits");
  return outputs->front().second;
}

/// The rule of docs/Numbers.md for the parameters of the head, numbered without those of the backbone.
void addHead(const Spec &spec, ref::ConstantStore &store) {
  int64_t number = 0;
  for (const Parameter &parameter : parametersOf(spec, Semantics::HfBackbone)) {
    if (!parameter.name.starts_with("decode_head."))
      continue;
    int64_t count = 1;
    for (int64_t size : parameter.shape)
      count *= size;
    bool isVector = parameter.shape.size() == 1;
    bool isVariance = parameter.name.ends_with("running_var"), isGain = isVector && parameter.name.ends_with("weight");
    double scale = isVariance ? 0.5 : isVector ? 0.2 : std::sqrt(3.0 * double(parameter.shape[0]) / double(count));
    std::vector<float> values(count);
    for (int64_t n = 0; n < count; ++n)
      values[n] = static_cast<float>((isVariance || isGain ? 1 : 0) +
                                     scale * std::sin(12.9898 * double(n + 1) + 78.233 * double(number + 1)));
    store.add(parameter.name, parameter.shape, std::move(values));
    ++number;
  }
}

/// The head on maps that are constants; its own weights are numbered alone.
TEST(Segmentation, HeadAlone) {
  mlir::MLIRContext context;
  context.loadDialect<mlir::func::FuncDialect, SwinDialect>();
  Spec spec = golden({17, 20});
  spec.stages.resize(4, spec.stages[1]);
  ref::ConstantStore store;
  addHead(spec, store);

  Layers layers(spec, Semantics::HfBackbone, context);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(layers.builder, layers.at("head"));
  layers.builder.setInsertionPointToEnd(module->getBody());
  mlir::Type image = layers.tensor({1, 3, 17, 20});
  auto forward = mlir::func::FuncOp::create(layers.builder, layers.at("forward"), "forward",
                                            layers.builder.getFunctionType(image, {}));
  layers.builder.setInsertionPointToEnd(forward.addEntryBlock());
  llvm::SmallVector<mlir::Value> maps;
  const Size sizes[] = {{17, 20}, {9, 10}, {5, 5}, {3, 3}};
  for (int64_t stage = 0; stage < 4; ++stage) {
    std::string name = "map" + std::to_string(stage);
    int64_t channels = spec.channels(stage), pixels = sizes[stage][0] * sizes[stage][1];
    std::vector<double> values = sines(channels * pixels); // channels first
    std::vector<float> last(values.size());
    for (int64_t channel = 0; channel < channels; ++channel)
      for (int64_t pixel = 0; pixel < pixels; ++pixel)
        last[pixel * channels + channel] = static_cast<float>(values[channel * pixels + pixel]);
    std::vector<int64_t> shape = {1, sizes[stage][0], sizes[stage][1], channels};
    store.add(name, shape, std::move(last));
    maps.push_back(layers.param(name, shape));
  }
  mlir::Value logits = addSegmentation(layers, maps, forward.getArgument(0));
  OutputOp::create(layers.builder, layers.at("logits"), logits, "logits");
  mlir::func::ReturnOp::create(layers.builder, layers.at("forward"));
  ASSERT_TRUE(mlir::succeeded(mlir::verify(*module)));
  // An image of the finest map's size: the last resizing changes nothing.
  expectNumbers(only(ref::interpret(*module, store, sineImage(1, {17, 20}))), {1, 3, 17, 20},
                {-0.4411111, -0.4598259, -0.4631119}, 324.190356);
}

struct Case {
  const char *name;
  int64_t batch;
  Size image;
  std::array<double, 3> first;
  double sum;
  Family family = Family::Swin;
  std::vector<int64_t> pools = {1, 2, 3, 6};
  double limit = ::limit;
};
std::ostream &operator<<(std::ostream &stream, const Case &test) { return stream << test.name; }

const Case cases[] = {
    {"Whole", 2, {32, 32}, {-0.4416452, -0.4416452, -0.4400198}, 2008.691240},
    {"Padded", 1, {36, 44}, {-0.3527766, -0.3527766, -0.3518416}, 1440.785817},
    {"PaddedImage", 1, {35, 42}, {-0.4695746, -0.4695746, -0.4747974}, 1238.789806},
    {"SmallerThanAWindow", 1, {7, 5}, {-0.4910291, -0.4891392, -0.4815796}, 33.549647},
    {"TwoPools", 1, {35, 42}, {-0.2051454, -0.2051454, -0.1491363}, 3001.927543, Family::Swin, {2, 5}},
    {"V2", 2, {32, 32}, {-0.4251876, -0.4251876, -0.4142452}, 1494.881997, Family::SwinV2},
    // Here rounding the weights alone moves a float64 implementation's numbers by more than 1e-6.
    {"V2Padded", 1, {35, 42}, {-0.2932851, -0.2932851, -0.2602391}, 1360.451892, Family::SwinV2, {1, 2, 3, 6}, 3e-5},
};

class SegmentationModels : public testing::TestWithParam<std::tuple<Case, bool>> {};

TEST_P(SegmentationModels, AreThoseOfTheSource) {
  auto [test, kernels] = GetParam();
  for (Semantics semantics : {Semantics::HfBackbone, Semantics::Mm})
    for (bool fixed : {false, true}) {
      if (test.family == Family::SwinV2 && semantics == Semantics::Mm)
        continue;
      SCOPED_TRACE(std::string(semanticsName(semantics)) + (fixed ? " of one size" : " of any size"));
      Spec spec = golden(test.image);
      spec.family = test.family;
      spec.segmentation->poolScales = test.pools;
      spec.fixed = fixed ? test.image : Size{0, 0};
      ref::ConstantStore store;
      addSyntheticWeights(spec, semantics, store);
      mlir::MLIRContext context;
      auto module = buildGraph(spec, semantics, context);
      ASSERT_TRUE(module);
      if (kernels) {
        mlir::PassManager manager(&context);
        passes::buildKernelsPipeline(manager, passes::KernelsOptions(), &store);
        ASSERT_TRUE(mlir::succeeded(manager.run(*module)));
        auto forward = module->lookupSymbol<mlir::func::FuncOp>("forward");
        EXPECT_TRUE(forward.getOps<Conv2dOp>().empty());
        EXPECT_FALSE(forward.getOps<CallOp>().empty());
      }
      expectNumbers(only(ref::interpret(*module, store, sineImage(test.batch, test.image))),
                    {test.batch, 3, test.image[0], test.image[1]}, test.first, test.sum, test.limit);
    }
}

std::string caseName(const testing::TestParamInfo<std::tuple<Case, bool>> &info) {
  return std::string(std::get<0>(info.param).name) + (std::get<1>(info.param) ? "Kernels" : "Graph");
}

INSTANTIATE_TEST_SUITE_P(, SegmentationModels, testing::Combine(testing::ValuesIn(cases), testing::Bool()), caseName);

/// Maps and logits of one run share their norms; what no output needs is not there.
TEST(Segmentation, Outputs) {
  mlir::MLIRContext context;
  auto opsOf = [&](const std::vector<std::string> &outputs) {
    Spec spec = golden({36, 44});
    spec.outputs = outputs;
    auto module = buildGraph(spec, Semantics::HfBackbone, context);
    EXPECT_TRUE(module);
    std::map<std::string, int> count;
    module->walk([&](mlir::Operation *op) { ++count[op->getName().stripDialect().str()]; });
    return count;
  };
  auto logits = opsOf({}), both = opsOf({"stage1", "logits"}), map = opsOf({"stage1"});
  EXPECT_EQ(both["layer_norm"], logits["layer_norm"]);
  EXPECT_EQ(both["channels_first"], 2);
  EXPECT_EQ(logits["adaptive_pool"], 4);
  EXPECT_EQ(logits["conv2d"], 4 + 1 + 2 + 1 + 1);
  EXPECT_EQ(logits["batch_norm"], 4 + 1 + 2 + 1);
  EXPECT_EQ(logits["resize"], 4 + 1 + 1 + 1);
  EXPECT_EQ(logits["mean_pool"], 0);
  EXPECT_EQ(map["conv2d"], 0);
  EXPECT_EQ(map["patch_merging"], 0);
}

} // namespace
