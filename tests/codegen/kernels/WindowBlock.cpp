//===- WindowBlock.cpp - what a block does in windows, as a kernel's text -===//
#include "tests/codegen/kernels/WindowBlock.h"

#include <algorithm>

namespace swin::test {
namespace {

std::string num(int64_t value) { return std::to_string(value); }
std::string map(int64_t channels) { return "tensor<?x?x?x" + num(channels) + "xf32>"; }

} // namespace

std::string WindowBlock::text() const {
  int64_t tokens = rows * columns, outer = projection || mixing ? channels : inner;
  std::string w = num(tokens), in = map(channels), out = map(outer),
              window = "[" + num(rows) + ", " + num(columns) + "]",
              before = top || left ? " before [" + num(top) + ", " + num(left) + "]" : "";
  auto windows = [&](int64_t c) { return "tensor<?x?x?x" + w + "x" + num(c) + "xf32>"; };
  auto packed = [](int64_t n, int64_t k) { return "tensor<" + num((n + 15) / 16) + "x" + num(k) + "x16xf32>"; };
  auto vector = [](int64_t n) { return "tensor<" + num(n) + "xf32>"; };
  std::string table = compact ? "tensor<" + num((2 * rows - 1) * (2 * columns - 1)) + "x" + num(heads) + "xf32>"
                              : "tensor<" + num(heads) + "x" + w + "x" + num((tokens + 15) / 16 * 16) + "xf32>";
  // Large, and not read by attention.
  int64_t lines = mixing ? heads * tokens : 1;
  std::string matrices = "tensor<" + num(lines) + "x" + (mixing ? w : "1") + "x1xf32>", body, last = "%x";
  int count = 0;
  auto op = [&](const std::string &rest) {
    last = "%" + num(count++);
    body += "  " + last + " = swin." + rest + "\n";
  };
  auto shift = [&](int64_t sign) {
    if (shiftH || shiftW)
      op("cyclic_shift " + last + " by [" + num(sign * shiftH) + ", " + num(sign * shiftW) + "] window " + window +
         " never : " + in);
  };
  auto linear = [&](const std::string &weight, const std::string &offset, int64_t n, int64_t k) {
    op("linear " + last + ", " + weight + (bias ? ", " + offset : "") + " : (" + windows(k) + ", " + packed(n, k) +
       (bias ? ", " + vector(n) : "") + ") -> " + windows(n));
  };
  auto layerNorm = [&](int64_t c) {
    op("layer_norm " + last + (affine ? ", %g, %o" : "") + " epsilon 1.0e-5 : " + map(c) +
       (affine ? ", " + vector(c) + ", " + vector(c) : ""));
  };
  if (norm)
    layerNorm(channels);
  std::string normed = last;
  if (order != Order::PadFirst)
    shift(1);
  if (order != Order::NoPadding)
    op("pad " + last + " to_multiple_of " + window + before + " : " + in + " -> " + in);
  if (order == Order::PadFirst)
    shift(1);
  op("window_partition " + last + " window " + window + " : " + in + " -> " + windows(channels));
  if (mixing) {
    op("token_mixing " + last + ", %wm, %bm heads " + num(heads) + " : " + windows(channels) + ", " + matrices + ", " +
       vector(lines));
  } else {
    linear("%wq", "%bq", 3 * inner, channels);
    op("window_attention " + last + ", %t" + (cosine ? " cosine %c" : "") + " heads " + num(heads) + " scale " +
       std::to_string(scale) + " window " + window + " shift [" + num(shiftH) + ", " + num(shiftW) + "] never : (" +
       windows(3 * inner) + ", " + table + (cosine ? ", " + vector(heads) : "") + ") -> " + windows(inner));
    if (projection)
      linear("%wp", "%bp", channels, inner);
  }
  op("window_reverse " + last + " window " + window + " : " + windows(outer) + " -> " + out);
  if (order == Order::PadFirst)
    shift(-1);
  if (order != Order::NoPadding)
    op("crop " + last + " like " + normed + before + " : " + out + ", " + in + " -> " + out);
  if (order != Order::PadFirst)
    shift(-1);
  if (normBehind)
    layerNorm(outer);
  if (residual)
    op("add %x, " + last + " : " + out);
  return "swin.kernel @windows windows activations 1 (%x: " + in + ", %g: " + vector(channels) +
         ", %o: " + vector(channels) + ", %wq: " + packed(3 * inner, channels) + ", %bq: " + vector(3 * inner) +
         ", %t: " + table + ", %wp: " + packed(channels, inner) + ", %bp: " + vector(channels) +
         ", %c: " + vector(heads) + ", %wm: " + matrices + ", %bm: " + vector(lines) + ") -> " + out +
         (dense ? " dense" : "") + " {\n" + body + "  swin.yield " + last + " : " + out + "\n}";
}

void zeroLargeRows(std::vector<ref::Tensor> &arguments) {
  ref::Tensor &map = arguments[Arguments::Map];
  int64_t channels = map.shape.back();
  for (auto row = map.values.begin(); row != map.values.end(); row += channels)
    if (*row > 100)
      std::fill_n(row, channels, 0.0);
}

void checkBlock(const WindowBlock &block, const std::vector<MapSize> &sizes, const AdjustArguments &adjust) {
  std::string label = num(block.channels) + "/" + num(block.heads) + " " + num(block.rows) + "x" + num(block.columns);
  checkKernel(block.text(), label, sizes, 2e-5, {.shiftH = block.shiftH, .shiftW = block.shiftW}, adjust);
}

} // namespace swin::test
