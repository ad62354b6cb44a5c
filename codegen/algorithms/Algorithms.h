//===- Algorithms.h - what the ops of a kernel compute, in Halide ---------===//
// One function per op: operand Funcs in, result Func out, no schedule. An op that is
// more than an expression adds a Step to the pipeline.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_ALGORITHMS_ALGORITHMS_H
#define SWIN_CODEGEN_ALGORITHMS_ALGORITHMS_H

#include "codegen/KernelGraph.h"
#include "codegen/KernelPipeline.h"

#include "Halide.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace swin::codegen {

/// Values of a map's tokens: `func(channel, position...)`. Channels from `channels` to the
/// next multiple of panelWidth are 0.
struct Value {
  Halide::Func func;
  std::vector<Halide::Var> position;
  int64_t channels = 0;
  Halide::Expr batch, height, width;    ///< of the map; of a B x C matrix height = width = 1
  int step = -1;                        ///< the last step that it needs; -1 = it is an argument
  std::vector<MapResult::Piece> pieces; ///< of maps side by side: the same by parts, in order
  int32_t factor = 1;                   ///< as in MapResult, and so is `shifted`
  bool shifted = false;
  int64_t half = 0; ///< where it lies in quarters (SevenProducts): channels of a half; position: pair, image, quarter
};

class Composer;

/// Where the tokens of windows stand on the map of a `windows` kernel.
struct WindowPlaces {
  int32_t rows = 0, columns = 0; ///< of a window
  Halide::Expr height, width;    ///< of the map of windows: padded
  Halide::Expr count;            ///< windows of all images
  bool padded = false;           ///< whether a row can be -1
  Halide::Var token{"token"}, window{"window"};
  Halide::Func origin{"origin"}; ///< (window): image, first row and first column on the map of windows
  Halide::Func row{"row"};       ///< (token, window): row of the argument, -1 = padding
};
/// Of the kernel's one partition. An error unless its windows go back to where they came from.
WindowPlaces placeWindows(Composer &composer);

/// The run-time arguments of a kernel and what has been made of its ops so far. Throws
/// Halide::Error, with a sentence, where ops cannot be a kernel.
class Composer {
public:
  explicit Composer(const KernelGraph &graph);

  /// Applies all ops and stores the result. Call it once.
  KernelPipeline compose();
  /// The kernel's arguments in the order of its signature.
  std::vector<Halide::Argument> arguments() const;

  // For the ops:

  const KernelGraph &graph;
  KernelPipeline pipeline;
  Halide::Param<int32_t> n{"n"}, h{"h"}, w{"w"}, shiftH{"shift_h"}, shiftW{"shift_w"};
  /// Channel, and row of a `tokens` kernel.
  Halide::Var c{"c"}, row{"row"};
  /// Whether a `tokens` kernel multiplies rows in pairs. Pairs are two rows of one image, whatever the batch, so that a
  /// row's bits depend on nothing but its image; positions are then the row of an image and the image.
  bool paired = false;
  Halide::Var pair{"pair"}, quarter{"quarter"};
  /// Position of a kernel of maps.
  Halide::Var x{"x"}, y{"y"}, image{"image"};
  std::optional<WindowPlaces> places; ///< of a `windows` kernel

  /// The value that a node reads as its operand `index`.
  const Value &operand(const Node &node, size_t index) const;
  /// The buffer of a node's operand that is an argument of the kernel.
  Halide::ImageParam &buffer(const Node &node, size_t index);
  const TensorType &type(const Node &node, size_t index) const;
  const TensorType &resultType(const Node &node) const;
  /// Where rows of a `tokens` kernel stand.
  std::vector<Halide::Var> rowPosition() const {
    return paired ? std::vector<Halide::Var>{row, image} : std::vector<Halide::Var>{row};
  }
  /// The same as a row that is there, of a map of so many tokens: tiles may reach behind the last row. They read that
  /// one again, and nothing of it is stored.
  std::vector<Halide::Expr> existingRow(const Halide::Expr &batch, const Halide::Expr &tokens) const;
  /// Row of all images.
  Halide::Expr flatRow(const Halide::Expr &batch, const Halide::Expr &tokens) const;
  /// Whether positions are column, row and image: kinds `conv` and `map`.
  bool ofMaps() const { return graph.kind == KernelKind::Conv || graph.kind == KernelKind::Map; }
  /// Sizes of an operand, which may be the image.
  const Value &sizes(const Node &node, size_t index) const { return values.at(node.operands.at(index)); }
  /// Adds a step whose value is `func`; `like` says where it stands.
  Value addStep(Step step, const Value &like, int64_t channels);
  /// `func` is an expression on the values of the last step of `operands`.
  Value extendStep(Halide::Func func, const std::vector<const Value *> &operands);

private:
  /// Height and width of an activation behind the first, in kernels of maps.
  struct Sizes {
    Halide::Param<int32_t> height, width;
  };

