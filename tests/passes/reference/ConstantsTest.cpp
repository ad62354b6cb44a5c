//===- ConstantsTest.cpp - the store and ops on constants -----------------===//
#include "tests/passes/reference/Compute.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/SymbolTable.h"

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
std::vector<float> onConstants(const std::string &text, const std::vector<const ref::Constant *> &operands,
                               std::string &errors) {
  Parsed parsed(text);
  mlir::ScopedDiagnosticHandler handler(&parsed.context, [&](mlir::Diagnostic &diagnostic) {
    errors += diagnostic.str();
    return mlir::success();
  });
  mlir::Operation *kernel = &parsed.module->getBody()->front();
  auto values = ref::evaluateOnConstants(&kernel->getRegion(0).front().front(), operands);
  return mlir::succeeded(values) ? *values : std::vector<float>();
}

const char *oneRow = R"(swin.kernel @k tokens activations 1 (%x: tensor<3xf32>, %w: tensor<1x3xf32>) -> tensor<1xf32> {
  %0 = swin.linear %x, %w : (tensor<3xf32>, tensor<1x3xf32>) -> tensor<1xf32> loc("head")
  swin.yield %0 : tensor<1xf32>
})";

TEST(Constants, EvaluationRoundsOnce) {
  // 2^24 + 1 + 1; a sum in float loses each 1 alone.
  float x[] = {16777216.0f, 1.0f, 1.0f}, w[] = {1.0f, 1.0f, 1.0f};
  ref::Constant input = {{3}, x}, weight = {{1, 3}, w};
  std::string errors;
  std::vector<float> values = onConstants(oneRow, {&input, &weight}, errors);
  EXPECT_EQ(errors, "");
  EXPECT_EQ(values, (std::vector<float>{16777218.0f}));
}

TEST(Constants, EvaluationSaysWhichConstantDoesNotFit) {
  float values[4] = {};
  ref::Constant input = {{3}, values}, weight = {{1, 4}, values};
  std::string errors;
  EXPECT_TRUE(onConstants(oneRow, {&input, &weight}, errors).empty());
  EXPECT_EQ(errors, "head: swin.linear as operand 1 gets 1x4, but the type is tensor<1x3xf32>");
  errors.clear();
  EXPECT_TRUE(onConstants(oneRow, {&input}, errors).empty());
  EXPECT_EQ(errors, "head: swin.linear has 2 operands, but gets 1");
}

} // namespace
