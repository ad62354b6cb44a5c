//===- Compute.h - run a few ops on values --------------------------------===//
#ifndef SWIN_TESTS_PASSES_REFERENCE_COMPUTE_H
#define SWIN_TESTS_PASSES_REFERENCE_COMPUTE_H

#include "passes/reference/Interpreter.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace swin::test {

using ref::Tensor;

/// A parsed and verified module. A text that is none is a failure of the test.
struct Parsed {
  explicit Parsed(const std::string &text);
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

/// What a kernel with arguments and result type of `signature` gives, "(%x: T0, %w: T1) -> T", whose `body` defines %r.
/// An error is a failure of the test.
Tensor compute(const std::string &signature, const std::string &body, const std::vector<Tensor> &arguments);
/// The same, but the text of the error; "" if there was none.
std::string refusal(const std::string &signature, const std::string &body, const std::vector<Tensor> &arguments);

/// 0, 1, 2 ...
Tensor counted(std::vector<int64_t> shape);
/// Values in [-1, 1] that follow from `seed`; different sequences of seeds 1, 2, ... are independent.
Tensor randomTensor(std::vector<int64_t> shape, uint32_t seed);
/// All of one value.
Tensor filled(std::vector<int64_t> shape, double value);

/// Largest absolute difference; infinite if the shapes differ.
double difference(const Tensor &a, const Tensor &b);

} // namespace swin::test

#endif // SWIN_TESTS_PASSES_REFERENCE_COMPUTE_H
