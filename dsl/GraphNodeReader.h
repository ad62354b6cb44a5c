//===- GraphNodeReader.h - one node of a graph's description --------------===//
// Inside of the reader, below loops and blocks (UnrollGraph.cpp).
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_GRAPHNODEREADER_H
#define SWIN_DSL_GRAPHNODEREADER_H

#include "dsl/GraphEntries.h"
#include "dsl/GraphTemplates.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace swin::dsl {

/// Where a list of nodes stands.
struct Scope {
  std::string block; ///< the whole name of the use; "" = outside of blocks
  const Variables *variables = nullptr;
  std::vector<std::string> blocks = {}; ///< that are being put in, the outermost first
};

/// Makes entries of nodes. Of what is wrong the entry stays, broken, wherever its name is known.
class NodeReader {
public:
  explicit NodeReader(Document &document) : document(document), templates(document) {}

protected:
  /// Adds the node of an op. `last` is the node in front of it, and then itself.
  void addOp(const Json &object, const std::string &pointer, const Scope &scope, std::string &last);
  void addBroken(GraphEntry entry);

  /// The entry of a node or of a use, without what it reads; nothing after an error.
  std::optional<GraphEntry> named(const Fields &fields, const Json &object, const std::string &pointer,
                                  const Scope &scope);
  /// The node that a text names, seen from inside of a scope; nothing after an error.
  std::optional<Reading> reading(const Json &value, const std::string &pointer, const Scope &scope);
  /// Adds "input", or `last` without it, to what an entry reads.
  void readOne(const Fields &fields, const Scope &scope, const std::string &last, GraphEntry &entry);
  /// Adds "inputs".
  void readList(const Fields &fields, size_t least, size_t most, const Scope &scope, GraphEntry &entry);

  /// A name of nothing, for a node that is missing for an error: what reads it is wrong, of which nothing is said.
  std::string lose() {
    isWhole = false;
    return "?";
  }
  /// Counts a node or a turn; false if there are too many.
  bool countsOne() { return ++count <= maxGraphNodes; }

  Document &document;
  Templates templates;
  std::vector<GraphEntry> entries;
  std::set<std::string> names;
  size_t count = 0;
  bool isWhole = true; ///< no node is missing for an error

private:
  /// Null after an error.
  const GraphOp *findOp(const Fields &fields, const Scope &scope);
  void readInputs(const Fields &fields, const Scope &scope, const std::string &last, GraphEntry &entry);
  void readWeights(const GraphOp &op, const Fields &fields, const Variables *variables, const Scope &scope,
                   GraphEntry &entry);
};

} // namespace swin::dsl

#endif // SWIN_DSL_GRAPHNODEREADER_H
