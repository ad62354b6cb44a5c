//===- Moved.cpp - our elements are theirs, at other places ----------------===//
// A guess is looked at where values differ first: nearly all of them are wrong there
// at the first elements.
//===----------------------------------------------------------------------===//
#include "tools/layers/Pair.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace swin::layers {
namespace {

/// What an axis is called in a sentence.
std::string nameOf(const Pair &pair, int axis) {
  if (axis == Rows || axis == Columns)
    return std::string(axis == Rows ? "rows" : "columns") + (pair.isWindows() ? " of windows" : "");
  if (axis == Tokens)
    return pair.isWindows() ? "tokens of each window" : "tokens";
  return axis == Images ? "images of the batch" : "channels";
}

/// Guesses of where elements come from, at one pair.
class Guesses {
public:
  explicit Guesses(const Pair &pair) : pair(pair), left(pair.left()) {
    // Such that differ are what a guess has to explain.
    const int64_t count = pair.count(), step = std::max<int64_t>(1, count / 256);
    for (int64_t element = 0; element < count; element += step)
      for (int64_t next = element; next < std::min(element + step, count); ++next)
        if (pair.isOff(next)) {
          probes.push_back(pair.indexOf(next));
          break;
        }
  }

  /// `source` says of which element of theirs one of ours is; -1 = of none.
  template <typename Source> bool explained(Source source) {
    size_t known = 0;
    for (const Index &at : probes)
      if (int64_t from = source(at); from >= 0) {
        ++known;
        if (!same(pair.elementOf(at), from))
          return false;
      }
    if (known < (probes.size() + 1) / 2 || passes-- <= 0)
      return false;
    int64_t element = 0;
    Index at = {};
    for (at[Images] = 0; at[Images] < pair.sizes[Images]; ++at[Images])
      for (at[Rows] = 0; at[Rows] < pair.sizes[Rows]; ++at[Rows])
        for (at[Columns] = 0; at[Columns] < pair.sizes[Columns]; ++at[Columns])
          for (at[Tokens] = 0; at[Tokens] < pair.sizes[Tokens]; ++at[Tokens])
            for (at[Channels] = 0; at[Channels] < pair.sizes[Channels]; ++at[Channels], ++element)
              if (int64_t from = source(at); from >= 0 && !same(element, from))
                return false;
    return true;
  }

  /// For each of our slices along an axis one of theirs that is the same.
  std::optional<std::vector<int64_t>> slices(int axis) const {
    const int64_t size = pair.sizes[axis];
    int64_t inner = 1;
    for (int next = axis + 1; next < NumAxes; ++next)
      inner *= pair.sizes[next];
    const int64_t outer = pair.count() / (inner * size);
    auto sameSlice = [&](int64_t our, int64_t their) {
      for (int64_t o = 0; o < outer; ++o)
        for (int64_t i = 0; i < inner; ++i)
          if (!same((o * size + our) * inner + i, (o * size + their) * inner + i))
            return false;
      return true;
    };
    std::vector<int64_t> from(static_cast<size_t>(size));
    for (int64_t our = 0; our < size; ++our) {
      // Mostly the one behind the last, or the same.
      int64_t last = our > 0 ? from[static_cast<size_t>(our - 1)] : -1, their = last + 1;
      if (last + 1 >= size || !sameSlice(our, their))
        for (their = 0; their < size && !sameSlice(our, their); ++their) {
        }
      if (their == size)
        return std::nullopt;
      from[static_cast<size_t>(our)] = their;
    }
    return from;
  }

private:
  bool same(int64_t our, int64_t their) const {
    return std::fabs(static_cast<double>(pair.ours[our]) - static_cast<double>(pair.theirs[their])) <= left;
  }

