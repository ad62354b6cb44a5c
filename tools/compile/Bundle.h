//===- Bundle.h - what a report of a bug needs ----------------------------===//
#ifndef SWIN_TOOLS_COMPILE_BUNDLE_H
#define SWIN_TOOLS_COMPILE_BUNDLE_H

#include <string>
#include <vector>

namespace swin::tools {

/// What was known when a bug of the compiler showed.
struct Bundle {
  std::string name;                 ///< the model's; "" = not known yet
  std::vector<std::string> command; ///< its arguments
  std::string spec;                 ///< the model as --emit spec prints it; "" = not known yet
  std::string description;          ///< path of its description, whose text is taken without a spec; "" = none
  std::string reproducer;           ///< path of IR before what failed, which is moved into the folder; "" = none
  std::vector<std::string> errors;  ///< what was printed
  std::string trace;                ///< of a crash: a line of each frame
};

/// Writes swin-compile-NAME-XXXXXX, a new folder for temporary files that nobody else may read: README.txt,
/// command.txt, model.json, failing.mlir, versions.txt, error.txt. Weights and the environment are in none of them.
/// Returns its path, or "" if it could not be made.
std::string writeBundle(const Bundle &bundle);

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_BUNDLE_H
