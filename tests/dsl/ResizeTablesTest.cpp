//===- ResizeTablesTest.cpp - position tables of another size -------------===//
// The numbers are what timm 1.0.31 (resize_rel_pos_bias_table) and torch 1.13
// (interpolate, bicubic) make of sin(1), sin(2), ...
//===----------------------------------------------------------------------===//
#include "dsl/ResizeTables.h"
#include "tests/dsl/NamedWeights.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace swin;
using namespace swin::dsl;
using Lines = std::vector<std::string>;

namespace {

std::vector<float> sines(int64_t count) {
  std::vector<float> values(count);
  for (int64_t i = 0; i < count; ++i)
    values[i] = static_cast<float>(std::sin(static_cast<double>(i + 1)));
  return values;
}

/// The first five values, the middle one, the last one, and the sum over all of value i times cos(i).
struct Expected {
  std::vector<double> first;
  double middle, last, sum;
};

void expectNear(const std::vector<float> &values, const Expected &expected) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i)
    sum += static_cast<double>(values[i]) * std::cos(static_cast<double>(i));
  for (size_t i = 0; i < expected.first.size(); ++i)
    EXPECT_NEAR(values[i], expected.first[i], 1e-5) << i;
  EXPECT_NEAR(values[values.size() / 2], expected.middle, 1e-5);
  EXPECT_NEAR(values.back(), expected.last, 1e-5);
  EXPECT_NEAR(sum, expected.sum, 1e-4);
}

/// Of a square window and two heads.
std::vector<float> table(int64_t from, Size to, Resizing how) {
  int64_t side = 2 * from - 1;
  return resized(sines(side * side * 2), {side, side}, {2 * to[0] - 1, 2 * to[1] - 1}, 2, how);
}

TEST(ResizeTablesTest, GeometricAsTimm) {
  auto check = [](int64_t from, Size to, const Expected &expected) {
    SCOPED_TRACE(std::to_string(from) + " to " + std::to_string(to[0]) + " x " + std::to_string(to[1]));
    expectNear(table(from, to, Resizing::Geometric), expected);
  };
  check(3, {5, 5}, {{0.841471, 0.9092974, 0.841471, 0.9092974, 0.608021}, 0.7625585, -0.2623748, -4.0802793});
  check(7, {12, 12}, {{0.8414674, 0.9092831, 0.6032665, 0.3426206, 0.3650655}, 0.3466495, -0.9613815, 1.0923883});
  check(12, {7, 7}, {{0.3525245, -0.2666365, -0.6815873, -0.4895384, 0.1298873}, 0.8011165, 0.4903066, 4.0174508});
  check(3, {2, 2}, {{0.420167, 0.9906074, 0.6502879, -0.2879033, -0.9613975}, 0.7625585, 0.2963686, 0.9666794});
  check(2, {12, 12}, {{0.841471, 0.9092974, 0.841471, 0.9092974, 0.8414709}, -0.5440211, -0.7509872, -2.1527889});
  check(1, {3, 3}, {{0.841471, 0.9092974, 0.841471, 0.9092974, 0.841471}, 0.9092974, 0.9092974, -0.19790257});
  check(4, {4, 7}, {{0.8358292, 0.8739685, 0.8358291, 0.8739685, 0.5934154}, -0.2623748, -0.5348255, 1.4935821});
  check(7, {3, 4}, {{-0.8424242, -0.8341497, -0.07913806, 0.7813845, 0.9396698}, 0.3466495, 0.9364172, 2.0794611});
  EXPECT_NEAR(table(3, {1, 1}, Resizing::Geometric)[0], -0.1323518, 1e-6);
}

TEST(ResizeTablesTest, BicubicAsTorch) {
  auto check = [](int64_t from, Size to, const Expected &expected) {
    SCOPED_TRACE(std::to_string(from) + " to " + std::to_string(to[0]));
    expectNear(table(from, to, Resizing::Bicubic), expected);
  };
  check(3, {5, 5}, {{1.119301, 1.255517, 0.8079103, 0.3928482, 0.2782632}, 0.7625581, -0.3123676, -1.451574});
  check(7, {12, 12}, {{0.8907629, 1.143485, 0.7019739, 0.3868766, 0.3316095}, 0.3466489, -1.079601, -0.59913557});
  check(12, {7, 7}, {{0.2651801, -0.1514103, -0.188226, 0.4065054, -0.1398428}, 0.8011169, 0.3524941, 0.27758611});
  check(3, {2, 2}, {{0.2430086, 0.2724425, -0.4088405, -0.3404464, 0.2946582}, 0.7625585, -0.06792849, -0.12313312});
  // Channels first there: 3 x 6 x 5.
  std::vector<float> image = sines(90), map(90);
  for (int64_t i = 0; i < 90; ++i)
    map[i % 30 * 3 + i / 30] = image[i];
  expectNear(resized(map, {6, 5}, {4, 7}, 3, Resizing::Bicubic),
             {{0.5907144, -0.6339319, -0.7862842, 0.8327807, -0.1313194}, 0.1129861, 0.6651641, -0.33587046});
}

