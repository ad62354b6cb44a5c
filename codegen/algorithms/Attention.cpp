//===- Attention.cpp - attention between the tokens of a window -----------===//
// Queries are the first dimension of everything: the sums of a softmax run along lanes
// of vectors, never across them. At the end channels are first again.
//===----------------------------------------------------------------------===//
#include "codegen/algorithms/Algorithms.h"
#include "codegen/algorithms/Elementary.h"

#include <algorithm>

using namespace Halide;

namespace swin::codegen {
namespace {

/// Number of the region that a token of a shifted map lies in; equal within a window
/// wherever tokens were neighbours before the shift.
Func regionsOf(Composer &composer, const std::vector<int64_t> &shift) {
  const WindowPlaces &places = *composer.places;
  auto region = [](const Expr &p, const Expr &size, int32_t window, const Expr &shifted) {
    return cast<int32_t>(p >= size - window) + cast<int32_t>(p >= size - shifted);
  };
  Expr y = places.origin(places.window)[1] + places.token / places.columns;
  Expr x = places.origin(places.window)[2] + places.token % places.columns;
  Expr down = shift[0] ? region(y, places.height, places.rows, composer.shiftH) : Expr(0);
  Expr across = shift[1] ? region(x, places.width, places.columns, composer.shiftW) : Expr(0);
  Func regions("regions");
  regions(places.token, places.window) = down * 3 + across;
  return regions;
}

/// Whether a window has more than one region: those at the end of an axis that is shifted.
Func mixedWindows(Composer &composer, const std::vector<int64_t> &shift) {
  const WindowPlaces &places = *composer.places;
  Expr y = places.origin(places.window)[1], x = places.origin(places.window)[2];
  Expr last = shift[0] ? y >= places.height - places.rows : Internal::const_false();
  Func mixed("mixed");
  mixed(places.window) = cast<int32_t>(shift[1] ? last || x >= places.width - places.columns : last);
  return mixed;
}

/// The position bias of a query and a key, from either of its two layouts.
Expr biasOf(Composer &composer, const Node &node, const Expr &query, const Expr &key, const Expr &head) {
  const WindowPlaces &places = *composer.places;
  int32_t rows = places.rows, columns = places.columns, tokens = rows * columns;
  ImageParam &bias = composer.buffer(node, 1);
  const std::vector<int64_t> &shape = composer.type(node, 1).dims;
  if (shape.size() == 3)
    return bias((head * tokens + key) * static_cast<int32_t>(shape[2]) + query);
  Expr index = (query / columns - key / columns + (rows - 1)) * (2 * columns - 1) + query % columns - key % columns +
               (columns - 1);
  return bias(index * static_cast<int32_t>(shape[1]) + head);
}

/// What makes unit vectors, times `numerator`, of the rows of heads that start at channel `first`. A row's squares are
/// summed in an order of its own.
Lengths lengthsOf(const Attention &parts, const Func &rows, int32_t first, const Var &window, const Expr &numerator) {
  int32_t lanes = parts.columns ? 1 : std::min(Lengths::lanes, parts.width);
  int32_t groups = (parts.width + lanes - 1) / lanes;
  Var lane("lane"), token("token"), head = parts.head;
  RDom group(0, groups, "group");
  // Where groups do not divide a head, the last one starts earlier and leaves out what it has in common.
  Expr channel = min(group * lanes, parts.width - lanes) + lane;
  Expr value = rows(first + head * parts.width + channel, token, window);
  if (parts.width % lanes != 0)
    value = select(channel >= group * lanes, value, 0.0f);
  Lengths lengths;
  lengths.squares(lane, token, head, window) = 0.0f;
  lengths.squares(lane, token, head, window) += value * value;
  Expr sum = lengths.squares(0, token, head, window);
  for (int32_t i = 1; i < lanes; ++i)
    sum += lengths.squares(i, token, head, window);
  lengths.factor(token, head, window) = numerator / max(sqrt(sum), 1e-12f);
  return lengths;
}

/// Queries, keys and values as rows of channels, each with its own first channel.
struct Operands {
  Func queries, keys, values;
};

/// Where each of the three fills panels of weights, or need not, they are three products, which can be
/// computed for some heads at a time.
Operands operandsOf(Composer &composer, const Node &node, int32_t inner, bool columns) {
  const Value qkv = composer.operand(node, 0);
  const Node *linear = definition(composer.graph, node.operands[0]);
  require(linear && linear->op == "linear",
          "a linear map must give swin.window_attention its queries, keys and values");
  if (inner % panelWidth != 0 && !columns)
    return {qkv.func, qkv.func, qkv.func};
  const Value input = composer.operand(*linear, 0);
  Func keys = product(composer, *linear, input, input.channels).func;
  return {qkv.func, keys, product(composer, *linear, input, input.channels).func};
}

} // namespace

Value windowAttention(Composer &composer, const Node &node) {
  const Value qkv = composer.operand(node, 0);
  require(composer.places.has_value(), "swin.window_attention needs a kernel of kind windows");
  const WindowPlaces &places = *composer.places;
  int32_t heads = static_cast<int32_t>(node.ints.at("heads")[0]), inner = static_cast<int32_t>(qkv.channels / 3);
  int32_t width = inner / heads, tokens = places.rows * places.columns;
  const std::vector<int64_t> &shift = node.ints.at("shift");
  float scale = static_cast<float>(node.floats.at("scale"));

  Attention parts;
  parts.heads = heads;
  parts.width = width;
  parts.tokens = tokens;
  parts.columns = tokens % panelWidth == 0 && width % panelWidth != 0;
  Var query = parts.query, key = parts.key, channel = parts.channel, head = parts.head, window = places.window;
  RDom k(0, width, "k"), ofMost(0, tokens, "key"), ofSum(0, tokens, "key"), ofValues(0, tokens, "key");

  Operands operands = operandsOf(composer, node, inner, parts.columns);
  bool cosine = node.operands.size() > 2;
  if (cosine) {
    Expr numerator = composer.buffer(node, 2)(head);
    parts.lengths = {lengthsOf(parts, operands.queries, 0, window, scale == 1.0f ? numerator : numerator * scale),
                     lengthsOf(parts, operands.keys, inner, window, 1.0f)};
  }
  Expr q = operands.queries(head * width + channel, query, window);
  if (cosine)
    parts.queries(query, channel, head, window) = q * parts.lengths[0].factor(query, head, window);
  else
    parts.queries(query, channel, head, window) = scale == 1.0f ? q : q * scale;

  Expr bias = biasOf(composer, node, query, key, head);
  parts.scoreSums(query, key, head, window) = cosine ? 0.0f : bias;
  parts.scoreSums(query, key, head, window) +=
      parts.queries(query, k, head, window) * operands.keys(inner + head * width + k, key, window);
  Expr sum = parts.scoreSums(query, key, head, window);
  parts.scores(query, key, head, window) = cosine ? sum * parts.lengths[1].factor(key, head, window) + bias : sum;
  if (shift[0] || shift[1]) {
    Func regions = regionsOf(composer, shift), mixed = mixedWindows(composer, shift);
    composer.pipeline.tables.insert(composer.pipeline.tables.end(), {regions, mixed});
    RDom other(0, tokens, "other");
    other.where(mixed(window) != 0);
    parts.scores(query, other, head, window) += select(regions(query, window) == regions(other, window), 0.0f, -100.0f);
  }

  parts.largest(query, head, window) = Float(32).min();
  parts.largest(query, head, window) =
      max(parts.largest(query, head, window), parts.scores(query, ofMost, head, window));
  // A power of e is one of 2. What the products lose is no more than what a score has lost already.
  constexpr float log2e = 1.44269504f;
  parts.base(query, head, window) = parts.largest(query, head, window) * log2e;
  parts.powers(query, key, head, window) =
      powerOfTwo(parts.scores(query, key, head, window) * log2e - parts.base(query, head, window));
  parts.total(query, head, window) = 0.0f;
  parts.total(query, head, window) += parts.powers(query, ofSum, head, window);
  parts.valueSums(query, channel, head, window) = 0.0f;
  parts.valueSums(query, channel, head, window) +=
      parts.powers(query, ofValues, head, window) *
      operands.values(2 * inner + head * width + channel, ofValues, window);
  parts.reciprocal(query, head, window) = 1.0f / parts.total(query, head, window);
  parts.attended(channel, query, head, window) =
      parts.valueSums(query, channel, head, window) * parts.reciprocal(query, head, window);

  Step step(Step::Kind::Attention, headsSideBySide(composer, "attention", parts.attended, width, inner),
            paddedChannels(inner));
  step.attention = parts;
  return composer.addStep(std::move(step), qkv, inner);
}

} // namespace swin::codegen
