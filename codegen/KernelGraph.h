//===- KernelGraph.h - a kernel region without MLIR -----------------------===//
// What the Halide side knows of a `swin.kernel`: ops by name, operands by number,
// attributes by name. Built by buildKernelGraph (codegen/KernelGraphBuilder.h); a
// new op of the dialect needs no change here.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_KERNELGRAPH_H
#define SWIN_CODEGEN_KERNELGRAPH_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace swin::codegen {

/// A tensor of f32; -1 marks a size known at run time only.
struct TensorType {
  std::vector<int64_t> dims;
  bool operator==(const TensorType &) const = default;
};

/// One op. `operands` and `result` index KernelGraph::values. Attributes keep
/// their ODS names: integers and integer arrays in `ints`, floats in `floats`,
/// enums (their keyword) in `words`; a unit attribute is an empty `ints` entry.
struct Node {
  std::string op;
  std::vector<int> operands;
  int result = -1;
  std::map<std::string, std::vector<int64_t>> ints;
  std::map<std::string, double> floats;
  std::map<std::string, std::string> words;
  bool operator==(const Node &) const = default;
};

enum class KernelKind { Tokens, Windows, Pool, Conv, Map };

/// values[0 .. numArgs) are the kernel's arguments in order, the first
/// numActivations of them activations, the rest constants of the model (weights).
/// The first argument gives the kernel its sizes n, h, w; of kinds conv and map each further activation has a height
/// and width of its own.
struct KernelGraph {
  std::string name;
  KernelKind kind = KernelKind::Tokens;
  std::vector<TensorType> values;
  int numArgs = 0;
  int numActivations = 0;
  std::vector<Node> nodes; ///< in order of execution
  int result = -1;
  bool dense = false; ///< result rows without padding (a model output)
};

/// Whether a node is a linear map whose weight is given as sums of its quarters (swin.pack_sums).
inline bool hasSums(const KernelGraph &graph, const Node &node) {
  return node.op == "linear" && graph.values.at(node.operands.at(1)).dims.size() == 4;
}

} // namespace swin::codegen

#endif // SWIN_CODEGEN_KERNELGRAPH_H
