//===- JsonTest.cpp - lines of results, right and wrong -------------------===//
#include "tests/codegen/tuning/Results.h"

#include <limits>
#include <random>

using namespace swin::tuning;
using namespace swin::test;

namespace {

TEST(Json, RoundTrip) {
  std::string line = jsonLine(exampleResult());
  EXPECT_EQ(line.find('\n'), std::string::npos);
  Result back = good(resultOf(line));
  EXPECT_EQ(jsonLine(back), line);
  EXPECT_EQ(back.setting, exampleResult().setting);
  EXPECT_EQ(back.extents, exampleResult().extents);
  EXPECT_EQ(back.error, 1.0 / 3);
  EXPECT_EQ(back.message, "two\nlines");
  EXPECT_EQ(back.seed, -5);
  EXPECT_TRUE(back.confirmed);
  for (Outcome outcome : {Outcome::Wrong, Outcome::Failed, Outcome::Crashed, Outcome::Withdrawn}) {
    Result result;
    result.setting = exampleResult().setting;
    result.kernel = result.schedule = result.run = "x";
    result.number = 1;
    result.outcome = outcome;
    EXPECT_EQ(good(resultOf(jsonLine(result))).outcome, outcome);
  }
}

std::string replaced(const std::string &from, const std::string &to) {
  std::string line = jsonLine(exampleResult());
  size_t at = line.find(from);
  EXPECT_NE(at, std::string::npos) << from << " in " << line;
  return line.replace(at, from.size(), to);
}

TEST(Json, WrongLines) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "expected an object of JSON on one line"},
      {"[]", "expected an object of JSON on one line"},
      {"{}{}", "expected an object of JSON on one line"},
      {"{}", "no field 'format', expected a whole number"},
      {std::string(100000, '['), "expected texts, numbers and lists of numbers, found what is nested deeper"},
      {std::string((1 << 20) + 1, ' '), "a line of 1048577 bytes, at most 1048576"},
      {replaced("\"format\":1", "\"format\":2"), "its format is 2, this program knows format 1"},
      {replaced("\"kernel\":\"mlp_96\",", ""), "no field 'kernel', expected a text"},
      {replaced("\"kernel\":\"mlp_96\"", "\"kernel\":5"), "field 'kernel' is not a text"},
      {replaced("\"kernel\":\"mlp_96\"", "\"kernel\":\"a\",\"kernel\":\"b\""), "field 'kernel' is there twice"},
      {replaced("\"kernel\":\"mlp_96\"", "\"kernel\":\"\\u001b[2J\""), "kernel has control characters"},
      {replaced("\"kernel\":\"mlp_96\"", "\"kernel\":\"\""), "kernel is empty"},
      {replaced("mlp_96", std::string(257, 'k')), "kernel has 257 bytes, at most 256"},
      {replaced("\"macs\"", "\"m\\u001bcs\""), "no field 'macs', expected a whole number"},
      {replaced("{", "{\"new\":1,"), "field 'new' is unknown"},
      {replaced("a07", "xyz"), "signature is not a SHA-256 of 64 hexadecimal digits"},
      {replaced("[96,", "[96.5,"), "field 'extents' is not a list of whole numbers"},
      {replaced("[96,", "[18446744073709551615,"), "field 'extents' is out of range: 18446744073709551615"},
      {replaced("\"threads\":2", "\"threads\":0"), "threads is 0, expected 1 to 4096"},
      {replaced("\"threads\":2", "\"threads\":4294967297"), "field 'threads' is out of range: 4294967297"},
      {replaced("\"threads\":2", "\"threads\":2.5"), "field 'threads' is not a whole number"},
      {replaced("\"confirmed\":true", "\"confirmed\":1"), "field 'confirmed' is not true or false"},
      {replaced("\"ratio\":1.25", "\"ratio\":-1"), "ratio is -1.000000, expected a number from 0 to 1e15"},
      {replaced("\"ratio\":1.25", "\"ratio\":1e999"), "expected an object of JSON on one line"},
      {replaced("\"cold_ms\":0.1", "\"cold_ms\":0"),
       "a schedule that was timed has no time: expected cold_ms, standard_cold_ms and ratio above 0"},
      {replaced("\"measured\"", "\"good\""),
       "field 'outcome' is 'good', expected one of measured stopped wrong failed crashed withdrawn"},
      {replaced("\"measured\"", "\"failed\""), "confirmed, but its outcome is failed"},
  };
  for (const auto &[line, problem] : cases)
    EXPECT_EQ(message(resultOf(line)), "not a result: " + problem) << line.substr(0, 2000);
}

TEST(Json, NumbersThatAreNone) {
  Result result = exampleResult();
  result.times.ratio = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(problemOf(result), "ratio is nan, expected a number from 0 to 1e15");
  EXPECT_EQ(message(resultOf(jsonLine(result))), "not a result: field 'ratio' is not a number");
}

/// An error, or a result that gives a line which gives the same result.
TEST(Json, MutatedLines) {
  std::string line = jsonLine(exampleResult());
  std::mt19937 random(11);
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string mutated = line;
    for (int change = static_cast<int>(random() % 4); change >= 0; --change) {
      size_t at = random() % mutated.size(), length = random() % 8;
      switch (random() % 4) {
      case 0:
        mutated[at] = static_cast<char>(random());
        break;
      case 1:
        mutated.erase(at, length);
        break;
      case 2:
        mutated.insert(at, mutated.substr(random() % mutated.size(), length));
        break;
      default:
        mutated[at] = "\"{}[],:0-9.eE\\u"[random() % 15];
      }
    }
    llvm::Expected<Result> result = resultOf(mutated);
    if (result) {
      EXPECT_EQ(jsonLine(good(resultOf(jsonLine(*result)))), jsonLine(*result)) << mutated;
      EXPECT_EQ(problemOf(*result), "") << mutated;
      continue;
    }
    std::string problem = llvm::toString(result.takeError());
    EXPECT_EQ(problem.rfind("not a result: ", 0), 0u) << problem;
    EXPECT_LE(problem.size(), 320u);
    ++refused;
  }
  EXPECT_GT(refused, 1000);
  EXPECT_LT(refused, 2000);
}

TEST(Json, PlainText) {
  EXPECT_EQ(plainText("a\x1b[2J\nb\x7f", 100), "a?[2J\nb?");
  EXPECT_EQ(plainText("x\xc3\xa4", 2), "x");
  EXPECT_EQ(plainText("x\xc3\xa4", 3), "x\xc3\xa4");
  EXPECT_EQ(plainText("x\xff", 3), "x?");
}

TEST(Result, NamesOfThisMachine) {
  EXPECT_NE(cpuName(), "");
  EXPECT_EQ(cpuName().find("  "), std::string::npos);
  EXPECT_EQ(compilerVersion().find("0.1.0 llvm 22."), 0u);
  Result result = exampleResult();
  result.setting.cpu = cpuName();
  result.setting.compiler = compilerVersion();
  EXPECT_EQ(problemOf(result), "");
}

} // namespace
