//===- Fields.cpp - typed values of JSON objects, with located errors -----===//
#include "dsl/Fields.h"

#include <algorithm>

namespace swin::dsl {
namespace {

/// Whether a pointer is another one or leads to it.
bool leadsTo(const std::string &outer, const std::string &inner) {
  return inner.starts_with(outer) && (inner.size() == outer.size() || inner[outer.size()] == '/');
}

} // namespace

void Document::error(Position where, const std::string &pointer, const std::string &what, const std::string &right,
                     const Replacement &replace) {
  if (wrong.insert(pointer).second)
    add(where, pointer, what, right, replace);
}

void Document::add(Position where, const std::string &pointer, const std::string &what, const std::string &right,
                   const Replacement &replace) {
  if (++count == most + 1)
    errors.error(file, {}, "more than " + std::to_string(most) + " errors; the rest is not shown");
  if (count > most)
    return;
  errors.error(file, where, what, printable(pointer, 200), right, replace);
}

void Document::report(const std::vector<Problem> &problems,
                      const std::function<std::string(const std::string &)> &translate) {
  std::set<std::pair<std::string, std::string>> said; // one value of theirs may be several of ours
  for (const Problem &problem : problems) {
    std::vector<std::string> places = {translate(problem.pointer)};
    for (const std::string &pointer : problem.related)
      places.push_back(translate(pointer));
    bool known = std::any_of(wrong.begin(), wrong.end(), [&](const std::string &bad) {
      return leadsTo(places[0], bad) ||
             std::any_of(places.begin(), places.end(), [&](const std::string &place) { return leadsTo(bad, place); });
    });
    if (known)
      continue;
    // What is not in the file has its default; then the value that does not fit it is to blame.
    auto there = std::find_if(places.begin(), places.end(), [&](const std::string &at) { return valueAt(root, at); });
    std::string place = there != places.end() ? *there : places[0];
    const Json *value = valueAt(root, place);
    while (!value) {
      place.resize(place.rfind('/'));
      value = valueAt(root, place);
    }
    if (said.emplace(place, problem.what).second)
      add(value->where, place, problem.what, problem.right, {value->text, problem.near});
  }
}

Fields::Fields(Document &document, const Json &object, std::string pointer)
    : document(&document), json(&object), pointer(std::move(pointer)) {
  if (object.kind != Json::Kind::Object)
    expected(object, this->pointer, "an object");
}

const Json *Fields::find(const std::string &key) const {
  const Json *value = json->find(key);
  return value && value->kind == Json::Kind::Null && !document->nullsCount ? nullptr : value;
}

bool Fields::expected(const Json &value, const std::string &at, const char *what, const std::string &near) const {
  document->error(value.where, at, "found " + describe(value), std::string("expected ") + what, {value.text, near});
  return false;
}

bool Fields::integer(const std::string &key, int64_t &out) const {
  const Json *value = find(key);
  if (!value)
    return false;
  if (value->kind != Json::Kind::Integer)
    return expected(*value, pointerTo(key), "a whole number");
  out = value->integer;
  return true;
}

bool Fields::number(const std::string &key, double &out) const {
  const Json *value = find(key);
  if (!value)
    return false;
  if (value->kind != Json::Kind::Integer && value->kind != Json::Kind::Number)
    return expected(*value, pointerTo(key), "a number");
  out = value->number;
  return true;
}

bool Fields::boolean(const std::string &key, bool &out) const {
  const Json *value = find(key);
  if (!value)
    return false;
  if (value->kind != Json::Kind::Boolean)
    return expected(*value, pointerTo(key), "true or false");
  out = value->boolean;
  return true;
}

bool Fields::text(const std::string &key, std::string &out) const {
  const Json *value = find(key);
  if (!value)
    return false;
  if (value->kind != Json::Kind::Text)
    return expected(*value, pointerTo(key), "a text");
  out = value->text;
  return true;
}

bool Fields::sizeOf(const Json &value, const std::string &at, Size &out) const {
  if (value.kind == Json::Kind::Integer) {
    out = {value.integer, value.integer};
    return true;
  }
  auto whole = [](const Json &each) { return each.kind == Json::Kind::Integer; };
  if (value.elements.size() != 2 || !std::all_of(value.elements.begin(), value.elements.end(), whole))
    return expected(value, at, "a whole number or [height, width]");
  out = {value.elements[0].integer, value.elements[1].integer};
  return true;
}

bool Fields::size(const std::string &key, Size &out) const {
  const Json *value = find(key);
  return value && sizeOf(*value, pointerTo(key), out);
}

template <typename T, typename Read>
bool Fields::list(const std::string &key, const char *of, std::vector<T> &out, Read read) const {
  const Json *value = find(key);
  if (!value)
    return false;
  if (value->kind != Json::Kind::Array)
    return expected(*value, pointerTo(key), (std::string("a list of ") + of + "s").c_str());
  std::vector<T> found(value->elements.size());
  bool good = true;
  for (size_t i = 0; i < found.size(); ++i)
    if (!read(value->elements[i], found[i]))
      good = expected(value->elements[i], pointerTo(key) + "/" + std::to_string(i), (std::string("a ") + of).c_str());
  if (good)
    out = std::move(found);
  return good;
}

bool Fields::integers(const std::string &key, std::vector<int64_t> &out) const {
  return list(key, "whole number", out, [](const Json &value, int64_t &number) {
    number = value.integer;
    return value.kind == Json::Kind::Integer;
  });
}

bool Fields::numbers(const std::string &key, std::vector<double> &out) const {
  return list(key, "number", out, [](const Json &value, double &number) {
    number = value.number;
    return value.kind == Json::Kind::Integer || value.kind == Json::Kind::Number;
  });
}

bool Fields::texts(const std::string &key, std::vector<std::string> &out) const {
  return list(key, "text", out, [](const Json &value, std::string &text) {
    text = value.text;
    return value.kind == Json::Kind::Text;
  });
}

bool Fields::choice(const std::string &key, const std::vector<std::string> &allowed, size_t &out) const {
  const Json *value = find(key);
  if (!value)
    return false;
  auto place = std::find(allowed.begin(), allowed.end(), value->text);
  if (value->kind != Json::Kind::Text || place == allowed.end())
    return expected(*value, pointerTo(key),
                    ((allowed.size() == 1 ? "\"" : "one of \"") + join(allowed, "\", \"") + "\"").c_str(),
                    nearest(value->text, allowed));
  out = static_cast<size_t>(place - allowed.begin());
  return true;
}

std::optional<Fields> Fields::object(const std::string &key) const {
  const Json *value = find(key);
  return value ? std::optional<Fields>(Fields(*document, *value, pointerTo(key))) : std::nullopt;
}

std::vector<Fields> Fields::objects(const std::string &key) const {
  std::vector<Fields> found;
  const Json *value = find(key);
  if (value && value->kind != Json::Kind::Array)
    expected(*value, pointerTo(key), "a list of objects");
  for (size_t i = 0; value && i < value->elements.size(); ++i)
    found.emplace_back(*document, value->elements[i], pointerTo(key) + "/" + std::to_string(i));
  return found;
}

bool Fields::error(const std::string &key, const std::string &what, const std::string &right,
                   const Replacement &replace) const {
  const Json *value = find(key);
  document->error(value ? value->where : json->where, value ? pointerTo(key) : pointer, what, right, replace);
  return false;
}

void Fields::refuseOthers(const std::vector<std::string> &known) const {
  for (const JsonMember &member : json->members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end())
      continue;
    std::string near = nearest(member.key, known);
    if (!near.empty())
      document->meant(pointerTo(near));
    document->error(member.where, pointerTo(member.key), "unknown key \"" + printable(member.key) + "\"",
                    near.empty() ? "known here: " + join(known) : didYouMean(near), {member.key, near});
  }
}

void Fields::require(const std::string &key, const std::string &expected) const {
  if (!find(key) && json->kind == Json::Kind::Object)
    document->error(json->where, pointerTo(key), "missing key \"" + key + "\"", "expected " + expected);
}

} // namespace swin::dsl
