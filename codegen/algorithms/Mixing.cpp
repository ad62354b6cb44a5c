//===- Mixing.cpp - a linear map across the tokens of a window ------------===//
// Channels stay in lanes: a token of the result is a sum of rows, each times one number.
//===----------------------------------------------------------------------===//
#include "codegen/algorithms/Algorithms.h"

using namespace Halide;

namespace swin::codegen {

Value tokenMixing(Composer &composer, const Node &node) {
  const Value input = composer.operand(node, 0);
  require(composer.places.has_value(), "swin.token_mixing needs a kernel of kind windows");
  const WindowPlaces &places = *composer.places;
  int32_t channels = static_cast<int32_t>(input.channels);

  Mixing parts;
  parts.heads = static_cast<int32_t>(node.ints.at("heads")[0]);
  parts.width = channels / parts.heads;
  parts.tokens = places.rows * places.columns;
  Var channel = parts.channel, token = parts.token, head = parts.head, window = places.window;
  ImageParam &weight = composer.buffer(node, 1), &offset = composer.buffer(node, 2);
  RDom other(0, parts.tokens, "other");
  Expr line = head * parts.tokens + token;
  parts.sums(channel, token, head, window) = offset(line);
  parts.sums(channel, token, head, window) +=
      weight(line * parts.tokens + other) * input.func(head * parts.width + channel, other, window);
  parts.mixed(channel, token, head, window) = parts.sums(channel, token, head, window);

  Step step(Step::Kind::Mixing, headsSideBySide(composer, "mixing", parts.mixed, parts.width, channels),
            paddedChannels(channels));
  step.mixing = parts;
  return composer.addStep(std::move(step), input, channels);
}

} // namespace swin::codegen
