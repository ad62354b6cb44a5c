//===- LayersTest.cpp - values by the names of their layers ---------------===//
#include "passes/reference/Layers.h"
#include "tests/passes/reference/Compute.h"

#include <algorithm>

using namespace swin;
using namespace swin::test;
using Names = std::vector<std::string>;

namespace {

const char *block = R"(
func.func @forward(%image: tensor<?x1x?x?xf32>) {
  %w = swin.param "w" : tensor<2x1x1x1xf32> loc("embed")
  %b = swin.param "b" : tensor<2xf32> loc("embed")
  %s = swin.param "s" : tensor<2x2xf32> loc("attn.scale")
  %t = swin.add %s, %s : tensor<2x2xf32> loc("attn.scale")
  %0 = swin.patch_embed %image, %w, %b patch [1, 1]
    : (tensor<?x1x?x?xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<?x?x?x2xf32> loc("embed")
  %1 = swin.gelu %0 : tensor<?x?x?x2xf32> loc("attn")
  %2 = swin.linear %1, %t, %b
    : (tensor<?x?x?x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<?x?x?x2xf32> loc("attn.proj")
  %3 = swin.gelu %2 : tensor<?x?x?x2xf32> loc("attn")
  %4 = swin.add %0, %3 : tensor<?x?x?x2xf32> loc("attn")
  %5 = swin.gelu %4 : tensor<?x?x?x2xf32> loc("attn:gelu")
  %6 = swin.gelu %5 : tensor<?x?x?x2xf32>
  %7 = swin.relu %4 : tensor<?x?x?x2xf32> loc("unused")
  %8 = swin.gelu %6 : tensor<?x?x?x2xf32>
  swin.output %8 as "stage1" : tensor<?x?x?x2xf32> loc("head")
  return
})";

ref::ConstantStore constants() {
  ref::ConstantStore store;
  store.add("w", {2, 1, 1, 1}, {1, 2});
  store.add("b", {2}, {3, 4});
  store.add("s", {2, 2}, {1, 0, 0, 1});
  return store;
}

TEST(LayersTest, NamesAreUniqueAndInOrder) {
  Parsed parsed(block);
  Names names;
  for (const auto &[name, value] : ref::namedValues(parsed.module->lookupSymbol<mlir::func::FuncOp>("forward")))
    names.push_back(name);
  EXPECT_EQ(names, Names({"embed", "attn:gelu.2", "attn.proj", "attn:gelu.3", "attn", "attn:gelu", "gelu", "unused",
                          "gelu.2"}));
}

TEST(LayersTest, EachValueIsSeenOnce) {
  Parsed parsed(block);
  ref::ConstantStore store = constants();
  Tensor image = counted({1, 1, 1, 2});
  Names names;
  std::vector<double> embedded, proj, gelu;
  auto observe = [&](const std::string &name, const Tensor &value) {
    names.push_back(name);
    if (name == "embed")
      embedded = value.values;
    if (name == "attn:gelu.2")
      gelu = value.values;
    if (name == "attn.proj")
      proj = value.values;
    return llvm::Error::success();
  };
  auto outputs = ref::interpretLayers(*parsed.module, store, image, observe, 2);
  ASSERT_TRUE(bool(outputs));
  EXPECT_EQ(names.size(), 9u);
  EXPECT_EQ(embedded, std::vector<double>({3, 4, 4, 6}));
  ASSERT_EQ(gelu.size(), 4u);
  EXPECT_DOUBLE_EQ(proj[0], 2 * gelu[0] + 3);
  auto alone = ref::interpret(*parsed.module, store, image);
  ASSERT_TRUE(bool(alone));
  EXPECT_EQ(alone->at(0).second.values, outputs->at(0).second.values);
}

TEST(LayersTest, AnErrorOfTheObserverEndsTheRun) {
  Parsed parsed(block);
  ref::ConstantStore store = constants();
  int seen = 0;
  auto observe = [&](const std::string &, const Tensor &) {
    return ++seen == 2 ? llvm::createStringError("enough") : llvm::Error::success();
  };
  auto outputs = ref::interpretLayers(*parsed.module, store, counted({1, 1, 1, 2}), observe, 1);
  ASSERT_FALSE(bool(outputs));
  EXPECT_EQ(llvm::toString(outputs.takeError()), "enough");
  EXPECT_EQ(seen, 2);
}

} // namespace
