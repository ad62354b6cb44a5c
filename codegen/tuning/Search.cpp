//===- Search.cpp - the schedules of a model's kernels are looked for -----===//
#include "codegen/tuning/Search.h"

#include "codegen/tuning/Strategy.h"
#include "codegen/tuning/Walk.h"

#include <algorithm>
#include <chrono>
#include <map>

using swin::codegen::ScheduleNumbers;
using swin::codegen::ScheduleSpace;

namespace swin::tuning {
namespace {

/// Schedules that are built at once; not by the number of cores, so that a replay proposes the same.
constexpr size_t batchSize = 4;
/// Where time is to be shared out, a kernel's search ends that has found nothing better, by this factor, in so many
/// trials.
constexpr int64_t patience = 96;
constexpr double worthwhile = 1.002;
/// A replay ends that was asked for so many schedules in a row which it does not have.
constexpr int64_t replayPatience = 64;
/// What a schedule must gain to be worth a difference from the default rule: above what two measurements differ by.
constexpr double leastRatio = 1.005;
/// Winners that are measured again at most.
constexpr int mostConfirmations = 4;
/// The part of a kernel's time that is left for these.
constexpr double confirming = 0.1;
constexpr int64_t mostCounted = 1 << 14;

using Clock = std::chrono::steady_clock;
double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// 0 = it does not work.
double ratioOf(const Result &result) {
  switch (result.outcome) {
  case Outcome::Measured:
  case Outcome::Stopped:
    return result.times.ratio;
  case Outcome::Withdrawn: // right, but not to be chosen
    return std::min(result.times.ratio, 1.0);
  case Outcome::Wrong:
  case Outcome::Failed:
  case Outcome::Crashed:
    break;
  }
  return 0;
}

/// The best schedules, as text, of kernels that are done, for others of the same structure on the same instruction set
/// to begin with.
using Hints = std::map<std::pair<std::string, std::string>, std::vector<std::string>>;

/// One kernel for one instruction set.
class Hunt {
public:
  Hunt(const Problem &problem, const std::string &isa, Laboratory &laboratory, Database *database,
       const SearchOptions &options, Clock::time_point begin)
      : problem(problem), laboratory(laboratory), space(laboratory.space()), database(database), options(options),
        begin(begin) {
    found.kernel = problem.graph.name;
    found.isa = isa;
    found.setting = {problem.signature.hash, isa, cpuName(), compilerVersion(), space.templateName};
    found.schedule = codegen::scheduleText(space, space.standard);
    strategy = makeStrategy(options.strategy.empty() ? defaultStrategy : options.strategy, space, extentOf(problem),
                            options.seed);
  }

  /// Errors: of the database.
  llvm::Error run(double seconds, double peak, const std::vector<std::string> &hints,
                  const std::function<void(const Hunt &)> &progress) {
    this->peak = peak;
    for (const std::string &hint : hints)
      if (auto numbers = codegen::scheduleNumbers(space, hint))
        if (auto legal = space.settle(*numbers))
          wishes.push_back(*legal);
    wishes.push_back(space.standard); // the first that is tried: how much the default differs from itself
    if (llvm::Error error = learnFromOthers())
      return error;
    found.known = static_cast<int64_t>(trials.size());
    auto all = allSchedules(space, mostCounted);
    legal = all ? static_cast<int64_t>(all->size()) : 0;
    progress(*this);
    Clock::time_point start = Clock::now();
    double slowest = 0; // seconds that a batch took
    while (!isCancelled() && missing < replayPatience) {
      if (options.trials > 0 ? found.tried >= options.trials : sinceBest >= patience)
        break;
      double spent = secondsSince(start);
      if (seconds > 0 && spent + slowest > seconds * (1 - confirming))
        break;
      std::vector<ScheduleNumbers> batch = nextBatch();
      if (batch.empty())
        break;
      if (llvm::Error error = tryAll(batch, /*thorough=*/false))
        return error;
      slowest = std::max(slowest, secondsSince(start) - spent);
      progress(*this);
    }
    if (llvm::Error error = confirm())
      return error;
    found.results = number;
    return takeBest();
  }

