//===- JsonText.h - descriptions as text ----------------------------------===//
#ifndef SWIN_DSL_JSONTEXT_H
#define SWIN_DSL_JSONTEXT_H

#include "dsl/Spec.h"

#include <nlohmann/json.hpp>

#include <string>

namespace swin::dsl {

/// As "preprocessing" of our own form says it.
nlohmann::ordered_json json(const Preprocessing &how);

/// A description with a line per key, lists of objects with a line per object; a line end at the end.
std::string textOf(const nlohmann::ordered_json &model);

} // namespace swin::dsl

#endif // SWIN_DSL_JSONTEXT_H
