//===- Reproducer.cpp - files for bug reports -----------------------------===//
#include "codegen/Reproducer.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace swin::codegen {

std::string reproducerPath(const std::string &model) {
  SmallString<128> folder, path;
  sys::path::system_temp_directory(/*ErasedOnReboot=*/true, folder);
  sys::path::append(folder, "swin-compile-" + model + "-%%%%%%%%.mlir");
  sys::fs::createUniquePath(folder, path, /*MakeAbsolute=*/false);
  return path.str().str();
}

std::string writeReproducer(const std::string &model, const std::string &text) {
  std::string path = reproducerPath(model);
  std::error_code failed;
  raw_fd_ostream stream(path, failed);
  if (failed)
    return "";
  stream << text;
  stream.close();
  if (!stream.has_error())
    return path;
  stream.clear_error();
  return "";
}

} // namespace swin::codegen
