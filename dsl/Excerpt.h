//===- Excerpt.h - the place of an error, shown ---------------------------===//
#ifndef SWIN_DSL_EXCERPT_H
#define SWIN_DSL_EXCERPT_H

#include "dsl/Diagnostics.h"

#include <string_view>

namespace swin::dsl {

/// Fills in what follows from the file's text: where the value ends, unless that is known; the
/// fix, if there is none and the word that stands there is `replace.word`; the excerpt:
///
///      3 |   "image": {"siez": 32},
///        |             ^~~~~~
///        |             "size"
///
/// Every line begins with a blank. Long lines are cut around the place. The file is untrusted: what cannot be printed
/// becomes U+FFFD, tabs stay.
void showPlace(std::string_view text, Diagnostic &diagnostic, const Replacement &replace);

} // namespace swin::dsl

#endif // SWIN_DSL_EXCERPT_H
