//===- KernelPipeline.h - a kernel in Halide, before it has loops ----------===//
// What codegen/algorithms makes of a kernel's ops and codegen/schedules gives loops to.
// Schedules see steps, not ops: a step is something whose place in the loops is theirs
// to choose. Whatever stands between two steps (GELU, residual, mask ...) is inlined.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_KERNELPIPELINE_H
#define SWIN_CODEGEN_KERNELPIPELINE_H

#include "Halide.h"

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace swin::codegen {

/// Channels of a panel of packed weights; rows of activations are padded to it.
constexpr int64_t panelWidth = 16;
constexpr int64_t paddedChannels(int64_t channels) { return (channels + panelWidth - 1) / panelWidth * panelWidth; }

/// What makes unit vectors of rows of a head.
struct Lengths {
  static constexpr int32_t lanes = 8; ///< of the partial sums, at most
  Halide::Func squares{"squares"};    ///< (lane, token, head, window): partial sums of squares, one update
  Halide::Func factor{"factor"};      ///< (token, head, window): the factor of a row
};

/// What attention within windows computes on its way, one window a position:
/// queries, keys, heads and channels of a head as the dimensions say.
struct Attention {
  int32_t heads = 0, width = 0, tokens = 0; ///< width: channels of a head
  /// Whether tokens fill vectors and heads do not: then tokens are the first dimension in memory of all that a window
  /// keeps, and queries, keys and values are three products even if their channels fill no panels.
  bool columns = false;
  Halide::Var query{"query"}, key{"key"}, channel{"channel"}, head{"head"};
  std::vector<Lengths> lengths;          ///< of queries and of keys where scores are cosines, else none
  Halide::Func queries{"queries"};       ///< (query, channel, head, window): scaled
  Halide::Func scoreSums{"score_sums"};  ///< (query, key, head, window): bias or 0, one update over channels
  Halide::Func scores{"scores"};         ///< (query, key, head, window): of shifted windows with an update over keys
  Halide::Func largest{"largest"};       ///< (query, head, window): one update over keys
  Halide::Func base{"base"};             ///< (query, head, window): what is taken off in exponents of 2
  Halide::Func powers{"powers"};         ///< (query, key, head, window)
  Halide::Func total{"total"};           ///< (query, head, window): one update over keys
  Halide::Func reciprocal{"reciprocal"}; ///< (query, head, window)
  Halide::Func valueSums{"value_sums"};  ///< (query, channel, head, window): one update over keys
  Halide::Func attended{"attended"};     ///< (channel, query, head, window): rows of channels again
};

/// A linear map across the tokens of a window, one per head.
struct Mixing {
  int32_t heads = 0, width = 0, tokens = 0; ///< width: channels of a head
  Halide::Var channel{"channel"}, token{"token"}, head{"head"};
  Halide::Func sums{"mixing_sum"}; ///< (channel, token, head, window): offset, one update over tokens
  Halide::Func mixed{"mixed"};     ///< (channel, token, head, window): the sums' last values
};

/// What the sums of a convolution run over; a sum's update is over a channel, a column and a row, or over the last two
/// where each channel is by itself.
struct Convolution {
  bool depthwise = false;
  int32_t channels = 0, outputs = 0; ///< of the map, of the result
  int32_t rows = 1, columns = 1, strideRows = 1, strideColumns = 1;
};

/// A product whose weight is given as sums (swin.pack_sums): Strassen's algorithm in Winograd's variant on two rows,
/// two halves of their channels and two halves of the outputs. Its values lie in quarters (channel of a half, pair of
/// rows, image, quarter): quarter 2 i + j holds row i of the pair and half j of the channels.
struct SevenProducts {
  int64_t half = 0;                         ///< outputs of a quarter
  Halide::Func parts;                       ///< (channel of a half, pair, image, part): what the products multiply
  std::array<Halide::Func, 7> accumulators; ///< (channel of a half, pair, image): as a product's
  std::array<Halide::Func, 7> values;       ///< the same, the accumulators' last values; each reads earlier ones
};

/// Funcs have the channel as their first dimension, then their position: the row for
/// `tokens`, or the row and the image where rows go in pairs, the image for `pool`, the token and its window for
/// `windows`, column, row and image for `conv` and `map`.
struct Step {
  enum class Kind {
    Gather,    ///< `value` alone: rows put together from elsewhere
    Norm,      ///< rows, then `sums` and `scalars` of each row, then `value`
    Product,   ///< `accumulator` over `terms`, then `value`
    Pool,      ///< `accumulator` over the tokens of a map, then `value`
    Attention, ///< `attention`, of which `value` is a view
    Mixing,    ///< `mixing`, of which `value` is a view
    Convolve,  ///< `accumulator` over the tokens around one, which the step before has, then `value`
  };
  Step(Kind kind, Halide::Func value, int64_t width) : kind(kind), value(std::move(value)), width(width) {}

  Kind kind;
  Halide::Func value;                 ///< what later steps read
  int64_t width;                      ///< channels of `value`, padded
  int64_t terms = 0;                  ///< of a product: the length of its sums
  Halide::Func accumulator;           ///< (channel, position): an initial value and one update over an RDom
  Halide::Func sum;                   ///< (channel, position): of a product, the accumulator's last value alone
  std::vector<Halide::Func> sums;     ///< (lane, position): panelWidth partial sums of a row, one update each, in order
  std::vector<Halide::Func> scalars;  ///< (position), in order; the last ones use one of `sums` each
  std::optional<SevenProducts> seven; ///< of a product by sums, which has no `accumulator` and no `sum`
  std::optional<Attention> attention;
  std::optional<Mixing> mixing;
  std::optional<Convolution> convolution;
};

/// Where the last step's values go: (channel, row) of the result, or an update that
/// scatters to addresses of its own.
struct Store {
  Halide::Func func;
  Halide::VarOrRVar channel = Halide::Var(); ///< innermost
  std::vector<Halide::VarOrRVar> position;   ///< in the order of the last value's position
  std::vector<Halide::VarOrRVar> quarter;    ///< where values lie in quarters: half of the channels, row of the pair
  int64_t width = 0;                         ///< extent of `channel`: padded unless the result is dense
  bool scatters = false;

  /// The definition that stores.
  Halide::Stage stage() { return scatters ? func.update() : Halide::Stage(func); }
};

/// What kernels of kinds `conv` and `map` store, before it is cut into blocks: the schedule's choice, and loops of the
/// store.
struct MapResult {
  /// Channels first .. first + channels of the result are value(channel - first, x, y, image).
  struct Piece {
    Halide::Func value;
    int32_t first = 0, channels = 0;
  };
  std::vector<Piece> pieces; ///< of all lanes that are stored
  Halide::Expr batch, height, width;
  int32_t pitch = 0; ///< channels that are stored of a token
  bool channelsFirst = false;
  bool planes = false;  ///< whether the last step's value lies in planes
  int32_t factor = 1;   ///< pixels of the result, on each axis, for one of the convolution's
  bool shifted = false; ///< whether the result begins within such a pixel
};

struct KernelPipeline {
  std::vector<Step> steps; ///< in order of execution; none for a copy
  Store store;
  Halide::Expr windows; ///< of a `windows` kernel: extent of the last of the store's positions
  Halide::Expr rows;    ///< of a `tokens` kernel's result: extent of the store's position
  Halide::Expr pairs;   ///< of a `tokens` kernel where rows go in pairs: those of an image; else not defined
  /// Of a `windows` kernel: small numbers that are worked out once a window, by (window) or (token, window), in order.
  std::vector<Halide::Func> tables;
  std::optional<MapResult> map; ///< of kernels `conv` and `map`, whose `store` the schedule makes
};

} // namespace swin::codegen

#endif // SWIN_CODEGEN_KERNELPIPELINE_H
