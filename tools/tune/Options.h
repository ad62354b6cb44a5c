//===- Options.h - the command line of swin-tune --------------------------===//
#ifndef SWIN_TOOLS_TUNE_OPTIONS_H
#define SWIN_TOOLS_TUNE_OPTIONS_H

#include "tools/compile/ModelOptions.h"

#include <cstdint>
#include <string>
#include <vector>

namespace swin::tools {

/// swin-tune MODEL.
struct TuneOptions {
  ModelOptions model;                    ///< targets: at least one; size and batch: 0 = the model's, 1
  std::string kernelFile;                ///< text of kernels in MODEL's place; "" = there is a model
  std::vector<std::string> kernels;      ///< symbols of the model's kernels; empty = all
  std::string database = "schedules.db"; ///< path
  double seconds = 0;                    ///< 0 = no limit
  int64_t trials = 0;                    ///< of each kernel and instruction set; 0 = no limit
  std::vector<int> threads = {1};
  uint64_t seed = 1;
  std::string strategy;       ///< "" = the default one
  std::string record, replay; ///< paths; "" = none
  bool list = false;          ///< say what there is to tune and do nothing
  bool verbose = false, quiet = false;
};

/// swin-tune COMMAND DB.
struct DatabaseOptions {
  std::string database;
  std::vector<std::string> others; ///< databases to merge
  std::string file;                ///< to write or to read; "" = standard output or input
  std::string run, cpu;            ///< of a report: "" = all
  bool json = false, best = false;
};

struct TuneCommandLine {
  std::string command; ///< "" = tune, else "merge", "export", "import", "show", "report" or "check"
  TuneOptions tune;
  DatabaseOptions database;
  bool help = false, version = false, cpu = false;
};

/// Reads all arguments; each thing that is wrong becomes a sentence in `errors`.
TuneCommandLine parseTuneOptions(const std::vector<std::string> &arguments, std::vector<std::string> &errors);

/// What --help prints.
std::string tuneHelpText();

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_OPTIONS_H
