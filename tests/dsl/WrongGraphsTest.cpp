// Wrong graphs: every line that reading them gives, in wrong-graphs.txt, and what no replacement in a good one can
// make.
#include "tests/dsl/Cases.h"
#include "tests/dsl/GraphDescriptions.h"

#include <gtest/gtest.h>

using namespace swin::dsl;
using namespace swin::dsl::tests;

namespace {

using Lines = std::vector<std::string>;

/// The lines that a description around a list of nodes gives.
Lines errorsOfNodes(const std::string &nodes, const std::string &rest = "", const std::string &size = "16") {
  Folder folder;
  folder.write("m.json", R"({"format": "swin-model", "image": {"size": )" + size + R"(}, "outputs": {"out": "o"})" +
                             rest + ",\n\"graph\": [" + nodes + "]}");
  return errorsOf("m.json");
}

TEST(WrongGraphs, EveryLine) { expectErrorsOfAll("wrong-graphs.txt", "graph", graphDescription, 70); }

TEST(WrongGraphs, TheOneTheyAreMadeFromIsGood) {
  Folder folder;
  folder.write("m.json", graphDescription);
  EXPECT_EQ(errorsOf("m.json"), Lines{});
}

TEST(WrongGraphs, Circles) {
  EXPECT_EQ(errorsOfNodes(R"({"name": "a", "op": "relu", "input": "c"}, {"name": "b", "op": "relu"},
{"name": "c", "op": "relu"}, {"name": "s", "op": "silu", "input": "s"},
{"name": "o", "op": "relu", "input": "image"})"),
            (Lines{R"(m.json:2:11: error: nodes read each other in a circle: "a" reads "c" reads "b" reads )"
                   R"("a" (at /graph/0); expected every node to follow from the image)",
                   R"(m.json:3:30: error: nodes read each other in a circle: "s" reads "s" (at /graph/3); )"
                   R"(expected every node to follow from the image)",
                   R"(m.json:4:1: error: node "o": "image" is an image (channels first) (at /graph/4); )"
                   R"(expected a map, which channels_last or patch_embed makes of an image)"}));
  // By a block's input and output, and by nothing else.
  EXPECT_EQ(errorsOfNodes(R"({"name": "o", "block": "b", "input": "o"})",
                          R"(, "blocks": {"b": {"nodes": [{"name": "r", "op": "relu"}]}})"),
            (Lines{R"(m.json:2:11: error: nodes read each other in a circle: "o.r" reads "o.r" (at )"
                   R"(/graph/0); expected every node to follow from the image)"}));
  EXPECT_EQ(errorsOfNodes(R"({"name": "o", "block": "b", "input": "o"})",
                          R"(, "blocks": {"b": {"nodes": [], "output": "x"}})"),
            (Lines{R"(m.json:2:11: error: nodes read each other in a circle: "o.x" (at /graph/0); expected )"
                   R"(every node to follow from the image)"}));
}

TEST(WrongGraphs, WhatOneSizeBreaks) {
  const std::string nodes = R"({"name": "m", "op": "channels_last"}, {"name": "h", "op": "conv2d", "channels": 3,
"kernel": 2, "stride": 2}, {"name": "u", "op": "resize", "interpolation": "nearest", "by": 2},
{"name": "o", "op": "add", "inputs": ["m", "u"]})";
  EXPECT_EQ(errorsOfNodes(nodes), Lines{});
  EXPECT_EQ(errorsOfNodes(nodes, "", "17"),
            (Lines{R"(m.json:4:1: error: node "o": adds 1x17x17x3 and 1x16x16x3 for images of 17x17 (at )"
                   R"(/graph/3); expected two of one shape)"}));
}

TEST(WrongGraphs, LoopsWithoutEnd) {
  const std::string deep = R"({"repeat": 1000, "nodes": [{"repeat": 1000, "nodes": [{"repeat": 1000, "nodes": []}]}]})";
  EXPECT_EQ(
      errorsOfNodes(deep),
      (Lines{R"(m.json:2:10: error: more than 10000 nodes, with all turns of loops and uses of blocks (at /graph))"}));
  // Twice as long in each of thirty blocks; twice as many, too.
  std::string blocks, texts;
  for (int i = 0; i < 30; ++i) {
    std::string next = i == 29 ? R"({"name": "o", "op": "relu"})"
                               : R"({"name": "a", "block": "b)" + std::to_string(i + 1) +
                                     R"(", "t": "{t}{t}"}, {"name": "b", "block": "b)" + std::to_string(i + 1) +
                                     R"(", "t": ["{t}", "{t}"]})";
    blocks += (i ? ", " : "") + ("\"b" + std::to_string(i)) + R"(": {"parameters": ["t"], "nodes": [)" + next + "]}";
  }
  Lines lines = errorsOfNodes(R"({"name": "o", "block": "b0", "t": "x"})", ", \"blocks\": {" + blocks + "}");
  ASSERT_FALSE(lines.empty());
  EXPECT_NE(lines.back().find("the graph says more than 250000 values"), std::string::npos) << lines.back();
}

TEST(WrongGraphs, BlocksWithoutEnd) {
  EXPECT_EQ(errorsOfNodes(R"({"name": "o", "block": "a"})",
                          R"(, "blocks": {"a": {"nodes": [{"name": "r", "block": "b"}]},
"b": {"nodes": [{"name": "r", "block": "a"}]}})"),
            (Lines{R"(m.json:2:40: error: a block has itself inside: "a" uses "b" uses "a" (at )"
                   R"(/blocks/b/nodes/0/block); expected another block)"}));
}

} // namespace
