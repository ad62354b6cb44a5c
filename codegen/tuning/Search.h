//===- Search.h - the schedules of a model's kernels are looked for -------===//
#ifndef SWIN_CODEGEN_TUNING_SEARCH_H
#define SWIN_CODEGEN_TUNING_SEARCH_H

#include "codegen/tuning/Database.h"
#include "codegen/tuning/Laboratory.h"
#include "codegen/tuning/Problem.h"

#include "llvm/Support/Error.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace swin::tuning {

/// Opens the laboratory of a problem.
using LaboratorySource =
    std::function<llvm::Expected<std::unique_ptr<Laboratory>>(const Problem &, const LaboratoryOptions &)>;

/// Laboratories with what a file of JSON lines has; what it does not have counts as not legal. Errors: a file that
/// cannot be read; a line that is no result.
llvm::Expected<LaboratorySource> replaySource(const std::string &path);

/// What came of a kernel on an instruction set.
struct Found {
  std::string kernel, isa;
  Setting setting;
  int64_t tried = 0, known = 0; ///< schedules: in this run; by earlier ones
  double standardMilliseconds = 0;
  double ratio = 1;              ///< of the confirmed best, this run's or an earlier one's; 1 = the default stays
  std::string schedule;          ///< of that; the default's otherwise
  std::vector<Result> confirmed; ///< by this run
  int64_t results = 0;           ///< of this run; what it appends further has larger numbers
};

struct SearchOptions {
  std::vector<std::string> isas;
  std::vector<int> threads = {1};
  std::string strategy; ///< "" = the default one
  uint64_t seed = 1;
  std::string run;                            ///< unique; see Result
  double seconds = 0;                         ///< of everything; 0 = no limit
  int64_t trials = 0;                         ///< of each kernel and instruction set, in this run; 0 = no limit
  LaboratorySource laboratory;                ///< null = openLaboratory
  std::function<void(const Result &)> record; ///< each result, as it comes
  std::function<void(const Found &)> done;    ///< each kernel, as its search ends
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

/// Sizes of the call that works most, for the features of schedules.
codegen::KernelExtent extentOf(const Problem &problem);

struct SearchOutcome {
  std::vector<Found> found;
  std::vector<std::string> errors; ///< sentences
  bool cancelled = false;
};

/// Looks for schedules of all problems: those with more multiply-adds get more of the time, and what one leaves goes to
/// those behind it. What the database knows of a kernel is not tried again. Every result goes into the database (null =
/// none) as it comes; the best is measured again, and only then confirmed. With a limit of trials and the same results,
/// the same schedules are tried.
SearchOutcome search(const std::vector<Problem> &problems, Database *database, const SearchOptions &options,
                     const std::function<void(const SearchProgress &)> &progress);

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_SEARCH_H
