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
  std::string near = {};            ///< the word that was meant in place of a text; "" = not known
};

/// Tokens of a window's side.
inline constexpr int64_t maxWindow = 64;
/// Groups of a restoration model, which do not grow.
inline constexpr int64_t maxGroups = 64;
/// What is wrong with a restoration model apart from its stages; none for other models.
std::vector<Problem> problemsOfRestoration(const Spec &spec);
/// Parameters of a restoration model's convolutions at most, and the most values of a layer for each pixel of the
/// image. Its ranges are good.
struct RestorationSize {
  unsigned __int128 parameters, values;
};
RestorationSize sizeOfRestoration(const Spec &spec);

/// Everything that is out of range or does not fit together. None: no size that follows
/// from the spec overflows 64 bits.
std::vector<Problem> problemsOf(const Spec &spec);

/// Likewise of what every model says, whatever it is made of: image, batch, preprocessing.
std::vector<Problem> problemsOfUse(const Spec &spec);

} // namespace swin::dsl

#endif // SWIN_DSL_CHECK_H
