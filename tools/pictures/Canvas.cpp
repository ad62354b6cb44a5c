//===- Canvas.cpp - drawing on a picture -----------------------------------===//
#include "tools/pictures/Canvas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stb/stb_easy_font.h>
#include <vector>

namespace swin::pictures {
namespace {

constexpr double mostPixels = 1 << 24; ///< of an enlarged picture

/// What the font has: printable ASCII.
std::string inFont(const std::string &text) {
  std::string plain;
  for (char c : text) {
    auto byte = static_cast<uint8_t>(c);
    if ((byte & 0xC0) != 0x80) // a character's first byte
      plain += byte >= 0x20 && byte < 0x7f ? c : '?';
  }
  return plain;
}

} // namespace

image::Picture enlarged(const image::Picture &picture, int factor) {
  image::Picture large{picture.height * factor, picture.width * factor, picture.channels, {}};
  auto channels = static_cast<size_t>(picture.channels), row = static_cast<size_t>(picture.width) * channels;
  large.pixels.reserve(picture.pixels.size() * static_cast<size_t>(factor) * static_cast<size_t>(factor));
  for (int y = 0; y < large.height; ++y)
    for (int x = 0; x < large.width; ++x) {
      auto from = picture.pixels.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(y / factor) * row +
                                                                       static_cast<size_t>(x / factor) * channels);
      large.pixels.insert(large.pixels.end(), from, from + picture.channels);
    }
  return large;
}

int factorTo(int least, int height, int width) {
  int shorter = std::max(std::min(height, width), 1);
  double pixels = static_cast<double>(height) * width, most = std::sqrt(mostPixels / std::max(pixels, 1.0));
  return std::max(std::min((least + shorter - 1) / shorter, static_cast<int>(most)), 1);
}

Colour heatColour(double part) {
  constexpr std::array<std::array<double, 3>, 5> points = {
      {{18, 14, 66}, {108, 28, 116}, {204, 62, 76}, {246, 146, 42}, {252, 240, 150}}};
  double at = std::clamp(std::isfinite(part) ? part : 0, 0.0, 1.0) * (points.size() - 1);
  size_t first = std::min(static_cast<size_t>(at), points.size() - 2);
  std::array<uint8_t, 3> mixed;
  for (size_t c = 0; c < 3; ++c)
    mixed[c] = static_cast<uint8_t>(
        std::lround(std::lerp(points[first][c], points[first + 1][c], at - static_cast<double>(first))));
  return {mixed[0], mixed[1], mixed[2]};
}

int textWidth(const std::string &text, int dot) { return stb_easy_font_width(inFont(text).data()) * dot; }

std::string fittingText(const std::string &text, int dot, int width) {
  if (textWidth(text, dot) <= width)
    return text;
  std::string plain = inFont(text);
  while (!plain.empty() && textWidth(plain + "...", dot) > width)
    plain.pop_back();
  return plain + "...";
}

Canvas::Canvas(const image::Picture &picture) : rgb(picture) {
  if (picture.channels == 3)
    return;
  rgb.channels = 3;
  rgb.pixels.clear();
  rgb.pixels.reserve(3 * picture.pixels.size());
  for (uint8_t gray : picture.pixels)
    rgb.pixels.insert(rgb.pixels.end(), 3, gray);
}

void Canvas::fill(const Box &box, Colour colour, double part) {
  const std::array<uint8_t, 3> values = {colour.red, colour.green, colour.blue};
  int bottom = std::min(box.top + box.height, rgb.height), right = std::min(box.left + box.width, rgb.width);
  for (int y = std::max(box.top, 0); y < bottom; ++y)
    for (int x = std::max(box.left, 0); x < right; ++x) {
      uint8_t *pixel =
          &rgb.pixels[3 * (static_cast<size_t>(y) * static_cast<size_t>(rgb.width) + static_cast<size_t>(x))];
      for (size_t c = 0; c < 3; ++c)
        pixel[c] = static_cast<uint8_t>(std::lround(std::lerp<double>(pixel[c], values[c], part)));
    }
}

void Canvas::frame(const Box &box, Colour colour, int line) {
  int rows = std::min(line, box.height), columns = std::min(line, box.width), between = box.height - 2 * rows;
  fill({box.top, box.left, rows, box.width}, colour);
  fill({box.top + box.height - rows, box.left, rows, box.width}, colour);
  fill({box.top + rows, box.left, between, columns}, colour);
  fill({box.top + rows, box.left + box.width - columns, between, columns}, colour);
}

void Canvas::text(int top, int left, int dot, const std::string &text, Colour colour) {
  // The font makes rectangles of four corners each.
  struct Corner {
    float x, y, z;
    uint8_t colour[4];
  };
  std::string plain = inFont(text);
  std::vector<Corner> corners(plain.size() * 64 + 4);
  int rectangles = stb_easy_font_print(0, 0, plain.data(), nullptr, corners.data(),
                                       static_cast<int>(corners.size() * sizeof(Corner)));
  for (size_t i = 0; i < static_cast<size_t>(rectangles); ++i) {
    const Corner &first = corners[4 * i], &last = corners[4 * i + 2];
    auto pixels = [&](float dots) { return static_cast<int>(std::lround(dots * static_cast<float>(dot))); };
    fill({top + pixels(first.y), left + pixels(first.x), pixels(last.y - first.y), pixels(last.x - first.x)}, colour);
  }
}

} // namespace swin::pictures
