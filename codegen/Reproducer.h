//===- Reproducer.h - files for bug reports -------------------------------===//
#ifndef SWIN_CODEGEN_REPRODUCER_H
#define SWIN_CODEGEN_REPRODUCER_H

#include <string>

namespace swin::codegen {

/// A path in the system's folder for temporary files that is not taken.
std::string reproducerPath(const std::string &model);

/// Writes `text` to such a file; returns its path, or "" if it could not be written.
std::string writeReproducer(const std::string &model, const std::string &text);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_REPRODUCER_H
