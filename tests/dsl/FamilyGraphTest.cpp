//===- FamilyGraphTest.cpp - what a family's graph is made of -------------===//
#include "dsl/GraphBuilder.h"
#include "dsl/Rules.h"
#include "passes/dialect/Swin.h"
#include "tests/dsl/Models.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "gtest/gtest.h"

#include <cmath>
#include <map>

using namespace swin;
using namespace swin::dsl;

namespace {

using Numbers = std::vector<int64_t>;

Spec modelOf(Family family, Size image = {36, 44}) {
  Spec spec = test::golden(image);
  spec.family = family;
  return spec;
}

std::vector<int64_t> shapeOf(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType()).getShape().vec();
}

std::string layerOf(mlir::Operation *op) { return llvm::cast<mlir::NameLoc>(op->getLoc()).getName().str(); }

struct Graph {
  Graph(const Spec &spec, Semantics semantics) : module(buildGraph(spec, semantics, context)) {
    EXPECT_TRUE(module) << familyName(spec.family) << " " << semanticsName(semantics);
    if (module)
      forward = module->lookupSymbol<mlir::func::FuncOp>("forward");
  }
  template <typename OpT> std::vector<OpT> all() {
    auto ops = forward.getOps<OpT>();
    return {ops.begin(), ops.end()};
  }
  /// Names of ops of a block in order, without "swin." and without params, with the end of their layer where there is
  /// one: "linear:mlp.fc1".
  std::string block(const std::string &name) {
    std::string text;
    for (mlir::Operation &op : forward.getBody().front())
      if (std::string layer = layerOf(&op); layer.starts_with(name + ".") && !llvm::isa<ParamOp>(op))
        text += op.getName().stripDialect().str() + ":" + layer.substr(name.size() + 1) + " ";
    return text;
  }

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp forward;
};

const std::string table = "log_coords:attn linear:attn.cpb_mlp.0 relu:attn linear:attn.cpb_mlp.2 sigmoid:attn "
                          "scale_rows:attn ";

TEST(FamilyGraph, SwinV2NormsBehind) {
  Graph graph(modelOf(Family::SwinV2), Semantics::Timm);
  EXPECT_EQ(graph.block("layers.0.blocks.1"),
            "cyclic_shift:attn pad:attn window_partition:attn qkv_bias:attn.qkv linear:attn.qkv " + table +
                "logit_scale:attn window_attention:attn linear:attn.proj window_reverse:attn crop:attn "
                "cyclic_shift:attn layer_norm:norm1 add:attn "
                "linear:mlp.fc1 gelu:mlp linear:mlp.fc2 layer_norm:norm2 add:mlp ");
  EXPECT_EQ(graph.block("layers.0.downsample"), "linear:reduction layer_norm:norm ");
  // The branch starts at the block's input: nothing stands in front.
  auto shift = graph.all<CyclicShiftOp>().at(0);
  EXPECT_TRUE(shift.getInput().getDefiningOp<AddOp>());
  for (auto attention : graph.all<WindowAttentionOp>()) {
    EXPECT_EQ(attention.getScale().convertToDouble(), 1);
    ASSERT_TRUE(attention.getCosine());
    auto scale = attention.getCosine().getDefiningOp<LogitScaleOp>();
    ASSERT_TRUE(scale);
    EXPECT_DOUBLE_EQ(scale.getMax().convertToDouble(), std::log(100.0));
    EXPECT_EQ(shapeOf(scale.getInput()), (Numbers{int64_t(attention.getHeads()), 1, 1}));
  }
}

TEST(FamilyGraph, PositionsOfSwinV2) {
  Spec spec = modelOf(Family::SwinV2, {64, 48}); // maps of 16 x 12 and 8 x 6
  spec.stages[0].window = {5, 4};
  spec.stages[1].window = {16, 16}; // clipped to 8 x 6
  spec.stages[1].pretrainedWindow = {12, 3};
  Graph graph(spec, Semantics::Timm);
  auto coordinates = graph.all<LogCoordsOp>();
  ASSERT_EQ(coordinates.size(), 4u);
  EXPECT_EQ(coordinates[0].getWindow().vec(), (Numbers{5, 4}));
  EXPECT_DOUBLE_EQ(coordinates[0].getStep()[0], 2);
  EXPECT_DOUBLE_EQ(coordinates[0].getStep()[1], 8.0 / 3);
  EXPECT_EQ(coordinates[2].getWindow().vec(), (Numbers{8, 6}));
  EXPECT_DOUBLE_EQ(coordinates[2].getStep()[0], 8.0 / 11);
  EXPECT_DOUBLE_EQ(coordinates[2].getStep()[1], 4);
  EXPECT_DOUBLE_EQ(coordinates[2].getGain().convertToDouble(), 1 / std::log(8.0));
  auto rows = graph.all<ScaleRowsOp>().at(2);
  EXPECT_EQ(rows.getRows().vec(), (Numbers{0, 15 * 11}));
  EXPECT_EQ(rows.getFactor().convertToDouble(), 16);
  // A window of one: its only position is 0, whatever the step.
  spec.stages[0].window = {1, 1};
  Graph one(spec, Semantics::Timm);
  EXPECT_EQ(one.all<LogCoordsOp>().at(0).getStep()[0], 8);
}

