//===- MarkupTest.cpp - HTML and SVG that are well-formed ------------------===//
#include "tools/report/Markup.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace swin::tools;

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  Markup(out).text(text);
  return out;
}

TEST(Markup, ElementsAndAttributes) {
  std::string out;
  Markup html(out);
  html.element("p", {{"class", "a\"b"}, {"width", 2.04}, {"n", 3}}, [&] { html.empty("br", {}); });
  html.element("b", {}, "1 < 2");
  html.raw("<!-- -->");
  EXPECT_EQ(out, "<p class=\"a&quot;b\" width=\"2\" n=\"3\"><br/></p><b>1 &lt; 2</b><!-- -->");
}

TEST(Markup, WhatNoPageMayHold) {
  EXPECT_EQ(escaped("<a&b>\"\t\n"), "&lt;a&amp;b&gt;&quot;\t\n");
  EXPECT_EQ(escaped("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  const std::string mark = "\xEF\xBF\xBD";
  // Control characters; a byte alone; too long; half of a pair; no character; beyond the last; cut off.
  for (std::string_view wrong : {"\x01", "\r", "\x7f", "\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80",
                                 "\xEF\xBF\xBF", "\xF4\x90\x80\x80", "\xF8\x80", "\xE2\x82", "\xF0\x9F\x98"})
    EXPECT_EQ(escaped("a" + std::string(wrong) + "<"), "a" + mark + "&lt;");
}

TEST(Markup, Numbers) {
  EXPECT_EQ(fixed(2.345, 1), "2.3");
  EXPECT_EQ(fixed(INFINITY, 1), "-");
  EXPECT_EQ(fixed(-1e30, 0), "-1000000000000000019884624838656");
  EXPECT_EQ(pixels(3.04), "3");
  EXPECT_EQ(pixels(NAN), "0");
}

} // namespace
