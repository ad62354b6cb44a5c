//===- Products.cpp - what becomes part of products, on this machine ------===//
#include "tools/compile/Products.h"

#include "codegen/Architecture.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

namespace swin::tools {

std::string productFolder(const char *argv0) {
  int here = 0;
  llvm::SmallString<256> folder(
      llvm::sys::path::parent_path(llvm::sys::fs::getMainExecutable(argv0, static_cast<void *>(&here))));
  llvm::sys::path::append(folder, "..", "lib", "swin");
  return folder.str().str();
}

codegen::ProductFiles productFiles(const std::string &folder, const std::string &isa, const std::string &sanitizer) {
  std::string built = folder;
  if (const auto &architecture = codegen::architectureOf(isa); &architecture != &codegen::x86_64)
    built += std::string("/") + architecture.name;
  return {built + (sanitizer.empty() ? "" : "/" + sanitizer) + "/libswin_runtime.a", built + "/libswin_runner.a",
          folder + "/NAME.h.in"};
}

} // namespace swin::tools
