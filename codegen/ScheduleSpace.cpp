//===- ScheduleSpace.cpp - schedules as numbers and as text ---------------===//
#include "codegen/ScheduleSpace.h"

#include <algorithm>
#include <charconv>

namespace swin::codegen {
namespace {

/// A word of a schedule's text, "tile.rows=6".
struct Word {
  std::string name, number;
};

std::vector<Word> wordsOf(const std::string &text) {
  std::vector<Word> words;
  for (size_t at = 0; at <= text.size();) {
    size_t end = std::min(text.find(' ', at), text.size());
    std::string word = text.substr(at, end - at);
    size_t equals = std::min(word.find('='), word.size());
    words.push_back({word.substr(0, equals), word.substr(std::min(equals + 1, word.size()))});
    at = end + 1;
  }
  return words;
}

} // namespace

std::string readSchedule(const std::vector<ScheduleChoice> &choices, const std::string &text,
                         ScheduleNumbers &numbers) {
  numbers.assign(choices.size(), 0);
  std::vector<bool> seen(choices.size());
  for (const Word &word : wordsOf(text)) {
    auto choice = std::find_if(choices.begin(), choices.end(),
                               [&](const ScheduleChoice &known) { return known.name == word.name; });
    if (choice == choices.end())
      return "'" + word.name + "' is none of its numbers";
    size_t index = choice - choices.begin();
    if (seen[index])
      return word.name + " is there twice";
    seen[index] = true;
    const char *end = word.number.data() + word.number.size();
    auto [last, failed] = std::from_chars(word.number.data(), end, numbers[index]);
    if (failed != std::errc() || last != end)
      return word.name + " is '" + word.number + "', but must be a whole number";
  }
  auto missing = std::find(seen.begin(), seen.end(), false);
  return missing == seen.end() ? "" : choices[missing - seen.begin()].name + " is missing";
}

std::string scheduleText(const ScheduleSpace &space, const ScheduleNumbers &numbers) {
  std::string text;
  for (size_t i = 0; i < numbers.size(); ++i)
    text += (i == 0 ? "" : " ") + space.choices.at(i).name + "=" + std::to_string(numbers[i]);
  return text;
}

std::optional<ScheduleNumbers> scheduleNumbers(const ScheduleSpace &space, const std::string &text) {
  ScheduleNumbers numbers;
  if (!readSchedule(space.choices, text, numbers).empty())
    return std::nullopt;
  return numbers;
}

} // namespace swin::codegen
