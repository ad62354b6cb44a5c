//===- LayerTextTest.cpp - a comparison in words and as JSON ---------------===//
#include "tools/layers/LayerDiff.h"

#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

using namespace swin::layers;

namespace {

LayerResult result(const std::string &name, double largest, int64_t count) {
  LayerResult one{name, {1, 2, 3, 4}, "", {}};
  one.difference = {2, largest, largest / 2, 17, 1.5, 1, count, count > 0 ? "shifted" : ""};
  return one;
}

Comparison example() {
  Comparison comparison{"libm.so", "ref.npz", 1e-4, {}};
  comparison.layers = {result("patch_embed", 1e-7, 0),
                       result("layers.0.blocks.0.attn", 2e-6, 0),
                       {"layers.0.blocks.0.mlp", {1, 9}, "it is of another size", {}},
                       result("layers.0.blocks.1.attn", 0.25, 6),
                       result("head", 0.5, 12)};
  return comparison;
}

TEST(LayerText, FirstWrong) {
  Comparison comparison = example();
  EXPECT_EQ(comparison.firstWrong(), &comparison.layers[3]);
  EXPECT_EQ(
      comparisonText(comparison, false),
      "libm.so against ref.npz\n"
      "layers.0.blocks.1.attn (1 x 2 x 3 x 4) is the first value that is off: by 0.25 of its largest magnitude, 2\n"
      "  at [0, 1, 1, 1] ours is 1.5, theirs 1; 6 of 24 elements (25 %) are off by more than 0.0001 of that "
      "magnitude\n"
      "  what it looks like: shifted\n"
      "  before it, layers.0.blocks.0.attn is the last value that is right (2e-06)\n"
      "  of 4 values 2 are off; those behind the first may be so because of it\n"
      "  layers.0.blocks.0.mlp   not compared: it is of another size\n");
  comparison.note = "look inside";
  std::string all = comparisonText(comparison, true);
  EXPECT_NE(all.find("(2e-06)\n  look inside\n  of 4"), std::string::npos) << all;
  EXPECT_NE(all.find("  layers.0.blocks.1.attn  0.25      OFF  shifted\n"), std::string::npos) << all;
  EXPECT_NE(all.find("  patch_embed             1e-07     ok\n"), std::string::npos) << all;
}

TEST(LayerText, AllRight) {
  Comparison comparison = example();
  comparison.layers.resize(2);
  EXPECT_EQ(comparison.firstWrong(), nullptr);
  EXPECT_EQ(comparisonText(comparison, false),
            "libm.so against ref.npz\n"
            "all 2 values are the same up to 2e-06 of their largest magnitude (layers.0.blocks.0.attn); 0.0001 is "
            "allowed\n");
  comparison.layers.clear();
  EXPECT_EQ(comparisonText(comparison, true), "libm.so against ref.npz\nnothing was compared\n");
}

TEST(LayerText, Json) {
  Comparison comparison = example();
  comparison.layers[4].difference.largest = std::numeric_limits<double>::infinity();
  comparison.reference = "\xff.npz";
  nlohmann::json json = nlohmann::json::parse(comparisonJson(comparison));
  EXPECT_EQ(json["ours"], "libm.so");
  EXPECT_EQ(json["first_wrong"], "layers.0.blocks.1.attn");
  EXPECT_EQ(json["last_right"], "layers.0.blocks.0.attn");
  ASSERT_EQ(json["layers"].size(), 5u);
  EXPECT_EQ(json["layers"][2]["skipped"], "it is of another size");
  EXPECT_FALSE(json["layers"][2].contains("largest"));
  const nlohmann::json &wrong = json["layers"][3];
  EXPECT_EQ(wrong["largest"], 0.25);
  EXPECT_EQ(wrong["where"], nlohmann::json({0, 1, 1, 1}));
  EXPECT_EQ(wrong["count"], 6);
  EXPECT_EQ(wrong["pattern"], "shifted");
  EXPECT_EQ(wrong["shape"], nlohmann::json({1, 2, 3, 4}));
  EXPECT_TRUE(json["layers"][4]["largest"].is_null());
  comparison.layers.resize(2);
  json = nlohmann::json::parse(comparisonJson(comparison));
  EXPECT_TRUE(json["first_wrong"].is_null());
  EXPECT_EQ(json["last_right"], "layers.0.blocks.0.attn");
}

} // namespace
