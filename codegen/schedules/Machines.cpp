//===- Machines.cpp - instruction sets that kernels are compiled for ------===//
#include "codegen/schedules/Schedules.h"

using Halide::Target;

namespace swin::codegen {
namespace {

/// `has`: what Halide may count on.
Machine machine(const std::string &isa, int vector, int registers, int numbers, const std::string &has) {
  // Spelled out: the features of the machine that compiles must not reach the object.
  Target target(has + "-no_runtime-no_asserts-no_bounds_query-user_context");
  constexpr int64_t cache = 512 << 10;
  return {isa, vector, registers, numbers, cache, target};
}

} // namespace

const std::vector<Machine> &machines() {
  static const std::vector<Machine> all = {
      machine("x86-64-v4", 16, 32, 1, "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake"),
      machine("x86-64-v3", 8, 16, 1, "x86-64-linux-sse41-avx-f16c-fma-avx2"),
      machine("x86-64-v2", 4, 16, 1, "x86-64-linux-sse41"),
      // NEON and its fused multiply-adds belong to it. They take no numbers from memory, so that several are on their
      // way.
      machine("aarch64", 4, 32, 4, "arm-64-linux"),
  };
  return all;
}

} // namespace swin::codegen