/// The notes of loading the first model's weights into the second, whose tables go to the store.
Lines notesOf(const test::NamedValues &weights, const Spec &spec, Semantics semantics, ref::ConstantStore &store) {
  test::TemporaryFile file(test::checkpointOf(weights).bytes());
  Diagnostics diagnostics;
  std::unique_ptr<WeightsFile> opened = openWeights(file.path, diagnostics);
  if (opened)
    opened->load(spec, semantics, store, diagnostics);
  EXPECT_EQ(diagnostics.lines(), Lines());
  Lines notes;
  for (const std::string &note : headlines(diagnostics.notes()))
    notes.push_back(note.substr(file.path.size()));
  return notes;
}

constexpr const char *firstTable = "layers.0.blocks.0.attn.relative_position_bias_table";

TEST(ResizeTablesTest, TablesOfAFile) {
  Spec spec = test::smallModel(), old = spec;
  for (Stage &stage : old.stages)
    stage.window = {3, 3};
  spec.stages[2].window = {3, 3};
  test::NamedValues weights = test::ourWeights(old, Semantics::Torchvision);
  weights[firstTable].values = sines(50);
  for (auto [semantics, how] : {std::pair(Semantics::Timm, Resizing::Geometric),
                                {Semantics::Microsoft, Resizing::Bicubic},
                                {Semantics::Mm, Resizing::Bicubic}}) {
    ref::ConstantStore store;
    Spec logits = spec;
    logits.outputs = {"logits"};
    EXPECT_EQ(notesOf(weights, logits, semantics, store),
              Lines{std::string(": note: resized as ") + semanticsName(semantics) +
                    " does: the position biases of 3 blocks from windows of 3 to 4"});
    EXPECT_EQ(test::valuesOf(*store.find(firstTable)).shape, (std::vector<int64_t>{49, 2}));
    EXPECT_EQ(test::valuesOf(*store.find(firstTable)).values, table(3, {4, 4}, how));
  }
}

/// timm takes a table of as many rows as a square window's to be of that, even if the model's window is not square.
TEST(ResizeTablesTest, WindowsThatAreNotSquare) {
  Spec spec = test::smallModel();
  spec.stages[0].window = {1, 5}; // 9 rows, as 2 x 2
  spec.stages[1].window = {4, 3}; // 35 rows
  test::NamedValues weights = test::ourWeights(spec, Semantics::Timm);
  weights[firstTable].values = sines(18);
  ref::ConstantStore store, other;
  EXPECT_EQ(notesOf(weights, spec, Semantics::Timm, store),
            Lines{": note: resized as timm does: the position biases of 2 blocks from windows of 2 to 1x5"});
  const std::vector<float> values = test::valuesOf(*store.find(firstTable)).values;
  expectNear(values, {{0.6569866, 0.9893582, 0.6569866, 0.9893582, 0.6569866}, -0.5440211, -0.5365729, 2.4844156});
  EXPECT_EQ(notesOf(weights, spec, Semantics::Torchvision, other), Lines());
  EXPECT_EQ(test::valuesOf(*other.find(firstTable)).values, sines(18));
}

TEST(ResizeTablesTest, PositionEmbeddings) {
  Spec spec = test::smallModel(), old = spec;
  old.positionEmbedding = spec.positionEmbedding = true;
  old.imageSize = {24, 20};  // 6 x 5 tokens
  spec.imageSize = {16, 28}; // 4 x 7
  spec.outputs = {"stage1"};
  test::NamedValues weights = test::ourWeights(old, Semantics::Mm);
  weights["absolute_pos_embed"] = {{1, 8, 6, 5}, sines(240)};
  ref::ConstantStore store;
  Lines notes = notesOf(weights, spec, Semantics::Mm, store);
  EXPECT_EQ(notes, Lines{": note: resized as mm does: the position embedding from 6x5 to 4x7"});
  const ref::Constant *positions = store.find("absolute_pos_embed");
  ASSERT_NE(positions, nullptr);
  EXPECT_EQ(positions->shape, (std::vector<int64_t>{1, 28, 8}));
  EXPECT_NEAR(positions->data[0], 0.5907144, 1e-5);
  EXPECT_NEAR(positions->data[1], -0.6339319, 1e-5);

  // Rows of a square map; the same map as an image is no other size.
  spec.imageSize = old.imageSize = {16, 16};
  weights["absolute_pos_embed"] = {{1, 25, 8}, sines(200)};
  EXPECT_EQ(notesOf(weights, spec, Semantics::Mm, store),
            Lines{": note: resized as mm does: the position embedding from 5x5 to 4x4"});
  EXPECT_EQ(test::valuesOf(*store.find("absolute_pos_embed")).values,
            resized(sines(200), {5, 5}, {4, 4}, 8, Resizing::Bicubic));
  weights["absolute_pos_embed"] = {{1, 8, 4, 4}, sines(128)};
  EXPECT_EQ(notesOf(weights, spec, Semantics::Mm, store), Lines());
  EXPECT_EQ(store.find("absolute_pos_embed")->data[1], sines(128)[16]);
}

} // namespace
