//===- GraphDescriptions.h - descriptions of graphs for tests -------------===//
#ifndef SWIN_TESTS_DSL_GRAPHDESCRIPTIONS_H
#define SWIN_TESTS_DSL_GRAPHDESCRIPTIONS_H

#include "dsl/Graph.h"
#include "tests/dsl/Descriptions.h"

#include <memory>
#include <string>

namespace swin::dsl::tests {

/// Loops, a block in a block, a block as a parameter, constants, nodes before what they read, several outputs.
inline const std::string graphDescription = R"({
  "format": "swin-model",
  "image": {"size": [24, 32], "channels": 3},
  "blocks": {
    "same": {"parameters": ["channels"], "nodes": [], "output": "x"},
    "conv": {
      "parameters": ["channels", "kernel"],
      "nodes": [
        {"name": "conv", "op": "conv2d", "channels": "{channels}", "kernel": "{kernel}", "padding": "same"},
        {"name": "norm", "op": "batch_norm", "epsilon": 0.001}
      ]
    },
    "residual": {
      "parameters": ["channels", "kernels", "way"],
      "inputs": ["a"],
      "nodes": [
        {"name": "first", "block": "conv", "channels": "{channels}", "kernel": "{kernels[0]}"},
        {"name": "act", "op": "leaky_relu", "slope": 0.2},
        {"name": "second", "block": "conv", "channels": "{channels}", "kernel": "{kernels[1]}"},
        {"name": "other", "block": "{way}", "input": "a", "channels": "{channels}"},
        {"name": "sum", "op": "add", "inputs": ["second", "other"]}
      ]
    }
  },
  "graph": [
    {"name": "head", "op": "linear", "input": "mean", "channels": 3, "bias": false},
    {"name": "mean", "op": "mean_pool", "input": "norm"},
    {"name": "stem", "op": "patch_embed", "input": "image", "channels": 8, "patch": 2},
    {
      "repeat": {"width": [8, 8], "sizes": [[1, 3], [3, 1]]},
      "index": "i",
      "nodes": [
        {"name": "body.{i}", "block": "residual", "channels": "{width}", "kernels": "{sizes}", "way": "same"},
        {"name": "roll.{i}", "op": "cyclic_shift", "by": ["{i}", 1]}
      ]
    },
    {"name": "bias", "op": "literal", "values": [0.5, 0, 0, 0, 0, 0, 0, -1]},
    {"name": "norm", "op": "layer_norm", "weights": {"weight": "last.{name}", "bias": {"node": "bias"}}},
    {"name": "twice", "op": "resize", "interpolation": "bilinear", "by": 2},
    {"name": "back", "op": "crop", "like": "stem"},
    {"name": "first", "op": "channels_first"}
  ],
  "outputs": {"logits": "head", "map": "first", "inner": "body.1.first.norm"},
  "labels": ["a", "b", "c"]
})";

/// The graph of a description that must be good, and what is said of its use.
struct ReadGraphResult {
  Diagnostics errors;
  Spec use;
  std::shared_ptr<const Graph> graph;
};
inline std::unique_ptr<ReadGraphResult> graphOf(const std::string &path) {
  auto result = std::make_unique<ReadGraphResult>();
  Description read = readDescription(path, result->errors);
  result->use = read.spec;
  result->graph = read.graph;
  return result;
}

} // namespace swin::dsl::tests

#endif // SWIN_TESTS_DSL_GRAPHDESCRIPTIONS_H
