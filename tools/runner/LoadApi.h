//===- LoadApi.h - the functions of a library that was opened -------------===//
#ifndef SWIN_TOOLS_RUNNER_LOADAPI_H
#define SWIN_TOOLS_RUNNER_LOADAPI_H

#include "tools/runner/Runner.h"

#include <string>

namespace swin::runner {

/// Finds the functions of the model `name` in what dlopen gave. Returns the first one that is missing, or "".
std::string loadApi(void *library, const std::string &name, Api &api);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_LOADAPI_H
