//===- Json.h - JSON whose values know their place ------------------------===//
// For untrusted files: size, depth and number of values are bounded, and a file that
// was read without errors has no key twice, no number that is not finite and no
// ill-formed text.
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_JSON_H
#define SWIN_DSL_JSON_H

#include "dsl/Diagnostics.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace swin::dsl {

inline constexpr size_t maxJsonBytes = size_t(16) << 20;
inline constexpr size_t maxJsonDepth = 64;
inline constexpr size_t maxJsonValues = 250000;

struct JsonMember;

/// A value. Lines and columns (of characters) count from 1.
struct Json {
  enum class Kind { Null, Boolean, Integer, Number, Text, Array, Object };
  Kind kind = Kind::Null;
  Position where;
  bool boolean = false;
  int64_t integer = 0;
  double number = 0; ///< of an Integer too
  std::string text;
  std::vector<Json> elements;
  std::vector<JsonMember> members; ///< in the file's order

  /// The value of a key of an object, or null.
  const Json *find(const std::string &key) const;
};

struct JsonMember {
  std::string key;
  Position where; ///< of the key
  Json value;
};

/// Parses a whole text. Syntax errors end it; then, or when it is too large, there is no
/// value. Keys that are there twice are errors of a value that goes on (the first counts).
std::optional<Json> parseJson(const std::string &text, const std::string &file, Diagnostics &errors);

/// The text of a file of at most `maxJsonBytes`; else an error.
std::optional<std::string> readTextFile(const std::string &path, Diagnostics &errors);

/// The value at a JSON pointer ("/stages/0/heads"; "" = the whole), or null.
const Json *valueAt(const Json &root, const std::string &pointer);

/// A key as a part of a JSON pointer.
std::string pointerPart(const std::string &key);

/// Untrusted text for a message: one line, without control characters and ill-formed
/// bytes, shortened.
std::string printable(const std::string &text, size_t maxBytes = 60);

/// A value in a message: `"seven"`, `7`, `an object` ...
std::string describe(const Json &value);

} // namespace swin::dsl

#endif // SWIN_DSL_JSON_H
