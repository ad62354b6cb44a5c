//===- ModelSections.cpp - what the sections have in common, head and end -===//
#include "tools/report/ModelSections.h"

#include "tools/report/ModelText.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

using std::string;
using std::string_view;

namespace swin::tools {

string exact(double value) {
  std::array<char, 32> text = {};
  auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return string(text.data(), end);
}

void figure(Markup &html, const string &of, int64_t value, string_view text) {
  html.element("span", {{"data-of", of}, {"data-value", std::to_string(value)}, {"title", std::to_string(value)}},
               text);
}

void figure(Markup &html, const string &of, double value, string_view text) {
  html.element("span", {{"data-of", of}, {"data-value", exact(value)}, {"title", exact(value)}}, text);
}

void derived(Markup &html, string_view how, const string &of, double value, string_view text) {
  html.element("span", {{"data-how", how}, {"data-of", of}, {"data-value", exact(value)}, {"title", exact(value)}},
               text);
}

void heading(Markup &html, string_view id, string_view text) { html.element("h2", {{"id", id}}, text); }

void paragraph(Markup &html, string_view text, string_view kind) { html.element("p", {{"class", kind}}, text); }

void row(Markup &html, const std::function<void()> &cells) {
  html.element("tr", {}, cells);
  html.text("\n");
}

void cell(Markup &html, string_view text, string_view kind) { html.element("td", {{"class", kind}}, text); }

void cell(Markup &html, double key, const std::function<void()> &content) {
  html.element("td", {{"data-key", exact(key)}}, content);
}

void table(Markup &html, string_view caption, const std::vector<Column> &columns, const std::function<void()> &rows) {
  html.element("div", {{"class", "scroll"}}, [&] {
    html.element("table", {{"class", "sorted"}}, [&] {
      html.element("caption", {}, caption);
      html.element("thead", {}, [&] {
        row(html, [&] {
          for (const Column &column : columns)
            html.element("th", {{"class", column.isLeft ? "left" : ""}, {"title", column.title}}, column.head);
        });
      });
      html.element("tbody", {}, rows);
    });
  });
}

void wideDrawing(Markup &html, double width, double height, string_view label, const std::function<void()> &content) {
  html.element("div", {{"class", "scroll wide"}}, [&] { svg(html, width, height, label, content); });
}

void kindLegend(Markup &html, const ModelReport &report) {
  std::vector<string> kinds;
  for (const ModelReport::Kernel &kernel : report.kernels)
    if (std::find(kinds.begin(), kinds.end(), kernel.kind) == kinds.end())
      kinds.push_back(kernel.kind);
  html.element("div", {{"class", "legend"}}, [&] {
    for (const string &kind : kinds)
      html.element("span", {}, [&] {
        html.element("span", {{"class", "swatch " + kindClass(kind)}}, "");
        html.element("b", {}, kind);
        html.text(" " + string(kindText(kind)));
      });
  });
}

namespace {

/// What a pass does, in words, and its name.
string passText(const string &pass) {
  constexpr std::pair<string_view, string_view> texts[] = {
      {"swin-form-kernels", "fusion"},
      {"swin-fold-constants", "folding"},
  };
  for (auto [name, text] : texts)
    if (name == pass)
      return string(text) + ", " + pass;
  return pass;
}

} // namespace

void writeHead(Markup &html, const ModelReport &report) {
  html.element("h1", {}, report.model.empty() ? "What the compiler did" : report.model);
  paragraph(html, "What swin-compile made of this model, and what it costs to run", "soft");
  auto big = [&](const std::function<void()> &number, string_view what) {
    html.element("div", {}, [&] {
      html.element("div", {{"class", "number"}}, number);
      html.element("div", {{"class", "what"}}, what);
    });
  };
  const auto &profile = report.profile;
  // Of another size than the counts.
  string size;
  if (profile && (profile->n != report.n || profile->height != report.height || profile->width != report.width))
    size = " of " + std::to_string(profile->n) + " " + string(times) + " " + std::to_string(profile->height) + " " +
           string(times) + " " + std::to_string(profile->width);
  html.element("div", {{"class", "numbers"}}, [&] {
    big([&] { figure(html, "info/macs", report.macs, countText(double(report.macs))); }, "multiply-adds");
    big([&] { figure(html, "weights_bytes", report.weightsBytes, bytesText(double(report.weightsBytes))); },
        "of weights");
    big([&] { figure(html, "arena/bytes", report.arenaBytes, bytesText(double(report.arenaBytes))); },
        "for results in between");
    big(
        [&] {
          derived(html, "count", "graph/ops", double(report.ops.size()), std::to_string(report.ops.size()));
          html.text(" " + string(arrow) + " ");
          derived(html, "count", "calls", double(report.calls.size()), std::to_string(report.calls.size()));
        },
        "ops before, calls after fusion");
    if (profile)
      big(
          [&] {
            figure(html, "profile/inputs/" + std::to_string(profile->input) + "/ms_min", profile->least,
                   timeText(profile->least) + " ms");
          },
          "a run" + size + ", " + std::to_string(profile->threads) + (profile->threads == 1 ? " thread" : " threads"));
    if (profile && profile->least > 0)
      if (std::optional<double> bound = profile->bound(profile->macs, 0))
        big(
            [&] {
              derived(html, "of_peak", "profile/inputs/" + std::to_string(profile->input), *bound / profile->least,
                      percentText(*bound / profile->least));
            },
            "of the CPU's peak");
  });
  html.element("dl", {}, [&] {
    auto entry = [&](string_view name, const string &text) {
      if (text.empty())
        return;
      html.element("dt", {}, name);
      html.element("dd", {}, text);
    };
    entry("Architecture", report.architecture);
    entry("All counts are for", "one image of " + std::to_string(report.height) + " " + string(times) + " " +
                                    std::to_string(report.width) + " pixels, " + std::to_string(report.channels) +
                                    (report.channels == 1 ? " channel" : " channels"));
    string outputs;
    for (const ModelReport::Output &output : report.outputs)
      outputs += (outputs.empty() ? "" : ", ") + output.name + " (" + shapeText(output.shape) + ")";
    entry("What comes out", outputs);
    string isas;
    for (const string &isa : report.isas)
      isas += (isas.empty() ? "" : ", ") + isa;
    entry("Instruction sets", isas);
    entry("Numbers as in", report.semantics);
    if (!report.files.empty()) {
      html.element("dt", {}, "Files");
      html.element("dd", {}, [&] {
        for (const auto &[name, bytes] : report.files) {
          html.text((&name == &report.files.front().first ? "" : ", ") + name + " ");
          figure(html, "files/" + name, bytes, bytesText(double(bytes)));
        }
      });
    }
  });
}

namespace {

/// A text and the layers that it is said of, each once.
void writeLayers(Markup &html, const string &text, const std::vector<string> &layers) {
  html.element("p", {}, [&] {
    html.text(std::to_string(layers.size()) + string(times) + " " + text + ": ");
    std::set<string> seen;
    for (const string &layer : layers)
      if (seen.insert(layer).second) {
        html.element("code", {}, layer.empty() ? "(no layer)" : layer);
        html.text(" ");
      }
  });
}

} // namespace

void writeRemarks(Markup &html, const ModelReport &report) {
  heading(html, "remarks", "What was not done, and why");
  paragraph(html, "Fusion joins ops that can share one loop; folding computes what does not depend on the image once, "
                  "when the model is compiled. Where that was not possible, or would cost more than it saves, the "
                  "compiler says so: what it left, how often, and why. None of these is an error.");
  // By pass and reason, then by what was not done.
  using Reason = std::pair<string, string>;
  struct Group {
    size_t count = 0;
    std::map<string, std::vector<string>> layers;
  };
  std::map<Reason, Group> groups;
  size_t done = 0;
  for (const ModelReport::Remark &remark : report.remarks) {
    if (remark.kind != "missed") {
      ++done;
      continue;
    }
    Group &group = groups[{remark.pass, remark.reason}];
    ++group.count;
    group.layers[remark.text].push_back(remark.layer);
  }
  std::vector<std::pair<Reason, Group>> sorted(groups.begin(), groups.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto &a, const auto &b) { return a.second.count > b.second.count; });
  if (sorted.empty())
    paragraph(html, "Nothing was left undone.", "");
  for (const auto &[key, group] : sorted) {
    const auto &[pass, reason] = key;
    html.element("details", {{"class", "remark"}}, [&] {
      html.element("summary", {}, [&] {
        derived(html, "remarks", pass + "|" + reason, double(group.count), std::to_string(group.count) + string(times));
        // One text is said at once, of several one as an example.
        const string &text = group.layers.begin()->first;
        html.text(" " + text + (group.layers.size() > 1 ? ", and such" : "") + (reason.empty() ? "" : ": " + reason));
        html.element("span", {{"class", "soft"}}, passText(pass));
      });
      for (const auto &[text, layers] : group.layers)
        writeLayers(html, text, layers);
    });
  }
  if (done)
    paragraph(html, std::to_string(done) + " remarks more say what was done; they are in the data.", "soft");
}

