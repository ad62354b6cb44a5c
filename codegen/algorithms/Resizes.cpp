//===- Resizes.cpp - tokens between those of a map, and means of its parts ===//
#include "codegen/algorithms/Algorithms.h"

#include <array>

using namespace Halide;

namespace swin::codegen {
namespace {

/// One of the tokens along an axis that a value is made of.
struct Tap {
  Expr place, weight;
};

/// The place of token i of `to` on an axis of `from`, in double: the same bits whatever is done to it in vectors.
Expr placeOf(const Expr &i, const Expr &from, const Expr &to) {
  Expr scale = cast<double>(from) / cast<double>(to);
  return strict_float((cast<double>(i) + Expr(0.5)) * scale - Expr(0.5));
}

/// floor(i from / to): half a token further, no quotient is so near to an integer that rounding matters.
Expr nearest(const Expr &i, const Expr &from, const Expr &to) {
  return cast<int32_t>(strict_float((cast<double>(i) * cast<double>(from) + Expr(0.5)) / cast<double>(to)));
}

/// Of the cubic convolution kernel with a = -3/4, at distances 1 + t, t, 1 - t and 2 - t.
std::array<Expr, 4> cubicWeights(const Expr &t) {
  const float a = -0.75f;
  auto near = [&](const Expr &x) { return ((a + 2) * x - (a + 3)) * x * x + 1.0f; };
  auto far = [&](const Expr &x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  return {far(t + 1.0f), near(t), near(1.0f - t), far(2.0f - t)};
}

std::vector<Tap> taps(const std::string &how, const Expr &i, const Expr &from, const Expr &to) {
  if (how == "nearest")
    return {{min(nearest(i, from, to), from - 1), 1.0f}};
  Expr place = placeOf(i, from, to);
  if (how == "bilinear") {
    place = max(place, Expr(0.0));
    Expr first = min(cast<int32_t>(place), from - 1), part = cast<float>(place - cast<double>(first));
    return {{first, 1.0f - part}, {min(first + 1, from - 1), part}};
  }
  require(how == "bicubic", "swin.resize knows no interpolation '" + how + "'");
  // Not below -1/2: one further, what is cut off is what floor takes.
  Expr first = cast<int32_t>(place + Expr(1.0)) - 1;
  std::array<Expr, 4> weights = cubicWeights(cast<float>(place - cast<double>(first)));
  std::vector<Tap> all;
  for (int k = 0; k < 4; ++k)
    all.push_back({clamp(first + (k - 1), 0, from - 1), weights[k]});
  return all;
}

} // namespace

Value resize(Composer &composer, const Node &node) {
  const Value &input = gathered(composer, node, 0);
  const Value &like = node.operands.size() > 1 ? composer.sizes(node, 1) : input;
  auto entry = node.ints.find("factor");
  std::array<int32_t, 2> factor = {1, 1};
  if (entry != node.ints.end())
    factor = {static_cast<int32_t>(entry->second[0]), static_cast<int32_t>(entry->second[1])};
  Value value = input;
  value.pieces.clear();
  value.height = like.height * factor[0];
  value.width = like.width * factor[1];
  value.func = Func("resized");
  Var c = composer.c, x = composer.x, y = composer.y, image = composer.image;
  const std::string &how = node.words.at("interpolation");
  if (how == "nearest" && node.operands.size() == 1) {
    value.func(c, x, y, image) = input.func(c, x / factor[1], y / factor[0], image);
    return value;
  }
  std::vector<Tap> columns = taps(how, x, input.width, value.width), rows = taps(how, y, input.height, value.height);
  Expr sum;
  for (const Tap &row : rows) {
    Expr line;
    for (const Tap &column : columns) {
      Expr token = input.func(c, column.place, row.place, image);
      token = columns.size() > 1 ? column.weight * token : token;
      line = line.defined() ? line + token : token;
    }
    line = rows.size() > 1 ? row.weight * line : line;
    sum = sum.defined() ? sum + line : line;
  }
  value.func(c, x, y, image) = sum;
  return value;
}

Value adaptivePool(Composer &composer, const Node &node) {
  const Value &input = composer.operand(node, 0);
  require(composer.graph.kind == KernelKind::Map && composer.pipeline.steps.empty() && input.step < 0,
          "swin.adaptive_pool must be the first op of a kernel of kind map");
  int32_t down = static_cast<int32_t>(node.ints.at("size")[0]), across = static_cast<int32_t>(node.ints.at("size")[1]);
  Var c = composer.c, x = composer.x, y = composer.y, image = composer.image;
  struct Range {
    Expr first, extent, most;
  };
  auto range = [](const Expr &i, const Expr &size, int32_t parts) {
    // i size / parts without a product that could be too large.
    auto part = [&](const Expr &i, int32_t up) {
      return i * quotient(size, parts) + quotient(i * remainder(size, parts) + up, parts);
    };
    Expr first = part(i, 0);
    return Range{first, part(i + 1, parts - 1) - first, quotient(size + (parts - 1), parts) + 1};
  };
  Range rows = range(y, input.height, down), columns = range(x, input.width, across);
  RDom part(0, columns.most, 0, rows.most, "part");
  part.where(part.x < columns.extent && part.y < rows.extent);
  Func sum("part_sum"), mean("part");
  sum(c, x, y, image) = 0.0f;
  sum(c, x, y, image) += input.func(c, columns.first + part.x, rows.first + part.y, image);
  mean(c, x, y, image) = sum(c, x, y, image) / cast<float>(rows.extent * columns.extent);
  Value value = input;
  value.height = down;
  value.width = across;
  Step step(Step::Kind::Pool, mean, paddedChannels(input.channels));
  step.accumulator = sum;
  return composer.addStep(std::move(step), value, input.channels);
}

} // namespace swin::codegen
