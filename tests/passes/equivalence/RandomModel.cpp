//===- RandomModel.cpp - small graphs as the graph builder would make them ===//
#include "tests/passes/equivalence/RandomModel.h"

#include <random>
#include <vector>

namespace swin::test {
namespace {

std::string number(int64_t value) { return std::to_string(value); }
std::string pair(std::array<int64_t, 2> values) { return "[" + number(values[0]) + ", " + number(values[1]) + "]"; }
std::string vector(int64_t size) { return "tensor<" + number(size) + "xf32>"; }
std::string matrix(int64_t rows, int64_t columns) { return "tensor<" + number(rows) + "x" + number(columns) + "xf32>"; }

class Writer {
public:
  explicit Writer(uint32_t seed) : random(seed) {}

  RandomModel write() {
    channels = heads() * pick({8, 5});
    std::array<int64_t, 2> patch = {pick({1, 2, 4}), pick({2, 3})};
    window = {pick({2, 3, 4}), pick({2, 3, 5})};
    rule = pick({0, 1, 2});
    shiftFirst = rule == 0 && coin();
    biases = coin() || coin();
    bool padsImage = coin();
    std::array<int64_t, 4> image = {pick({1, 2}), 3, patch[0] * pick({3, 5, 8, 9}) + pick({0, 1}),
                                    patch[1] * pick({4, 7, 10}) + pick({0, 1})};
    isFixed = pick({0, 0, 1});
    batch = image[0];
    for (int axis : {0, 1})
      size[axis] = (image[2 + axis] + (padsImage ? patch[axis] - 1 : 0)) / patch[axis];

    std::string imageType = "tensor<" + extent(batch) + "x3x" + extent(image[2]) + "x" + extent(image[3]) + "xf32>";
    body = "func.func @forward(%image: " + imageType + ") {\n";
    std::string weight = "tensor<" + number(channels) + "x3x" + number(patch[0]) + "x" + number(patch[1]) + "xf32>";
    std::string w = param("patch_embed.proj.weight", weight), b = param("patch_embed.proj.bias", vector(channels));
    std::string x =
        op("swin.patch_embed %image, " + w + ", " + b + " patch " + pair(patch) + (padsImage ? " pad" : "") + " : (" +
           imageType + ", " + weight + ", " + vector(channels) + ") -> " + map(channels));
    if (coin())
      x = norm("patch_embed.norm", x, channels);
    int64_t stages = pick({1, 2, 3});
    for (int64_t stage = 0; stage < stages; ++stage) {
      std::string prefix = "layers." + number(stage);
      if (stage)
        x = merge("layers." + number(stage - 1) + ".downsample", x);
      for (int64_t index = 0, depth = pick({1, 2}); index < depth; ++index)
        x = block(prefix + ".blocks." + number(index), x, index % 2 == 1);
      stageOutput(prefix, x, stage);
    }
    head(norm("norm", x, channels));
    body += "  return\n}\n";
    RandomModel model;
    model.text = "module attributes {swin.name = \"random\"} {\n" + body + "}\n";
    model.what = std::string(isFixed ? "fixed" : "dynamic") + " sizes, channels " + number(channels) + ", window " +
                 pair(window) + ", rule " + number(rule) + (shiftFirst ? ", shift first" : "") + ", image " +
                 number(image[0]) + "x3x" + number(image[2]) + "x" + number(image[3]);
    model.image = image;
    return model;
  }

private:
  int64_t pick(std::vector<int64_t> values) { return values[random() % values.size()]; }
  bool coin() { return random() % 2; }
  int64_t heads() { return headCount = pick({1, 2, 4}); }

  /// A size that only a fixed model writes down.
  std::string extent(int64_t value) { return isFixed ? number(value) : "?"; }
  std::string grid(std::array<int64_t, 2> extents) {
    return "tensor<" + extent(batch) + "x" + extent(extents[0]) + "x" + extent(extents[1]) + "x";
  }
  std::string map(int64_t channels) { return grid(size) + number(channels) + "xf32>"; }

  std::string op(const std::string &text) {
    std::string name = "%v" + number(count++);
    body += "  " + name + " = " + text + "\n";
    return name;
  }
  std::string param(const std::string &name, const std::string &type) {
    return op("swin.param \"" + name + "\" : " + type);
  }
  std::string norm(const std::string &name, const std::string &x, int64_t size) {
    std::string g = param(name + ".weight", vector(size)), b = param(name + ".bias", vector(size));
    return op("swin.layer_norm " + x + ", " + g + ", " + b + " epsilon 1.0e-5 : " + map(size) + ", " + vector(size) +
              ", " + vector(size));
  }
  std::string linear(const std::string &name, const std::string &x, const std::string &from, const std::string &to,
                     int64_t k, int64_t n, bool bias) {
    std::string w = param(name + ".weight", matrix(n, k)), b = bias ? ", " + param(name + ".bias", vector(n)) : "";
    return op("swin.linear " + x + ", " + w + b + " : (" + from + ", " + matrix(n, k) + (bias ? ", " + vector(n) : "") +
              ") -> " + to);
  }

