//===- RandomMaps.cpp - small graphs of convolutions, gathers and rows ----===//
#include "tests/passes/equivalence/RandomModel.h"

#include <algorithm>
#include <random>
#include <vector>

namespace swin::test {
namespace {

std::string number(int64_t value) { return std::to_string(value); }
std::string pair(std::array<int64_t, 2> values) { return "[" + number(values[0]) + ", " + number(values[1]) + "]"; }
std::string vector(int64_t size) { return "tensor<" + number(size) + "xf32>"; }

/// A value of the graph and what is known of it.
struct Map {
  std::string name;
  std::array<int64_t, 2> size;
  int64_t channels;
};

class Writer {
public:
  explicit Writer(uint32_t seed) : random(seed) {}

  RandomModel write() {
    batch = pick({1, 2});
    isFixed = pick({0, 0, 1});
    std::array<int64_t, 2> size = {pick({5, 6, 8, 9}), pick({4, 7, 10})};
    std::string image = "tensor<" + extent(batch) + "x3x" + extent(size[0]) + "x" + extent(size[1]) + "xf32>";
    body = "func.func @forward(%image: " + image + ") {\n";
    Map picture = {"", size, 3};
    picture.name = op("swin.channels_last %image : " + image + " -> " + type(picture));
    maps = {picture};
    int64_t ops = pick({8, 12, 16});
    for (int64_t i = 0; i < ops; ++i)
      maps.push_back(next(any()));
    for (size_t i = 0; i < maps.size(); ++i)
      if (i + 1 == maps.size() || (i > 0 && pick({0, 0, 0, 0, 1})))
        output(maps[i], "map" + number(static_cast<int64_t>(i)));
    body += "  return\n}\n";
    RandomModel model;
    model.text = "module attributes {swin.name = \"random\"} {\n" + body + "}\n";
    model.what = std::string(isFixed ? "fixed" : "dynamic") + " sizes";
    model.hasExpressions = true;
    model.image = {batch, 3, size[0], size[1]};
    return model;
  }

private:
  int64_t pick(std::vector<int64_t> values) { return values[random() % values.size()]; }
  bool coin() { return random() % 2; }
  /// A recent map, mostly the last one.
  Map any() { return maps[maps.size() - 1 - std::min<size_t>(maps.size() - 1, coin() ? 0 : random() % 5)]; }

  /// A size that only a fixed model writes down.
  std::string extent(int64_t value) { return isFixed ? number(value) : "?"; }
  std::string type(const Map &map) {
    return "tensor<" + extent(batch) + "x" + extent(map.size[0]) + "x" + extent(map.size[1]) + "x" +
           number(map.channels) + "xf32>";
  }
  std::string op(const std::string &text) {
    std::string name = "%v" + number(count++);
    body += "  " + name + " = " + text + "\n";
    return name;
  }
  std::string param(const std::string &shape) { return op("swin.param \"p" + number(count) + "\" : " + shape); }
  /// `x` with what `text` makes of it, of the same type.
  Map same(const Map &x, const std::string &text, const std::string &attributes = "") {
    return {op("swin." + text + " " + x.name + attributes + " : " + type(x)), x.size, x.channels};
  }

  Map next(const Map &x) {
    switch (pick({0, 0, 0, 0, 1, 2, 3, 4, 5, 5, 6, 6, 7, 8, 9, 10, 11, 12, 13})) {
    case 0:
      return convolution(x);
    case 1:
      return depthwise(x);
    case 2:
      return affine(x);
    case 3:
      return batchNorm(x);
    case 4:
      return activation(x);
    case 5:
      return sum(x);
    case 6:
      return sideBySide(x);
    case 7:
      return shuffle(x);
    case 8:
      return resize(x);
    case 9:
      return reflect(x);
    case 10:
      return same(x, "cyclic_shift",
                  " by [1, " + number(pick({-1, 0, 1})) + "] window [4, 5] " + (coin() ? "never" : "axis"));
    case 11:
      return crop(x);
    case 12:
      return rows(x);
    default:
      return pool(x);
    }
  }

  Map activation(const Map &x) {
    const char *functions[] = {"gelu", "silu", "leaky_relu"};
    const char *name = functions[pick({0, 1, 2})];
    return same(x, name, name == functions[2] ? " slope 0.2" : "");
  }

