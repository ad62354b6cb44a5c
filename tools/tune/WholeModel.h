//===- WholeModel.h - a model with and without what was found -------------===//
#ifndef SWIN_TOOLS_TUNE_WHOLEMODEL_H
#define SWIN_TOOLS_TUNE_WHOLEMODEL_H

#include "codegen/Compile.h"
#include "tools/compile/Model.h"

#include "llvm/Support/Error.h"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace swin::tools {

/// Times of two things that took turns.
struct PairTimes {
  double standard = 0, tuned = 0; ///< milliseconds, the least of all rounds
  double ratio = 1;               ///< median over rounds of standard / tuned: more than 1 is faster
  double uncertainty = 0;         ///< standard error of that median
  int rounds = 0;
  /// Slower by more than chance: two standard errors.
  bool isSlower() const { return ratio + 2 * uncertainty < 1; }
};

/// Runs both in turn, the first one alternating, for at least `rounds` rounds, and until `seconds` are over; each side
/// of a round so often that it takes some milliseconds. They return what is wrong, or "". Error: that.
llvm::Expected<PairTimes> timePair(const std::function<std::string()> &standard,
                                   const std::function<std::string()> &tuned, int rounds, double seconds,
                                   const std::atomic<bool> *cancelled);

struct WholeModelOptions {
  std::vector<std::string> isas; ///< of this machine
  std::vector<int> threads;
  int64_t batch = 1, height = 0, width = 0;
  codegen::ScheduleSource schedules; ///< what is compared with the default rule
  codegen::ProductFiles files;
  std::string cache;  ///< of compiled kernels; "" = none
  unsigned jobs = 0;  ///< threads that compile; 0 = one per core
  double seconds = 2; ///< of measuring, for each instruction set and number of threads
  bool fastMatmul = false;
  std::function<void(const std::string &)> progress;
  const std::atomic<bool> *cancelled = nullptr;
};

struct WholeModelTimes {
  std::string isa;
  int threads = 1;
  PairTimes times;
};

/// Compiles the model, which `load` makes anew each time, twice as a library in a temporary folder, and times runs of
/// both; twice where the first time they are slower with `schedules`. Errors: what load, the compiler and the library
/// say.
llvm::Expected<std::vector<WholeModelTimes>>
timeWholeModel(const std::function<llvm::Error(mlir::MLIRContext &, Model &)> &load, const WholeModelOptions &options);

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_WHOLEMODEL_H
