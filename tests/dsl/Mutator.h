//===- Mutator.h - damaged texts ------------------------------------------===//
#ifndef SWIN_TESTS_DSL_MUTATOR_H
#define SWIN_TESTS_DSL_MUTATOR_H

#include <algorithm>
#include <iterator>
#include <random>
#include <string>

namespace swin::dsl::tests {

/// Damages bytes of a text.
class Mutator {
public:
  explicit Mutator(unsigned seed) : random(seed) {}

  std::string mutate(std::string text) {
    for (size_t count = upTo(2) + 1; count > 0 && !text.empty(); --count) {
      size_t at = upTo(text.size() - 1), length = std::min(upTo(6) + 1, text.size() - at);
      switch (upTo(5)) {
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
        text.replace(at, length, words[upTo(std::size(words) - 1)]);
        break;
      case 5:
        if (size_t digit = text.find_first_of("0123456789", at); digit != std::string::npos)
          text.replace(digit, 1, words[upTo(std::size(words) - 1)]);
        break;
      }
    }
    return text;
  }

  size_t upTo(size_t most) { return std::uniform_int_distribution<size_t>(0, most)(random); }

  static constexpr const char *words[] = {
      "0",    "-1",     "65536", "9223372036854775807", "1e308", "-9223372036854775808", "[]", "null", "{}", "\"\"",
      "true", "1e-320", "16384"};

private:
  std::mt19937 random;
};

} // namespace swin::dsl::tests

#endif // SWIN_TESTS_DSL_MUTATOR_H
