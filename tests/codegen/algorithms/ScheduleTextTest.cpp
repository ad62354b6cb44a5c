//===- ScheduleTextTest.cpp - parameters of schedules as text -------------===//
#include "codegen/schedules/ScheduleText.h"
#include "codegen/schedules/Schedules.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <sstream>

using namespace swin::codegen;

namespace {

TEST(ScheduleText, NamesEveryNumber) {
  TokensParameters tokens;
  tokens.products = {{{6, 2}, 0}, {{5, 3}, 128}};
  EXPECT_EQ(scheduleText(tokens), "products.0.tile.rows=6 products.0.tile.vectors=2 products.0.chunk=0 "
                                  "products.1.tile.rows=5 products.1.tile.vectors=3 products.1.chunk=128 "
                                  "block_rows=64 few_rows=64");
  ConvParameters conv;
  conv.planes = true;
  EXPECT_EQ(scheduleText(conv), "planes=1 tile.rows=1 tile.vectors=1 blocks.columns=1 blocks.rows=1 chunk=0");
  EXPECT_EQ(scheduleText(Blocks{64, 8}), "columns=64 rows=8");
}

/// Bytes of `Parameters` that no field of its list has; the compiler's padding is less than 8.
template <typename Parameters> size_t unlisted() {
  Parameters parameters;
  size_t bytes = 0;
  Parameters::fields(parameters, [&](const char *, auto &field) { bytes += sizeof field; });
  return sizeof parameters - bytes;
}

TEST(ScheduleText, ListsEveryField) {
  EXPECT_EQ(unlisted<RegisterTile>(), 0u);
  EXPECT_EQ(unlisted<ProductParameters>(), 0u);
  EXPECT_EQ(unlisted<TokensParameters>(), 0u);
  EXPECT_EQ(unlisted<PoolParameters>(), 0u);
  EXPECT_EQ(unlisted<Blocks>(), 0u);
  EXPECT_EQ(unlisted<ConvParameters>(), 3u) << "behind the flag";
  EXPECT_EQ(unlisted<WindowsParameters>(), 4u) << "behind queryVectors";
}

TEST(ScheduleText, EveryFieldShowsUnderItsOwnName) {
  WindowsParameters windows;
  int64_t next = 100;
  visitNumbers("", windows, [&](const std::string &, auto &number) { number = next++; });
  std::istringstream text(scheduleText(windows));
  std::vector<std::string> names;
  next = 100;
  for (std::string word; text >> word; ++next) {
    EXPECT_TRUE(word.ends_with("=" + std::to_string(next))) << word;
    names.push_back(word.substr(0, word.find('=')));
  }
  EXPECT_EQ(names.size(), 16u);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

} // namespace
