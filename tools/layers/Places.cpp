//===- Places.cpp - where two values differ --------------------------------===//
// A place is named if most of it differs and nothing outside does.
//===----------------------------------------------------------------------===//
#include "tools/layers/Pair.h"

#include <algorithm>

namespace swin::layers {
namespace {

/// Of one axis, at which of its places something differs.
struct Touched {
  std::vector<bool> is;
  int64_t number = 0, first = 0, last = 0;

  void count() {
    number = std::count(is.begin(), is.end(), true);
    first = std::find(is.begin(), is.end(), true) - is.begin();
    last = static_cast<int64_t>(is.size()) - 1 - (std::find(is.rbegin(), is.rend(), true) - is.rbegin());
  }
  int64_t size() const { return static_cast<int64_t>(is.size()); }
  bool isRange() const { return last - first + 1 == number; }
  /// A few channels that are 0 in both say nothing.
  bool isPart() const { return 4 * number <= 3 * size(); }
};

/// "one", "ones 3 to 7", "every 4th one from 1 on" ...
std::string touchedText(const Touched &touched, const std::string &one) {
  const int64_t size = touched.size(), number = touched.number;
  std::string of = " of " + std::to_string(size);
  if (number == 1)
    return one + " " + std::to_string(touched.first) + of;
  std::string range = one + "s " + std::to_string(touched.first) + " to " + std::to_string(touched.last);
  if (touched.isRange()) {
    bool isPart = size % number == 0 && touched.first % number == 0;
    return range + of +
           (isPart ? " (part " + std::to_string(touched.first / number + 1) + " of " + std::to_string(size / number) +
                         " equal ones)"
                   : "");
  }
  for (int64_t period = 2; period <= size / 2; ++period) {
    Touched one_period{std::vector<bool>(static_cast<size_t>(period))};
    for (int64_t i = 0; i < size; ++i)
      if (touched.is[static_cast<size_t>(i)])
        one_period.is[static_cast<size_t>(i % period)] = true;
    one_period.count();
    int64_t expected = 0;
    for (int64_t i = 0; i < size; ++i)
      expected += one_period.is[static_cast<size_t>(i % period)];
    if (expected == number && one_period.isRange())
      return (one_period.number == 1
                  ? one + " " + std::to_string(one_period.first)
                  : one + "s " + std::to_string(one_period.first) + " to " + std::to_string(one_period.last)) +
             " of each " + std::to_string(period);
  }
  std::string text = one + "s ";
  int64_t shown = 0;
  for (int64_t i = 0; i < size && shown < 6; ++i)
    if (touched.is[static_cast<size_t>(i)])
      text += (shown++ == 0 ? "" : ", ") + std::to_string(i);
  text += number > shown ? ", ..." : "";
  return text + of;
}

/// Places of the map, all images and channels together.
struct Grid {
  int64_t h = 0, w = 0;
  std::vector<bool> off;
  bool at(int64_t y, int64_t x) const { return off[static_cast<size_t>(y * w + x)]; }
};

struct Box {
  int64_t y0 = 0, y1 = 0, x0 = 0, x1 = 0;
  int64_t area() const { return (y1 - y0) * (x1 - x0); }
};

/// The largest box in which nothing differs.
Box largestRight(const Grid &grid) {
  Box best;
  std::vector<int64_t> heights(static_cast<size_t>(grid.w) + 1), open;
  for (int64_t y = 0; y < grid.h; ++y) {
    open.clear();
    for (int64_t x = 0; x <= grid.w; ++x) {
      int64_t &height = heights[static_cast<size_t>(x)];
      height = x == grid.w || grid.at(y, x) ? 0 : height + 1;
      while (!open.empty() && heights[static_cast<size_t>(open.back())] >= height) {
        int64_t tall = heights[static_cast<size_t>(open.back())];
        open.pop_back();
        Box box{y + 1 - tall, y + 1, open.empty() ? 0 : open.back() + 1, x};
        if (box.area() > best.area())
          best = box;
      }
      open.push_back(x);
    }
  }
  return best;
}

/// Bands along the edges that surround what is right.
std::string edgesText(const Grid &grid, bool areWindows) {
  Box right = largestRight(grid);
  const int64_t outside = grid.h * grid.w - right.area();
  const int64_t off = std::count(grid.off.begin(), grid.off.end(), true);
  if (4 * right.area() < grid.h * grid.w || 4 * off < 3 * outside)
    return "";
  std::string text;
  auto add = [&](const char *which, int64_t number, const std::string &one) {
    if (number > 0)
      text += (text.empty() ? "" : ", ") + std::string(which) + " " + (number > 1 ? std::to_string(number) + " " : "") +
              one + (number > 1 ? "s" : "");
  };
  std::string of = areWindows ? " of windows" : "";
  add("the first", right.y0, "row");
  add("the last", grid.h - right.y1, "row");
  add("the first", right.x0, "column");
  add("the last", grid.w - right.x1, "column");
  return "at the edges (" + text + of + "): a mask or padding?";
}

/// Whole windows of a map that is not cut into them, the largest that fit.
std::string windowsText(const Grid &grid) {
  for (int64_t m = std::min<int64_t>({32, grid.h / 2, grid.w / 2}); m >= 2; --m) {
    int64_t rows = (grid.h + m - 1) / m, columns = (grid.w + m - 1) / m;
    std::vector<int64_t> off(static_cast<size_t>(rows * columns)), size(off.size());
    for (int64_t y = 0; y < grid.h; ++y)
      for (int64_t x = 0; x < grid.w; ++x) {
        size_t window = static_cast<size_t>(y / m * columns + x / m);
        off[window] += grid.at(y, x);
        ++size[window];
      }
    int64_t number = 0, wrong = 0, all = 0;
    std::string list;
    for (size_t window = 0; window < off.size(); ++window)
      if (off[window] > 0) {
        wrong += off[window];
        all += size[window];
        if (++number <= 4)
          list += (number > 1 ? ", (" : "(") + std::to_string(static_cast<int64_t>(window) / columns) + ", " +
                  std::to_string(static_cast<int64_t>(window) % columns) + ")";
      }
    if (2 * number <= rows * columns && 10 * wrong >= 9 * all)
      return "in " + std::to_string(number) + " of " + std::to_string(rows * columns) + " windows of " +
             std::to_string(m) + " x " + std::to_string(m) + ", " + list + (number > 4 ? " ..." : "");
  }
  return "";
}

} // namespace

Place placeOf(const Pair &pair) {
  std::array<Touched, NumAxes> axes;
  for (int axis = 0; axis < NumAxes; ++axis)
    axes[static_cast<size_t>(axis)].is.resize(static_cast<size_t>(pair.sizes[static_cast<size_t>(axis)]));
  Grid grid{pair.sizes[Rows], pair.sizes[Columns], {}};
  grid.off.resize(static_cast<size_t>(grid.h * grid.w));
  int64_t number = 0;
  for (int64_t element = 0; element < pair.count(); ++element)
    if (pair.isOff(element)) {
      Index at = pair.indexOf(element);
      for (size_t axis = 0; axis < NumAxes; ++axis)
        axes[axis].is[static_cast<size_t>(at[axis])] = true;
      grid.off[static_cast<size_t>(at[Rows] * grid.w + at[Columns])] = true;
      ++number;
    }
  Place place{"", 0, pair.sizes[Images], 0, pair.sizes[Channels]};
  for (Touched &axis : axes)
    axis.count();
  const int64_t offGrid = std::count(grid.off.begin(), grid.off.end(), true);
  // What chance has left over of values that differ a little everywhere is no place.
  if (number == 0 || 4 * number < offGrid * axes[Images].number * axes[Tokens].number * axes[Channels].number)
    return place;
  auto add = [&](const std::string &text) {
    if (!text.empty())
      place.text += (place.text.empty() ? "only " : ", ") + text;
  };
  const bool isBox = 5 * offGrid >= 4 * axes[Rows].number * axes[Columns].number;
  const std::string windows = pair.isWindows() ? " of windows" : "",
                    inWindow = pair.isWindows() ? " in each window" : "";
  const std::string names[] = {"image", "row", "column", "token", "channel"},
                    of[] = {"", windows, windows, inWindow, ""};
  bool isNamed = false;
  for (size_t axis = 0; axis < NumAxes; ++axis) {
    bool isMap = axis == Rows || axis == Columns;
    if (!axes[axis].isPart() || (isMap && !isBox))
      continue;
    add("in " + touchedText(axes[axis], names[axis]) + of[axis]);
    isNamed = isNamed || isMap;
  }
  if (!isNamed && grid.h > 1 && grid.w > 1) {
    std::string edges = edgesText(grid, pair.isWindows());
    add(edges.empty() && !pair.isWindows() ? windowsText(grid) : edges);
  }
  if (axes[Images].isPart() && axes[Images].isRange())
    place.firstImage = axes[Images].first, place.images = axes[Images].number;
  if (axes[Channels].isPart() && axes[Channels].isRange())
    place.firstChannel = axes[Channels].first, place.channels = axes[Channels].number;
  return place;
}

} // namespace swin::layers
