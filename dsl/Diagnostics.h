//===- Diagnostics.h - what is wrong with a user's files ------------------===//
// Everything that is wrong is collected, so that a user sees all of it at once. Reading
// goes on behind an error wherever what follows still has a meaning.
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_DIAGNOSTICS_H
#define SWIN_DSL_DIAGNOSTICS_H

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace swin::dsl {

/// A place in a text file; lines and columns (of characters) count from 1, 0 = the file as
/// a whole.
struct Position {
  int line = 0;
  int column = 0;
};

/// What would be right in place of the characters from `where` to `endColumn` of its line,
/// without the latter; they may be none.
struct Fix {
  Position where;
  int endColumn = 0;
  std::string text;
};

/// A word of a file and what should be in its place; nothing is to be replaced if `by` is empty.
struct Replacement {
  std::string word, by;
};

struct Diagnostic {
  enum class Severity { Error, Note };
  Severity severity = Severity::Error;
  std::string file; ///< "" = none
  Position where;
  int endColumn = 0;   ///< behind what is wrong, on the same line; 0 = not known
  std::string what;    ///< a sentence without a full stop
  std::string pointer; ///< JSON pointer; "" = none
  std::string right;   ///< what would be right; "" = nothing to say
  std::optional<Fix> fix;
  std::string layer;   ///< of the model; "" = none
  std::string excerpt; ///< lines that show the place in the file, each with a line end; may be none
};

/// "FILE:LINE:COLUMN: error: WHAT (at POINTER); RIGHT" without what is not there.
std::string headline(const Diagnostic &diagnostic);
std::vector<std::string> headlines(const std::vector<Diagnostic> &diagnostics);
/// An object of JSON on one line: severity, file, line, column, end_column, message, pointer, right, fix {line, column,
/// end_column, text} and layer, without what is not there.
std::string jsonLine(const Diagnostic &diagnostic);

/// SourceTexts by the names of their files.
using SourceTexts = std::map<std::string, std::shared_ptr<const std::string>>;

class Diagnostics {
public:
  explicit Diagnostics(SourceTexts texts = {}) : texts(std::move(texts)) {}

  /// Keeps the text that errors at `file` are about, to show their places.
  void keep(const std::string &file, const std::string &text);
  const SourceTexts &keptTexts() const { return texts; }

  /// Adds an error. Where it ends and its excerpt follow from the file's text; a fix, too, if
  /// what stands there is `replace.word`.
  void error(Diagnostic diagnostic, const Replacement &replace = {});
  /// Position, pointer and what would be right ("" = nothing to say) may be missing.
  void error(const std::string &file, Position where, const std::string &what, const std::string &pointer = "",
             const std::string &right = "", const Replacement &replace = {});
  /// Nothing is wrong, but a user has to know.
  void note(const std::string &file, const std::string &what);

  bool good() const { return all.empty(); }
  /// In the order in which they were found.
  const std::vector<Diagnostic> &errors() const { return all; }
  const std::vector<Diagnostic> &notes() const { return remarks; }
  /// Headlines of the errors.
  std::vector<std::string> lines() const { return headlines(all); }

private:
  std::vector<Diagnostic> all, remarks;
  SourceTexts texts;
};

} // namespace swin::dsl

#endif // SWIN_DSL_DIAGNOSTICS_H