TEST(FamilyGraph, SwinV2WithoutBias) {
  Spec spec = modelOf(Family::SwinV2);
  spec.qkvBias = false;
  Graph graph(spec, Semantics::Timm);
  EXPECT_TRUE(graph.all<QkvBiasOp>().empty());
  for (auto linear : graph.all<LinearOp>())
    EXPECT_EQ(!linear.getBias(), layerOf(linear).ends_with("qkv") || layerOf(linear).ends_with("cpb_mlp.2") ||
                                     layerOf(linear).ends_with("reduction"))
        << layerOf(linear);
}

TEST(FamilyGraph, SwinV2Cr) {
  Spec spec = modelOf(Family::SwinV2Cr);
  spec.stages[0].depth = 3;
  spec.extraNormPeriod = 2;
  spec.outputs = {"stage1", "logits"};
  Graph graph(spec, Semantics::Timm);
  std::string branch = "pad:attn window_partition:attn linear:attn.qkv log_coords:attn linear:attn.meta_mlp.fc1 "
                       "relu:attn linear:attn.meta_mlp.fc2 logit_scale:attn window_attention:attn linear:attn.proj "
                       "window_reverse:attn crop:attn ",
              mlp = "linear:mlp.fc1 gelu:mlp linear:mlp.fc2 layer_norm:norm2 add:mlp ";
  EXPECT_EQ(graph.block("layers.0.blocks.0"), branch + "layer_norm:norm1 add:attn " + mlp);
  EXPECT_EQ(graph.block("layers.0.blocks.1"),
            "cyclic_shift:attn " + branch + "cyclic_shift:attn layer_norm:norm1 add:attn " + mlp + "layer_norm:norm3 ");
  EXPECT_EQ(graph.block("layers.0.downsample"), "layer_norm:norm linear:reduction ");
  // The last block's norm is the final one.
  auto pool = graph.all<MeanPoolOp>().at(0);
  EXPECT_EQ(layerOf(pool.getInput().getDefiningOp()), "layers.1.blocks.1.norm3");
  EXPECT_EQ(graph.all<LogCoordsOp>().at(0).getStep().vec(), (std::vector<double>{1, 1}));
  EXPECT_EQ(graph.all<LogCoordsOp>().at(0).getGain().convertToDouble(), 1);
  EXPECT_EQ(shapeOf(graph.all<LogitScaleOp>().at(0).getInput()), (Numbers{2}));
  // Maps are channels first, and no norm is theirs.
  auto maps = graph.all<ChannelsFirstOp>();
  ASSERT_EQ(maps.size(), 1u);
  EXPECT_EQ(layerOf(maps[0]), "layers.0");
  EXPECT_EQ(layerOf(maps[0].getInput().getDefiningOp()), "layers.0.blocks.2.mlp");
}

TEST(FamilyGraph, SwinMlp) {
  Spec spec = modelOf(Family::SwinMlp, {48, 48}); // windows of 4 on maps of 12 and 6, of which only the first divides
  spec.stages[1].window = {3, 3};
  spec.fixed = spec.imageSize;
  Graph graph(spec, Semantics::Microsoft);
  EXPECT_EQ(graph.block("layers.0.blocks.0"),
            "layer_norm:norm1 window_partition:spatial_mlp token_mixing:spatial_mlp window_reverse:spatial_mlp "
            "add:spatial_mlp layer_norm:norm2 linear:mlp.fc1 gelu:mlp linear:mlp.fc2 add:mlp ");
  EXPECT_EQ(graph.block("layers.0.blocks.1"),
            "layer_norm:norm1 pad:spatial_mlp window_partition:spatial_mlp token_mixing:spatial_mlp "
            "window_reverse:spatial_mlp crop:spatial_mlp add:spatial_mlp "
            "layer_norm:norm2 linear:mlp.fc1 gelu:mlp linear:mlp.fc2 add:mlp ");
  auto pads = graph.all<PadOp>();
  auto crops = graph.all<CropOp>();
  ASSERT_EQ(pads.size(), 2u);
  ASSERT_EQ(crops.size(), 2u);
  EXPECT_EQ(pads[0].getBefore(), llvm::ArrayRef<int64_t>({2, 2}));
  EXPECT_EQ(crops[0].getBefore(), llvm::ArrayRef<int64_t>({2, 2}));
  EXPECT_EQ(shapeOf(pads[0]), (Numbers{mlir::ShapedType::kDynamic, 16, 16, 8}));
  EXPECT_EQ(pads[1].getBefore(), llvm::ArrayRef<int64_t>({2, 2})); // 3 less a shift of 1
  EXPECT_EQ(graph.all<TokenMixingOp>().at(0).getHeads(), 2);
  EXPECT_EQ(graph.all<CheckSizeOp>().size(), 3u); // two of windows, one of merging
}

