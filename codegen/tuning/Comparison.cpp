//===- Comparison.cpp - two times from rounds with noise ------------------===//
#include "codegen/tuning/Comparison.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace swin::tuning {
namespace {

/// In a quiet round both sides are no more than so many times slower than the quietest.
constexpr double quiet = 1.03;

/// Of sorted values; `part` 0.5 is the median.
double quantile(const std::vector<double> &sorted, double part) {
  double place = part * static_cast<double>(sorted.size() - 1);
  auto below = static_cast<size_t>(place);
  size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

} // namespace

void Comparison::add(double standard, double schedule) {
  times[Standard].push_back(standard);
  times[Schedule].push_back(schedule);
}

std::vector<double> Comparison::quietRatios() const {
  double standard = quiet * least(Standard), schedule = quiet * least(Schedule);
  std::vector<double> ratios;
  for (size_t round = 0; round < rounds(); ++round)
    if (times[Standard][round] <= standard && times[Schedule][round] <= schedule)
      ratios.push_back(times[Standard][round] / times[Schedule][round]);
  std::sort(ratios.begin(), ratios.end());
  return ratios;
}

double Comparison::ratio() const {
  std::vector<double> ratios = quietRatios();
  return ratios.size() < fewest ? least(Standard) / least(Schedule) : quantile(ratios, 0.5);
}

double Comparison::doubt() const {
  std::vector<double> ratios = quietRatios();
  if (ratios.size() < fewest)
    return std::max({quiet - 1, median(Standard) / least(Standard) - 1, median(Schedule) / least(Schedule) - 1});
  double width =
      ratios.size() == fewest ? ratios.back() - ratios.front() : quantile(ratios, 0.75) - quantile(ratios, 0.25);
  return width / std::sqrt(static_cast<double>(ratios.size()));
}

double Comparison::least(Side side) const { return *std::min_element(times[side].begin(), times[side].end()); }

double Comparison::median(Side side) const {
  std::vector<double> sorted = times[side];
  std::sort(sorted.begin(), sorted.end());
  return quantile(sorted, 0.5);
}

bool Comparison::hasLost(double target, double hopeless) const {
  if (rounds() < fewest)
    return false;
  double margin = (hopeless - 1) * std::sqrt(static_cast<double>(fewest) / static_cast<double>(rounds()));
  // The least times may be of different rounds: where one side alone had a quiet one so far, they say nothing yet.
  double best = std::max(ratio(), least(Standard) / least(Schedule));
  return best * (1 + margin) + 2 * doubt() < target;
}

} // namespace swin::tuning
