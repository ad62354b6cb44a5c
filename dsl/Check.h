//===- Check.h - what is inconsistent in a spec ---------------------------===//
#ifndef SWIN_DSL_CHECK_H
#define SWIN_DSL_CHECK_H

#include "dsl/Spec.h"

#include <string>
#include <vector>

namespace swin::dsl {

struct Problem {
  std::string pointer; ///< into our own description (docs/ModelFormat.md)
  std::string what;
  std::string right;                ///< what would be right; "" = nothing to say
  std::vector<std::string> related; ///< other values that it follows from
};

/// Everything that is out of range or does not fit together. None: no size that follows
/// from the spec overflows 64 bits.
std::vector<Problem> problemsOf(const Spec &spec);

} // namespace swin::dsl

#endif // SWIN_DSL_CHECK_H
