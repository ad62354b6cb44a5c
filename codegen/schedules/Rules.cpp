//===- Rules.cpp - parts that rules of templates share --------------------===//
#include "codegen/schedules/Rules.h"

#include <cmath>
#include <cstdlib>

namespace swin::codegen {

std::string rangeProblem(const std::vector<ScheduleChoice> &choices, const ScheduleNumbers &numbers) {
  if (numbers.size() != choices.size())
    return std::to_string(numbers.size()) + " numbers, but " + std::to_string(choices.size()) + " are wanted";
  for (size_t i = 0; i < numbers.size(); ++i) {
    int64_t least = choices[i].values.front(), most = choices[i].values.back();
    if (numbers[i] >= least && numbers[i] <= most)
      continue;
    std::string range = std::to_string(least) + (least == most ? "" : " to " + std::to_string(most));
    return choices[i].name + " is " + std::to_string(numbers[i]) + ", but must be " + range;
  }
  return "";
}

ScheduleNumbers withinRanges(const std::vector<ScheduleChoice> &choices, ScheduleNumbers numbers) {
  for (size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = std::clamp(numbers[i], choices[i].values.front(), choices[i].values.back());
  return numbers;
}

int64_t nearestMultiple(int64_t value, int64_t part, int64_t least, int64_t most) {
  int64_t lowest = (least + part - 1) / part * part, highest = most / part * part;
  return lowest > highest ? value : std::clamp((value + part / 2) / part * part, lowest, highest);
}

int64_t nearestOf(const std::vector<int64_t> &allowed, int64_t value) {
  auto nearer = [&](int64_t a, int64_t b) { return std::abs(a - value) < std::abs(b - value); };
  auto best = std::min_element(allowed.begin(), allowed.end(), nearer);
  return best == allowed.end() ? value : *best;
}

std::vector<int64_t> divisorsOf(int64_t number, int64_t least, int64_t most) {
  std::vector<int64_t> divisors;
  for (int64_t divisor = least; divisor <= std::min(number, most); ++divisor)
    if (number % divisor == 0)
      divisors.push_back(divisor);
  return divisors;
}

std::vector<int64_t> tileRows(int64_t most) {
  std::vector<int64_t> rows;
  for (int64_t count : {2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14})
    if (count <= most)
      rows.push_back(count);
  return rows;
}

std::vector<int64_t> wholeVectors(int64_t width, const Machine &machine) {
  std::vector<int64_t> vectors;
  for (int count = 1; mostRows(count, machine) > 1; ++count)
    if (width % (count * machine.vector) == 0)
      vectors.push_back(count);
  return vectors;
}

double magnitude(double value) { return std::log2(std::max(value, 0x1p-20)); }

void TileWork::add(double rows, double channels, double terms, const RegisterTile &tile, int64_t lanes, double times) {
  double wide = static_cast<double>(tile.vectors * lanes);
  double steps = std::ceil(rows / tile.rows) * std::ceil(channels / wide) * terms * times;
  needed += rows * channels * terms * times / machine.vector;
  done += steps * tile.rows * tile.vectors;
  read += steps * (tile.rows + tile.vectors);
  spent += steps * tileCycles(tile.rows, tile.vectors);
}

double TileWork::cycles() const { return needed > 0 ? 2 * spent / needed : 1; }
double TileWork::reads() const { return done > 0 ? read / done : 0; }
double TileWork::waste() const { return needed > 0 ? done / needed : 1; }

} // namespace swin::codegen
