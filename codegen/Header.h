//===- Header.h - text files of a package ---------------------------------===//
#ifndef SWIN_CODEGEN_HEADER_H
#define SWIN_CODEGEN_HEADER_H

#include <string>

namespace swin::codegen {

/// What lies beside the text files.
struct PackageContents {
  bool library = false; ///< libNAME.a
  bool shared = false;  ///< libNAME.so
};

/// NAME.h: `text` with `name` wherever it says SWINMODEL.
std::string headerText(const std::string &text, const std::string &name);

/// NAME.pc for pkg-config, which finds everything beside that file.
std::string pkgConfigText(const std::string &name, const std::string &version);

/// NAMEConfig.cmake: find_package(NAME) gives the target NAME::NAME, the static
/// library if there is one, and NAME::shared, if there is one.
std::string cmakeConfigText(const std::string &name, const std::string &version, const PackageContents &contents);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_HEADER_H
