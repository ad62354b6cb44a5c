//===- ReportCharts.cpp - the drawings of a report ------------------------===//
#include "tools/tune/ReportCharts.h"

#include "tools/report/Drawing.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>

using llvm::StringRef;
using std::vector;

namespace swin::tools {
namespace {

std::string times(double ratio) { return fixed(ratio, 3) + "\xC3\x97"; }

std::string described(const KernelFigures &kernel) {
  return kernel.kernel + ": " + fixed(kernel.standardCold, 3) + " ms, best " + fixed(kernel.bestCold(), 3) + " ms, " +
         times(kernel.ratio);
}

constexpr double chartWidth = 460, nameWidth = 150, rowHeight = 26;

/// Names at the left, a grid with its numbers below, and what `row` draws for each kernel at a height.
void drawRows(Markup &html, const Kernels &kernels, const Scale &scale, std::string_view unit, std::string_view title,
              llvm::function_ref<void(const KernelFigures &, double)> row) {
  size_t count = std::min(kernels.size(), mostRows);
  double bottom = 8 + rowHeight * double(count);
  svg(html, chartWidth, bottom + 34, title, [&] {
    vector<double> all = ticks(scale.from, scale.to, 5);
    for (double tick : all) {
      line(html, scale(tick), 4, scale(tick), bottom, "grid");
      label(html, scale(tick), bottom + 14, "tick middle", tickText(tick, all));
    }
    label(html, (scale.start + scale.end) / 2, bottom + 29, "tick middle", unit);
    for (size_t i = 0; i < count; ++i)
      html.element("g", {}, [&] {
        html.element("title", {}, described(*kernels[i]));
        double top = 8 + rowHeight * double(i);
        label(html, nameWidth - 8, top + 15, "end", cut(kernels[i]->kernel, nameWidth - 8));
        row(*kernels[i], top);
      });
  });
}

/// Best ratios so far, over what stands at the bottom.
struct Plot {
  Scale x, y;
  bool overSeconds = false;
  double at(const Curve::Point &point) const { return x(overSeconds ? point.seconds : double(point.number)); }
};

Plot plotOf(const KernelFigures &kernel, bool overSeconds, double left, double right, double top, double bottom) {
  double last = 1, least = 1, most = std::max(1.01, kernel.ratio);
  for (const Curve &curve : kernel.curves)
    for (const Curve::Point &point : curve.points) {
      last = std::max(last, overSeconds ? point.seconds : double(point.number));
      least = std::min(least, point.ratio);
      most = std::max(most, point.ratio);
    }
  // Where a search began far below the default is of no interest.
  least = std::max(least, 1 - 0.5 * (most - 1));
  return {{0, last, left, right}, {least, most + 0.05 * (most - least), bottom, top}, overSeconds};
}

/// At most sixteen values: the default's, the best's, and those that most schedules have.
vector<ValueEffect> shownValues(const ParameterEffect &effect) {
  constexpr size_t most = 16;
  vector<ValueEffect> values = effect.values;
  auto rank = [&](const ValueEffect &value) {
    bool kept = effect.standard == value.value || effect.best == value.value;
    return kept ? std::numeric_limits<int64_t>::max() : value.count;
  };
  llvm::stable_sort(values, [&](const auto &a, const auto &b) { return rank(a) > rank(b); });
  values.resize(std::min(values.size(), most));
  llvm::sort(values, [](const auto &a, const auto &b) { return a.value < b.value; });
  return values;
}

} // namespace

std::string strategyClass(StringRef strategy) {
  const StringRef names[] = {"random", "evolutionary", "model"};
  size_t place = std::find(std::begin(names), std::end(names), strategy) - std::begin(names);
  return "strategy-" + std::to_string(place + 1);
}

void drawTotal(Markup &html, const Kernels &kernels) {
  double standard = 0, best = 0;
  for (const KernelFigures *kernel : kernels) {
    standard += kernel->standardCold;
    best += kernel->bestCold();
  }
  if (standard <= 0)
    return;
  for (bool tuned : {false, true}) {
    std::string name = tuned ? "best" : "default";
    html.element("div", {{"class", "total"}}, [&] {
      html.element("span", {{"class", "soft"}}, name + " " + fixed(tuned ? best : standard, 3) + " ms");
      html.element("div", {{"class", "parts"}}, [&] {
        for (const KernelFigures *kernel : kernels) {
          double part = (tuned ? kernel->bestCold() : kernel->standardCold) / std::max(standard, best);
          // Thinner than a hair is no part that one sees.
          if (part > 0.0003)
            html.element(
                "div",
                {{"class", name}, {"style", "width: " + fixed(100 * part, 3) + "%"}, {"title", described(*kernel)}},
                part > 0.03 ? llvm::StringRef(kernel->kernel) : "");
        }
      });
    });
  }
}

void drawTimes(Markup &html, const Kernels &kernels) {
  double most = 0;
  for (const KernelFigures *kernel : kernels)
    most = std::max({most, kernel->standardCold, kernel->bestCold()});
  if (most <= 0)
    return;
  Scale scale{0, most, nameWidth, chartWidth - 56};
  drawRows(html, kernels, scale, "milliseconds in a run", "Time of each kernel, default and best",
           [&](const KernelFigures &kernel, double top) {
             rectangle(html, nameWidth, top + 1, scale(kernel.standardCold) - nameWidth, 9, "default");
             rectangle(html, nameWidth, top + 11, scale(kernel.bestCold()) - nameWidth, 9, "best");
             double end = std::max(scale(kernel.standardCold), scale(kernel.bestCold()));
             label(html, end + 5, top + 15, kernel.best ? "strong" : "tick", kernel.best ? times(kernel.ratio) : "=");
           });
}

void drawEfficiency(Markup &html, const Kernels &kernels) {
  Kernels known;
  double most = 1;
  for (const KernelFigures *kernel : kernels)
    if (double efficiency = kernel->efficiency(kernel->standardCold); efficiency > 0 && kernel->macs > 0) {
      known.push_back(kernel);
      most = std::max({most, efficiency, kernel->efficiency(kernel->bestCold())});
    }
  if (known.empty())
    return;
  Scale scale{0, 100 * most, nameWidth, chartWidth - 20};
  drawRows(html, known, scale, "% of the peak", "Part of the peak that each kernel reaches, default and best",
           [&](const KernelFigures &kernel, double top) {
             double from = scale(100 * kernel.efficiency(kernel.standardCold));
             double to = scale(100 * kernel.efficiency(kernel.bestCold()));
             line(html, nameWidth, top + 11, scale.end, top + 11, "grid");
             line(html, from, top + 11, to, top + 11, "change");
             dot(html, from, top + 11, 4.5, "default");
             dot(html, to, top + 11, 4.5, "best");
           });
}

void drawConvergence(Markup &html, const KernelFigures &kernel, bool overSeconds) {
  if (kernel.curves.empty())
    return;
  const double width = 290, height = 168, left = 42, right = width - 10, top = 26, bottom = height - 34;
  Plot plot = plotOf(kernel, overSeconds, left, right, top, bottom);
  svg(html, width, height, "Best ratio so far of " + kernel.kernel, [&] {
    label(html, 4, 14, "strong", cut(kernel.kernel, 180));
    if (kernel.best)
      label(html, right, 14, "end best", times(kernel.ratio));
    vector<double> all = ticks(plot.y.from, plot.y.to, 4);
    for (double tick : all) {
      line(html, left, plot.y(tick), right, plot.y(tick), "grid");
      label(html, left - 5, plot.y(tick) + 4, "tick end", tickText(tick, all));
    }
    vector<double> below = ticks(0, plot.x.to, 4);
    for (double tick : below)
      label(html, plot.x(tick), bottom + 14, "tick middle", tickText(tick, below));
    label(html, (left + right) / 2, height - 5, "tick middle", overSeconds ? "seconds since the first" : "trials");
    line(html, left, plot.y(1), right, plot.y(1), "even");
    if (kernel.best)
      html.element("g", {}, [&] {
        html.element("title", {}, "confirmed: " + times(kernel.ratio));
        line(html, left, plot.y(kernel.ratio), right, plot.y(kernel.ratio), "confirmed");
      });
    for (const Curve &curve : kernel.curves) {
      std::string path;
      for (const Curve::Point &point : curve.points) {
        double y = std::min(plot.y(point.ratio), bottom);
        // A step: nothing is better until the next trial is.
        path += path.empty() ? "M" + pixels(plot.at(point)) + " " + pixels(y)
                             : "H" + pixels(plot.at(point)) + "V" + pixels(y);
      }
      html.element("g", {}, [&] {
        html.element("title", {}, curve.run + ", " + curve.strategy + ": " + times(curve.points.back().ratio));
        html.empty("path", {{"d", path}, {"class", "curve " + strategyClass(curve.strategy)}});
        dot(html, plot.at(curve.points.back()), std::min(plot.y(curve.points.back().ratio), bottom), 2.5,
            "end-point " + strategyClass(curve.strategy));
      });
    }
  });
}

void drawEffect(Markup &html, const ParameterEffect &effect) {
  vector<ValueEffect> values = shownValues(effect);
  size_t letters = 1;
  for (const ValueEffect &value : values)
    letters = std::max(letters, std::to_string(value.value).size());
  const double step = std::max(32.0, letterWidth * double(letters) + 8);
  const double left = 42, height = 170, top = 26, bottom = height - 36;
  const double title = std::min(220.0, 50 + 7.4 * double(effect.name.size()));
  const double width = std::max({150.0, title, left + step * double(values.size()) + 10});
  double least = 1, most = 1;
  for (const ValueEffect &value : values) {
    least = std::min(least, value.lower);
    most = std::max(most, value.best);
  }
  if (most - least < 0.01)
    least = most - 0.01;
  Scale y{least - 0.08 * (most - least), most + 0.05 * (most - least), bottom, top};
  svg(html, width, height, "Ratios for each value of " + effect.name, [&] {
    label(html, 4, 14, "strong", cut(effect.name, width - 46));
    label(html, width - 6, 14, "tick end", fixed(100 * effect.share, 0) + " %");
    vector<double> all = ticks(y.from, y.to, 4);
    for (double tick : all) {
      line(html, left, y(tick), width - 6, y(tick), "grid");
      label(html, left - 5, y(tick) + 4, "tick end", tickText(tick, all));
    }
    if (y.from < 1 && y.to > 1)
      line(html, left, y(1), width - 6, y(1), "even");
    for (size_t i = 0; i < values.size(); ++i) {
      const ValueEffect &value = values[i];
      double x = left + step * (double(i) + 0.5);
      auto inside = [&](double ratio) { return std::clamp(y(ratio), top, bottom); };
      bool standard = effect.standard == value.value, best = effect.best == value.value;
      html.element("g", {}, [&] {
        html.element("title", {},
                     effect.name + " = " + std::to_string(value.value) + ": " + std::to_string(value.count) +
                         " schedules, median " + times(value.median) + ", best " + times(value.best) +
                         (standard ? ", the default's value" : "") + (best ? ", the best schedule's value" : ""));
        line(html, x, inside(value.least), x, inside(value.best), "whisker");
        rectangle(html, x - 8, inside(value.upper), 16, inside(value.lower) - inside(value.upper), "half");
        line(html, x - 8, inside(value.median), x + 8, inside(value.median), "median");
        dot(html, x, inside(value.best), 3, "best");
        label(html, x, bottom + 14,
              best       ? "middle best strong"
              : standard ? "middle strong"
                         : "tick middle",
              std::to_string(value.value));
        if (standard)
          rectangle(html, x - 11, bottom + 18, 22, 3, "default");
        if (best)
          rectangle(html, x - 11, bottom + 23, 22, 3, "best");
      });
    }
    if (effect.values.size() > values.size())
      label(html, width - 6, height - 2, "tick end",
            "and " + std::to_string(effect.values.size() - values.size()) + " values more");
  });
}

} // namespace swin::tools
