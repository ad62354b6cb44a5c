//===- ScheduleText.h - parameters of schedules as text -------------------===//
#ifndef SWIN_CODEGEN_SCHEDULES_SCHEDULETEXT_H
#define SWIN_CODEGEN_SCHEDULES_SCHEDULETEXT_H

#include <string>
#include <type_traits>
#include <vector>

namespace swin::codegen {

/// Calls visit(name, number) for each number of `value`: of a struct with `fields` each field's, in their order, as
/// "tile.rows"; of a vector each element's, as "products.0.chunk".
template <typename Value, typename Visit> void visitNumbers(const std::string &name, Value &value, const Visit &visit) {
  if constexpr (std::is_arithmetic_v<Value>) {
    visit(name, value);
  } else if constexpr (requires { value.size(); }) {
    for (size_t i = 0; i < value.size(); ++i)
      visitNumbers(name + "." + std::to_string(i), value[i], visit);
  } else {
    Value::fields(value, [&](const char *field, auto &part) {
      visitNumbers(name.empty() ? field : name + "." + field, part, visit);
    });
  }
}

/// One line, "tile.rows=6 tile.vectors=4 chunk=0"; what is true is 1.
template <typename Parameters> std::string scheduleText(const Parameters &parameters) {
  std::string text;
  visitNumbers("", parameters, [&](const std::string &name, auto number) {
    text += (text.empty() ? "" : " ") + name + "=" + std::to_string(number);
  });
  return text;
}

} // namespace swin::codegen

#endif // SWIN_CODEGEN_SCHEDULES_SCHEDULETEXT_H
