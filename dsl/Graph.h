//===- Graph.h - a model that is said node by node ------------------------===//
// What a description with "graph" becomes: loops unrolled, blocks put in where they are
// used, every name found, every node behind what it reads. docs/Graphs.md.
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_GRAPH_H
#define SWIN_DSL_GRAPH_H

#include "dsl/Fields.h"
#include "dsl/GraphOps.h"
#include "dsl/Spec.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace swin::dsl {

// Far beyond any model, and small enough that everything stays quick.
inline constexpr size_t maxGraphNodes = 10000;   ///< with all turns of loops and all uses of blocks
inline constexpr size_t maxGraphValues = 250000; ///< attributes of all of them
inline constexpr size_t maxBlockDepth = 32;      ///< blocks in blocks
inline constexpr size_t maxNameBytes = 200;

/// Nodes are called by their place in Graph::nodes. The first is the image and has no op.
struct GraphNode {
  std::string name; ///< whole: "layers.0.conv1"
  const GraphOp *op = nullptr;
  std::vector<size_t> inputs; ///< `like` is the last
  bool hasLike = false;
  std::map<std::string, size_t> constants; ///< by role: weights that are other nodes
  Json object;                             ///< what was written, with the values of variables
  std::string pointer;
  bool broken = false; ///< wrong, which is said already; so is what reads it
};

struct GraphOutput {
  std::string name;
  size_t node = 0;
  Position where;
  std::string pointer;
};

struct Graph {
  std::vector<GraphNode> nodes;
  std::vector<GraphOutput> outputs;
  std::shared_ptr<Document> document; ///< for errors at nodes

  /// Null if there is none of that name.
  const GraphOutput *output(const std::string &name) const;
  /// Of all outputs.
  std::string outputNames() const;
};

/// A tensor that a node reads, and what it is.
struct GraphParameter {
  enum class Kind { Matrix, Gain, Offset, Variance, Temperature };
  std::string name;
  std::vector<int64_t> shape;
  Kind kind = Kind::Matrix;
};

/// Whether the graph is right on images of use.imageSize; else errors at its nodes.
bool checkGraph(const Graph &graph, const Spec &use);

/// An error at the node `name`: FILE:LINE:COLUMN: error: node "NAME": WHAT (at POINTER). `texts` may have its file.
Diagnostic errorAt(const Graph &graph, const std::string &name, const std::string &what, const SourceTexts &texts);

/// The description with loops unrolled, blocks put in and all inputs named, and with the outputs of `use`; reads back
/// to the same graph.
std::string graphText(const Graph &graph, const Spec &use);

} // namespace swin::dsl

#endif // SWIN_DSL_GRAPH_H
