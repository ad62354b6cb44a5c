//===- Json.cpp - JSON whose values know their place ----------------------===//
// nlohmann's parser reads and checks; it does not say where a value begins. A cursor
// goes through the same text beside it, from one event to the next: by then all that
// lies between is known to be well-formed.
//===----------------------------------------------------------------------===//
#include "dsl/Json.h"

#include "dsl/JsonSyntax.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <unordered_map>

namespace swin::dsl {
namespace {

class Cursor {
public:
  explicit Cursor(const std::string &text) : text(text) {
    if (text.starts_with("\xEF\xBB\xBF"))
      offset = 3;
  }

  /// Moves to the next token and over it; returns where it began.
  Position next() {
    while (offset < text.size() && std::strchr(" \t\r\n,:", text[offset]))
      step();
    Position begin = here;
    if (offset >= text.size())
      return begin;
    char first = text[offset];
    step();
    if (first == '"') {
      while (offset < text.size() && text[offset] != '"') {
        if (text[offset] == '\\')
          step();
        step();
      }
      step();
    } else if (!std::strchr("{}[]", first)) {
      while (offset < text.size() && !std::strchr(" \t\r\n,:{}[]\"", text[offset]))
        step();
    }
    return begin;
  }

  /// Behind the last token, in bytes.
  size_t place() const { return offset; }

  /// Where a byte of the text is.
  Position at(size_t byte) {
    while (offset < std::min(byte, text.size()))
      step();
    return here;
  }

private:
  void step() {
    if (offset >= text.size())
      return;
    auto byte = static_cast<unsigned char>(text[offset++]);
    auto following = offset < text.size() ? static_cast<unsigned char>(text[offset]) : 0;
    if (byte == '\n')
      here = {here.line + 1, 1};
    else if ((following & 0xC0) != 0x80) // a column is a character, not a byte
      ++here.column;
  }

  const std::string &text;
  size_t offset = 0;
  Position here = {1, 1};
};

class Builder : public nlohmann::json_sax<nlohmann::json> {
public:
  Builder(const std::string &text, const std::string &file, Diagnostics &errors)
      : text(text), file(file), errors(errors), cursor(text) {}

  bool null() override { return leaf(Json::Kind::Null); }
  bool boolean(bool value) override {
    return leaf(Json::Kind::Boolean, [&](Json &json) { json.boolean = value; });
  }
  bool number_integer(number_integer_t value) override { return integer(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value <= static_cast<uint64_t>(INT64_MAX))
      return integer(static_cast<int64_t>(value));
    return number_float(static_cast<double>(value), {});
  }
  bool number_float(number_float_t value, const string_t &) override {
    return leaf(Json::Kind::Number, [&](Json &json) { json.number = value; });
  }
  bool string(string_t &value) override {
    return leaf(Json::Kind::Text, [&](Json &json) { json.text = std::move(value); });
  }
  bool binary(binary_t &) override { return false; } // JSON has none
  bool start_object(size_t) override { return open(Json::Kind::Object); }
  bool end_object() override { return close(); }
  bool start_array(size_t) override { return open(Json::Kind::Array); }
  bool end_array() override { return close(); }

  bool key(string_t &value) override {
    Frame &frame = stack.back();
    Position where = cursor.next();
    auto [first, isNew] = frame.keys.try_emplace(value, where);
    if (!isNew)
      errors.error(file, where, "key \"" + printable(value) + "\" is there twice", "",
                   "the first is at " + std::to_string(first->second.line) + ":" +
                       std::to_string(first->second.column));
    frame.key = std::move(value);
    frame.keyWhere = where;
    last = JsonState::Key;
    return true;
  }

