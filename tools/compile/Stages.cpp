//===- Stages.cpp - where the texts of stages go --------------------------===//
#include "tools/compile/Stages.h"

#include "codegen/Files.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using swin::codegen::Stage;

namespace swin::tools {
namespace {

const std::pair<const char *, const char *> files[] = {{"spec", "1-spec.json"},     {"graph", "2-graph.mlir"},
                                                       {"fused", "3-fused.mlir"},   {"kernels", "4-kernels.mlir"},
                                                       {"driver", "5-driver.mlir"}, {"llvm", "6-llvm.ll"}};

std::string inFolder(const std::string &folder, StringRef file) {
  SmallString<128> path(folder);
  sys::path::append(path, file);
  return path.str().str();
}

} // namespace

Error Stages::prepare() {
  if (options.dumpTo.empty())
    return Error::success();
  std::string folder = inFolder(options.dumpTo, "kernels");
  if (std::error_code failed = sys::fs::create_directories(folder))
    return createFileError(folder, failed);
  return Error::success();
}

std::vector<Stage> Stages::wanted() const {
  std::vector<Stage> stages;
  for (Stage stage : {Stage::Graph, Stage::Fused, Stage::Kernels, Stage::Driver, Stage::Llvm})
    if (!options.dumpTo.empty() || options.emit.contains(codegen::stageName(stage)))
      stages.push_back(stage);
  return stages;
}

Error Stages::take(const std::string &stage, const std::string &text) {
  if (options.emit.contains(stage))
    if (Error error = print(stage, text))
      return error;
  if (options.dumpTo.empty())
    return Error::success();
  auto file = find_if(files, [&](const auto &entry) { return entry.first == stage; });
  return writeFile(inFolder(options.dumpTo, file->second), text);
}

Error Stages::print(const std::string &stage, const std::string &text) {
  auto texts = count_if(files, [&](const auto &entry) { return options.emit.contains(entry.first); });
  // A comment in every one of these languages but JSON, which has none.
  if (texts > 1)
    outs() << (printed ? "\n" : "") << (stage == "llvm" ? "; " : "// ") << "-----// " << stage << " //-----\n";
  outs() << text;
  printed = true;
  return flushOutput();
}

Error Stages::takeKernel(const std::string &symbol, const codegen::ObjectBytes &object) {
  if (options.dumpTo.empty())
    return Error::success();
  return writeFile(inFolder(options.dumpTo, "kernels/" + symbol + ".o"),
                   StringRef(reinterpret_cast<const char *>(object.data()), object.size()));
}

Error flushOutput() {
  outs().flush();
  if (!outs().has_error())
    return Error::success();
  std::error_code failed = outs().error();
  outs().clear_error();
  return createStringError("standard output: " + failed.message());
}

Error writeFile(const std::string &path, StringRef text) {
  std::error_code failed;
  raw_fd_ostream stream(path, failed);
  if (failed)
    return createFileError(path, failed);
  stream << text;
  return codegen::closeFile(stream, path);
}

} // namespace swin::tools
