//===- Options.h - the command line of swin-compile -----------------------===//
#ifndef SWIN_TOOLS_COMPILE_OPTIONS_H
#define SWIN_TOOLS_COMPILE_OPTIONS_H

#include "tools/compile/ModelOptions.h"

#include <set>
#include <string>
#include <vector>

namespace swin::tools {

struct Options : ModelOptions {
  std::string out;            ///< "" = ./NAME
  std::set<std::string> emit; ///< "lib" ...
  std::string report;         ///< path; "" = none
  std::string profile;        ///< path of what the report shows of runs; "" = none
  std::string dumpTo;         ///< path; "" = none
  std::string schedules;      ///< path of a database, "off", or "" = those that come with the compiler
  std::string schedulesCpu;   ///< a CPU's name, or a part of it; "" = this machine's
  std::string sanitizer;      ///< "thread", "address" or ""
  bool weightsFile = false;
  bool help = false, version = false;

  /// Whether files are to be written.
  bool wantsFiles() const { return emit.contains("lib") || emit.contains("shared") || emit.contains("exe"); }
  /// Whether kernels are compiled.
  bool wantsKernels() const {
    return wantsFiles() || emit.contains("driver") || emit.contains("llvm") || !dumpTo.empty();
  }
};

/// Reads all arguments; each thing that is wrong becomes a sentence in `errors`.
Options parseOptions(const std::vector<std::string> &arguments, std::vector<std::string> &errors);

/// What --help prints.
std::string helpText();

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_OPTIONS_H
