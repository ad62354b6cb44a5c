//===- Words.cpp - words that were meant ----------------------------------===//
#include "dsl/Words.h"

#include "llvm/ADT/StringRef.h"

#include <algorithm>

namespace swin::dsl {

std::string nearest(const std::string &word, const std::vector<std::string> &known) {
  if (word.size() > 64)
    return "";
  std::string best;
  size_t least = std::max<size_t>(word.size() < 4 ? 1 : 2, word.size() / 3) + 1;
  for (const std::string &candidate : known)
    if (size_t distance = llvm::StringRef(word).edit_distance(candidate); distance < least) {
      least = distance;
      best = candidate;
    }
  return best;
}

std::string didYouMean(const std::string &near) { return "did you mean \"" + near + "\"?"; }

std::string didYouMean(const std::string &near, const std::string &known) {
  return near.empty() ? known : didYouMean(near) + " " + known;
}

std::string join(const std::vector<std::string> &words, const std::string &between) {
  std::string text;
  for (const std::string &word : words)
    text += (text.empty() ? "" : between) + word;
  return text;
}

} // namespace swin::dsl
