//===- GraphOps.h - what a node of a graph can be -------------------------===//
#ifndef SWIN_DSL_GRAPHOPS_H
#define SWIN_DSL_GRAPHOPS_H

#include <span>
#include <string>
#include <vector>

namespace swin::dsl {

class NodeBuilder;

/// An op as descriptions say it (docs/Graphs.md). Attributes are called as the dialect prints them.
struct GraphOp {
  enum class Inputs { None, One, Two, Several };
  enum class Like { None, Optional, Needed };
  std::string name; ///< that of the op in the dialect
  Inputs inputs;
  std::vector<std::string> attributes;
  std::vector<std::string> weights; ///< roles of the tensors that it reads
  void (*build)(NodeBuilder &node); ///< reports what is wrong with the node, or gives its value
  Like like = Like::None;           ///< whether `like` names a map whose size counts
};

/// All of them, by name.
std::span<const GraphOp> graphOps();
/// The one of that name, or null.
const GraphOp *graphOpNamed(const std::string &name);

} // namespace swin::dsl

#endif // SWIN_DSL_GRAPHOPS_H
