//===- Comparison.h - two times from rounds with noise --------------------===//
#ifndef SWIN_CODEGEN_TUNING_COMPARISON_H
#define SWIN_CODEGEN_TUNING_COMPARISON_H

#include <array>
#include <cstddef>
#include <vector>

namespace swin::tuning {

/// Times of two sides, the default and a schedule, that alternate in rounds. Whatever else runs on a machine makes
/// rounds slower and none faster, so quiet ones speak for all; drifts of the clock, which both sides of a round share,
/// leave its ratio alone.
class Comparison {
public:
  enum Side { Standard, Schedule };

  void add(double standard, double schedule);
  size_t rounds() const { return times[Standard].size(); }

  /// How many times faster the schedule is: the median over quiet rounds of default / schedule; before there are a few
  /// of them, the least times' ratio.
  double ratio() const;
  /// Standard error of that, about; large before there are a few quiet rounds.
  double doubt() const;
  double least(Side side) const;
  double median(Side side) const;

  /// Whether the schedule is certainly less than `target` times faster than the default. `hopeless`: what it has to
  /// lack after the fewest rounds.
  bool hasLost(double target, double hopeless) const;

  static constexpr size_t fewest = 4; ///< rounds before anything is said

private:
  std::vector<double> quietRatios() const; ///< of rounds that are quiet for both sides, sorted

  std::array<std::vector<double>, 2> times;
};

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_COMPARISON_H
