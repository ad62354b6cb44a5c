// The figures of a report: parameter effects, convergence, ratios, sums.
#include "tools/tune/ReportData.h"
#include "tools/tune/ReportPage.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

using namespace swin::tools;
using swin::tuning::Outcome;
using swin::tuning::Result;

namespace {

Result timed(const std::string &schedule, double ratio, int64_t number, const std::string &kernel = "mlp_96") {
  Result result;
  result.setting = {kernel, "x86-64-v4", "a CPU", "0.1.0", "tokens 1"};
  result.kernel = kernel;
  result.macs = 8'000'000;
  result.schedule = schedule;
  result.times = {2 / ratio, 1.8 / ratio, 2, 1.8, 0.01, ratio, 11};
  result.peak = 50;
  result.run = "first";
  result.strategy = "random";
  result.number = number;
  result.seconds = double(number) / 2;
  return result;
}

std::map<swin::tuning::Setting, Result> bestIs(const Result &result) { return {{result.setting, result}}; }

TEST(Report, NumbersOfASchedule) {
  EXPECT_EQ(namedNumbers("tile.rows=6 chunk=-1"), (NamedNumbers{{"tile.rows", 6}, {"chunk", -1}}));
  for (const char *text : {"", " ", "tile.rows", "tile.rows=", "=3", "rows=3x", "rows=9223372036854775808", "a=1 b"})
    EXPECT_EQ(namedNumbers(text), std::nullopt) << text;
}

// Log ratios 0.3 x + 0.1 y at all four corners: sums of squares are 0.09 between the values of x and 0.01 within.
TEST(Report, ShareOfAParameter) {
  std::vector<Result> results;
  for (int x : {0, 1})
    for (int y : {0, 1})
      results.push_back(timed("x=" + std::to_string(x) + " y=" + std::to_string(y) + " z=5",
                              std::exp(0.3 * x + 0.1 * y), int64_t(results.size()) + 1));
  // Measured once more, it counts once, and what failed does not count.
  results.push_back(results[0]);
  results.push_back(timed("x=7 y=0 z=5", 0, 9));
  results.back().outcome = Outcome::Failed;
  std::vector<const Result *> list;
  for (const Result &result : results)
    list.push_back(&result);
  std::vector<ParameterEffect> effects = effectsOf(list, "x=0 y=1 z=5").parameters;
  ASSERT_EQ(effects.size(), 2u) << "z has one value";
  EXPECT_EQ(effects[0].name, "x");
  EXPECT_NEAR(effects[0].share, (0.09 - 0.01 / 2) / 0.1, 1e-12);
  EXPECT_EQ(effects[1].share, 0) << "less than chance would give";
  ASSERT_EQ(effects[0].values.size(), 2u);
  EXPECT_EQ(effects[0].values[1].count, 2);
  EXPECT_NEAR(effects[0].values[1].best, std::exp(0.4), 1e-12);
  EXPECT_NEAR(effects[0].values[1].median, std::exp(0.35), 1e-12);
  EXPECT_EQ(effects[0].standard, 0);
  EXPECT_EQ(effects[1].sides[0].size(), 2u);
  EXPECT_EQ(effects[1].sides[1].size(), 2u);
  EXPECT_EQ(effects[1].sides[2].size(), 0u);

  ReportFigures figures = reportFigures(results, {});
  ASSERT_EQ(figures.templates.size(), 1u);
  EXPECT_EQ(figures.templates[0].parameters[0].name, "x");
  EXPECT_NEAR(figures.templates[0].parameters[0].share, 0.85, 1e-12) << "of one kernel, that kernel's";
}

// Twelve values, of one schedule each: neighbours are taken together, else none of them would say anything.
TEST(Report, ShareOfAParameterWithManyValues) {
  std::vector<Result> results;
  for (int x = 0; x < 12; ++x)
    results.push_back(
        timed("x=" + std::to_string(10 * x) + " y=" + std::to_string(x % 2), std::exp(0.1 * (x / 2)), x + 1));
  ReportFigures figures = reportFigures(results, {});
  const Effects &effects = figures.kernels.at(0).effects;
  EXPECT_EQ(effects.schedules, 12u);
  EXPECT_EQ(effects.parameters.at(0).name, "x");
  EXPECT_NEAR(effects.parameters.at(0).share, 1, 1e-12) << "six groups of two";
  EXPECT_EQ(effects.parameters.at(0).values.size(), 12u);
  EXPECT_EQ(effects.parameters.at(1).share, 0);
}

// A log ratio of 0.2 where x and y are equal, 0 elsewhere, each schedule twice (z): neither matters alone.
TEST(Report, ShareOfAPair) {
  std::vector<Result> results;
  for (int x : {0, 1})
    for (int y : {0, 1})
      for (int z : {0, 1})
        results.push_back(timed("x=" + std::to_string(x) + " y=" + std::to_string(y) + " z=" + std::to_string(z),
                                std::exp(x == y ? 0.2 : 0), int64_t(results.size()) + 1));
  ReportFigures figures = reportFigures(results, {});
  const TemplateFigures &one = figures.templates.at(0);
  for (const TemplateParameter &parameter : one.parameters)
    EXPECT_EQ(parameter.share, 0) << parameter.name;
  ASSERT_EQ(one.pairs.size(), 3u);
  EXPECT_EQ(one.pairs[0].first + one.pairs[0].second, "xy");
  EXPECT_NEAR(one.pairs[0].share, 1, 1e-12);
  EXPECT_LT(one.pairs[1].share, 1e-12);
}

TEST(Report, Convergence) {
  std::vector<Result> results = {timed("x=1", 0.9, 1), timed("x=2", 1.1, 2), timed("x=3", 1.05, 3),
                                 timed("x=4", 1.3, 4), timed("x=5", 1.2, 5), timed("x=6", 1.0, 6),
                                 timed("x=2", 1.5, 7), timed("x=2", 1.4, 8)};
  results[3].outcome = Outcome::Stopped; // a few rounds decide nothing
  results[7].confirmed = true;           // nor does what was measured again, twice
  ReportFigures figures = reportFigures(results, {});
  ASSERT_EQ(figures.kernels.size(), 1u);
  ASSERT_EQ(figures.kernels[0].curves.size(), 1u);
  std::vector<std::pair<int64_t, double>> points;
  for (const Curve::Point &point : figures.kernels[0].curves[0].points)
    points.emplace_back(point.number, point.ratio);
  EXPECT_EQ(points, (std::vector<std::pair<int64_t, double>>{{1, 0.9}, {2, 1.1}, {5, 1.2}, {8, 1.2}}));
  EXPECT_EQ(figures.kernels[0].curves[0].points.back().seconds, 3.5) << "since the first";
  EXPECT_EQ(figures.kernels[0].tried, 6);
}

TEST(Report, BestAndSums) {
  std::vector<Result> results = {timed("x=1", 1.0, 1), timed("x=2", 1.25, 2), timed("x=1", 1.01, 1, "attention_96"),
                                 timed("x=2", 0.8, 2, "attention_96")};
  results[0].standard = results[2].standard = true;
  results[2].times.standardCold = 3.2;
  results[3].times.standardCold = 3;
  Result confirmed = timed("x=2", 1.2, 3);
  confirmed.confirmed = true;
  results.push_back(confirmed);
  ReportFigures figures = reportFigures(results, bestIs(confirmed));
  ASSERT_EQ(figures.kernels.size(), 2u);
  const KernelFigures &attention = figures.kernels[0], &mlp = figures.kernels[1];
  EXPECT_EQ(attention.kernel, "attention_96") << "the one with the longest time first";
  EXPECT_FALSE(attention.best);
  EXPECT_EQ(attention.ratio, 1);
  EXPECT_EQ(attention.standardCold, 3) << "the least beside any schedule";
  EXPECT_EQ(attention.itself, 1.01);
  EXPECT_EQ(mlp.ratio, 1.2);
  EXPECT_EQ(mlp.standard, "x=1");
  EXPECT_EQ(mlp.effects.parameters[0].best, 2);
  EXPECT_NEAR(mlp.efficiency(mlp.standardCold), 8e6 / 2e-3 / 50e9, 1e-12);
  ASSERT_EQ(figures.totals.size(), 1u);
  EXPECT_NEAR(figures.totals[0].standard, 5, 1e-12);
  EXPECT_NEAR(figures.totals[0].best, 3 + 2 / 1.2, 1e-12);
  EXPECT_EQ(figures.totals[0].improved, 1u);
  ASSERT_EQ(figures.runs.size(), 1u);
  EXPECT_EQ(figures.runs[0].kernels, 2u);
  EXPECT_EQ(figures.runs[0].confirmed, 1);
  EXPECT_NEAR(figures.runs[0].standard, 5, 1e-12);
  EXPECT_NEAR(figures.runs[0].best, 3 + 2 / 1.2, 1e-12);
}

TEST(Report, NumbersThatAreNone) {
  Result result = timed("x=1", 1, 1);
  EXPECT_TRUE(isTimed(result));
  for (double value : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    Result other = result;
    other.times.ratio = value;
    EXPECT_FALSE(isTimed(other)) << value;
    other = result;
    other.times.standardCold = value;
    EXPECT_FALSE(isTimed(other)) << value;
  }
  result.outcome = Outcome::Withdrawn;
  EXPECT_FALSE(isTimed(result));
  ReportFigures figures = reportFigures({result}, bestIs(result));
  EXPECT_FALSE(figures.kernels[0].best);
  EXPECT_EQ(figures.kernels[0].outcomes[size_t(Outcome::Withdrawn)], 1);
}

// Numbers at the ends of their ranges, texts that are markup: a page comes out, and nothing of it is code.
TEST(Report, UntrustedResults) {
  const std::string script = "</script><script>alert(1)</script>\x01\xff";
  std::vector<Result> results = {timed("x=1", 1e-300, 1), timed("x=9223372036854775807", 1e300, 1),
                                 timed("x=-9223372036854775808", 1, std::numeric_limits<int64_t>::max())};
  for (Result &result : results) {
    result.kernel = result.run = result.strategy = result.sizes = result.message = script;
    result.setting.cpu = result.setting.isa = result.setting.templateName = script;
    result.macs = std::numeric_limits<int64_t>::max();
    result.seconds = result.number > 1 ? 1e15 : std::nan("");
  }
  results.push_back(results[0]);
  results.back().schedule = script;
  std::string page = pageText(reportFigures(results, bestIs(results[1])), results, script);
  EXPECT_EQ(page.find("alert(1)</script>"), std::string::npos);
  EXPECT_EQ(page.find("<script>alert"), std::string::npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(1)"), std::string::npos);
  EXPECT_EQ(page.find('\xff'), std::string::npos);
  EXPECT_EQ(page.find('\x01'), std::string::npos);
  EXPECT_EQ(page.find("nan"), std::string::npos);
}

} // namespace
