//===- Mutator.h - damaged inputs -----------------------------------------===//
#ifndef SWIN_TESTS_FUZZ_MUTATOR_H
#define SWIN_TESTS_FUZZ_MUTATOR_H

#include <algorithm>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace swin::fuzz {

/// What numbers and words of a text become.
inline constexpr const char *words[] = {
    "0",    "-1",     "65536", "9223372036854775807", "1e308", "-9223372036854775808", "[]", "null", "{}", "\"\"",
    "true", "1e-320", "16384"};

/// Damages bytes and words.
class Mutator {
public:
  /// `dictionary`: words that inputs have.
  explicit Mutator(unsigned seed, std::vector<std::string> dictionary = {})
      : random(seed), dictionary(std::move(dictionary)) {
    this->dictionary.insert(this->dictionary.end(), std::begin(words), std::end(words));
  }

  std::string mutate(std::string text) {
    for (size_t count = upTo(2) + 1; count > 0 && !text.empty(); --count) {
      size_t at = upTo(text.size() - 1), length = std::min(upTo(6) + 1, text.size() - at);
      switch (upTo(7)) {
      case 0:
        text[at] = static_cast<char>(upTo(255));
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(upTo(text.size()), text.substr(at, length));
        break;
      case 3:
        text.resize(at);
        break;
      case 4: // a number or word becomes another
        text.replace(at, length, word());
        break;
      case 5:
        if (size_t digit = text.find_first_of("0123456789", at); digit != std::string::npos)
          text.replace(digit, 1, word());
        break;
      case 6:
        text[at] = static_cast<char>(text[at] ^ 1 << upTo(7));
        break;
      case 7:
        text.insert(at, word());
        break;
      }
    }
    return text;
  }

  /// The begin of one and the end of another.
  std::string splice(const std::string &first, const std::string &second) {
    return first.substr(0, upTo(first.size())) + second.substr(upTo(second.size()));
  }

  size_t upTo(size_t most) { return std::uniform_int_distribution<size_t>(0, most)(random); }
  const std::string &word() { return dictionary[upTo(dictionary.size() - 1)]; }

private:
  std::mt19937 random;
  std::vector<std::string> dictionary;
};

} // namespace swin::fuzz

#endif // SWIN_TESTS_FUZZ_MUTATOR_H
