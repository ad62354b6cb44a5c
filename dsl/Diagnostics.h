//===- Diagnostics.h - what is wrong with a user's files ------------------===//
// Everything that is wrong is collected, one line each, so that a user sees all of
// it at once. Reading goes on behind an error wherever what follows still has a
// meaning.
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_DIAGNOSTICS_H
#define SWIN_DSL_DIAGNOSTICS_H

#include <string>
#include <vector>

namespace swin::dsl {

/// A place in a text file; lines and columns count from 1, 0 = the file as a whole.
struct Position {
  int line = 0;
  int column = 0;
};

class Diagnostics {
public:
  /// Adds "FILE:LINE:COLUMN: error: WHAT (at POINTER); RIGHT". Position, pointer (a JSON
  /// pointer, "" = none) and what would be right ("" = nothing to say) may be missing.
  void error(const std::string &file, Position where, const std::string &what, const std::string &pointer = "",
             const std::string &right = "");
  /// Adds "FILE: note: WHAT" to notes(). Nothing is wrong, but a user has to know.
  void note(const std::string &file, const std::string &what);
  bool good() const { return messages.empty(); }
  /// Whole lines without line ends, in the order in which they were found.
  const std::vector<std::string> &lines() const { return messages; }
  /// In the same form.
  const std::vector<std::string> &notes() const { return remarks; }

private:
  std::vector<std::string> messages, remarks;
};

} // namespace swin::dsl

#endif // SWIN_DSL_DIAGNOSTICS_H
