//===- ModelText.cpp - what ops and kernels are, in words -----------------===//
#include "tools/report/ModelText.h"

#include "tools/report/Markup.h"

#include <algorithm>
#include <cmath>

using std::string;
using std::string_view;

namespace swin::tools {
namespace {

struct OpEntry {
  string_view op;
  OpText text;
};

constexpr OpEntry allOps[] = {
    {"patch_embed", {"patches", "Cuts the image into patches and makes a token (a row of numbers) of each."}},
    {"patch_merging",
     {"2\xC3\x97"
      "2 to 1",
      "Puts four neighbouring tokens into one: half the resolution.", true}},
    {"layer_norm", {"norm", "Brings each token's numbers to mean 0 and variance 1, then scales and shifts them."}},
    {"linear", {"linear", "Multiplies each token by a matrix of weights."}},
    {"window_attention", {"attention", "Within each window, every token looks at every other one."}},
    {"token_mixing", {"mix", "Mixes the tokens of each window by a matrix of weights."}},
    {"gelu", {"GELU", "A smooth bend that lets the network be more than one matrix."}},
    {"gelu_tanh", {"GELU", "A smooth bend that lets the network be more than one matrix."}},
    {"quick_gelu", {"GELU", "A smooth bend that lets the network be more than one matrix."}},
    {"silu", {"SiLU", "A smooth bend that lets the network be more than one matrix."}},
    {"relu", {"ReLU", "Negative numbers become zero."}},
    {"leaky_relu", {"leaky ReLU", "Negative numbers become smaller."}},
    {"add", {"sum", "Adds two maps: what a block found to what went into it."}},
    {"add_position", {"position", "Adds numbers that say where each token stands."}},
    {"pad", {"pad", "Adds zeros at the map's end until whole windows cover it.", true}},
    {"reflect_pad", {"mirror", "Mirrors the map's end until whole windows cover it.", true}},
    {"crop", {"crop", "Takes away again what was added at the map's end.", true}},
    {"cyclic_shift", {"shift", "Rolls the map by half a window, so that windows of the next block overlap.", true}},
    {"window_partition", {"to windows", "Cuts the map into windows.", true}},
    {"window_reverse", {"from windows", "Puts the windows back into a map.", true}},
    {"channels_last", {"channels last", "Puts the channels of each pixel side by side.", true}},
    {"channels_first", {"channels first", "Puts each channel's pixels side by side.", true}},
    {"pixel_shuffle", {"to pixels", "Makes a square of pixels of the channels of one: more resolution.", true}},
    {"concat", {"join", "Puts the channels of several maps side by side.", true}},
    {"resize", {"resize", "Interpolates the map to another size."}},
    {"conv2d", {"convolution", "Multiplies each neighbourhood of the map by a matrix of weights."}},
    {"depthwise_conv2d", {"depthwise", "A convolution of each channel by itself."}},
    {"batch_norm", {"batch norm", "Scales and shifts each channel by numbers that training found."}},
    {"affine", {"scale, shift", "Scales and shifts each channel by its own numbers."}},
    {"mean_pool", {"mean", "The mean of all tokens of the map."}},
    {"adaptive_pool", {"means", "Means of the map's parts."}},
    {"check_size", {"size", "States what sizes the model takes."}},
};

struct KindEntry {
  string_view kind, text;
};

constexpr KindEntry allKinds[] = {
    {"windows", "works on one window of the map at a time: attention"},
    {"tokens", "works on each token by itself: norms, linear maps, the MLP"},
    {"pool", "sums over the map: means, and the head behind them"},
    {"conv", "works on each token and its neighbours: convolution"},
    {"map", "moves, resizes or averages maps"},
};

constexpr size_t unknown = size_t(-1);

/// Moves that are told where others are not.
bool changesSizes(string_view op) { return op == "patch_merging" || op == "pixel_shuffle" || op == "concat"; }

size_t inputOf(const ModelReport::Op &op) {
  return op.operands.empty() || op.operands[0] < 0 ? unknown : static_cast<size_t>(op.operands[0]);
}

} // namespace

OpText opText(string_view op) {
  for (const OpEntry &entry : allOps)
    if (entry.op == op)
      return entry.text;
  return {op, ""};
}

string_view kindText(string_view kind) {
  for (const KindEntry &entry : allKinds)
    if (entry.kind == kind)
      return entry.text;
  return "";
}

string kindClass(string_view kind) { return "kind-" + string(kindText(kind).empty() ? "other" : kind); }

string shapeText(const ModelReport::Shape &shape) {
  string text;
  for (size_t i = 1; i < shape.size(); ++i)
    text += (text.empty() ? "" : " " + string(times) + " ") + std::to_string(shape[i]);
  return text;
}

double elements(const ModelReport::Shape &shape) {
  double count = 1;
  for (int64_t size : shape)
    count *= double(size);
  return count;
}

namespace {

/// Three digits that count.
string threeDigits(double value) { return fixed(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0); }

string withPrefix(double value, string_view unit) {
  constexpr string_view prefixes[] = {"", "k", "M", "G", "T", "P"};
  size_t i = 0;
  for (; std::abs(value) >= 999.5 && i + 1 < std::size(prefixes); ++i)
    value /= 1000;
  string text = i == 0 ? fixed(value, 0) : threeDigits(value);
  string last = string(prefixes[i]) + string(unit);
  return last.empty() ? text : text + " " + last;
}

} // namespace

string countText(double count) { return withPrefix(count, ""); }
string bytesText(double bytes) { return withPrefix(bytes, "B"); }
string timeText(double milliseconds) {
  return milliseconds < 0.9995 ? fixed(milliseconds, 3) : threeDigits(milliseconds);
}
string percentText(double part) { return fixed(100 * part, part < 0.0995 ? 1 : 0) + " %"; }

string callText(const ModelReport &report, const ModelReport::Call &call, bool isShort) {
  bool hasAttention =
      std::any_of(call.ops.begin(), call.ops.end(), [&](size_t i) { return report.ops[i].op == "window_attention"; });
  string text;
  for (size_t i : call.ops) {
    const ModelReport::Op &op = report.ops[i];
    OpText words = opText(op.op);
    bool isSmall = op.op == "layer_norm" || op.op == "add" || op.op == "batch_norm" || op.op == "affine" ||
                   op.op == "add_position" || (words.isMove && !changesSizes(op.op)) ||
                   (hasAttention && op.op == "linear");
    if (isShort && isSmall)
      continue;
    text += (text.empty() ? "" : ", ") + string(words.name);
    size_t input = inputOf(op);
    bool isProduct = op.op == "linear" || op.op == "conv2d";
    if (isProduct && input != unknown && !report.ops[input].shape.empty() && !op.shape.empty())
      text += " " + std::to_string(report.ops[input].shape.back()) + string(arrow) + std::to_string(op.shape.back());
  }
  if (text.empty() && !call.ops.empty())
    text = opText(report.ops[call.ops.back()].op).name;
  return text;
}

WindowGrid windowGrid(const ModelReport &report, const ModelReport::Call &call) {
  WindowGrid grid;
  for (size_t i : call.ops) {
    const ModelReport::Op &op = report.ops[i];
    grid.isShifted |= op.op == "cyclic_shift";
    size_t input = inputOf(op);
    if (op.op != "window_partition" || op.shape.size() != 5 || input == unknown ||
        report.ops[input].shape.size() != 4 || op.shape[1] <= 0 || op.shape[2] <= 0)
      continue;
    grid.rows = op.shape[1];
    grid.columns = op.shape[2];
    grid.height = report.ops[input].shape[1] / grid.rows;
    grid.width = report.ops[input].shape[2] / grid.columns;
  }
  return grid;
}

} // namespace swin::tools
