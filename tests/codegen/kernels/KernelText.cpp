//===- KernelText.cpp - kernels on rows of a map, written op by op --------===//
#include "tests/codegen/kernels/KernelText.h"

namespace swin::test {
namespace {

std::string num(int64_t value) { return std::to_string(value); }
std::string tensor(const std::string &sizes, int64_t last) { return "tensor<" + sizes + num(last) + "xf32>"; }
std::string rows(bool map, int64_t channels) { return tensor(map ? "?x?x?x" : "?x", channels); }
std::string packed(int64_t n, int64_t k) { return tensor(num((n + 15) / 16) + "x" + num(k) + "x", 16); }

} // namespace

KernelText::KernelText(const std::string &name, const std::string &kind, int64_t channels)
    : name(name), kind(kind), arguments("%x: " + rows(true, channels)), type(rows(true, channels)), channels(channels) {
}

KernelText KernelText::ofImage(const std::string &name) {
  KernelText text(name, "tokens", 3);
  text.type = "tensor<?x3x?x?xf32>";
  text.arguments = "%x: " + text.type;
  return text;
}

std::string KernelText::argument(const std::string &type) {
  std::string number = "%c" + num(values++);
  arguments += ", " + number + ": " + type;
  return number;
}

void KernelText::op(const std::string &text, const std::string &result) {
  value = "%v" + num(values++);
  body += "  " + value + " = swin." + text + "\n";
  type = result;
}

KernelText &KernelText::embed(int64_t to, int64_t down, int64_t across, bool pad) {
  std::string weight = packed(to, 3 * down * across), offset = tensor("", to), result = rows(true, to);
  std::string w = argument(weight), b = argument(offset);
  op("patch_embed " + value + ", " + w + ", " + b + " patch [" + num(down) + ", " + num(across) + "]" +
         (pad ? " pad" : "") + " : (" + type + ", " + weight + ", " + offset + ") -> " + result,
     result);
  channels = to;
  return *this;
}

KernelText &KernelText::merge() {
  std::string result = rows(true, 4 * channels);
  op("patch_merging " + value + " : " + type + " -> " + result, result);
  channels *= 4;
  return *this;
}

KernelText &KernelText::norm(bool affine) {
  std::string vector = tensor("", channels);
  if (affine) {
    std::string gain = argument(vector), offset = argument(vector);
    op("layer_norm " + value + ", " + gain + ", " + offset + " epsilon 1.0e-5 : " + type + ", " + vector + ", " +
           vector,
       type);
  } else {
    op("layer_norm " + value + " epsilon 1.0e-5 : " + type, type);
  }
  return *this;
}

KernelText &KernelText::linear(int64_t to, bool bias) { return linear(to, packed(to, channels), bias); }

KernelText &KernelText::linearOfSums(int64_t to, bool bias) {
  return linear(to, tensor("7x" + num(to / 32) + "x" + num(channels / 2) + "x", 16), bias);
}

KernelText &KernelText::linear(int64_t to, const std::string &weight, bool bias) {
  std::string offset = tensor("", to), result = rows(map, to);
  std::string operands = value + ", " + argument(weight), types = type + ", " + weight;
  if (bias) {
    operands += ", " + argument(offset);
    types += ", " + offset;
  }
  op("linear " + operands + " : (" + types + ") -> " + result, result);
  channels = to;
  return *this;
}

KernelText &KernelText::elementwise(const std::string &name) {
  op(name + " " + value + " : " + type, type);
  return *this;
}

KernelText &KernelText::addInput() {
  op("add %x, " + value + " : " + type, type);
  return *this;
}

KernelText &KernelText::addPosition(int64_t height, int64_t width) {
  std::string table = tensor("1x" + num(height * width) + "x", channels), position = argument(table);
  op("add_position " + value + ", " + position + " map [" + num(height) + ", " + num(width) + "] : " + type + ", " +
         table,
     type);
  return *this;
}

KernelText &KernelText::meanPool() {
  std::string result = rows(false, channels);
  op("mean_pool " + value + " : " + type + " -> " + result, result);
  map = false;
  return *this;
}

KernelText &KernelText::channelsFirst() {
  std::string result = "tensor<?x" + num(channels) + "x?x?xf32>";
  op("channels_first " + value + " : " + type + " -> " + result, result);
  return *this;
}

std::string KernelText::str(bool dense) const {
  return "swin.kernel @" + name + " " + kind + " activations 1 (" + arguments + ") -> " + type +
         (dense ? " dense" : "") + " {\n" + body + "  swin.yield " + value + " : " + type + "\n}";
}

} // namespace swin::test
