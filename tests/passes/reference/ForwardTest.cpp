//===- ForwardTest.cpp - whole functions ----------------------------------===//
#include "tests/passes/reference/Compute.h"

using namespace swin;
using namespace swin::test;

namespace {

/// Outputs of @forward on `image`, or the error.
struct Outcome {
  ref::NamedTensors outputs;
  std::string error;
};

Outcome forward(const std::string &text, ref::ConstantStore &store, const Tensor &image) {
  Parsed parsed(text);
  if (!parsed.module)
    return {{}, "no module"};
  auto outputs = ref::interpret(*parsed.module, store, image);
  if (!outputs)
    return {{}, llvm::toString(outputs.takeError())};
  return {std::move(*outputs), ""};
}

const char *graph = R"(
func.func @forward(%image: tensor<?x1x?x?xf32>) {
  %w = swin.param "embed.weight" : tensor<2x1x1x1xf32> loc("patch_embed")
  %b = swin.param "embed.bias" : tensor<2xf32> loc("patch_embed")
  %0 = swin.patch_embed %image, %w, %b patch [1, 1]
    : (tensor<?x1x?x?xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<?x?x?x2xf32>
  %1 = swin.add %0, %0 : tensor<?x?x?x2xf32>
  swin.output %1 as "stage1" : tensor<?x?x?x2xf32>
  %2 = swin.mean_pool %1 : tensor<?x?x?x2xf32> -> tensor<?x2xf32>
  swin.output %2 as "features" : tensor<?x2xf32>
  return
})";

const char *calls = R"(
func.func @forward(%image: tensor<?x1x?x?xf32>) {
  %w = swin.param "embed.weight" : tensor<2x1x1x1xf32>
  %b = swin.param "embed.bias" : tensor<2xf32>
  %1 = swin.call @embed(%image, %w, %b)
    : (tensor<?x1x?x?xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<?x?x?x2xf32> loc("patch_embed")
  swin.output %1 as "stage1" : tensor<?x?x?x2xf32>
  %2 = swin.call @pool(%1) : (tensor<?x?x?x2xf32>) -> tensor<?x2xf32>
  swin.output %2 as "features" : tensor<?x2xf32>
  return
}
swin.kernel @embed tokens activations 1
    (%x: tensor<?x1x?x?xf32>, %w: tensor<2x1x1x1xf32>, %b: tensor<2xf32>) -> tensor<?x?x?x2xf32> {
  %0 = swin.patch_embed %x, %w, %b patch [1, 1]
    : (tensor<?x1x?x?xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<?x?x?x2xf32>
  %1 = swin.add %0, %0 : tensor<?x?x?x2xf32>
  swin.yield %1 : tensor<?x?x?x2xf32>
}
swin.kernel @pool pool activations 1 (%x: tensor<?x?x?x2xf32>) -> tensor<?x2xf32> dense {
  %0 = swin.mean_pool %x : tensor<?x?x?x2xf32> -> tensor<?x2xf32>
  swin.yield %0 : tensor<?x2xf32>
})";

void addWeights(ref::ConstantStore &store) {
  store.add("embed.weight", {2, 1, 1, 1}, {1, 10});
  store.add("embed.bias", {2}, {0, 0.5});
}

TEST(Forward, GivesOutputsInOrder) {
  for (const char *text : {graph, calls}) {
    ref::ConstantStore store;
    addWeights(store);
    Outcome outcome = forward(text, store, {{1, 1, 1, 2}, {1, 2}});
    ASSERT_EQ(outcome.error, "");
    ASSERT_EQ(outcome.outputs.size(), 2u);
    EXPECT_EQ(outcome.outputs[0].first, "stage1");
    EXPECT_EQ(difference(outcome.outputs[0].second, {{1, 1, 2, 2}, {2, 21, 4, 41}}), 0);
    EXPECT_EQ(outcome.outputs[1].first, "features");
    EXPECT_EQ(difference(outcome.outputs[1].second, {{1, 2}, {3, 31}}), 0);
  }
}

TEST(Forward, ConstantsMustBeThereInTheirShape) {
  ref::ConstantStore store;
  store.add("embed.bias", {2}, {0, 0});
  EXPECT_EQ(forward(graph, store, counted({1, 1, 1, 2})).error,
            "patch_embed: swin.param \"embed.weight\" is not in the constant store");
  store.add("embed.weight", {1, 2, 1}, {1, 2});
  EXPECT_EQ(forward(graph, store, counted({1, 1, 1, 2})).error,
            "patch_embed: swin.param \"embed.weight\" is 1x2x1 in the constant store, not 2x1x1x1");
}

TEST(Forward, ImagesFitTheModel) {
  ref::ConstantStore store;
  addWeights(store);
  EXPECT_EQ(forward(graph, store, counted({1, 3, 2, 2})).error,
            "func.func @forward gets 1x3x2x2, but the type is tensor<?x1x?x?xf32>");
  EXPECT_EQ(forward(graph, store, counted({1, 1, 2})).error,
            "func.func @forward gets 1x1x2, but the type is tensor<?x1x?x?xf32>");
  EXPECT_EQ(forward(graph, store, counted({0, 1, 2, 2})).error,
            "func.func @forward gets 0x1x2x2, but the type is tensor<?x1x?x?xf32>");
  EXPECT_EQ(forward("module {}", store, counted({1, 1, 1, 1})).error,
            "the module has no function @forward of one block and one image");
}

TEST(Forward, ErrorsInKernelsNameTheLayerOfTheCall) {
  const char *text = R"(
func.func @forward(%image: tensor<?x1x?x?xf32>) {
  %0 = swin.call @cut(%image) : (tensor<?x1x?x?xf32>) -> tensor<?x1x?x2x?xf32> loc("layers.3.blocks.1.attn")
  swin.output %0 as "windows" : tensor<?x1x?x2x?xf32>
  return
}
swin.kernel @cut windows activations 1 (%x: tensor<?x1x?x?xf32>) -> tensor<?x1x?x2x?xf32> {
  %0 = swin.window_partition %x window [1, 2] : tensor<?x1x?x?xf32> -> tensor<?x1x?x2x?xf32> loc("another.layer")
  swin.yield %0 : tensor<?x1x?x2x?xf32>
})";
  ref::ConstantStore store;
  EXPECT_EQ(forward(text, store, counted({1, 1, 3, 4})).error,
            "layers.3.blocks.1.attn: swin.window_partition needs a map whose width 3 is a multiple of 2");
}

TEST(Forward, CheckSizeIsTheValueOrAnError) {
  const char *text = R"(
func.func @forward(%image: tensor<?x?x?x1xf32>) {
  %0 = swin.check_size %image min [3, 2] multiple [1, 2] : tensor<?x?x?x1xf32> loc("layers.0.blocks.1")
  swin.output %0 as "map" : tensor<?x?x?x1xf32>
  return
})";
  ref::ConstantStore store;
  Outcome good = forward(text, store, counted({2, 3, 4, 1}));
  ASSERT_EQ(good.error, "");
  EXPECT_EQ(difference(good.outputs[0].second, counted({2, 3, 4, 1})), 0);
  EXPECT_EQ(forward(text, store, counted({1, 2, 4, 1})).error,
            "layers.0.blocks.1 needs a map of at least 3 x 2 tokens; this one is 2 x 4");
  EXPECT_EQ(forward(text, store, counted({1, 4, 5, 1})).error,
            "layers.0.blocks.1 needs a map whose size is a multiple of 1 x 2 tokens; this one is 4 x 5");
}

