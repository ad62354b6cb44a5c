//===- Drawing.h - what drawings in pages are made of ---------------------===//
// Each drawing is an <svg>; colours and fonts are classes of a page's style.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_REPORT_DRAWING_H
#define SWIN_TOOLS_REPORT_DRAWING_H

#include "tools/report/Markup.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace swin::tools {

/// Mean width of a letter at the size of labels, in pixels.
inline constexpr double letterWidth = 6.4;

/// From numbers to pixels.
struct Scale {
  double from = 0, to = 1, start = 0, end = 1;
  double operator()(double value) const { return start + (value - from) / (to - from) * (end - start); }
};

/// Round numbers between two, `most` at most.
std::vector<double> ticks(double from, double to, int most);
/// As many digits as tell ticks apart.
std::string tickText(double value, const std::vector<double> &all);
/// A text in so many pixels, cut at its end.
std::string cut(std::string_view text, double width);

/// `label` says what it shows to who cannot see it.
void svg(Markup &html, double width, double height, std::string_view label, const std::function<void()> &content);
void label(Markup &html, double x, double y, std::string_view kind, std::string_view text);
void line(Markup &html, double x1, double y1, double x2, double y2, std::string_view kind);
void rectangle(Markup &html, double x, double y, double width, double height, std::string_view kind);
void dot(Markup &html, double x, double y, double radius, std::string_view kind);

} // namespace swin::tools

#endif // SWIN_TOOLS_REPORT_DRAWING_H
