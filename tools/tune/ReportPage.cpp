//===- ReportPage.cpp - a report's text, tables and drawings --------------===//
#include "tools/tune/ReportPage.h"

#include "tools/report/Markup.h"
#include "tools/report/PageStyle.h"
#include "tools/tune/ReportCharts.h"
#include "tools/tune/ReportParameters.h"
#include "tools/tune/ReportStyle.h"
#include "tools/tune/ReportText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <set>

using llvm::StringRef;
using std::string;
using std::vector;
using swin::tuning::Result;

namespace swin::tools {
namespace {

constexpr const char *times = "\xC3\x97", *arrow = " \xE2\x86\x92 ", *none = "\xE2\x80\x93";

string ratioText(double ratio) { return fixed(ratio, 3) + times; }
string percent(double part, int digits = 0) { return fixed(100 * part, digits) + " %"; }
string milliseconds(double value) { return value > 0 ? fixed(value, 3) : none; }
string counted(size_t count, StringRef what) {
  return std::to_string(count) + " " + what.str() + (count == 1 ? "" : "s");
}

class Page {
public:
  Page(const ReportFigures &figures, const vector<Result> &results, const string &source, string &out)
      : figures(figures), results(results), source(source), html(out) {}
  void write();

private:
  void paragraph(StringRef text, StringRef kind = "") { html.element("p", {{"class", kind}}, text); }
  void how(StringRef text) { paragraph(text, "how"); }
  void cell(StringRef text, StringRef kind = "") { html.element("td", {{"class", kind}}, text); }
  void cell(double key, StringRef text) { html.element("td", {{"data-key", fixed(key, 6)}}, text); }
  void table(StringRef kind, StringRef caption, std::initializer_list<const char *> heads,
             llvm::function_ref<void()> rows);
  void row(llvm::function_ref<void()> cells) {
    html.element("tr", {}, cells);
    html.text("\n");
  }
  /// Whether names of instruction sets do not tell the totals apart.
  bool manyPlaces() const;
  string heading(const Total &total) const;
  string heading(const TemplateFigures &one) const;
  Kernels kernelsOf(const Total &total) const;

  void head();
  void gain(const Total &total);
  void models();
  void runs();
  void kernels(const Total &total);
  void kernelRow(const KernelFigures &kernel);
  void legend();
  void convergence(const Total &total, size_t number);
  void effects(const TemplateFigures &one);
  void effectsTable(const TemplateFigures &one);
  void effectsOf(const KernelFigures &kernel);
  void schedules(const KernelFigures &kernel);

