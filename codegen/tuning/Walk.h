//===- Walk.h - steps from schedule to schedule ---------------------------===//
#ifndef SWIN_CODEGEN_TUNING_WALK_H
#define SWIN_CODEGEN_TUNING_WALK_H

#include "codegen/ScheduleSpace.h"

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace swin::tuning {

/// Random numbers that are the same with every standard library (splitmix64).
class Dice {
public:
  explicit Dice(uint64_t seed) : state(seed) {}
  uint64_t next();
  /// 0 .. count - 1; count > 0.
  size_t below(size_t count) { return static_cast<size_t>(next() % count); }
  /// 0 to 1, without 1.
  double part() { return static_cast<double>(next() >> 11) * 0x1p-53; }

private:
  uint64_t state;
};

/// Puts a list in a random order.
template <typename Item> void shuffle(std::vector<Item> &items, Dice &dice) {
  for (size_t i = items.size(); i > 1; --i)
    std::swap(items[i - 1], items[dice.below(i)]);
}

/// How many lists of numbers a space has before what is illegal and what is equal are left out; `most` if more.
int64_t productOfChoices(const codegen::ScheduleSpace &space, int64_t most);

/// All legal schedules, none twice, in the order of their numbers; nothing where choices have more than `most`
/// combinations.
std::optional<std::vector<codegen::ScheduleNumbers>> allSchedules(const codegen::ScheduleSpace &space, int64_t most);

/// Finds schedules that were not visited yet: anywhere, or beside others.
class Walk {
public:
  Walk(codegen::ScheduleSpace space, uint64_t seed) : dice(seed), space(std::move(space)) {}

  /// Whether it was not visited before; from now on it is.
  bool visit(const codegen::ScheduleNumbers &numbers) { return visited.insert(numbers).second; }
  bool isNew(const codegen::ScheduleNumbers &numbers) const { return !visited.contains(numbers); }

  /// A new one with each number by chance; nothing if none was met in a while.
  std::optional<codegen::ScheduleNumbers> anywhere();
  /// A new one, one or two of whose numbers are moved by a value or two.
  std::optional<codegen::ScheduleNumbers> beside(const codegen::ScheduleNumbers &from);
  /// A new one whose numbers are each of one of the two.
  std::optional<codegen::ScheduleNumbers> between(const codegen::ScheduleNumbers &a, const codegen::ScheduleNumbers &b);
  /// All new ones that differ from it by one value of one number.
  std::vector<codegen::ScheduleNumbers> neighbours(const codegen::ScheduleNumbers &from) const;

  Dice dice;

private:
  std::optional<codegen::ScheduleNumbers> settled(const codegen::ScheduleNumbers &numbers) const;

  codegen::ScheduleSpace space;
  std::set<codegen::ScheduleNumbers> visited;
};

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_WALK_H
