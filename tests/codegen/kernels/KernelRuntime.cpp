//===- KernelRuntime.cpp - what a kernel needs of a runtime, watched ------===//
#include "tests/codegen/kernels/KernelRuntime.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace swin::test {
namespace {

/// Bytes behind a block of scratch that nobody writes.
constexpr size_t line = 64, guard = 4096;
constexpr char canary = 0x5a;

} // namespace

void *KernelRuntime::allocate(size_t bytes) {
  std::lock_guard lock(mutex);
  size_t end = (bytes + line - 1) / line * line;
  void *block = std::aligned_alloc(line, end + guard);
  std::memset(static_cast<char *>(block) + bytes, canary, end + guard - bytes);
  auto thread = std::this_thread::get_id();
  live[block] = {thread, static_cast<int64_t>(bytes)};
  most = std::max(most, held[thread] += static_cast<int64_t>(bytes));
  return block;
}

void KernelRuntime::release(void *block) {
  std::lock_guard lock(mutex);
  auto entry = live.find(block);
  if (entry == live.end())
    return;
  const char *behind = static_cast<char *>(block) + entry->second.second;
  intact &= std::all_of(behind, behind + guard, [](char byte) { return byte == canary; });
  held[entry->second.first] -= entry->second.second;
  live.erase(entry);
  std::free(block);
}

int KernelRuntime::loop(int (*task)(void *, int, uint8_t *), int min, int size, uint8_t *closure) {
  std::atomic<int> next = min, status = 0;
  auto work = [&] {
    for (int i = next++; i < min + size; i = next++)
      if (int bad = task(this, i, closure))
        status = bad;
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i)
    others.emplace_back(work);
  work();
  for (std::thread &other : others)
    other.join();
  return status;
}

tuning::KernelRuntime watchedRuntime() {
  auto allocate = +[](void *context, size_t bytes) { return static_cast<KernelRuntime *>(context)->allocate(bytes); };
  auto release = +[](void *context, void *block) { static_cast<KernelRuntime *>(context)->release(block); };
  auto loop = +[](void *context, int (*task)(void *, int, uint8_t *), int min, int size, uint8_t *closure) {
    return static_cast<KernelRuntime *>(context)->loop(task, min, size, closure);
  };
  return {{"halide_malloc", reinterpret_cast<void *>(allocate)},
          {"halide_free", reinterpret_cast<void *>(release)},
          {"halide_do_par_for", reinterpret_cast<void *>(loop)}};
}

} // namespace swin::test