  Map convolution(const Map &x) {
    int64_t groups = x.channels % 2 == 0 ? pick({1, 1, 2, x.channels}) : pick({1, 1, x.channels});
    int64_t outputs = groups * pick({1, 2, 4});
    while (outputs > 24)
      outputs /= 2;
    if (outputs % groups != 0)
      outputs = groups;
    if (groups == 1)
      outputs = pick({3, 8, 12, 16, x.channels});
    std::array<int64_t, 2> kernel = {pick({1, 3}), pick({1, 2, 3})}, stride = {1, pick({1, 1, 2})}, padding;
    if (coin())
      kernel = {1, 1};
    for (int axis : {0, 1})
      padding[axis] = kernel[axis] / 2;
    Map y = {"", convolved(x, kernel, stride, padding), outputs};
    std::string shape = "tensor<" + number(outputs) + "x" + number(x.channels / groups) + "x" + number(kernel[0]) +
                        "x" + number(kernel[1]) + "xf32>";
    bool bias = coin();
    std::string w = param(shape), b = bias ? ", " + param(vector(outputs)) : "";
    y.name = op("swin.conv2d " + x.name + ", " + w + b + places(kernel, stride, padding) +
                (groups > 1 ? " groups " + number(groups) : "") + " : (" + type(x) + ", " + shape +
                (bias ? ", " + vector(outputs) : "") + ") -> " + type(y));
    return pick({0, 0, 1}) ? batchNorm(y) : y;
  }

  Map depthwise(const Map &x) {
    std::array<int64_t, 2> kernel = {3, 5}, stride = {pick({1, 2}), 1}, padding = {1, 2};
    Map y = {"", convolved(x, kernel, stride, padding), x.channels};
    std::string shape = "tensor<" + number(x.channels) + "x1x3x5xf32>", w = param(shape), b = param(vector(x.channels));
    y.name = op("swin.depthwise_conv2d " + x.name + ", " + w + ", " + b + places(kernel, stride, padding) + " : (" +
                type(x) + ", " + shape + ", " + vector(x.channels) + ") -> " + type(y));
    return y;
  }

  static std::array<int64_t, 2> convolved(const Map &x, std::array<int64_t, 2> kernel, std::array<int64_t, 2> stride,
                                          std::array<int64_t, 2> padding) {
    std::array<int64_t, 2> size;
    for (int axis : {0, 1})
      size[axis] = (x.size[axis] + 2 * padding[axis] - kernel[axis]) / stride[axis] + 1;
    return size;
  }
  static std::string places(std::array<int64_t, 2> kernel, std::array<int64_t, 2> stride,
                            std::array<int64_t, 2> padding) {
    return " kernel " + pair(kernel) + " stride " + pair(stride) + " padding " + pair(padding);
  }

  Map affine(const Map &x) {
    std::string v = vector(x.channels), s = param(v), o = param(v);
    return {op("swin.affine " + x.name + " by " + s + ", " + o + " : " + type(x) + ", " + v + ", " + v), x.size,
            x.channels};
  }

  Map batchNorm(const Map &x) {
    std::string v = vector(x.channels), g = param(v), b = param(v), m = param(v), s = param(v);
    s = op("swin.sigmoid " + s + " : " + v);
    std::string y = op("swin.batch_norm " + x.name + ", " + g + ", " + b + ", " + m + ", " + s +
                       " epsilon 1.0e-5 : " + type(x) + ", " + v + ", " + v + ", " + v + ", " + v);
    return {y, x.size, x.channels};
  }

  Map sum(const Map &x) {
    Map other = affine(x);
    for (const Map &map : maps)
      if (map.size == x.size && map.channels == x.channels && coin())
        other = map;
    if (coin())
      other = activation(other);
    return coin() ? same(x, "add", ", " + other.name) : same(other, "add", ", " + x.name);
  }

  Map sideBySide(const Map &x) {
    Map y = x;
    std::string types = type(x);
    for (const Map &map : maps)
      if (coin() && y.channels + map.channels <= 32) {
        Map part = map.size == x.size ? map : sizedLike(map, x);
        y.name += ", " + part.name;
        y.channels += part.channels;
        types += ", " + type(part);
      }
    y.name = op("swin.concat " + y.name + " : " + types + " -> " + type(y));
    return y;
  }

