//===- EquivalenceCheck.h - which pass changes what a module computes ------===//
#ifndef SWIN_TOOLS_OPT_EQUIVALENCECHECK_H
#define SWIN_TOOLS_OPT_EQUIVALENCECHECK_H

#include "passes/reference/ConstantStore.h"

#include "mlir/Pass/PassInstrumentation.h"

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace swin::tools {

struct EquivalenceOptions {
  std::set<std::string> passes;              ///< by their options' names; empty = all
  std::vector<std::array<int64_t, 3>> sizes; ///< images, height, width; empty = small ones that do and do not divide
  double tolerance = 1e-5;                   ///< as a part of an output's magnitude
};

/// What came of the checks, of all pipelines that were run.
struct EquivalenceResult {
  bool differs = false;           ///< an error has said where
  std::vector<std::string> notes; ///< what was not checked, sentences
};

/// Interprets @forward before and after each pass, on the same images and with the constants as they are in `store` at
/// that time. An output that changed is an error that names the pass, the output, by how much it changed and, as far as
/// names are the same before and after, the first layer whose value did. All arguments outlive what is returned.
std::unique_ptr<mlir::PassInstrumentation>
checkEquivalence(ref::ConstantStore &store, const EquivalenceOptions &options, EquivalenceResult &result);

} // namespace swin::tools

#endif // SWIN_TOOLS_OPT_EQUIVALENCECHECK_H
