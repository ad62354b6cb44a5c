//===- Machine.cpp - what this machine can do at most ----------------------===//
// The best of many short rounds is taken: interruptions only ever slow a round down.
//===----------------------------------------------------------------------===//
#include "tools/runner/Machine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace swin::runner {
namespace {

constexpr int steps = 20000;
/// Independent sums: enough to cover a latency of 4 at two per cycle, with a reserve; of narrow vectors, which some
/// processors add four per cycle, more.
#if defined(__aarch64__)
constexpr int chains = 20;
#else
constexpr int chains = 12;
#endif

typedef float Vector16 __attribute__((vector_size(64)));
typedef float Vector8 __attribute__((vector_size(32)));
typedef float Vector4 __attribute__((vector_size(16)));

/// Multiply-adds for the instruction set of the function that it becomes a part of.
template <typename Vector> [[gnu::always_inline]] inline float chainsOf(float seed) {
  Vector a = Vector{} + 0.999f, b = Vector{} + seed, x[chains], sum = {};
#pragma GCC unroll chains
  for (int chain = 0; chain < chains; ++chain)
    x[chain] = b + static_cast<float>(chain);
  for (int i = 0; i < steps; ++i) {
#pragma GCC unroll chains
    for (Vector &value : x)
      value = value * a + b;
  }
#pragma GCC unroll chains
  for (const Vector &value : x)
    sum += value;
  return sum[0] + sum[sizeof sum / sizeof seed - 1];
}

using Round = float (*)(float);
#if defined(__x86_64__)
__attribute__((target("avx512f,fma"))) float avx512Round(float seed) { return chainsOf<Vector16>(seed); }
__attribute__((target("avx2,fma"))) float avx2Round(float seed) { return chainsOf<Vector8>(seed); }

Round fmaRound(int lanes) {
  __builtin_cpu_init();
  if (lanes == 16 && __builtin_cpu_supports("avx512f"))
    return avx512Round;
  return lanes == 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? avx2Round : nullptr;
}
#elif defined(__aarch64__)
Round fmaRound(int lanes) { return lanes == 4 ? chainsOf<Vector4> : nullptr; }
#else
Round fmaRound(int) { return nullptr; }
#endif

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// The sum over threads of the highest rate (units per second) at which each did rounds of `units`, all at once.
double bestRates(int threads, double seconds, double units, const std::function<void(int thread)> &round) {
  std::vector<double> best(static_cast<size_t>(threads));
  std::atomic<int> ready = 0;
  auto work = [&](int thread) {
    ++ready;
    while (ready < threads)
      std::this_thread::yield();
    double highest = 0, start = now(), before = start;
    do {
      before = now();
      round(thread);
      highest = std::max(highest, units / (now() - before));
    } while (before - start < seconds);
    best[static_cast<size_t>(thread)] = highest;
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i)
    others.emplace_back(work, i);
  work(0);
  double sum = best[0];
  for (int i = 1; i < threads; ++i) {
    others[static_cast<size_t>(i - 1)].join();
    sum += best[static_cast<size_t>(i)];
  }
  return sum;
}

uint64_t sumOf(const uint64_t *values, size_t count) {
  uint64_t sums[8] = {};
  for (size_t i = 0; i < count; i += 8)
    for (size_t k = 0; k < 8; ++k)
      sums[k] += values[i + k];
  uint64_t total = 0;
  for (uint64_t sum : sums)
    total += sum;
  return total;
}

} // namespace

int vectorLanes() {
  for (int lanes : {16, 8, 4})
    if (fmaRound(lanes))
      return lanes;
  return 0;
}

int vectorLanes(const std::string &isa) {
  return isa == "x86-64-v4" ? 16 : isa == "x86-64-v3" ? 8 : isa == "aarch64" ? 4 : 0;
}

double fmaPeak(int lanes, int threads, double seconds) {
  Round round = fmaRound(lanes);
  if (!round)
    return 0;
  std::atomic<float> sink = 0;
  return bestRates(threads, seconds, double(steps) * chains * lanes, [&](int) { sink = round(1.0f); });
}

double memoryBandwidth(int threads, double seconds) {
  constexpr size_t least = size_t(64) << 20, most = size_t(512) << 20;
  auto cache = static_cast<size_t>(std::max(sysconf(_SC_LEVEL3_CACHE_SIZE), 0L));
  size_t count = std::clamp(4 * cache, least, most) / sizeof(uint64_t) / static_cast<size_t>(threads) / 8 * 8;
  size_t all = count * static_cast<size_t>(threads), page = size_t(2) << 20;
  auto *memory = static_cast<uint64_t *>(std::aligned_alloc(page, (all * sizeof(uint64_t) + page - 1) / page * page));
  std::unique_ptr<uint64_t, decltype(&std::free)> values(memory, std::free);
  if (!values)
    return 0;
  // Filled much faster that way; where it is not allowed, nothing is lost.
  madvise(memory, all * sizeof(uint64_t), MADV_HUGEPAGE);
  std::fill_n(memory, all, uint64_t(1));
  std::atomic<uint64_t> sink = 0;
  return bestRates(threads, seconds, static_cast<double>(count * sizeof(uint64_t)),
                   [&](int thread) { sink = sumOf(memory + count * static_cast<size_t>(thread), count); });
}

} // namespace swin::runner
