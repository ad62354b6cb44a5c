//===- Search.h - the schedules of a model's kernels are looked for -------===//
#ifndef SWIN_CODEGEN_TUNING_SEARCH_H
#define SWIN_CODEGEN_TUNING_SEARCH_H

#include "codegen/tuning/Database.h"
#include "codegen/tuning/Laboratory.h"
#include "codegen/tuning/Problem.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace swin::tuning {

struct SearchOptions {
  std::vector<std::string> isas;
  std::vector<int> threads = {1};
  std::string strategy; ///< "" = the default one
  uint64_t seed = 1;
  double seconds = 0; ///< of everything; 0 = no limit
  int64_t trials = 0; ///< of each kernel and instruction set; 0 = no limit
  std::string replay; ///< a file of JSON lines whose results take the place of measuring; "" = none
  std::function<void(const Result &)> record; ///< each result, as it comes
  const std::atomic<bool> *cancelled = nullptr;
};

/// What a search is at, for whoever watches it.
struct SearchProgress {
  std::string kernel, isa;
  size_t kernelNumber = 0, kernelCount = 0; ///< of kernels times instruction sets
  int64_t tried = 0, legal = 0;             ///< schedules of this kernel; legal: 0 = too many to be counted
  double best = 1;                          ///< ratio of the best so far to the default
  double secondsLeft = 0;                   ///< of the whole; 0 = no limit
};

/// What came of a kernel on an instruction set.
struct Found {
  std::string kernel, isa;
  int64_t tried = 0, known = 0; ///< in this run; by earlier ones
  double standardMilliseconds = 0;
  double ratio = 1;     ///< of the confirmed best, this run's or an earlier one's; 1 = the default stays
  std::string schedule; ///< of that; the default's otherwise
};

struct SearchOutcome {
  std::vector<Found> found;
  std::vector<std::string> errors; ///< sentences
  bool cancelled = false;
};

/// Looks for schedules of all problems: those with more time get more of it. What the database knows of a kernel is not
/// tried again. Every result goes into the database (null = none) as it comes; the best is measured again, and only
/// then confirmed.
SearchOutcome search(const std::vector<Problem> &problems, Database *database, const SearchOptions &options,
                     const std::function<void(const SearchProgress &)> &progress);

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_SEARCH_H