  bool parse_error(size_t position, const std::string &, const nlohmann::json::exception &exception) override {
    std::string what = exception.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error ..."
    if (size_t end = what.find("] "); what.starts_with('[') && end != std::string::npos)
      what.erase(0, end + 2);
    if (size_t end = what.find(": "); what.starts_with("parse error at") && end != std::string::npos)
      what.erase(0, end + 2);
    // What was read last stands at that place.
    what = what.substr(0, what.find("; last read: "));
    Diagnostic error;
    error.file = file;
    JsonMistake mistake;
    if (what.find("ill-formed UTF-8") == what.npos)
      mistake = jsonMistake(text, stateNow());
    if (mistake.what.empty()) {
      error.what = printable(what, 200);
      error.where = cursor.at(position == 0 ? 0 : position - 1);
      error.endColumn = error.where.column + 1;
    } else {
      error.what = mistake.what;
      error.right = mistake.right;
      error.where = Cursor(text).at(mistake.begin);
      error.endColumn = std::max(Cursor(text).at(mistake.end).column, error.where.column + 1);
      Position fix = Cursor(text).at(mistake.fixBegin);
      if (mistake.hasFix)
        error.fix = Fix{fix, Cursor(text).at(mistake.fixEnd).column, mistake.fix};
    }
    errors.error(std::move(error));
    return false;
  }

  Json root;

private:
  struct Frame {
    Json *json = nullptr;
    std::unordered_map<std::string, Position> keys;
    std::string key;
    Position keyWhere;
  };

  JsonState stateNow() const {
    JsonState state;
    state.offset = cursor.place();
    state.last = last;
    if (!stack.empty())
      state.within = stack.back().json->kind == Json::Kind::Array ? JsonState::Array : JsonState::Object;
    return state;
  }

  bool integer(int64_t value) {
    return leaf(Json::Kind::Integer, [&](Json &json) {
      json.integer = value;
      json.number = static_cast<double>(value);
    });
  }

  /// The place for the value that begins now; null if there are too many.
  Json *add(Json::Kind kind) {
    Position where = cursor.next();
    Json *json = &root;
    if (++count > maxJsonValues)
      return errors.error(file, where, "more than " + std::to_string(maxJsonValues) + " values"), nullptr;
    if (!stack.empty()) {
      Frame &frame = stack.back();
      if (frame.json->kind == Json::Kind::Array) {
        json = &frame.json->elements.emplace_back();
      } else {
        json = &frame.json->members.emplace_back(JsonMember{frame.key, frame.keyWhere, {}}).value;
      }
    }
    json->kind = kind;
    json->where = where;
    last = JsonState::Value;
    return json;
  }

  bool leaf(Json::Kind kind) { return add(kind); }
  template <typename Fill> bool leaf(Json::Kind kind, Fill fill) {
    Json *json = add(kind);
    if (json)
      fill(*json);
    return json;
  }

  bool open(Json::Kind kind) {
    Json *json = add(kind);
    if (!json)
      return false;
    if (stack.size() == maxJsonDepth)
      return errors.error(file, json->where, "nested deeper than " + std::to_string(maxJsonDepth) + " levels"), false;
    stack.push_back({json, {}, {}, {}});
    last = JsonState::Open;
    return true;
  }

  bool close() {
    cursor.next();
    stack.pop_back();
    last = JsonState::Value;
    return true;
  }

