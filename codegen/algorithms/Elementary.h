//===- Elementary.h - elementary functions for kernels --------------------===//
// Vectorised and without tables; the same formula for every instruction set.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_ALGORITHMS_ELEMENTARY_H
#define SWIN_CODEGEN_ALGORITHMS_ELEMENTARY_H

#include "Halide.h"

namespace swin::codegen {

/// e^x for x <= 0, f32: relative error 1e-7 above -87, and about 1e-38 below.
Halide::Expr exponential(const Halide::Expr &x);
/// erf(x), f32: largest absolute error 4e-7.
Halide::Expr erf(const Halide::Expr &x);
/// x/2 (1 + erf(x / sqrt 2)), f32.
Halide::Expr gelu(const Halide::Expr &x);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_ALGORITHMS_ELEMENTARY_H
