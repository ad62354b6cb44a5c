//===- Package.h - objects become a library, a header, a program ----------===//
#ifndef SWIN_CODEGEN_PACKAGE_H
#define SWIN_CODEGEN_PACKAGE_H

#include "codegen/Architecture.h"
#include "codegen/ObjectFiles.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace swin::codegen {

/// What every library and executable contains, built with this compiler.
struct ProductFiles {
  std::string runtimeArchive; ///< objects whose global names all begin with SWINMODEL_
  std::string runnerArchive;  ///< main of an executable; calls SWINMODEL_ functions
  std::string headerTemplate; ///< NAME.h with SWINMODEL in place of the name
};

struct PackageOptions {
  std::string name;    ///< C identifier; begins every public name
  std::string version; ///< of the package: the compiler's
  bool library = false;
  bool shared = false;
  bool executable = false;
  bool sanitized = false; ///< objects need the runtime of a sanitizer, which the user's program has
  ProductFiles files;
  const Architecture *architecture = &x86_64; ///< that objects and files are for
  std::string folder;                         ///< where everything is written
};

/// The programs of the system that linking needs, and the files of this build. Error, one
/// sentence for each that is missing: what it is for and what can be done.
llvm::Error checkMeans(const PackageOptions &options);

/// Puts the model's objects (named, or on disk) and the runtime under the model's name
/// together and writes what the options ask for. Returns the names of the written
/// files; others, of intermediate results, are gone. Errors: what cannot be read,
/// written or linked; a global symbol that does not begin with the model's name or is
/// there twice, which is a bug of the compiler.
llvm::Expected<std::vector<std::string>> writePackage(const PackageOptions &options,
                                                      std::vector<ArchiveMember> objects);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_PACKAGE_H
