//===- SelfTestTest.cpp - sizes and digests of a self-test ----------------===//
#include "codegen/SelfTest.h"
#include "codegen/Weights.h"
#include "passes/reference/Interpreter.h"
#include "passes/transforms/DriverTables.h"
#include "passes/transforms/Pipelines.h"
#include "runtime/Digest.h"
#include "tests/codegen/package/TemporaryFolder.h"
#include "tests/codegen/package/TinyModel.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace swin;
using namespace swin::codegen;

namespace {

/// A kernel-level module of fixed size.
std::string fixedSize(const std::string &batch, const std::string &size) {
  std::string text = R"(
!image = tensor<Nx3xSxf32>
!map = tensor<NxSx16xf32>
func.func @forward(%image: !image) {
  %w = swin.param "w" : tensor<1x3x16xf32>
  %b = swin.param "b" : tensor<16xf32>
  %0 = swin.call @embed(%image, %w, %b) {output = 0 : i64} : (!image, tensor<1x3x16xf32>, tensor<16xf32>) -> !map
  swin.output %0 as "map" : !map
  return
}
swin.kernel @embed tokens activations 1 (%x: !image, %w: tensor<1x3x16xf32>, %b: tensor<16xf32>) -> !map {
  %0 = swin.patch_embed %x, %w, %b patch [1, 1] : (!image, tensor<1x3x16xf32>, tensor<16xf32>) -> !map
  swin.yield %0 : !map
})";
  for (auto [mark, value] : {std::pair('N', batch), {'S', size}})
    for (size_t place; (place = text.find(std::string("x") + mark)) != text.npos ||
                       (place = text.find(std::string("<") + mark)) != text.npos;)
      text.replace(place + 1, 1, value);
  return text;
}

/// A model with its kernels.
struct Kernels : test::TinyModel {
  SelfTestOptions options;

  explicit Kernels(float factor = 1) {
    options.height = options.width = 32;
    ref::Constant head = *store.find("head.weight");
    std::vector<float> values(head.data, head.data + head.size());
    values[7] *= factor;
    store.add("head.weight", head.shape, values);
    mlir::PassManager manager(&context);
    passes::buildKernelsPipeline(manager, {}, &store);
    EXPECT_TRUE(succeeded(manager.run(*module)));
  }
  Kernels(const std::string &text, int64_t height, int64_t width) : TinyModel(text.c_str()) {
    options.height = height;
    options.width = width;
  }

  llvm::Expected<SelfTest> add() {
    auto weights = digestConstants(passes::layoutWeights(*module), store);
    if (!weights)
      return weights.takeError();
    options.weights = weights->sha256;
    return addSelfTest(*module, store, options);
  }

  std::vector<std::vector<float>> digests() {
    std::vector<std::vector<float>> all;
    module->walk([&](CallOp call) {
      auto digest = call->getAttrOfType<mlir::DenseF32ArrayAttr>(passes::digestAttribute);
      all.push_back(digest ? digest.asArrayRef().vec() : std::vector<float>());
    });
    return all;
  }
};

TEST(SelfTest, DigestsAreOfWhatTheInterpreterComputes) {
  Kernels kernels;
  std::vector<std::string> said;
  kernels.options.progress = [&](const std::string &what) { said.push_back(what); };
  auto made = kernels.add();
  ASSERT_TRUE(static_cast<bool>(made)) << llvm::toString(made.takeError());
  EXPECT_FALSE(made->cached);
  EXPECT_EQ(made->batch, 1);
  // Windows of 2 x 2 tokens of 2 x 2 pixels: neither patches nor windows divide the width.
  EXPECT_NE(made->width % 4, 0);
  auto digests = kernels.digests();
  EXPECT_EQ(said.size(), digests.size());

  std::vector<float> image(3 * made->height * made->width);
  swin_selftest_image(image.data(), image.size());
  auto outputs =
      ref::interpret(*kernels.module, kernels.store, {{1, 3, made->height, made->width}, {image.begin(), image.end()}});
  ASSERT_TRUE(static_cast<bool>(outputs)) << llvm::toString(outputs.takeError());
  auto logits = llvm::find_if(*outputs, [](const auto &output) { return output.first == "logits"; });
  double largest = 0, sums[swin_digest_sums] = {};
  for (int i = 0; i < 10; ++i) {
    largest = std::max(largest, std::fabs(logits->second.values[i]));
    swin_digest_add(sums, i, 10, logits->second.values[i]);
  }
  std::vector<float> expected(sums, sums + swin_digest_sums);
  expected.insert(expected.begin(), static_cast<float>(largest));
  EXPECT_TRUE(llvm::is_contained(digests, expected));
  EXPECT_EQ(std::fabs(expected[1]), static_cast<float>(std::fabs(logits->second.values[0])));
}

TEST(SelfTest, IsFoundAgainForTheSameKernelsAndWeights) {
  test::TemporaryFolder folder;
  KernelCache cache(folder.path("cache"));
  auto run = [&](float factor, int64_t height) {
    Kernels kernels(factor);
    kernels.options.cache = &cache;
    kernels.options.height = height;
    auto made = kernels.add();
    EXPECT_TRUE(static_cast<bool>(made)) << llvm::toString(made.takeError());
    return std::pair(made && made->cached, kernels.digests());
  };
  auto first = run(1, 32), second = run(1, 32);
  EXPECT_FALSE(first.first);
  EXPECT_TRUE(second.first);
  EXPECT_EQ(first.second, second.second);
  EXPECT_FALSE(run(1, 34).first);
  auto other = run(1.01f, 32);
  EXPECT_FALSE(other.first);
  EXPECT_NE(first.second, other.second);
}

TEST(SelfTest, IsOfTheFixedSize) {
  Kernels kernels(fixedSize("3", "10x6"), 10, 6);
  ASSERT_TRUE(kernels.module);
  auto made = kernels.add();
  ASSERT_TRUE(static_cast<bool>(made)) << llvm::toString(made.takeError());
  EXPECT_EQ((std::array{made->batch, made->height, made->width}), (std::array<int64_t, 3>{3, 10, 6}));
}

TEST(SelfTest, IsLeftOutWhereItTakesTooLong) {
  Kernels kernels(fixedSize("?", "65536x65536"), 65536, 65536);
  ASSERT_TRUE(kernels.module);
  auto made = kernels.add();
  ASSERT_FALSE(static_cast<bool>(made));
  EXPECT_EQ(llvm::toString(made.takeError()), "its images of 65536 x 65536 pixels take too long");
  EXPECT_EQ(kernels.digests(), std::vector<std::vector<float>>{{}});
}

TEST(SelfTest, CanBeCancelled) {
  Kernels kernels;
  std::atomic<bool> cancelled = true;
  kernels.options.cancelled = &cancelled;
  auto made = kernels.add();
  ASSERT_FALSE(static_cast<bool>(made));
  EXPECT_EQ(llvm::toString(made.takeError()), "cancelled");
}

} // namespace
