//===- Staging.h - files appear all at once or not at all -----------------===//
#ifndef SWIN_CODEGEN_STAGING_H
#define SWIN_CODEGEN_STAGING_H

#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace swin::codegen {

/// A temporary folder inside a user's folder. Files are made in it and moved out by
/// commit(). Whatever was not moved is gone with this object, and so are folders that
/// create() had to make, unless commit() succeeded.
class Staging {
public:
  /// `directory` is created if it is not there, its parents too.
  static llvm::Expected<std::unique_ptr<Staging>> create(const std::string &directory);
  ~Staging();
  Staging(const Staging &) = delete;
  Staging &operator=(const Staging &) = delete;

  /// The path of a file in the temporary folder.
  std::string path(const std::string &file) const;
  /// Moves these files into the user's folder; files of the same name there are
  /// replaced. On error, what was there before is there again.
  llvm::Error commit(const std::vector<std::string> &files);

private:
  Staging(std::string directory, std::string folder, std::string created)
      : directory(std::move(directory)), folder(std::move(folder)), created(std::move(created)) {}

  std::string directory;
  std::string folder;
  std::string created; ///< outermost folder that create() made; "" = none
};

} // namespace swin::codegen

#endif // SWIN_CODEGEN_STAGING_H
