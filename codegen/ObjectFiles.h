//===- ObjectFiles.h - relocatable objects and archives in memory ---------===//
// Renames, hides and lists symbols, and writes archives, all in process and always
// with the same bytes for the same input. ELF only.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_OBJECTFILES_H
#define SWIN_CODEGEN_OBJECTFILES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace swin::codegen {

using ObjectBytes = std::vector<uint8_t>;

/// Names of global (and weak) symbols, in the order of the symbol table.
struct ObjectSymbols {
  std::vector<std::string> defined, undefined;
};
llvm::Expected<ObjectSymbols> listSymbols(llvm::ArrayRef<uint8_t> object);

/// What to change in an object. A symbol that `symbols` names gets that name; else the
/// first of `prefixes` that it begins with is replaced. Symbols stay visible or
/// become hidden: other objects of the same library or program link to hidden ones,
/// a shared library does not export them.
struct Rewriting {
  std::map<std::string, std::string> symbols;
  std::vector<std::pair<std::string, std::string>> prefixes;
  bool hideDefined = false;
};
llvm::Expected<ObjectBytes> rewriteObject(llvm::ArrayRef<uint8_t> object, const Rewriting &rewriting);

/// Makes the object of a kernel that was compiled as function `from` depend on nothing
/// but the kernel and the names of its library: the function becomes `symbol`, and
/// closures of parallel loops, which Halide names by counters of the process,
/// `symbol`.p0, `symbol`.p1 ..., their sections likewise; all defined symbols become
/// hidden, and the hooks of the runtime get the library's names (halide_do_par_for
/// becomes PREFIX_rt_par_for, halide_malloc PREFIX_rt_malloc, halide_free
/// PREFIX_rt_free); copies that tell the thread sanitizer of themselves become memcpy,
/// memmove and memset, whose place it takes. Error: the object does not define `from`,
/// or needs something else of Halide's runtime, which no library has.
llvm::Expected<ObjectBytes> canonicalizeKernel(llvm::ArrayRef<uint8_t> object, const std::string &from,
                                               const std::string &symbol, const std::string &prefix);

/// A file of an archive: bytes in memory, or a file on disk that is mapped, never
/// copied as a whole.
struct ArchiveMember {
  std::string name;
  ObjectBytes bytes; ///< used if `path` is empty
  std::string path;
};

/// Writes a GNU archive with a symbol table; no time stamps, users or modes of files.
llvm::Error writeArchiveFile(const std::string &path, const std::vector<ArchiveMember> &members);

/// The members of an archive on disk, in its order.
llvm::Expected<std::vector<ArchiveMember>> readArchiveFile(const std::string &path);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_OBJECTFILES_H
