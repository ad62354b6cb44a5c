//===- KernelRuntime.h - what a kernel needs of a runtime, watched --------===//
#ifndef SWIN_TESTS_CODEGEN_KERNELS_KERNELRUNTIME_H
#define SWIN_TESTS_CODEGEN_KERNELS_KERNELRUNTIME_H

#include "codegen/tuning/LoadedKernel.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>

namespace swin::test {

/// The user_context of a kernel. Runs loops on `threads` threads, counts memory.
class KernelRuntime {
public:
  explicit KernelRuntime(int threads) : threads(threads) {}
  /// Most bytes that one thread had at a time.
  int64_t mostScratch() const { return most; }
  /// Whether nothing was written behind its memory.
  bool scratchIntact() const { return intact; }

  void *allocate(size_t bytes);
  void release(void *block);
  int loop(int (*task)(void *, int, uint8_t *), int min, int size, uint8_t *closure);

private:
  int threads;
  std::mutex mutex;
  std::map<void *, std::pair<std::thread::id, int64_t>> live;
  std::map<std::thread::id, int64_t> held;
  int64_t most = 0;
  bool intact = true;
};

/// What kernels call, whose user_context is a KernelRuntime.
tuning::KernelRuntime watchedRuntime();

} // namespace swin::test

#endif // SWIN_TESTS_CODEGEN_KERNELS_KERNELRUNTIME_H
