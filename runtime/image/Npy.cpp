//===- Npy.cpp - float32 arrays in files -----------------------------------===//
#include "runtime/image/Npy.h"
#include "runtime/image/File.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <span>

namespace swin::image {
namespace {

static_assert(std::endian::native == std::endian::little, "values are read and written as they are in memory");

constexpr std::string_view magic = "\x93NUMPY";
constexpr size_t maxHeader = maxNpyStart - 12;
constexpr size_t maxRank = 32;

struct Type {
  std::string_view name;
  uint64_t bytes;
};
/// The first one is float32.
constexpr Type numbers[] = {{"<f4", 4}, {"<f8", 8}, {"<f2", 2}, {"|b1", 1}, {"|i1", 1}, {"|u1", 1},
                            {"<i2", 2}, {"<u2", 2}, {"<i4", 4}, {"<u4", 4}, {"<i8", 8}, {"<u8", 8}};

/// What a terminal can show of a text that anyone may have written, at most so many bytes.
std::string shown(std::string_view text, size_t most) {
  std::string result(text.substr(0, most));
  std::replace_if(result.begin(), result.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return result;
}

/// A Python literal of the one form that .npy headers have: a dictionary of strings, booleans and a tuple.
class HeaderParser {
public:
  HeaderParser(std::string_view text, NpyValues values, std::string &error)
      : text(text), values(values), error(error) {}

  /// `headerBytes` and `count` remain to be said.
  std::optional<NpyHeader> parse() {
    if (!expect('{'))
      return std::nullopt;
    while (!next('}')) {
      std::string_view key;
      if (!parseString(key) || !expect(':') || !parseValue(key))
        return std::nullopt;
      if (!next(',') && peek() != '}')
        return fail("expected ',' or '}'"), std::nullopt;
    }
    if (peek() != '\0')
      return fail("expected nothing after '}'"), std::nullopt;
    for (auto [seen, key] : {std::pair(hasType, "descr"), {hasOrder, "fortran_order"}, {hasShape, "shape"}})
      if (!seen)
        return error = std::string("its header lacks '") + key + "'", std::nullopt;
    return header;
  }

private:
  char peek() {
    while (position < text.size() && (text[position] == ' ' || text[position] == '\n'))
      ++position;
    return position < text.size() ? text[position] : '\0';
  }
  bool next(char wanted) {
    bool found = peek() == wanted && position < text.size();
    position += found;
    return found;
  }
  bool expect(char wanted) { return next(wanted) || fail(std::string("expected '") + wanted + "'"); }
  bool fail(const std::string &what) {
    error = "its header is damaged: " + what + " at character " + std::to_string(position);
    return false;
  }

  bool parseString(std::string_view &result) {
    char quote = peek();
    if (quote != '\'' && quote != '"')
      return fail("expected a string");
    size_t end = text.find(quote, position + 1);
    if (end == std::string_view::npos)
      return fail("a string without an end");
    result = text.substr(position + 1, end - position - 1);
    position = end + 1;
    return true;
  }

  /// Each key may come once.
  bool isFirst(bool &seen, std::string_view key) {
    bool first = !seen;
    seen = true;
    return first || fail("'" + std::string(key) + "' for the second time");
  }

  bool parseValue(std::string_view key) {
    if (key == "descr")
      return isFirst(hasType, key) && parseType();
    if (key == "fortran_order")
      return isFirst(hasOrder, key) && parseOrder();
    if (key == "shape")
      return isFirst(hasShape, key) && parseShape();
    return fail("unknown key '" + shown(key, 40) + "'");
  }

  bool parseType() {
    std::string_view type;
    if (peek() == '[') {
      error = "its values are records: expected float32 ('<f4')";
      return false;
    }
    if (!parseString(type))
      return false;
    for (const Type &known : std::span(numbers).first(values == NpyValues::Float32 ? 1 : std::size(numbers)))
      if (type == known.name) {
        header.type = type;
        header.valueBytes = known.bytes;
        return true;
      }
    error = "its values are '" + shown(type, 20) +
            (values == NpyValues::Float32 ? "': expected float32 ('<f4')"
                                          : "': expected real numbers of at most 8 bytes, low byte first") +
            "; in NumPy, array.astype('float32') converts";
    return false;
  }

  bool parseOrder() {
    peek();
    for (std::string_view word : {"False", "True"}) {
      if (text.substr(position).starts_with(word)) {
        position += word.size();
        if (word == "False")
          return true;
        error = "it is in Fortran order: expected C order; numpy.ascontiguousarray converts";
        return false;
      }
    }
    return fail("expected True or False");
  }

  bool parseShape() {
    if (!expect('('))
      return false;
    while (!next(')')) {
      peek();
      size_t digits = std::min(text.find_first_not_of("0123456789", position), text.size()) - position;
      if (digits == 0)
        return fail("expected a size");
      if (digits > 18)
        return fail("a size of more than 18 digits");
      header.shape.push_back(std::stoll(std::string(text.substr(position, digits))));
      position += digits;
      if (header.shape.size() > maxRank)
        return fail("more than 32 sizes");
      if (!next(',') && peek() != ')')
        return fail("expected ',' or ')'");
    }
    return true;
  }

  std::string_view text;
  NpyValues values;
  std::string &error;
  size_t position = 0;
  bool hasType = false, hasOrder = false, hasShape = false;
  NpyHeader header;
};

} // namespace

std::optional<NpyHeader> parseNpyHeader(std::string_view start, std::string &error, NpyValues values) {
  auto byte = [&](size_t at) { return static_cast<uint64_t>(static_cast<unsigned char>(start[at])); };
  if (!start.starts_with(magic))
    return error = "it is not a .npy file: it does not begin with \\x93NUMPY", std::nullopt;
  if (start.size() < 10)
    return error = "it ends within its header", std::nullopt;
  if (byte(6) < 1 || byte(6) > 3)
    return error = "its version is " + std::to_string(byte(6)) + ": expected 1, 2 or 3", std::nullopt;
  size_t before = byte(6) == 1 ? 10 : 12;
  if (start.size() < before)
    return error = "it ends within its header", std::nullopt;
  uint64_t length = byte(8) | byte(9) << 8;
  if (before == 12)
    length |= byte(10) << 16 | byte(11) << 24;
  if (length > maxHeader)
    return error = "its header has " + std::to_string(length) + " bytes: expected at most 65536", std::nullopt;
  if (start.size() - before < length)
    return error = "it ends within its header", std::nullopt;

  std::optional<NpyHeader> header = HeaderParser(start.substr(before, length), values, error).parse();
  if (!header)
    return std::nullopt;
  header->headerBytes = before + length;
  header->count = 1;
  // A size of 0 makes any product possible, but not a sensible array.
  for (int64_t size : header->shape)
    if (__builtin_mul_overflow(header->count, static_cast<uint64_t>(size), &header->count) ||
        header->count > UINT64_MAX / 8)
      return error = "its shape " + shapeText(header->shape) + " has more values than can be counted", std::nullopt;
  return header;
}

namespace {

/// Opens a file and checks its header; `start` receives the first bytes, header included.
std::optional<NpyHeader> openNpy(const std::string &path, File &file, std::string &start, std::string &error) {
  uint64_t bytes = 0;
  if (!file.openToRead(path, bytes, error))
    return std::nullopt;
  start.resize(std::min<uint64_t>(bytes, maxNpyStart));
  if (!file.read(start.data(), start.size(), error))
    return std::nullopt;
  std::optional<NpyHeader> header = parseNpyHeader(start, error);
  if (!header)
    return std::nullopt;
  uint64_t wanted = header->count * sizeof(float), found = bytes - header->headerBytes;
  if (wanted == found)
    return header;
  error = "its shape " + shapeText(header->shape) + " needs " + std::to_string(wanted) + " bytes of values, it has " +
          std::to_string(found);
  return std::nullopt;
}

} // namespace

std::optional<NpyHeader> readNpyHeader(const std::string &path, std::string &error) {
  File file;
  std::string start;
  return openNpy(path, file, start, error);
}

std::optional<Tensor> readNpy(const std::string &path, std::string &error) {
  File file;
  std::string start;
  std::optional<NpyHeader> header = openNpy(path, file, start, error);
  if (!header)
    return std::nullopt;
  Tensor tensor{header->shape, std::vector<float>(header->count)};
  auto *values = reinterpret_cast<char *>(tensor.values.data());
  uint64_t bytes = header->count * sizeof(float);
  uint64_t there = std::min<uint64_t>(start.size() - header->headerBytes, bytes);
  std::copy_n(start.data() + header->headerBytes, there, values);
  if (!file.read(values + there, bytes - there, error))
    return std::nullopt;
  return tensor;
}

bool writeNpy(const std::string &path, const std::vector<int64_t> &shape, const float *values, std::string &error) {
  std::string sizes;
  uint64_t count = 1;
  for (int64_t size : shape) {
    sizes += (sizes.empty() ? "" : ", ") + std::to_string(size);
    count *= static_cast<uint64_t>(size);
  }
  // A tuple of one has a comma behind it.
  sizes += shape.size() == 1 ? "," : "";
  std::string text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + sizes + "), }";
  // Values begin at a multiple of 64 bytes.
  text.append(63 - (10 + text.size()) % 64, ' ').push_back('\n');
  std::string header(magic);
  header += {'\x01', '\x00', static_cast<char>(text.size() & 255), static_cast<char>(text.size() >> 8)};
  header += text;
  File file;
  return file.openToWrite(path, error) && file.write(header.data(), header.size(), error) &&
         file.write(values, count * sizeof(float), error) && file.close(error);
}

std::string shapeText(const std::vector<int64_t> &shape) {
  std::string text;
  for (int64_t size : shape)
    text += (text.empty() ? "" : " x ") + std::to_string(size);
  return shape.empty() ? "()" : text;
}

} // namespace swin::image
