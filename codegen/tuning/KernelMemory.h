//===- KernelMemory.h - arguments of a kernel where it finds them ---------===//
// The calling convention of KernelCompiler.h from the caller's side.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_TUNING_KERNELMEMORY_H
#define SWIN_CODEGEN_TUNING_KERNELMEMORY_H

#include "codegen/KernelGraph.h"
#include "codegen/Work.h"
#include "codegen/tuning/Problem.h"
#include "passes/reference/Interpreter.h"

#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace swin::tuning {

/// Values of a tensor of this shape.
int64_t elementCount(const std::vector<int64_t> &shape);

/// Whether an argument is an image: channels first, without padding.
bool isImage(const codegen::KernelGraph &graph, int argument);

/// What the driver passes for a call.
CallSize callSize(const codegen::KernelGraph &graph, const codegen::CallWork &call);

/// The shapes of all arguments, those of activations at sizes {batch, height, width, others} of `size`. What `others`
/// lacks is of the first one's height and width.
std::vector<std::vector<int64_t>> argumentShapes(const codegen::KernelGraph &graph, const CallSize &size);

/// Floats that an argument of a shape takes, padding included, and those of the result.
int64_t argumentFloats(const codegen::KernelGraph &graph, int argument, const std::vector<int64_t> &shape);
int64_t resultFloats(const codegen::KernelGraph &graph, const std::vector<int64_t> &shape);

/// Pages of zeros, of the size that a model's weights and arena have: no large ones.
class Pages {
public:
  static llvm::Expected<Pages> take(int64_t floats);
  Pages() = default;
  Pages(Pages &&other) noexcept { *this = std::move(other); }
  Pages &operator=(Pages &&other) noexcept {
    std::swap(start, other.start);
    std::swap(bytes, other.bytes);
    return *this;
  }
  ~Pages();
  float *data() const { return start; }

private:
  float *start = nullptr;
  size_t bytes = 0;
};

/// Where a kernel finds an argument.
struct FloatSpan {
  float *data = nullptr;
  int64_t floats = 0;
};

/// Values between pages of one NaN, so that what is written outside of them is noticed.
class Guarded {
public:
  static llvm::Expected<Guarded> take(int64_t floats);
  FloatSpan span() const { return {memory.data() + guard, floats}; }
  float *data() const { return memory.data() + guard; }
  bool isIntact() const;
  /// Fills the values with that NaN.
  void clear();
  bool isWritten(int64_t i) const;

private:
  static constexpr int64_t guard = 1024; // a page
  Pages memory;
  int64_t floats = 0;
};

/// Puts a tensor where a kernel reads it.
void putArgument(const codegen::KernelGraph &graph, int argument, const ref::Tensor &tensor, float *where);
/// The result of a kernel, NaN where nothing was written. `problem` becomes a sentence if a pad lane is not 0.
ref::Tensor takeResult(const codegen::KernelGraph &graph, const std::vector<int64_t> &shape, const Guarded &buffer,
                       std::string &problem);

/// Sizes and buffers that a call has places for, besides those that every kernel gets.
inline constexpr int mostArguments = 40;
/// Calls a kernel's function. `spans`: its arguments, then the result.
int32_t callKernel(void *function, void *context, const codegen::KernelGraph &graph, const CallSize &size,
                   const std::vector<FloatSpan> &spans);

/// Largest difference as a part of the largest magnitude; infinite where shapes differ or something is not finite.
double difference(const ref::Tensor &found, const ref::Tensor &expected);

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_KERNELMEMORY_H
