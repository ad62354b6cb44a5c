// Every parameter of every template has a sentence in the report.
#include "tools/tune/ReportParameters.h"

#include "codegen/schedules/ScheduleText.h"
#include "codegen/schedules/Schedules.h"

#include "gtest/gtest.h"

using namespace swin::codegen;

namespace {

template <typename Parameters> void check(const std::string &kind, Parameters parameters) {
  EXPECT_NE(swin::tools::templateSentence(kind), "") << kind;
  visitNumbers("", parameters, [&](const std::string &name, auto &) {
    EXPECT_NE(swin::tools::parameterSentence(kind, name), "")
        << "tools/tune/ReportParameters.cpp: " << kind << ", " << name;
  });
}

TEST(Report, EveryParameterHasASentence) {
  TokensParameters tokens;
  tokens.products.resize(2);
  check("tokens", tokens);
  check("fast tokens", tokens);
  check("windows", WindowsParameters());
  check("pool", PoolParameters());
  check("conv", ConvParameters());
  check("map", Blocks());
}

TEST(Report, NumbersOfListsAreNoPartOfAName) {
  EXPECT_EQ(swin::tools::parameterSentence("tokens", "products.0.chunk"),
            swin::tools::parameterSentence("tokens", "products.12.chunk"));
  EXPECT_EQ(swin::tools::parameterSentence("tokens", "products.x.chunk"), "");
  EXPECT_EQ(swin::tools::parameterSentence("windows", "products.0.chunk.rows"), "");
  EXPECT_NE(swin::tools::parameterSentence("conv", "tile.rows"),
            swin::tools::parameterSentence("tokens", "products.0.tile.rows"));
}

} // namespace
