//===- swin-run.cpp - runs a shared library that swin-compile made ---------===//
// swin-run libNAME.so, then what the executable NAME takes. The model's name is in the
// names of the library's functions; which it is follows from the file's name or, if
// the file was renamed, from the names in it.
//===----------------------------------------------------------------------===//
#include "runtime/image/File.h"
#include "tools/runner/LoadApi.h"
#include "tools/runner/Options.h"
#include "tools/runner/Runner.h"

#include <cstdio>
#include <dlfcn.h>
#include <string_view>

using namespace swin;

namespace {

const char usage[] = "swin-run libNAME.so";

int complain(const std::string &text, runner::Status status) {
  std::fprintf(stderr, "%s\n", text.c_str());
  return status;
}

/// NAME of libNAME.so.
std::string nameOfFile(const std::string &path) {
  std::string name = path.substr(path.find_last_of('/') + 1);
  name = name.substr(0, name.find(".so"));
  return name.starts_with("lib") ? name.substr(3) : name;
}

/// NAME of a NUL-terminated text NAME_workspace_size in the file, if the library has that function.
std::string nameInFile(const std::string &path, void *library) {
  constexpr std::string_view function("_workspace_size", sizeof "_workspace_size");
  image::File file;
  uint64_t bytes = 0;
  std::string error;
  if (!file.openToRead(path, bytes, error))
    return "";
  std::string text(bytes, '\0');
  if (!file.read(text.data(), bytes, error))
    return "";
  for (size_t end = text.find(function); end != std::string::npos; end = text.find(function, end + 1)) {
    size_t begin = text.find_last_of('\0', end);
    std::string name = text.substr(begin + 1, end - begin - 1);
    if (begin != std::string::npos && dlsym(library, (name + "_workspace_size").c_str()))
      return name;
  }
  return "";
}

} // namespace

int main(int argc, char **argv) {
  std::vector<std::string> arguments(argv + (argc > 0), argv + argc);
  if (arguments.size() == 1 && arguments[0] == "--help")
    return std::fputs(runner::helpText(usage).c_str(), stdout) < 0 ? runner::WrongInput : runner::Done;
  if (arguments.size() == 1 && arguments[0] == "--version")
    return std::puts("swin-run " SWIN_VERSION) < 0 ? runner::WrongInput : runner::Done;
  if (arguments.empty() || arguments[0].starts_with("-"))
    return complain("swin-run: error: the first argument must be the library: swin-run libNAME.so INPUT...\n"
                    "swin-run: --help lists what can be given",
                    runner::WrongCommandLine);
  const std::string &path = arguments[0];
  // Without a slash the system would look for it elsewhere.
  std::string place = path.find('/') == std::string::npos ? "./" + path : path;
  void *library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return complain(path + ": error: cannot be loaded: " + dlerror(), runner::WrongInput);
  std::string name = nameOfFile(path);
  if (!dlsym(library, (name + "_workspace_size").c_str()))
    name = nameInFile(path, library);
  runner::Api api = {};
  std::string missing = runner::loadApi(library, name, api);
  if (name.empty() || !missing.empty())
    return complain(path + ": error: is not a library that swin-compile made: it lacks " +
                        (name.empty() ? "NAME_open" : missing),
                    runner::WrongInput);
  arguments.erase(arguments.begin());
  return runner::runModel(api, "swin-run", usage, arguments, 2, place.substr(0, place.find_last_of('/')));
}