  const Pair &pair;
  const double left;
  std::vector<Index> probes;
  int passes = 32; ///< looks at all elements that are left
};

/// An order of blocks in words; "" = the usual one.
std::string orderText(const std::vector<int64_t> &from, const std::string &what, int axis) {
  const int64_t size = static_cast<int64_t>(from.size());
  auto is = [&](auto expected) {
    for (int64_t i = 0; i < size; ++i)
      if (from[static_cast<size_t>(i)] != expected(i))
        return false;
    return true;
  };
  if (is([](int64_t i) { return i; }))
    return "";
  // Blocks that stay together are one.
  for (int64_t block = size / 2; block > 1; --block) {
    if (size % block != 0 || !is([&](int64_t i) {
          int64_t first = from[static_cast<size_t>(i - i % block)];
          return first % block == 0 ? first + i % block : -1;
        }))
      continue;
    std::vector<int64_t> blocks;
    for (int64_t i = 0; i < size; i += block)
      blocks.push_back(from[static_cast<size_t>(i)] / block);
    return orderText(blocks, "blocks of " + std::to_string(block) + " " + what, axis);
  }
  std::string all = std::to_string(size) + " " + what;
  if (axis == Channels && size == 3) {
    const char *names[] = {"query", "key", "value"};
    return "the " + all + " are in another order: ours are theirs " + std::to_string(from[0]) + ", " +
           std::to_string(from[1]) + ", " + std::to_string(from[2]) + " (of a qkv map: " + names[from[0]] + ", " +
           names[from[1]] + ", " + names[from[2]] + " for query, key, value)";
  }
  for (int64_t inner = 2; inner <= size / 2; ++inner) {
    int64_t outer = size / inner;
    if (size % inner == 0 && is([&](int64_t i) { return i % inner * outer + i / inner; }))
      return "the " + all + " are transposed: " + std::to_string(outer) + " x " + std::to_string(inner) +
             " of ours are " + std::to_string(inner) + " x " + std::to_string(outer) + " of theirs";
  }
  if (size > 2 && is([&](int64_t i) { return (from[0] + i) % size; }))
    return "the " + all + " are shifted: ours begin with theirs " + std::to_string(from[0]);
  if (size > 2 && is([&](int64_t i) { return size - 1 - i; }))
    return "the " + all + " are in reverse order";
  // Another order has each of theirs; only images may be there twice without chance having a part in it.
  std::vector<int64_t> sorted = from, changed;
  std::sort(sorted.begin(), sorted.end());
  if (axis != Images && std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end())
    return "";
  for (int64_t i = 0; i < size; ++i)
    if (from[static_cast<size_t>(i)] != i)
      changed.push_back(i);
  std::string text = "the " + all + " change places: ";
  for (size_t i = 0; i < changed.size() && i < 6; ++i)
    text += (i > 0 ? ", ours " : "ours ") + std::to_string(changed[i]) + " is theirs " +
            std::to_string(from[static_cast<size_t>(changed[i])]);
  return text + (changed.size() > 6 ? " ..." : "");
}

std::string shifted(const Pair &pair, Guesses &guesses) {
  const int64_t h = pair.sizes[Rows], w = pair.sizes[Columns];
  // Of a large map small shifts only: each costs a look.
  const bool all = h * w <= 1 << 16;
  const int64_t mostDown = all ? h / 2 : std::min<int64_t>(h / 2, 32);
  const int64_t mostRight = all ? w / 2 : std::min<int64_t>(w / 2, 32);
  for (int64_t ring = 1; ring <= std::max(mostDown, mostRight); ++ring)
    for (int64_t dy = -std::min(ring, mostDown); dy <= std::min(ring, mostDown); ++dy)
      for (int64_t dx = -std::min(ring, mostRight); dx <= std::min(ring, mostRight); ++dx) {
        if (std::max(std::abs(dy), std::abs(dx)) != ring)
          continue;
        auto around = [&](Index at) {
          at[Rows] = (at[Rows] - dy + h) % h;
          at[Columns] = (at[Columns] - dx + w) % w;
          return pair.elementOf(at);
        };
        auto inside = [&](Index at) {
          at[Rows] -= dy;
          at[Columns] -= dx;
          bool known = at[Rows] >= 0 && at[Rows] < h && at[Columns] >= 0 && at[Columns] < w;
          return known ? pair.elementOf(at) : -1;
        };
        std::string by = "shifted by (" + std::to_string(dy) + ", " + std::to_string(dx) + ") " +
                         (pair.isWindows() ? "windows" : "tokens") + " (down, right)";
        if (guesses.explained(around))
          return by + ", cyclically";
        if (std::abs(dy) < h / 2 && std::abs(dx) < w / 2 && guesses.explained(inside))
          return by + "; what comes in at the edges is something else";
      }
  return "";
}

/// Of a map of h x w: mirrored, transposed, or stored in another order.
std::string turned(const Pair &pair, Guesses &guesses) {
  const int64_t h = pair.sizes[Rows], w = pair.sizes[Columns], c = pair.sizes[Channels], tokens = pair.sizes[Tokens];
  const int64_t image = h * w * tokens * c;
  if (h > 1 && w > 1 && guesses.explained([&](const Index &at) {
        int64_t place = at[Rows] * w + at[Columns], y = place % h, x = place / h;
        return pair.elementOf({at[Images], y, x, at[Tokens], at[Channels]});
      }))
    return "height and width are exchanged";
  for (auto [down, across, text] : {std::tuple<bool, bool, const char *>(true, false, "upside down"),
                                    {false, true, "mirrored: left and right are exchanged"},
                                    {true, true, "turned by 180 degrees"}})
    if ((!down || h > 1) && (!across || w > 1) && guesses.explained([&](const Index &at) {
          return pair.elementOf({at[Images], down ? h - 1 - at[Rows] : at[Rows],
                                 across ? w - 1 - at[Columns] : at[Columns], at[Tokens], at[Channels]});
        }))
      return text;
  if (c > 1 && image > c) {
    auto inImage = [&](const Index &at) { return (pair.elementOf(at) - at[Images] * image); };
    if (guesses.explained([&](const Index &at) {
          int64_t place = inImage(at);
          return at[Images] * image + place % (image / c) * c + place / (image / c);
        }))
      return "ours is stored with channels first";
    if (guesses.explained([&](const Index &at) {
          int64_t place = inImage(at);
          return at[Images] * image + place % c * (image / c) + place / c;
        }))
      return "theirs is stored with channels first";
  }
  return "";
}

/// Within each window of a map that is not cut into windows.
std::string turnedWindows(const Pair &pair, Guesses &guesses) {
  for (int64_t m = 2; m <= 32 && pair.sizes[Tokens] == 1; ++m) {
    if (pair.sizes[Rows] % m != 0 || pair.sizes[Columns] % m != 0)
      continue;
    if (guesses.explained([&](const Index &at) {
          int64_t y = at[Rows], x = at[Columns];
          return pair.elementOf({at[Images], y - y % m + x % m, x - x % m + y % m, 0, at[Channels]});
        }))
      return "in each window of " + std::to_string(m) + " x " + std::to_string(m) + " rows and columns are exchanged";
  }
  return "";
}

} // namespace

std::string movedPattern(const Pair &pair) {
  Guesses guesses(pair);
  std::string text;
  if (pair.sizes[Rows] * pair.sizes[Columns] > 1) {
    text = shifted(pair, guesses);
    text = text.empty() ? turned(pair, guesses) : text;
    text = text.empty() ? turnedWindows(pair, guesses) : text;
  }
  for (int axis = 0; axis < NumAxes && text.empty(); ++axis) {
    // One look at each pair of slices.
    if (pair.sizes[axis] < 2 || pair.sizes[axis] > 8192 || pair.count() == pair.sizes[axis])
      continue;
    if (auto from = guesses.slices(axis))
      text = orderText(*from, nameOf(pair, axis), axis);
  }
  return text;
}

} // namespace swin::layers
