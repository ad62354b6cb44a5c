//===- Yaml.h - YAML as JSON values that know their place -----------------===//
// The part of YAML that descriptions of models are written in: one document of
// mappings, lists and scalars. For untrusted files, with the bounds of Json.h.
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_YAML_H
#define SWIN_DSL_YAML_H

#include "dsl/Json.h"

namespace swin::dsl {

inline constexpr size_t maxYamlBytes = size_t(1) << 20;

/// Parses a whole text. A scalar without quotes is what Python programs take it for: a whole number, a number (1e-5
/// too), true or false (yes, no, on, off), null (nothing, ~, None), else a text. Syntax errors, anchors, aliases, tags,
/// a second document and keys that are no texts end it; then, or when the text is too large, there is no value. Keys
/// that are there twice are errors of a value that goes on (the first counts).
std::optional<Json> parseYaml(const std::string &text, const std::string &file, Diagnostics &errors);

} // namespace swin::dsl

#endif // SWIN_DSL_YAML_H
