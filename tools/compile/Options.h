//===- Options.h - the command line of swin-compile -----------------------===//
#ifndef SWIN_TOOLS_COMPILE_OPTIONS_H
#define SWIN_TOOLS_COMPILE_OPTIONS_H

#include "tools/compile/ModelOptions.h"

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace swin::tools {

struct Options : ModelOptions {
  std::string out;                          ///< "" = ./NAME; with `show` the picture's name
  std::set<std::string> emit;               ///< "lib" ...
  std::string report;                       ///< path; "" = none
  std::string profile;                      ///< path of what the report shows of runs; "" = none
  std::string dumpTo;                       ///< path; "" = none
  std::string schedules;                    ///< path of a database, "off", or "" = those that come with the compiler
  std::string schedulesCpu;                 ///< a CPU's name, or a part of it; "" = this machine's
  std::string sanitizer;                    ///< "thread", "address" or ""
  std::string dumpLayers;                   ///< path; "" = none
  std::string compare;                      ///< path of a reference's layers; "" = none
  std::string show;                         ///< an attentionPlace; "" = none
  std::optional<std::array<int64_t, 2>> at; ///< the pixel (row, column) whose attention is shown
  std::string input;       ///< path of the image whose layers are dumped or shown; "" = one made by a rule
  double tolerance = 1e-4; ///< of a value that is compared, as a part of the reference's magnitude
  bool json = false;       ///< the comparison as JSON
  bool weightsFile = false;
  bool help = false, version = false;

  /// Whether files are to be written.
  bool wantsFiles() const { return emit.contains("lib") || emit.contains("shared") || emit.contains("exe"); }
  /// Whether the reference interpreter shows values of layers.
  bool wantsLayers() const { return !dumpLayers.empty() || !compare.empty(); }
  /// Whether the reference interpreter runs.
  bool interprets() const { return wantsLayers() || !show.empty(); }
  /// Whether the graph goes through passes, or is printed.
  bool compiles() const { return !dumpTo.empty() || emit.size() > (emit.contains("spec") ? 1 : 0); }
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
