//===- MemoryDrawing.cpp - the arena over a run ---------------------------===//
#include "tools/report/Drawing.h"
#include "tools/report/ModelSections.h"
#include "tools/report/ModelText.h"

#include <algorithm>

using std::string;
using std::string_view;

namespace swin::tools {
namespace {

constexpr string_view explain =
    "Results that calls make for each other lie in one piece of memory, the arena. Each rectangle is one result: from "
    "left to right the calls for which it must stay, from the one that writes it to the last one that reads it, and "
    "from "
    "bottom to top the bytes where it lies. Results that are not needed at the same time share a place, a slot "
    "(between "
    "the lines); so the arena is as large as what must be there at once, not as the sum of all. What a kernel needs "
    "for "
    "itself while it runs comes on top, and the weights.";

constexpr double width = 980, height = 360, left = 74, right = 930, top = 14, bottom = 268;

} // namespace

void drawParts(Markup &html, const ModelReport &report, const CallAxis &axis) {
  double free = axis.x.start, freeTurned = axis.x.start;
  for (const Part &part : partsOf(report)) {
    double from = axis.x(double(part.first())), to = axis.x(double(part.last()) + 1);
    line(html, from, axis.top, from, axis.bottom + 5, "grid");
    if (cut(part.name, to - from - 4) == part.name && from >= free) {
      label(html, from + 3, axis.bottom + 16, "tick", part.name);
      free = to;
    } else if (from >= freeTurned) {
      // Below the line of those that have room.
      html.element("text",
                   {{"transform", "translate(" + pixels((from + std::min(to, from + 24)) / 2 + 3) + " " +
                                      pixels(axis.bottom + 30) + ") rotate(-40)"},
                    {"class", "tick end"}},
                   cut(part.name, 92));
      freeTurned = from + 14;
    }
  }
}

void writeMemory(Markup &html, const ModelReport &report) {
  heading(html, "memory", "Memory over a run");
  paragraph(html, explain);
  int64_t sum = 0;
  for (const ModelReport::Value &value : report.values)
    sum += value.bytes;
  html.element("p", {{"class", "lead"}}, [&] {
    figure(html, "arena/bytes", report.arenaBytes, bytesText(double(report.arenaBytes)));
    html.text(" in " + std::to_string(report.slots.size()) +
              (report.slots.size() == 1 ? " slot hold " : " slots hold ") + std::to_string(report.values.size()) +
              (report.values.size() == 1 ? " result" : " results") + " of ");
    derived(html, "values_bytes", "arena/values", double(sum), bytesText(double(sum)));
    html.text(" together; the weights are ");
    figure(html, "weights_bytes", report.weightsBytes, bytesText(double(report.weightsBytes)));
    html.text(".");
  });
  if (report.slots.empty() || report.arenaBytes <= 0)
    return;
  Scale x{0, double(report.calls.size()), left, right}, y{0, double(report.arenaBytes), bottom, top};
  wideDrawing(html, width, height, "Where results lie in the arena, call by call", [&] {
    drawParts(html, report, {x, top, bottom});
    std::vector<double> all = ticks(0, double(report.arenaBytes), 5);
    for (double tick : all)
      label(html, left - 8, y(tick) + 4, "tick end", bytesText(tick));
    for (size_t i = 0; i < report.values.size(); ++i) {
      const ModelReport::Value &value = report.values[i];
      const ModelReport::Call &call = report.calls[value.call];
      double offset = double(report.slots[value.slot].offset);
      // In the middle of the column of the call that writes it, to that of the one that reads it.
      double from = x(double(value.from) + 0.5), to = x(double(value.to) + 0.5);
      double upper = y(offset + double(value.bytes)), lower = y(offset);
      html.element("g",
                   {{"class", kindClass(call.kind)},
                    {"data-of", "arena/values/" + std::to_string(i) + "/bytes"},
                    {"data-value", std::to_string(value.bytes)}},
                   [&] {
                     html.element("title", {},
                                  call.layer + " (" + shapeText(call.shape) + "), " + std::to_string(value.bytes) +
                                      " bytes at " + std::to_string(report.slots[value.slot].offset) + ", calls " +
                                      std::to_string(value.from) + " to " + std::to_string(value.to));
                     rectangle(html, from, upper, to - from, lower - upper, "fill-soft");
                     string name = cut(call.layer, to - from - 8);
                     if (lower - upper > 14 && name == call.layer)
                       label(html, from + 4, (lower + upper) / 2 + 4, "tick", name);
                   });
    }
    double free = bottom + 11;
    for (size_t i = 0; i < report.slots.size(); ++i) {
      double lower = y(double(report.slots[i].offset));
      line(html, left, lower, right, lower, "axis");
      if (lower > free - 11)
        continue;
      label(html, right + 6, lower - 1, "tick", "slot " + std::to_string(i));
      free = lower;
    }
    line(html, left, y(double(report.arenaBytes)), right, y(double(report.arenaBytes)), "even");
    label(html, right, y(double(report.arenaBytes)) - 4, "tick end", "all of the arena");
  });
}

} // namespace swin::tools
