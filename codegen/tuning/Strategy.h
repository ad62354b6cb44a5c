//===- Strategy.h - which schedule to try next ----------------------------===//
#ifndef SWIN_CODEGEN_TUNING_STRATEGY_H
#define SWIN_CODEGEN_TUNING_STRATEGY_H

#include "codegen/ScheduleSpace.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace swin::tuning {

/// Proposes legal schedules, none twice, and learns what came of them. The same seed and the same lessons give the same
/// proposals.
class Strategy {
public:
  virtual ~Strategy() = default;
  /// At most `count` schedules that were not proposed before; fewer, or none, where there are no more.
  virtual std::vector<codegen::ScheduleNumbers> propose(size_t count) = 0;
  /// `ratio`: default's time / schedule's; 0 = it does not work. What was learned counts as proposed.
  virtual void learn(const codegen::ScheduleNumbers &schedule, double ratio) = 0;
};

/// Of names: "random" (all schedules in a random order; where there are few, all of them), "evolutionary", "model".
const std::vector<std::string> &strategyNames();
/// By what recorded searches say (docs/Rationale.md).
inline constexpr const char *defaultStrategy = "model";
/// `name`: one of these.
std::unique_ptr<Strategy> makeStrategy(const std::string &name, const codegen::ScheduleSpace &space,
                                       const codegen::KernelExtent &extent, uint64_t seed);

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_STRATEGY_H