  Found found;
  int64_t legal = 0;
  double best = 1; ///< ratio

private:
  bool isCancelled() const { return options.cancelled && *options.cancelled; }

  std::vector<ScheduleNumbers> nextBatch() {
    size_t most = batchSize;
    if (options.trials > 0)
      most = static_cast<size_t>(std::min<int64_t>(static_cast<int64_t>(most), options.trials - found.tried));
    std::vector<ScheduleNumbers> batch;
    while (batch.size() < most && !wishes.empty()) {
      ScheduleNumbers wish = std::move(wishes.back());
      wishes.pop_back();
      if (!trials.contains(wish) && std::ranges::find(batch, wish) == batch.end()) {
        strategy->learn(wish, 1); // not to be proposed
        batch.push_back(std::move(wish));
      }
    }
    for (ScheduleNumbers &next : strategy->propose(most - batch.size()))
      batch.push_back(std::move(next));
    return batch;
  }

  /// Where this kernel's results of other runs are learned as they come.
  llvm::Error learnFromOthers() {
    if (!database)
      return llvm::Error::success();
    size_t number = 0;
    return database->forEach(&found.setting, [&](const Result &result) {
      if (number++ < seen)
        return;
      seen = number;
      if (result.run != options.run && result.sizes == problem.sizes() && result.threads == threads())
        if (auto numbers = codegen::scheduleNumbers(space, result.schedule))
          learn(*numbers, result);
    });
  }

  void learn(const ScheduleNumbers &numbers, const Result &result) {
    double ratio = ratioOf(result);
    strategy->learn(numbers, ratio);
    trials[numbers] = {ratio, result.confirmed, result.outcome == Outcome::Measured && numbers != space.standard};
    if (result.standard || found.standardMilliseconds == 0)
      found.standardMilliseconds = result.times.standardCold;
    if (result.outcome == Outcome::Measured && !result.standard)
      best = std::max(best, ratio);
  }

  /// How many threads results are for: one number stands for a list by its largest.
  int threads() const { return *std::ranges::max_element(options.threads); }

  /// All that is known of a trial before it has begun.
  Result attempt(const ScheduleNumbers &numbers) {
    Result result;
    result.schedule = codegen::scheduleText(space, numbers);
    result.standard = numbers == space.standard;
    result.setting = found.setting;
    result.kernel = problem.graph.name;
    result.structure = problem.signature.structure;
    result.extents = problem.signature.extents;
    result.sizes = problem.sizes();
    result.macs = problem.macs();
    result.threads = threads();
    result.peak = peak;
    result.run = options.run;
    result.strategy = options.strategy.empty() ? defaultStrategy : options.strategy;
    result.seed = static_cast<int64_t>(options.seed);
    result.number = ++number;
    return result;
  }

  /// What a laboratory says, of this attempt.
  Result outcomeOf(Result attempt, const Result &said) const {
    attempt.outcome = said.outcome;
    attempt.message = said.message;
    attempt.error = said.error;
    attempt.times = said.times;
    // Records are of another time.
    attempt.peak = options.laboratory ? said.peak : peak;
    attempt.seconds = options.laboratory ? said.seconds : secondsSince(begin);
    return attempt;
  }

  llvm::Error keep(const Result &result) {
    if (database)
      if (llvm::Error error = database->append(result))
        return error;
    if (options.record)
      options.record(result);
    return llvm::Error::success();
  }

