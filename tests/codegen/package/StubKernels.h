//===- StubKernels.h - a kernel compiler whose results tests choose -------===//
// Its kernels do nothing and return 0. Links in place of the real one.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TESTS_CODEGEN_PACKAGE_STUBKERNELS_H
#define SWIN_TESTS_CODEGEN_PACKAGE_STUBKERNELS_H

#include <atomic>
#include <string>

namespace swin::test {

/// What the stub does with kernels whose name contains `match`.
struct StubBehaviour {
  std::string match;
  std::string error; ///< reported, if not empty
  bool crash = false;
  std::string refused = {};         ///< a schedule that is not legal
  std::string fingerprint = "stub"; ///< of all kernels
};
extern StubBehaviour stubBehaviour;
extern std::atomic<int> stubCompiled; ///< calls of the compiler

} // namespace swin::test

#endif // SWIN_TESTS_CODEGEN_PACKAGE_STUBKERNELS_H
