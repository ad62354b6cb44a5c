//===- SelfTest.h - what a library's self-test expects --------------------===//
// The reference interpreter, in double, on the model's kernels and weights as they go into the library: what it
// computes holds on every machine, and for other processors than this one.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_SELFTEST_H
#define SWIN_CODEGEN_SELFTEST_H

#include "codegen/KernelCache.h"
#include "passes/reference/ConstantStore.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

namespace swin::codegen {

struct SelfTestOptions {
  int64_t height = 0, width = 0; ///< the model's own size
  std::string weights;           ///< their hash, by which the cache knows them
  unsigned threads = 1;
  KernelCache *cache = nullptr; ///< asked first, and gets what is computed; null = none
  std::function<void(const std::string &text)> progress;
  const std::atomic<bool> *cancelled = nullptr;
};

/// The images of a self-test.
struct SelfTest {
  int64_t batch = 0, height = 0, width = 0;
  bool cached = false; ///< computed by an earlier run
};

/// Chooses images and gives each `swin.call` of @forward, whose kernels are formed, the digest (runtime/Digest.h) of
/// its result as an attribute. Their size is that of the module where it is fixed; else a small one at which as many
/// maps as possible are shifted or padded. Error: why there is no self-test (the fixed size is too large, or the model
/// refuses its own size, or `cancelled`); the module is as before.
llvm::Expected<SelfTest> addSelfTest(mlir::ModuleOp module, ref::ConstantStore &store, const SelfTestOptions &options);

/// A hash of what decides the interpreter's results besides its arguments: its own code.
const char *interpreterFingerprint();

} // namespace swin::codegen

#endif // SWIN_CODEGEN_SELFTEST_H
