//===- GraphEntries.h - names of a graph and what they stand for ----------===//
// Inside of the reader: between loops and blocks that are unrolled (UnrollGraph.cpp) and
// nodes in order (ReadGraph.cpp).
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_GRAPHENTRIES_H
#define SWIN_DSL_GRAPHENTRIES_H

#include "dsl/Graph.h"

#include <string>
#include <vector>

namespace swin::dsl {

/// A name that something reads.
struct Reading {
  std::string name; ///< whole
  std::string said; ///< as it is written, from inside of its block
  Position where;
  std::string pointer;
  std::string role; ///< of a weight; "like"; "" = an input
};

/// A node, or another name of one: a block's use is its output, a block's input what the use gives it.
struct GraphEntry {
  std::string name;            ///< whole
  const GraphOp *op = nullptr; ///< null = another name of what it reads
  std::vector<Reading> reads;
  Json object;
  Position where;
  std::string pointer;
  bool broken = false; ///< wrong, which is said already
};

/// In the order of the text. The first is the image.
struct GraphEntries {
  std::vector<GraphEntry> list;
  bool isWhole; ///< else names are missing that an error, which is said already, keeps from being known
};

/// What "graph" and "blocks" of a description say.
GraphEntries unrollGraph(Document &document);

/// All keys of a "block", a "loop" or a block's "use", without the parameters of the block.
std::vector<std::string> unrolledKeys(const std::string &object);

/// What stands for "the node of that name inside of that block".
std::string nameInside(const std::string &block, const std::string &name);

} // namespace swin::dsl

#endif // SWIN_DSL_GRAPHENTRIES_H
