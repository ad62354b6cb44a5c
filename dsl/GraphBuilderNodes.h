//===- GraphBuilderNodes.h - nodes of a description become ops ------------===//
#ifndef SWIN_DSL_GRAPHBUILDERNODES_H
#define SWIN_DSL_GRAPHBUILDERNODES_H

#include "dsl/Graph.h"
#include "dsl/GraphBuilderLayers.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

namespace swin::dsl {

/// A module as buildGraph makes it, and what its swin.param are, by name.
struct BuiltGraph {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::vector<GraphParameter> parameters;
};

/// A graph on images of use.imageChannels channels, of one size and number where `use` fixes them; its outputs are
/// those of use.outputs, in that order, and nodes that none of them needs are left out. Nothing after errors at nodes.
std::optional<BuiltGraph> buildNodes(const Graph &graph, const Spec &use, mlir::MLIRContext &context);

/// What is known of a value beside its type.
enum class Form {
  Image,    ///< B x C x H x W
  Map,      ///< B x H x W x C
  Windows,  ///< B x rows x columns x tokens x C
  Rows,     ///< B x C
  Constant, ///< does not depend on the image; any rank
};

/// Builds one node after the other. What functions of ops (GraphBuilderOps.cpp) call is about the node at hand: what is
/// missing or out of range is reported, makes the node fail and gives a value that nothing breaks on.
class NodeBuilder {
public:
  NodeBuilder(const Graph &graph, const Spec &use, mlir::MLIRContext &context);
  /// With that size of image (B, C, H, W); nothing after an error.
  std::optional<BuiltGraph> build(mlir::ArrayRef<int64_t> image, const std::vector<std::string> &outputs);

  //===------------------------------------------------------------------===//
  // What the node reads; null after an error
  //===------------------------------------------------------------------===//

  mlir::Value image() { return input(0, {Form::Image}, "an image (channels first)"); }
  mlir::Value map(size_t index = 0) { return input(index, {Form::Map}, "a map"); }
  mlir::Value windows() { return input(0, {Form::Windows}, "windows"); }
  mlir::Value constant() { return input(0, {Form::Constant}, "a constant"); }
  /// Whatever has its channels last.
  mlir::Value tokens(size_t index = 0) {
    return input(index, {Form::Map, Form::Windows, Form::Rows, Form::Constant}, "a map, windows or rows of channels");
  }
  size_t inputs() const { return node->inputs.size() - node->hasLike; }
  /// Null without one.
  mlir::Value like() { return node->hasLike ? map(inputs()) : mlir::Value(); }
  Form form(size_t index = 0) const { return values[node->inputs[index]].form; }

  //===------------------------------------------------------------------===//
  // Its attributes
  //===------------------------------------------------------------------===//

  bool has(const std::string &key) const { return fields.has(key); }
  /// Needed without `otherwise`.
  int64_t integer(const std::string &key, int64_t least, int64_t most, std::optional<int64_t> otherwise = {});
  Size size(const std::string &key, int64_t least, int64_t most, std::optional<Size> otherwise = {});
  std::vector<int64_t> integers(const std::string &key, size_t least, size_t most);
  std::vector<double> numbers(const std::string &key, size_t least, size_t most);
  double number(const std::string &key, std::optional<double> otherwise = {});
  bool boolean(const std::string &key, bool otherwise);
  size_t choice(const std::string &key, const std::vector<std::string> &allowed, std::optional<size_t> otherwise = {});
  /// Zeros around a map: a size, or "same" for what a map keeps its size with.
  Size padding(Size kernel);

  //===------------------------------------------------------------------===//
  // Its tensors and its value
  //===------------------------------------------------------------------===//

  /// The tensor that the description or `suffix` names ("" = the node's name), or the constant node in its place. Null
  /// after an error.
  mlir::Value weight(const std::string &role, const std::string &suffix, mlir::ArrayRef<int64_t> shape,
                     GraphParameter::Kind kind = GraphParameter::Kind::Matrix);
  /// Null if it is not there.
  mlir::Value bias(int64_t channels);
  bool saysWeight(const std::string &role) const;

  void error(const std::string &key, const std::string &what, const std::string &right = "");
  bool failed() const { return isWrong; }
  /// " for images of HxW", where sizes are known.
  std::string forImages() const { return imageText.empty() ? "" : " for images of " + imageText; }
  template <typename Op, typename... Operands>
  void give(Form form, mlir::ArrayRef<int64_t> dims, Operands &&...operands) {
    if (mlir::Type type = result(dims))
      take(Op::create(builder, here(), type, std::forward<Operands>(operands)...), form);
  }

  /// The node's value is a tensor as it is.
  void keep(mlir::Value tensor) { values[node - graph.nodes.data()] = {tensor, Form::Constant}; }

  mlir::DenseI64ArrayAttr attribute(mlir::ArrayRef<int64_t> numbers) { return builder.getDenseI64ArrayAttr(numbers); }
  mlir::FloatAttr attribute(double value) { return builder.getF64FloatAttr(value); }

  mlir::OpBuilder builder;

private:
  struct Built {
    mlir::Value value; ///< null: the node is wrong or reads one that is
    Form form = Form::Constant;
  };
  struct Shared {
    mlir::Value value;
    GraphParameter parameter;
    size_t node;
  };

  mlir::Value input(size_t index, mlir::ArrayRef<Form> allowed, const std::string &what);
  mlir::Location here() { return mlir::NameLoc::get(builder.getStringAttr(node->name)); }
  void buildNode(size_t index);
  void addOutputs(const std::vector<std::string> &outputs);
  void takeParameters(mlir::ModuleOp module, std::vector<GraphParameter> &parameters);
  mlir::Type result(mlir::ArrayRef<int64_t> dims);
  void take(mlir::Operation *op, Form form);
  mlir::Value param(const std::string &name, mlir::ArrayRef<int64_t> shape, GraphParameter::Kind kind,
                    const std::string &role);
  template <typename T> T needed(const std::string &key, const char *what, std::optional<T> otherwise, T harmless);

  const Graph &graph;
  const Spec &use;
  Document &document;
  std::string imageText;                ///< the size of images, for errors; "" = any
  std::vector<Built> values;            ///< of graph.nodes
  const GraphNode *node;                ///< at hand
  Fields fields;                        ///< of it
  bool isWrong = false;                 ///< it
  bool isWhole = true;                  ///< all of them are right
  std::map<std::string, Shared> params; ///< by name
};

/// Limits of attributes, as in problemsOf: far beyond any model.
namespace limits {
inline constexpr int64_t channels = 65536, kernel = 256, window = 64, multiple = 65536, heads = 4096;
inline constexpr size_t literal = 4096;
} // namespace limits

/// Rows of the table of all ops (graphOps).
std::vector<GraphOp> mapOps();      ///< GraphBuilderOps.cpp: on maps and tokens
std::vector<GraphOp> windowOps();   ///< GraphBuilderWindowOps.cpp
std::vector<GraphOp> constantOps(); ///< likewise

/// The sizes of a tensor, "?" where unknown.
std::string sizesText(mlir::ArrayRef<int64_t> dims);

} // namespace swin::dsl

#endif // SWIN_DSL_GRAPHBUILDERNODES_H
