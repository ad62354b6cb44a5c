//===- Timing.h - a schedule's time beside the default's ------------------===//
#ifndef SWIN_CODEGEN_TUNING_TIMING_H
#define SWIN_CODEGEN_TUNING_TIMING_H

#include "codegen/tuning/Laboratory.h"
#include "codegen/tuning/Verification.h"

#include "llvm/Support/Error.h"

#include <atomic>
#include <memory>
#include <vector>

namespace swin::tuning {

/// The calls of a problem with memory for them. Constants lie in several copies, more of them than the third cache
/// holds, so that each call finds its weights in memory, as in a model's run; activations are what the call before left
/// in the caches.
class Timing {
public:
  /// Error: there is no memory, or a buffer would have 2^31 or more values.
  static llvm::Expected<Timing> make(const Problem &problem, const std::vector<int> &threads, unsigned seed);

  /// Runs both at all sizes of the problem with each number of threads and compares what they compute: results of the
  /// default schedule, which is right, stand for the reference, which would take too long.
  llvm::Expected<Verdict> compare(const RunnableKernel &standard, const RunnableKernel &kernel);

  /// Both have been compared. Outcome: Measured, or Stopped with the reason. Nothing if `cancelled` became true.
  std::optional<Verdict> measure(const RunnableKernel &standard, const RunnableKernel &kernel,
                                 const TrialOptions &options, const std::atomic<bool> *cancelled, Times &times);

private:
  /// A call of one size.
  struct Call {
    CallSize size;
    std::vector<Guarded> activations;
    ref::Tensor expected; ///< by the default schedule, once it has run
    int64_t repeats = 1;  ///< calls that are timed together
  };
  /// Of one round: what a side took for all calls (ms), with each number of threads.
  using Round = std::vector<double>;

  llvm::Error openWorkers(int64_t scratchBytes);
  std::vector<FloatSpan> spans(const Call &call, size_t copy) const;
  double time(const RunnableKernel &kernel, size_t pool, const Call &call, bool cold);
  /// Each side's round; who is first alternates.
  std::array<Round, 2> round(const RunnableKernel &standard, const RunnableKernel &kernel, int64_t number, bool cold);

  codegen::KernelGraph graph;
  std::vector<int> threads;
  std::vector<Workers> workers; ///< for each number of threads
  int64_t scratchBytes = -1;    ///< that they have
  std::vector<Call> calls;
  Guarded result; ///< of the largest call
  std::vector<Pages> constants;
  std::vector<std::pair<int64_t, int64_t>> places; ///< of a copy's constants: begin and size in floats
  double measured = 0;                             ///< milliseconds, of all calls since a comparison began
  size_t next = 0;                                 ///< copy
};

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_TIMING_H
