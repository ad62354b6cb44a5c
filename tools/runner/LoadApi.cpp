//===- LoadApi.cpp - the functions of a library that was opened -----------===//
#include "tools/runner/LoadApi.h"

#include <dlfcn.h>

namespace swin::runner {

std::string loadApi(void *library, const std::string &name, Api &api) {
  std::string missing;
  auto find = [&]<typename Function>(Function &function, const char *what) {
    std::string symbol = name + "_" + what;
    function = reinterpret_cast<Function>(dlsym(library, symbol.c_str()));
    if (!function && missing.empty())
      missing = symbol;
  };
  find(api.open, "open");
  find(api.workspaceSize, "workspace_size");
  find(api.numOutputs, "num_outputs");
  find(api.outputShape, "output_shape");
  find(api.run, "run");
  find(api.error, "error");
  find(api.isa, "isa");
  find(api.threads, "threads");
  find(api.info, "info");
  find(api.selftest, "selftest");
  find(api.numCalls, "num_calls");
  find(api.work, "work");
  find(api.profile, "profile");
  find(api.watch, "watch");
  find(api.close, "close");
  return missing;
}

} // namespace swin::runner
