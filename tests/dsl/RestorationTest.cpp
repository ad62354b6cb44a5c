//===- RestorationTest.cpp - models that make pictures --------------------===//
// Spec, graph, synthetic weights and interpreter give the numbers of the original SwinIR and
// Swin2SR and of transformers (docs/Numbers.md); the compiler's passes keep them.
//===----------------------------------------------------------------------===//
#include "dsl/GraphBuilder.h"
#include "dsl/ReadSpec.h"
#include "dsl/Weights.h"
#include "passes/dialect/Swin.h"
#include "passes/reference/Interpreter.h"
#include "passes/transforms/Pipelines.h"
#include "tests/dsl/Models.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "gtest/gtest.h"

#include <cmath>
#include <functional>
#include <ostream>

using namespace swin;
using namespace swin::dsl;

namespace {

using Upsampler = Restoration::Upsampler;
using Lines = std::vector<std::string>;

/// Of the values' size: weights and literals are rounded to float32, constant folding rounds once more.
constexpr double limit = 2e-6;

struct Case {
  const char *name;
  Family family;
  Semantics semantics;
  int64_t upscale;
  Upsampler upsampler;
  bool three;
  int64_t channels;
  double range;
  Size image;
  const char *output;
  Size result;
  std::array<double, 3> first;
  double sum; ///< of absolute values
  int64_t built = 16;
};

std::ostream &operator<<(std::ostream &stream, const Case &test) { return stream << test.name; }

Spec specOf(const Case &test) {
  Spec spec = test::restoration(test.family, test.upscale, test.upsampler);
  spec.imageSize = {test.built, test.built};
  spec.imageChannels = spec.restoration->outputChannels = test.channels;
  spec.restoration->threeConvolutions = test.three;
  spec.restoration->range = test.range;
  spec.outputs = {test.output};
  return spec;
}

/// Values in 0 .. 1.
ref::Tensor sineImage(const Case &test) {
  ref::Tensor tensor{{1, test.channels, test.image[0], test.image[1]}, {}};
  tensor.values.resize(test.channels * test.image[0] * test.image[1]);
  for (size_t n = 0; n < tensor.values.size(); ++n)
    tensor.values[n] = (std::sin(0.1 * static_cast<double>(n + 1)) + 1) / 2;
  return tensor;
}

class Pictures : public testing::TestWithParam<std::tuple<Case, bool>> {
protected:
  void expectNumbers(const Spec &spec) {
    auto [test, kernels] = GetParam();
    Diagnostics errors;
    checkSpec(spec, "test", errors);
    EXPECT_EQ(errors.lines(), std::vector<std::string>{});
    ref::ConstantStore store;
    addSyntheticWeights(spec, test.semantics, store);
    auto module = buildGraph(spec, test.semantics, context);
    ASSERT_TRUE(module);
    if (kernels) {
      mlir::PassManager manager(&context);
      passes::buildKernelsPipeline(manager, passes::KernelsOptions(), &store);
      ASSERT_TRUE(mlir::succeeded(manager.run(*module)));
      EXPECT_FALSE(module->lookupSymbol<mlir::func::FuncOp>("forward").getOps<CallOp>().empty());
    }
    auto outputs = ref::interpret(*module, store, sineImage(test));
    ASSERT_TRUE(bool(outputs)) << llvm::toString(outputs.takeError());
    ASSERT_EQ(outputs->size(), 1u);
    const auto &[name, picture] = outputs->front();
    EXPECT_EQ(name, test.output);
    ASSERT_EQ(picture.shape, (std::vector<int64_t>{1, test.channels, test.result[0], test.result[1]}));
    double size = 0, sum = 0;
    for (double value : picture.values) {
      size = std::max(size, std::abs(value));
      sum += std::abs(value);
    }
    for (int n : {0, 1, 2})
      EXPECT_NEAR(picture.values[n], test.first[n], limit * size) << "value " << n;
    EXPECT_NEAR(sum, test.sum, limit * test.sum);
  }

