# `cpack` in the build folder makes swin-compile_VERSION_amd64.deb of what `cmake --install` installs.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME swin-compile)
set(CPACK_PACKAGE_CONTACT "the maintainers of swin-compile <maintainers@swin-compile.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "compiler for Swin Transformers")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Reads the description and the weights of a Swin Transformer and writes a native
library with a C header that needs libc, libm and pthread and nothing else, and
a program that runs the model on pictures and arrays.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
# Debian 12's libraries; of LLVM, what this build was made with or what repairs it. Halide is in the package. Not asked
# of dpkg-shlibdeps: in LLVM's folder it meets the links of a -dev package and drops libLLVM in some runs.
set(_llvm "(>= 1:${LLVM_PACKAGE_VERSION}), lib@ (<< 1:${LLVM_VERSION_MAJOR}.2~)")
foreach(_name llvm${LLVM_VERSION_MAJOR} mlir-${LLVM_VERSION_MAJOR})
  string(REPLACE "@" ${_name} _versions ${_llvm})
  list(APPEND _needed "lib${_name} ${_versions}")
endforeach()
list(JOIN _needed ", " _needed)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "libc6 (>= 2.36), libgcc-s1, libsqlite3-0 (>= 3.37), libstdc++6 (>= 12), zlib1g, ${_needed}")
# --emit exe and --emit shared link.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "g++ | c++-compiler")
# The tools of Python need nothing but Python.
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "python3, pkg-config, bash-completion")
include(CPack)
