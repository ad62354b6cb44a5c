//===- JsonSyntax.h - what is wrong with a text that is no JSON -----------===//
#ifndef SWIN_DSL_JSONSYNTAX_H
#define SWIN_DSL_JSONSYNTAX_H

#include <string>
#include <string_view>

namespace swin::dsl {

/// Where the reading of a text ended: what was understood last, and within what.
struct JsonState {
  size_t offset = 0;                     ///< in bytes, behind what was understood last
  enum { Key, Value, Open } last = Open; ///< Open: a bracket, or nothing at all
  enum { Nothing, Array, Object } within = Nothing;
};

/// A mistake on one line, and the bytes that `fix` should replace.
struct JsonMistake {
  std::string what, right; ///< what == "": not known
  size_t begin = 0, end = 0;
  bool hasFix = false;
  size_t fixBegin = 0, fixEnd = 0;
  std::string fix;
};

/// What a person probably got wrong at that place: a comma too few or too many, quotes, a comment, a word of Python ...
JsonMistake jsonMistake(std::string_view text, const JsonState &state);

} // namespace swin::dsl

#endif // SWIN_DSL_JSONSYNTAX_H
