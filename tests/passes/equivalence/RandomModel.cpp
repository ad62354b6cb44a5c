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
    window = {pick({2, 2, 3, 4}), pick({2, 2, 3, 5})};
    rule = pick({0, 1, 2});
    shiftFirst = rule == 0 && coin();
    biases = coin() || coin();
    mixing = pick({0, 0, 1, 1, 2});
    squashed = coin();
    normsBehind = mixing == 1 ? pick({0, 1, 1}) : pick({0, 0, 0, 1});
    reducesFirst = coin();
    activation = pick({0, 0, 1, 2, 3, 4});
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
    if (pick({0, 0, 0, 1}))
      x = position(x);
    int64_t stages = pick({1, 2, 3});
    for (int64_t stage = 0; stage < stages; ++stage) {
      std::string prefix = "layers." + number(stage);
      if (stage)
        x = merge("layers." + number(stage - 1) + ".downsample", x);
      for (int64_t index = 0, depth = pick({1, 2}); index < depth; ++index)
        x = block(prefix + ".blocks." + number(index), x, index % 2 == 1);
      stageOutput(prefix, x, stage);
    }
    head(normsBehind && coin() ? x : norm("norm", x, channels));
    body += "  return\n}\n";
    RandomModel model;
    model.text = "module attributes {swin.name = \"random\"} {\n" + body + "}\n";
    model.what = std::string(isFixed ? "fixed" : "dynamic") + " sizes, channels " + number(channels) + ", window " +
                 pair(window) + ", rule " + number(rule) + (shiftFirst ? ", shift first" : "") + ", image " +
                 number(image[0]) + "x3x" + number(image[2]) + "x" + number(image[3]);
    model.hasExpressions = mixing == 1;
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

  /// A position embedding, which fixes the map's size.
  std::string position(std::string x) {
    std::string shape = "tensor<1x" + number(size[0] * size[1]) + "x" + number(channels) + "xf32>", m = map(channels);
    if (coin())
      x = op("swin.check_size " + x + " min " + pair(size) + " multiple [1, 1] max " + pair(size) + " : " + m);
    std::string p = param("absolute_pos_embed", shape);
    return op("swin.add_position " + x + ", " + p + " map " + pair(size) + " : " + m + ", " + shape);
  }

  /// From a map to what is added to a block's input `x`, of the same size; `odd` blocks have shifted windows.
  std::string mix(const std::string &name, const std::string &x, std::string y, bool odd) {
    static const char *rules[] = {"never", "axis", "map"};
    int64_t c = channels;
    bool tokens = mixing == 2, rolls = odd && !tokens;
    std::array<int64_t, 2> shift = {odd ? window[0] / 2 : 0, odd ? window[1] / 2 : 0};
    std::array<int64_t, 2> first = {odd && tokens ? window[0] - shift[0] : 0, odd && tokens ? window[1] - shift[1] : 0};
    std::array<int64_t, 2> cut = {(size[0] + first[0] + window[0] - 1) / window[0],
                                  (size[1] + first[1] + window[1] - 1) / window[1]};
    std::array<int64_t, 2> padded = {cut[0] * window[0], cut[1] * window[1]};
    auto windows = [&](int64_t channels) {
      return grid(cut) + number(window[0] * window[1]) + "x" + number(channels) + "xf32>";
    };
    std::string m = map(c), whole = grid(padded) + number(c) + "xf32>", current = m;
    std::string within = " window " + pair(window) + " ";
    std::string before = odd && tokens ? " before " + pair(first) : "";
    // The size may be said by a value that is itself in the kernel.
    std::string like = coin() ? x : y;
    auto roll = [&](int64_t sign) {
      if (rolls)
        y = op("swin.cyclic_shift " + y + " by " + pair({sign * shift[0], sign * shift[1]}) + within + rules[rule] +
               " : " + current);
    };
    if (shiftFirst)
      roll(1);
    if (pads)
      y = op("swin.pad " + y + " to_multiple_of " + pair(window) + before + " : " + m + " -> " + whole);
    current = pads ? whole : m;
    if (!shiftFirst)
      roll(1);
    y = op("swin.window_partition " + y + within + ": " + whole + " -> " + windows(c));
    y = tokens ? mixTokens(name + ".spatial_mlp", y, windows(c))
               : attend(name + ".attn", y, windows(c), windows(3 * c),
                        " heads " + number(headCount) + " scale " + (mixing == 1 ? "1.0" : "0.37") + within + "shift " +
                            pair(shift) + " " + rules[odd ? rule : 0]);
    y = op("swin.window_reverse " + y + within + ": " + windows(c) + " -> " + whole);
    if (!shiftFirst)
      roll(-1);
    if (pads)
      y = op("swin.crop " + y + " like " + like + before + " : " + whole + ", " + m + " -> " + m);
    current = m;
    if (shiftFirst)
      roll(-1);
    return y;
  }

  std::string mixTokens(const std::string &name, const std::string &x, const std::string &type) {
    int64_t tokens = window[0] * window[1], rows = headCount * tokens;
    std::string shape = "tensor<" + number(rows) + "x" + number(tokens) + "x1xf32>";
    std::string w = param(name + ".weight", shape), b = param(name + ".bias", vector(rows));
    return op("swin.token_mixing " + x + ", " + w + ", " + b + " heads " + number(headCount) + " : " + type + ", " +
              shape + ", " + vector(rows));
  }

  std::string attend(const std::string &name, std::string y, const std::string &windows, const std::string &queries,
                     const std::string &attributes) {
    int64_t c = channels, rows = (2 * window[0] - 1) * (2 * window[1] - 1);
    std::string bias = biases ? ", " + (mixing == 1 ? qkvBias(name) : param(name + ".qkv.bias", vector(3 * c))) : "";
    std::string w = param(name + ".qkv.weight", matrix(3 * c, c)), table = matrix(rows, headCount);
    y = op("swin.linear " + y + ", " + w + bias + " : (" + windows + ", " + matrix(3 * c, c) +
           (biases ? ", " + vector(3 * c) : "") + ") -> " + queries);
    std::string t = mixing == 1 ? positionTable(name, rows) : param(name + ".relative_position_bias_table", table);
    std::string cosine;
    if (mixing == 1) {
      std::string logits = "tensor<" + number(headCount) + "x1x1xf32>", l = param(name + ".logit_scale", logits);
      cosine = op("swin.logit_scale " + l + " max 0.3 : " + logits + " -> " + vector(headCount));
    }
    y = op("swin.window_attention " + y + ", " + t + (cosine.empty() ? "" : " cosine " + cosine) + attributes + " : (" +
           queries + ", " + table + (cosine.empty() ? "" : ", " + vector(headCount)) + ") -> " + windows);
    return linear(name + ".proj", y, windows, windows, c, c, true);
  }

  std::string qkvBias(const std::string &name) {
    std::string q = param(name + ".q_bias", vector(channels)), v = param(name + ".v_bias", vector(channels));
    return op("swin.qkv_bias " + q + ", " + v + " : " + vector(channels) + ", " + vector(channels) + " -> " +
              vector(3 * channels));
  }

  std::string positionTable(const std::string &name, int64_t rows) {
    std::string hidden = matrix(rows, 11), table = matrix(rows, headCount);
    std::string t = op("swin.log_coords window " + pair(window) + " step [4.0, 2.5] gain 0.5 : " + matrix(rows, 2));
    t = linear(name + ".cpb_mlp.0", t, matrix(rows, 2), hidden, 2, 11, true);
    t = op("swin.relu " + t + " : " + hidden);
    t = linear(name + ".cpb_mlp.2", t, hidden, table, 11, headCount, !squashed);
    if (!squashed)
      return t;
    t = op("swin.sigmoid " + t + " : " + table);
    return op("swin.scale_rows " + t + " rows [0, " + number(rows) + "] by 16.0 : " + table);
  }

  std::string mlp(const std::string &name, std::string y) {
    static const char *functions[] = {"gelu", "gelu_tanh", "quick_gelu", "silu", "relu"};
    int64_t c = channels;
    y = linear(name + ".fc1", y, map(c), map(2 * c), c, 2 * c, true);
    y = op("swin." + std::string(functions[activation]) + " " + y + " : " + map(2 * c));
    return linear(name + ".fc2", y, map(2 * c), map(c), 2 * c, c, true);
  }

  std::string block(const std::string &name, std::string x, bool odd) {
    int64_t c = channels;
    // Some sources refuse maps that are not whole windows instead of padding them.
    bool whole = size[0] % window[0] == 0 && size[1] % window[1] == 0;
    pads = !whole || pick({0, 0, 1}) || (odd && mixing == 2);
    if (!pads)
      x = op("swin.check_size " + x + " min [1, 1] multiple " + pair(window) + " : " + map(c));
    else if (coin())
      x = op("swin.check_size " + x + " min [1, 1] multiple [1, 1] : " + map(c));
    auto branch = [&](const std::string &normName, auto make) {
      std::string y = make(normsBehind ? x : norm(normName, x, c));
      y = normsBehind ? norm(normName, y, c) : y;
      x = op("swin.add " + x + ", " + y + " : " + map(c));
    };
    branch(name + ".norm1", [&](const std::string &y) { return mix(name, x, y, odd); });
    branch(name + ".norm2", [&](const std::string &y) { return mlp(name + ".mlp", y); });
    return normsBehind && coin() ? norm(name + ".norm3", x, c) : x;
  }

  std::string merge(const std::string &name, std::string x) {
    int64_t c = channels;
    channels = 2 * c;
    std::string from = map(c);
    size = {(size[0] + 1) / 2, (size[1] + 1) / 2};
    x = op("swin.patch_merging " + x + " : " + from + " -> " + map(4 * c));
    if (!reducesFirst)
      x = norm(name + ".norm", x, 4 * c);
    x = linear(name + ".reduction", x, map(4 * c), map(2 * c), 4 * c, 2 * c, false);
    return reducesFirst ? norm(name + ".norm", x, 2 * c) : x;
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
  bool shiftFirst = false, biases = true, isFixed = false, pads = false;
  int64_t mixing = 0; // 0: attention by products, 1: by cosines with a position MLP, 2: a linear map across tokens
  int64_t activation = 0;
  bool squashed = false, normsBehind = false, reducesFirst = false;
};

} // namespace

RandomModel randomModel(uint32_t seed) { return Writer(seed).write(); }

} // namespace swin::test
