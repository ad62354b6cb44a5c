//===- RecordedSpace.h - a table of schedules and their times -------------===//
// A table of comma-separated values: the numbers of a schedule, its features ("feature:NAME") and its ratio (0 = does
// not work); the first row is the default. It needs no kernel and no template, so it outlives changes of them.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TESTS_CODEGEN_TUNING_RECORDEDSPACE_H
#define SWIN_TESTS_CODEGEN_TUNING_RECORDEDSPACE_H

#include "codegen/ScheduleSpace.h"

#include <map>
#include <string>
#include <vector>

namespace swin::tuning {

struct RecordedSpace {
  std::string error;
  /// Settles for the recorded schedule whose numbers are nearest, counted in values.
  codegen::ScheduleSpace space;
  std::map<codegen::ScheduleNumbers, double> ratios;
  /// Ratio of the best one, the default aside.
  double best() const;
};

RecordedSpace readRecordedSpace(const std::string &path);

/// Best ratio after each trial of a strategy, the default aside.
std::vector<double> race(const RecordedSpace &recorded, const std::string &strategy, uint64_t seed, size_t trials);

/// What is lost against the best of all after 1 .. `trials` trials, the mean over seeds: 1 - found / best.
std::vector<double> meanRegret(const RecordedSpace &recorded, const std::string &strategy, size_t trials,
                               uint64_t seeds);

} // namespace swin::tuning

#endif // SWIN_TESTS_CODEGEN_TUNING_RECORDEDSPACE_H
