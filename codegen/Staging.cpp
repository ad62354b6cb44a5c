//===- Staging.cpp - files appear all at once or not at all ---------------===//
// std::filesystem with error codes throughout: nothing throws.
//===----------------------------------------------------------------------===//
#include "codegen/Staging.h"

#include <cstdlib>
#include <filesystem>

namespace fs = std::filesystem;
using namespace llvm;

namespace swin::codegen {
namespace {

/// The outermost folder on the way to `directory` that is not there yet.
fs::path firstMissing(fs::path directory) {
  fs::path missing;
  std::error_code ignored;
  while (!directory.empty() && !fs::exists(directory, ignored)) {
    missing = directory;
    if (directory == directory.parent_path())
      break;
    directory = directory.parent_path();
  }
  return missing;
}

void removeAll(const fs::path &path) {
  // Nothing better can be done with what cannot be removed.
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

} // namespace

Expected<std::unique_ptr<Staging>> Staging::create(const std::string &directory) {
  std::error_code failed;
  fs::path target = fs::absolute(directory, failed).lexically_normal();
  if (failed)
    return createFileError(directory, failed);
  if (!target.has_filename()) // "out/"
    target = target.parent_path();
  fs::path missing = firstMissing(target);
  fs::create_directories(target, failed);
  if (std::error_code ignored; !failed && !fs::is_directory(target, ignored))
    failed = std::make_error_code(std::errc::not_a_directory);
  std::string folder = (target / ".swin-compile-XXXXXX").string();
  if (!failed && !mkdtemp(folder.data()))
    failed = std::error_code(errno, std::generic_category());
  if (failed) {
    if (!missing.empty())
      removeAll(missing);
    return createFileError(directory, failed);
  }
  return std::unique_ptr<Staging>(new Staging(target.string(), folder, missing.string()));
}

Staging::~Staging() {
  removeAll(folder);
  if (!created.empty())
    removeAll(created);
}

std::string Staging::path(const std::string &file) const { return (fs::path(folder) / file).string(); }

Error Staging::commit(const std::vector<std::string> &files) {
  fs::path target = directory, replaced = fs::path(folder) / ".replaced";
  std::error_code failed;
  fs::create_directory(replaced, failed);
  if (failed)
    return createFileError(replaced.string(), failed);
  std::vector<std::string> moved;
  std::string at;
  for (const std::string &file : files) {
    at = (target / file).string();
    if (fs::is_directory(fs::symlink_status(at, failed)))
      failed = std::make_error_code(std::errc::is_a_directory);
    else if (fs::exists(fs::symlink_status(at, failed)))
      fs::rename(at, replaced / file, failed);
    else
      failed.clear();
    if (failed)
      break;
    moved.push_back(file);
    fs::rename(path(file), at, failed);
    if (failed)
      break;
  }
  if (!failed) {
    created.clear();
    return Error::success();
  }
  for (const std::string &file : moved) {
    std::error_code ignored;
    fs::remove(target / file, ignored);
    if (fs::exists(replaced / file, ignored))
      fs::rename(replaced / file, target / file, ignored);
  }
  return createFileError(at, failed);
}

} // namespace swin::codegen