  llvm::Error tryAll(const std::vector<ScheduleNumbers> &batch, bool thorough) {
    llvm::Error failure = llvm::Error::success();
    TrialOptions how;
    how.best = thorough ? 0 : best;
    how.thorough = thorough;
    std::vector<Result> attempts;
    for (const ScheduleNumbers &numbers : batch)
      attempts.push_back(attempt(numbers));
    std::vector<Result> said = laboratory.run(batch, how, [&](const std::string &schedule) {
      auto begun = std::ranges::find(attempts, schedule, &Result::schedule);
      if (database && !failure && begun != attempts.end())
        failure = database->begin(*begun);
    });
    for (size_t i = 0; i < said.size() && !failure; ++i) {
      if (said[i].outcome == Outcome::Failed && said[i].message == notRecorded) {
        ++missing;
        strategy->learn(batch[i], 0);
        continue;
      }
      missing = 0;
      double before = best;
      Result result = outcomeOf(std::move(attempts[i]), said[i]);
      result.confirmed = thorough && result.outcome == Outcome::Measured && result.times.ratio > leastRatio;
      learn(batch[i], result);
      sinceBest = best > before * worthwhile ? 0 : sinceBest + 1;
      found.tried += !thorough;
      if (result.confirmed)
        found.confirmed.push_back(result);
      failure = keep(result);
    }
    if (failure)
      return failure;
    return learnFromOthers();
  }

  /// Measures the fastest again until one of them is faster than all that were not measured again. What was the best of
  /// many has been lucky, too, so the second may win.
  llvm::Error confirm() {
    for (int i = 0; i < mostConfirmations && !isCancelled(); ++i) {
      std::optional<ScheduleNumbers> next;
      double most = leastRatio;
      for (const auto &[numbers, trial] : trials)
        if (trial.ratio > most && (trial.isCandidate || trial.isConfirmed)) {
          most = trial.ratio;
          next = trial.isConfirmed ? std::nullopt : std::optional(numbers);
        }
      if (!next)
        break;
      if (llvm::Error error = tryAll({*next}, /*thorough=*/true))
        return error;
      trials[*next].isCandidate = false;
    }
    return llvm::Error::success();
  }

  llvm::Error takeBest() {
    std::optional<Result> chosen;
    if (database) {
      auto kept = database->best(found.setting);
      if (!kept)
        return kept.takeError();
      chosen = std::move(*kept);
    } else if (!found.confirmed.empty()) {
      chosen = *std::ranges::max_element(found.confirmed, {}, [](const Result &result) { return result.times.ratio; });
    }
    if (chosen) {
      found.ratio = chosen->times.ratio;
      found.schedule = chosen->schedule;
    }
    return llvm::Error::success();
  }

  struct Trial {
    double ratio = 0;
    bool isConfirmed = false;
    bool isCandidate = false; ///< it would be chosen if it were confirmed
  };

  const Problem &problem;
  Laboratory &laboratory;
  const ScheduleSpace &space;
  Database *database;
  const SearchOptions &options;
  Clock::time_point begin;
  double peak = 0;
  std::unique_ptr<Strategy> strategy;
  std::vector<ScheduleNumbers> wishes;     ///< to be tried first, the last one first
  std::map<ScheduleNumbers, Trial> trials; ///< the last result of each
  size_t seen = 0;                         ///< of the database's results of this setting
  int64_t number = 0, sinceBest = 0, missing = 0;
};

class Searcher {
public:
  Searcher(const std::vector<Problem> &problems, Database *database, const SearchOptions &options,
           const std::function<void(const SearchProgress &)> &progress)
      : problems(problems), database(database), options(options), tell(progress) {}

  SearchOutcome run() {
    double weights = 0;
    for (const Problem &problem : problems)
      weights += weightOf(problem) * static_cast<double>(options.isas.size());
    if (database && !note(database->settleUnfinished(options.run)))
      takeHints();
    for (const Problem &problem : problems)
      for (const std::string &isa : options.isas) {
        if (isCancelled() || (options.seconds > 0 && left() <= 0))
          break;
        double seconds = options.seconds > 0 ? left() * weightOf(problem) / weights : 0;
        weights -= weightOf(problem);
        ++at;
        hunt(problem, isa, seconds);
      }
    outcome.cancelled = isCancelled();
    return std::move(outcome);
  }

private:
  bool isCancelled() const { return options.cancelled && *options.cancelled; }
  double left() const { return options.seconds - secondsSince(begin); }

