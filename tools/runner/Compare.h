//===- Compare.h - --compare: where a library's numbers begin to differ ----===//
#ifndef SWIN_TOOLS_RUNNER_COMPARE_H
#define SWIN_TOOLS_RUNNER_COMPARE_H

#include "tools/runner/Info.h"
#include "tools/runner/Options.h"
#include "tools/runner/Runner.h"

namespace swin::runner {

/// Runs the library once on the `input` of the file options.compare (tools/layers/LayerFile.h) and compares the result
/// of each call of a kernel with the value that is named as the call's layer, and each output with the one of its name.
/// One value of the file is in memory at a time. Results go to stdout, errors to stderr; returns the exit status.
int runComparison(const Api &api, SWINMODEL_session *session, const ModelInfo &info, const Options &options);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_COMPARE_H
