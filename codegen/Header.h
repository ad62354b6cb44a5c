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
std::string pkgConfigText(const std::string &name, const std::string &version, const PackageContents &contents);

/// NAMEConfig.cmake: find_package(NAME) gives the target NAME::NAME, the static library if there is one, else the
/// shared one, and NAME::shared, if there are both.
std::string cmakeConfigText(const std::string &name, const PackageContents &contents);

/// NAMEConfigVersion.cmake: which versions find_package(NAME VERSION) may ask for. `version` is "0.1.0".
std::string cmakeVersionText(const std::string &version);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_HEADER_H
