// How the place of an error is shown, and what becomes of it for programs.
#include "dsl/Diagnostics.h"
#include "dsl/ReadSpec.h"
#include "tests/dsl/Descriptions.h"

#include <gtest/gtest.h>

using namespace swin::dsl;
using namespace swin::dsl::tests;

namespace {

/// The first error of a file of that text.
Diagnostic errorOf(const std::string &text, const std::string &file = "m.json") {
  Folder folder;
  folder.write(file, text);
  Diagnostics errors;
  readSpec(file, errors);
  return errors.good() ? Diagnostic() : errors.errors()[0];
}

/// What is shown of a place in a text.
Diagnostic shownAt(const std::string &text, Position where, int endColumn = 0) {
  Diagnostics errors;
  errors.keep("f", text);
  Diagnostic error;
  error.file = "f";
  error.where = where;
  error.endColumn = endColumn;
  errors.error(error);
  return errors.errors()[0];
}

TEST(Excerpt, ValueAndFix) {
  Diagnostic error = errorOf("{\"format\": \"swin-model\", \"preset\": \"swin_t\",\n \"batch\": -32}");
  EXPECT_EQ(error.excerpt, "     2 |  \"batch\": -32}\n"
                           "       |           ^~~\n");
  error = errorOf("{\"format\": \"swin-model\", \"preset\": \"swin_t\",\n\t\"image\": {\"siez\": 32}}");
  EXPECT_EQ(error.excerpt, "     2 | \t\"image\": {\"siez\": 32}}\n"
                           "       | \t          ^~~~~~\n"
                           "       | \t          \"size\"\n");
  ASSERT_TRUE(error.fix);
  EXPECT_EQ(error.fix->where.column, 12);
  EXPECT_EQ(error.fix->endColumn, 18);
  EXPECT_EQ(error.fix->text, "\"size\"");
}

TEST(Excerpt, WhatIsUnderlined) {
  auto underlined = [](const std::string &line, int column, int endColumn = 0) {
    std::string excerpt = shownAt(line, {1, column}, endColumn).excerpt;
    std::string last = excerpt.substr(excerpt.find('\n') + 1);
    return last.substr(9, last.size() - 10);
  };
  EXPECT_EQ(underlined("  \"a\\\"b\": 1", 3), "  ^~~~~~");
  EXPECT_EQ(underlined("[7, -1.5e3]", 5), "    ^~~~~~");
  EXPECT_EQ(underlined("{\"a\": [1, {\"]\": 2}], 3", 7), "      ^~~~~~~~~~~~~");
  EXPECT_EQ(underlined("{\"a\": [1,", 7), "      ^") << "goes on in the next line";
  EXPECT_EQ(underlined("NAME: word # comment", 7), "      ^~~~");
  EXPECT_EQ(underlined("\"open", 1), "^~~~~");
  EXPECT_EQ(underlined("abc", 2, 3), " ^");
  EXPECT_EQ(underlined("", 1), "^");
  EXPECT_EQ(underlined("abc", 9), "   ^") << "behind the end";
  EXPECT_EQ(underlined("{}", 7), "  ^");
}

TEST(Excerpt, OneColumnForACharacterButTwoOfATerminal) {
  // Two bytes and one column; three bytes and two columns; ill-formed; not printable.
  EXPECT_EQ(shownAt("\"ü\": 7", {1, 6}).excerpt, "     1 | \"ü\": 7\n"
                                                 "       |      ^\n");
  EXPECT_EQ(shownAt("\"層\": 77", {1, 6}).excerpt, "     1 | \"層\": 77\n"
                                                   "       |       ^~\n");
  EXPECT_EQ(shownAt("\"\xff\": 7", {1, 6}).excerpt, "     1 | \"\xEF\xBF\xBD\": 7\n"
                                                    "       |      ^\n");
  EXPECT_EQ(shownAt("\x1b[31m\xe2\x80\xae 7", {1, 8}).excerpt, "     1 | \xEF\xBF\xBD[31m\xEF\xBF\xBD 7\n"
                                                               "       |        ^\n");
  EXPECT_EQ(shownAt("\xEF\xBB\xBF[7]\r\n", {1, 2}).excerpt, "     1 | [7]\n"
                                                            "       |  ^\n");
}

TEST(Excerpt, LongLinesAreCut) {
  std::string line = std::string(1000, 'a') + " 77 " + std::string(1000, 'b');
  std::string excerpt = shownAt(line, {1, 1002}).excerpt;
  EXPECT_EQ(excerpt, "     1 | ..." + std::string(59, 'a') + " 77 " + std::string(37, 'b') + "...\n       |    " +
                         std::string(60, ' ') + "^~\n");
  excerpt = shownAt(line, {1, 1}).excerpt;
  EXPECT_EQ(excerpt, "     1 | " + std::string(100, 'a') + "...\n       | ^" + std::string(99, '~') + "\n");
  excerpt = shownAt(line, {1, 2004}).excerpt;
  EXPECT_EQ(excerpt.find('\n'), 112u);
  EXPECT_EQ(excerpt.substr(113), "       |    " + std::string(99, ' ') + "^\n");
}

// A fix replaces what stands there, or there is none.
TEST(Excerpt, FixesAreOfTheWordThatStandsThere) {
  auto fixOf = [](const std::string &line, const Replacement &replace) {
    Diagnostics errors;
    errors.keep("f", line);
    errors.error("f", {1, 1}, "wrong", "", "", replace);
    const std::optional<Fix> &fix = errors.errors()[0].fix;
    return fix ? std::to_string(fix->endColumn) + " " + fix->text : "";
  };
  EXPECT_EQ(fixOf("\"nrom\", 1", {"nrom", "norm"}), "7 \"norm\"");
  EXPECT_EQ(fixOf("nrom: 1", {"nrom", "norm"}), "5 norm");
  EXPECT_EQ(fixOf("'nrom': 1", {"nrom", "norm"}), "7 'norm'");
  EXPECT_EQ(fixOf("\"{i}rom\"", {"nrom", "norm"}), "") << "made by a loop";
  EXPECT_EQ(fixOf("\"nrom\"", {"nrom", ""}), "");
  EXPECT_EQ(fixOf("\"nrom\"", {"nrom", "a\"b"}), "");
}

TEST(Diagnostics, AsJson) {
  Diagnostic error = errorOf("{\"format\": \"swin-model\", \"preset\": \"swin_t\",\n \"image\": {\"siez\": 32}}");
  EXPECT_EQ(jsonLine(error), R"({"severity":"error","file":"m.json","line":2,"column":12,"end_column":18,)"
                             R"("message":"unknown key \"siez\"","pointer":"/image/siez",)"
                             R"("right":"did you mean \"size\"?",)"
                             R"("fix":{"line":2,"column":12,"end_column":18,"text":"\"size\""}})");
  Diagnostic note;
  note.severity = Diagnostic::Severity::Note;
  note.file = "\xff";
  note.what = "two\nlines";
  note.layer = "layers.0";
  EXPECT_EQ(jsonLine(note), "{\"severity\":\"note\",\"file\":\"\xEF\xBF\xBD\",\"message\":\"two\\nlines\","
                            "\"layer\":\"layers.0\"}");
}

TEST(Diagnostics, Yaml) {
  Diagnostic error = errorOf("MODEL:\n  TYPE: swni\n", "m.yaml");
  EXPECT_EQ(error.excerpt, "     2 |   TYPE: swni\n"
                           "       |         ^~~~\n"
                           "       |         swin\n");
}

} // namespace
