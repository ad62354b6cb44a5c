//===- Gathers.cpp - rows put together from an image or a map -------------===//
#include "codegen/algorithms/Algorithms.h"

using namespace Halide;

namespace swin::codegen {
namespace {

/// Image, row and column of a row of a map.
struct Place {
  Expr image, y, x;
};

Place placeOf(const Composer &composer, const Value &map) {
  Expr row = composer.existingRow(map.batch, map.height * map.width).front(), line = quotient(row, map.width);
  Expr x = row - line * map.width;
  return composer.paired ? Place{composer.image, line, x}
                         : Place{quotient(line, map.height), remainder(line, map.height), x};
}

} // namespace

Value patchEmbed(Composer &composer, const Node &node) {
  const std::vector<int64_t> &patch = node.ints.at("patch");
  bool pad = node.ints.contains("pad");
  int32_t down = static_cast<int32_t>(patch[0]), across = static_cast<int32_t>(patch[1]);
  int32_t colours = static_cast<int32_t>(composer.type(node, 0).dims[1]), terms = colours * down * across;
  Expr height = composer.h, width = composer.w;
  Value map;
  map.position = composer.rowPosition();
  map.batch = composer.n;
  map.height = quotient(pad ? height + (down - 1) : height, down);
  map.width = quotient(pad ? width + (across - 1) : width, across);

  Place place = placeOf(composer, map);
  Var k = composer.c;
  Expr y = place.y * down + (k / across) % down, x = place.x * across + k % across, colour = k / (down * across);
  ImageParam &image = composer.buffer(node, 0);
  Func patches("patches");
  Expr line = (place.image * colours + colour) * height;
  // Addresses are inside by construction, which nobody can read off unsigned divisions.
  auto pixel = [&](const Expr &y, const Expr &x) {
    return image(unsafe_promise_clamped((line + y) * width + x, 0, composer.n * colours * height * width - 1));
  };
  if (pad)
    patches(at(k, map.position)) = select(y < height && x < width, pixel(min(y, height - 1), min(x, width - 1)), 0.0f);
  else
    patches(at(k, map.position)) = pixel(y, x);
  Value gathered = composer.addStep(Step(Step::Kind::Gather, patches, terms), map, terms);
  return product(composer, node, gathered, terms);
}

Value patchMerging(Composer &composer, const Node &node) {
  const Value &input = composer.operand(node, 0);
  int32_t channels = static_cast<int32_t>(input.channels);
  Value map = input;
  map.height = quotient(input.height + 1, 2);
  map.width = quotient(input.width + 1, 2);
  Place place = placeOf(composer, map);
  Var c = composer.c;
  // Row parity is the fast one.
  Expr part = c / channels;
  Expr y = place.y * 2 + part % 2, x = place.x * 2 + part / 2;
  Expr source = min(y, input.height - 1) * input.width + min(x, input.width - 1);
  std::vector<Expr> arguments = {c % channels, source + place.image * input.height * input.width};
  if (composer.paired)
    arguments = {c % channels, source, place.image};
  Func merged("merged");
  Expr inside = y < input.height && x < input.width;
  int64_t width = paddedChannels(4 * channels);
  if (width != 4 * channels)
    inside = inside && c < 4 * channels;
  merged(at(c, map.position)) = select(inside, input.func(arguments), 0.0f);
  return composer.addStep(Step(Step::Kind::Gather, merged, width), map, 4 * channels);
}

} // namespace swin::codegen
