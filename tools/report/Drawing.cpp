//===- Drawing.cpp - what drawings in pages are made of -------------------===//
#include "tools/report/Drawing.h"

#include <algorithm>
#include <cmath>

namespace swin::tools {

std::vector<double> ticks(double from, double to, int most) {
  double raw = (to - from) / most;
  if (!(raw > 0) || !std::isfinite(raw))
    return {from};
  double step = std::pow(10.0, std::floor(std::log10(raw)));
  for (double factor : {1.0, 2.0, 5.0, 10.0})
    if (step * factor >= raw) {
      step *= factor;
      break;
    }
  std::vector<double> all;
  double first = std::ceil(from / step - 1e-9);
  for (int i = 0; i <= most && (first + i) * step <= to + step * 1e-9; ++i)
    all.push_back((first + i) * step);
  return all;
}

std::string tickText(double value, const std::vector<double> &all) {
  double step = all.size() > 1 ? all[1] - all[0] : std::abs(value);
  return fixed(value, step > 0 && step < 1 ? std::min(6, int(std::ceil(-std::log10(step) - 1e-9))) : 0);
}

std::string cut(std::string_view text, double width) {
  auto most = static_cast<size_t>(width / letterWidth);
  if (text.size() <= most)
    return std::string(text);
  // No part of a code point stays.
  size_t end = most > 1 ? most - 1 : 0;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  return std::string(text.substr(0, end)) + "\xE2\x80\xA6";
}

void svg(Markup &html, double width, double height, std::string_view label, const std::function<void()> &content) {
  html.element("svg",
               {{"viewBox", "0 0 " + pixels(width) + " " + pixels(height)},
                {"width", width},
                {"height", height},
                {"role", "img"},
                {"aria-label", label}},
               content);
  html.text("\n");
}

void label(Markup &html, double x, double y, std::string_view kind, std::string_view text) {
  html.element("text", {{"x", x}, {"y", y}, {"class", kind}}, text);
}

void line(Markup &html, double x1, double y1, double x2, double y2, std::string_view kind) {
  html.empty("line", {{"x1", x1}, {"y1", y1}, {"x2", x2}, {"y2", y2}, {"class", kind}});
}

void rectangle(Markup &html, double x, double y, double width, double height, std::string_view kind) {
  html.empty("rect",
             {{"x", x}, {"y", y}, {"width", std::max(0.0, width)}, {"height", std::max(0.0, height)}, {"class", kind}});
}

void dot(Markup &html, double x, double y, double radius, std::string_view kind) {
  html.empty("circle", {{"cx", x}, {"cy", y}, {"r", radius}, {"class", kind}});
}

} // namespace swin::tools