TEST(Forward, CheckSizeHasUpperBounds) {
  auto why = [](const std::string &max, const Tensor &map) {
    ref::ConstantStore store;
    return forward("func.func @forward(%image: tensor<?x?x?x1xf32>) {\n  %0 = swin.check_size %image min [3, 2] "
                   "multiple [1, 1] max " +
                       max + " : tensor<?x?x?x1xf32> loc(\"absolute_pos_embed\")\n  return\n}",
                   store, map)
        .error;
  };
  EXPECT_EQ(why("[4, 2]", counted({1, 4, 2, 1})), "");
  EXPECT_EQ(why("[4, 2]", counted({1, 5, 2, 1})),
            "absolute_pos_embed needs a map of at most 4 x 2 tokens; this one is 5 x 2");
  std::string exactly = "absolute_pos_embed needs a map of exactly 3 x 2 tokens; this one is ";
  EXPECT_EQ(why("[3, 2]", counted({1, 3, 2, 1})), "");
  EXPECT_EQ(why("[3, 2]", counted({1, 3, 4, 1})), exactly + "3 x 4");
  EXPECT_EQ(why("[3, 2]", counted({1, 2, 2, 1})), exactly + "2 x 2");
}

TEST(Forward, RunsOpsWithoutOperands) {
  ref::ConstantStore store;
  Outcome outcome = forward(R"(
func.func @forward(%image: tensor<?x1x?x?xf32>) {
  %0 = swin.log_coords window [1, 2] step [1.0, 1.0] gain 2.0 : tensor<3x2xf32>
  %1 = swin.relu %0 : tensor<3x2xf32>
  swin.output %1 as "positions" : tensor<3x2xf32>
  return
})",
                            store, counted({1, 1, 1, 1}));
  ASSERT_EQ(outcome.error, "");
  EXPECT_LE(difference(outcome.outputs[0].second, {{3, 2}, {0, 0, 0, 0, 0, 2 * 0.69314718055994531}}), 1e-15);
}

TEST(Forward, KernelsCheckTheirArguments) {
  const char *signature = "(%x: tensor<?x2xf32>) -> tensor<?x2xf32>", *body = "%r = swin.gelu %x : tensor<?x2xf32>";
  EXPECT_EQ(refusal(signature, body, {}), "swin.kernel @k has 1 arguments, but gets 0");
  EXPECT_EQ(refusal(signature, body, {counted({2, 3})}),
            "swin.kernel @k as argument 0 gets 2x3, but the type is tensor<?x2xf32>");
  Parsed parsed("func.func @forward() { return }");
  auto result = ref::interpretKernel(&parsed.module->getBody()->front(), {});
  ASSERT_FALSE(static_cast<bool>(result));
  EXPECT_EQ(llvm::toString(result.takeError()), "func.func is no kernel");
}

} // namespace
