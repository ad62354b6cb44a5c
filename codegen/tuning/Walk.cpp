//===- Walk.cpp - steps from schedule to schedule -------------------------===//
#include "codegen/tuning/Walk.h"

#include <algorithm>

using swin::codegen::ScheduleNumbers;
using swin::codegen::ScheduleSpace;

namespace swin::tuning {
namespace {

/// How often a step is tried until it is said that there is none.
constexpr int patience = 64;

/// Where a number stands among a choice's values, which settling may have left: the last that is not larger.
size_t placeOf(const std::vector<int64_t> &values, int64_t number) {
  auto above = std::ranges::upper_bound(values, number);
  return above == values.begin() ? 0 : static_cast<size_t>(above - values.begin()) - 1;
}

} // namespace

uint64_t Dice::next() {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

int64_t productOfChoices(const ScheduleSpace &space, int64_t most) {
  int64_t product = 1;
  for (const codegen::ScheduleChoice &choice : space.choices) {
    int64_t count = static_cast<int64_t>(choice.values.size());
    if (count > 0 && product > most / count)
      return most;
    product *= count;
  }
  return product;
}

std::optional<std::vector<ScheduleNumbers>> allSchedules(const ScheduleSpace &space, int64_t most) {
  if (productOfChoices(space, most + 1) > most)
    return std::nullopt;
  std::set<ScheduleNumbers> found;
  std::vector<size_t> places(space.choices.size(), 0);
  for (bool more = true; more;) {
    ScheduleNumbers numbers;
    for (size_t i = 0; i < places.size(); ++i)
      numbers.push_back(space.choices[i].values[places[i]]);
    if (auto legal = space.settle(numbers))
      found.insert(*legal);
    more = false;
    for (size_t i = places.size(); i-- > 0 && !more;) {
      more = ++places[i] < space.choices[i].values.size();
      places[i] = more ? places[i] : 0;
    }
  }
  return std::vector<ScheduleNumbers>(found.begin(), found.end());
}

std::optional<ScheduleNumbers> Walk::settled(const ScheduleNumbers &numbers) const {
  auto legal = space.settle(numbers);
  return legal && isNew(*legal) ? legal : std::nullopt;
}

std::optional<ScheduleNumbers> Walk::anywhere() {
  for (int i = 0; i < patience; ++i) {
    ScheduleNumbers numbers;
    for (const codegen::ScheduleChoice &choice : space.choices)
      numbers.push_back(choice.values[dice.below(choice.values.size())]);
    if (auto legal = settled(numbers))
      return legal;
  }
  return std::nullopt;
}

std::optional<ScheduleNumbers> Walk::beside(const ScheduleNumbers &from) {
  std::vector<size_t> free;
  for (size_t i = 0; i < space.choices.size(); ++i)
    if (space.choices[i].values.size() > 1)
      free.push_back(i);
  if (free.empty())
    return std::nullopt;
  for (int i = 0; i < patience; ++i) {
    ScheduleNumbers numbers = from;
    for (size_t moves = 1 + dice.below(2); moves > 0; --moves) {
      size_t choice = free[dice.below(free.size())];
      const std::vector<int64_t> &values = space.choices[choice].values;
      int64_t place = static_cast<int64_t>(placeOf(values, numbers[choice])), far = 1 + (dice.below(3) == 0);
      place += dice.below(2) == 0 ? -far : far;
      numbers[choice] =
          values[static_cast<size_t>(std::clamp<int64_t>(place, 0, static_cast<int64_t>(values.size()) - 1))];
    }
    if (auto legal = settled(numbers))
      return legal;
  }
  return std::nullopt;
}

std::optional<ScheduleNumbers> Walk::between(const ScheduleNumbers &a, const ScheduleNumbers &b) {
  for (int i = 0; i < patience; ++i) {
    ScheduleNumbers numbers = a;
    for (size_t k = 0; k < numbers.size(); ++k)
      if (dice.below(2) == 0)
        numbers[k] = b[k];
    if (auto legal = settled(numbers))
      return legal;
  }
  return std::nullopt;
}

std::vector<ScheduleNumbers> Walk::neighbours(const ScheduleNumbers &from) const {
  std::set<ScheduleNumbers> found;
  for (size_t i = 0; i < space.choices.size(); ++i) {
    const std::vector<int64_t> &values = space.choices[i].values;
    size_t place = placeOf(values, from[i]);
    for (size_t other : {place - 1, place, place + 1}) { // -1 is none of them
      if (other >= values.size() || values[other] == from[i])
        continue;
      ScheduleNumbers numbers = from;
      numbers[i] = values[other];
      if (auto legal = settled(numbers))
        found.insert(*legal);
    }
  }
  return {found.begin(), found.end()};
}

} // namespace swin::tuning
