//===- FusionDrawing.cpp - the graph before and after fusion --------------===//
#include "tools/report/ModelSections.h"
#include "tools/report/ModelText.h"

#include <algorithm>
#include <map>
#include <set>

using std::string;
using std::string_view;

namespace swin::tools {
namespace {

constexpr string_view explain =
    "Before, the model is a chain of ops as papers draw it, and each op would write a map to memory for the next one "
    "to "
    "read. After, ops that can share one loop are one kernel: what stands between them never leaves the processor. Ops "
    "that only move numbers (dashed) cost nothing there, for they are addresses at which the kernel reads or writes; "
    "what "
    "is crossed out became part of another op's weights, or an op that does the same for less.";

constexpr size_t shownAtOnce = 12;

/// Bytes of what ops of a call make for each other.
int64_t unwrittenBytes(const ModelReport &report, const ModelReport::Call &call) {
  int64_t bytes = 0;
  for (size_t i = 0; i + 1 < call.ops.size(); ++i)
    bytes += 4 * elements(report.ops[call.ops[i]].shape);
  return bytes;
}

/// Of a call's ops, those that its kernel does not have.
std::set<size_t> goneOps(const ModelReport &report, const ModelReport::Call &call, const ModelReport::Kernel &kernel) {
  std::multiset<string> left(kernel.ops.begin(), kernel.ops.end());
  std::set<size_t> gone;
  for (size_t i : call.ops)
    if (auto found = left.find(report.ops[i].op); found != left.end())
      left.erase(found);
    else
      gone.insert(i);
  return gone;
}

void writeBefore(Markup &html, const ModelReport &report, const ModelReport::Call &call, const std::set<size_t> &gone) {
  html.element("div", {{"class", "ops"}}, [&] {
    for (size_t i : call.ops) {
      const ModelReport::Op &op = report.ops[i];
      OpText words = opText(op.op);
      if (i != call.ops.front())
        html.element("span", {{"class", "memory"}}, arrow);
      string kind = gone.contains(i) ? "op gone" : words.isMove ? "op move" : "op";
      html.element("span",
                   {{"class", kind}, {"title", op.name + ": " + shapeText(op.shape) + ". " + string(words.sentence)}},
                   words.name);
    }
  });
}

void writeAfter(Markup &html, const ModelReport::Kernel &kernel) {
  html.element("div", {{"class", "one"}}, [&] {
    for (const string &op : kernel.ops) {
      OpText words = opText(op);
      html.element("span", {{"class", words.isMove ? "op move" : "op"}, {"title", words.sentence}}, words.name);
    }
  });
}

void writeKernel(Markup &html, const ModelReport &report, size_t index) {
  const ModelReport::Kernel &kernel = report.kernels[index];
  std::optional<size_t> first = report.firstCall(kernel.name);
  if (!first)
    return;
  const ModelReport::Call &call = report.calls[*first];
  html.element("div", {{"class", "fused " + kindClass(kernel.kind)}}, [&] {
    html.element("div", {{"class", "title"}}, [&] {
      html.element("code", {}, kernel.name);
      html.element("span", {{"class", "soft"}}, [&] {
        string path = "kernels/" + std::to_string(index);
        figure(html, path + "/calls", kernel.calls,
               kernel.calls == 1 ? "called once" : "called " + std::to_string(kernel.calls) + " times");
        html.text(", first for " + call.layer);
        if (int64_t bytes = unwrittenBytes(report, call); bytes > 0) {
          html.text("; ");
          derived(html, "unwritten_bytes", "calls/" + std::to_string(*first), double(bytes), bytesText(double(bytes)));
          html.text(" stay off memory in each call");
        }
      });
    });
    html.element("div", {{"class", "steps"}}, [&] {
      html.element("div", {{"class", "when"}}, "before");
      writeBefore(html, report, call, goneOps(report, call, kernel));
      html.element("div", {{"class", "when"}}, "after");
      writeAfter(html, kernel);
    });
  });
  html.text("\n");
}

/// What each of the ops does that are drawn here.
void writeOps(Markup &html, const ModelReport &report) {
  std::vector<string> seen;
  auto see = [&](const string &op) {
    if (std::find(seen.begin(), seen.end(), op) == seen.end() && !opText(op).sentence.empty())
      seen.push_back(op);
  };
  for (const ModelReport::Op &op : report.ops)
    see(op.op);
  for (const ModelReport::Kernel &kernel : report.kernels)
    for (const string &op : kernel.ops)
      see(op);
  html.element("details", {}, [&] {
    html.element("summary", {}, "What these ops do");
    html.element("dl", {{"class", "ops-text"}}, [&] {
      for (const string &op : seen) {
        html.element("dt", {}, [&] {
          html.text(string(opText(op).name) + " ");
          html.element("code", {}, op);
        });
        html.element("dd", {}, opText(op).sentence);
      }
    });
  });
}

/// Ops that no call computes, by the reason.
void writeGone(Markup &html, const ModelReport &report) {
  std::map<string, std::vector<size_t>> reasons;
  for (size_t i = 0; i < report.ops.size(); ++i)
    if (!report.ops[i].call)
      reasons[report.ops[i].why].push_back(i);
  if (reasons.empty())
    return;
  html.element("h3", {}, "Ops that are in no kernel");
  for (const auto &[why, ops] : reasons)
    html.element("details", {{"class", "remark"}}, [&] {
      html.element("summary", {},
                   std::to_string(ops.size()) + string(times) + " " +
                       (why.empty() ? "nothing needs what it computes" : why));
      html.element("p", {}, [&] {
        for (size_t i : ops) {
          html.element("code", {}, report.ops[i].op + " of " + report.ops[i].layer);
          html.text("; ");
        }
      });
    });
}

} // namespace

void writeFusion(Markup &html, const ModelReport &report) {
  heading(html, "fusion", "Before and after fusion");
  paragraph(html, explain);
  int64_t unwritten = 0;
  for (const ModelReport::Call &call : report.calls)
    unwritten += unwrittenBytes(report, call);
  html.element("p", {{"class", "lead"}}, [&] {
    derived(html, "count", "graph/ops", double(report.ops.size()), std::to_string(report.ops.size()) + " ops");
    html.text(" become ");
    derived(html, "count", "calls", double(report.calls.size()), std::to_string(report.calls.size()) + " calls");
    html.text(" of ");
    derived(html, "count", "kernels", double(report.kernels.size()),
            std::to_string(report.kernels.size()) + " kernels");
    if (unwritten > 0) {
      html.text("; ");
      derived(html, "unwritten_bytes", "calls", double(unwritten), bytesText(double(unwritten)));
      html.text(" of results in between are never written");
    }
    html.text(".");
  });
  writeOps(html, report);
  // Those that the model spends its work on are seen at once.
  std::vector<size_t> order(report.kernels.size());
  for (size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::vector<size_t> largest = order;
  std::stable_sort(largest.begin(), largest.end(),
                   [&](size_t a, size_t b) { return report.kernels[a].macs > report.kernels[b].macs; });
  if (largest.size() > shownAtOnce + 2)
    largest.resize(shownAtOnce);
  std::set<size_t> shown(largest.begin(), largest.end());
  for (size_t i : order)
    if (shown.contains(i))
      writeKernel(html, report, i);
  if (shown.size() < order.size())
    html.element("details", {}, [&] {
      html.element("summary", {}, std::to_string(order.size() - shown.size()) + " kernels more, with less to multiply");
      for (size_t i : order)
        if (!shown.contains(i))
          writeKernel(html, report, i);
    });
  writeGone(html, report);
}

} // namespace swin::tools
