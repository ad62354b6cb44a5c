//===- WeightLayouts.h - layouts of constants that are only counted --------===//
#ifndef SWIN_TESTS_CODEGEN_PACKAGE_WEIGHTLAYOUTS_H
#define SWIN_TESTS_CODEGEN_PACKAGE_WEIGHTLAYOUTS_H

#include "passes/transforms/WeightLayout.h"

namespace swin::test {

inline passes::WeightLayout layoutOf(const std::vector<std::pair<std::string, int64_t>> &sizes) {
  passes::WeightLayout layout;
  for (const auto &[name, elements] : sizes) {
    int64_t bytes = (elements + 15) / 16 * 64;
    layout.places.push_back({name, {elements}, elements, layout.bytes, bytes});
    layout.bytes += bytes;
  }
  return layout;
}

} // namespace swin::test

#endif // SWIN_TESTS_CODEGEN_PACKAGE_WEIGHTLAYOUTS_H
