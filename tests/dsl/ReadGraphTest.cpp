// Descriptions that say a graph: what loops, blocks, names and defaults mean, and what becomes of it.
#include "dsl/GraphBuilderNodes.h"
#include "tests/dsl/GraphDescriptions.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace swin::dsl;
using namespace swin::dsl::tests;

namespace {

using Lines = std::vector<std::string>;

/// A description around a list of nodes.
std::string around(const std::string &nodes, const std::string &output, const std::string &rest = "") {
  return R"({"format": "swin-model", "image": {"size": 16}, "graph": [)" + nodes + R"(], "outputs": {"out": ")" +
         output + "\"}" + rest + "}";
}

/// The module of a description that must be good, without locations.
std::string moduleOf(const std::string &text, const std::vector<std::string> &outputs = {}) {
  Folder folder;
  folder.write("m.json", text);
  auto read = graphOf("m.json");
  EXPECT_EQ(read->errors.lines(), Lines{}) << text;
  if (!read->errors.good() || !read->graph)
    return "";
  if (!outputs.empty())
    read->use.outputs = outputs;
  mlir::MLIRContext context;
  std::optional<BuiltGraph> built = buildNodes(*read->graph, read->use, context);
  EXPECT_EQ(read->errors.lines(), Lines{}) << text;
  std::string module;
  llvm::raw_string_ostream stream(module);
  if (built)
    built->module->print(stream);
  return module;
}

/// Names of a graph's nodes in their order, without the image.
std::string namesOf(const std::string &text) {
  Folder folder;
  folder.write("m.json", text);
  auto read = graphOf("m.json");
  EXPECT_EQ(read->errors.lines(), Lines{});
  std::string names;
  for (const GraphNode &node : read->graph->nodes)
    names += node.op ? (names.empty() ? "" : " ") + node.name : "";
  return names;
}

TEST(ReadGraph, OneOpIsOneLine) {
  EXPECT_EQ(moduleOf(around(R"({"name": "map", "op": "channels_last"},
    {"name": "c", "op": "conv2d", "channels": 4, "kernel": [3, 1], "stride": 2, "padding": "same"})",
                            "c")),
            R"(module {
  func.func @forward(%arg0: tensor<?x3x?x?xf32>) {
    %0 = swin.channels_last %arg0 : tensor<?x3x?x?xf32> -> tensor<?x?x?x3xf32>
    %1 = swin.param "c.weight" : tensor<4x3x3x1xf32>
    %2 = swin.param "c.bias" : tensor<4xf32>
    %3 = swin.conv2d %0, %1, %2 kernel [3, 1] stride [2, 2] padding [1, 0] : )"
            R"((tensor<?x?x?x3xf32>, tensor<4x3x3x1xf32>, tensor<4xf32>) -> tensor<?x?x?x4xf32>
    swin.output %3 as "out" : tensor<?x?x?x4xf32>
    return
  }
}
)");
}

TEST(ReadGraph, WithoutInputTheNodeInFront) {
  const char *said = R"({"name": "a", "op": "channels_last", "input": "image"},
    {"name": "b", "op": "relu", "input": "a"}, {"name": "c", "op": "silu", "input": "b"})";
  EXPECT_EQ(moduleOf(around(R"({"name": "a", "op": "channels_last"}, {"name": "l", "op": "literal", "values": [1]},
    {"name": "b", "op": "relu"}, {"name": "c", "op": "silu"})",
                            "c")),
            moduleOf(around(said, "c")));
}

TEST(ReadGraph, AnyOrder) {
  EXPECT_EQ(namesOf(around(R"({"name": "c", "op": "silu", "input": "b"}, {"name": "b", "op": "relu", "input": "a"},
    {"name": "a", "op": "channels_last", "input": "image"})",
                           "c")),
            "a b c");
}

TEST(ReadGraph, LoopsGoOnWhereTheyAre) {
  EXPECT_EQ(moduleOf(around(R"({"name": "m", "op": "channels_last"},
    {"repeat": 2, "index": "i", "nodes": [
      {"repeat": {"k": [1, 3]}, "nodes": [{"name": "c.{i}.{k}", "op": "conv2d", "channels": 4, "kernel": "{k}"}]}]},
    {"repeat": 0, "nodes": [{"name": "never", "op": "relu"}]})",
                            "c.1.3")),
            moduleOf(around(R"({"name": "m", "op": "channels_last"},
    {"name": "c.0.1", "op": "conv2d", "channels": 4, "kernel": 1},
    {"name": "c.0.3", "op": "conv2d", "channels": 4, "kernel": 3},
    {"name": "c.1.1", "op": "conv2d", "channels": 4, "kernel": 1},
    {"name": "c.1.3", "op": "conv2d", "channels": 4, "kernel": 3})",
                            "c.1.3")));
}

TEST(ReadGraph, BlocksInBlocks) {
  EXPECT_EQ(namesOf(graphDescription),
            "stem body.0.first.conv body.0.first.norm body.0.act body.0.second.conv body.0.second.norm body.0.sum "
            "roll.0 body.1.first.conv body.1.first.norm body.1.act body.1.second.conv body.1.second.norm body.1.sum "
            "roll.1 bias norm mean head twice back first");
}