  void readArguments();
  void readMap(int number);
  void storeMap(const Value &result, bool channelsFirst);
  void storeRows(const Value &result, bool channelsFirst);
  void storeQuarters(const Value &result);
  void storeWindows(const Value &result);
  /// With fixed bounds and strides a kernel reads nothing of the result's buffer but its address.
  void boundResult(const Halide::Expr &inner, const Halide::Expr &outer);

  std::vector<Halide::ImageParam> buffers; ///< of the arguments
  std::vector<Sizes> ownSizes;
  std::vector<Value> values; ///< by their numbers in the graph
};

/// Throws Halide::CompileError with `sentence` unless `condition` holds.
void require(bool condition, const std::string &sentence);
/// `a / b` and `a mod b` for run-time a >= 0, b > 0.
Halide::Expr quotient(const Halide::Expr &a, const Halide::Expr &b);
Halide::Expr remainder(const Halide::Expr &a, const Halide::Expr &b);
/// (channel, position...) as arguments of a Func.
std::vector<Halide::Expr> at(const Halide::Expr &channel, const std::vector<Halide::Var> &position);
std::vector<Halide::Var> at(const Halide::Var &channel, const std::vector<Halide::Var> &position);

using Algorithm = Value (*)(Composer &, const Node &);
/// The algorithm of an op in a kernel of maps or in one of the other kinds, or null.
Algorithm algorithmOf(const std::string &op, bool ofMaps);

// TokenOps.cpp
Value layerNorm(Composer &composer, const Node &node);
Value linear(Composer &composer, const Node &node);
/// Any op that elementwiseOf (Elementary.h) knows.
Value elementwise(Composer &composer, const Node &node);
Value leakyRelu(Composer &composer, const Node &node);
Value affine(Composer &composer, const Node &node);
Value add(Composer &composer, const Node &node);
Value addPosition(Composer &composer, const Node &node);
/// acc(n, position) = bias[n] + sum_k input(k, position) weight[n, k], the weight packed
/// (operand 1 of `node`), the bias operand 2 if there is one. k runs to `terms`.
Value product(Composer &composer, const Node &node, const Value &input, int64_t terms);

// FastProduct.cpp
/// The product of a linear map whose weight is given as sums.
Value fastProduct(Composer &composer, const Node &node);
/// The values of rows in quarters, and rows of what lies in quarters.
Value quartersOf(Composer &composer, const Value &value);
Value rowsOf(Composer &composer, const Value &value);
/// Whether the kernel has a linear map whose weight is given as sums.
bool hasSums(const KernelGraph &graph);

// Gathers.cpp
Value patchEmbed(Composer &composer, const Node &node);
Value patchMerging(Composer &composer, const Node &node);

// Pool.cpp
Value meanPool(Composer &composer, const Node &node);

// Windows.cpp
/// The node that gives a value, null for an argument.
const Node *definition(const KernelGraph &graph, int value);
Value padMap(Composer &composer, const Node &node);
Value windowPartition(Composer &composer, const Node &node);
/// For ops that move tokens only: their address is in Composer::places.
Value sameTokens(Composer &composer, const Node &node);

/// Rows of all channels of what was computed head by head, `heads(channel, token, head, window)` with `width` channels
/// a head: c is channel c mod width of head c / width, and 0 from `channels` on.
Halide::Func headsSideBySide(Composer &composer, const std::string &name, const Halide::Func &heads, int32_t width,
                             int32_t channels);

// Convolutions.cpp
/// Whether a value is behind the kernel's convolution.
bool isConvolved(const Composer &composer, const Value &value);
/// conv2d and depthwise_conv2d.
Value convolve(Composer &composer, const Node &node);

// Maps.cpp
/// An operand of an op that moves tokens, of which a convolution's store can move none.
const Value &gathered(const Composer &composer, const Node &node, size_t index);
Value channelsLast(Composer &composer, const Node &node);
Value zeroPad(Composer &composer, const Node &node);
Value reflectPad(Composer &composer, const Node &node);
Value shiftMap(Composer &composer, const Node &node);
Value cropMap(Composer &composer, const Node &node);
Value pixelShuffle(Composer &composer, const Node &node);
Value concat(Composer &composer, const Node &node);

// Resizes.cpp
Value resize(Composer &composer, const Node &node);
Value adaptivePool(Composer &composer, const Node &node);

// Attention.cpp
Value windowAttention(Composer &composer, const Node &node);

// Mixing.cpp
Value tokenMixing(Composer &composer, const Node &node);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_ALGORITHMS_ALGORITHMS_H
