//===- ConstantsTest.cpp - the store and ops on constants -----------------===//
#include "tests/passes/reference/Compute.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/SymbolTable.h"

#include <cmath>
#include <cstdlib>
#include <memory>

using namespace swin;
using namespace swin::test;

namespace {

TEST(ConstantStore, ViewsKeepTheirOwnerUntilTheyAreErased) {
  auto memory = std::make_shared<std::vector<float>>(6, 1.5f);
  std::weak_ptr<std::vector<float>> watched = memory;
  ref::ConstantStore store;
  store.addView("w", {2, 3}, memory->data(), memory);
  memory.reset();
  ASSERT_NE(store.find("w"), nullptr);
  EXPECT_EQ(store.find("w")->size(), 6u);
  EXPECT_EQ(store.find("w")->data, watched.lock()->data());
  store.erase("w");
  EXPECT_TRUE(watched.expired());
  EXPECT_EQ(store.find("w"), nullptr);
  store.erase("w"); // nothing there: nothing happens
}

TEST(ConstantStore, AddReplaces) {
  ref::ConstantStore store;
  store.add("b", {2}, {1, 2});
  store.add("a", {1}, {3});
  store.add("b", {1}, {4});
  EXPECT_EQ(store.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(store.find("b")->shape, (std::vector<int64_t>{1}));
  EXPECT_EQ(store.find("b")->data[0], 4);
}

TEST(ConstantStore, FallbackMakesWhatIsMissingOnce) {
  ref::ConstantStore store;
  EXPECT_EQ(store.find("w", {2}), nullptr);
  int made = 0;
  store.setFallback([&](std::string_view name, const std::vector<int64_t> &shape) {
    ++made;
    return std::vector<float>(shape[0], static_cast<float>(name.size()));
  });
  EXPECT_EQ(store.find("abc", {2})->data[1], 3);
  EXPECT_EQ(store.find("abc", {2})->shape, (std::vector<int64_t>{2}));
  EXPECT_EQ(made, 1);
  EXPECT_EQ(store.find("w"), nullptr) << "without a shape nothing is made";
}

TEST(Constants, ScaleRowsChangesItsRangeOnly) {
  Tensor y = compute("(%x: tensor<3x2xf32>) -> tensor<3x2xf32>",
                     "%r = swin.scale_rows %x rows [1, 2] by 10.0 : tensor<3x2xf32>", {counted({3, 2})});
  EXPECT_EQ(y.values, (std::vector<double>{0, 1, 20, 30, 4, 5}));
  Tensor z = compute("(%x: tensor<3xf32>) -> tensor<3xf32>",
                     "%r = swin.scale_rows %x rows [0, 2] by 10.0 : tensor<3xf32>", {counted({3})});
  EXPECT_EQ(z.values, (std::vector<double>{0, 10, 2}));
}

TEST(Constants, ScaleColumns) {
  Tensor y = compute("(%x: tensor<2x3xf32>, %s: tensor<3xf32>) -> tensor<2x3xf32>",
                     "%r = swin.scale_columns %x by %s : tensor<2x3xf32>, tensor<3xf32>",
                     {counted({2, 3}), {{3}, {1, 10, 100}}});
  EXPECT_EQ(y.values, (std::vector<double>{0, 10, 200, 3, 40, 500}));
}

TEST(Constants, PackPutsOutputsInLanes) {
  Tensor y = compute("(%x: tensor<17x1x2xf32>) -> tensor<2x2x16xf32>",
                     "%r = swin.pack %x : tensor<17x1x2xf32> -> tensor<2x2x16xf32>", {counted({17, 1, 2})});
  for (int64_t k : {0, 1})
    for (int64_t n = 0; n < 32; ++n)
      EXPECT_EQ(y.values[(n / 16 * 2 + k) * 16 + n % 16], n < 17 ? double(2 * n + k) : 0) << n << " " << k;
}

TEST(Constants, PackSumsAddsQuarters) {
  Tensor w = counted({64, 32});
  for (double &value : w.values)
    value *= value; // or some sums are 0
  Tensor y = compute("(%x: tensor<64x32xf32>) -> tensor<7x2x16x16xf32>",
                     "%r = swin.pack_sums %x : tensor<64x32xf32> -> tensor<7x2x16x16xf32>", {w});
  for (int64_t k = 0; k < 16; ++k)
    for (int64_t n = 0; n < 32; ++n) {
      double b11 = w.values[n * 32 + k], b12 = w.values[(n + 32) * 32 + k];
      double b21 = w.values[n * 32 + k + 16], b22 = w.values[(n + 32) * 32 + k + 16];
      const double sums[] = {b11, b21, b22, b21 - b22 + b12 - b11, b12 - b11, b22 - b12 + b11, b22 - b12};
      for (int64_t q = 0; q < 7; ++q)
        EXPECT_EQ(y.values[((q * 2 + n / 16) * 16 + k) * 16 + n % 16], sums[q]) << q << " " << n << " " << k;
    }
}

TEST(Constants, ExpandBiasHasQueriesInLanes) {
  // Window 1 x 3, two heads: index(a, b) = a - b + 2.
  Tensor y =
      compute("(%x: tensor<5x2xf32>) -> tensor<2x3x16xf32>",
              "%r = swin.expand_bias %x window [1, 3] : tensor<5x2xf32> -> tensor<2x3x16xf32>", {counted({5, 2})});
  for (int64_t h : {0, 1})
    for (int64_t b = 0; b < 3; ++b)
      for (int64_t a = 0; a < 16; ++a)
        EXPECT_EQ(y.values[(h * 3 + b) * 16 + a], a < 3 ? double((a - b + 2) * 2 + h) : 0) << h << " " << b << " " << a;
}

/// The first op of a kernel with these arguments, on constants; errors go to `errors`.
std::vector<double> onConstants(const std::string &text, const std::vector<Tensor> &operands, std::string &errors) {
  Parsed parsed(text);
  mlir::ScopedDiagnosticHandler handler(&parsed.context, [&](mlir::Diagnostic &diagnostic) {
    errors += diagnostic.str();
    return mlir::success();
  });
  mlir::Operation *kernel = &parsed.module->getBody()->front();
  auto result = ref::evaluateOnConstants(&kernel->getRegion(0).front().front(), operands);
  return mlir::succeeded(result) ? result->values : std::vector<double>();
}

/// Positions of a window, evaluated as folding does it: without operands.
std::vector<double> coords(const std::string &attributes, int rows) {
  std::string errors;
  std::vector<double> values = onConstants("func.func @f() {\n%0 = swin.log_coords " + attributes + " : tensor<" +
                                               std::to_string(rows) + "x2xf32>\nreturn\n}",
                                           {}, errors);
  EXPECT_EQ(errors, "");
  return values;
}

TEST(Constants, LogCoordsGoByRowsThenColumns) {
  // Distances 0 .. 7 of a window of 8 that was trained with, 8 / 7 apart: log2(1 + 8 r / 7) / 3.
  double known[] = {0, .366512, .572069, .715614, .826016, .915745, .991335, 1.056642};
  std::vector<double> values =
      coords("window [8, 8] step [1.1428571428571428, 1.1428571428571428] gain 0.48089834696298783", 225);
  ASSERT_EQ(values.size(), 450u);
  for (int r = -7; r <= 7; ++r)
    for (int c = -7; c <= 7; ++c) {
      int row = (r + 7) * 15 + c + 7;
      EXPECT_NEAR(values[2 * row], (r < 0 ? -1 : 1) * known[std::abs(r)], 1e-6) << r << " " << c;
      EXPECT_NEAR(values[2 * row + 1], (c < 0 ? -1 : 1) * known[std::abs(c)], 1e-6) << r << " " << c;
    }
}

TEST(Constants, LogCoordsOfEachAxis) {
  // A window of 16 trained with 12 reaches beyond 1; raw positions are ln(1 + |c|).
  std::vector<double> values = coords("window [16, 3] step [0.72727272727272729, 1.0] gain 0.48089834696298783", 155);
  ASSERT_EQ(values.size(), 310u);
  EXPECT_NEAR(values[2 * 154], 1.191330, 1e-6);
  EXPECT_NEAR(values[0], -1.191330, 1e-6);
  std::vector<double> raw = coords("window [1, 3] step [1.0, 1.0] gain 1.0", 5);
  ASSERT_EQ(raw.size(), 10u);
  for (int c = -2; c <= 2; ++c) {
    EXPECT_EQ(raw[2 * (c + 2)], 0);
    EXPECT_DOUBLE_EQ(raw[2 * (c + 2) + 1], (c < 0 ? -1 : 1) * std::log(1.0 + std::abs(c)));
  }
}

TEST(Constants, LogitScaleHasAnUpperBoundOnly) {
  Tensor y = compute("(%x: tensor<4x1x1xf32>) -> tensor<4xf32>",
                     "%r = swin.logit_scale %x max 4.605170185988092 : tensor<4x1x1xf32> -> tensor<4xf32>",
                     {{{4, 1, 1}, {0, std::log(10.0), 5, -20}}});
  EXPECT_LE(difference(y, {{4}, {1, 10, 100, std::exp(-20.0)}}), 1e-12);
}

TEST(Constants, QkvBiasHasNoneForKeys) {
  Tensor y = compute("(%q: tensor<2xf32>, %v: tensor<2xf32>) -> tensor<6xf32>",
                     "%r = swin.qkv_bias %q, %v : tensor<2xf32>, tensor<2xf32> -> tensor<6xf32>",
                     {{{2}, {1, 2}}, {{2}, {3, 4}}});
  EXPECT_EQ(y.values, (std::vector<double>{1, 2, 0, 0, 3, 4}));
}

TEST(Constants, LiteralsAreRoundedAsAnyConstant) {
  std::string errors;
  std::vector<double> values =
      onConstants("func.func @f() {\n%0 = swin.literal [0.5, -0.1, 1.0e-50] : tensor<3xf32>\nreturn\n}", {}, errors);
  EXPECT_EQ(errors, "");
  EXPECT_EQ(values, (std::vector<double>{0.5, static_cast<double>(-0.1f), 0}));
}

const char *oneRow = R"(swin.kernel @k tokens activations 1 (%x: tensor<3xf32>, %w: tensor<1x3xf32>) -> tensor<1xf32> {
  %0 = swin.linear %x, %w : (tensor<3xf32>, tensor<1x3xf32>) -> tensor<1xf32> loc("head")
  swin.yield %0 : tensor<1xf32>
})";

TEST(Constants, EvaluationIsInDouble) {
  // 2^24 + 1 + 1/2; a sum in float loses each of the two.
  std::string errors;
  std::vector<double> values = onConstants(oneRow, {{{3}, {16777216, 1, 0.5}}, {{1, 3}, {1, 1, 1}}}, errors);
  EXPECT_EQ(errors, "");
  EXPECT_EQ(values, (std::vector<double>{16777217.5}));
}

TEST(Constants, EvaluationSaysWhichConstantDoesNotFit) {
  Tensor input = {{3}, {0, 0, 0}}, weight = {{1, 4}, {0, 0, 0, 0}};
  std::string errors;
  EXPECT_TRUE(onConstants(oneRow, {input, weight}, errors).empty());
  EXPECT_EQ(errors, "head: swin.linear as operand 1 gets 1x4, but the type is tensor<1x3xf32>");
  errors.clear();
  EXPECT_TRUE(onConstants(oneRow, {input}, errors).empty());
  EXPECT_EQ(errors, "head: swin.linear has 2 operands, but gets 1");
}

} // namespace
