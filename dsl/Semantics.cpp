//===- Semantics.cpp - names of the sources of weights --------------------===//
#include "dsl/Spec.h"

namespace swin::dsl {

static constexpr const char *names[] = {"timm", "torchvision", "hf", "hf-backbone", "mm", "microsoft"};

const char *semanticsName(Semantics semantics) { return names[static_cast<int>(semantics)]; }

std::optional<Semantics> semanticsNamed(const std::string &name) {
  for (int i = 0; i < 6; ++i)
    if (name == names[i])
      return static_cast<Semantics>(i);
  return std::nullopt;
}

} // namespace swin::dsl
