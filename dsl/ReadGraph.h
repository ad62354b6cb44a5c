//===- ReadGraph.h - descriptions that say a graph ------------------------===//
#ifndef SWIN_DSL_READGRAPH_H
#define SWIN_DSL_READGRAPH_H

#include "dsl/Graph.h"

#include <memory>

namespace swin::dsl {

/// Whether a description lists its nodes, in place of a family and its stages.
bool saysGraph(const Json &root);

/// Reads document->root, an object with "graph" (docs/Graphs.md). What is said of its use goes to `use`: image, batch,
/// preprocessing, labels, weights (a path, resolved against `folder`) and outputs, all of them. Errors go to the
/// document, also those of shapes on an image of the size that is said; then the Graph is of no use.
std::shared_ptr<const Graph> readGraph(std::shared_ptr<Document> document, const std::string &folder, Spec &use);

/// All keys of our form with "graph", of the object "model", "block", "loop" or "use".
std::vector<std::string> graphKeys(const std::string &object);

} // namespace swin::dsl

#endif // SWIN_DSL_READGRAPH_H
