// Damaged descriptions of graphs: a graph that can be built and written, or located errors; never anything else.
#include "dsl/GraphBuilderNodes.h"
#include "tests/dsl/GraphDescriptions.h"
#include "tests/dsl/Mutator.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace swin::dsl;
using namespace swin::dsl::tests;
using Value = nlohmann::ordered_json;
using Place = Value::json_pointer;

namespace {

void collect(const Value &value, Place at, std::vector<Place> &places) {
  for (const auto &[key, inner] : value.items()) {
    places.push_back(value.is_array() ? at / std::stoul(key) : at / key);
    if (inner.is_structured())
      collect(inner, places.back(), places);
  }
}

/// What is well-formed but means something else: values, and keys with all that they have, change places.
std::string rearranged(Mutator &mutator) {
  static const char *const values[] = {"\"{i}\"",      "\"{channels}\"", "\"{way}\"", "\"{kernels[i]}\"", "\"image\"",
                                       "\"residual\"", "\"x\"",          "64",        "100000",           "-3"};
  Value model = Value::parse(graphDescription);
  for (size_t count = mutator.upTo(1) + 1; count > 0; --count) {
    std::vector<Place> places;
    collect(model, Place(), places);
    Place at = places[mutator.upTo(places.size() - 1)];
    Value other = model.at(places[mutator.upTo(places.size() - 1)]);
    Place above = at.parent_pointer();
    switch (mutator.upTo(4)) {
    case 0:
      model[at] = other;
      break;
    case 1:
      model[at] = Value::parse(values[mutator.upTo(std::size(values) - 1)]);
      break;
    case 2:
      model[at] = Value::parse(Mutator::words[mutator.upTo(std::size(Mutator::words) - 1)]);
      break;
    case 3:
      if (model[above].is_object())
        model[above].erase(at.back());
      else
        model[above].erase(std::stoul(at.back()));
      break;
    case 4:
      if (model[above].is_array())
        model[above].push_back(other);
      else
        model[above][places[mutator.upTo(places.size() - 1)].back()] = other;
      break;
    }
  }
  return model.dump(1);
}

/// Whether it is a good description; failures of what is promised in either case.
bool read(const std::string &text, Folder &folder) {
  folder.write("m.json", text);
  auto found = graphOf("m.json");
  for (const std::string &line : found->errors.lines()) {
    EXPECT_TRUE(line.starts_with("m.json:")) << line;
    EXPECT_EQ(line.find_first_of("\n\r\x1b"), std::string::npos);
  }
  if (!found->errors.good() || !found->graph)
    return false;
  mlir::MLIRContext context;
  std::optional<BuiltGraph> built = buildNodes(*found->graph, found->use, context);
  // Sizes that are known and sizes that are not may be one at the model's own size alone.
  EXPECT_EQ(built.has_value(), found->errors.good());
  std::string written = graphText(*found->graph, found->use);
  folder.write("again.json", written);
  auto again = graphOf("again.json");
  EXPECT_EQ(again->errors.lines(), std::vector<std::string>{}) << written;
  if (again->graph) {
    EXPECT_EQ(graphText(*again->graph, again->use), written);
  }
  return true;
}

TEST(GraphFuzz, DamagedBytes) {
  Folder folder;
  Mutator mutator(11);
  for (int round = 0; round < 600 && !HasFailure(); ++round) {
    std::string text = mutator.mutate(graphDescription);
    SCOPED_TRACE(text);
    read(text, folder);
  }
}

TEST(GraphFuzz, ValuesInOtherPlaces) {
  Folder folder;
  Mutator mutator(12);
  const int rounds = 1500;
  int good = 0;
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    std::string text = rearranged(mutator);
    SCOPED_TRACE(text);
    good += read(text, folder);
  }
  // The damage is neither always fatal nor never.
  EXPECT_GT(good, rounds / 40);
  EXPECT_LT(good, rounds / 2);
}

} // namespace