TEST(FamilyGraph, StageMaps) {
  Spec spec = modelOf(Family::SwinV2);
  spec.outputs = {"stage1", "stage2"};
  Graph backbone(spec, Semantics::HfBackbone), plain(spec, Semantics::Timm);
  EXPECT_EQ(backbone.all<ChannelsFirstOp>().size(), 2u);
  EXPECT_TRUE(plain.all<ChannelsFirstOp>().empty());
  for (auto map : backbone.all<ChannelsFirstOp>())
    EXPECT_TRUE(map.getInput().getDefiningOp<AddOp>()); // no norm
}

TEST(FamilyGraph, SwinV2OfHfTakesAnySize) {
  Graph graph(modelOf(Family::SwinV2), Semantics::Hf);
  EXPECT_TRUE(graph.all<CheckSizeOp>().empty());
  for (auto shift : graph.all<CyclicShiftOp>())
    EXPECT_EQ(shift.getUnlessCovered(), ShiftRule::Never);
}

TEST(FamilyGraph, PositionEmbedding) {
  Spec spec = modelOf(Family::Swin, {32, 48});
  spec.positionEmbedding = true;
  Graph graph(spec, Semantics::Microsoft);
  auto check = graph.all<CheckSizeOp>().at(0);
  EXPECT_EQ(check.getMin().vec(), (Numbers{8, 12}));
  ASSERT_TRUE(check.getMax());
  EXPECT_EQ(*check.getMax(), llvm::ArrayRef<int64_t>({8, 12}));
  EXPECT_TRUE(check.getInput().getDefiningOp<LayerNormOp>());
  auto position = graph.all<AddPositionOp>().at(0);
  EXPECT_EQ(position.getInput(), check.getResult());
  EXPECT_EQ(shapeOf(position.getPosition()), (Numbers{1, 96, 8}));
}

TEST(FamilyGraph, WithoutFinalNorm) {
  Spec spec = modelOf(Family::Swin);
  spec.finalNorm = false;
  Graph graph(spec, Semantics::Hf);
  EXPECT_TRUE(graph.all<MeanPoolOp>().at(0).getInput().getDefiningOp<AddOp>());
}

TEST(FamilyGraph, Activations) {
  for (Activation activation :
       {Activation::Gelu, Activation::GeluTanh, Activation::QuickGelu, Activation::Silu, Activation::Relu}) {
    Spec spec = modelOf(Family::Swin);
    spec.activation = activation;
    Graph graph(spec, Semantics::Timm);
    std::string expected = std::string("swin.") + activationName(activation);
    auto isIt = [&](mlir::Operation &op) { return op.getName().getStringRef() == expected; };
    EXPECT_EQ(llvm::count_if(graph.forward.getBody().front(), isIt), 4) << expected;
  }
}

// The constants are exactly the parameters, in every family of every source.
TEST(FamilyGraph, Params) {
  for (Family family : test::allFamilies)
    for (Semantics semantics : test::allSemantics) {
      if (!hasFamily(semantics, family))
        continue;
      SCOPED_TRACE(std::string(familyName(family)) + " " + semanticsName(semantics));
      Spec spec = modelOf(family, {32, 32});
      spec.outputs = {"stage2", "features", "stage1", "logits"};
      spec.extraNormStage = true;
      Graph graph(spec, semantics);
      std::map<std::string, Numbers> found, expected;
      for (auto param : graph.all<ParamOp>())
        EXPECT_TRUE(found.emplace(param.getName().str(), shapeOf(param)).second) << param.getName().str() << " twice";
      for (const Parameter &parameter : parametersOf(spec, semantics))
        expected[parameter.name] = parameter.shape;
      EXPECT_EQ(found, expected);
    }
}

} // namespace
