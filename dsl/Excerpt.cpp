//===- Excerpt.cpp - the place of an error, shown -------------------------===//
#include "dsl/Excerpt.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

namespace swin::dsl {
namespace {

constexpr size_t mostCharacters = 100; ///< of a line that are shown
constexpr size_t mostInFront = 60;     ///< of them in front of the place, where a line is cut

/// The line of a number from 1, without its end and without a byte order mark.
std::string_view lineOf(std::string_view text, int number) {
  if (text.starts_with("\xEF\xBB\xBF"))
    text.remove_prefix(3);
  for (; number > 1; --number) {
    size_t end = text.find('\n');
    if (end == text.npos)
      return {};
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r'))
    text.remove_suffix(1);
  return text;
}

/// The end of the character that begins at a byte: of what counts as a column.
size_t behind(std::string_view line, size_t at) {
  do
    ++at;
  while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80);
  return std::min(at, line.size());
}

size_t byteOf(std::string_view line, int column) {
  size_t at = 0;
  for (int c = 1; c < column && at < line.size(); ++c)
    at = behind(line, at);
  return at;
}

int columnOf(std::string_view line, size_t byte) {
  int column = 1;
  for (size_t at = 0; at < byte && at < line.size(); ++column)
    at = behind(line, at);
  return column;
}

/// The end of the text in quotes that begins at a byte; that of the line if it has none.
size_t quoteEnd(std::string_view line, size_t at) {
  char quote = line[at];
  for (++at; at < line.size() && line[at] != quote; ++at)
    if (line[at] == '\\')
      ++at;
  return std::min(at + 1, line.size());
}

/// The end of the value or key that begins at a byte. Of a list or an object that goes on below it is that of the
/// bracket alone.
size_t valueEnd(std::string_view line, size_t begin) {
  if (begin >= line.size())
    return begin;
  auto isQuote = [&](size_t at) { return line[at] == '"' || line[at] == '\''; };
  if (isQuote(begin))
    return quoteEnd(line, begin);
  if (line[begin] == '{' || line[begin] == '[') {
    size_t depth = 0;
    for (size_t at = begin; at < line.size();) {
      if (isQuote(at)) {
        at = quoteEnd(line, at);
        continue;
      }
      depth += line[at] == '{' || line[at] == '[';
      depth -= line[at] == '}' || line[at] == ']';
      ++at;
      if (depth == 0)
        return at;
    }
    return begin + 1;
  }
  return std::min(std::max(line.find_first_of(" \t,:{}[]\"", begin), behind(line, begin)), line.size());
}

/// The number of a character in UTF-8; none if it is ill-formed.
std::optional<uint32_t> codeOf(std::string_view character) {
  auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1)
    return first < 0x80 ? std::optional<uint32_t>(first) : std::nullopt;
  constexpr uint32_t leasts[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
  if (bytes != character.size())
    return std::nullopt;
  uint32_t code = first & (0xFFu >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i)
    code = code << 6 | (static_cast<unsigned char>(character[i]) & 0x3F);
  bool isSurrogate = code >= 0xD800 && code < 0xE000;
  return code < leasts[bytes] || code > 0x10FFFF || isSurrogate ? std::nullopt : std::optional<uint32_t>(code);
}

struct Range {
  uint32_t first, last;
};
// What moves the cursor, turns the direction of a text or is none; and what takes two columns of a terminal or none.
constexpr Range hidden[] = {{0, 0x1F},          {0x7F, 0x9F},     {0xAD, 0xAD},     {0x61C, 0x61C},
                            {0x200B, 0x200F},   {0x2028, 0x202E}, {0x2060, 0x206F}, {0xE000, 0xF8FF},
                            {0xFEFF, 0xFEFF},   {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE0FFF},
                            {0xF0000, 0x10FFFF}};
constexpr Range wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},  {0xAC00, 0xD7A3},
                          {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6},
                          {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
constexpr Range combining[] = {{0x300, 0x36F}, {0x1AB0, 0x1AFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};

template <size_t count> bool isIn(const Range (&ranges)[count], uint32_t code) {
  return std::any_of(ranges, ranges + count,
                     [&](const Range &range) { return code >= range.first && code <= range.last; });
}

/// What becomes visible of a character, and how many columns of a terminal it takes.
struct Shown {
  std::string text;
  size_t width = 1;
};

Shown shown(std::string_view character) {
  if (character == "\t")
    return {"\t", 1};
  std::optional<uint32_t> code = codeOf(character);
  if (!code || isIn(hidden, *code))
    return {"\xEF\xBF\xBD", 1};
  return {std::string(character), isIn(wide, *code) ? 2u : isIn(combining, *code) ? 0u : 1u};
}

/// The part of a line that is shown.
class Window {
public:
  Window(std::string_view line, size_t place) : line(line) {
    std::vector<size_t> begins;
    size_t before = 0; // characters in front of the place
    for (size_t at = 0; at < line.size(); at = behind(line, at)) {
      begins.push_back(at);
      before += at < place;
    }
    if (begins.size() <= mostCharacters) {
      end = line.size();
      return;
    }
    size_t first = before > mostInFront ? before - mostInFront : 0;
    first = std::min(first, begins.size() - mostCharacters);
    begin = begins[first];
    end = first + mostCharacters < begins.size() ? begins[first + mostCharacters] : line.size();
  }

  std::string text() const {
    std::string result = dotsBefore();
    for (size_t at = begin; at < end; at = behind(line, at))
      result += shown(line.substr(at, behind(line, at) - at)).text;
    return result + (end < line.size() ? "..." : "");
  }

  /// What leads to the place of a byte in the line below.
  std::string blanksTo(size_t byte) const {
    std::string result(dotsBefore().size(), ' ');
    for (size_t at = begin; at < std::min(byte, end); at = behind(line, at)) {
      Shown each = shown(line.substr(at, behind(line, at) - at));
      result += each.text == "\t" ? "\t" : std::string(each.width, ' ');
    }
    return result;
  }

  bool has(size_t byte) const { return byte >= begin && byte <= end; }

  /// Columns of a terminal from one byte to another, both of them shown.
  size_t widthOf(size_t from, size_t to) const {
    size_t width = 0;
    for (size_t at = from; at < std::min(to, end); at = behind(line, at))
      width += shown(line.substr(at, behind(line, at) - at)).width;
    return width;
  }

private:
  std::string dotsBefore() const { return begin > 0 ? "..." : ""; }

  std::string_view line;
  size_t begin = 0, end = 0;
};

/// `by` as it would be written where `written` is; "" if what is written there is not `word`.
std::string rewritten(std::string_view written, const Replacement &replace) {
  bool isQuoted = written.size() >= 2 && (written[0] == '"' || written[0] == '\'') && written.back() == written[0];
  std::string_view said = isQuoted ? written.substr(1, written.size() - 2) : written;
  // What would need an escape is no word of ours.
  if (replace.by.empty() || said != replace.word || replace.by.find_first_of("\"'\\\n") != replace.by.npos)
    return "";
  std::string quote(isQuoted ? 1 : 0, written[0]);
  return quote + replace.by + quote;
}

/// Whether it is as short and plain as words of ours are.
bool isPlain(const std::string &text) {
  return text.size() <= mostCharacters &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

} // namespace

void showPlace(std::string_view text, Diagnostic &diagnostic, const Replacement &replace) {
  std::string_view line = lineOf(text, diagnostic.where.line);
  size_t begin = byteOf(line, diagnostic.where.column);
  size_t end = diagnostic.endColumn > 0 ? byteOf(line, diagnostic.endColumn) : valueEnd(line, begin);
  if (diagnostic.endColumn == 0 && end > begin)
    diagnostic.endColumn = columnOf(line, end);
  if (std::string by = rewritten(line.substr(begin, end - begin), replace); !diagnostic.fix && !by.empty())
    diagnostic.fix = Fix{diagnostic.where, diagnostic.endColumn, by};

  Window window(line, begin);
  char number[24];
  std::snprintf(number, sizeof number, " %5d | ", diagnostic.where.line);
  std::string margin = std::string(std::string(number).size() - 2, ' ') + "| ";
  size_t width = std::max<size_t>(window.widthOf(begin, std::max(end, begin)), 1);
  diagnostic.excerpt =
      number + window.text() + "\n" + margin + window.blanksTo(begin) + "^" + std::string(width - 1, '~') + "\n";
  if (!diagnostic.fix || diagnostic.fix->text.empty() || diagnostic.fix->where.line != diagnostic.where.line ||
      !isPlain(diagnostic.fix->text))
    return;
  size_t place = byteOf(line, diagnostic.fix->where.column);
  if (window.has(place))
    diagnostic.excerpt += margin + window.blanksTo(place) + diagnostic.fix->text + "\n";
}

} // namespace swin::dsl
