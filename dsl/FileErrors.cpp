//===- FileErrors.cpp - errors at one binary file -------------------------===//
#include "dsl/FileErrors.h"

namespace swin::dsl {

void FileErrors::add(const std::string &what, const std::string &right) {
  if (open())
    errors.error(file, {}, what, "", right);
  ++count;
}

bool FileErrors::finish() {
  if (count > most)
    errors.error(file, {}, "and " + std::to_string(count - most) + " more");
  return count == 0;
}

std::string nameText(std::string_view name) {
  constexpr size_t longest = 120;
  const char digits[] = "0123456789abcdef";
  std::string text = "'";
  for (unsigned char c : name.substr(0, longest)) {
    if (c >= 0x20 && c < 0x7f)
      text += static_cast<char>(c);
    else
      text += std::string("\\x") + digits[c >> 4] + digits[c & 15];
  }
  return text + (name.size() > longest ? "...'" : "'");
}

std::string shapeText(const std::vector<int64_t> &shape) {
  if (shape.empty())
    return "scalar";
  std::string text;
  for (int64_t size : shape)
    text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

std::string windowText(Size window) {
  return std::to_string(window[0]) + (window[0] == window[1] ? "" : "x" + std::to_string(window[1]));
}

std::string numberText(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.4g", value);
  return buffer;
}

} // namespace swin::dsl
