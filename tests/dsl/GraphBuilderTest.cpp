//===- GraphBuilderTest.cpp - a spec becomes a graph ----------------------===//
#include "dsl/GraphBuilder.h"
#include "passes/dialect/Swin.h"
#include "tests/dsl/Models.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "gtest/gtest.h"

#include <map>

using namespace swin;
using namespace swin::dsl;

namespace {

constexpr int64_t any = mlir::ShapedType::kDynamic;

std::string layerOf(mlir::Operation *op) { return llvm::cast<mlir::NameLoc>(op->getLoc()).getName().str(); }

std::vector<int64_t> shapeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape().vec();
}

struct Graph {
  Graph(const Spec &spec, Semantics semantics) : module(buildGraph(spec, semantics, context)) {
    EXPECT_TRUE(module) << semanticsName(semantics);
    if (module)
      forward = module->lookupSymbol<mlir::func::FuncOp>("forward");
  }

  template <typename OpT> std::vector<OpT> all() {
    auto ops = forward.getOps<OpT>();
    return {ops.begin(), ops.end()};
  }
  /// Names of ops in `layer` without "swin.", one line.
  std::string inLayer(const std::string &layer) {
    std::string text;
    for (mlir::Operation &op : forward.getBody().front())
      if (layerOf(&op) == layer && !llvm::isa<ParamOp>(op))
        text += op.getName().stripDialect().str() + " ";
    return text;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp forward;
};

TEST(GraphBuilder, NumberOfOps) {
  struct Row {
    Semantics semantics;
    size_t shifts, pads, checks;
    bool padsImage;
  } rows[] = {
      // A 9 x 11 map, then 5 x 6, under windows of 4: each of the two odd blocks is shifted there and back.
      {Semantics::Timm, 4, 4, 0, false}, {Semantics::Torchvision, 4, 4, 0, false},
      {Semantics::Hf, 4, 4, 2, true},    {Semantics::HfBackbone, 4, 4, 0, true},
      {Semantics::Mm, 4, 4, 0, true},    {Semantics::Microsoft, 2, 0, 3, false},
  };
  for (const Row &row : rows) {
    SCOPED_TRACE(semanticsName(row.semantics));
    Spec spec = test::golden({36, 44});
    bool backbone = row.semantics == Semantics::HfBackbone || row.semantics == Semantics::Mm;
    if (backbone)
      spec.outputs = {"stage1", "stage2"};
    Graph graph(spec, row.semantics);
    // Embedding, two per block, merging; then the final norm or those of two maps.
    EXPECT_EQ(graph.all<LayerNormOp>().size(), 1 + 2 * 4 + 1 + (backbone ? 2u : 1u));
    EXPECT_EQ(graph.all<LinearOp>().size(), 4 * 4 + 1 + (backbone ? 0u : 1u));
    EXPECT_EQ(graph.all<CyclicShiftOp>().size(), row.shifts);
    EXPECT_EQ(graph.all<PadOp>().size(), row.pads);
    EXPECT_EQ(graph.all<CropOp>().size(), row.pads);
    EXPECT_EQ(graph.all<CheckSizeOp>().size(), row.checks);
    EXPECT_EQ(graph.all<WindowAttentionOp>().size(), 4u);
    EXPECT_EQ(graph.all<AddOp>().size(), 8u);
    EXPECT_EQ(graph.all<GeluOp>().size(), 4u);
    EXPECT_EQ(graph.all<PatchMergingOp>().size(), 1u);
    EXPECT_EQ(graph.all<MeanPoolOp>().size(), backbone ? 0u : 1u);
    EXPECT_EQ(graph.all<ChannelsFirstOp>().size(), backbone ? 2u : 0u);
    EXPECT_EQ(graph.all<PatchEmbedOp>().at(0).getPad(), row.padsImage);
  }
}

TEST(GraphBuilder, OrderOfShiftAndPad) {
  Spec spec = test::golden({36, 44});
  std::string middle = "window_partition window_attention window_reverse ";
  std::string even = "pad " + middle + "crop add ";
  for (Semantics semantics : test::allSemantics) {
    SCOPED_TRACE(semanticsName(semantics));
    Graph graph(spec, semantics);
    std::string odd = "pad cyclic_shift " + middle + "cyclic_shift crop add ";
    if (semantics == Semantics::Timm)
      odd = "cyclic_shift pad " + middle + "crop cyclic_shift add ";
    if (semantics == Semantics::Microsoft) // built for 4 x 5 in the second stage: no shift there
      odd = "cyclic_shift " + middle + "cyclic_shift add ";
    EXPECT_EQ(graph.inLayer("layers.0.blocks.0.attn"), semantics == Semantics::Microsoft ? middle + "add " : even);
    EXPECT_EQ(graph.inLayer("layers.0.blocks.1.attn"), odd);
    EXPECT_EQ(graph.inLayer("layers.1.blocks.1.attn"), semantics == Semantics::Microsoft ? middle + "add " : odd);
    EXPECT_EQ(graph.inLayer("layers.0.blocks.1.mlp"), "gelu add ");
    EXPECT_EQ(graph.inLayer("layers.0.blocks.1.attn.qkv"), "linear ");
  }
}

TEST(GraphBuilder, Shifts) {
  std::map<Semantics, ShiftRule> rules = {
      {Semantics::Timm, ShiftRule::Never}, {Semantics::Torchvision, ShiftRule::Axis},
      {Semantics::Hf, ShiftRule::Map},     {Semantics::HfBackbone, ShiftRule::Never},
      {Semantics::Mm, ShiftRule::Never},   {Semantics::Microsoft, ShiftRule::Never}};
  using Numbers = std::vector<int64_t>;
  for (auto [semantics, rule] : rules) {
    SCOPED_TRACE(semanticsName(semantics));
    Graph graph(test::model(8, {2}, {2}, {5, 4}, {80, 80}), semantics);
    auto shifts = graph.all<CyclicShiftOp>();
    ASSERT_EQ(shifts.size(), 2u);
    EXPECT_EQ(shifts[0].getOffsets().vec(), (Numbers{2, 2}));
    EXPECT_EQ(shifts[1].getOffsets().vec(), (Numbers{-2, -2}));
    auto attentions = graph.all<WindowAttentionOp>();
    ASSERT_EQ(attentions.size(), 2u);
    EXPECT_EQ(attentions[0].getShift().vec(), (Numbers{0, 0}));
    EXPECT_EQ(attentions[0].getUnlessCovered(), ShiftRule::Never);
    EXPECT_EQ(attentions[1].getShift().vec(), (Numbers{2, 2}));
    EXPECT_EQ(attentions[1].getUnlessCovered(), rule);
    for (auto shift : shifts) {
      EXPECT_EQ(shift.getUnlessCovered(), rule);
      EXPECT_EQ(shift.getWindow().vec(), (Numbers{5, 4}));
    }
    EXPECT_EQ(attentions[1].getHeads(), 2);
    EXPECT_DOUBLE_EQ(attentions[1].getScale().convertToDouble(), 0.5);
  }
}

TEST(GraphBuilder, Checks) {
  using Numbers = std::vector<int64_t>;
  Graph hf(test::golden({32, 32}), Semantics::Hf);
  for (auto [stage, check] : llvm::enumerate(hf.all<CheckSizeOp>())) {
    EXPECT_EQ(check.getMin().vec(), (Numbers{4, 4}));
    EXPECT_EQ(check.getMultiple().vec(), (Numbers{1, 1}));
    EXPECT_EQ(layerOf(check), "layers." + std::to_string(stage));
  }
  Graph microsoft(test::golden({32, 24}), Semantics::Microsoft); // the second map is 4 x 3: windows of 3
  auto checks = microsoft.all<CheckSizeOp>();
  ASSERT_EQ(checks.size(), 3u);
  EXPECT_EQ(checks[0].getMultiple().vec(), (Numbers{4, 4}));
  EXPECT_EQ(checks[1].getMultiple().vec(), (Numbers{2, 2}));
  EXPECT_EQ(layerOf(checks[1]), "layers.0.downsample");
  EXPECT_EQ(checks[2].getMultiple().vec(), (Numbers{3, 3}));
}

// The constants are exactly the parameters, when all outputs are wanted.
TEST(GraphBuilder, Params) {
  for (Semantics semantics : test::allSemantics) {
    SCOPED_TRACE(semanticsName(semantics));
    Spec spec = test::golden({36, 44});
    spec.outputs = {"stage2", "features", "stage1", "logits"};
    Graph graph(spec, semantics);
    std::map<std::string, std::vector<int64_t>> found, expected;
    for (auto param : graph.all<ParamOp>())
      EXPECT_TRUE(found.emplace(param.getName().str(), shapeOf(param)).second) << param.getName().str() << " twice";
    for (const Parameter &parameter : parametersOf(spec, semantics))
      expected[parameter.name] = parameter.shape;
    EXPECT_EQ(found, expected);
    std::vector<std::string> names;
    for (auto output : graph.all<OutputOp>())
      names.push_back(output.getName().str());
    EXPECT_EQ(names, spec.outputs);
  }
}

TEST(GraphBuilder, OnlyWhatOutputsNeed) {
  Spec spec = test::tiny({224, 224});
  auto has = [&](std::vector<std::string> outputs, const std::string &name) {
    spec.outputs = std::move(outputs);
    Graph graph(spec, Semantics::Timm);
    return llvm::any_of(graph.all<ParamOp>(), [&](ParamOp param) { return param.getName() == name; });
  };
  EXPECT_TRUE(has({"stage2"}, "layers.1.blocks.1.mlp.fc2.weight"));
  EXPECT_FALSE(has({"stage2"}, "layers.1.downsample.norm.weight"));
  EXPECT_FALSE(has({"stage2"}, "layers.2.blocks.0.norm1.weight"));
  EXPECT_FALSE(has({"stage4"}, "norm.weight"));
  EXPECT_TRUE(has({"features", "stage1"}, "norm.weight"));
  EXPECT_FALSE(has({"features", "stage1"}, "head.weight"));
  EXPECT_TRUE(has({"logits"}, "head.weight"));
}

TEST(GraphBuilder, PartsThatAreMissing) {
  Spec spec = test::golden({32, 32});
  spec.qkvBias = spec.patchNorm = false;
  spec.numClasses = 0;
  spec.layerNormEpsilon = 1e-3;
  Graph graph(spec, Semantics::Timm);
  EXPECT_EQ(graph.all<OutputOp>().at(0).getName(), "features");
  for (auto linear : graph.all<LinearOp>()) {
    bool without =
        llvm::StringRef(layerOf(linear)).ends_with("qkv") || layerOf(linear) == "layers.0.downsample.reduction";
    EXPECT_EQ(!linear.getBias(), without) << layerOf(linear);
  }
  for (auto norm : graph.all<LayerNormOp>()) {
    EXPECT_NE(layerOf(norm), "patch_embed.norm");
    double epsilon = layerOf(norm) == "layers.0.downsample.norm" ? 1e-5 : 1e-3;
    EXPECT_EQ(norm.getEpsilon().convertToDouble(), epsilon) << layerOf(norm);
  }
}

TEST(GraphBuilder, SizesThatAreFree) {
  Spec spec = test::golden({36, 44});
  spec.outputs = {"stage2", "logits"};
  Graph graph(spec, Semantics::HfBackbone);
  EXPECT_EQ(shapeOf(graph.forward.getArgument(0)), (std::vector<int64_t>{any, 3, any, any}));
  EXPECT_EQ(shapeOf(graph.all<OutputOp>().at(0).getValue()), (std::vector<int64_t>{any, 16, any, any}));
  EXPECT_EQ(shapeOf(graph.all<OutputOp>().at(1).getValue()), (std::vector<int64_t>{any, 3}));
}

TEST(GraphBuilder, SizesThatAreFixed) {
  Spec spec = test::golden({35, 42});
  spec.batch = 2;
  spec.fixed = {35, 42};
  spec.outputs = {"stage1", "stage2"};
  Graph graph(spec, Semantics::Mm);
  using Shape = std::vector<int64_t>;
  EXPECT_EQ(shapeOf(graph.forward.getArgument(0)), (Shape{2, 3, 35, 42}));
  auto pads = graph.all<PadOp>();
  EXPECT_EQ(shapeOf(pads.at(0)), (Shape{2, 12, 12, 8})); // 9 x 11 under windows of 4
  EXPECT_EQ(shapeOf(pads.at(2)), (Shape{2, 8, 8, 16}));  // 5 x 6
  EXPECT_EQ(shapeOf(graph.all<WindowPartitionOp>().at(0)), (Shape{2, 3, 3, 16, 8}));
  EXPECT_EQ(shapeOf(graph.all<OutputOp>().at(0).getValue()), (Shape{2, 8, 9, 11}));
  EXPECT_EQ(shapeOf(graph.all<OutputOp>().at(1).getValue()), (Shape{2, 16, 5, 6}));
  // Sizes that divide: pads say so in their types.
  spec.fixed = spec.imageSize = {32, 32};
  Graph whole(spec, Semantics::Torchvision);
  for (auto pad : whole.all<PadOp>())
    EXPECT_EQ(pad.getType(), pad.getInput().getType());
  for (Semantics semantics : test::allSemantics)
    Graph(spec, semantics);
}

} // namespace
