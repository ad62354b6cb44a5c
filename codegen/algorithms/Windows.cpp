//===- Windows.cpp - a map as the tokens of its windows -------------------===//
// A `windows` kernel never moves its map: all values have the position (token, window),
// and shift, partition and padding are the address at which a token of the map is read.
// What is done to each token by itself commutes with that; padding is where a value is 0.
//===----------------------------------------------------------------------===//
#include "codegen/algorithms/Algorithms.h"

#include <algorithm>
#include <utility>

using namespace Halide;

namespace swin::codegen {
namespace {

/// A place on a map, while ops are undone that moved it there.
struct Place {
  Expr y, x;
  Expr inside; ///< undefined: everywhere
};

const Node *user(const KernelGraph &graph, int value) {
  for (const Node &node : graph.nodes)
    if (node.operands.front() == value)
      return &node;
  return nullptr;
}

const Node &theOnly(const KernelGraph &graph, const std::string &op) {
  const Node *found = nullptr;
  for (const Node &node : graph.nodes)
    if (node.op == op) {
      require(!found, "a kernel of kind windows has one swin." + op);
      found = &node;
    }
  require(found, "a kernel of kind windows has a swin." + op);
  return *found;
}

/// Places of one map as seen from a window, by the ops between the two.
class Tracer {
public:
  Tracer(Composer &composer, const Node &partition)
      : rows(static_cast<int32_t>(partition.ints.at("window")[0])),
        columns(static_cast<int32_t>(partition.ints.at("window")[1])), composer(composer) {
    // Ops in front of the partition, last to first.
    for (const Node *node = definition(composer.graph, partition.operands[0]); node;
         node = definition(composer.graph, node->operands[0]))
      front.push_back(node);
    height = composer.h;
    width = composer.w;
    for (const Node *node : front)
      if (node->op == "pad") {
        padded = true;
        auto [top, left] = before(*node);
        height = quotient(composer.h + (top + rows - 1), rows) * rows;
        width = quotient(composer.w + (left + columns - 1), columns) * columns;
      }
  }

  /// Where the token at (y, x) of the windows was read.
  Place source(Place place) const {
    // Behind a pad a map has its size, before it the argument's.
    bool behindPad = padded;
    for (const Node *node : front)
      undo(*node, +1, behindPad, place);
    return place;
  }

  /// Where it goes: the same ops the other way round.
  Place target(const Node &reverse, Place place) const {
    bool behindPad = padded;
    for (const Node *node = user(composer.graph, reverse.result);
         node && (node->op == "crop" || node->op == "cyclic_shift"); node = user(composer.graph, node->result))
      undo(*node, -1, behindPad, place);
    require(!behindPad, "a padded map must be cut to its size again");
    return place;
  }

  int32_t rows, columns;
  Expr height, width; ///< of the map of windows

private:
  /// Rows and columns of padding in front of the map.
  static std::pair<int32_t, int32_t> before(const Node &node) {
    auto entry = node.ints.find("before");
    if (entry == node.ints.end())
      return {0, 0};
    return {static_cast<int32_t>(entry->second[0]), static_cast<int32_t>(entry->second[1])};
  }

  void undo(const Node &node, int sign, bool &behindPad, Place &place) const {
    if (node.op == "cyclic_shift") {
      const std::vector<int64_t> &offsets = node.ints.at("offsets");
      const Expr sizes[] = {behindPad ? height : Expr(composer.h), behindPad ? width : Expr(composer.w)};
      if (sign * offsets[0] > 0)
        place.y = roll(place.y, composer.shiftH, sizes[0]);
      if (sign * offsets[1] > 0)
        place.x = roll(place.x, composer.shiftW, sizes[1]);
    } else if (node.op == "pad" || node.op == "crop") {
      require(behindPad, "swin." + node.op + " changes a size that is not padded");
      behindPad = false;
      auto [top, left] = before(node);
      place.y = top ? place.y - top : place.y;
      place.x = left ? place.x - left : place.x;
      place.inside = place.y < composer.h && place.x < composer.w;
      place.inside = top ? place.inside && place.y >= 0 : place.inside;
      place.inside = left ? place.inside && place.x >= 0 : place.inside;
    } else {
      require(node.op == "layer_norm", "swin." + node.op + " cannot stand before the windows");
    }
  }