  const ReportFigures &figures;
  const vector<Result> &results;
  const string &source;
  Markup html;
};

void Page::table(StringRef kind, StringRef caption, std::initializer_list<const char *> heads,
                 llvm::function_ref<void()> rows) {
  html.element("div", {{"class", "scroll"}}, [&] {
    html.element("table", {{"class", kind}}, [&] {
      html.element("caption", {}, caption);
      html.element("thead", {}, [&] {
        row([&] {
          bool first = true;
          for (const char *text : heads) {
            html.element("th", {{"class", first ? "left" : ""}}, text);
            first = false;
          }
        });
      });
      html.element("tbody", {}, rows);
    });
  });
}

bool Page::manyPlaces() const {
  return llvm::any_of(figures.totals, [&](const Total &total) {
    return total.cpu != figures.totals[0].cpu || total.compiler != figures.totals[0].compiler;
  });
}

string Page::heading(const Total &total) const {
  return total.isa + (manyPlaces() ? ", " + total.cpu + ", compiler " + total.compiler : "");
}

string Page::heading(const TemplateFigures &one) const {
  return one.templateName + " on " + one.isa + (manyPlaces() ? ", " + one.cpu + ", compiler " + one.compiler : "");
}

Kernels Page::kernelsOf(const Total &total) const {
  Kernels list;
  for (size_t i : total.kernels)
    list.push_back(&figures.kernels[i]);
  return list;
}

void Page::head() {
  html.element("h1", {}, "What tuning found");
  paragraph("Of " + source, "soft");
  if (results.empty())
    paragraph("There are no results.", "lead");
  for (const Total &total : figures.totals) {
    string text = heading(total) + ": ";
    if (total.standard <= 0)
      text += "no schedule was timed.";
    else if (!total.improved)
      text += "no schedule is better than the default's, " + fixed(total.standard, 3) + " ms of " +
              counted(total.kernels.size(), "kernel") + ".";
    else
      text += fixed(total.standard, 3) + " ms" + arrow + fixed(total.best, 3) + " ms, " +
              ratioText(total.standard / total.best) + " as fast: " + std::to_string(total.improved) + " of " +
              counted(total.kernels.size(), "kernel") + " have a schedule that is better than the default's.";
    paragraph(text, "lead");
  }
  std::set<string> cpus, compilers;
  std::array<int64_t, std::tuple_size_v<decltype(KernelFigures::outcomes)>> outcomes = {};
  for (const KernelFigures &kernel : figures.kernels) {
    cpus.insert(kernel.setting.cpu);
    compilers.insert(kernel.setting.compiler);
    for (size_t i = 0; i < outcomes.size(); ++i)
      outcomes[i] += kernel.outcomes[i];
  }
  html.element("dl", {}, [&] {
    auto entry = [&](StringRef name, const string &text) {
      html.element("dt", {}, name);
      html.element("dd", {}, text);
    };
    entry("CPU", llvm::join(cpus, "; "));
    entry("Compiler", llvm::join(compilers, "; "));
    string counts;
    for (size_t i = 0; i < outcomes.size(); ++i)
      if (outcomes[i])
        counts += (counts.empty() ? ": " : ", ") + std::to_string(outcomes[i]) + " " +
                  tuning::outcomeName(tuning::Outcome(i));
    entry("Results", std::to_string(results.size()) + counts);
  });
  how(explainSchedules);
}

void Page::gain(const Total &total) {
  Kernels list = kernelsOf(total);
  html.element("h3", {}, heading(total));
  drawTotal(html, list);
  Kernels saving;
  for (const KernelFigures *kernel : list)
    if (kernel->best && kernel->standardCold > 0)
      saving.push_back(kernel);
  if (saving.empty())
    return;
  auto saved = [](const KernelFigures *kernel) { return kernel->standardCold - kernel->bestCold(); };
  llvm::stable_sort(saving, [&](auto *a, auto *b) { return saved(a) > saved(b); });
  double all = 0;
  for (const KernelFigures *kernel : saving)
    all += saved(kernel);
  constexpr size_t most = 10;
  table("", "What the gain is made of", {"kernel", "saves ms", "part of the gain", "part of the model's time"}, [&] {
    for (const KernelFigures *kernel : llvm::ArrayRef(saving).take_front(most))
      row([&] {
        cell(kernel->kernel, "left");
        cell(fixed(saved(kernel), 3));
        cell(percent(saved(kernel) / all));
        cell(percent(saved(kernel) / total.standard, 1));
      });
  });
  if (saving.size() > most)
    paragraph("And " + counted(saving.size() - most, "kernel") + " that save less.", "soft");
}

void Page::models() {
  if (figures.models.empty())
    return;
  html.element("h3", {}, "Measured");
  how(explainModels);
  table("sorted", "Runs of whole models",
        {"model", "instruction set", "threads", "sizes", "default ms", "tuned ms", "ratio", "+-", "of peak",
         "schedules", "run"},
        [&] {
          for (const Result &model : figures.models)
            row([&] {
              const tuning::Times &time = model.times;
              double peak = model.peak > 0 ? double(model.macs) / time.cold / model.peak / 1e6 : 0;
              cell(model.kernel, "left");
              cell(model.setting.isa);
              cell(double(model.threads), std::to_string(model.threads));
              cell(model.sizes);
              cell(time.standardCold, fixed(time.standardCold, 3));
              cell(time.cold, fixed(time.cold, 3));
              cell(time.ratio, ratioText(time.ratio));
              cell(time.spread, fixed(time.spread, 3));
              cell(peak, peak > 0 ? percent(peak, 1) : none);
              cell(model.schedule);
              html.element("td", {}, [&] { html.element("code", {}, model.run); });
            });
        });
}

void Page::runs() {
  html.element("h2", {}, "Runs");
  how(explainRuns);
  table("sorted", "Runs that the results are of",
        {"run", "instruction set", "default ms", "best ms", "ratio", "strategy", "seed", "threads", "kernels",
         "results", "confirmed", "length"},
        [&] {
          for (const RunFigures &run : figures.runs)
            row([&] {
              double ratio = run.best > 0 ? run.standard / run.best : 0;
              html.element("td", {{"class", "left"}}, [&] { html.element("code", {}, run.id); });
              cell(run.isa);
              cell(run.standard, milliseconds(run.standard));
              cell(run.best, milliseconds(run.best));
              cell(ratio, ratio > 0 ? ratioText(ratio) : none);
              cell(run.strategy);
              cell(double(run.seed), std::to_string(run.seed));
              cell(double(run.threads), std::to_string(run.threads));
              cell(double(run.kernels), std::to_string(run.kernels));
              cell(double(run.results), std::to_string(run.results));
              cell(double(run.confirmed), std::to_string(run.confirmed));
              cell(run.seconds, run.seconds < 120 ? fixed(run.seconds, 1) + " s" : fixed(run.seconds / 60, 1) + " min");
            });
        });
}

void Page::kernelRow(const KernelFigures &kernel) {
  auto known = [&](double value, const string &text) { cell(value, value > 0 ? text : none); };
  double standard = kernel.efficiency(kernel.standardCold), best = kernel.efficiency(kernel.bestCold());
  string counts;
  for (size_t i = 0; i < kernel.outcomes.size(); ++i)
    if (kernel.outcomes[i])
      counts += (counts.empty() ? "" : ", ") + std::to_string(kernel.outcomes[i]) + " " +
                tuning::outcomeName(tuning::Outcome(i));
  row([&] {
    cell(kernel.kernel, "left");
    known(kernel.standardCold, fixed(kernel.standardCold, 3));
    known(kernel.bestCold(), fixed(kernel.bestCold(), 3));
    cell(kernel.ratio, kernel.best ? ratioText(kernel.ratio) : "=");
    double least = kernel.best ? kernel.best->times.standardCold / kernel.best->times.cold : 0;
    cell(least, kernel.best ? ratioText(least) : none);
    cell(kernel.best ? kernel.best->times.spread : -1, kernel.best ? percent(kernel.best->times.spread, 1) : none);
    known(kernel.itself, ratioText(kernel.itself));
    known(standard, percent(standard));
    known(best, percent(best));
    known(kernel.standardWarm, milliseconds(kernel.standardWarm));
    cell(kernel.best ? kernel.best->times.warm : 0, kernel.best ? milliseconds(kernel.best->times.warm) : none);
    cell(kernel.setting.templateName);
    cell(kernel.sizes);
    cell(double(kernel.threads), std::to_string(kernel.threads));
    cell(double(kernel.macs), fixed(double(kernel.macs) / 1e6, 1));
    cell(double(kernel.tried), std::to_string(kernel.tried));
    cell(counts);
  });
}

void Page::kernels(const Total &total) {
  Kernels list = kernelsOf(total);
  html.element("h3", {}, heading(total));
  html.element("div", {{"class", "figures"}}, [&] {
    drawTimes(html, list);
    drawEfficiency(html, list);
  });
  table("sorted", "All kernels; a click on a column's name sorts",
        {"kernel", "default ms", "best ms", "ratio", "of least times", "spread", "default / itself", "default of peak",
         "best of peak", "default warm ms", "best warm ms", "template", "sizes", "threads", "million multiply-adds",
         "schedules tried", "results"},
        [&] {
          for (const KernelFigures *kernel : list)
            kernelRow(*kernel);
        });
}

void Page::legend() {
  std::set<string> strategies;
  for (const RunFigures &run : figures.runs)
    strategies.insert(run.strategy);
  html.element("div", {{"class", "legend"}}, [&] {
    auto entry = [&](StringRef kind, StringRef text) {
      html.element("span", {}, [&] {
        html.element("svg", {{"width", 22}, {"height", 8}, {"viewBox", "0 0 22 8"}, {"aria-hidden", "true"}},
                     [&] { html.empty("line", {{"x1", 0}, {"y1", 4}, {"x2", 22}, {"y2", 4}, {"class", kind}}); });
        html.text(text);
      });
    };
    for (const string &strategy : strategies)
      entry(strategyClass(strategy), strategy.empty() ? "no name" : strategy);
    entry("even", "the default");
    entry("confirmed", "the best, measured again");
  });
}

void Page::convergence(const Total &total, size_t number) {
  Kernels list = kernelsOf(total);
  llvm::erase_if(list, [](const KernelFigures *kernel) { return kernel->curves.empty(); });
  if (list.empty())
    return;
  string group = "over-" + std::to_string(number);
  html.element("h3", {}, heading(total));
  html.element("div", {{"class", "switch"}}, [&] {
    // Without a script: what is checked says which figures are shown.
    html.empty("input", {{"type", "radio"}, {"name", group}, {"id", group + "-trials"}, {"checked", "checked"}});
    html.element("label", {{"for", group + "-trials"}}, "over trials");
    html.empty("input", {{"type", "radio"}, {"name", group}, {"id", group + "-seconds"}, {"class", "by-seconds"}});
    html.element("label", {{"for", group + "-seconds"}}, "over seconds");
    for (bool overSeconds : {false, true})
      html.element("div", {{"class", overSeconds ? "figures over-seconds" : "figures over-trials"}}, [&] {
        for (const KernelFigures *kernel : list)
          drawConvergence(html, *kernel, overSeconds);
      });
  });
}

void Page::effectsTable(const TemplateFigures &one) {
  html.element("div", {{"class", "scroll"}}, [&] {
    html.element("table", {}, [&] {
      html.element("caption", {}, "Part of the variance of times that each parameter explains alone, in %");
      html.element("thead", {}, [&] {
        row([&] {
          html.element("th", {{"class", "left"}}, "parameter");
          for (const char *text : {"all kernels", "below", "at default's", "above"})
            html.element("th", {}, text);
          for (size_t i : one.kernels)
            html.element("th", {{"class", "turned"}}, [&] { html.element("span", {}, figures.kernels[i].kernel); });
          html.element("th", {{"class", "left"}}, "what it is");
        });
      });
      html.element("tbody", {}, [&] {
        string kind = kindOf(one.templateName);
        auto heat = [&](double share) {
          if (share < 0)
            return cell(none, "heat");
          html.element("td",
                       {{"class", "heat"}, {"style", "background: rgba(var(--heat), " + fixed(0.75 * share, 2) + ")"}},
                       fixed(100 * share, 0));
        };
        row([&] {
          html.element("td", {{"class", "left soft"}}, "schedules");
          size_t all = 0;
          for (size_t i : one.kernels)
            all += figures.kernels[i].effects.schedules;
          cell(std::to_string(all), "heat soft");
          for (int side = 0; side < 3; ++side)
            cell("");
          for (size_t i : one.kernels)
            cell(std::to_string(figures.kernels[i].effects.schedules), "heat soft");
          cell("of which the numbers below are", "wide soft");
        });
        for (const TemplateParameter &parameter : one.parameters)
          row([&] {
            html.element("td", {{"class", "left"}}, [&] { html.element("code", {}, parameter.name); });
            heat(parameter.share);
            for (double median : parameter.medians)
              cell(median > 0 ? ratioText(median) : none);
            for (double share : parameter.kernels)
              heat(share);
            cell(parameterSentence(kind, parameter.name), "wide");
          });
      });
    });
  });
}

void Page::schedules(const KernelFigures &kernel) {
  NamedNumbers best = namedNumbers(kernel.best ? kernel.best->schedule : kernel.standard).value_or(NamedNumbers());
  NamedNumbers standard = namedNumbers(kernel.standard).value_or(NamedNumbers());
  std::map<string, int64_t> defaults(standard.begin(), standard.end());
  if (best.empty())
    return;
  table("", kernel.best ? "The default's schedule and the best" : "The default's schedule, than which none is better",
        {"parameter", "default", "best", "explains", "values tried"}, [&] {
          for (const auto &[name, value] : best)
            row([&] {
              auto effect = llvm::find_if(kernel.effects.parameters, [&](const auto &one) { return one.name == name; });
              auto found = defaults.find(name);
              bool differs = found != defaults.end() && found->second != value;
              html.element("td", {{"class", "left"}}, [&] { html.element("code", {}, name); });
              cell(found == defaults.end() ? string(none) : std::to_string(found->second));
              html.element("td", {}, [&] {
                if (differs)
                  html.element("strong", {}, std::to_string(value));
                else
                  html.text(std::to_string(value));
              });
              cell(effect == kernel.effects.parameters.end() ? string(none) : percent(effect->share));
              cell(effect == kernel.effects.parameters.end() ? string("1") : std::to_string(effect->values.size()));
            });
        });
}

void Page::effectsOf(const KernelFigures &kernel) {
  constexpr size_t most = 8;
  html.element("details", {}, [&] {
    html.element("summary", {}, [&] {
      html.text(kernel.kernel);
      string note = kernel.best ? ratioText(kernel.ratio) : "the default stays";
      for (const ParameterEffect &effect : llvm::ArrayRef(kernel.effects.parameters).take_front(3))
        note += effect.share < 0.005 ? "" : ", " + effect.name + " " + percent(effect.share);
      html.element("span", {{"class", "soft"}}, note);
    });
    html.element("div", {{"class", "figures"}}, [&] {
      for (const ParameterEffect &effect : llvm::ArrayRef(kernel.effects.parameters).take_front(most))
        drawEffect(html, effect);
    });
    schedules(kernel);
  });
}

void Page::effects(const TemplateFigures &one) {
  html.element("h3", {}, heading(one));
  if (string text = templateSentence(kindOf(one.templateName)); !text.empty())
    paragraph(text);
  effectsTable(one);
  string together;
  for (const PairEffect &pair : llvm::ArrayRef(one.pairs).take_front(3))
    if (pair.share >= 0.02)
      together += (together.empty() ? "" : ", ") + pair.first + " with " + pair.second + " " + percent(pair.share);
  if (!together.empty())
    paragraph("Together, beyond what each explains alone: " + together + ".");
  for (size_t i : one.kernels)
    effectsOf(figures.kernels[i]);
}

void Page::write() {
  html.raw("<!DOCTYPE html>\n");
  html.element("html", {{"lang", "en"}, {"xmlns", "http://www.w3.org/1999/xhtml"}}, [&] {
    html.element("head", {}, [&] {
      html.empty("meta", {{"charset", "utf-8"}});
      html.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
      html.element("title", {}, "What tuning found");
      html.element("style", {}, [&] {
        html.raw(pageStyle);
        html.raw(reportStyle);
      });
    });
    html.element("body", {}, [&] {
      head();
      if (!results.empty()) {
        html.element("h2", {}, "The whole model");
        how(explainGain);
        for (const Total &total : figures.totals)
          gain(total);
        models();
        runs();
        html.element("h2", {}, "Kernels");
        how(explainKernels);
        for (const Total &total : figures.totals)
          kernels(total);
        html.element("h2", {}, "How the search went");
        how(explainSearch);
        legend();
        for (size_t i = 0; i < figures.totals.size(); ++i)
          convergence(figures.totals[i], i);
        html.element("h2", {}, "Which parameters mattered");
        how(explainParameters);
        for (const TemplateFigures &one : figures.templates)
          effects(one);
      }
      html.element("h2", {}, "Data");
      how(explainData);
      html.element("script", {{"type", "application/json"}, {"id", "results"}},
                   [&] { html.raw(reportJson(figures, results)); });
      html.element("script", {}, [&] { html.raw(sortScript); });
    });
  });
  html.raw("\n");
}

} // namespace

string pageText(const ReportFigures &figures, const vector<Result> &results, const string &source) {
  string text;
  Page(figures, results, source, text).write();
  return text;
}

} // namespace swin::tools
