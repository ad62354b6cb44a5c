//===- ModelCharts.cpp - where the time of a run goes ---------------------===//
#include "tools/report/Drawing.h"
#include "tools/report/ModelSections.h"
#include "tools/report/ModelText.h"

#include <algorithm>
#include <cmath>

using std::string;
using std::string_view;

namespace swin::tools {
namespace {

constexpr string_view explainTimes =
    "Least time of each kernel in several runs, all its calls together, the longest first. The line across a bar is "
    "its "
    "bound: the time that the multiply-adds take at the CPU's peak, or the bytes at memory's bandwidth, whichever is "
    "longer. What is right of it is what a better kernel could save at most. These are least times of different runs: "
    "on "
    "a machine that does other work, too, a whole run takes longer than their sum.";
constexpr string_view explainCalls = "The same, call by call, from the first to the last of a run.";
constexpr string_view explainRoofline =
    "Each point is a kernel: how many multiply-adds it does in a second, over how many it does for each byte of "
    "memory. "
    "Nothing can be above the roof, which is memory's bandwidth on its slope and the CPU's peak where it is flat; what "
    "stands above the slope found its bytes in caches. A point far below has room to grow.";
constexpr string_view explainNone =
    "Nothing was measured yet. These two commands run the model and put the times into this page:";

constexpr double width = 980;
constexpr size_t mostBars = 40;

string pathOf(const ModelReport &report, string_view list, size_t index) {
  return "profile/inputs/" + std::to_string(report.profile->input) + "/" + string(list) + "/" + std::to_string(index);
}

string titleOf(const ModelReport::Profile &profile, const ModelReport::Timed &timed, const string &name) {
  string text = name + ": " + exact(timed.least) + " ms, " + percentText(timed.share) + " of the run";
  if (timed.ofBound)
    text += ", " + percentText(*timed.ofBound) + " of its bound by " +
            (profile.isBoundByMemory(timed.macs, timed.bytes) ? "memory" : "the CPU's peak");
  return text;
}

string kindOf(const ModelReport &report, const string &kernel) {
  const ModelReport::Kernel *found = report.findKernel(kernel);
  return kindClass(found ? found->kind : "");
}

/// Decades of a logarithmic axis and what is between them.
std::vector<double> logTicks(double from, double to) {
  std::vector<double> all;
  // Measured numbers are far inside; others have no decade that could be multiplied.
  from = std::max(from, 1e-300), to = std::min(to, 1e300);
  for (double decade = std::pow(10, std::floor(std::log10(from))); decade <= to; decade *= 10)
    for (double factor : {1.0, 2.0, 5.0})
      if (decade * factor >= from && decade * factor <= to)
        all.push_back(decade * factor);
  return all;
}

struct Box {
  double left, top, right, bottom;
  bool overlaps(const Box &other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

} // namespace

void drawKernelTimes(Markup &html, const ModelReport &report) {
  const ModelReport::Profile &profile = *report.profile;
  std::vector<size_t> order(profile.kernels.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return profile.kernels[a].least > profile.kernels[b].least; });
  size_t shown = std::min(order.size(), mostBars);
  constexpr double left = 190, right = 800, step = 24;
  double most = 0;
  for (const ModelReport::Timed &timed : profile.kernels)
    most = std::max({most, timed.least, profile.bound(timed.macs, timed.bytes).value_or(0)});
  if (most <= 0)
    return;
  double bottom = 8 + step * double(shown);
  Scale x{0, most, left, right};
  wideDrawing(html, width, bottom + 34, "Time of each kernel", [&] {
    std::vector<double> all = ticks(0, most, 6);
    for (double tick : all) {
      line(html, x(tick), 4, x(tick), bottom, "grid");
      label(html, x(tick), bottom + 14, "tick middle", tickText(tick, all));
    }
    label(html, (left + right) / 2, bottom + 30, "tick middle", "milliseconds in a run");
    for (size_t i = 0; i < shown; ++i) {
      const ModelReport::Timed &timed = profile.kernels[order[i]];
      double y = 8 + step * double(i);
      html.element("g",
                   {{"class", kindOf(report, timed.kernel)},
                    {"data-of", pathOf(report, "kernels", order[i]) + "/ms_min"},
                    {"data-value", exact(timed.least)}},
                   [&] {
                     html.element("title", {}, titleOf(profile, timed, timed.kernel));
                     label(html, left - 8, y + 15, "end", cut(timed.kernel, left - 12));
                     rectangle(html, left, y + 3, x(timed.least) - left, step - 7, "fill");
                     if (std::optional<double> bound = profile.bound(timed.macs, timed.bytes))
                       line(html, x(*bound), y, x(*bound), y + step - 1, "bound");
                     string text = timeText(timed.least) + " ms, " + percentText(timed.share);
                     if (timed.ofBound)
                       text += ", " + percentText(*timed.ofBound) + " of bound";
                     double end = std::max(timed.least, profile.bound(timed.macs, timed.bytes).value_or(0));
                     label(html, x(end) + 7, y + 15, "tick", text);
                   });
    }
  });
  if (shown < order.size())
    paragraph(html, "And " + std::to_string(order.size() - shown) + " kernels that take less; the table has all.",
              "soft");
}

void drawCallTimes(Markup &html, const ModelReport &report) {
  const ModelReport::Profile &profile = *report.profile;
  size_t count = std::min(profile.calls.size(), report.calls.size());
  double most = 0;
  for (size_t i = 0; i < count; ++i)
    most = std::max(
        {most, profile.calls[i].least, profile.bound(profile.calls[i].macs, profile.calls[i].bytes).value_or(0)});
  if (most <= 0)
    return;
  constexpr double left = 74, right = 970, top = 10, bottom = 190, height = 284;
  Scale x{0, double(count), left, right}, y{0, most * 1.04, bottom, top};
  wideDrawing(html, width, height, "Time of each call", [&] {
    std::vector<double> all = ticks(0, most, 4);
    for (double tick : all) {
      line(html, left, y(tick), right, y(tick), "grid");
      label(html, left - 6, y(tick) + 4, "tick end", tickText(tick, all));
    }
    label(html, 26, top + 4, "tick", "ms");
    drawParts(html, report, {x, top, bottom});
    double gap = std::min(3.0, (x(1) - x(0)) * 0.15);
    for (size_t i = 0; i < count; ++i) {
      const ModelReport::Timed &timed = profile.calls[i];
      html.element("g",
                   {{"class", kindClass(report.calls[i].kind)},
                    {"data-of", pathOf(report, "calls", i) + "/ms_min"},
                    {"data-value", exact(timed.least)}},
                   [&] {
                     html.element("title", {}, titleOf(profile, timed, report.calls[i].layer + ", " + timed.kernel));
                     double from = x(double(i)) + gap, to = x(double(i) + 1) - gap;
                     rectangle(html, from, y(timed.least), to - from, bottom - y(timed.least), "fill");
                     if (std::optional<double> bound = profile.bound(timed.macs, timed.bytes))
                       line(html, from - 1, y(*bound), to + 1, y(*bound), "bound");
                   });
    }
    line(html, left, bottom, right, bottom, "axis");
  });
}

void drawRoofline(Markup &html, const ModelReport &report) {
  const ModelReport::Profile &profile = *report.profile;
  struct Point {
    size_t index;
    double intensity, speed;
  };
  std::vector<Point> points;
  double peak = *profile.peakGmacs, bandwidth = *profile.bandwidth;
  double least = peak / bandwidth / 4, most = peak / bandwidth * 4, slowest = peak / 10, fastest = peak;
  for (size_t i = 0; i < profile.kernels.size(); ++i) {
    const ModelReport::Timed &timed = profile.kernels[i];
    if (timed.macs <= 0 || timed.bytes <= 0 || timed.least <= 0)
      continue;
    points.push_back({i, double(timed.macs) / double(timed.bytes), double(timed.macs) / timed.least / 1e6});
    least = std::min(least, points.back().intensity / 1.5);
    most = std::max(most, points.back().intensity * 3);
    slowest = std::min(slowest, points.back().speed / 1.5);
    fastest = std::max(fastest, points.back().speed);
  }
  constexpr double left = 62, right = 960, top = 14, bottom = 350, height = 398;
  Scale logX{std::log10(least), std::log10(most), left, right};
  Scale logY{std::log10(slowest), std::log10(fastest * 1.6), bottom, top};
  auto x = [&](double value) { return logX(std::log10(value)); };
  auto y = [&](double value) { return logY(std::log10(value)); };
  wideDrawing(html, width, height, "Roofline: speed of each kernel over its arithmetic intensity", [&] {
    for (double tick : logTicks(least, most)) {
      line(html, x(tick), top, x(tick), bottom, "grid");
      label(html, x(tick), bottom + 15, "tick middle", tick < 1 ? fixed(tick, tick < 0.1 ? 2 : 1) : fixed(tick, 0));
    }
    for (double tick : logTicks(slowest, fastest * 1.6)) {
      line(html, left, y(tick), right, y(tick), "grid");
      label(html, left - 6, y(tick) + 4, "tick end", tick < 1 ? fixed(tick, tick < 0.1 ? 2 : 1) : fixed(tick, 0));
    }
    label(html, (left + right) / 2, bottom + 36, "tick middle", "multiply-adds for each byte");
    html.element(
        "text",
        {{"transform", "translate(13 " + pixels((top + bottom) / 2) + ") rotate(-90)"}, {"class", "tick middle"}},
        "1e9 multiply-adds in a second");
    double ridge = peak / bandwidth, corner = std::max(slowest, bandwidth * least);
    html.empty("path", {{"d", "M" + pixels(x(corner / bandwidth)) + " " + pixels(y(corner)) + "L" + pixels(x(ridge)) +
                                  " " + pixels(y(peak)) + "H" + pixels(right)},
                        {"class", "roof"}});
    string roof = "peak " + fixed(peak, 1) + " G/s, " + profile.isa;
    label(html, x(ridge) + 6, y(peak) - 7, "tick", roof);
    double middle = std::sqrt(corner / bandwidth * ridge);
    string slope = "memory " + fixed(bandwidth, 1) + " GB/s";
    Box slopeBox{x(middle) + 8, y(bandwidth * middle) + 4, x(middle) + 8 + letterWidth * double(slope.size()),
                 y(bandwidth * middle) + 17};
    label(html, slopeBox.left, slopeBox.bottom - 3, "tick", slope);
    std::vector<Box> taken = {slopeBox,
                              {x(ridge), y(peak) - 20, x(ridge) + letterWidth * double(roof.size()), y(peak) - 4}};
    for (const Point &point : points)
      taken.push_back({x(point.intensity) - 6, y(point.speed) - 6, x(point.intensity) + 6, y(point.speed) + 6});
    // The roof's height at a place of the drawing.
    auto roofAt = [&](double place) {
      double intensity = std::pow(10, logX.from + (place - left) / (right - left) * (logX.to - logX.from));
      return y(std::min(peak, bandwidth * intensity));
    };
    // What takes most of the time is named first.
    std::stable_sort(points.begin(), points.end(), [&](const Point &a, const Point &b) {
      return profile.kernels[a.index].least > profile.kernels[b.index].least;
    });
    for (const Point &point : points) {
      const ModelReport::Timed &timed = profile.kernels[point.index];
      double px = x(point.intensity), py = y(point.speed);
      html.element("g", {{"class", kindOf(report, timed.kernel)}}, [&] {
        html.element("title", {},
                     timed.kernel + ": " + fixed(point.speed, 2) + "e9 multiply-adds in a second, " +
                         fixed(point.intensity, 2) + " for each byte");
        dot(html, px, py, 5, "point");
      });
      double wide = letterWidth * double(timed.kernel.size());
      for (auto [dx, dy] : std::initializer_list<std::pair<double, double>>{{9, 4},
                                                                            {-9 - wide, 4},
                                                                            {-wide / 2, 20},
                                                                            {-wide / 2, -11},
                                                                            {9, 18},
                                                                            {9, -10},
                                                                            {-9 - wide, 18},
                                                                            {-9 - wide, -10},
                                                                            {-wide / 2, 34},
                                                                            {10, 32}}) {
        Box box{px + dx, py + dy - 10, px + dx + wide, py + dy + 3};
        bool isFree = box.left > left && box.right < right && box.top > top && box.bottom < bottom &&
                      std::none_of(
                          taken.begin(), taken.end(), [&](const Box &other) { return box.overlaps(other); }) &&
                      (box.bottom < roofAt(box.right) - 1 || box.top > roofAt(box.left) + 1);
        if (!isFree)
          continue;
        label(html, box.left, py + dy, "tick", timed.kernel);
        taken.push_back(box);
        break;
      }
    }
  });
}

void writeTimes(Markup &html, const ModelReport &report) {
  heading(html, "times", "Where the time goes");
  if (!report.profile) {
    paragraph(html, explainNone, "");
    string name = report.model.empty() ? "NAME" : report.model;
    html.element("pre", {}, [&] {
      html.element("code", {},
                   name + "/" + name + " IMAGE.npy -o OUT.npy --repeat 10 --profile PROFILE.json\n" +
                       "swin-compile MODEL --report FILE.html --profile PROFILE.json");
    });
    paragraph(html, "Without them this machine's speed is not known, so no bound is shown.");
    return;
  }
  const ModelReport::Profile &profile = *report.profile;
  string path = "profile/inputs/" + std::to_string(profile.input);
  html.element("p", {{"class", "lead"}}, [&] {
    figure(html, path + "/ms_min", profile.least, timeText(profile.least) + " ms");
    html.text(" for " + std::to_string(profile.n) + " " + string(times) + " " + std::to_string(profile.height) + " " +
              string(times) + " " + std::to_string(profile.width) + " (batch, height, width) on " + profile.isa + ", " +
              std::to_string(profile.threads) + (profile.threads == 1 ? " thread" : " threads"));
    html.text("; ");
    figure(html, path + "/outside/ms_min", profile.outside, timeText(profile.outside) + " ms");
    html.text(" are spent outside of kernels.");
  });
  if (profile.n != report.n || profile.height != report.height || profile.width != report.width)
    paragraph(html,
              "This is another size than that of the counts above; times, bounds and the bytes that they are made "
              "of are for the size that was measured.");
  paragraph(html, explainTimes);
  kindLegend(html, report);
  drawKernelTimes(html, report);
  html.element("h3", {}, "Call by call");
  paragraph(html, explainCalls);
  drawCallTimes(html, report);
  if (!profile.bound(0, 0)) {
    paragraph(html, "The peak of this instruction set is not known, so there is no bound and no roofline.");
    return;
  }
  html.element("h3", {}, "Roofline");
  paragraph(html, explainRoofline);
  drawRoofline(html, report);
}

} // namespace swin::tools
