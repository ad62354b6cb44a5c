//===- Header.cpp - text files of a package -------------------------------===//
#include "codegen/Header.h"

#include <string_view>
#include <utility>
#include <vector>

namespace swin::codegen {
namespace {

std::string replaceAll(std::string text, std::string_view from, const std::string &to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

const char pkgConfig[] = R"(prefix=${pcfiledir}

Name: @NAME@
Description: A Swin Transformer as a library
Version: @VERSION@
Cflags: -I${prefix}
Libs: -L${prefix} -l@NAME@@LIBS@
)";

const char cmakeBegin[] = R"(# find_package(@NAME@): this folder is in CMAKE_PREFIX_PATH, or @NAME@_DIR.
)";

const char cmakeStatic[] = R"(include(CMakeFindDependencyMacro)
find_dependency(Threads)
if(NOT TARGET @NAME@::@NAME@)
  add_library(@NAME@::@NAME@ STATIC IMPORTED)
  set_target_properties(@NAME@::@NAME@ PROPERTIES
    IMPORTED_LOCATION "${CMAKE_CURRENT_LIST_DIR}/lib@NAME@.a"
    IMPORTED_LINK_INTERFACE_LANGUAGES C
    INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_LIST_DIR}"
    INTERFACE_LINK_LIBRARIES "m;Threads::Threads")
endif()
)";

const char cmakeShared[] = R"(if(NOT TARGET @NAME@::@TARGET@)
  add_library(@NAME@::@TARGET@ SHARED IMPORTED)
  set_target_properties(@NAME@::@TARGET@ PROPERTIES
    IMPORTED_LOCATION "${CMAKE_CURRENT_LIST_DIR}/lib@NAME@.so"
    IMPORTED_SONAME lib@NAME@.so
    INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_LIST_DIR}")
endif()
)";

const char cmakeVersion[] = R"(# Versions below 1.0 fit those of the same second number, others those of the same first.
set(PACKAGE_VERSION @VERSION@)
set(PACKAGE_VERSION_EXACT FALSE)
set(PACKAGE_VERSION_COMPATIBLE FALSE)
set(PACKAGE_VERSION_UNSUITABLE FALSE)
if(CMAKE_SIZEOF_VOID_P AND NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
  set(PACKAGE_VERSION_UNSUITABLE TRUE)
elseif(PACKAGE_FIND_VERSION_RANGE)
  if(NOT PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION_MIN
     AND (PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION_MAX
          OR (PACKAGE_FIND_VERSION_RANGE_MAX STREQUAL "INCLUDE"
              AND PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION_MAX)))
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
  endif()
elseif(NOT PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION AND PACKAGE_FIND_VERSION_MAJOR EQUAL @MAJOR@
       AND (@MAJOR@ GREATER 0 OR PACKAGE_FIND_VERSION_COUNT LESS 2 OR PACKAGE_FIND_VERSION_MINOR EQUAL @MINOR@))
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
  if(PACKAGE_VERSION VERSION_EQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
  endif()
endif()
)";

std::string fill(std::string text, const std::vector<std::pair<std::string, std::string>> &values) {
  for (const auto &[key, value] : values)
    text = replaceAll(std::move(text), "@" + key + "@", value);
  return text;
}

} // namespace

std::string headerText(const std::string &text, const std::string &name) { return replaceAll(text, "SWINMODEL", name); }

std::string pkgConfigText(const std::string &name, const std::string &version, const PackageContents &contents) {
  // What the library needs itself is linked with it, or, where there is libNAME.so, asked for by --static.
  const char *libraries = contents.shared ? "\nLibs.private: -lm -pthread" : " -lm -pthread";
  return fill(pkgConfig, {{"NAME", name}, {"VERSION", version}, {"LIBS", libraries}});
}

std::string cmakeConfigText(const std::string &name, const PackageContents &contents) {
  std::string text = cmakeBegin;
  if (contents.library)
    text += cmakeStatic;
  if (contents.shared)
    text += fill(cmakeShared, {{"TARGET", contents.library ? "shared" : name}});
  return fill(text, {{"NAME", name}});
}

std::string cmakeVersionText(const std::string &version) {
  size_t first = version.find('.'), second = version.find('.', first + 1);
  return fill(cmakeVersion, {{"VERSION", version},
                             {"MAJOR", version.substr(0, first)},
                             {"MINOR", version.substr(first + 1, second - first - 1)}});
}

} // namespace swin::codegen
