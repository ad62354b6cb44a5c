//===- LoadedKernelTest.cpp - objects become code in this process ---------===//
#include "codegen/tuning/LoadedKernel.h"

#include "codegen/KernelCompiler.h"
#include "tests/codegen/kernels/KernelText.h"
#include "tests/codegen/tuning/Problems.h"

#include "gtest/gtest.h"

namespace swin::tuning {
namespace {

std::vector<uint8_t> object(const std::string &isa) {
  Problem problem = test::problemOf(test::KernelText("linear", "tokens", 16).linear(16).str(), {1, 3, 5, 16});
  codegen::KernelObject made = codegen::compileKernel(problem.graph, "kernel", isa);
  EXPECT_EQ(made.error, "");
  return made.object;
}

int loop(void *context, int (*task)(void *, int, uint8_t *), int min, int size, uint8_t *closure) {
  for (int i = 0; i < size; ++i)
    if (int status = task(context, min + i, closure))
      return status;
  return 0;
}

KernelRuntime runtime() {
  return {{"halide_do_par_for", reinterpret_cast<void *>(&loop)},
          {"halide_malloc", reinterpret_cast<void *>(+[](void *, size_t bytes) { return std::malloc(bytes); })},
          {"halide_free", reinterpret_cast<void *>(+[](void *, void *block) { std::free(block); })}};
}

std::string errorOf(const std::vector<uint8_t> &bytes, const std::string &symbol, const KernelRuntime &functions) {
  auto kernel = LoadedKernel::load(bytes, symbol, functions);
  return kernel ? "" : llvm::toString(kernel.takeError());
}

TEST(LoadedKernel, HasAnAddress) {
  EXPECT_EQ(LoadedKernel().address(), nullptr);
  auto loaded = LoadedKernel::load(object("x86-64-v2"), "kernel", runtime());
  ASSERT_TRUE(static_cast<bool>(loaded)) << llvm::toString(loaded.takeError());
  void *address = loaded->address();
  LoadedKernel moved = std::move(*loaded);
  EXPECT_NE(moved.address(), nullptr);
  EXPECT_EQ(moved.address(), address);
}

TEST(LoadedKernel, SaysWhatIsMissing) {
  std::vector<uint8_t> made = object("x86-64-v2");
  EXPECT_NE(errorOf(made, "other", runtime()).find("other"), std::string::npos);
  std::string error = errorOf(made, "kernel", {});
  EXPECT_NE(error.find("halide_do_par_for"), std::string::npos) << error;
}

TEST(LoadedKernel, RefusesWhatIsNoObjectOfThisMachine) {
  EXPECT_NE(errorOf({}, "kernel", runtime()), "");
  EXPECT_NE(errorOf({1, 2, 3, 4}, "kernel", runtime()), "");
  std::vector<uint8_t> half = object("x86-64-v2");
  half.resize(half.size() / 2);
  EXPECT_NE(errorOf(half, "kernel", runtime()), "");
#if defined(__x86_64__)
  EXPECT_NE(errorOf(object("aarch64"), "kernel", runtime()), "");
#endif
}

} // namespace
} // namespace swin::tuning
