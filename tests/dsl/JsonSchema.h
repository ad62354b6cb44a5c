//===- JsonSchema.h - whether a description keeps a schema ----------------===//
#ifndef SWIN_TESTS_DSL_JSONSCHEMA_H
#define SWIN_TESTS_DSL_JSONSCHEMA_H

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

namespace swin::dsl::tests {

inline std::string textOf(const std::string &path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The part of JSON Schema 2020-12 that the schema uses; another keyword fails the test.
class Schema {
  using Value = nlohmann::json;

public:
  /// Of a file in dsl/.
  explicit Schema(const std::string &name) : root(Value::parse(textOf(SWIN_SOURCE_DIR "/dsl/" + name))) {}

  bool accepts(const Value &value) const { return accepts(root, value); }

  const Value root;

private:
  static bool hasType(const std::string &type, const Value &value) {
    if (type == "integer")
      return value.is_number_integer();
    return type == value.type_name();
  }

  bool accepts(const Value &schema, const Value &value) const {
    bool good = true;
    for (const auto &[keyword, rule] : schema.items())
      good = keep(schema, keyword, rule, value) && good;
    return good;
  }

  bool keep(const Value &schema, const std::string &keyword, const Value &rule, const Value &value) const {
    if (keyword == "description" || keyword == "title" || keyword == "$schema" || keyword == "$defs")
      return true;
    if (keyword == "$ref") {
      std::string target = rule.get<std::string>(), file = target.substr(0, target.find('#'));
      Value::json_pointer place(target.substr(target.find('#') + 1));
      if (file.empty())
        return accepts(root.at(place), value);
      Schema other(file);
      return other.accepts(other.root.at(place), value);
    }
    if (keyword == "pattern")
      return !value.is_string() || std::regex_search(value.get<std::string>(), std::regex(rule.get<std::string>()));
    if (keyword == "minProperties")
      return !value.is_object() || value.size() >= rule;
    if (keyword == "type") {
      Value types = rule.is_array() ? rule : Value::array({rule});
      return std::any_of(types.begin(), types.end(), [&](const Value &type) { return hasType(type, value); });
    }
    if (keyword == "const")
      return value == rule;
    if (keyword == "enum")
      return std::find(rule.begin(), rule.end(), value) != rule.end();
    if (keyword == "anyOf")
      return std::any_of(rule.begin(), rule.end(), [&](const Value &each) { return accepts(each, value); });
    if (keyword == "minimum" || keyword == "maximum" || keyword == "exclusiveMinimum")
      return !value.is_number() || (keyword == "minimum"   ? value >= rule
                                    : keyword == "maximum" ? value <= rule
                                                           : value > rule);
    if (keyword == "minItems" || keyword == "maxItems")
      return !value.is_array() || (keyword == "minItems" ? value.size() >= rule : value.size() <= rule);
    if (keyword == "items")
      return !value.is_array() ||
             std::all_of(value.begin(), value.end(), [&](const Value &each) { return accepts(rule, each); });
    if (keyword == "required")
      return !value.is_object() ||
             std::all_of(rule.begin(), rule.end(), [&](const Value &key) { return value.contains(key); });
    if (keyword == "properties" || keyword == "additionalProperties")
      return !value.is_object() || keepProperties(schema, keyword, value);
    ADD_FAILURE() << "this test does not know the keyword " << keyword;
    return false;
  }

  bool keepProperties(const Value &schema, const std::string &keyword, const Value &value) const {
    static const Value none = Value::object();
    const Value &properties = schema.contains("properties") ? schema.at("properties") : none;
    for (const auto &[key, inner] : value.items()) {
      bool known = properties.contains(key);
      if (keyword == "properties" ? known && !accepts(properties.at(key), inner)
                                  : !known && !acceptsOther(schema.at(keyword), inner))
        return false;
    }
    return true;
  }

  /// A value of a key that has no schema of its own.
  bool acceptsOther(const Value &rule, const Value &value) const {
    return rule.is_boolean() ? rule.get<bool>() : accepts(rule, value);
  }
};

} // namespace swin::dsl::tests

#endif // SWIN_TESTS_DSL_JSONSCHEMA_H
