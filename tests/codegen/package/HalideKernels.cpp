//===- HalideKernels.cpp - small kernels as Halide compiles them ----------===//
#include "tests/codegen/package/HalideKernels.h"

#include "Halide.h"

using namespace Halide;

namespace swin::test {

std::vector<uint8_t> halideKernel(const std::string &symbol, bool heap) {
  Var x("x"), y("y"), i("i");
  ImageParam in(Float(32), 1, "in");
  Param<int32_t> n("n");
  Func first("first"), sum("sum"), out("out");
  RDom r(0, 16, "r");
  first(x, y) = in(y * 16 + x) * 3.0f + cast<float>(x);
  sum(y) += exp(first(r, y) * 0.25f);
  out(i) = sum(i / 16) + sin(cast<float>(i));
  Expr rows = n;
  out.output_buffer().dim(0).set_bounds(0, rows * 16);
  in.dim(0).set_bounds(0, rows * 16);
  Var outer("outer"), inner("inner");
  out.split(i, outer, inner, 16).vectorize(inner).parallel(outer);
  first.compute_root().parallel(y).vectorize(x, 8, TailStrategy::RoundUp);
  first.bound(x, 0, 16);
  if (heap)
    first.store_in(MemoryType::Heap);
  else
    first.store_root().compute_at(out, outer).store_at(out, outer).store_in(MemoryType::Stack);
  sum.compute_at(out, outer);
  Target target("x86-64-linux-avx2-fma-f16c-avx-sse41-no_runtime-no_asserts-no_bounds_query-user_context");
  Buffer<uint8_t> object =
      Pipeline(out).compile_to_module({n, in}, symbol, target, LinkageType::External).compile_to_buffer();
  return {object.data(), object.data() + object.size_in_bytes()};
}

void disturbHalide() {
  Var x("x");
  Func f("first"), g("out");
  f(x) = x;
  g(x) = f(x) + 1;
  f.compute_root().parallel(x);
  g.parallel(x);
  Target target("x86-64-linux-sse41-no_runtime-no_asserts-no_bounds_query-user_context");
  Pipeline(g).compile_to_module({}, "disturb", target, LinkageType::External).compile_to_buffer();
}

} // namespace swin::test
