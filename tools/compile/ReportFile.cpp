//===- ReportFile.cpp - --report and --profile -----------------------------===//
#include "tools/compile/ReportFile.h"

#include "tools/compile/Stages.h"
#include "tools/report/ModelPage.h"

#include "llvm/Support/FileSystem.h"

namespace swin::tools {

llvm::Error ReportFile::prepare() {
  return options.report.empty() ? llvm::Error::success() : writeFile(options.report, "");
}

void ReportFile::readProfile() {
  if (!options.profile.empty())
    profile.read(options.profile, profileErrors);
}

llvm::Error ReportFile::addProfile(const std::string &model, codegen::CompileReport &report) {
  if (options.profile.empty())
    return llvm::Error::success();
  if (!profile.checkFits(model, report, profileErrors))
    return llvm::createStringError("the profile is of another model");
  report.profile = profile.text();
  return llvm::Error::success();
}

llvm::Error ReportFile::write(const codegen::CompileReport &report) {
  if (options.report.empty())
    return llvm::Error::success();
  std::string json = codegen::reportText(report);
  return writeFile(options.report, llvm::StringRef(options.report).ends_with(".html") ? reportPage(json) : json);
}

void ReportFile::remove() {
  if (!options.report.empty())
    llvm::sys::fs::remove(options.report);
}

} // namespace swin::tools
