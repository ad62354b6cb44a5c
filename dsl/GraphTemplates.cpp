//===- GraphTemplates.cpp - values of variables in a graph's texts --------===//
#include "dsl/GraphTemplates.h"

#include "dsl/Graph.h"

#include <algorithm>
#include <charconv>

namespace swin::dsl {
namespace {

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// What a value is within a text; false for lists, objects and null.
bool appendText(const Json &value, std::string &text) {
  char number[32];
  switch (value.kind) {
  case Json::Kind::Text:
    text += value.text;
    return true;
  case Json::Kind::Integer:
    text += std::to_string(value.integer);
    return true;
  case Json::Kind::Number:
    text.append(number, std::to_chars(number, std::end(number), value.number).ptr);
    return true;
  case Json::Kind::Boolean:
    text += value.boolean ? "true" : "false";
    return true;
  default:
    return false;
  }
}

size_t countOf(const Json &value) {
  size_t count = 1;
  for (const Json &element : value.elements)
    count += countOf(element);
  for (const JsonMember &member : value.members)
    count += countOf(member.value);
  return count;
}

} // namespace

bool isVariableName(const std::string &name) {
  return !name.empty() && name.size() <= 64 && isLetter(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) { return isLetter(c) || isDigit(c); });
}

const Json *Variables::find(const std::string &wanted) const {
  for (const Variables *at = this; at; at = at->outer)
    if (at->name == wanted)
      return at->value;
  return nullptr;
}

std::string Variables::names() const {
  std::string list;
  for (const Variables *at = this; at; at = at->outer)
    list = at->name + (list.empty() ? "" : " ") + list;
  return list;
}

bool Templates::take(const Json &value) {
  if (taken <= maxGraphValues)
    taken += countOf(value);
  return taken <= maxGraphValues;
}

const Json *Templates::lookUp(const Json &text, const std::string &pointer, const std::string &inside,
                              const Variables *variables) {
  auto fail = [&](const std::string &what, const std::string &right) {
    document.error(text.where, pointer, what, right);
    return nullptr;
  };
  auto find = [&](const std::string &name) -> const Json * {
    const Json *value = variables ? variables->find(name) : nullptr;
    if (value)
      return value;
    return fail("there is no variable \"" + printable(name) + "\" here",
                variables ? "known: " + printable(variables->names(), 200)
                          : "there are none outside of loops and blocks");
  };
  size_t bracket = inside.find('[');
  std::string name = inside.substr(0, bracket);
  const Json *value = find(name);
  if (!value || bracket == std::string::npos)
    return value;
  std::string index = inside.substr(bracket + 1, inside.size() - bracket - 2);
  int64_t number = 0;
  if (auto [end, code] = std::from_chars(index.data(), index.data() + index.size(), number);
      code != std::errc() || end != index.data() + index.size()) {
    const Json *other = find(index);
    if (!other)
      return nullptr;
    if (other->kind != Json::Kind::Integer)
      return fail("\"" + printable(index) + "\" is " + describe(*other), "expected a whole number between [ and ]");
    number = other->integer;
  }
  if (value->kind != Json::Kind::Array)
    return fail("\"" + printable(name) + "\" is " + describe(*value), "expected a list in front of [");
  auto count = static_cast<int64_t>(value->elements.size());
  if (number < 0 || number >= count)
    return fail("\"" + printable(name) + "\" has no value of number " + std::to_string(number),
                count > 0 ? "they are counted from 0 to " + std::to_string(count - 1) : "it is empty");
  return &value->elements[number];
}

bool Templates::fillOne(const Json &text, const std::string &pointer, const Variables *variables, Json &out) {
  out = text;
  if (text.text.find_first_of("{}") == std::string::npos)
    return true;
  auto fail = [&](const std::string &what, const std::string &right) {
    document.error(text.where, pointer, what, right);
    return false;
  };
  std::string filled;
  for (size_t at = 0; at < text.text.size();) {
    if (text.text[at] != '{' && text.text[at] != '}') {
      filled += text.text[at++];
      continue;
    }
    size_t end = text.text.find('}', at);
    std::string inside = end == std::string::npos ? "" : text.text.substr(at + 1, end - at - 1);
    size_t bracket = inside.find('[');
    bool hasIndex = bracket != std::string::npos;
    if (text.text[at] == '}' || !isVariableName(inside.substr(0, bracket)) || (hasIndex && inside.back() != ']'))
      return fail("\"" + printable(text.text) + "\" has a brace that belongs to no variable",
                  "expected {name} or {name[i]}");
    const Json *value = lookUp(text, pointer, inside, variables);
    if (!value)
      return false;
    bool isWhole = at == 0 && end + 1 == text.text.size();
    if (isWhole && !take(*value))
      return fail("the graph says more than " + std::to_string(maxGraphValues) + " values", "");
    if (isWhole) {
      out = *value;
      out.where = text.where;
      return true;
    }
    if (!appendText(*value, filled))
      return fail("\"" + printable(inside) + "\" is " + describe(*value), "expected a number or a text within a text");
    if (filled.size() > 4 * maxNameBytes)
      return fail("a text of more than " + std::to_string(4 * maxNameBytes) + " bytes follows from this one", "");
    at = end + 1;
  }
  out.text = filled;
  return true;
}

bool Templates::fill(const Json &value, const std::string &pointer, const Variables *variables, Json &out) {
  if (++taken > maxGraphValues) {
    document.error(value.where, pointer, "the graph says more than " + std::to_string(maxGraphValues) + " values");
    return false;
  }
  if (value.kind == Json::Kind::Text)
    return fillOne(value, pointer, variables, out);
  out = Json();
  out.kind = value.kind;
  out.where = value.where;
  out.boolean = value.boolean;
  out.integer = value.integer;
  out.number = value.number;
  bool good = true;
  for (size_t i = 0; i < value.elements.size(); ++i)
    good &= fill(value.elements[i], pointer + "/" + std::to_string(i), variables, out.elements.emplace_back());
  for (const JsonMember &member : value.members) {
    out.members.push_back({member.key, member.where, {}});
    good &= fill(member.value, pointer + "/" + pointerPart(member.key), variables, out.members.back().value);
  }
  return good;
}

bool Templates::fillText(const Json &value, const std::string &pointer, const Variables *variables, std::string &out) {
  Json filled;
  if (!fill(value, pointer, variables, filled))
    return false;
  if (filled.kind != Json::Kind::Text) {
    document.error(value.where, pointer, "found " + describe(filled), "expected a text");
    return false;
  }
  out = filled.text;
  return true;
}

} // namespace swin::dsl
