//===- HalideKernels.h - small kernels as Halide compiles them ------------===//
#ifndef SWIN_TESTS_CODEGEN_PACKAGE_HALIDEKERNELS_H
#define SWIN_TESTS_CODEGEN_PACKAGE_HALIDEKERNELS_H

#include <cstdint>
#include <string>
#include <vector>

namespace swin::test {

/// A pipeline of two parallel stages with a table, in the form of kernels. With
/// `heap`, its intermediate result is on the heap.
std::vector<uint8_t> halideKernel(const std::string &symbol, bool heap = false);

/// Moves Halide's process-wide counters.
void disturbHalide();

} // namespace swin::test

#endif // SWIN_TESTS_CODEGEN_PACKAGE_HALIDEKERNELS_H
