//===- MapTest.cpp - kernels of kind map -----------------------------------===//
// Every instruction set of the machine against the interpreter in double.
//===----------------------------------------------------------------------===//
#include "tests/codegen/kernels/CompiledKernel.h"
#include "tests/codegen/kernels/MapText.h"

#include "gtest/gtest.h"

namespace swin::test {
namespace {

using Value = MapText::Value;

/// Weights of bicubic values are rounded, and their sum is of terms of both signs.
constexpr double limitOfWeights = 2e-6;

void check(const std::string &text, const std::vector<MapSize> &sizes) {
  checkKernel(text, "map", sizes, limitOfWeights);
}

TEST(Map, ResizeToAnotherMap) {
  for (const char *how : {"nearest", "bilinear", "bicubic"})
    for (int64_t channels : {1, 20, 64}) {
      MapText text("map");
      Value x = text.map(channels);
      check(text.str(text.resize(x, how, text.map(3))), {{2, 7, 9, {{20, 31}}},
                                                         {1, 20, 31, {{7, 9}}},
                                                         {1, 1, 1, {{5, 4}}},
                                                         {1, 5, 4, {{1, 1}}},
                                                         {2, 6, 6, {{6, 6}}}});
    }
}

TEST(Map, ResizeByFactors) {
  for (const char *how : {"nearest", "bilinear", "bicubic"})
    for (MapText::Pair factor : {MapText::Pair{2, 2}, MapText::Pair{4, 3}, MapText::Pair{1, 8}}) {
      MapText text("map");
      check(text.str(text.resize(text.map(20), how, MapText::none, factor)), {{2, 5, 9}, {1, 1, 1}});
    }
}

TEST(Map, NearestOfEverySize) {
  MapText text("map");
  Value x = text.map(1);
  std::vector<MapSize> sizes;
  for (int64_t size = 1; size < 40; ++size)
    sizes.push_back({1, 17, 23, {{size, 61 - size}}});
  check(text.str(text.resize(x, "nearest", text.map(1))), sizes);
}

TEST(Map, PlanesOfClasses) {
  for (int64_t classes : {2, 3, 19, 150}) {
    MapText text("map");
    Value x = text.map(classes), image = text.image(3);
    check(text.str(text.channelsFirst(text.resize(x, "bilinear", text.channelsLast(image))), true),
          {{2, 5, 7, {{20, 27}}}, {1, 1, 1, {{1, 1}}}, {1, 9, 9, {{36, 70}}}});
  }
}

TEST(Map, SideBySide) {
  for (int64_t second : {1, 13, 32}) {
    MapText text("map");
    Value a = text.map(20), b = text.map(second), c = text.map(7);
    check(text.str(text.concat({a, b, text.resize(c, "bilinear", a)})), {{2, 6, 9, {{6, 9}, {3, 4}}}});
    MapText again("map");
    Value x = again.map(second), y = again.concat({x, again.keep("relu", x)});
    check(again.str(again.keep("sigmoid", again.concat({y, x}))), {{2, 6, 9}});
    check(again.str(again.concat({y, x}), true), {{2, 6, 9}});
  }
}

TEST(Map, OfTheImage) {
  for (bool planes : {true, false}) {
    MapText text("map");
    Value x = text.affine(text.resize(text.channelsLast(text.image(3)), "bicubic", MapText::none, {2, 2}));
    check(text.str(planes ? text.channelsFirst(x) : x, planes), {{2, 11, 70}, {1, 1, 1}});
  }
}

TEST(Map, TokensElsewhere) {
  MapText text("map");
  check(text.str(text.reflectPad(text.map(20), {8, 4})), {{2, 5, 6}, {1, 8, 8}});
  for (const char *rule : {"never", "axis", "map"}) {
    MapText shifted("map");
    check(shifted.str(shifted.keep("cyclic_shift", shifted.map(20), "by [3, -2] window [7, 7] " + std::string(rule))),
          {{2, 9, 12}, {1, 7, 12}, {1, 9, 5}, {1, 2, 1}});
  }
  MapText cut("map");
  Value x = cut.map(20);
  check(cut.str(cut.crop(cut.shuffle(x, 2), cut.map(3), {2, 2}, {3, 1})), {{2, 9, 12, {{7, 11}}}});
  MapText pixels("map");
  check(pixels.str(pixels.keep("gelu", pixels.position(pixels.shuffle(pixels.map(180), 3), 6, 9))), {{2, 2, 3}});
}

TEST(Map, MeansOfParts) {
  for (MapText::Pair size : {MapText::Pair{1, 1}, MapText::Pair{2, 3}, MapText::Pair{6, 6}, MapText::Pair{64, 1}})
    for (int64_t channels : {3, 20, 64}) {
      MapText text("map");
      check(text.str(text.keep("relu", text.pool(text.map(channels), size))),
            {{2, 16, 16}, {1, 1, 1}, {1, 7, 5}, {1, 13, 40}});
    }
}

} // namespace
} // namespace swin::test
