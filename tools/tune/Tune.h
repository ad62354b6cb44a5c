//===- Tune.h - swin-tune MODEL --------------------------------------------===//
#ifndef SWIN_TOOLS_TUNE_TUNE_H
#define SWIN_TOOLS_TUNE_TUNE_H

#include "tools/tune/Options.h"

namespace swin::tools {

/// Looks for schedules of a model's kernels as the options say, with progress on a terminal, and keeps what comes of it
/// in the database. Returns the exit status; ends by SIGINT's default if it was interrupted.
int runTune(const TuneOptions &options);

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_TUNE_H
