//===- Options.h - the command line of a compiled model --------------------===//
#ifndef SWIN_TOOLS_RUNNER_OPTIONS_H
#define SWIN_TOOLS_RUNNER_OPTIONS_H

#include <string>
#include <vector>

namespace swin::runner {

struct Options {
  std::vector<std::string> inputs;
  std::string out;         ///< "" = a readable result on stdout
  std::string isa;         ///< "" = the best
  std::string profile;     ///< "" = none
  std::string compare;     ///< a file of layers' values; "" = none
  std::string show;        ///< one of `shows`; "" = none
  std::string weightsFile; ///< "" = beside the program or library
  int threads = 0;         ///< 0 = one per core
  int repeat = 1;
  int tileHeight = 0, tileWidth = 0; ///< 0 = the whole picture at once
  int overlap = -1;                  ///< -1 = not said
  double tolerance = 1e-4;           ///< of --compare
  bool json = false, info = false, selftest = false, help = false;
};

/// Reads all arguments; each thing that is wrong becomes a sentence in `errors`. `firstNumber`: how errors count the
/// first argument.
Options parseOptions(const std::vector<std::string> &arguments, int firstNumber, std::vector<std::string> &errors);

/// What --help prints. `usage`: the command before its own arguments, as "swin_t" or "swin-run libNAME.so".
std::string helpText(const std::string &usage);

/// True for file names that end so, in small or capital letters: ".npy".
bool endsWith(const std::string &name, const std::string &end);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_OPTIONS_H
