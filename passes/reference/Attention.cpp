//===- Attention.cpp - what mixes the tokens of a window ------------------===//
#include "passes/reference/Evaluate.h"
#include "passes/reference/Product.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace swin::ref {
namespace {

/// The score that is added between tokens of different regions of a shifted map.
constexpr double maskedScore = -100;
/// Vectors that are shorter count as this long when they are divided by their length.
constexpr double minLength = 1e-12;

/// What the sizes of one run decide.
struct Attention {
  const Tensor &bias;
  const Tensor *cosine; ///< or null
  int64_t wh, ww, tokens, heads, headChannels;
  double scale;
  std::array<int64_t, 2> size, shift; ///< of the map, in tokens

  /// Region along one axis of position p of the shifted map.
  int64_t region(int axis, int64_t p) const {
    int64_t window = axis ? ww : wh, s = shift[axis], n = size[axis];
    return s > 0 ? (p >= n - window) + (p >= n - s) : 0;
  }

  /// Regions of the tokens of window (i, j); equal numbers see each other.
  std::vector<int64_t> regions(int64_t i, int64_t j) const {
    std::vector<int64_t> all(tokens);
    for (int64_t t = 0; t < tokens; ++t)
      all[t] = 3 * region(0, i * wh + t / ww) + region(1, j * ww + t % ww);
    return all;
  }

  double biasOf(int64_t h, int64_t a, int64_t b) const {
    if (bias.shape.size() == 3)
      return bias.values[(h * tokens + b) * bias.shape[2] + a];
    int64_t index = (a / ww - b / ww + wh - 1) * (2 * ww - 1) + a % ww - b % ww + ww - 1;
    return bias.values[index * heads + h];
  }

  /// What the queries (`third` 0) or keys (1) of head h are multiplied with, token by token.
  std::vector<double> factors(const double *from, int64_t third, int64_t h) const {
    std::vector<double> all(tokens, 1);
    if (!cosine)
      return all;
    for (int64_t t = 0; t < tokens; ++t) {
      const double *vector = from + (3 * t + third) * heads * headChannels + h * headChannels;
      double squares = 0;
      for (int64_t d = 0; d < headChannels; ++d)
        squares += vector[d] * vector[d];
      all[t] = 1 / std::max(std::sqrt(squares), minLength);
    }
    return all;
  }

  /// The weights of head h of one window, tokens x tokens: how much the result at token a has of token b.
  void weigh(const double *from, const std::vector<int64_t> &regions, int64_t h, double *weights) const {
    int64_t channels = heads * headChannels;
    double headScale = cosine ? scale * cosine->values[h] : scale;
    std::vector<double> ofQueries = factors(from, 0, h), ofKeys = factors(from, 1, h);
    for (int64_t a = 0; a < tokens; ++a) {
      double *scores = weights + a * tokens;
      const double *q = from + a * 3 * channels + h * headChannels;
      for (int64_t b = 0; b < tokens; ++b) {
        const double *k = from + b * 3 * channels + channels + h * headChannels;
        double product = 0;
        for (int64_t d = 0; d < headChannels; ++d)
          product += q[d] * k[d];
        product *= ofQueries[a] * ofKeys[b];
        scores[b] = headScale * product + biasOf(h, a, b) + (regions[a] == regions[b] ? 0 : maskedScore);
      }
      // Softmax, shifted by the largest score so that no exponential overflows.
      double largest = *std::max_element(scores, scores + tokens), sum = 0;
      for (int64_t b = 0; b < tokens; ++b)
        sum += scores[b] = std::exp(scores[b] - largest);
      for (int64_t b = 0; b < tokens; ++b)
        scores[b] /= sum;
    }
  }

