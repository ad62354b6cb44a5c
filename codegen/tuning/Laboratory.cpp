//===- Laboratory.cpp - schedules are compiled, checked and timed ---------===//
#include "codegen/tuning/Laboratory.h"

#include "codegen/KernelJobs.h"
#include "codegen/tuning/LoadedKernel.h"
#include "codegen/tuning/Timing.h"
#include "codegen/tuning/Verification.h"
#include "codegen/tuning/Workers.h"
#include "tools/runner/Machine.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CrashRecoveryContext.h"

#include <algorithm>

namespace swin::tuning {
namespace {

const std::string symbol = "kernel", prefix = "tuned";

/// Why a schedule does not compile, or "".
std::string whyNot(const codegen::KernelOutcome &outcome) {
  return outcome.error.empty() ? outcome.refused : outcome.error;
}

class RealLaboratory : public Laboratory {
public:
  RealLaboratory(const Problem &problem, const LaboratoryOptions &options, codegen::ScheduleSpace space)
      : problem(problem), options(options), schedules(std::move(space)) {}

  const codegen::ScheduleSpace &space() const override { return schedules; }

  llvm::Error open() {
    standardText = scheduleText(schedules, schedules.standard);
    codegen::KernelOutcome outcome = compile({standardText}).front();
    if (std::string why = whyNot(outcome); !why.empty())
      return fail(why);
    auto loaded = load(outcome);
    if (!loaded)
      return loaded.takeError();
    standard = std::move(*loaded);
    auto made = Verification::make(problem, options.seed);
    if (!made)
      return made.takeError();
    verification.emplace(std::move(*made));
    auto calls = Timing::make(problem, options.threads, options.seed);
    if (!calls)
      return calls.takeError();
    timing.emplace(std::move(*calls));
    auto verdict = verify(standard);
    if (!verdict)
      return verdict.takeError();
    return verdict->message.empty() ? llvm::Error::success() : fail(verdict->message);
  }

  std::vector<Result> run(const std::vector<codegen::ScheduleNumbers> &wanted, const TrialOptions &trial,
                          const std::function<void(const std::string &)> &before) override {
    std::vector<std::string> texts;
    for (const codegen::ScheduleNumbers &numbers : wanted)
      texts.push_back(scheduleText(schedules, numbers));
    std::vector<codegen::KernelOutcome> outcomes = compile(texts);
    std::vector<Result> results;
    for (auto [text, outcome] : llvm::zip(texts, outcomes)) {
      if (isCancelled())
        break;
      Result result = resultOf(text);
      bool isDone = true;
      if (std::string why = whyNot(outcome); !why.empty()) {
        result.outcome = Outcome::Failed;
        result.message = why;
      } else if (llvm::Error error = tryOut(outcome, trial, before, result, isDone)) {
        result.outcome = Outcome::Failed;
        result.message = llvm::toString(std::move(error));
      }
      if (!isDone)
        break;
      results.push_back(std::move(result));
    }
    return results;
  }

private:
  llvm::Error fail(const std::string &why) const {
    return llvm::createStringError("@" + problem.graph.name + " (" + options.isa + ") by the default schedule: " + why);
  }
  bool isCancelled() const { return options.cancelled && *options.cancelled; }

  Result resultOf(const std::string &text) const {
    Result result;
    result.setting.signature = problem.signature.hash;
    result.setting.isa = options.isa;
    result.setting.templateName = schedules.templateName;
    result.kernel = problem.graph.name;
    result.structure = problem.signature.structure;
    result.extents = problem.signature.extents;
    result.sizes = problem.sizes();
    result.macs = problem.macs();
    result.threads = *std::max_element(options.threads.begin(), options.threads.end());
    result.schedule = text;
    result.standard = text == standardText;
    return result;
  }

  std::vector<codegen::KernelOutcome> compile(const std::vector<std::string> &texts) const {
    if (options.compile)
      return options.compile(texts);
    std::vector<codegen::KernelJob> jobs;
    for (const std::string &text : texts)
      jobs.push_back({problem.graph, options.isa, symbol, text});
    codegen::KernelJobsOptions how;
    how.prefix = prefix;
    how.threads = options.builders;
    how.cancelled = options.cancelled;
    return codegen::compileKernels(jobs, how);
  }

  static llvm::Expected<RunnableKernel> load(const codegen::KernelOutcome &outcome) {
    auto code = LoadedKernel::load(outcome.object, symbol, workersRuntime(prefix));
    if (!code)
      return code.takeError();
    return RunnableKernel{std::move(*code), outcome.scratchBytes};
  }

  llvm::Expected<Verdict> verify(const RunnableKernel &kernel) {
    auto small = verification->check(kernel);
    if (!small || !small->message.empty())
      return small;
    auto large = timing->compare(standard, kernel);
    if (large)
      large->error = std::max(large->error, small->error);
    return large;
  }

  /// isDone becomes false if the trial was cancelled.
  llvm::Error tryOut(const codegen::KernelOutcome &outcome, const TrialOptions &trial,
                     const std::function<void(const std::string &)> &before, Result &result, bool &isDone) {
    auto kernel = load(outcome);
    if (!kernel)
      return kernel.takeError();
    if (before)
      before(result.schedule);
    auto verdict = verify(*kernel);
    if (!verdict)
      return verdict.takeError();
    result.error = verdict->error;
    if (verdict->message.empty()) {
      std::optional<Verdict> timed = timing->measure(standard, *kernel, trial, options.cancelled, result.times);
      isDone = timed.has_value();
      if (timed)
        *verdict = *timed;
    }
    result.outcome = verdict->outcome;
    result.message = verdict->message;
    return llvm::Error::success();
  }

  Problem problem;
  LaboratoryOptions options;
  codegen::ScheduleSpace schedules;
  std::string standardText;
  RunnableKernel standard;
  std::optional<Verification> verification;
  std::optional<Timing> timing;
};

} // namespace

llvm::Expected<std::unique_ptr<Laboratory>> openLaboratory(const Problem &problem, const LaboratoryOptions &options) {
  auto refuse = [](const llvm::Twine &why) { return llvm::createStringError(why); };
  if (!swin_workers_can_run(options.isa.c_str()))
    return refuse("this machine cannot run " + options.isa);
  if (options.threads.empty() ||
      llvm::any_of(options.threads, [](int count) { return count < 1 || count > runner::maxThreads; }))
    return refuse("numbers of threads are from 1 to " + llvm::Twine(runner::maxThreads));
  if (problem.graph.numArgs + 2 * problem.graph.numActivations > mostArguments)
    return refuse("@" + problem.graph.name + " has more than " + llvm::Twine(mostArguments) + " arguments");
  codegen::ScheduleSpace space = codegen::scheduleSpace(problem.graph, options.isa);
  if (!space.error.empty())
    return refuse("@" + problem.graph.name + " (" + options.isa + "): " + space.error);
  llvm::CrashRecoveryContext::Enable();
  auto laboratory = std::make_unique<RealLaboratory>(problem, options, std::move(space));
  if (llvm::Error error = laboratory->open())
    return error;
  return laboratory;
}

double measurePeak(const std::string &isa, const std::vector<int> &threads) {
  constexpr double seconds = 0.1;
  double time = 0;
  for (int count : threads)
    time += 1 / runner::fmaPeak(runner::vectorLanes(isa), count, seconds);
  return 1e-9 / time;
}

} // namespace swin::tuning
