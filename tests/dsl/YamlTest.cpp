// YAML as values that know their place, and what of it is refused.
#include "dsl/Yaml.h"

#include <gtest/gtest.h>

using namespace swin::dsl;

namespace {

using Lines = std::vector<std::string>;

Json good(const std::string &text) {
  Diagnostics errors;
  std::optional<Json> json = parseYaml(text, "m.yaml", errors);
  EXPECT_EQ(errors.lines(), Lines{}) << text;
  return json.value_or(Json());
}

Lines errorsOf(const std::string &text) {
  Diagnostics errors;
  std::optional<Json> json = parseYaml(text, "m.yaml", errors);
  EXPECT_FALSE(json && errors.good()) << text;
  return errors.lines();
}

std::string placeOf(const Json &root, const std::string &pointer) {
  const Json *value = valueAt(root, pointer);
  return value ? std::to_string(value->where.line) + ":" + std::to_string(value->where.column) : "none";
}

TEST(Yaml, ValuesKnowTheirPlace) {
  Json root = good("# first\n"
                   "A:\n"
                   "  B: [ 1, 'two', {c: 3} ]\n"
                   "  \xC3\xA4: \"x\\ty\"\n"
                   "  D:\n"
                   "    - 4\n"
                   "    - five # not six\n"
                   "  E:\n"
                   "F: |\n"
                   "  two\n"
                   "  lines\n");
  EXPECT_EQ(placeOf(root, ""), "2:1");
  EXPECT_EQ(placeOf(root, "/A"), "3:3");
  EXPECT_EQ(placeOf(root, "/A/B"), "3:8");
  EXPECT_EQ(placeOf(root, "/A/B/1"), "3:11");
  EXPECT_EQ(placeOf(root, "/A/B/2/c"), "3:22");
  EXPECT_EQ(placeOf(root, "/A/\xC3\xA4"), "4:6");
  EXPECT_EQ(placeOf(root, "/A/D/1"), "7:7");
  EXPECT_EQ(placeOf(root, "/A/E"), "8:3"); // of its key
  EXPECT_EQ(valueAt(root, "/A/B/1")->text, "two");
  EXPECT_EQ(valueAt(root, "/A/\xC3\xA4")->text, "x\ty");
  EXPECT_EQ(valueAt(root, "/A/D/1")->text, "five");
  EXPECT_EQ(valueAt(root, "/A/E")->kind, Json::Kind::Null);
  EXPECT_EQ(valueAt(root, "/F")->text, "two\nlines\n");
}

TEST(Yaml, ScalarsAreWhatPythonTakesThemFor) {
  const std::pair<const char *, const char *> scalars[] = {
      {"7", "7"},           {"-7", "-7"},
      {"+7", "7"},          {"0", "0"},
      {"1.5", "1.5"},       {"1e-5", "1e-05"},
      {".5", "0.5"},        {"1.25e-4", "0.000125"},
      {"True", "true"},     {"off", "false"},
      {"None", "null"},     {"~", "null"},
      {"'7'", "\"7\""},     {"\"on\"", "\"on\""},
      {"010", "\"010\""},   {"--1", "\"--1\""},
      {"1_0", "\"1_0\""},   {"0x10", "\"0x10\""},
      {".inf", "\".inf\""}, {"1e999", "\"1e999\""},
      {"e", "\"e\""},       {"9223372036854775808", "9.223372036854776e+18"}};
  for (auto [written, meant] : scalars)
    EXPECT_EQ(describe(good("[" + std::string(written) + ", 0]").elements.at(0)), meant) << written;
  EXPECT_EQ(good("[9223372036854775807]").elements.at(0).integer, INT64_MAX);
}

TEST(Yaml, NothingIsNull) {
  EXPECT_EQ(good("").kind, Json::Kind::Null);
  EXPECT_EQ(good("# a comment\n").kind, Json::Kind::Null);
  EXPECT_EQ(good("---\na: 1\n...\n").members.size(), 1u);
}

TEST(Yaml, WhatIsRefused) {
  EXPECT_EQ(errorsOf("a: &x 1\n"), Lines{"m.yaml:1:4: error: an anchor, &x, is not supported"});
  EXPECT_EQ(errorsOf("a: *x\n"), Lines{"m.yaml:1:4: error: an alias, *x, is not supported"});
  EXPECT_EQ(errorsOf("a: !!int 1\n"), Lines{"m.yaml:1:4: error: a tag, !!int, is not supported"});
  EXPECT_EQ(errorsOf("a: 1\n---\nb: 1\n"), Lines{"m.yaml:3:1: error: a second document; expected one"});
  EXPECT_EQ(errorsOf("a: 1\nb: 2\na: 3\n"), Lines{"m.yaml:3:1: error: key \"a\" is there twice; the first is at 1:1"});
  EXPECT_EQ(errorsOf("[a]: 1\n"), Lines{"m.yaml:1:2: error: a key that is no text"});
  EXPECT_EQ(errorsOf("a: [1, 2\nb: 1\n").size(), 1u);
  EXPECT_EQ(errorsOf("a: 'x\n").size(), 1u);
  EXPECT_EQ(errorsOf("a: 1\n  b: 2\n").size(), 1u);
}

TEST(Yaml, OnlyText) {
  EXPECT_EQ(errorsOf("a: \x01\n"), Lines{"m.yaml:1:4: error: a byte of value 0x01; expected text in UTF-8"});
  EXPECT_EQ(errorsOf("a:\n \xFF\n"), Lines{"m.yaml:2:2: error: a byte of value 0xFF; expected text in UTF-8"});
  EXPECT_EQ(errorsOf(std::string("a\0b", 3)), Lines{"m.yaml:1:2: error: a byte of value 0x00; expected text in UTF-8"});
}

TEST(Yaml, HasBounds) {
  std::string nested(64, '['), deeper(65, '['), closed(64, ']');
  good(nested + closed);
  EXPECT_EQ(errorsOf(deeper + closed + "]"), Lines{"m.yaml:1:66: error: nested deeper than 64 levels"});
  EXPECT_EQ(errorsOf(std::string(maxYamlBytes / 2, '[')), Lines{"m.yaml:1:66: error: nested deeper than 64 levels"});
  EXPECT_EQ(errorsOf(std::string(maxYamlBytes + 1, ' ')),
            Lines{"m.yaml: error: larger than 1 MiB; expected a description of a model"});
  std::string many = "[";
  for (size_t i = 0; i < maxJsonValues; ++i)
    many += "1,";
  EXPECT_EQ(errorsOf(many + "]"), Lines{"m.yaml:1:500000: error: more than 250000 values"});
}

} // namespace
