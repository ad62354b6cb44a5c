//===- Machines.cpp - instruction sets that kernels are compiled for ------===//
#include "codegen/schedules/Schedules.h"

using Halide::Target;

namespace swin::codegen {
namespace {

/// `has`: what Halide may count on.
Machine machine(const std::string &isa, int vector, int registers, const std::string &has) {
  // Spelled out: the features of the machine that compiles must not reach the object.
  Target target(has + "-no_runtime-no_asserts-no_bounds_query-user_context");
  constexpr int64_t cache = 512 << 10;
  return {isa, vector, registers, cache, target};
}

} // namespace

const std::vector<Machine> &machines() {
  static const std::vector<Machine> all = {
      machine("x86-64-v4", 16, 32, "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake"),
      machine("x86-64-v3", 8, 16, "x86-64-linux-sse41-avx-f16c-fma-avx2"),
      machine("x86-64-v2", 4, 16, "x86-64-linux-sse41"),
      machine("aarch64", 4, 32, "arm-64-linux"), // NEON and its fused multiply-adds belong to it
  };
  return all;
}

} // namespace swin::codegen