  /// Of the time: by multiply-adds, but something for each.
  double weightOf(const Problem &problem) const {
    double all = 0;
    for (const Problem &one : problems)
      all += static_cast<double>(one.macs());
    double mean = all / static_cast<double>(problems.size());
    return static_cast<double>(problem.macs()) + 0.25 * mean + 1;
  }

  bool note(llvm::Error error) {
    bool failed = bool(error);
    if (failed)
      outcome.errors.push_back(llvm::toString(std::move(error)));
    return failed;
  }

  void takeHints() {
    for (const std::string &isa : options.isas) {
      auto best = database->best(isa, cpuName(), compilerVersion());
      if (!best) {
        note(best.takeError());
        continue;
      }
      for (const Result &result : *best)
        hints[{result.structure, isa}].push_back(result.schedule);
    }
  }

  double peakOf(const std::string &isa) {
    if (options.laboratory)
      return 0;
    auto [entry, isNew] = peaks.try_emplace(isa, 0);
    if (isNew)
      entry->second = measurePeak(isa, options.threads);
    return entry->second;
  }

  void hunt(const Problem &problem, const std::string &isa, double seconds) {
    Clock::time_point start = Clock::now();
    SearchProgress now{problem.graph.name, isa, at, problems.size() * options.isas.size(), 0, 0, 1, 0};
    auto say = [&] {
      now.secondsLeft = options.seconds > 0 ? std::max(left(), 0.0) : 0;
      if (tell)
        tell(now);
    };
    say();
    LaboratoryOptions how;
    how.isa = isa;
    how.threads = options.threads;
    how.seed = static_cast<unsigned>(options.seed);
    how.cancelled = options.cancelled;
    auto laboratory = options.laboratory ? options.laboratory(problem, how) : openLaboratory(problem, how);
    if (!laboratory) {
      std::string why = llvm::toString(laboratory.takeError());
      if (!isCancelled())
        outcome.errors.push_back(problem.graph.name + " for " + isa + ": " + why);
      return;
    }
    Hunt hunt(problem, isa, **laboratory, database, options, begin);
    double rest = seconds > 0 ? std::max(seconds - secondsSince(start), 1e-3) : 0;
    std::vector<std::string> &known = hints[{problem.signature.structure, isa}];
    note(hunt.run(rest, peakOf(isa), known, [&](const Hunt &state) {
      now.tried = state.found.tried;
      now.legal = state.legal;
      now.best = state.best;
      say();
    }));
    if (hunt.found.ratio > 1)
      known.push_back(hunt.found.schedule);
    if (options.done)
      options.done(hunt.found);
    outcome.found.push_back(std::move(hunt.found));
  }

  const std::vector<Problem> &problems;
  Database *database;
  const SearchOptions &options;
  const std::function<void(const SearchProgress &)> &tell;
  SearchOutcome outcome;
  Clock::time_point begin = Clock::now();
  size_t at = 0;
  std::map<std::string, double> peaks; ///< of an instruction set
  Hints hints;
};

} // namespace

codegen::KernelExtent extentOf(const Problem &problem) {
  codegen::KernelExtent extent;
  int64_t most = -1;
  for (const CallSize &call : problem.calls)
    if (call.macs * call.calls > most) {
      most = call.macs * call.calls;
      extent = {call.batch, call.height, call.width};
    }
  return extent;
}

SearchOutcome search(const std::vector<Problem> &problems, Database *database, const SearchOptions &options,
                     const std::function<void(const SearchProgress &)> &progress) {
  return Searcher(problems, database, options, progress).run();
}

} // namespace swin::tuning
