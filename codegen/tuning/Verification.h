//===- Verification.h - whether a kernel computes what it means -----------===//
#ifndef SWIN_CODEGEN_TUNING_VERIFICATION_H
#define SWIN_CODEGEN_TUNING_VERIFICATION_H

#include "codegen/tuning/KernelMemory.h"
#include "codegen/tuning/LoadedKernel.h"
#include "codegen/tuning/Problem.h"
#include "codegen/tuning/Result.h"
#include "codegen/tuning/Workers.h"

#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace swin::tuning {

struct CloseWorkers {
  void operator()(swin_workers *workers) const { swin_workers_close(workers); }
};
using Workers = std::unique_ptr<swin_workers, CloseWorkers>;

/// A kernel that can be called.
struct RunnableKernel {
  LoadedKernel code;
  int64_t scratchBytes = 0; ///< of a thread
};

/// What came of running a kernel: Outcome::Measured where nothing is wrong.
struct Verdict {
  Outcome outcome = Outcome::Measured;
  std::string message; ///< what is wrong, a sentence
  double error = 0;    ///< largest difference as a part of the magnitude
};

/// Largest difference that a right kernel may have, as a part of its result's magnitude: sums of f32 that are
/// associated otherwise than the reference's.
double errorLimit(const codegen::KernelGraph &graph);

/// Calls a kernel on its arguments and a result behind them. A crash on this thread is a verdict.
Verdict runGuarded(const RunnableKernel &kernel, const codegen::KernelGraph &graph, swin_workers *workers,
                   const CallSize &size, const std::vector<FloatSpan> &spans);

/// A kernel's results by the interpreter, at small sizes that are no multiples of windows and blocks where it can have
/// such, on arguments that are hard on it.
class Verification {
public:
  /// Error: the kernel has no size that the interpreter accepts.
  static llvm::Expected<Verification> make(const Problem &problem, unsigned seed);

  /// Runs the kernel at each size, with one thread and with three, whose bits must be the same; nothing outside of the
  /// result may be written and no more scratch be used than was said.
  llvm::Expected<Verdict> check(const RunnableKernel &kernel);

private:
  struct Case {
    CallSize size;
    std::vector<ref::Tensor> arguments;
    ref::Tensor expected;
    std::vector<Guarded> buffers; ///< the arguments, then the result; none before a check and behind one that failed
  };
  llvm::Error takeBuffers(Case &test) const;
  llvm::Expected<Verdict> check(const RunnableKernel &kernel, Case &test);

  codegen::KernelGraph graph;
  std::vector<Case> cases;
};

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_VERIFICATION_H