  /// One window: `from` is tokens x 3 C, `to` tokens x C.
  void run(const double *from, const std::vector<int64_t> &regions, double *to) const {
    int64_t channels = heads * headChannels;
    std::vector<double> weights(tokens * tokens);
    for (int64_t h = 0; h < heads; ++h) {
      weigh(from, regions, h, weights.data());
      for (int64_t a = 0; a < tokens; ++a) {
        double *result = to + a * channels + h * headChannels;
        for (int64_t b = 0; b < tokens; ++b) {
          const double *v = from + b * 3 * channels + 2 * channels + h * headChannels;
          for (int64_t d = 0; d < headChannels; ++d)
            result[d] += weights[a * tokens + b] * v[d];
        }
      }
    }
  }
};

/// Empty if `bias` is the compact or the expanded form for these windows.
std::string whyNotBias(const Tensor &bias, int64_t wh, int64_t ww, int64_t heads) {
  int64_t tokens = wh * ww, lanes = llvm::divideCeil(tokens, panelWidth) * panelWidth;
  std::vector<int64_t> compact = {(2 * wh - 1) * (2 * ww - 1), heads}, expanded = {heads, tokens, lanes};
  if (bias.shape == compact || bias.shape == expanded)
    return "";
  return "needs a bias of " + shapeText(compact) + " or " + shapeText(expanded) + ", but it is " +
         shapeText(bias.shape);
}

/// The op on operands of these sizes, or why there is no such thing.
llvm::Expected<Attention> attentionOf(const Site &site, WindowAttentionOp op, Operands operands) {
  const Tensor &qkv = *operands[0], &bias = *operands[1], *cosine = operands.size() == 3 ? operands[2] : nullptr;
  int64_t tokens = qkv.shape[3], channels = qkv.shape[4] / 3;
  int64_t wh = op.getWindow()[0], ww = op.getWindow()[1], heads = op.getHeads();
  if (tokens % wh || tokens / wh != ww)
    return site.refuse("needs windows of " + llvm::Twine(wh) + " x " + llvm::Twine(ww) + " tokens, but they have " +
                       llvm::Twine(tokens));
  if (qkv.shape[4] % 3 || channels % heads)
    return site.refuse("needs channels for queries, keys and values of " + llvm::Twine(heads) +
                       " heads, but there are " + llvm::Twine(qkv.shape[4]));
  if (std::string why = whyNotBias(bias, wh, ww, heads); !why.empty())
    return site.refuse(why);
  std::array<int64_t, 2> size = {qkv.shape[1] * wh, qkv.shape[2] * ww};
  std::array<int64_t, 2> shift = effectiveShift(op.getShift(), op.getWindow(), op.getUnlessCovered(), size);
  return Attention{bias, cosine, wh, ww, tokens, heads, channels / heads, op.getScale().convertToDouble(), size, shift};
}

} // namespace

Result windowAttention(const Site &site, WindowAttentionOp op, Operands operands) {
  llvm::Expected<Attention> attention = attentionOf(site, op, operands);
  if (!attention)
    return attention.takeError();
  const Tensor &qkv = *operands[0];
  int64_t rows = qkv.shape[1], columns = qkv.shape[2], tokens = qkv.shape[3], channels = qkv.shape[4] / 3;
  Result result = site.zeros({qkv.shape[0], rows, columns, tokens, channels});
  if (!result)
    return result;
  const double *from = qkv.values.data();
  double *to = result->values.data();
  for (int64_t b = 0; b < qkv.shape[0]; ++b)
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j, from += tokens * 3 * channels, to += tokens * channels)
        attention->run(from, attention->regions(i, j), to);
  return result;
}

Result attentionWeights(const Site &site, WindowAttentionOp op, Operands operands, std::array<int64_t, 3> window) {
  llvm::Expected<Attention> attention = attentionOf(site, op, operands);
  if (!attention)
    return attention.takeError();
  const Tensor &qkv = *operands[0];
  auto [image, row, column] = window;
  assert(image < qkv.shape[0] && row < qkv.shape[1] && column < qkv.shape[2]);
  int64_t tokens = attention->tokens;
  Result result = site.zeros({attention->heads, tokens, tokens});
  if (!result)
    return result;
  const double *from =
      qkv.values.data() + ((image * qkv.shape[1] + row) * qkv.shape[2] + column) * tokens * qkv.shape[4];
  std::vector<int64_t> regions = attention->regions(row, column);
  for (int64_t h = 0; h < attention->heads; ++h)
    attention->weigh(from, regions, h, result->values.data() + h * tokens * tokens);
  return result;
}

Result tokenMixing(const Site &site, TokenMixingOp op, Operands operands) {
  const Tensor &input = *operands[0], &weight = *operands[1], &bias = *operands[2];
  int64_t tokens = input.shape[3], channels = input.shape[4], headChannels = channels / op.getHeads();
  Result result = site.zeros(input.shape);
  if (!result)
    return result;
  for (size_t begin = 0; begin < input.values.size(); begin += tokens * channels)
    for (int64_t i = 0; i < tokens; ++i)
      for (int64_t c = 0; c < channels; ++c) {
        int64_t row = c / headChannels * tokens + i;
        double sum = bias.values[row];
        for (int64_t j = 0; j < tokens; ++j)
          sum += weight.values[row * tokens + j] * input.values[begin + j * channels + c];
        result->values[begin + i * channels + c] = sum;
      }
  return result;
}

} // namespace swin::ref
