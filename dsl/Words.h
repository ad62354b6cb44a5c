//===- Words.h - words that were meant ------------------------------------===//
#ifndef SWIN_DSL_WORDS_H
#define SWIN_DSL_WORDS_H

#include <string>
#include <vector>

namespace swin::dsl {

/// The nearest of `known`, if it is near enough to be meant; else "".
std::string nearest(const std::string &word, const std::vector<std::string> &known);

/// did you mean "NEAR"?
std::string didYouMean(const std::string &near);
/// The same in front of a text that lists what is known; the text alone if `near` is "".
std::string didYouMean(const std::string &near, const std::string &known);

std::string join(const std::vector<std::string> &words, const std::string &between = " ");

} // namespace swin::dsl

#endif // SWIN_DSL_WORDS_H
