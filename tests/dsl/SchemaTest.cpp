// swin-model.schema.json says what the reader reads: the same keys, and no description is right for one and wrong for
// the other, except for what no schema can say.
#include "dsl/Readers.h"
#include "tests/dsl/Descriptions.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace swin::dsl;
using namespace swin::dsl::tests;
using Value = nlohmann::json;

namespace {

/// The part of JSON Schema 2020-12 that the schema uses; another keyword fails the test.
class Schema {
public:
  explicit Schema(Value schema) : root(std::move(schema)) {}

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
    if (keyword == "$ref")
      return accepts(root.at(Value::json_pointer(rule.get<std::string>().substr(1))), value);
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
    const Value &properties = schema.at("properties");
    for (const auto &[key, inner] : value.items()) {
      bool known = properties.contains(key);
      if (keyword == "properties" ? known && !accepts(properties.at(key), inner) : !known)
        return false;
    }
    return true;
  }
};

std::string textOf(const std::string &path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

Schema readSchema() { return Schema(Value::parse(textOf(SWIN_SOURCE_DIR "/dsl/swin-model.schema.json"))); }

std::vector<std::string> keysOf(const Value &object) {
  std::vector<std::string> keys;
  for (const auto &[key, value] : object.items())
    keys.push_back(key);
  return keys;
}

std::vector<std::string> sorted(std::vector<std::string> keys) {
  std::sort(keys.begin(), keys.end());
  return keys;
}

TEST(Schema, HasTheReadersKeys) {
  Schema schema = readSchema();
  const Value &model = schema.root["properties"];
  EXPECT_EQ(keysOf(model), sorted(swinModelKeys("model")));
  EXPECT_EQ(keysOf(model["image"]["properties"]), sorted(swinModelKeys("image")));
  EXPECT_EQ(keysOf(model["stages"]["items"]["properties"]), sorted(swinModelKeys("stage")));
  EXPECT_EQ(keysOf(model["preprocessing"]["properties"]), sorted(swinModelKeys("preprocessing")));
  std::vector<std::string> names;
  for (const Architecture &preset : presets())
    names.push_back(preset.name);
  EXPECT_EQ(model["preset"]["enum"].get<std::vector<std::string>>(), names);
}

TEST(Schema, AcceptsWhatIsWritten) {
  Schema schema = readSchema();
  Diagnostics errors;
  for (const Architecture &preset : presets())
    EXPECT_TRUE(schema.accepts(Value::parse(specText(preset.spec)))) << preset.name;
  EXPECT_TRUE(schema.accepts(Value::parse(ownText)));
  Folder folder;
  folder.write("m.json", timmText);
  Spec spec = readSpec("m.json", errors);
  spec.batch = 3;
  spec.fixed = spec.imageSize;
  spec.weights = "w";
  EXPECT_TRUE(schema.accepts(Value::parse(specText(spec)))) << specText(spec);
}

/// Every key of every object of a description.
void collect(const Value &value, const Value::json_pointer &at, std::vector<Value::json_pointer> &places) {
  for (const auto &[key, inner] : value.items()) {
    places.push_back(value.is_array() ? at / std::stoul(key) : at / key);
    if (inner.is_structured())
      collect(inner, places.back(), places);
  }
}

TEST(Schema, AgreesWithTheReader) {
  Schema schema = readSchema();
  Folder folder;
  Value good = Value::parse(ownText);
  good.update({{"mlp_ratio", 4.0},
               {"qkv_bias", true},
               {"patch_norm", true},
               {"layer_norm_epsilon", 1e-5},
               {"semantics", "timm"},
               {"weights", "w"},
               {"batch", 2},
               {"family", "swin"},
               {"activation", "silu"},
               {"final_norm", false},
               {"position_embedding", false},
               {"always_partition", true},
               {"extra_norm_period", 0},
               {"extra_norm_stage", false},
               {"architecture", "a"}});
  good["stages"][0]["pretrained_window"] = 0;
  std::vector<Value::json_pointer> places;
  collect(good, Value::json_pointer(), places);
  EXPECT_GT(places.size(), 40u);
  int wrong = 0;
  for (const Value::json_pointer &place : places)
    for (const char *text :
         {"null", "true", "-1", "0", "1", "2.5", "1e9", "70000", "300", "\"x\"", "[]", "{}", "[1, 2]"}) {
      Value changed = good;
      changed[place] = Value::parse(text);
      folder.write("m.json", changed.dump());
      std::vector<std::string> lines = errorsOf("m.json");
      SCOPED_TRACE(place.to_string() + ": " + text);
      // What the schema refuses, the reader refuses. The other way round only with sentences about several values.
      if (!schema.accepts(changed)) {
        EXPECT_FALSE(lines.empty());
        ++wrong;
        continue;
      }
      for (const std::string &line : lines)
        EXPECT_TRUE(line.find(": error: found ") == std::string::npos &&
                    line.find("unknown key") == std::string::npos && line.find("missing key") == std::string::npos)
            << line;
    }
  EXPECT_GT(wrong, 300);
}

} // namespace
