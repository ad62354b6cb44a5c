//===- Laboratory.h - schedules are compiled, checked and timed -----------===//
#ifndef SWIN_CODEGEN_TUNING_LABORATORY_H
#define SWIN_CODEGEN_TUNING_LABORATORY_H

#include "codegen/KernelJobs.h"
#include "codegen/ScheduleSpace.h"
#include "codegen/tuning/Problem.h"
#include "codegen/tuning/Result.h"

#include "llvm/Support/Error.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace swin::tuning {

/// How much is done for a trial.
struct TrialOptions {
  /// A trial stops early that is so many times slower than `best` after a few rounds, and sooner the more rounds agree.
  double hopeless = 1.03;
  double best = 0;       ///< ratio (Times) of the best schedule so far; 0 = none
  bool thorough = false; ///< more rounds: to confirm a winner
};

/// One problem for one instruction set: where schedules are tried. The default schedule is compiled, checked and timed
/// beside each.
class Laboratory {
public:
  virtual ~Laboratory() = default;
  virtual const codegen::ScheduleSpace &space() const = 0;
  /// Of these schedules, what came of each, in order; they are built in parallel, run one after the other and nothing
  /// else runs meanwhile. When it is cancelled there are results of the first ones only. Fields of a Result that say
  /// where and by whom it was made are left to the caller; a Stopped one has no warm times.
  /// `before` is called before a schedule runs for the first time.
  virtual std::vector<Result> run(const std::vector<codegen::ScheduleNumbers> &schedules, const TrialOptions &options,
                                  const std::function<void(const std::string &schedule)> &before) = 0;
};

struct LaboratoryOptions {
  std::string isa;
  /// Each is timed; Times are sums over them, Result::threads is the largest, and a schedule that is slower than the
  /// default by 1 % with one of them is Stopped.
  std::vector<int> threads = {1};
  unsigned builders = 0; ///< threads that compile; 0 = one per core
  unsigned seed = 1;     ///< of the numbers that kernels get
  const std::atomic<bool> *cancelled = nullptr;
  /// Takes the place of the kernel compiler: canonical objects of these schedules, whose symbol is "kernel" and whose
  /// prefix "tuned"; null = compileKernels.
  std::function<std::vector<codegen::KernelOutcome>(const std::vector<std::string> &schedules)> compile;
};

/// The real one. Error: the default schedule does not compile, or computes something wrong.
llvm::Expected<std::unique_ptr<Laboratory>> openLaboratory(const Problem &problem, const LaboratoryOptions &options);

/// What a laboratory of records says, as Outcome::Failed, of a schedule that it has no result of.
inline constexpr const char *notRecorded = "not recorded";

/// One that has only what was measured before, `results` of one problem and instruction set, in order. Of a schedule
/// with several results a thorough run gives the last one, others the first.
std::unique_ptr<Laboratory> replayLaboratory(codegen::ScheduleSpace space, std::vector<Result> results);

/// Multiply-adds a second that threads can do at most with this instruction set, in 1e9, measured now; of several
/// numbers of threads, what the same work costs with each of them, one after the other: 1 / (1 / p1 + 1 / p2 ...).
double measurePeak(const std::string &isa, const std::vector<int> &threads);

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_LABORATORY_H
