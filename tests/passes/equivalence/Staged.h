//===- Staged.h - a graph that goes through passes and is run -------------===//
#ifndef SWIN_TESTS_PASSES_EQUIVALENCE_STAGED_H
#define SWIN_TESTS_PASSES_EQUIVALENCE_STAGED_H

#include "tests/passes/reference/Compute.h"

#include <string>
#include <vector>

namespace swin::test {

/// A module and the constants that belong to it at its stage. Constants are values in [-0.5, 0.5] that follow from
/// their names.
class Staged {
public:
  explicit Staged(const std::string &text);

  /// Runs a pipeline as swin-opt spells it, "swin-fold-constants,swin-form-kernels". A pass that fails or a module
  /// that does not verify is a failure of the test.
  void pass(const std::string &pipeline);
  /// Outputs on an image that follows from `shape`. An error is a failure of the test.
  ref::NamedTensors run(const std::vector<int64_t> &shape);
  std::string text();
  /// How many ops of that name are in the module, kernels included.
  int count(const std::string &op);

  ref::ConstantStore store;

private:
  Parsed parsed;
};

/// Largest difference of outputs, divided by the largest magnitude of the same output of `wanted`; infinite if names or
/// shapes differ or an output is all zeros or not finite.
double relativeDifference(const ref::NamedTensors &wanted, const ref::NamedTensors &found);

} // namespace swin::test

#endif // SWIN_TESTS_PASSES_EQUIVALENCE_STAGED_H
