//===- KernelTables.cpp - kernels in numbers, and their schedules ---------===//
#include "tools/report/ModelSections.h"
#include "tools/report/ModelText.h"

#include <algorithm>

using std::string;
using std::string_view;

namespace swin::tools {
namespace {

constexpr string_view explain =
    "All calls of a kernel together. Multiply-adds are its work, bytes what it must read and write at least, and their "
    "ratio, the arithmetic intensity, says which of the two limits it: a kernel with few multiply-adds for each byte "
    "waits for memory.";
constexpr string_view explainBound =
    " The bound is the time below which no program can be on this machine: the longer of multiply-adds at the CPU's "
    "peak "
    "and bytes at memory's bandwidth. Above 100 % of it means that the bytes came from caches, which are faster.";
constexpr string_view explainSchedules =
    "A schedule is the list of numbers that says how a kernel's loops run: how many sums are held in registers, how "
    "many "
    "rows one task works on. It changes the time, not the result. Each kernel has one for each instruction set. The "
    "rule "
    "gave it (default), or experiments on this kernel (tuned) or on one of other sizes (nearest).";

void writeRow(Markup &html, const ModelReport &report, size_t index) {
  const ModelReport::Kernel &kernel = report.kernels[index];
  const auto &profile = report.profile;
  string path = "kernels/" + std::to_string(index);
  int64_t objectBytes = 0;
  for (const ModelReport::Object &object : kernel.objects) {
    objectBytes += object.bytes;
  }
  row(html, [&] {
    html.element("td", {{"class", "left"}}, [&] {
      html.element("span", {{"class", "swatch " + kindClass(kernel.kind)}, {"title", kernel.kind}}, "");
      html.element("code", {}, kernel.name);
    });
    auto counted = [&](string_view field, int64_t value, const string &text) {
      cell(html, double(value), [&] { figure(html, path + "/" + string(field), value, text); });
    };
    counted("calls", kernel.calls, std::to_string(kernel.calls));
    counted("macs", kernel.macs, countText(double(kernel.macs)));
    counted("bytes", kernel.bytes, bytesText(double(kernel.bytes)));
    double intensity = kernel.bytes > 0 ? double(kernel.macs) / double(kernel.bytes) : 0;
    cell(html, intensity,
         [&] { derived(html, "intensity", path, intensity, fixed(intensity, intensity < 10 ? 2 : 1)); });
    if (profile) {
      const ModelReport::Timed *timed = profile->find(kernel.name);
      std::optional<double> bound = timed ? profile->bound(timed->macs, timed->bytes) : std::nullopt;
      string of = "profile/inputs/" + std::to_string(profile->input) + "/kernels/" +
                  (timed ? std::to_string(timed - profile->kernels.data()) : "");
      auto ifKnown = [&](bool isKnown, double key, const std::function<void()> &content) {
        cell(html, key, [&] { isKnown ? content() : html.text(none); });
      };
      ifKnown(timed, timed ? timed->least : -1,
              [&] { figure(html, of + "/ms_min", timed->least, timeText(timed->least)); });
      ifKnown(timed, timed ? timed->share : -1,
              [&] { figure(html, of + "/share", timed->share, percentText(timed->share)); });
      ifKnown(bound.has_value(), bound.value_or(-1), [&] { derived(html, "bound_ms", of, *bound, timeText(*bound)); });
      cell(html, !bound ? "" : profile->isBoundByMemory(timed->macs, timed->bytes) ? "memory" : "CPU", "left");
      ifKnown(timed && timed->ofBound, timed ? timed->ofBound.value_or(-1) : -1,
              [&] { figure(html, of + "/of_bound", *timed->ofBound, percentText(*timed->ofBound)); });
    }
    counted("scratch_bytes", kernel.scratchBytes, bytesText(double(kernel.scratchBytes)));
    cell(html, double(objectBytes),
         [&] { derived(html, "object_bytes", path, double(objectBytes), bytesText(double(objectBytes))); });
  });
}

void writeSchedules(Markup &html, const ModelReport &report, const std::vector<size_t> &kernels) {
  table(html, "Schedules",
        {{"kernel", "", true},
         {"instruction set", "", true},
         {"from", "", true},
         {"schedule", "", true},
         {"code", "Bytes of machine code"},
         {"ms", "What compiling it took; cached: an earlier run did it"}},
        [&] {
          for (size_t i : kernels)
            for (size_t j = 0; j < report.kernels[i].objects.size(); ++j) {
              const ModelReport::Object &object = report.kernels[i].objects[j];
              string path = "kernels/" + std::to_string(i) + "/objects/" + std::to_string(j);
              row(html, [&] {
                html.element("td", {{"class", "left"}}, [&] { html.element("code", {}, report.kernels[i].name); });
                cell(html, object.isa, "left");
                cell(html, object.scheduleFrom, "left");
                html.element("td", {{"class", "schedule"}}, [&] { html.element("code", {}, object.schedule); });
                cell(html, double(object.bytes),
                     [&] { figure(html, path + "/bytes", object.bytes, bytesText(double(object.bytes))); });
                cell(html, object.milliseconds, [&] {
                  figure(html, path + "/ms", object.milliseconds,
                         object.isCached ? "cached" : fixed(object.milliseconds, 1));
                });
              });
            }
        });
}

} // namespace

void writeKernels(Markup &html, const ModelReport &report) {
  heading(html, "kernels", "Kernels");
  const auto &profile = report.profile;
  bool hasBound = profile && profile->bound(0, 0);
  paragraph(html, string(explain) + (hasBound ? string(explainBound) : ""));
  std::vector<Column> columns = {{"kernel", "Its name; the colour is that of its kind", true},
                                 {"calls", "How often a run calls it"},
                                 {"MACs", "Multiply-adds of all calls"},
                                 {"bytes", "What all calls read and write"},
                                 {"MACs/byte", "Arithmetic intensity"}};
  if (profile)
    for (const Column &column : {Column{"ms", "Least time of all calls"}, Column{"share", "Part of a run's time"},
                                 Column{"bound", "Milliseconds; no program is faster on this machine"},
                                 Column{"limit", "What the bound is of: the CPU's peak or memory's bandwidth", true},
                                 Column{"of bound", "Bound divided by time"}})
      columns.push_back(column);
  columns.push_back({"scratch", "Memory for itself, for each thread"});
  columns.push_back({"code", "Bytes of machine code, all instruction sets"});
  table(html, "A click on a column's name sorts", columns, [&] {
    for (size_t i = 0; i < report.kernels.size(); ++i)
      writeRow(html, report, i);
  });
  html.element("h3", {}, "Schedules and where they came from");
  paragraph(html, explainSchedules);
  html.element("details", {}, [&] {
    html.element("summary", {}, "All schedules");
    std::vector<size_t> all(report.kernels.size());
    for (size_t i = 0; i < all.size(); ++i)
      all[i] = i;
    writeSchedules(html, report, all);
  });
}

} // namespace swin::tools
