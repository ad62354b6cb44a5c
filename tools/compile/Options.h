//===- Options.h - the command line of swin-compile -----------------------===//
#ifndef SWIN_TOOLS_COMPILE_OPTIONS_H
#define SWIN_TOOLS_COMPILE_OPTIONS_H

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace swin::tools {

struct Options {
  std::string model;                ///< path; "" with --arch
  std::string arch;                 ///< name of a preset, of timm's or of a family; "" with MODEL
  std::string out;                  ///< "" = ./NAME
  std::string name;                 ///< "" = follows from the model
  std::string weights;              ///< path, "synthetic", or "" = where the model says
  std::set<std::string> emit;       ///< "lib" ...
  std::vector<std::string> targets; ///< instruction sets, best first, of one architecture; at least one
  int64_t height = 0, width = 0;    ///< 0 = any
  int64_t batch = 0;                ///< 0 = any
  std::string semantics;            ///< "" = that of the weights
  std::vector<std::string> outputs; ///< empty = the model's
  std::string report;               ///< path; "" = none
  std::string dumpTo;               ///< path; "" = none
  std::string cache;                ///< path, "off", or "" = where the environment says
  bool verbose = false, quiet = false;
  std::string sanitizer; ///< "thread", "address" or ""
  bool fastMatmul = false;
  bool weightsFile = false;
  bool help = false, version = false;

  /// Whether files are to be written.
  bool wantsFiles() const { return emit.contains("lib") || emit.contains("shared") || emit.contains("exe"); }
};

/// Reads all arguments; each thing that is wrong becomes a sentence in `errors`.
Options parseOptions(const std::vector<std::string> &arguments, std::vector<std::string> &errors);

/// What --help prints.
std::string helpText();

/// What is wrong with a model's name, or "".
std::string checkName(const std::string &name);

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_OPTIONS_H
