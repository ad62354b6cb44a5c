//===- DatabaseCommands.h - swin-tune merge, export, import ... -----------===//
#ifndef SWIN_TOOLS_TUNE_DATABASECOMMANDS_H
#define SWIN_TOOLS_TUNE_DATABASECOMMANDS_H

#include "tools/tune/Options.h"

#include <string>
#include <vector>

namespace swin::tools {

/// Does what a command says; each thing that is wrong becomes a sentence in `errors`.
void runDatabaseCommand(const std::string &command, const DatabaseOptions &options, std::vector<std::string> &errors);

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_DATABASECOMMANDS_H
