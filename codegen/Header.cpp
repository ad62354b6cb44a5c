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
Libs: -L${prefix} -l@NAME@ -lm -pthread
)";

const char cmakeBegin[] = R"(# find_package(@NAME@) with @NAME@_DIR set to this folder.
set(@NAME@_VERSION @VERSION@)
find_package(Threads QUIET)
)";

const char cmakeTarget[] = R"(if(NOT TARGET @NAME@::@TARGET@)
  add_library(@NAME@::@TARGET@ @KIND@ IMPORTED)
  set_target_properties(@NAME@::@TARGET@ PROPERTIES
    IMPORTED_LOCATION "${CMAKE_CURRENT_LIST_DIR}/lib@NAME@.@SUFFIX@"
    INTERFACE_INCLUDE_DIRECTORIES "${CMAKE_CURRENT_LIST_DIR}"
    INTERFACE_LINK_LIBRARIES "m;$<TARGET_NAME_IF_EXISTS:Threads::Threads>")
endif()
)";

std::string fill(std::string text, const std::vector<std::pair<std::string, std::string>> &values) {
  for (const auto &[key, value] : values)
    text = replaceAll(std::move(text), "@" + key + "@", value);
  return text;
}

} // namespace

std::string headerText(const std::string &text, const std::string &name) { return replaceAll(text, "SWINMODEL", name); }

std::string pkgConfigText(const std::string &name, const std::string &version) {
  return fill(pkgConfig, {{"NAME", name}, {"VERSION", version}});
}

std::string cmakeConfigText(const std::string &name, const std::string &version, const PackageContents &contents) {
  std::string text = cmakeBegin;
  if (contents.library)
    text += fill(cmakeTarget, {{"TARGET", name}, {"KIND", "STATIC"}, {"SUFFIX", "a"}});
  if (contents.shared)
    text += fill(cmakeTarget, {{"TARGET", contents.library ? "shared" : name}, {"KIND", "SHARED"}, {"SUFFIX", "so"}});
  return fill(text, {{"NAME", name}, {"VERSION", version}});
}

} // namespace swin::codegen
