//===- Files.h - ends of files that are written --------------------------===//
#ifndef SWIN_CODEGEN_FILES_H
#define SWIN_CODEGEN_FILES_H

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace swin::codegen {

/// Closes a file. Error: what went wrong since it was opened, as "'path': sentence"; a stream that keeps an error when
/// it is destroyed would end the program.
inline llvm::Error closeFile(llvm::raw_fd_ostream &stream, llvm::StringRef path) {
  stream.close();
  std::error_code failed = stream.error();
  stream.clear_error();
  return failed ? llvm::createFileError(path, failed) : llvm::Error::success();
}

} // namespace swin::codegen

#endif // SWIN_CODEGEN_FILES_H
