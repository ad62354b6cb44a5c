//===- Elementary.h - elementary functions for kernels --------------------===//
// Vectorised and without tables; the same formula for every instruction set.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_ALGORITHMS_ELEMENTARY_H
#define SWIN_CODEGEN_ALGORITHMS_ELEMENTARY_H

#include "Halide.h"

#include <string>

namespace swin::codegen {

/// e^x for x <= 88, f32: relative error 1e-7 above -87 (2e-7 for x > 0), and about 1e-38 below.
Halide::Expr exponential(const Halide::Expr &x);
/// 2^x for x <= 127, f32: relative error 3e-7 above -126, and about 1e-38 below.
Halide::Expr powerOfTwo(const Halide::Expr &x);

/// What an op makes of each element by itself, f32 to f32.
struct Elementwise {
  Halide::Expr (*function)(const Halide::Expr &);
  bool keepsZero; ///< whether f(0) = 0, so that pad lanes need no care
};
/// gelu, gelu_tanh, quick_gelu, silu, relu, sigmoid: largest error 3e-7 of the larger one of operand and value; finite
/// wherever the operand is. Null for any other op.
const Elementwise *elementwiseOf(const std::string &op);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_ALGORITHMS_ELEMENTARY_H
