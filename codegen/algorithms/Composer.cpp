//===- Composer.cpp - ops of a kernel become one pipeline -----------------===//
#include "codegen/algorithms/Algorithms.h"

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

Algorithm algorithmOf(const std::string &op) {
  static const std::map<std::string, Algorithm> table = {
      {"layer_norm", layerNorm},
      {"linear", linear},
      {"gelu", gelu},
      {"add", add},
      {"patch_embed", patchEmbed},
      {"patch_merging", patchMerging},
      {"mean_pool", meanPool},
  };
  auto entry = table.find(op);
  return entry == table.end() ? nullptr : entry->second;
}

Composer::Composer(const KernelGraph &graph) : graph(graph), values(graph.values.size()) { readArguments(); }

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
    value.position = {row};
    value.batch = n;
    value.height = h;
    value.width = w;
    if (value.channels < 0)
      continue;
    int32_t pitch = static_cast<int32_t>(paddedChannels(value.channels));
    value.func = Func("rows" + std::to_string(i));
    // Tiles may reach behind the last row: they read that one again, and nothing of it is stored.
    Expr last = cast<int32_t>(n) * h * w - 1;
    value.func(c, row) = buffers[i](min(row, last) * pitch + c);
  }
}

std::vector<Argument> Composer::arguments() const {
  std::vector<Argument> all = {n, h, w, shiftH, shiftW};
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
  if (value.step >= 0)
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
    Algorithm algorithm = algorithmOf(node.op);
    require(algorithm, "swin." + node.op + " has no algorithm");
    values.at(node.result) = algorithm(*this, node);
  }
  const Value &result = values.at(graph.result);
  require(result.func.defined(), "the result is a constant or an image");
  require(graph.kind != KernelKind::Windows, "kernels of kind windows cannot be compiled");
  storeRows(result, layout != nullptr);
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
  if (channelsFirst) {
    // Row by row, since the tokens of a row lie far apart.
    RDom all(0, pitch, 0, pipeline.rows, "all");
    store.scatters = true;
    store.channel = all.x;
    store.position = {all.y};
    Var token("token"), plane("plane");
    store.func(token, plane) = undef<float>();
    store.func(remainder(all.y, tokens), quotient(all.y, tokens) * pitch + all.x) = result.func(all.x, all.y);
    boundResult(tokens, result.batch * pitch);
    return;
  }
  Var position = result.position.front();
  store.channel = c;
  store.position = {position};
  store.func(c, position) = result.func(c, position);
  store.func.bound(c, 0, pitch).bound(position, 0, pipeline.rows);
  boundResult(pitch, pipeline.rows);
}

void Composer::boundResult(const Expr &inner, const Expr &outer) {
  OutputImageParam buffer = pipeline.store.func.output_buffer();
  buffer.dim(0).set_bounds(0, inner);
  buffer.dim(1).set_bounds(0, outer).set_stride(inner);
}

} // namespace swin::codegen
