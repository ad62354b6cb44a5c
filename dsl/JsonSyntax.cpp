//===- JsonSyntax.cpp - what is wrong with a text that is no JSON ---------===//
#include "dsl/JsonSyntax.h"

#include "dsl/Json.h"

#include <algorithm>
#include <cstring>

namespace swin::dsl {
namespace {

bool isBlank(char c) { return std::strchr(" \t\r\n", c) && c != 0; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

class Finder {
public:
  Finder(std::string_view text, const JsonState &state) : text(text), state(state) {}

  JsonMistake find() {
    separators();
    word = std::string(text.substr(at, wordEnd() - at));
    if (at >= text.size())
      return atEnd();
    if (text.substr(at).starts_with("//") || text.substr(at).starts_with("/*") || text[at] == '#')
      return mistake("a comment", "expected none, JSON has no comments");
    if (state.within == JsonState::Nothing && state.last != JsonState::Open)
      return mistake("found " + shown() + " behind the end of the description", "expected nothing more");
    bool wantsComma = state.last == JsonState::Value && commas == 0 && state.within != JsonState::Nothing;
    if (size_t zero = zeroBefore(); wantsComma && zero < state.offset)
      return mistakeAt(zero, state.offset, "a number that begins with 0", "expected no zeros in front of it");
    if (wantsComma)
      return withoutComma();
    if (commas > 1)
      return mistakeAt(lastComma, lastComma + 1, "two commas", "expected a value between them", "");
    if (isCloser(text[at]) && commas == 1)
      return mistakeAt(lastComma, lastComma + 1, std::string("a comma in front of ") + text[at],
                       "expected none behind the last one", "");
    if (state.last == JsonState::Key && colons == 0)
      return mistakeAt(state.offset, state.offset, "a colon is missing", "expected : between a key and its value", ":");
    bool wantsKey = state.within == JsonState::Object && state.last != JsonState::Key;
    return wantsKey ? badKey() : badValue();
  }

private:
  /// Commas, colons and blanks behind what was understood.
  void separators() {
    for (at = state.offset; at < text.size() && (isBlank(text[at]) || text[at] == ',' || text[at] == ':'); ++at) {
      if (text[at] == ',')
        ++commas, lastComma = at;
      colons += text[at] == ':';
    }
  }

  /// Where the last word begins if it is a number with a zero in front; else where it ends.
  size_t zeroBefore() const {
    size_t begin = text.substr(0, state.offset).find_last_of(" \t\r\n,:{}[]\"");
    begin = begin == text.npos ? 0 : begin + 1;
    size_t digits = begin + (begin < state.offset && text[begin] == '-');
    return digits + 1 < state.offset && text[digits] == '0' && isDigit(text[digits + 1]) ? begin : state.offset;
  }

  static bool isCloser(char c) { return c == '}' || c == ']'; }

  size_t wordEnd() const {
    if (at >= text.size())
      return at;
    char first = text[at];
    if (first == '"' || first == '\'') {
      size_t end = text.find_first_of(first == '"' ? "\"\n" : "'\n", at + 1);
      return end == text.npos ? text.size() : end + (text[end] == first);
    }
    size_t end = text.find_first_of(" \t\r\n,:{}[]\"", at);
    return std::max(at + 1, std::min(end, text.size()));
  }

  std::string shown() const { return printable(word, 40); }

  JsonMistake mistakeAt(size_t begin, size_t end, const std::string &what, const std::string &right) const {
    return {what, right, begin, end, false, 0, 0, ""};
  }
  JsonMistake mistakeAt(size_t begin, size_t end, const std::string &what, const std::string &right,
                        const std::string &fix) const {
    return {what, right, begin, std::max(end, begin + 1), true, begin, end, fix};
  }
  JsonMistake mistake(const std::string &what, const std::string &right) const {
    return mistakeAt(at, at + word.size(), what, right);
  }
  JsonMistake mistake(const std::string &what, const std::string &right, const std::string &fix) const {
    return mistakeAt(at, at + word.size(), what, right, fix);
  }

  JsonMistake atEnd() const {
    if (state.last == JsonState::Open && state.within == JsonState::Nothing)
      return mistake("nothing is in it", "expected a description of a model");
    const char *missing = state.within == JsonState::Object ? "}" : "]";
    return mistake("the text ends too early", std::string("expected ") + missing + " before its end");
  }

  JsonMistake withoutComma() const {
    if (isCloser(text[at]))
      return mistake("found " + word + " where " + (state.within == JsonState::Object ? "{" : "[") + " is open",
                     state.within == JsonState::Object ? "expected }" : "expected ]");
    if (colons > 0)
      return mistakeAt(state.offset, state.offset, "a colon where a comma should be", "expected , between two values");
    return mistakeAt(state.offset, state.offset, "a comma is missing", "expected , in front of " + shown(), ",");
  }

  /// 'word' as "word"; "" if there is more to it.
  std::string doubleQuoted() const {
    bool plain = word.size() >= 2 && word[0] == '\'' && word.back() == '\'' && word.find_first_of("\"\\") == word.npos;
    return plain ? "\"" + word.substr(1, word.size() - 2) + "\"" : "";
  }

  bool isWord() const {
    return std::all_of(word.begin(), word.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == '_' || c == '-' || c == '.';
    });
  }

  JsonMistake badText() const {
    bool hasEnd = word.size() > 1 && word.back() == '"';
    return hasEnd ? JsonMistake() : mistake("a text that does not end on its line", "expected \" behind it");
  }

  JsonMistake badKey() const {
    if (std::string fix = doubleQuoted(); !fix.empty())
      return mistake("a key in ' '", "expected " + printable(fix, 40), fix);
    if (isWord())
      return mistake("a key without quotes", "expected \"" + shown() + "\"", "\"" + word + "\"");
    if (text[at] == '"')
      return badText();
    return mistake("found " + shown(), "expected a key in double quotes");
  }

  JsonMistake badValue() const {
    if (std::string fix = doubleQuoted(); !fix.empty())
      return mistake("a text in ' '", "expected " + printable(fix, 40), fix);
    constexpr const char *python[][2] = {{"True", "true"}, {"False", "false"}, {"None", "null"}};
    for (auto [theirs, ours] : python)
      if (word == theirs)
        return mistake(std::string("found ") + theirs, std::string("expected ") + ours, ours);
    if (word == "NaN" || word == "Infinity" || word == "-Infinity")
      return mistake("found " + word, "expected a finite number");
    if (isCloser(text[at]) || (commas > 0 && state.last == JsonState::Key))
      return mistake("a value is missing", "expected one in front of " + shown());
    bool isLetters = std::none_of(word.begin(), word.end(), isDigit) && isWord() && word[0] != '-' && word[0] != '.';
    if (isLetters)
      return mistake("found " + shown(), "expected a value; texts stand in double quotes", "\"" + word + "\"");
    if (text[at] == '"')
      return badText();
    // What may be a number has its own sentences.
    return isDigit(text[at]) || text[at] == '-' ? JsonMistake() : mistake("found " + shown(), "expected a value");
  }

  std::string_view text;
  const JsonState &state;
  size_t at = 0; ///< where what is not understood begins
  size_t commas = 0, colons = 0, lastComma = 0;
  std::string word;
};

} // namespace

JsonMistake jsonMistake(std::string_view text, const JsonState &state) { return Finder(text, state).find(); }

} // namespace swin::dsl
