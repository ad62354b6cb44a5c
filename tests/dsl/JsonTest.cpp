// JSON values and their places.
#include "dsl/Json.h"

#include <gtest/gtest.h>

using namespace swin::dsl;

namespace {

struct Parsed {
  Diagnostics errors;
  std::optional<Json> json;
  explicit Parsed(const std::string &text) : json(parseJson(text, "f", errors)) {}
  /// "LINE:COLUMN" of the value at a pointer.
  std::string place(const std::string &pointer) const {
    const Json *value = valueAt(*json, pointer);
    return value ? std::to_string(value->where.line) + ":" + std::to_string(value->where.column) : "none";
  }
};

TEST(Json, Places) {
  Parsed parsed(
      "\xEF\xBB\xBF{\"a\": [1, -2.5e3,\r\n\t\"x,:\\\"\\\\\" , {\"b/~\":null}],\n\n \"c\":true ,\"\":[ [ ] ]}");
  ASSERT_TRUE(parsed.json);
  EXPECT_EQ(parsed.place(""), "1:1");
  EXPECT_EQ(parsed.place("/a"), "1:7");
  EXPECT_EQ(parsed.place("/a/0"), "1:8");
  EXPECT_EQ(parsed.place("/a/1"), "1:11");
  EXPECT_EQ(parsed.place("/a/2"), "2:2");
  EXPECT_EQ(parsed.place("/a/3"), "2:14");
  EXPECT_EQ(parsed.place("/a/3/b~1~0"), "2:21");
  EXPECT_EQ(parsed.place("/c"), "4:6");
  EXPECT_EQ(parsed.place("//0"), "4:17");
  EXPECT_EQ(parsed.place("/a/4"), "none");
  EXPECT_EQ(parsed.place("/a/x"), "none");
  EXPECT_EQ(parsed.json->members[1].where.line, 4);
  EXPECT_EQ(parsed.json->members[1].where.column, 2);
}

TEST(Json, ColumnsAreCharacters) {
  EXPECT_EQ(Parsed("[\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\", 1]").place("/1"), "1:9");
}

TEST(Json, Values) {
  Parsed parsed(R"([9223372036854775807, 9223372036854775808, -9223372036854775808, 1.5, "\u00e4", false])");
  const std::vector<Json> &values = parsed.json->elements;
  EXPECT_EQ(values[0].kind, Json::Kind::Integer);
  EXPECT_EQ(values[0].integer, INT64_MAX);
  EXPECT_EQ(values[1].kind, Json::Kind::Number);
  EXPECT_EQ(values[1].number, 9223372036854775808.0);
  EXPECT_EQ(values[2].integer, INT64_MIN);
  EXPECT_EQ(values[3].number, 1.5);
  EXPECT_EQ(values[4].text, "\xC3\xA4");
  EXPECT_EQ(values[5].kind, Json::Kind::Boolean);
}

TEST(Json, KeysThatAreThereTwice) {
  // Within the value of such a key too.
  Parsed parsed(R"({"a": 1, "a": {"x": {"b": 1, "b": 2}}, "A": 2})");
  EXPECT_EQ(parsed.errors.lines(),
            (std::vector<std::string>{"f:1:10: error: key \"a\" is there twice; the first is at 1:2",
                                      "f:1:30: error: key \"b\" is there twice; the first is at 1:22"}));
  EXPECT_EQ(parsed.json->find("a")->integer, 1);
}

TEST(Json, Limits) {
  std::string deep(maxJsonDepth, '[');
  EXPECT_TRUE(Parsed(deep + std::string(maxJsonDepth, ']')).json);
  Parsed deeper("[" + deep + std::string(maxJsonDepth + 1, ']'));
  EXPECT_FALSE(deeper.json);
  EXPECT_EQ(deeper.errors.lines(), std::vector<std::string>{"f:1:65: error: nested deeper than 64 levels"});
  std::string many = "[0";
  for (size_t i = 2; i < maxJsonValues; ++i)
    many += ",0";
  EXPECT_TRUE(Parsed(many + "]").json);
  EXPECT_EQ(Parsed(many + ",\n0]").errors.lines(), std::vector<std::string>{"f:2:1: error: more than 250000 values"});
}

TEST(Json, WhatIsNoJson) {
  for (const char *text : {"",      "{",      "[1,]",     "{\"a\" 1}", "01",     "+1",           ".5",
                           "1.",    "NaN",    "Infinity", "-Infinity", "'a'",    "\"\n\"",       "\"\\x\"",
                           "[1] 2", "{a: 1}", "// c\n1",  "1e999",     "-1e999", "\"\xC0\xAF\"", "\"\xED\xA0\x80\"",
                           "tru",   "\"a",    "[1}"}) {
    Parsed parsed(text);
    EXPECT_FALSE(parsed.json) << text;
    EXPECT_EQ(parsed.errors.lines().size(), 1u) << text;
  }
  EXPECT_FALSE(Parsed(std::string("1\0", 2)).json);
}

/// The first error of a text without its place, and the text as its fix leaves it.
std::vector<std::string> mistakeOf(const std::string &text) {
  Parsed parsed(text);
  const Diagnostic &error = parsed.errors.errors().at(0);
  std::vector<std::string> found = {error.what + "; " + error.right};
  if (error.fix)
    found.push_back(std::string(text).replace(static_cast<size_t>(error.fix->where.column) - 1,
                                              static_cast<size_t>(error.fix->endColumn - error.fix->where.column),
                                              error.fix->text));
  return found;
}

TEST(Json, MistakesOfPeople) {
  using Found = std::vector<std::string>;
  EXPECT_EQ(mistakeOf(R"({"a": 1 "b": 2})"),
            (Found{R"(a comma is missing; expected , in front of "b")", R"({"a": 1, "b": 2})"}));
  EXPECT_EQ(mistakeOf("[1 2]"), (Found{"a comma is missing; expected , in front of 2", "[1, 2]"}));
  EXPECT_EQ(mistakeOf(R"({"a": [1, 2,]})"),
            (Found{"a comma in front of ]; expected none behind the last one", R"({"a": [1, 2]})"}));
  EXPECT_EQ(mistakeOf(R"({"a": 1,})"),
            (Found{"a comma in front of }; expected none behind the last one", R"({"a": 1})"}));
  EXPECT_EQ(mistakeOf("[1,,2]"), (Found{"two commas; expected a value between them", "[1,2]"}));
  EXPECT_EQ(mistakeOf(R"({"a" 1})"),
            (Found{"a colon is missing; expected : between a key and its value", R"({"a": 1})"}));
  EXPECT_EQ(mistakeOf(R"({a: 1})"), (Found{R"(a key without quotes; expected "a")", R"({"a": 1})"}));
  EXPECT_EQ(mistakeOf("{'a': 1}"), (Found{R"(a key in ' '; expected "a")", R"({"a": 1})"}));
  EXPECT_EQ(mistakeOf("{\"a\": 'b'}"), (Found{R"(a text in ' '; expected "b")", R"({"a": "b"})"}));
  EXPECT_EQ(mistakeOf(R"({"a": True})"), (Found{"found True; expected true", R"({"a": true})"}));
  EXPECT_EQ(mistakeOf(R"({"a": None})"), (Found{"found None; expected null", R"({"a": null})"}));
  EXPECT_EQ(mistakeOf(R"({"a": swin})"),
            (Found{"found swin; expected a value; texts stand in double quotes", R"({"a": "swin"})"}));
  EXPECT_EQ(mistakeOf(R"({"a": NaN})"), Found{"found NaN; expected a finite number"});
  EXPECT_EQ(mistakeOf(R"({"a": })"), Found{"a value is missing; expected one in front of }"});
  EXPECT_EQ(mistakeOf(R"({"a": 012})"), Found{"a number that begins with 0; expected no zeros in front of it"});
  EXPECT_EQ(mistakeOf("{\"a\": 1 // b\n}"), Found{"a comment; expected none, JSON has no comments"});
  EXPECT_EQ(mistakeOf(R"({"a": [1})"), Found{"found } where [ is open; expected ]"});
  EXPECT_EQ(mistakeOf(R"({"a": [1)"), Found{"the text ends too early; expected ] before its end"});
  EXPECT_EQ(mistakeOf("{\"a\": \"b\n}"), Found{"a text that does not end on its line; expected \" behind it"});
  EXPECT_EQ(mistakeOf(R"({"a": 1} x)"), Found{"found x behind the end of the description; expected nothing more"});
}

TEST(Json, PrintableIsOneShortLine) {
  EXPECT_EQ(printable("a\n\x1b[31m\x7f"), "a\\x0A\\x1B[31m\\x7F");
  EXPECT_EQ(printable("\xC3\xA4\xC3"), "\xC3\xA4\\xC3");
  EXPECT_EQ(printable(std::string(100, 'x'), 10), "xxxxxxxxxx...");
}

} // namespace