  mlir::MLIRContext context;
};

TEST_P(Pictures, AreThoseOfTheSource) {
  const Case &test = std::get<0>(GetParam());
  Spec spec = specOf(test);
  {
    SCOPED_TRACE("any size");
    expectNumbers(spec);
  }
  if (test.built < 16)
    return; // windows are those of another size
  SCOPED_TRACE("one size");
  spec.batch = 1;
  spec.fixed = spec.imageSize = test.image;
  expectNumbers(spec);
}

constexpr Family v1 = Family::Swin, v2 = Family::SwinV2;
constexpr Semantics original = Semantics::Microsoft, hf = Semantics::Hf;
constexpr Upsampler none = Upsampler::None, shuffle = Upsampler::PixelShuffle, direct = Upsampler::PixelShuffleDirect,
                    nearest = Upsampler::NearestConv, aux = Upsampler::PixelShuffleAux,
                    twice = Upsampler::PixelShuffleHf;

const Case cases[] = {
    // clang-format off
    {"G11", v1, original, 2, shuffle, false, 3, 1, {8, 10}, "image", {16, 20}, {0.6652549, 0.6685137, 0.6636922},
     574.389067},
    {"G12", v1, original, 4, nearest, true, 3, 1, {8, 8}, "image", {32, 32}, {0.3645589, 0.3573179, 0.3563082},
     1272.991022},
    {"G13", v1, original, 3, direct, false, 3, 1, {6, 8}, "image", {18, 24}, {1.4472690, 0.7316265, -0.1804802},
     1053.907334},
    {"G14", v1, original, 1, none, false, 1, 255, {8, 11}, "image", {8, 11}, {4.2825068, 6.3540213, 7.3279387},
     415.468139},
    {"G15", v2, original, 2, aux, false, 3, 1, {7, 8}, "image", {14, 16}, {0.4449003, 0.4644399, 0.4693601},
     285.335966},
    {"AuxOfTheInputsSize", v2, original, 2, aux, false, 3, 1, {7, 8}, "aux", {8, 8},
     {0.7627220, 0.8017490, 0.8102288}, 89.752672},
    {"AuxThrice", v2, original, 3, aux, false, 3, 1, {7, 9}, "image", {21, 27}, {1.0960857, 0.3786514, 0.2882542},
     2693.300044},
    {"Swin2Sr", v2, original, 2, shuffle, false, 3, 1, {8, 10}, "image", {16, 20}, {0.6727265, 0.6825315, 0.6801387},
     585.239653},
    {"First", v2, original, 2, twice, false, 3, 1, {7, 8}, "image_first", {14, 16}, {0.3806685, 0.3807939, 0.3754219},
     275.489903},
    {"Whole", v2, original, 2, twice, false, 3, 1, {7, 8}, "image", {14, 16}, {0.2145035, 0.2066457, 0.1961843},
     184.381206},
    {"Residual", v2, original, 2, twice, false, 3, 1, {7, 8}, "image_residual", {14, 16},
     {0.2826350, 0.2746518, 0.2695624}, 197.828904},
    {"WholeOfThree", v2, original, 4, twice, true, 3, 1, {7, 8}, "image", {28, 32}, {0.0703394, 0.0459914, 0.0366174},
     111.898232},
    {"BuiltForOneWindow", v1, original, 2, shuffle, false, 3, 1, {8, 10}, "image", {16, 20},
     {0.6652283, 0.6684287, 0.6636229}, 574.383624, 4},
    {"Hf", v2, hf, 2, shuffle, false, 3, 1, {8, 12}, "image", {16, 24}, {0.6733295, 0.6841136, 0.6806526}, 700.200592},
    {"HfOneConvolutionBehindAll", v2, hf, 3, shuffle, true, 3, 1, {8, 8}, "image", {24, 24},
     {1.0011473, 2.2555097, 2.0305343}, 2742.035948},
    {"HfBicubicOfTheRawPicture", v2, hf, 2, aux, false, 3, 1, {8, 8}, "image", {16, 16},
     {0.3175840, 0.2974808, 0.2913741}, 308.052092},
    {"HfNearest", v2, hf, 4, nearest, true, 3, 1, {8, 8}, "image", {32, 32}, {0.5872168, 0.5752463, 0.5746926},
     1785.292773},
    {"HfGray", v2, hf, 2, direct, false, 1, 1, {8, 8}, "image", {16, 16}, {3.7974775, 2.8690834, 6.0366812},
     765.171831},
    {"HfAddsTheRawPicture", v2, hf, 1, none, false, 3, 255, {8, 12}, "image", {8, 12},
     {0.7724010, 0.9522035, 0.9987949}, 250.792559},
    // clang-format on
};

std::string caseName(const testing::TestParamInfo<std::tuple<Case, bool>> &info) {
  return std::string(std::get<0>(info.param).name) + (std::get<1>(info.param) ? "Kernels" : "Graph");
}

INSTANTIATE_TEST_SUITE_P(, Pictures, testing::Combine(testing::ValuesIn(cases), testing::Bool()), caseName);

//===----------------------------------------------------------------------===//
// Graphs
//===----------------------------------------------------------------------===//

template <typename Op> int count(mlir::ModuleOp module) {
  int found = 0;
  module.walk([&](Op) { ++found; });
  return found;
}

TEST(RestorationGraph, BuildsWhatOutputsNeed) {
  mlir::MLIRContext context;
  Spec spec = test::restoration(v2, 2, twice);
  auto convolutions = [&](std::vector<std::string> outputs) {
    spec.outputs = std::move(outputs);
    auto module = buildGraph(spec, original, context);
    EXPECT_TRUE(module);
    return module ? count<Conv2dOp>(*module) : -1;
  };
  // conv_first, patch_embed, 2 per group, conv_after_body, conv_before_upsample, upsample, conv_last.
  EXPECT_EQ(convolutions({"image_first"}), 10);
  EXPECT_EQ(convolutions({"image"}), 10 + 10);
  EXPECT_EQ(convolutions({"image_residual"}), 10 + 10 - 2);
  EXPECT_EQ(convolutions({"image", "image_first", "image_residual"}), 20);
}

/// Whole windows are cut without padding, unless the model was built for less than a window.
TEST(RestorationGraph, WindowsArePaddedOnce) {
  mlir::MLIRContext context;
  for (Semantics semantics : {original, hf}) {
    Spec spec = test::restoration(v2, 2, shuffle);
    auto module = buildGraph(spec, semantics, context);
    ASSERT_TRUE(module);
    EXPECT_EQ(count<ReflectPadOp>(*module), 1);
    EXPECT_EQ(count<PadOp>(*module), 0);
    EXPECT_EQ(count<CropOp>(*module), 1);
    EXPECT_EQ(count<CheckSizeOp>(*module), 0);
    spec.imageSize = {3, 3};
    module = buildGraph(spec, semantics, context);
    ASSERT_TRUE(module);
    EXPECT_EQ(count<PadOp>(*module), semantics == hf ? 4 : 0);
    EXPECT_EQ(count<CheckSizeOp>(*module), semantics == hf ? 0 : 2);
  }
}

TEST(RestorationGraph, RangeAndMean) {
  mlir::MLIRContext context;
  auto affines = [&](int64_t channels, double range) {
    Spec spec = test::restoration(v1, 2, shuffle);
    spec.imageChannels = spec.restoration->outputChannels = channels;
    spec.restoration->range = range;
    auto module = buildGraph(spec, original, context);
    return module ? count<AffineOp>(*module) : -1;
  };
  EXPECT_EQ(affines(3, 1), 2);
  EXPECT_EQ(affines(1, 255), 2);
  EXPECT_EQ(affines(1, 1), 0); // nothing is to be done
}

TEST(RestorationGraph, SizesThatCannotBe) {
  auto errorsFor = [](Family family, Semantics semantics, const std::function<void(Spec &)> &change) {
    Spec spec = test::restoration(family, 2, shuffle);
    spec.semantics = semantics;
    for (Stage &stage : spec.stages)
      stage.window = {8, 8};
    change(spec);
    Diagnostics errors;
    checkSpec(spec, "m", errors);
    return errors.lines();
  };
  auto fixedTo = [](Size size) { return [size](Spec &spec) { spec.fixed = spec.imageSize = size; }; };
  EXPECT_EQ(errorsFor(Family::Swin, Semantics::Microsoft, fixedTo({9, 16})), Lines{}); // 7 are mirrored
  EXPECT_EQ(errorsFor(Family::Swin, Semantics::Microsoft, fixedTo({16, 4})),
            Lines{"m: error: an image of 16x4 has not enough pixels to mirror for whole windows of 8x8 (at "
                  "/image/size)"});
  EXPECT_EQ(errorsFor(Family::Swin, Semantics::Microsoft, fixedTo({7, 16})),
            Lines{"m: error: microsoft pads an image of 7x16 to 8x16 and then cannot divide it into the windows of 7x7 "
                  "that a model built for 7x16 has (at /image/size)"});
  EXPECT_EQ(errorsFor(Family::SwinV2, Semantics::Hf, fixedTo({7, 16})), Lines{});
  EXPECT_EQ(errorsFor(Family::Swin, Semantics::Microsoft, [](Spec &spec) { spec.imageSize = {1, 1}; }), Lines{});
}

} // namespace
