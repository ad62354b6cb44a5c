//===- Products.h - what becomes part of products, on this machine --------===//
#ifndef SWIN_TOOLS_COMPILE_PRODUCTS_H
#define SWIN_TOOLS_COMPILE_PRODUCTS_H

#include "codegen/Package.h"

#include <string>

namespace swin::tools {

/// ../lib/swin beside the folder of this program, which was called as `argv0`.
std::string productFolder(const char *argv0);

/// In its folders with the name of another architecture, or of a sanitizer, lies what is built for it.
codegen::ProductFiles productFiles(const std::string &folder, const std::string &isa, const std::string &sanitizer);

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_PRODUCTS_H
