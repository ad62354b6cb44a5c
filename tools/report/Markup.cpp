//===- Markup.cpp - HTML and SVG that are well-formed ---------------------===//
#include "tools/report/Markup.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

#include <cmath>

using llvm::StringRef;

namespace swin::tools {
namespace {

void writeEscaped(llvm::raw_ostream &out, StringRef text) {
  std::string sound;
  if (!llvm::json::isUTF8(text)) {
    sound = llvm::json::fixUTF8(text);
    text = sound;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '<')
      out << "&lt;";
    else if (c == '>')
      out << "&gt;";
    else if (c == '&')
      out << "&amp;";
    else if (c == '"')
      out << "&quot;";
    else if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f)
      out << "\xEF\xBF\xBD";
    else if (text.substr(i).starts_with("\xEF\xBF\xBE") || text.substr(i).starts_with("\xEF\xBF\xBF")) {
      out << "\xEF\xBF\xBD"; // the two code points of the first plane that are no characters
      i += 2;
    } else
      out << c;
  }
}

} // namespace

std::string fixed(double value, int digits) {
  if (!std::isfinite(value))
    return "-";
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.*f", digits, value);
  return text;
}

std::string pixels(double value) {
  std::string text = fixed(std::isfinite(value) ? value : 0, 1);
  return StringRef(text).ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

void Markup::begin(StringRef name, Attributes attributes) {
  out << "<" << name;
  for (const Attribute &attribute : attributes) {
    out << " " << attribute.name << "=\"";
    writeEscaped(out, attribute.value);
    out << "\"";
  }
}

void Markup::element(StringRef name, Attributes attributes, llvm::function_ref<void()> content) {
  begin(name, attributes);
  out << ">";
  content();
  out << "</" << name << ">";
}

void Markup::element(StringRef name, Attributes attributes, StringRef text) {
  element(name, attributes, [&] { writeEscaped(out, text); });
}

void Markup::empty(StringRef name, Attributes attributes) {
  begin(name, attributes);
  out << "/>";
}

void Markup::text(StringRef text) { writeEscaped(out, text); }

} // namespace swin::tools
