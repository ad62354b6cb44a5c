//===- WindowPicture.cpp - what a window of tokens sees --------------------===//
#include "tools/pictures/WindowPicture.h"

#include <algorithm>
#include <climits>
#include <cstdio>

namespace swin::pictures {
namespace {

constexpr int leastSide = 384;
/// A window that is a smaller part of the picture's side is drawn with what lies around it alone.
constexpr int smallPart = 6;
constexpr Colour dark = {16, 20, 24}, light = {255, 255, 255}, mark = {64, 224, 255};
constexpr double dimmed = 0.62, coloured = 0.62;

/// Which pixels of a picture belong to a window.
class Mask {
public:
  Mask(int height, int width, const std::vector<WindowPicture::Token> &tokens)
      : height(height), width(width), inside(static_cast<size_t>(height) * static_cast<size_t>(width)) {
    for (const auto &[box, weight] : tokens)
      for (int y = std::max(box.top, 0); y < std::min(box.top + box.height, height); ++y)
        for (int x = std::max(box.left, 0); x < std::min(box.left + box.width, width); ++x)
          inside[index(y, x)] = true;
  }
  bool has(int y, int x) const { return y >= 0 && x >= 0 && y < height && x < width && inside[index(y, x)]; }

private:
  size_t index(int y, int x) const {
    return static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x);
  }

  int height, width;
  std::vector<bool> inside;
};

/// A picture with so many dark rows below it.
image::Picture withStrip(const image::Picture &picture, int rows) {
  image::Picture larger = Canvas(picture).picture();
  larger.height += rows;
  for (int i = 0; i < rows * larger.width; ++i)
    larger.pixels.insert(larger.pixels.end(), {dark.red, dark.green, dark.blue});
  return larger;
}

/// Title, and a scale from 0 to the largest weight, one below the other.
void drawLegend(Canvas &canvas, int top, int dot, const std::string &title, double largest) {
  int margin = 4 * dot, line = (lineDots + 2) * dot;
  canvas.text(top + 3 * dot, margin, dot, fittingText(title, dot, canvas.width() - 2 * margin), light);
  top += line;
  char most[32];
  std::snprintf(most, sizeof most, "%.1f %%", 100 * largest);
  canvas.text(top + 3 * dot, margin, dot, "0", light);
  int left = margin + textWidth("0  ", dot), right = canvas.width() - margin - textWidth(most, dot) - 4 * dot;
  for (int x = left; x < right; ++x)
    canvas.fill({top + 3 * dot, x, 7 * dot, 1}, heatColour(static_cast<double>(x - left) / (right - left)));
  canvas.text(top + 3 * dot, right + 4 * dot, dot, most, light);
}

/// The smallest box around the tokens.
Box around(const std::vector<WindowPicture::Token> &tokens) {
  int top = INT_MAX, left = INT_MAX, bottom = INT_MIN, right = INT_MIN;
  for (const auto &[box, weight] : tokens) {
    top = std::min(top, box.top);
    left = std::min(left, box.left);
    bottom = std::max(bottom, box.top + box.height);
    right = std::max(right, box.left + box.width);
  }
  return {top, left, bottom - top, right - left};
}

/// So many rows and columns of a picture.
image::Picture cut(const image::Picture &picture, int top, int left, int side) {
  image::Picture part{side, side, picture.channels, {}};
  auto channels = static_cast<size_t>(picture.channels);
  for (int y = top; y < top + side; ++y) {
    auto row = picture.pixels.begin() +
               static_cast<std::ptrdiff_t>(channels * (static_cast<size_t>(y) * static_cast<size_t>(picture.width) +
                                                       static_cast<size_t>(left)));
    part.pixels.insert(part.pixels.end(), row, row + side * picture.channels);
  }
  return part;
}

} // namespace

image::Picture drawWindow(const image::Picture &picture, const WindowPicture &window) {
  Box all = window.tokens.empty() ? Box{0, 0, picture.height, picture.width} : around(window.tokens);
  if (int side = smallPart * std::max(all.height, all.width); side < std::min(picture.height, picture.width)) {
    int top = std::clamp(all.top + (all.height - side) / 2, 0, picture.height - side);
    int left = std::clamp(all.left + (all.width - side) / 2, 0, picture.width - side);
    WindowPicture moved = window;
    auto move = [&](Box &box) {
      box.top -= top;
      box.left -= left;
    };
    for (WindowPicture::Token &token : moved.tokens)
      move(token.box);
    if (moved.query)
      move(*moved.query);
    return drawWindow(cut(picture, top, left, side), moved);
  }
  int factor = factorTo(leastSide, picture.height, picture.width);
  int dot = std::max(factor * picture.width / 300, 1), strip = (2 * (lineDots + 2) + 2) * dot;
  Canvas canvas(withStrip(enlarged(picture, factor), strip));
  auto scaled = [&](const Box &box) {
    return Box{box.top * factor, box.left * factor, box.height * factor, box.width * factor};
  };
  Mask mask(picture.height, picture.width, window.tokens);
  double largest = 0;
  for (const auto &[box, weight] : window.tokens)
    largest = std::max(largest, weight);
  for (const auto &[box, weight] : window.tokens) {
    // The legend lies behind the last row, so what reaches beyond it is cut off.
    Box cut = box;
    cut.height = std::min(box.height, picture.height - box.top);
    canvas.fill(scaled(cut), heatColour(largest > 0 ? weight / largest : 0), coloured);
  }
  int line = std::max(factor * std::min(picture.height, picture.width) / 160, 2);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      if (!mask.has(y, x))
        canvas.fill(scaled({y, x, 1, 1}), dark, dimmed);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x) {
      if (!mask.has(y, x))
        continue;
      auto [top, left, height, width] = scaled({y, x, 1, 1});
      if (!mask.has(y - 1, x))
        canvas.fill({top, left, line, width}, light);
      if (!mask.has(y + 1, x))
        canvas.fill({top + height - line, left, line, width}, light);
      if (!mask.has(y, x - 1))
        canvas.fill({top, left, height, line}, light);
      if (!mask.has(y, x + 1))
        canvas.fill({top, left + width - line, height, line}, light);
    }
  if (window.query)
    canvas.frame(scaled(*window.query), mark, line);
  drawLegend(canvas, picture.height * factor, dot, window.title, largest);
  return canvas.picture();
}

} // namespace swin::pictures