  std::string interpolation() { return std::vector<std::string>{"nearest", "bilinear", "bicubic"}[pick({0, 1, 2})]; }
  Map sizedLike(const Map &x, const Map &like) {
    Map y = {"", like.size, x.channels};
    y.name = op("swin.resize " + x.name + " " + interpolation() + " like " + like.name + " : (" + type(x) + ", " +
                type(like) + ") -> " + type(y));
    return y;
  }
  Map resize(const Map &x) {
    if (x.size[0] * x.size[1] > 100 || coin())
      return sizedLike(x, maps[random() % maps.size()]);
    Map y = {"", {2 * x.size[0], 3 * x.size[1]}, x.channels};
    y.name = op("swin.resize " + x.name + " " + interpolation() + " by [2, 3] : (" + type(x) + ") -> " + type(y));
    return y;
  }

  Map shuffle(const Map &x) {
    if (x.channels % 4 != 0 || x.size[0] * x.size[1] > 200)
      return activation(x);
    Map y = {"", {2 * x.size[0], 2 * x.size[1]}, x.channels / 4};
    y.name = op("swin.pixel_shuffle " + x.name + " by 2 : " + type(x) + " -> " + type(y));
    return coin() ? crop(y) : y;
  }

  Map reflect(const Map &x) {
    if (x.size[0] < 3 || x.size[1] < 3)
      return activation(x);
    Map y = {"", {(x.size[0] + 3) / 4 * 4, (x.size[1] + 4) / 5 * 5}, x.channels};
    y.name = op("swin.reflect_pad " + x.name + " to_multiple_of [4, 5] : " + type(x) + " -> " + type(y));
    return y;
  }

  Map crop(const Map &x) {
    for (const Map &map : maps) {
      int64_t factor = pick({1, 2});
      if (x.size[0] < factor * map.size[0] || x.size[1] < factor * map.size[1])
        continue;
      Map y = {"", {factor * map.size[0], factor * map.size[1]}, x.channels};
      bool before = x.size[1] > y.size[1];
      y.name = op("swin.crop " + x.name + " like " + map.name + " by " + pair({factor, factor}) +
                  (before ? " before [0, 1]" : "") + " : " + type(x) + ", " + type(map) + " -> " + type(y));
      return y;
    }
    return activation(x);
  }

  Map rows(const Map &x) {
    Map y = {"", x.size, 12};
    std::string matrix = "tensor<12x" + number(x.channels) + "xf32>", w = param(matrix);
    std::string norm = coin() ? op("swin.layer_norm " + x.name + " epsilon 1.0e-2 : " + type(x)) : x.name;
    y.name = op("swin.linear " + norm + ", " + w + " : (" + type(x) + ", " + matrix + ") -> " + type(y));
    return coin() ? affine(y) : y;
  }

  Map pool(const Map &x) {
    Map y = {"", {2, 3}, x.channels};
    std::string pooled = "tensor<" + extent(batch) + "x2x3x" + number(x.channels) + "xf32>";
    y.name = op("swin.adaptive_pool " + x.name + " to [2, 3] : " + type(x) + " -> " + pooled);
    if (coin())
      y.name = op("swin.gelu " + y.name + " : " + pooled);
    Map like = maps[random() % maps.size()], z = {"", like.size, x.channels};
    z.name = op("swin.resize " + y.name + " bilinear like " + like.name + " : (" + pooled + ", " + type(like) +
                ") -> " + type(z));
    return z;
  }

  void output(const Map &map, const std::string &name) {
    std::string value = map.name, shape = type(map);
    if (coin()) {
      shape = "tensor<" + extent(batch) + "x" + number(map.channels) + "x" + extent(map.size[0]) + "x" +
              extent(map.size[1]) + "xf32>";
      value = op("swin.channels_first " + map.name + " : " + type(map) + " -> " + shape);
    }
    body += "  swin.output " + value + " as \"" + name + "\" : " + shape + "\n";
  }

  std::mt19937 random;
  std::string body;
  std::vector<Map> maps;
  int count = 0;
  int64_t batch = 1;
  bool isFixed = false;
};

} // namespace

RandomModel randomMaps(uint32_t seed) { return Writer(seed).write(); }

} // namespace swin::test
