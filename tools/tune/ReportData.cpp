//===- ReportData.cpp - the figures of a report, without drawing ----------===//
#include "tools/tune/ReportData.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

using std::vector;
using swin::tuning::Outcome;
using swin::tuning::Result;

namespace swin::tools {
namespace {

/// The default's last result or, without one, the last of any that is timed.
const Result *standardResult(const vector<const Result *> &results) {
  const Result *found = nullptr;
  for (const Result *result : results)
    if (isTimed(*result) && (!found || result->standard || !found->standard))
      found = result;
  return found;
}

/// The default's least time beside any schedule, at the sizes and with the threads of `like`. Of what is noise nothing
/// makes a kernel faster.
double leastStandard(const vector<const Result *> &results, const Result &like, double tuning::Times::*time) {
  double least = 0;
  for (const Result *result : results)
    if (isTimed(*result) && result->sizes == like.sizes && result->threads == like.threads && result->times.*time > 0)
      least = least > 0 ? std::min(least, result->times.*time) : result->times.*time;
  return least;
}

vector<Curve> curvesOf(const vector<const Result *> &results) {
  std::map<std::string, vector<const Result *>> byRun;
  vector<std::string> order;
  for (const Result *result : results) {
    vector<const Result *> &list = byRun[result->run];
    if (list.empty())
      order.push_back(result->run);
    list.push_back(result);
  }
  vector<Curve> curves;
  for (const std::string &run : order) {
    vector<const Result *> &list = byRun[run];
    std::stable_sort(list.begin(), list.end(), [](auto *a, auto *b) { return a->number < b->number; });
    Curve curve{run, list.front()->strategy, {}};
    Curve::Point last{0, 0, 0};
    std::set<std::string> known;
    for (const Result *result : list) {
      last.number = std::max<int64_t>(0, result->number);
      last.seconds = std::isfinite(result->seconds) ? std::max(0.0, result->seconds - list.front()->seconds) : 0;
      // What is measured again, to confirm it, is no new trial.
      if (!known.insert(result->schedule).second || result->confirmed || result->outcome != Outcome::Measured ||
          !isTimed(*result) || result->times.ratio <= last.ratio)
        continue;
      last.ratio = result->times.ratio;
      curve.points.push_back(last);
    }
    if (!curve.points.empty() && curve.points.back().number < last.number)
      curve.points.push_back(last);
    if (!curve.points.empty())
      curves.push_back(std::move(curve));
  }
  return curves;
}

KernelFigures kernelFigures(const vector<const Result *> &results, const Result *best) {
  KernelFigures figures;
  std::set<std::string> schedules;
  for (const Result *result : results) {
    ++figures.outcomes[std::min<size_t>(size_t(result->outcome), figures.outcomes.size() - 1)];
    schedules.insert(result->schedule);
    if (result->standard)
      figures.standard = result->schedule;
  }
  figures.tried = int64_t(schedules.size());
  const Result *last = results.back();
  figures.setting = last->setting;
  if (best && isTimed(*best) && best->times.ratio > 1 && !best->standard)
    figures.best = *best;
  const Result *timed = standardResult(results);
  const Result *named = timed ? timed : last;
  figures.kernel = named->kernel;
  figures.sizes = named->sizes;
  figures.macs = named->macs;
  figures.threads = named->threads;
  figures.peak = std::isfinite(named->peak) && named->peak > 0 ? named->peak : 0;
  if (timed) {
    figures.standardCold = leastStandard(results, *timed, &tuning::Times::standardCold);
    figures.standardWarm = leastStandard(results, *timed, &tuning::Times::standardWarm);
    figures.itself = timed->standard ? timed->times.ratio : 0;
  }
  if (figures.best)
    figures.ratio = figures.best->times.ratio;
  figures.curves = curvesOf(results);
  figures.effects = effectsOf(results, figures.standard);
  std::optional<NamedNumbers> numbers = figures.best ? namedNumbers(figures.best->schedule) : std::nullopt;
  for (ParameterEffect &effect : figures.effects.parameters)
    for (const auto &[name, number] : numbers.value_or(NamedNumbers()))
      if (name == effect.name)
        effect.best = number;
  return figures;
}

/// Adds the kernel to the parts of the runs that have timed it.
void addToRuns(std::map<std::pair<std::string, std::string>, RunFigures *> &runs, const KernelFigures &kernel,
               const vector<Result> &results) {
  std::map<std::string, vector<const Result *>> byRun;
  for (size_t i : kernel.results)
    byRun[results[i].run].push_back(&results[i]);
  for (const auto &[id, list] : byRun) {
    RunFigures &run = *runs.at({id, kernel.setting.isa});
    ++run.kernels;
    const Result *standard = standardResult(list);
    if (!standard)
      continue;
    // The best's ratio where it was measured at this run's sizes, if it was.
    double ratio = kernel.ratio;
    for (const Result *result : list)
      if (kernel.best && isTimed(*result) && result->schedule == kernel.best->schedule && result->confirmed)
        ratio = result->times.ratio;
    double time = leastStandard(list, *standard, &tuning::Times::standardCold);
    run.standard += time;
    run.best += time / ratio;
  }
}

vector<RunFigures> runsOf(const vector<Result> &results, const vector<KernelFigures> &kernels) {
  std::map<std::pair<std::string, std::string>, size_t> places;
  vector<RunFigures> runs;
  for (const Result &result : results) {
    auto [place, added] = places.emplace(std::make_pair(result.run, result.setting.isa), runs.size());
    if (added)
      runs.push_back({result.run, result.strategy, result.setting.isa, result.setting.cpu, result.setting.compiler,
                      result.seed, 0, 0, result.threads, 0, 0, 0, 0});
    RunFigures &run = runs[place->second];
    ++run.results;
    run.confirmed += result.confirmed;
    if (std::isfinite(result.seconds))
      run.seconds = std::max(run.seconds, result.seconds);
  }
  std::map<std::pair<std::string, std::string>, RunFigures *> byName;
  for (const auto &[name, place] : places)
    byName[name] = &runs[place];
  for (const KernelFigures &kernel : kernels)
    addToRuns(byName, kernel, results);
  return runs;
}

vector<Total> totalsOf(const vector<KernelFigures> &kernels) {
  vector<Total> totals;
  for (size_t i = 0; i < kernels.size(); ++i) {
    const KernelFigures &kernel = kernels[i];
    const tuning::Setting &setting = kernel.setting;
    if (totals.empty() || totals.back().isa != setting.isa || totals.back().cpu != setting.cpu ||
        totals.back().compiler != setting.compiler)
      totals.push_back({setting.isa, setting.cpu, setting.compiler, 0, 0, 0, {}});
    Total &total = totals.back();
    total.standard += kernel.standardCold;
    total.best += kernel.bestCold();
    total.kernels.push_back(i);
    total.improved += kernel.best.has_value();
  }
  return totals;
}

} // namespace

bool isTimed(const Result &result) {
  auto sound = [](double value) { return std::isfinite(value) && value > 0; };
  return (result.outcome == Outcome::Measured || result.outcome == Outcome::Stopped) && sound(result.times.ratio) &&
         sound(result.times.cold) && sound(result.times.standardCold);
}

ReportFigures reportFigures(const vector<Result> &results, const std::map<tuning::Setting, Result> &best) {
  std::map<tuning::Setting, vector<size_t>> bySetting;
  for (size_t i = 0; i < results.size(); ++i)
    bySetting[results[i].setting].push_back(i);
  ReportFigures figures;
  for (auto &[setting, indices] : bySetting) {
    vector<const Result *> list;
    for (size_t i : indices)
      list.push_back(&results[i]);
    auto found = best.find(setting);
    figures.kernels.push_back(kernelFigures(list, found == best.end() ? nullptr : &found->second));
    figures.kernels.back().results = std::move(indices);
  }
  // "x86-64-v4" before "x86-64-v3", as everywhere.
  std::stable_sort(figures.kernels.begin(), figures.kernels.end(), [](const auto &a, const auto &b) {
    return std::tie(a.setting.compiler, a.setting.cpu, b.setting.isa, b.standardCold) <
           std::tie(b.setting.compiler, b.setting.cpu, a.setting.isa, a.standardCold);
  });
  figures.runs = runsOf(results, figures.kernels);
  figures.totals = totalsOf(figures.kernels);
  figures.templates = templateFigures(figures.kernels);
  return figures;
}

} // namespace swin::tools
