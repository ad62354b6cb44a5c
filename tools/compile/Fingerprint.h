//===- Fingerprint.h - which compiler this is -----------------------------===//
#ifndef SWIN_TOOLS_COMPILE_FINGERPRINT_H
#define SWIN_TOOLS_COMPILE_FINGERPRINT_H

namespace swin::tools {

/// SHA-256, in hexadecimal, of the sources of the compiler and of what it puts into products, and of the versions of
/// what they are built with; the same in every folder and of every type of build.
const char *compilerFingerprint();

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_FINGERPRINT_H
