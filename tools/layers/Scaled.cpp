//===- Scaled.cpp - ours = factor * theirs + constant ----------------------===//
#include "tools/layers/Pair.h"

#include <algorithm>

namespace swin::layers {
namespace {

/// Sums over elements that share a factor and a constant.
struct Sums {
  double n = 0, ours = 0, theirs = 0, both = 0, square = 0;
};

/// ours = factor * theirs + constant
struct Line {
  double factor = 1, constant = 0;
};

enum class Kind { Factor, Constant, Both };

/// Least squares.
Line fit(const Sums &sums, Kind kind) {
  if (kind == Kind::Factor)
    return {sums.square > 0 ? sums.both / sums.square : 1, 0};
  if (kind == Kind::Constant)
    return {1, (sums.ours - sums.theirs) / sums.n};
  double spread = sums.square - sums.theirs * sums.theirs / sums.n;
  double factor = spread > 1e-12 * sums.square ? (sums.both - sums.ours * sums.theirs / sums.n) / spread : 1;
  return {factor, (sums.ours - factor * sums.theirs) / sums.n};
}

/// " = 1 / sqrt(32)", " = sqrt(32)", if it is one.
std::string rootOf(double factor) {
  for (double n = 2; n <= 1024; ++n)
    for (bool inverse : {true, false}) {
      double root = std::sqrt(n);
      if (root != std::floor(root) && std::fabs(factor - (inverse ? 1 / root : root)) < 1e-4 * factor)
        return std::string(" = ") + (inverse ? "1 / " : "") + "sqrt(" + numberText(n) + ")";
    }
  return "";
}

std::string rangeText(const std::vector<Line> &lines, double Line::*what) {
  auto [least, most] =
      std::minmax_element(lines.begin(), lines.end(), [&](const Line &a, const Line &b) { return a.*what < b.*what; });
  return numberText(*least.*what) + " to " + numberText(*most.*what);
}

/// What one line for each group of elements explains; `groupOf` says in which one an element is.
template <typename Group>
std::string explained(const Pair &pair, int64_t groups, Group groupOf, const std::string &whose, const char *why[3]) {
  std::vector<Sums> sums(static_cast<size_t>(groups));
  for (int64_t i = 0; i < pair.count(); ++i) {
    Sums &sum = sums[static_cast<size_t>(groupOf(i))];
    double our = static_cast<double>(pair.ours[i]), their = static_cast<double>(pair.theirs[i]);
    sum.n += 1;
    sum.ours += our;
    sum.theirs += their;
    sum.both += our * their;
    sum.square += their * their;
  }
  for (Kind kind : {Kind::Factor, Kind::Constant, Kind::Both}) {
    std::vector<Line> lines;
    for (const Sums &sum : sums)
      lines.push_back(fit(sum, kind));
    bool good = true;
    for (int64_t i = 0; i < pair.count() && good; ++i) {
      const Line &line = lines[static_cast<size_t>(groupOf(i))];
      good = std::fabs(static_cast<double>(pair.ours[i]) - line.factor * static_cast<double>(pair.theirs[i]) -
                       line.constant) <= pair.left();
    }
    if (!good)
      continue;
    const Line &line = lines[0];
    std::string plus = (line.constant < 0 ? " - " : " + ") + numberText(std::fabs(line.constant));
    std::string times = numberText(line.factor) + " * theirs";
    if (groups == 1)
      return kind == Kind::Factor     ? "ours = " + times + rootOf(std::fabs(line.factor))
             : kind == Kind::Constant ? "ours = theirs" + plus
                                      : "ours = " + times + plus;
    std::string factors = "a factor of each " + whose + ", " + rangeText(lines, &Line::factor);
    std::string constants = "a constant of each " + whose + ", " + rangeText(lines, &Line::constant);
    return (kind == Kind::Factor     ? "ours = theirs * " + factors
            : kind == Kind::Constant ? "ours = theirs + " + constants
                                     : "ours = theirs * " + factors + ", + " + constants) +
           " (" + why[static_cast<int>(kind)] + "?)";
  }
  return "";
}

} // namespace

std::string scaledPattern(const Pair &pair) {
  // Lines through few points explain anything.
  const int64_t few = 16, channels = pair.sizes[Channels], tokens = pair.tokens();
  const char *none[3] = {};
  std::string text;
  if (pair.count() >= few)
    text = explained(pair, 1, [](int64_t) { return 0; }, "", none);
  const char *channel[3] = {"a norm's weight or a scale, missing or there twice", "a bias, missing or there twice",
                            "a norm that is another one"};
  if (text.empty() && tokens >= few && channels > 1)
    text = explained(pair, channels, [&](int64_t i) { return i % channels; }, "channel", channel);
  const char *token[3] = {"a norm with another epsilon, or a softmax that does not sum to 1",
                          "a mean that is not taken away", "a norm that is missing"};
  if (text.empty() && channels >= few && tokens > 1)
    text = explained(pair, tokens, [&](int64_t i) { return i / channels; }, "token", token);
  return text;
}

} // namespace swin::layers
