//===- Architecture.h - kinds of processors that libraries are made for ---===//
// All instruction sets of a library are of one. To a new one belong a row here, its
// machine in codegen/schedules/Machines.cpp and the runtime's files in CMake.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_ARCHITECTURE_H
#define SWIN_CODEGEN_ARCHITECTURE_H

#include "llvm/BinaryFormat/ELF.h"

#include <cstdint>
#include <string_view>

namespace swin::codegen {

struct Architecture {
  const char *name;
  const char *triple;      ///< LLVM's
  const char *processor;   ///< the least of its kind, LLVM's name
  uint16_t elfMachine;     ///< of object files
  const char *toolsPrefix; ///< of GNU's cross compilers' names; Debian's packages are gcc-PREFIX and g++-PREFIX
};

inline constexpr Architecture x86_64 = {"x86-64", "x86_64-unknown-linux-gnu", "x86-64", llvm::ELF::EM_X86_64,
                                        "x86_64-linux-gnu"};
inline constexpr Architecture aarch64 = {"aarch64", "aarch64-unknown-linux-gnu", "generic", llvm::ELF::EM_AARCH64,
                                         "aarch64-linux-gnu"};

/// The one that an instruction set ("x86-64-v3", "aarch64") belongs to.
inline const Architecture &architectureOf(std::string_view isa) { return isa == aarch64.name ? aarch64 : x86_64; }

} // namespace swin::codegen

#endif // SWIN_CODEGEN_ARCHITECTURE_H
