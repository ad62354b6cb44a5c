//===- Report.h - sizes and times of runs ----------------------------------===//
#ifndef SWIN_TOOLS_RUNNER_REPORT_H
#define SWIN_TOOLS_RUNNER_REPORT_H

#include "tools/runner/Outputs.h"

#include <optional>
#include <string>
#include <vector>

namespace swin::runner {

struct Report {
  std::string model, isa;
  int threads = 0;
  int inputs = 0;
  int64_t n = 0, h = 0, w = 0; ///< of the first input; with --json, of all
  std::optional<double> macs;  ///< of one run, where it is known
  size_t peakWorkspaceBytes = 0;

  struct Input {
    std::string path;
    int n, h, w;
    std::vector<double> milliseconds; ///< of each run
  };
  std::vector<Input> runs;

  void begin(const std::string &path, int batch, int height, int width, size_t workspaceBytes);
  void add(double milliseconds);
};

/// The line of --json.
std::string jsonLine(const Report &report);
/// The file of --profile.
std::string profileText(const Report &report);

/// Stages a text file; errors name it.
bool writeText(StagedFiles &files, const std::string &path, const std::string &text, std::string &error);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_REPORT_H