  /// (p + shift) mod size for p in [0, size); a shift may be larger than a small map.
  static Expr roll(const Expr &p, const Expr &shift, const Expr &size) {
    Expr moved = p + remainder(shift, size);
    return select(moved >= size, moved - size, moved);
  }

  Composer &composer;
  std::vector<const Node *> front;
  bool padded = false;
};

} // namespace

const Node *definition(const KernelGraph &graph, int value) {
  for (const Node &node : graph.nodes)
    if (node.result == value)
      return &node;
  return nullptr;
}

WindowPlaces placeWindows(Composer &composer) {
  const Node &partition = theOnly(composer.graph, "window_partition");
  const Node &reverse = theOnly(composer.graph, "window_reverse");
  auto mixers = std::count_if(composer.graph.nodes.begin(), composer.graph.nodes.end(), [](const Node &node) {
    return node.op == "window_attention" || node.op == "token_mixing";
  });
  require(mixers == 1, "a kernel of kind windows has one swin.window_attention or swin.token_mixing");
  Tracer tracer(composer, partition);
  WindowPlaces places;
  places.rows = tracer.rows;
  places.columns = tracer.columns;
  places.height = tracer.height;
  places.width = tracer.width;
  Var token = places.token, window = places.window;
  Expr down = quotient(tracer.height, tracer.rows), across = quotient(tracer.width, tracer.columns);
  places.count = composer.n * down * across;

  // One division a window, none a token.
  Expr line = quotient(window, across), image = quotient(line, down);
  places.origin(window) = Tuple(image, (line - image * down) * tracer.rows, (window - line * across) * tracer.columns);
  Place first;
  first.y = places.origin(window)[1] + token / tracer.columns;
  first.x = places.origin(window)[2] + token % tracer.columns;
  auto rowOf = [&](const Place &place) {
    Expr row = (places.origin(window)[0] * composer.h + place.y) * composer.w + place.x;
    return place.inside.defined() ? select(place.inside, row, -1) : row;
  };
  Place source = tracer.source(first);
  Expr row = rowOf(source);
  require(Internal::equal(row, rowOf(tracer.target(reverse, first))),
          "windows must be put back to where they were taken from");
  places.padded = source.inside.defined();
  places.row(token, window) = row;
  return places;
}

Value padMap(Composer &composer, const Node &node) {
  Value value = composer.operand(node, 0);
  const WindowPlaces &places = *composer.places;
  Func padded("padded");
  padded(at(composer.c, value.position)) =
      select(places.row(places.token, places.window) >= 0, value.func(at(Expr(composer.c), value.position)), 0.0f);
  return composer.extendStep(padded, {&value});
}

Value windowPartition(Composer &composer, const Node &node) {
  const Value &input = composer.operand(node, 0);
  Func gathered("gathered");
  gathered(at(composer.c, input.position)) = input.func(at(Expr(composer.c), input.position));
  return composer.addStep(Step(Step::Kind::Gather, gathered, paddedChannels(input.channels)), input, input.channels);
}

Func headsSideBySide(Composer &composer, const std::string &name, const Func &heads, int32_t width, int32_t channels) {
  const WindowPlaces &places = *composer.places;
  Var c = composer.c, token = places.token, window = places.window;
  auto at = [&](const Expr &c) { return heads(c % width, token, c / width, window); };
  Func rows(name);
  rows(c, token, window) =
      paddedChannels(channels) == channels ? at(c) : select(c < channels, at(min(c, channels - 1)), 0.0f);
  return rows;
}

Value sameTokens(Composer &composer, const Node &node) { return composer.operand(node, 0); }

} // namespace swin::codegen
