//===- Markup.h - HTML and SVG that are well-formed -----------------------===//
#ifndef SWIN_TOOLS_REPORT_MARKUP_H
#define SWIN_TOOLS_REPORT_MARKUP_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

#include <initializer_list>
#include <string>

namespace swin::tools {

/// So many digits behind the point; "-" if it is not finite.
std::string fixed(double value, int digits);
/// A length in a drawing: one digit behind the point at most.
std::string pixels(double value);

struct Attribute {
  Attribute(llvm::StringRef name, const llvm::Twine &value) : name(name), value(value.str()) {}
  Attribute(llvm::StringRef name, double value) : name(name), value(pixels(value)) {}
  Attribute(llvm::StringRef name, int value) : name(name), value(std::to_string(value)) {}

  llvm::StringRef name;
  std::string value;
};
using Attributes = std::initializer_list<Attribute>;

/// Elements within each other. What is written is XML and HTML: tags are balanced, texts and values of attributes
/// are escaped, and what no XML may hold (control characters, bytes that are not UTF-8) is replaced.
class Markup {
public:
  explicit Markup(llvm::raw_ostream &out) : out(out) {}

  void element(llvm::StringRef name, Attributes attributes, llvm::function_ref<void()> content);
  void element(llvm::StringRef name, Attributes attributes, llvm::StringRef text);
  /// Without content, in HTML only for elements that have none (meta, input) and in SVG.
  void empty(llvm::StringRef name, Attributes attributes);
  void text(llvm::StringRef text);
  /// Text that is not escaped: scripts and styles that hold neither "<" nor "&".
  void raw(llvm::StringRef text) { out << text; }

private:
  void begin(llvm::StringRef name, Attributes attributes);

  llvm::raw_ostream &out;
};

} // namespace swin::tools

#endif // SWIN_TOOLS_REPORT_MARKUP_H
