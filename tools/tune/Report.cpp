//===- Report.cpp - what tuning found, as a page --------------------------===//
#include "tools/tune/Report.h"

#include "tools/tune/ReportPage.h"

#include "llvm/ADT/StringExtras.h"

#include <set>

using llvm::Error;
using std::string;
using std::vector;
using swin::tuning::Outcome;
using swin::tuning::Result;

namespace swin::tools {
namespace {

/// Of some of a database's results the fastest confirmed one of each setting, none that a later one takes back.
std::map<tuning::Setting, Result> bestOf(const vector<Result> &results) {
  auto holds = [](Outcome outcome) { return outcome == Outcome::Measured || outcome == Outcome::Stopped; };
  std::map<std::pair<tuning::Setting, string>, const Result *> last; // confirmed and not taken back
  for (const Result &result : results) {
    auto key = std::make_pair(result.setting, result.schedule);
    if (!holds(result.outcome))
      last.erase(key);
    else if (result.confirmed)
      last[key] = &result;
  }
  std::map<tuning::Setting, Result> best;
  for (const auto &[key, result] : last) {
    auto [place, added] = best.emplace(key.first, *result);
    if (!added && place->second.times.ratio < result->times.ratio)
      place->second = *result;
  }
  return best;
}

} // namespace

Error writeReport(const tuning::Database &database, const ReportOptions &options, llvm::raw_ostream &out) {
  vector<Result> results, models;
  std::set<string> runs, cpus;
  auto take = [&](const Result &result) {
    runs.insert(result.run);
    cpus.insert(result.setting.cpu);
    bool wanted = (options.run.empty() || result.run == options.run) &&
                  llvm::StringRef(result.setting.cpu).contains_insensitive(options.cpu);
    if (wanted)
      (result.setting.templateName == tuning::modelTemplate ? models : results).push_back(result);
  };
  if (Error error = database.forEach(nullptr, take))
    return error;
  auto none = [&](const string &what, const std::set<string> &known) {
    return llvm::createStringError("'" + options.source + "' has no results of " + what +
                                   "; it has: " + (known.empty() ? "none" : llvm::join(known, "; ")));
  };
  if (!options.run.empty() && !runs.count(options.run))
    return none("run '" + options.run + "'", runs);
  if (results.empty() && !options.cpu.empty())
    return none("a CPU '" + options.cpu + "'", cpus);

  std::map<tuning::Setting, Result> best;
  if (options.run.empty()) {
    llvm::Expected<vector<Result>> all = database.best("", "", "");
    if (!all)
      return all.takeError();
    for (Result &result : *all)
      best.emplace(result.setting, std::move(result));
  } else
    best = bestOf(results);
  string source = options.source + (options.run.empty() ? "" : ", run " + options.run);
  ReportFigures figures = reportFigures(results, best);
  figures.models = std::move(models);
  out << pageText(figures, results, source);
  return Error::success();
}

} // namespace swin::tools
