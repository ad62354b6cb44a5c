//===- ReportFile.h - --report and --profile -------------------------------===//
#ifndef SWIN_TOOLS_COMPILE_REPORTFILE_H
#define SWIN_TOOLS_COMPILE_REPORTFILE_H

#include "tools/compile/Options.h"
#include "tools/compile/RunProfile.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace swin::tools {

/// Does nothing if no report is wanted.
class ReportFile {
public:
  explicit ReportFile(const Options &options) : options(options) {}

  /// Finds out whether it can be written, before anything takes long.
  llvm::Error prepare();
  /// Reads the profile; what is wrong with it is in errors(), here and in addProfile.
  void readProfile();
  /// Adds it to the report of the model that it has to be of. Error: it is of another one.
  llvm::Error addProfile(const std::string &model, codegen::CompileReport &report);
  const std::vector<dsl::Diagnostic> &errors() const { return profileErrors.errors(); }

  /// A page if its name ends in .html, else JSON.
  llvm::Error write(const codegen::CompileReport &report);
  /// After an error nothing is left.
  void remove();

private:
  const Options &options;
  RunProfile profile;
  dsl::Diagnostics profileErrors;
};

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_REPORTFILE_H
