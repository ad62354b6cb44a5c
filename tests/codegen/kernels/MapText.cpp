//===- MapText.cpp - kernels of maps of any sizes, written op by op -------===//
#include "tests/codegen/kernels/MapText.h"

namespace swin::test {
namespace {

std::string num(int64_t value) { return std::to_string(value); }
std::string mapOf(int64_t channels) { return "tensor<?x?x?x" + num(channels) + "xf32>"; }
std::string planesOf(int64_t channels) { return "tensor<?x" + num(channels) + "x?x?xf32>"; }
std::string vectorOf(int64_t entries) { return "tensor<" + num(entries) + "xf32>"; }
std::string pair(const MapText::Pair &sizes) { return "[" + num(sizes[0]) + ", " + num(sizes[1]) + "]"; }

} // namespace

MapText::Value MapText::activation(const std::string &type, int64_t channels) {
  std::string name = "%a" + num(numActivations);
  activations += (numActivations++ ? ", " : "") + name + ": " + type;
  values.push_back({name, type, channels});
  return values.size() - 1;
}

MapText::Value MapText::map(int64_t channels) { return activation(mapOf(channels), channels); }
MapText::Value MapText::image(int64_t channels) { return activation(planesOf(channels), channels); }

std::string MapText::constant(const std::string &type) {
  std::string name = "%c" + num(numConstants++);
  constants += ", " + name + ": " + type;
  return name;
}

MapText::Value MapText::op(const std::string &text, const std::string &type, int64_t channels) {
  std::string name = "%v" + num(static_cast<int64_t>(values.size()));
  body += "  " + name + " = swin." + text + "\n";
  values.push_back({name, type, channels});
  return values.size() - 1;
}

MapText::Value MapText::conv(Value input, int64_t outputs, const Convolution &attributes) {
  const Known x = values[input];
  int64_t terms = attributes.kernel[0] * attributes.kernel[1] * (attributes.depthwise ? 1 : x.channels);
  std::string weight = "tensor<" + num((outputs + 15) / 16) + "x" + num(terms) + "x16xf32>";
  std::string operands = x.name + ", " + constant(weight), types = x.type + ", " + weight;
  if (attributes.bias) {
    operands += ", " + constant(vectorOf(outputs));
    types += ", " + vectorOf(outputs);
  }
  std::string name = attributes.depthwise ? "depthwise_conv2d " : "conv2d ", result = mapOf(outputs);
  return op(name + operands + " kernel " + pair(attributes.kernel) + " stride " + pair(attributes.stride) +
                " padding " + pair(attributes.padding) + " : (" + types + ") -> " + result,
            result, outputs);
}

MapText::Value MapText::keep(const std::string &name, Value input, const std::string &attributes) {
  const Known x = values[input];
  return op(name + " " + x.name + " " + attributes + " : " + x.type, x.type, x.channels);
}

MapText::Value MapText::affine(Value input) {
  const Known x = values[input];
  std::string vector = vectorOf(x.channels), scale = constant(vector), offset = constant(vector);
  return op("affine " + x.name + " by " + scale + ", " + offset + " : " + x.type + ", " + vector + ", " + vector,
            x.type, x.channels);
}

MapText::Value MapText::add(Value a, Value b) {
  const Known x = values[a], y = values[b];
  return op("add " + x.name + ", " + y.name + " : " + x.type, x.type, x.channels);
}

MapText::Value MapText::position(Value input, int64_t height, int64_t width) {
  const Known x = values[input];
  std::string table = "tensor<1x" + num(height * width) + "x" + num(x.channels) + "xf32>";
  return op("add_position " + x.name + ", " + constant(table) + " map " + pair({height, width}) + " : " + x.type +
                ", " + table,
            x.type, x.channels);
}

MapText::Value MapText::resize(Value input, const std::string &how, Value like, Pair factor) {
  const Known x = values[input];
  std::string types = x.type, text = "resize " + x.name + " " + how, result = mapOf(x.channels);
  if (like != none) {
    text += " like " + values[like].name;
    types += ", " + values[like].type;
  }
  if (factor != Pair{1, 1})
    text += " by " + pair(factor);
  return op(text + " : (" + types + ") -> " + result, result, x.channels);
}

MapText::Value MapText::concat(const std::vector<Value> &inputs) {
  std::string names, types;
  int64_t channels = 0;
  for (Value input : inputs) {
    names += (names.empty() ? "" : ", ") + values[input].name;
    types += (types.empty() ? "" : ", ") + values[input].type;
    channels += values[input].channels;
  }
  return op("concat " + names + " : " + types + " -> " + mapOf(channels), mapOf(channels), channels);
}

MapText::Value MapText::shuffle(Value input, int64_t factor) {
  const Known x = values[input];
  int64_t channels = x.channels / (factor * factor);
  return op("pixel_shuffle " + x.name + " by " + num(factor) + " : " + x.type + " -> " + mapOf(channels),
            mapOf(channels), channels);
}

MapText::Value MapText::crop(Value input, Value like, Pair factor, Pair before) {
  const Known x = values[input], other = values[like];
  std::string text = "crop " + x.name + " like " + other.name;
  if (factor != Pair{1, 1})
    text += " by " + pair(factor);
  if (before != Pair{0, 0})
    text += " before " + pair(before);
  return op(text + " : " + x.type + ", " + other.type + " -> " + mapOf(x.channels), mapOf(x.channels), x.channels);
}

MapText::Value MapText::reflectPad(Value input, Pair window) {
  const Known x = values[input];
  return op("reflect_pad " + x.name + " to_multiple_of " + pair(window) + " : " + x.type + " -> " + x.type, x.type,
            x.channels);
}

MapText::Value MapText::pool(Value input, Pair size) {
  const Known x = values[input];
  std::string type = "tensor<?x" + num(size[0]) + "x" + num(size[1]) + "x" + num(x.channels) + "xf32>";
  return op("adaptive_pool " + x.name + " to " + pair(size) + " : " + x.type + " -> " + type, type, x.channels);
}

MapText::Value MapText::channelsLast(Value image) {
  const Known x = values[image];
  return op("channels_last " + x.name + " : " + x.type + " -> " + mapOf(x.channels), mapOf(x.channels), x.channels);
}

MapText::Value MapText::channelsFirst(Value input) {
  const Known x = values[input];
  return op("channels_first " + x.name + " : " + x.type + " -> " + planesOf(x.channels), planesOf(x.channels),
            x.channels);
}

std::string MapText::str(Value result, bool dense) const {
  const Known &x = values[result];
  return "swin.kernel @maps " + kind + " activations " + num(numActivations) + " (" + activations + constants +
         ") -> " + x.type + (dense ? " dense" : "") + " {\n" + body + "  swin.yield " + x.name + " : " + x.type + "\n}";
}

} // namespace swin::test
