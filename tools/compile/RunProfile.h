//===- RunProfile.h - times of a library's runs, for its report ------------===//
#ifndef SWIN_TOOLS_COMPILE_RUNPROFILE_H
#define SWIN_TOOLS_COMPILE_RUNPROFILE_H

#include "codegen/Report.h"
#include "dsl/Json.h"

#include <string>

namespace swin::tools {

/// A file of swin-run --profile (tools/runner/Profile.h says what is in it).
class RunProfile {
public:
  /// Reads it; what is no profile is an error.
  bool read(const std::string &path, dsl::Diagnostics &errors);
  /// Whether it is one of this model, cut into these calls of kernels; if it is not, that is an error.
  bool checkFits(const std::string &model, const codegen::CompileReport &report, dsl::Diagnostics &errors) const;
  const std::string &text() const { return content; }

private:
  std::string path, content;
  dsl::Json json;
};

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_RUNPROFILE_H
