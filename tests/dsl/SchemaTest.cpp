// swin-model.schema.json says what the reader reads: the same keys, and no description is right for one and wrong for
// the other, except for what no schema can say.
#include "dsl/Readers.h"
#include "tests/dsl/JsonSchema.h"
#include "tests/dsl/OtherDescriptions.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cmath>

using namespace swin::dsl;
using namespace swin::dsl::tests;
using Value = nlohmann::json;

namespace {

Schema readSchema() { return Schema("swin-model.schema.json"); }

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
  EXPECT_EQ(keysOf(model["restoration"]["properties"]), sorted(swinModelKeys("restoration")));
  EXPECT_EQ(keysOf(model["segmentation"]["properties"]), sorted(swinModelKeys("segmentation")));
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
void collect(const Value &value, Value::json_pointer at, std::vector<Value::json_pointer> &places) {
  for (const auto &[key, inner] : value.items()) {
    places.push_back(value.is_array() ? at / std::stoul(key) : at / key);
    if (inner.is_structured())
      collect(inner, places.back(), places);
  }
}

/// One value of a good description after the other is replaced. How many of these descriptions the schema refuses.
int expectAgreement(const Schema &schema, const Folder &folder, const Value &good) {
  std::vector<Value::json_pointer> places;
  collect(good, Value::json_pointer(), places);
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
  return wrong;
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
               {"segmentation", {{"hidden", 8}, {"pool_scales", {1, 2}}}},
               {"architecture", "a"}});
  good["stages"][0]["pretrained_window"] = 0;
  int wrong = 0;
  for (const Value &each : {good, Value::parse(restorationText)})
    wrong += expectAgreement(schema, folder, each);
  EXPECT_GT(wrong, 400);
}

} // namespace