TEST(ReadGraph, BlocksOfSeveralInputs) {
  const std::string blocks =
      R"(, "blocks": {"sum": {"parameters": ["f"], "inputs": ["p", "q"], "output": "s",
        "nodes": [{"name": "s", "op": "add", "inputs": ["p", "r"]}, {"name": "r", "op": "{f}", "input": "q"}]}})";
  std::string text = around(R"({"name": "m", "op": "channels_last"}, {"name": "n", "op": "relu"},
    {"name": "u", "block": "sum", "inputs": ["m", "n"], "f": "gelu"})",
                            "u", blocks);
  EXPECT_EQ(namesOf(text), "m n u.r u.s");
}

TEST(ReadGraph, NamesOfWeights) {
  Folder folder;
  folder.write("m.json", graphDescription);
  auto read = graphOf("m.json");
  mlir::MLIRContext context;
  std::optional<BuiltGraph> built = buildNodes(*read->graph, read->use, context);
  ASSERT_TRUE(built);
  std::string names;
  for (const GraphParameter &parameter : built->parameters)
    if (!parameter.name.starts_with("body."))
      names += parameter.name + " " + sizesText(parameter.shape) + " ";
  EXPECT_EQ(names, "head.weight 3x8 last.norm 8 stem.bias 8 stem.weight 8x3x2x2 ");
  EXPECT_EQ(built->parameters.size(), 4u + 2 * 2 * 6);
  auto variance = std::find_if(built->parameters.begin(), built->parameters.end(), [](const GraphParameter &each) {
    return each.name == "body.1.second.norm.running_var";
  });
  ASSERT_NE(variance, built->parameters.end());
  EXPECT_EQ(variance->kind, GraphParameter::Kind::Variance);
}

TEST(ReadGraph, OnlyWhatOutputsNeed) {
  std::string module = moduleOf(graphDescription, {"inner"});
  EXPECT_NE(module.find("body.1.first.norm.running_var"), std::string::npos);
  EXPECT_EQ(module.find("body.1.second"), std::string::npos);
  EXPECT_EQ(module.find("head"), std::string::npos);
  // In the order that is asked for.
  module = moduleOf(graphDescription, {"map", "logits"});
  EXPECT_LT(module.find("as \"map\""), module.find("as \"logits\""));
}

TEST(ReadGraph, SharedWeights) {
  std::string module = moduleOf(around(R"({"name": "m", "op": "channels_last"},
    {"name": "a", "op": "linear", "channels": 3, "weights": {"weight": "w", "bias": "b"}},
    {"name": "c", "op": "linear", "channels": 3, "weights": {"weight": "w", "bias": "b"}})",
                                       "c"));
  EXPECT_EQ(module.find("swin.param \"w\""), module.rfind("swin.param \"w\""));
}

TEST(ReadGraph, WrittenTextIsTheSameModel) {
  Folder folder;
  folder.write("m.json", graphDescription);
  auto read = graphOf("m.json");
  std::string text = graphText(*read->graph, read->use);
  EXPECT_EQ(text.find("repeat"), std::string::npos);
  EXPECT_EQ(text.find("block"), std::string::npos);
  EXPECT_EQ(moduleOf(text), moduleOf(graphDescription));
  folder.write("again.json", text);
  auto again = graphOf("again.json");
  EXPECT_EQ(graphText(*again->graph, again->use), text);
}

TEST(ReadGraph, SizesAndBatch) {
  Folder folder;
  folder.write("m.json", graphDescription);
  auto read = graphOf("m.json");
  read->use.batch = 2;
  read->use.fixed = read->use.imageSize = {10, 12};
  mlir::MLIRContext context;
  checkGraph(*read->graph, read->use);
  std::optional<BuiltGraph> built = buildNodes(*read->graph, read->use, context);
  ASSERT_TRUE(built);
  std::string module;
  llvm::raw_string_ostream(module) << *built->module;
  EXPECT_NE(module.find("as \"map\" : tensor<2x8x5x6xf32>"), std::string::npos) << module;
}

TEST(ReadGraph, OfWhatIsWrongAtASizeNothingIsBuilt) {
  Folder folder;
  folder.write("m.json", around(R"({"name": "m", "op": "channels_last"},
    {"name": "w", "op": "window_partition", "window": 4}, {"name": "r", "op": "window_reverse", "window": 4})",
                                "r"));
  auto read = graphOf("m.json");
  EXPECT_EQ(read->errors.lines(), Lines{});
  read->use.fixed = read->use.imageSize = {16, 18};
  mlir::MLIRContext context;
  EXPECT_FALSE(checkGraph(*read->graph, read->use));
  EXPECT_FALSE(buildNodes(*read->graph, read->use, context));
  EXPECT_EQ(
      read->errors.lines(),
      Lines{"m.json:2:5: error: node \"w\": width of the map must be a multiple of the window's 4, but is 18, for "
            "images of 16x18 (at /graph/1)"});
}

TEST(ReadGraph, NotesWhatNobodyNeeds) {
  Folder folder;
  folder.write("m.json", around(R"({"name": "m", "op": "channels_last"}, {"name": "a", "op": "relu"},
    {"name": "b", "op": "gelu", "input": "m"})",
                                "b"));
  EXPECT_EQ(headlines(graphOf("m.json")->errors.notes()), Lines{"m.json: note: no output needs the node \"a\""});
  folder.write("m.json", graphDescription);
  EXPECT_EQ(headlines(graphOf("m.json")->errors.notes()), Lines{});
}

} // namespace
