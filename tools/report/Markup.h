//===- Markup.h - HTML and SVG that are well-formed -----------------------===//
// No LLVM: programs around compiled models write pages, too.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_REPORT_MARKUP_H
#define SWIN_TOOLS_REPORT_MARKUP_H

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

namespace swin::tools {

/// So many digits behind the point; "-" if it is not finite.
std::string fixed(double value, int digits);
/// A length in a drawing: one digit behind the point at most.
std::string pixels(double value);

struct Attribute {
  Attribute(std::string_view name, std::string_view value) : name(name), value(value) {}
  /// Of anything that makes a string of itself.
  template <typename Text>
    requires requires(const Text &text) { std::string(text.str()); }
  Attribute(std::string_view name, const Text &value) : name(name), value(value.str()) {}
  Attribute(std::string_view name, double value) : name(name), value(pixels(value)) {}
  Attribute(std::string_view name, int value) : name(name), value(std::to_string(value)) {}

  std::string_view name;
  std::string value;
};
using Attributes = std::initializer_list<Attribute>;

/// Elements within each other. What is written is XML and HTML: tags are balanced, texts and values of attributes
/// are escaped, and what no XML may hold (control characters, bytes that are not UTF-8) is replaced.
class Markup {
public:
  /// Appends to `out`.
  explicit Markup(std::string &out) : out(out) {}

  void element(std::string_view name, Attributes attributes, const std::function<void()> &content);
  void element(std::string_view name, Attributes attributes, std::string_view text);
  /// Without content, in HTML only for elements that have none (meta, input) and in SVG.
  void empty(std::string_view name, Attributes attributes);
  void text(std::string_view text);
  /// Text that is not escaped: scripts and styles that hold neither "<" nor "&".
  void raw(std::string_view text) { out += text; }

private:
  void begin(std::string_view name, Attributes attributes);

  std::string &out;
};

} // namespace swin::tools

#endif // SWIN_TOOLS_REPORT_MARKUP_H
