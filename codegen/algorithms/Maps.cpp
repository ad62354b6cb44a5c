//===- Maps.cpp - maps of any sizes, token by token -----------------------===//
// In kernels of kinds `conv` and `map` a value has the position (x, y, image) on its own
// map, and an op is the place at which it reads its operand. Who asks for a token asks
// for one that is on the map.
//===----------------------------------------------------------------------===//
#include "codegen/algorithms/Algorithms.h"

#include <cstdlib>
#include <utility>

using namespace Halide;

namespace swin::codegen {
namespace {

/// What is 0 behind the last channel, where a map has more lanes than channels.
Expr upTo(int64_t channels, const Expr &c, const Expr &value) {
  return paddedChannels(channels) == channels ? value : select(c < static_cast<int32_t>(channels), value, 0.0f);
}

/// (p + offset) mod size for p in [0, size), without a division a token.
Expr roll(const Expr &p, int64_t offset, const Expr &size) {
  Expr rest = remainder(static_cast<int32_t>(std::abs(offset)), size);
  Expr moved = p + (offset < 0 ? size - rest : rest);
  return select(moved >= size, moved - size, moved);
}

/// The next whole number of windows.
Expr whole(const Expr &size, int64_t window) {
  int32_t w = static_cast<int32_t>(window);
  return (size + (w - 1)) / w * w;
}

} // namespace

void Composer::readMap(int number) {
  Value &value = values[number];
  int32_t pitch = static_cast<int32_t>(paddedChannels(value.channels));
  value.func = Func("map" + std::to_string(number));
  value.position = {x, y, image};
  Expr end = value.batch * value.height * value.width - 1;
  Expr token = (image * value.height + y) * value.width + x;
  // Addresses are inside by construction, which nobody can read off what resizes and shifts make of them.
  value.func(c, x, y, image) = buffers[number](unsafe_promise_clamped(token, 0, end) * pitch + c);
}

const Value &gathered(const Composer &composer, const Node &node, size_t index) {
  const Value &input = composer.operand(node, index);
  require(!isConvolved(composer, input), "swin." + node.op + " cannot stand behind a convolution in one kernel");
  return input;
}

Value channelsLast(Composer &composer, const Node &node) {
  const Value &planes = composer.sizes(node, 0);
  int32_t channels = static_cast<int32_t>(composer.type(node, 0).dims[1]);
  ImageParam &buffer = composer.buffer(node, 0);
  Value value = planes;
  value.channels = channels;
  value.position = {composer.x, composer.y, composer.image};
  value.func = Func("pixels");
  Var c = composer.c, x = composer.x, y = composer.y, image = composer.image;
  Expr plane = image * channels + (paddedChannels(channels) == channels ? Expr(c) : min(c, channels - 1));
  Expr pixel = (plane * planes.height + y) * planes.width + x;
  Expr end = planes.batch * channels * planes.height * planes.width - 1;
  value.func(c, x, y, image) = upTo(channels, c, buffer(unsafe_promise_clamped(pixel, 0, end)));
  return value;
}

Value zeroPad(Composer &composer, const Node &node) {
  const Value &input = gathered(composer, node, 0);
  const std::vector<int64_t> &window = node.ints.at("window");
  auto before = node.ints.find("before");
  int32_t top = before == node.ints.end() ? 0 : static_cast<int32_t>(before->second[0]);
  int32_t left = before == node.ints.end() ? 0 : static_cast<int32_t>(before->second[1]);
  Var c = composer.c, x = composer.x, y = composer.y, image = composer.image;
  Expr column = x - left, row = y - top;
  Value value = input;
  value.height = whole(input.height + top, window[0]);
  value.width = whole(input.width + left, window[1]);
  value.func = Func("padded");
  value.pieces.clear();
  value.func(c, x, y, image) =
      select(column >= 0 && column < input.width && row >= 0 && row < input.height,
             input.func(c, clamp(column, 0, input.width - 1), clamp(row, 0, input.height - 1), image), 0.0f);
  return value;
}

Value reflectPad(Composer &composer, const Node &node) {
  const Value &input = gathered(composer, node, 0);
  const std::vector<int64_t> &window = node.ints.at("window");
  auto mirrored = [](const Expr &i, const Expr &size) { return select(i < size, i, max(2 * size - 2 - i, 0)); };
  Value value = input;
  value.height = whole(input.height, window[0]);
  value.width = whole(input.width, window[1]);
  Func padded("reflected");
  padded(composer.c, composer.x, composer.y, composer.image) =
      input.func(composer.c, mirrored(composer.x, input.width), mirrored(composer.y, input.height), composer.image);
  value.func = padded;
  value.pieces.clear();
  return value;
}

Value shiftMap(Composer &composer, const Node &node) {
  const Value &input = gathered(composer, node, 0);
  const std::vector<int64_t> &offsets = node.ints.at("offsets"), &window = node.ints.at("window");
  const std::string &rule = node.words.at("unless_covered");
  const Expr sizes[] = {input.height, input.width};
  auto covered = [&](int axis) { return sizes[axis] <= static_cast<int32_t>(window[axis]); };
  auto place = [&](const Expr &p, int axis) {
    if (offsets[axis] == 0)
      return p;
    Expr moved = roll(p, offsets[axis], sizes[axis]);
    if (rule == "never")
      return moved;
    return select(rule == "axis" ? covered(axis) : covered(0) || covered(1), p, moved);
  };
  Value value = input;
  value.func = Func("shifted");
  value.pieces.clear();
  value.func(composer.c, composer.x, composer.y, composer.image) =
      input.func(composer.c, place(composer.x, 1), place(composer.y, 0), composer.image);
  return value;
}

Value cropMap(Composer &composer, const Node &node) {
  const Value &input = composer.operand(node, 0), &like = composer.sizes(node, 1);
  auto pair = [&](const char *name, int32_t otherwise) {
    auto entry = node.ints.find(name);
    if (entry == node.ints.end())
      return std::pair(otherwise, otherwise);
    return std::pair(static_cast<int32_t>(entry->second[0]), static_cast<int32_t>(entry->second[1]));
  };
  auto [top, left] = pair("before", 0);
  auto [down, across] = pair("factor", 1);
  Value value = input;
  value.height = like.height * down;
  value.width = like.width * across;
  value.shifted = input.shifted || (input.factor > 1 && (top || left));
  for (MapResult::Piece &piece : value.pieces) {
    Func part("cropped");
    part(composer.c, composer.x, composer.y, composer.image) =
        piece.value(composer.c, composer.x + left, composer.y + top, composer.image);
    piece.value = part;
  }
  value.func = Func("cropped");
  value.func(composer.c, composer.x, composer.y, composer.image) =
      input.func(composer.c, composer.x + left, composer.y + top, composer.image);
  return value;
}

Value pixelShuffle(Composer &composer, const Node &node) {
  const Value &input = composer.operand(node, 0);
  int32_t r = static_cast<int32_t>(node.ints.at("factor")[0]);
  Value value = input;
  value.channels = input.channels / (r * r);
  value.height = input.height * r;
  value.width = input.width * r;
  value.factor = input.factor * r;
  value.func = Func("shuffled");
  value.pieces.clear();
  Var c = composer.c, x = composer.x, y = composer.y;
  int32_t channels = static_cast<int32_t>(value.channels);
  Expr inside = paddedChannels(channels) == channels ? Expr(c) : min(c, channels - 1);
  value.func(c, x, y, composer.image) =
      upTo(channels, c, input.func(inside * (r * r) + (y % r) * r + x % r, x / r, y / r, composer.image));
  return value;
}

Value concat(Composer &composer, const Node &node) {
  Var c = composer.c, x = composer.x, y = composer.y, image = composer.image;
  Value value = gathered(composer, node, 0);
  value.pieces.clear();
  int32_t first = 0;
  Expr chosen = 0.0f;
  for (size_t i = 0; i < node.operands.size(); ++i) {
    const Value &input = gathered(composer, node, i);
    int32_t channels = static_cast<int32_t>(input.channels);
    if (input.pieces.empty())
      value.pieces.push_back({input.func, first, channels});
    for (const MapResult::Piece &piece : input.pieces)
      value.pieces.push_back({piece.value, first + piece.first, piece.channels});
    // For whoever reads channels one by one; in front of the first one stands nothing that is asked for.
    chosen =
        select(c >= first && c < first + channels, input.func(clamp(c - first, 0, channels - 1), x, y, image), chosen);
    first += channels;
  }
  value.channels = first;
  value.func = Func("concatenated");
  value.func(c, x, y, image) = chosen;
  return value;
}

void Composer::storeMap(const Value &result, bool channelsFirst) {
  require(!channelsFirst || graph.dense, "swin.channels_first gives the layout of an output");
  MapResult map;
  map.batch = result.batch;
  map.height = result.height;
  map.width = result.width;
  map.channelsFirst = channelsFirst;
  int32_t channels = static_cast<int32_t>(result.channels);
  map.pitch = graph.dense ? channels : static_cast<int32_t>(paddedChannels(channels));
  bool convolved = isConvolved(*this, result);
  map.factor = convolved ? result.factor : 1;
  map.shifted = convolved && result.shifted;
  map.pieces = result.pieces;
  if (map.pieces.empty())
    map.pieces.push_back({result.func, 0, map.pitch});
  else if (map.pitch > channels) {
    Func zeros("pad_lanes");
    zeros(c, x, y, image) = 0.0f;
    map.pieces.push_back({zeros, channels, map.pitch - channels});
  }
  pipeline.map = map;
}

} // namespace swin::codegen
