//===- Timing.cpp - a schedule's time beside the default's ----------------===//
#include "codegen/tuning/Timing.h"

#include "codegen/tuning/Comparison.h"
#include "codegen/tuning/Hazards.h"
#include "codegen/tuning/KernelMemory.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <time.h>
#include <unistd.h>

namespace swin::tuning {
namespace {

using Clock = std::chrono::steady_clock;

double millisecondsSince(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

/// Milliseconds of a thread's own work, or of all that passes. A thread that something else takes the processor from
/// says of its own work what it would take alone; several have no such clock in common.
double now(bool own) {
  timespec time = {};
  clock_gettime(own ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

double sumOf(const std::vector<double> &values) { return std::accumulate(values.begin(), values.end(), 0.0); }

/// Numbers of usual magnitude, in the layout of rows.
void fill(float *where, int64_t rows, int64_t channels, int64_t pitch, double scale, std::minstd_rand &generator) {
  // Uniform, with a deviation of 1; of 2^31 values none is a denormal.
  double factor = 2 * std::sqrt(3.0) * scale / std::minstd_rand::max();
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t channel = 0; channel < channels; ++channel)
      where[row * pitch + channel] = static_cast<float>((generator() - 0.5 * std::minstd_rand::max()) * factor);
}

/// Copies of so many floats such that one has left the caches when its turn comes again.
size_t copiesOf(int64_t floats) {
  constexpr int64_t most = int64_t(256) << 20;
  int64_t bytes = std::max<int64_t>(floats, 16) * static_cast<int64_t>(sizeof(float));
  int64_t cache = std::max<int64_t>(sysconf(_SC_LEVEL3_CACHE_SIZE), int64_t(8) << 20);
  int64_t copies = 2 + cache * 5 / 4 / bytes;
  // Of small ones that many would be no more than what is left of them in pages.
  return static_cast<size_t>(std::clamp<int64_t>(copies, 2, std::clamp<int64_t>(most / bytes, 2, 1024)));
}

/// Milliseconds that are timed together at least.
constexpr double leastTimed = 0.05;
/// A schedule that is not as many times as fast as the default with some number of threads is none to choose.
constexpr double slowest = 1 / 1.01;

} // namespace

llvm::Expected<Timing> Timing::make(const Problem &problem, const std::vector<int> &threads, unsigned seed) {
  Timing timing;
  timing.graph = problem.graph;
  timing.threads = threads;
  const codegen::KernelGraph &graph = timing.graph;
  std::minstd_rand generator(seed);
  constexpr int64_t most = std::numeric_limits<int32_t>::max();
  auto takeBuffer = [&](int64_t floats) -> llvm::Expected<Guarded> {
    if (floats > most)
      return llvm::createStringError("@" + graph.name + " gets a buffer of 2^31 or more values at this size");
    return Guarded::take(floats);
  };
  int64_t largest = 0;
  for (const CallSize &size : problem.calls) {
    Call call;
    call.size = size;
    std::vector<std::vector<int64_t>> shapes = argumentShapes(graph, size);
    for (int i = 0; i < graph.numActivations; ++i) {
      auto buffer = takeBuffer(argumentFloats(graph, i, shapes[i]));
      if (!buffer)
        return buffer.takeError();
      int64_t channels = shapes[i].back(), rows = elementCount(shapes[i]) / channels;
      fill(buffer->data(), rows, channels, buffer->span().floats / rows, 1, generator);
      call.activations.push_back(std::move(*buffer));
    }
    largest = std::max(largest, resultFloats(graph, size.result));
    timing.calls.push_back(std::move(call));
  }
  auto result = takeBuffer(largest);
  if (!result)
    return result.takeError();
  timing.result = std::move(*result);

  int64_t floats = 0;
  for (int i = graph.numActivations; i < graph.numArgs; ++i) {
    timing.places.emplace_back(floats, argumentFloats(graph, i, graph.values[i].dims));
    floats += timing.places.back().second;
  }
  for (size_t copy = copiesOf(floats); copy > 0; --copy) {
    auto pages = Pages::take(floats);
    if (!pages)
      return pages.takeError();
    if (!timing.constants.empty())
      std::memcpy(pages->data(), timing.constants.front().data(), static_cast<size_t>(floats) * sizeof(float));
    timing.constants.push_back(std::move(*pages));
    if (timing.constants.size() > 1)
      continue;
    for (int i = graph.numActivations; i < graph.numArgs; ++i) {
      const std::vector<int64_t> &shape = graph.values[i].dims;
      int64_t count = elementCount(shape);
      float *where = timing.constants.front().data() + timing.places[i - graph.numActivations].first;
      fill(where, 1, count, count, usualScale(shape), generator);
      clearUnused(graph, i, where);
    }
  }
  return timing;
}

llvm::Error Timing::openWorkers(int64_t bytes) {
  if (bytes <= scratchBytes)
    return llvm::Error::success();
  workers.clear();
  for (int count : threads) {
    workers.emplace_back(swin_workers_open(count, bytes));
    if (!workers.back()) {
      workers.clear();
      scratchBytes = -1;
      return llvm::createStringError(std::to_string(count) + " threads of a kernel do not start");
    }
  }
  scratchBytes = bytes;
  return llvm::Error::success();
}

std::vector<FloatSpan> Timing::spans(const Call &call, size_t copy) const {
  std::vector<FloatSpan> all;
  for (const Guarded &activation : call.activations)
    all.push_back(activation.span());
  for (auto [begin, floats] : places)
    all.push_back({constants[copy].data() + begin, floats});
  all.push_back({result.data(), resultFloats(graph, call.size.result)});
  return all;
}

llvm::Expected<Verdict> Timing::compare(const RunnableKernel &standard, const RunnableKernel &kernel) {
  if (llvm::Error error = openWorkers(std::max(standard.scratchBytes, kernel.scratchBytes)))
    return error;
  Verdict all;
  for (Call &call : calls) {
    std::vector<FloatSpan> places = spans(call, 0);
    for (size_t i = call.expected.values.empty() ? 0 : 1; i <= threads.size(); ++i) {
      bool isReference = i == 0;
      result.clear();
      swin_workers *pool = workers[isReference ? 0 : i - 1].get();
      auto begin = Clock::now();
      Verdict verdict = runGuarded(isReference ? standard : kernel, graph, pool, call.size, places);
      if (isReference)
        call.repeats = std::clamp<int64_t>(static_cast<int64_t>(leastTimed / millisecondsSince(begin)), 1, 64);
      ref::Tensor found = takeResult(graph, call.size.result, result, verdict.message);
      if (isReference) {
        call.expected = std::move(found);
        continue;
      }
      verdict.error = difference(found, call.expected);
      if (verdict.message.empty() && verdict.error > errorLimit(graph))
        verdict.message = "it differs from the default schedule's result by more than rounding";
      all.error = std::max(all.error, verdict.error);
      if (!verdict.message.empty()) {
        all.outcome = verdict.outcome == Outcome::Measured ? Outcome::Wrong : verdict.outcome;
        all.message = verdict.message + " at the model's size";
        return all;
      }
    }
  }
  return all;
}

double Timing::time(const RunnableKernel &kernel, size_t pool, const Call &call, bool cold) {
  void *context = swin_workers_begin(workers[pool].get());
  bool own = threads[pool] == 1;
  double milliseconds = 0;
  for (int64_t i = 0; i < call.repeats; ++i) {
    if (cold)
      next = (next + 1) % constants.size();
    std::vector<FloatSpan> places = spans(call, cold ? next : 0);
    double begin = now(own);
    callKernel(kernel.code.address(), context, graph, call.size, places);
    milliseconds += now(own) - begin;
  }
  swin_workers_end(workers[pool].get());
  measured += milliseconds;
  return milliseconds / static_cast<double>(call.repeats) * static_cast<double>(call.size.calls);
}

std::array<Timing::Round, 2> Timing::round(const RunnableKernel &standard, const RunnableKernel &kernel, int64_t number,
                                           bool cold) {
  std::array<Round, 2> sides = {Round(threads.size()), Round(threads.size())};
  std::array<const RunnableKernel *, 2> kernels = {&standard, &kernel};
  for (const Call &call : calls)
    for (size_t i = 0; i < threads.size(); ++i)
      for (size_t turn : {0, 1}) {
        size_t side = (turn + static_cast<size_t>(number)) % 2;
        sides[side][i] += time(*kernels[side], i, call, cold);
      }
  return sides;
}

std::optional<Verdict> Timing::measure(const RunnableKernel &standard, const RunnableKernel &kernel,
                                       const TrialOptions &options, const std::atomic<bool> *cancelled, Times &times) {
  const double longest = options.thorough ? 1500 : 500, precise = options.thorough ? 0.0007 : 0.0015;
  const size_t enough = options.thorough ? 36 : 12;
  const double target = std::max(options.best, 1.0);
  auto isCancelled = [&] { return cancelled && *cancelled; };
  Verdict verdict;
  times = {};
  Comparison all;
  std::vector<Comparison> own(threads.size()); // with each number of threads
  measured = 0;
  for (auto begin = Clock::now();;) {
    if (isCancelled())
      return std::nullopt;
    auto sides = round(standard, kernel, static_cast<int64_t>(all.rounds()), true);
    all.add(sumOf(sides[0]), sumOf(sides[1]));
    for (size_t i = 0; i < threads.size(); ++i)
      own[i].add(sides[0][i], sides[1][i]);
    if (!options.thorough && all.hasLost(target, options.hopeless)) {
      verdict.outcome = Outcome::Stopped;
      break;
    }
    bool isPrecise = all.rounds() >= enough && all.doubt() < precise;
    bool isLate = millisecondsSince(begin) > 4 * longest && all.rounds() >= 2;
    if (isPrecise || isLate || (all.rounds() >= Comparison::fewest && measured > longest))
      break;
  }
  times.cold = all.least(Comparison::Schedule);
  times.standardCold = all.least(Comparison::Standard);
  times.spread = all.median(Comparison::Schedule) / times.cold - 1;
  times.ratio = all.ratio();
  times.rounds = static_cast<int64_t>(all.rounds());
  for (size_t i = 0; i < threads.size() && threads.size() > 1; ++i)
    if (own[i].ratio() < slowest) {
      verdict.outcome = Outcome::Stopped;
      verdict.message = "it is slower than the default with " + std::to_string(threads[i]) + " threads";
    }
  if (verdict.outcome == Outcome::Stopped)
    return verdict;
  constexpr int64_t warmRounds = 5;
  times.warm = times.standardWarm = std::numeric_limits<double>::infinity();
  for (int64_t number = 0; number < warmRounds; ++number) {
    if (isCancelled())
      return std::nullopt;
    auto sides = round(standard, kernel, number, false);
    times.standardWarm = std::min(times.standardWarm, sumOf(sides[0]));
    times.warm = std::min(times.warm, sumOf(sides[1]));
  }
  return verdict;
}

} // namespace swin::tuning
