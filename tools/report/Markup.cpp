//===- Markup.cpp - HTML and SVG that are well-formed ---------------------===//
#include "tools/report/Markup.h"

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace swin::tools {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

/// Bytes of the character that `text` begins with; 0 if no XML may hold it or it is not UTF-8.
size_t characterBytes(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  uint32_t lead = byte(0);
  if (lead < 0x80)
    return (lead >= 0x20 && lead != 0x7f) || lead == '\n' || lead == '\t';
  size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes)
    return 0;
  uint32_t code = lead & (0xFFu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  // Longer than need be, halves of pairs, no characters at all.
  if ((bytes == 3 && code < 0x800) || (bytes == 4 && (code < 0x10000 || code > 0x10FFFF)) ||
      (code >= 0xD800 && code <= 0xDFFF) || code == 0xFFFE || code == 0xFFFF)
    return 0;
  return bytes;
}

void writeEscaped(std::string &out, std::string_view text) {
  while (!text.empty()) {
    size_t bytes = characterBytes(text);
    if (bytes == 0)
      out += replacement;
    else if (text[0] == '<')
      out += "&lt;";
    else if (text[0] == '>')
      out += "&gt;";
    else if (text[0] == '&')
      out += "&amp;";
    else if (text[0] == '"')
      out += "&quot;";
    else
      out += text.substr(0, bytes);
    text.remove_prefix(bytes == 0 ? 1 : bytes);
    // One mark for what is left of a character that was cut off.
    while (bytes == 0 && !text.empty() && (static_cast<uint8_t>(text[0]) & 0xC0) == 0x80)
      text.remove_prefix(1);
  }
}

} // namespace

std::string fixed(double value, int digits) {
  if (!std::isfinite(value))
    return "-";
  int length = std::snprintf(nullptr, 0, "%.*f", digits, value);
  std::string text(static_cast<size_t>(length) + 1, '\0');
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  text.pop_back();
  return text;
}

std::string pixels(double value) {
  std::string text = fixed(std::isfinite(value) ? value : 0, 1);
  return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

void Markup::begin(std::string_view name, Attributes attributes) {
  out.append("<").append(name);
  for (const Attribute &attribute : attributes) {
    out.append(" ").append(attribute.name).append("=\"");
    writeEscaped(out, attribute.value);
    out += '"';
  }
}

void Markup::element(std::string_view name, Attributes attributes, const std::function<void()> &content) {
  begin(name, attributes);
  out += '>';
  content();
  out.append("</").append(name).append(">");
}

void Markup::element(std::string_view name, Attributes attributes, std::string_view text) {
  element(name, attributes, [&] { writeEscaped(out, text); });
}

void Markup::empty(std::string_view name, Attributes attributes) {
  begin(name, attributes);
  out += "/>";
}

void Markup::text(std::string_view text) { writeEscaped(out, text); }

} // namespace swin::tools