  const std::string &text, &file;
  Diagnostics &errors;
  Cursor cursor;
  std::vector<Frame> stack; // a vector of children does not grow while one of them is open
  size_t count = 0;
  decltype(JsonState::last) last = JsonState::Open;
};

bool isContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Bytes of the well-formed character that begins at `at`; 0 if it is none.
size_t characterBytes(const std::string &text, size_t at) {
  auto first = static_cast<unsigned char>(text[at]);
  size_t bytes = first < 0x80                    ? 1
                 : first >= 0xC2 && first < 0xE0 ? 2
                 : first >= 0xE0 && first < 0xF0 ? 3
                 : first >= 0xF0 && first < 0xF5 ? 4
                                                 : 0;
  for (size_t i = 1; i < bytes; ++i)
    if (at + i >= text.size() || !isContinuation(text[at + i]))
      return 0;
  return bytes;
}

} // namespace

const Json *Json::find(const std::string &key) const {
  for (const JsonMember &member : members)
    if (member.key == key)
      return &member.value;
  return nullptr;
}

std::optional<Json> parseJson(const std::string &text, const std::string &file, Diagnostics &errors) {
  if (text.size() > maxJsonBytes) {
    errors.error(file, {}, "larger than " + std::to_string(maxJsonBytes >> 20) + " MiB", "",
                 "expected a description of a model");
    return std::nullopt;
  }
  errors.keep(file, text);
  // The parser would take it for the end of the text.
  if (size_t zero = text.find('\0'); zero != std::string::npos) {
    errors.error(file, Cursor(text).at(zero), "a byte of value 0", "", "expected text");
    return std::nullopt;
  }
  Builder builder(text, file, errors);
  if (!nlohmann::json::sax_parse(text, &builder))
    return std::nullopt;
  return std::move(builder.root);
}

std::optional<std::string> readTextFile(const std::string &path, Diagnostics &errors) {
  auto fail = [&](const std::string &what) {
    errors.error(path, {}, what);
    return std::nullopt;
  };
  std::error_code code;
  std::filesystem::file_status status = std::filesystem::status(path, code);
  if (code)
    return fail(code.message());
  if (std::filesystem::is_directory(status))
    return fail("is a folder");
  const std::string tooLarge = "larger than " + std::to_string(maxJsonBytes >> 20) + " MiB: no description of a model";
  if (std::filesystem::is_regular_file(status) && std::filesystem::file_size(path, code) > maxJsonBytes && !code)
    return fail(tooLarge);
  FILE *file = std::fopen(path.c_str(), "rb");
  if (!file)
    return fail(std::strerror(errno));
  std::string text;
  char block[65536];
  // Pipes and devices have no size beforehand.
  while (text.size() <= maxJsonBytes)
    if (size_t got = std::fread(block, 1, sizeof block, file))
      text.append(block, got);
    else
      break;
  bool failed = std::ferror(file);
  std::fclose(file);
  if (failed)
    return fail("cannot be read");
  if (text.size() > maxJsonBytes)
    return fail(tooLarge);
  return text;
}

const Json *valueAt(const Json &root, const std::string &pointer) {
  const Json *json = &root;
  for (size_t at = 0; json && at < pointer.size();) {
    size_t end = std::min(pointer.find('/', at + 1), pointer.size());
    std::string part = pointer.substr(at + 1, end - at - 1);
    at = end;
    const Json *found = nullptr;
    if (json->kind == Json::Kind::Array) {
      size_t index = 0;
      bool number = !part.empty() && part.size() < 10 && part.find_first_not_of("0123456789") == std::string::npos;
      if (number && (index = std::stoul(part)) < json->elements.size())
        found = &json->elements[index];
    } else {
      for (const JsonMember &member : json->members)
        if (!found && pointerPart(member.key) == part)
          found = &member.value;
    }
    json = found;
  }
  return json;
}

std::string pointerPart(const std::string &key) {
  std::string part;
  for (char c : key)
    part += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return part;
}

std::string printable(const std::string &text, size_t maxBytes) {
  std::string result;
  for (size_t at = 0; at < text.size();) {
    if (result.size() >= maxBytes)
      return result + "...";
    size_t bytes = characterBytes(text, at);
    auto first = static_cast<unsigned char>(text[at]);
    if (bytes == 0 || first < 0x20 || first == 0x7F) {
      char escaped[8];
      std::snprintf(escaped, sizeof escaped, "\\x%02X", first);
      result += escaped;
      ++at;
    } else {
      result += text.substr(at, bytes);
      at += bytes;
    }
  }
  return result;
}

std::string describe(const Json &value) {
  switch (value.kind) {
  case Json::Kind::Null:
    return "null";
  case Json::Kind::Boolean:
    return value.boolean ? "true" : "false";
  case Json::Kind::Integer:
    return std::to_string(value.integer);
  case Json::Kind::Number:
    return nlohmann::json(value.number).dump();
  case Json::Kind::Text:
    return "\"" + printable(value.text) + "\"";
  case Json::Kind::Array:
    return value.elements.size() == 1 ? "a list of 1" : "a list of " + std::to_string(value.elements.size());
  case Json::Kind::Object:
    return "an object";
  }
  return "";
}

} // namespace swin::dsl
