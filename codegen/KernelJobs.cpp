//===- KernelJobs.cpp - all kernels of a model, in parallel ---------------===//
#include "codegen/KernelJobs.h"

#include "codegen/Recovery.h"

#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <numeric>
#include <thread>

namespace swin::codegen {
namespace {

/// Of every kernel before it gets its name, so that models share what they have in common.
const std::string function = "kernel";

/// Gives a kernel the library's names.
void name(const KernelObject &kernel, const KernelJob &job, const std::string &prefix, KernelOutcome &outcome) {
  auto object = canonicalizeKernel(kernel.object, function, job.symbol, prefix);
  if (object)
    outcome.object = std::move(*object);
  else
    outcome.error = llvm::toString(object.takeError());
  outcome.scratchBytes = kernel.scratchBytes;
  outcome.schedule = kernel.schedule;
}

/// Whether the kernel is in the cache, and sound.
bool find(const KernelJob &job, const std::string &key, const KernelJobsOptions &options, KernelOutcome &outcome) {
  std::optional<KernelObject> known = options.cache->find(key);
  if (!known || !recover([&] { name(*known, job, options.prefix, outcome); }) || !outcome.error.empty()) {
    outcome = {};
    return false;
  }
  outcome.cached = true;
  return true;
}

void compile(const KernelJob &job, const std::string &key, const KernelJobsOptions &options, KernelOutcome &outcome) {
  KernelObject made;
  if (!recover([&] { made = compileKernel(job.graph, function, job.isa, options.sanitizer, job.schedule); })) {
    made.error = "the kernel compiler crashed: " + lastCrash().what;
    outcome.trace = lastCrash().trace;
  }
  outcome.error = llvm::StringRef(made.error).rtrim().str();
  if (outcome.error.empty())
    name(made, job, options.prefix, outcome);
  if (options.cache && outcome.error.empty())
    options.cache->store(key, made);
}

KernelOutcome findOrCompile(const KernelJob &job, const KernelJobsOptions &options) {
  KernelOutcome outcome;
  std::string key = options.cache ? kernelKey(job.graph, job.isa, options.sanitizer, job.schedule) : "";
  if (!options.cache || !find(job, key, options, outcome))
    compile(job, key, options, outcome);
  return outcome;
}

KernelOutcome run(const KernelJob &job, const KernelJobsOptions &options) {
  auto begin = std::chrono::steady_clock::now();
  KernelOutcome outcome = findOrCompile(job, options);
  if (!job.schedule.empty() && !outcome.error.empty()) {
    std::string why = "the default rule in place of '" + job.schedule + "': " + outcome.error;
    KernelJob standard = job;
    standard.schedule.clear();
    outcome = findOrCompile(standard, options);
    outcome.refused = why;
  }
  std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
  outcome.milliseconds = taken.count();
  return outcome;
}

} // namespace

std::vector<KernelOutcome> compileKernels(const std::vector<KernelJob> &jobs, const KernelJobsOptions &options) {
  std::vector<KernelOutcome> outcomes(jobs.size());
  // Large kernels first, so that no thread ends with one while the others wait.
  std::vector<size_t> order(jobs.size());
  std::iota(order.begin(), order.end(), size_t(0));
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return jobs[a].graph.nodes.size() > jobs[b].graph.nodes.size(); });
  std::mutex mutex;
  size_t next = 0;
  auto work = [&] {
    while (true) {
      size_t index;
      {
        std::lock_guard lock(mutex);
        if (next == jobs.size() || (options.cancelled && *options.cancelled))
          return;
        index = order[next++];
        if (options.onBegin)
          options.onBegin(next, jobs.size(), jobs[index]);
      }
      outcomes[index] = run(jobs[index], options);
    }
  };
  unsigned wanted = options.threads > 0 ? options.threads : std::thread::hardware_concurrency();
  size_t count = std::clamp<size_t>(wanted, 1, std::max<size_t>(jobs.size(), 1));
  std::vector<std::thread> threads;
  for (size_t i = 1; i < count; ++i)
    threads.emplace_back(work);
  work();
  for (std::thread &thread : threads)
    thread.join();
  return outcomes;
}

} // namespace swin::codegen
