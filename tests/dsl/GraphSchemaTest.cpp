// swin-graph.schema.json says what the reader of graphs reads, and docs/Graphs.md what ops there are.
#include "dsl/ReadGraph.h"
#include "tests/dsl/GraphDescriptions.h"
#include "tests/dsl/JsonSchema.h"

#include <gtest/gtest.h>

#include <set>

using namespace swin::dsl;
using namespace swin::dsl::tests;
using Value = nlohmann::json;
using Place = Value::json_pointer;

namespace {

std::set<std::string> keysOf(const Value &object) {
  std::set<std::string> keys;
  for (const auto &[key, value] : object.items())
    keys.insert(key);
  return keys;
}

std::set<std::string> asSet(const std::vector<std::string> &list) { return {list.begin(), list.end()}; }

TEST(GraphSchema, HasTheReadersKeys) {
  Schema schema("swin-graph.schema.json");
  const Value &model = schema.root["properties"], &node = schema.root["$defs"]["nodes"]["items"]["properties"];
  EXPECT_EQ(keysOf(model), asSet(graphKeys("model")));
  EXPECT_EQ(keysOf(model["blocks"]["additionalProperties"]["properties"]), asSet(graphKeys("block")));
  std::set<std::string> ops;
  for (const GraphOp &op : graphOps())
    ops.insert(op.name);
  EXPECT_EQ(node["op"]["anyOf"][1]["enum"].get<std::set<std::string>>(), ops);
  for (const std::string &key : graphKeys("use"))
    EXPECT_TRUE(node.contains(key)) << key;
}

TEST(GraphSchema, AcceptsWhatIsGood) {
  Schema schema("swin-graph.schema.json");
  std::string example = SWIN_SOURCE_DIR "/examples/conv-swin/conv_swin.json";
  EXPECT_TRUE(schema.accepts(Value::parse(graphDescription)));
  EXPECT_TRUE(schema.accepts(Value::parse(textOf(example))));
  EXPECT_EQ(errorsOf(example), std::vector<std::string>{});
  Folder folder;
  folder.write("m.json", graphDescription);
  auto read = graphOf("m.json");
  EXPECT_TRUE(schema.accepts(Value::parse(graphText(*read->graph, read->use))));
}

void collect(const Value &value, Place at, std::vector<Place> &places) {
  for (const auto &[key, inner] : value.items()) {
    places.push_back(value.is_array() ? at / std::stoul(key) : at / key);
    if (inner.is_structured())
      collect(inner, places.back(), places);
  }
}

TEST(GraphSchema, RefusesOnlyWhatIsWrong) {
  Schema schema("swin-graph.schema.json");
  Folder folder;
  const Value good = Value::parse(graphDescription);
  std::vector<Place> places;
  collect(good, Place(), places);
  int refused = 0;
  for (const Place &place : places)
    for (const char *text : {"null", "true", "-1", "2", "2.5", "\"x\"", "[]", "{}", "[1, 2]"}) {
      Value changed = good;
      changed[place] = Value::parse(text);
      if (schema.accepts(changed))
        continue;
      folder.write("m.json", changed.dump());
      EXPECT_FALSE(errorsOf("m.json").empty()) << place.to_string() << ": " << text;
      ++refused;
    }
  EXPECT_GT(refused, 300);
}

/// Each op has a row, with all that it can be said with.
TEST(GraphSchema, DocumentHasEveryOp) {
  std::string document = textOf(SWIN_SOURCE_DIR "/docs/Graphs.md");
  for (const GraphOp &op : graphOps()) {
    size_t at = document.find("\n| `" + op.name + "`");
    for (size_t row = document.find("\n| `"); at == document.npos && row != document.npos;
         row = document.find("\n| `", row + 1))
      if (std::string names = document.substr(row, document.find(" | ", row + 2) - row);
          names.find("`" + op.name + "`") != names.npos)
        at = row;
    ASSERT_NE(at, document.npos) << op.name;
    std::string row = document.substr(at + 1, document.find('\n', at + 1) - at);
    for (const std::vector<std::string> &keys : {op.attributes, op.weights})
      for (const std::string &key : keys)
        EXPECT_NE(row.find("`" + key + "`"), row.npos) << op.name << ": " << key;
  }
}

} // namespace
