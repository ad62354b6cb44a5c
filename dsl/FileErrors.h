//===- FileErrors.h - errors at one binary file ---------------------------===//
// A weights file of another model is wrong in hundreds of tensors. The first errors
// say so; the rest are counted.
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_FILEERRORS_H
#define SWIN_DSL_FILEERRORS_H

#include "dsl/Diagnostics.h"
#include "dsl/Spec.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace swin::dsl {

class FileErrors {
public:
  static constexpr size_t most = 20; ///< lines, without the one that counts the rest

  FileErrors(std::string file, Diagnostics &errors) : file(std::move(file)), errors(errors) {}
  /// Adds "FILE: error: WHAT; RIGHT" unless there are enough.
  void add(const std::string &what, const std::string &right = "");
  /// Whether another error would still be shown: what costs time to say need not be worked out otherwise.
  bool open() const { return count < most; }
  /// Adds the line that counts what was left out. True if there was no error.
  bool finish();

private:
  std::string file;
  Diagnostics &errors;
  size_t count = 0;
};

/// 'NAME', as it can be printed on one line: bytes that are not printable ASCII as \xNN, long names cut.
std::string nameText(std::string_view name);
/// "96x3x4x4"; "scalar" without dimensions.
std::string shapeText(const std::vector<int64_t> &shape);
/// "7", or "7x5" where the sides differ.
std::string windowText(Size window);
/// With four digits.
std::string numberText(double value);

} // namespace swin::dsl

#endif // SWIN_DSL_FILEERRORS_H
