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
    "Before, the model is a chain of ops as papers draw it; each would write its result to memory for the next one to "
    "read. After, ops that can share one loop are one kernel: what stands between them is a few rows at a time, in "
    "registers and caches. Ops that only move numbers (dashed) cost nothing there, for they are addresses at which the "
    "kernel reads or writes. What is crossed out became part of another op's weights, or an op that does the same for "
    "less. Kernels with the same ops are drawn once.";

constexpr size_t shownAtOnce = 10;

/// Bytes of what ops of a call make for each other.
double unwrittenBytes(const ModelReport &report, const ModelReport::Call &call) {
  double bytes = 0;
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

bool reads(const ModelReport::Op &op, size_t other) {
  return std::find(op.operands.begin(), op.operands.end(), static_cast<int64_t>(other)) != op.operands.end();
}

void writeBefore(Markup &html, const ModelReport &report, const ModelReport::Call &call, const std::set<size_t> &gone) {
  html.element("div", {{"class", "ops"}}, [&] {
    std::optional<size_t> last;
    for (size_t i : call.ops) {
      const ModelReport::Op &op = report.ops[i];
      OpText words = opText(op.op);
      // Ops side by side are no chain: what reads something else begins a new one.
      if (last)
        html.element("span", {{"class", "memory"}}, reads(op, *last) ? arrow : ",");
      last = i;
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

/// Kernels of one kind whose ops are the same before and after: of other sizes, or with other weights.
struct Family {
  string kind;
  std::vector<string> before, after;
  std::vector<size_t> kernels;
};

std::vector<Family> familiesOf(const ModelReport &report) {
  std::vector<Family> families;
  for (size_t i = 0; i < report.kernels.size(); ++i) {
    const ModelReport::Kernel &kernel = report.kernels[i];
    std::optional<size_t> first = report.firstCall(kernel.name);
    if (!first)
      continue;
    std::vector<string> before;
    for (size_t op : report.calls[*first].ops)
      before.push_back(report.ops[op].op);
    auto isSame = [&](const Family &family) {
      return family.kind == kernel.kind && family.before == before && family.after == kernel.ops;
    };
    auto found = std::find_if(families.begin(), families.end(), isSame);
    if (found == families.end())
      found = families.insert(found, {kernel.kind, before, kernel.ops, {}});
    found->kernels.push_back(i);
  }
  return families;
}

void writeFamily(Markup &html, const ModelReport &report, const Family &family) {
  html.element("div", {{"class", "fused " + kindClass(family.kind)}}, [&] {
    for (size_t i : family.kernels) {
      const ModelReport::Kernel &kernel = report.kernels[i];
      size_t first = *report.firstCall(kernel.name);
      const ModelReport::Call &call = report.calls[first];
      html.element("div", {{"class", "title"}}, [&] {
        html.element("code", {}, kernel.name);
        figure(html, "kernels/" + std::to_string(i) + "/calls", kernel.calls,
               kernel.calls == 1 ? "called once" : "called " + std::to_string(kernel.calls) + " times");
        html.text(", first for " + call.layer);
        if (double bytes = unwrittenBytes(report, call); bytes > 0) {
          html.text("; saves ");
          derived(html, "unwritten_bytes", "calls/" + std::to_string(first), bytes, bytesText(bytes));
          html.text(" each time");
        }
      });
    }
    const ModelReport::Kernel &kernel = report.kernels[family.kernels.front()];
    const ModelReport::Call &call = report.calls[*report.firstCall(kernel.name)];
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
  double unwritten = 0;
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
      derived(html, "unwritten_bytes", "calls", unwritten, bytesText(unwritten));
      html.text(" of results in between are not written to memory");
    }
    html.text(".");
  });
  writeOps(html, report);
  // Those that the model spends its work on are seen at once.
  std::vector<Family> families = familiesOf(report);
  auto work = [&](const Family &family) {
    int64_t macs = 0;
    for (size_t i : family.kernels)
      macs += report.kernels[i].macs;
    return macs;
  };
  std::stable_sort(families.begin(), families.end(),
                   [&](const Family &a, const Family &b) { return work(a) > work(b); });
  size_t shown = families.size() > shownAtOnce + 2 ? shownAtOnce : families.size();
  for (size_t i = 0; i < shown; ++i)
    writeFamily(html, report, families[i]);
  if (shown < families.size())
    html.element("details", {}, [&] {
      html.element("summary", {},
                   std::to_string(families.size() - shown) + " kinds of kernels more, with less to multiply");
      for (size_t i = shown; i < families.size(); ++i)
        writeFamily(html, report, families[i]);
    });
  writeGone(html, report);
}

} // namespace swin::tools