  std::string block(const std::string &name, std::string x, bool odd) {
    static const char *rules[] = {"never", "axis", "map"};
    int64_t c = channels, tokens = window[0] * window[1];
    std::array<int64_t, 2> shift = {odd ? window[0] / 2 : 0, odd ? window[1] / 2 : 0};
    std::array<int64_t, 2> cut = {(size[0] + window[0] - 1) / window[0], (size[1] + window[1] - 1) / window[1]};
    std::array<int64_t, 2> padded = {cut[0] * window[0], cut[1] * window[1]};
    auto windows = [&](int64_t channels) { return grid(cut) + number(tokens) + "x" + number(channels) + "xf32>"; };
    std::string m = map(c), whole = grid(padded) + number(c) + "xf32>", current = m;
    std::string within = " window " + pair(window) + " ";
    // Some sources refuse maps that are not whole windows instead of padding them.
    bool pads = padded != size || coin();
    if (!pads)
      x = op("swin.check_size " + x + " min [1, 1] multiple " + pair(window) + " : " + m);
    else if (coin())
      x = op("swin.check_size " + x + " min [1, 1] multiple [1, 1] : " + map(c));
    std::string y = norm(name + ".norm1", x, c);
    auto roll = [&](int64_t sign) {
      if (odd)
        y = op("swin.cyclic_shift " + y + " by " + pair({sign * shift[0], sign * shift[1]}) + within + rules[rule] +
               " : " + current);
    };
    auto pad = [&] {
      if (pads)
        y = op("swin.pad " + y + " to_multiple_of " + pair(window) + " : " + m + " -> " + whole);
      current = whole;
    };
    auto crop = [&] {
      if (pads)
        y = op("swin.crop " + y + " like " + x + " : " + whole + ", " + m + " -> " + m);
      current = m;
    };
    if (shiftFirst)
      roll(1);
    pad();
    if (!shiftFirst)
      roll(1);
    y = op("swin.window_partition " + y + within + ": " + whole + " -> " + windows(c));
    y = linear(name + ".attn.qkv", y, windows(c), windows(3 * c), c, 3 * c, biases);
    std::string table = matrix((2 * window[0] - 1) * (2 * window[1] - 1), headCount);
    std::string t = param(name + ".attn.relative_position_bias_table", table);
    y = op("swin.window_attention " + y + ", " + t + " heads " + number(headCount) + " scale 0.37" + within + "shift " +
           pair(shift) + " " + rules[odd ? rule : 0] + " : (" + windows(3 * c) + ", " + table + ") -> " + windows(c));
    y = linear(name + ".attn.proj", y, windows(c), windows(c), c, c, true);
    y = op("swin.window_reverse " + y + within + ": " + windows(c) + " -> " + whole);
    if (!shiftFirst)
      roll(-1);
    crop();
    if (shiftFirst)
      roll(-1);
    x = op("swin.add " + x + ", " + y + " : " + map(c));
    y = norm(name + ".norm2", x, c);
    y = linear(name + ".mlp.fc1", y, map(c), map(2 * c), c, 2 * c, true);
    y = op("swin.gelu " + y + " : " + map(2 * c));
    y = linear(name + ".mlp.fc2", y, map(2 * c), map(c), 2 * c, c, true);
    return op("swin.add " + x + ", " + y + " : " + map(c));
  }

  std::string merge(const std::string &name, std::string x) {
    int64_t c = channels;
    channels = 2 * c;
    std::string from = map(c);
    size = {(size[0] + 1) / 2, (size[1] + 1) / 2};
    x = op("swin.patch_merging " + x + " : " + from + " -> " + map(4 * c));
    x = norm(name + ".norm", x, 4 * c);
    return linear(name + ".reduction", x, map(4 * c), map(2 * c), 4 * c, 2 * c, false);
  }

  void output(const std::string &value, const std::string &name, const std::string &type) {
    body += "  swin.output " + value + " as \"" + name + "\" : " + type + "\n";
  }
  void stageOutput(const std::string &prefix, const std::string &x, int64_t stage) {
    std::string name = "stage" + number(stage + 1), c = number(channels);
    int64_t kind = pick({0, 1, 2, 3});
    if (kind == 1 || kind == 3)
      output(x, name, map(channels));
    if (kind == 3) // one value as two outputs
      output(x, name + "_again", map(channels));
    if (kind == 2) {
      std::string y = norm(prefix + ".norm", x, channels);
      std::string type = "tensor<" + extent(batch) + "x" + c + "x" + extent(size[0]) + "x" + extent(size[1]) + "xf32>";
      output(op("swin.channels_first " + y + " : " + map(channels) + " -> " + type), name, type);
    }
  }
  void head(const std::string &x) {
    std::string pooled = "tensor<" + extent(batch) + "x" + number(channels) + "xf32>";
    std::string classes = "tensor<" + extent(batch) + "x7xf32>";
    std::string y = op("swin.mean_pool " + x + " : " + map(channels) + " -> " + pooled);
    if (coin())
      output(y, "features", pooled);
    output(linear("head", y, pooled, classes, channels, 7, true), "logits", classes);
  }

  std::mt19937 random;
  std::string body;
  int count = 0;
  int64_t channels = 0, headCount = 1, rule = 0;
  int64_t batch = 1;
  std::array<int64_t, 2> window = {}, size = {}; // size: of the map, in tokens
  bool shiftFirst = false, biases = true, isFixed = false;
};

} // namespace

RandomModel randomModel(uint32_t seed) { return Writer(seed).write(); }

} // namespace swin::test