void writeFiles(Markup &html, const ModelReport &report) {
  heading(html, "files", "Files, time to compile, versions");
  html.element("div", {{"class", "figures"}}, [&] {
    table(html, "What was written", {{"file", "", true}, {"size", ""}}, [&] {
      for (const auto &[name, bytes] : report.files)
        row(html, [&] {
          cell(html, name, "left");
          cell(html, double(bytes), [&] { figure(html, "files/" + name, bytes, bytesText(double(bytes))); });
        });
    });
    table(html, "What the compiler spent its time on", {{"stage", "", true}, {"ms", ""}}, [&] {
      for (const auto &[stage, milliseconds] : report.milliseconds)
        row(html, [&] {
          cell(html, stage, "left");
          cell(html, milliseconds, [&] { figure(html, "ms/" + stage, milliseconds, fixed(milliseconds, 1)); });
        });
    });
  });
  html.element("p", {{"class", "how"}}, [&] {
    html.text("The compiler had at most ");
    figure(html, "peak_memory_bytes", report.peakMemory, bytesText(double(report.peakMemory)));
    html.text(
        " of memory. Equal hashes mean equal inputs: the same compiler, description, graph, schedules and weights "
        "make the same library, byte by byte.");
  });
  html.element("dl", {}, [&] {
    for (const auto &[name, version] : report.versions) {
      html.element("dt", {}, name);
      html.element("dd", {}, version);
    }
    for (const auto &[name, hash] : report.hashes) {
      html.element("dt", {}, name);
      html.element("dd", {}, [&] { html.element("code", {}, hash); });
    }
  });
}

} // namespace swin::tools
