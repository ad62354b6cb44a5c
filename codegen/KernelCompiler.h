//===- KernelCompiler.h - a kernel graph becomes object code --------------===//
// The one call between the MLIR half and the Halide half. Thread-safe; the
// compiler, the tuner and the kernel tests all use it.
//
// Signature of a compiled kernel, for every kind:
//   int32_t symbol(void *user_context, int32_t n, int32_t h, int32_t w,
//                  int32_t shift_h, int32_t shift_w, [int32_t h1, int32_t w1, ...,]
//                  halide_buffer_t *arg0, ..., halide_buffer_t *result);
// n, h, w are the sizes of the first argument (batch, height, width; of an image
// its pixels; of a B x C matrix h = w = 1). shift_h, shift_w are the effective
// shifts of a `windows` kernel, after the rule `unless_covered`; else they are not read.
// Kernels of kinds `conv` and `map` have the height and the width of each activation behind
// the first, whose batch is n, too. They shift by the rule themselves.
// Each buffer is one-dimensional, f32, stride 1:
//   activation, result   [rows][pitch], rows = n h w in row-major order, pitch =
//                        channels rounded up to 16, pad lanes 0
//   image                [n][channels][h][w], no padding
//   dense result         the tensor in row-major order, no padding
//   constant             row-major, followed by zeros up to a multiple of 16 floats
// Needed from the runtime: halide_do_par_for, halide_malloc, halide_free.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_KERNELCOMPILER_H
#define SWIN_CODEGEN_KERNELCOMPILER_H

#include "codegen/KernelGraph.h"

#include <cstdint>
#include <string>
#include <vector>

namespace swin::codegen {

struct KernelObject {
  std::string error;           ///< empty if all went well
  std::vector<uint8_t> object; ///< a relocatable ELF file
  int64_t scratchBytes = 0;    ///< most that one thread asks of halide_malloc at a time
  std::string schedule;        ///< parameters of its schedule, see ScheduleText.h
};

/// Compiles `graph` to a function `symbol` for the instruction set `isa`
/// ("x86-64-v2", "x86-64-v3", "x86-64-v4", "aarch64"). With a `sanitizer`, "thread" or "address", its loads and stores
/// tell that sanitizer's runtime of themselves; "" = none. `schedule` is a text of its ScheduleSpace; "" = by the
/// default rule. Never throws. An op or a combination of ops that cannot be compiled, or a schedule that is not legal,
/// gives `error`.
KernelObject compileKernel(const KernelGraph &graph, const std::string &symbol, const std::string &isa,
                           const std::string &sanitizer = "", const std::string &schedule = "") noexcept;

/// A hash of what decides compileKernel's results besides its arguments: its own code and Halide's.
const char *kernelCompilerFingerprint();

/// The instruction sets compileKernel knows, best first.
const std::vector<std::string> &knownIsas();

} // namespace swin::codegen

#endif // SWIN_CODEGEN_KERNELCOMPILER_H
