//===- KernelJobs.h - all kernels of a model, in parallel -----------------===//
#ifndef SWIN_CODEGEN_KERNELJOBS_H
#define SWIN_CODEGEN_KERNELJOBS_H

#include "codegen/KernelCache.h"
#include "codegen/KernelGraph.h"
#include "codegen/ObjectFiles.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace swin::codegen {

/// One kernel for one instruction set.
struct KernelJob {
  KernelGraph graph;
  std::string isa;
  std::string symbol;
  std::string schedule = {}; ///< as compileKernel takes it; if it does not compile, the default rule's takes its place
};

struct KernelOutcome {
  std::string error;  ///< empty if all went well
  std::string trace;  ///< where it crashed, if it did
  ObjectBytes object; ///< canonical, with the library's names
  int64_t scratchBytes = 0;
  std::string schedule; ///< as in KernelObject
  double milliseconds = 0;
  bool cached = false; ///< from the cache
  std::string refused; ///< why the job's schedule is not this one; "" = it is
};

struct KernelJobsOptions {
  std::string prefix;           ///< the library's
  std::string sanitizer;        ///< "" = none
  unsigned threads = 0;         ///< 0 = one per core
  KernelCache *cache = nullptr; ///< asked first, and gets what is compiled; null = none
  /// Called when a job begins, one call at a time: its number from 1, how many there are.
  std::function<void(size_t number, size_t total, const KernelJob &job)> onBegin;
  const std::atomic<bool> *cancelled = nullptr; ///< jobs that have not begun are left out
};

/// outcomes[i] is that of jobs[i], whatever the number of threads. If crash recovery is
/// enabled, a crash of a job is its error.
std::vector<KernelOutcome> compileKernels(const std::vector<KernelJob> &jobs, const KernelJobsOptions &options);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_KERNELJOBS_H
