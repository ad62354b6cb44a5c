//===- Composer.cpp - ops of a kernel become one pipeline -----------------===//
#include "codegen/algorithms/Algorithms.h"
#include "codegen/algorithms/Elementary.h"

#include <map>

using namespace Halide;

namespace swin::codegen {

void require(bool condition, const std::string &sentence) {
  if (!condition)
    throw CompileError(sentence);
}

Expr quotient(const Expr &a, const Expr &b) { return cast<int32_t>(cast<uint32_t>(a) / cast<uint32_t>(b)); }
Expr remainder(const Expr &a, const Expr &b) { return a - quotient(a, b) * b; }

std::vector<Expr> at(const Expr &channel, const std::vector<Var> &position) {
  std::vector<Expr> arguments = {channel};
  arguments.insert(arguments.end(), position.begin(), position.end());
  return arguments;
}

std::vector<Var> at(const Var &channel, const std::vector<Var> &position) {
  std::vector<Var> arguments = {channel};
  arguments.insert(arguments.end(), position.begin(), position.end());
  return arguments;
}

Algorithm algorithmOf(const std::string &op, bool ofMaps) {
  static const std::map<std::string, Algorithm> maps = {
      {"channels_last", channelsLast},
      {"pad", zeroPad},
      {"reflect_pad", reflectPad},
      {"cyclic_shift", shiftMap},
      {"crop", cropMap},
      {"pixel_shuffle", pixelShuffle},
      {"concat", concat},
      {"resize", resize},
      {"adaptive_pool", adaptivePool},
      {"conv2d", convolve},
      {"depthwise_conv2d", convolve},
      {"add", add},
      {"add_position", addPosition},
      {"affine", affine},
      {"leaky_relu", leakyRelu},
  };
  static const std::map<std::string, Algorithm> table = {
      {"layer_norm", layerNorm},
      {"linear", linear},
      {"add", add},
      {"add_position", addPosition},
      {"affine", affine},
      {"leaky_relu", leakyRelu},
      {"patch_embed", patchEmbed},
      {"patch_merging", patchMerging},
      {"mean_pool", meanPool},
      {"pad", padMap},
      {"crop", sameTokens},
      {"cyclic_shift", sameTokens},
      {"window_partition", windowPartition},
      {"window_reverse", sameTokens},
      {"window_attention", windowAttention},
      {"token_mixing", tokenMixing},
  };
  auto entry = (ofMaps ? maps : table).find(op);
  if (entry != (ofMaps ? maps : table).end())
    return entry->second;
  return elementwiseOf(op) ? elementwise : nullptr;
}

Composer::Composer(const KernelGraph &graph) : graph(graph), values(graph.values.size()) {
  paired = hasSums(graph);
  if (graph.kind == KernelKind::Windows)
    places = placeWindows(*this);
  readArguments();
}

void Composer::readArguments() {
  for (int i = 0; i < graph.numArgs; ++i) {
    bool activation = i < graph.numActivations;
    buffers.emplace_back(Float(32), 1, (activation ? "activation" : "constant") + std::to_string(i));
    buffers.back().dim(0).set_min(0);
    if (!activation)
      continue;
    const TensorType &type = graph.values[i];
    // The image is read by patch_embed alone, channels first; as rows it would be something else.
    Value &value = values[i];
    value.channels = type.dims.back();
    value.position = rowPosition();
    value.batch = n;
    value.height = h;
    value.width = w;
    if (ofMaps() && i > 0) {
      std::string number = std::to_string(i);
      ownSizes.push_back({Param<int32_t>("h" + number), Param<int32_t>("w" + number)});
      value.height = ownSizes.back().height;
      value.width = ownSizes.back().width;
    }
    if (value.channels < 0)
      continue;
    if (ofMaps()) {
      readMap(i);
      continue;
    }
    int32_t pitch = static_cast<int32_t>(paddedChannels(value.channels));
    value.func = Func("rows" + std::to_string(i));
    if (places) {
      // Padding reads the first row, and nothing comes of it.
      value.position = {places->token, places->window};
      Expr place = places->row(places->token, places->window);
      Expr end = cast<int32_t>(n) * h * w - 1;
      value.func(c, places->token, places->window) =
          buffers[i](unsafe_promise_clamped(places->padded ? max(place, 0) : place, 0, end) * pitch + c);
      continue;
    }
    value.func(at(c, value.position)) = buffers[i](flatRow(cast<int32_t>(n), h * w) * pitch + c);
  }
}

std::vector<Expr> Composer::existingRow(const Expr &batch, const Expr &tokens) const {
  Expr last = (paired ? tokens : batch * tokens) - 1;
  std::vector<Expr> place = {unsafe_promise_clamped(min(row, last), 0, last)};
  if (paired)
    place.push_back(image);
  return place;
}

Expr Composer::flatRow(const Expr &batch, const Expr &tokens) const {
  std::vector<Expr> place = existingRow(batch, tokens);
  return paired ? unsafe_promise_clamped(image * tokens + place[0], 0, batch * tokens - 1) : place[0];
}

std::vector<Argument> Composer::arguments() const {
  std::vector<Argument> all = {n, h, w, shiftH, shiftW};
  for (const Sizes &sizes : ownSizes) {
    all.push_back(sizes.height);
    all.push_back(sizes.width);
  }
  all.insert(all.end(), buffers.begin(), buffers.end());
  return all;
}

const Value &Composer::operand(const Node &node, size_t index) const {
  const Value &value = values.at(node.operands.at(index));
  require(value.func.defined(),
          "operand " + std::to_string(index) + " of swin." + node.op + " is a constant or an image");
  return value;
}

ImageParam &Composer::buffer(const Node &node, size_t index) {
  int number = node.operands.at(index);
  require(number < graph.numArgs,
          "operand " + std::to_string(index) + " of swin." + node.op + " must be an argument of the kernel");
  return buffers.at(number);
}

const TensorType &Composer::type(const Node &node, size_t index) const {
  return graph.values.at(node.operands.at(index));
}

const TensorType &Composer::resultType(const Node &node) const { return graph.values.at(node.result); }

Value Composer::addStep(Step step, const Value &like, int64_t channels) {
  Value value = like;
  value.func = step.value;
  value.pieces.clear();
  value.channels = channels;
  value.step = static_cast<int>(pipeline.steps.size());
  pipeline.steps.push_back(std::move(step));
  return value;
}

Value Composer::extendStep(Func func, const std::vector<const Value *> &operands) {
  Value value = *operands.front();
  for (const Value *operand : operands)
    if (operand->step > value.step)
      value = *operand;
  value.func = func;
  value.pieces.clear();
  // Of maps, what follows a step is part of the store: its positions are others.
  if (value.step >= 0 && !ofMaps())
    pipeline.steps[value.step].value = func;
  return value;
}

KernelPipeline Composer::compose() {
  const Node *layout = nullptr;
  for (const Node &node : graph.nodes) {
    if (node.op == "channels_first") {
      // No values of its own: the address at which the result is stored.
      layout = &node;
      values.at(node.result) = operand(node, 0);
      continue;
    }
    require(!layout, "swin.channels_first must be the last op of a kernel");
    Algorithm algorithm = algorithmOf(node.op, ofMaps());
    require(algorithm, "swin." + node.op + " has no algorithm" + (ofMaps() ? " in a kernel of maps" : ""));
    // All others need rows.
    bool quarters = hasSums(graph, node) || node.op == "add" || node.op == "leaky_relu" || elementwiseOf(node.op);
    for (int number : node.operands)
      if (Value &value = values.at(number); value.half && !quarters)
        value = rowsOf(*this, value);
    values.at(node.result) = algorithm(*this, node);
  }
  const Value &result = values.at(graph.result);
  require(result.func.defined(), "the result is a constant or an image");
  if (places) {
    require(!layout, "swin.channels_first cannot follow windows in one kernel");
    storeWindows(result);
  } else if (ofMaps()) {
    storeMap(result, layout != nullptr);
  } else if (result.half && !layout) {
    storeQuarters(result);
  } else {
    storeRows(result.half ? rowsOf(*this, result) : result, layout != nullptr);
  }
  return pipeline;
}

void Composer::storeRows(const Value &result, bool channelsFirst) {
  require(!channelsFirst || graph.dense, "swin.channels_first gives the layout of an output");
  int32_t pitch = static_cast<int32_t>(graph.dense ? result.channels : paddedChannels(result.channels));
  Expr tokens = result.height * result.width;
  pipeline.rows = graph.kind == KernelKind::Pool ? result.batch : result.batch * tokens;
  Store &store = pipeline.store;
  store.func = Func("result");
  store.width = pitch;
  if (paired)
    pipeline.pairs = quotient(tokens + 1, 2);
  if (channelsFirst) {
    // Row by row, since the tokens of a row lie far apart.
    RDom all = paired ? RDom(0, pitch, 0, tokens, 0, result.batch, "all") : RDom(0, pitch, 0, pipeline.rows, "all");
    store.scatters = true;
    store.channel = all.x;
    store.position = {all.y};
    std::vector<Expr> position = {all.y};
    Expr image = quotient(all.y, tokens), place = remainder(all.y, tokens);
    if (paired) {
      store.position.push_back(all.z);
      position.push_back(all.z);
      image = all.z;
      place = all.y;
    }
    Var element("element");
    Expr last = pipeline.rows * pitch - 1;
    position.insert(position.begin(), all.x);
    store.func(element) = undef<float>();
    store.func(unsafe_promise_clamped((image * pitch + all.x) * tokens + place, 0, last)) = result.func(position);
    store.func.output_buffer().dim(0).set_min(0);
    return;
  }
  if (paired) {
    RDom all(0, tokens, 0, result.batch, "all");
    Var line("line");
    store.scatters = true;
    store.channel = c;
    store.position = {all.x, all.y};
    store.func(c, line) = undef<float>();
    store.func(c, unsafe_promise_clamped(all.y * tokens + all.x, 0, pipeline.rows - 1)) = result.func(c, all.x, all.y);
    store.func.bound(c, 0, pitch);
    boundResult(pitch, pipeline.rows);
    return;
  }
  Var position = result.position.front();
  store.channel = c;
  store.position = {position};
  store.func(c, position) = result.func(c, position);
  store.func.bound(c, 0, pitch).bound(position, 0, pipeline.rows);
  boundResult(pitch, pipeline.rows);
}

void Composer::storeQuarters(const Value &result) {
  int32_t pitch = static_cast<int32_t>(result.channels), half = static_cast<int32_t>(result.half);
  Expr tokens = result.height * result.width;
  pipeline.rows = result.batch * tokens;
  pipeline.pairs = quotient(tokens + 1, 2);
  RDom all({{0, 2}, {0, pipeline.pairs}, {0, result.batch}}, "all");
  // The last row of an odd number has no partner.
  Expr place = all.y * 2 + all.x;
  all.where(place < tokens);
  Store &store = pipeline.store;
  store.func = Func("result");
  store.width = half;
  store.scatters = true;
  Var side("side"), line("line");
  store.channel = c;
  store.position = {all.y, all.z};
  store.quarter = {side, all.x};
  store.func(c, side, line) = undef<float>();
  store.func(c, side, unsafe_promise_clamped(all.z * tokens + place, 0, pipeline.rows - 1)) =
      result.func(c, all.y, all.z, all.x * 2 + side);
  store.func.bound(c, 0, half).bound(side, 0, 2);
  boundResult(half, 2);
  store.func.output_buffer().dim(2).set_bounds(0, pipeline.rows).set_stride(pitch);
}

void Composer::storeWindows(const Value &result) {
  int32_t pitch = static_cast<int32_t>(graph.dense ? result.channels : paddedChannels(result.channels));
  pipeline.tables.insert(pipeline.tables.begin(), {places->origin, places->row});
  pipeline.rows = n * h * w;
  pipeline.windows = places->count;
  RDom all({{0, places->rows * places->columns}, {0, places->count}}, "all");
  Expr row = places->row(all.x, all.y);
  if (places->padded)
    all.where(row >= 0);
  Store &store = pipeline.store;
  store.func = Func("result");
  store.width = pitch;
  store.scatters = true;
  store.channel = c;
  store.position = {all.x, all.y};
  Var line("line");
  store.func(c, line) = undef<float>();
  store.func(c, unsafe_promise_clamped(row, 0, pipeline.rows - 1)) = result.func(c, all.x, all.y);
  store.func.bound(c, 0, pitch);
  boundResult(pitch, pipeline.rows);
}

void Composer::boundResult(const Expr &inner, const Expr &outer) {
  OutputImageParam buffer = pipeline.store.func.output_buffer();
  buffer.dim(0).set_bounds(0, inner);
  buffer.dim(1).set_bounds(0, outer).set_stride(inner);
}

} // namespace swin::codegen
