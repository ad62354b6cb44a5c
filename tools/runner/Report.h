//===- Report.h - sizes and times of runs ----------------------------------===//
#ifndef SWIN_TOOLS_RUNNER_REPORT_H
#define SWIN_TOOLS_RUNNER_REPORT_H

#include "tools/runner/Outputs.h"
#include "tools/runner/Profile.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace swin::runner {

struct Report {
  std::string model, isa;
  int threads = 0;
  int inputs = 0;
  int64_t n = 0, h = 0, w = 0; ///< of the first input; with --json, of all
  int64_t macs = 0;            ///< of one repetition on the first input
  size_t peakWorkspaceBytes = 0;
  std::vector<InputTimes> runs;

  void begin(const std::string &path, int batch, int height, int width, size_t workspaceBytes);
  void add(double milliseconds);
};

/// The line of --json.
std::string jsonLine(const Report &report);
double median(std::vector<double> values);

/// Names of files may be any bytes.
std::string jsonText(const nlohmann::ordered_json &json, int indent);

/// Stages a text file; errors name it.
bool writeText(StagedFiles &files, const std::string &path, const std::string &text, std::string &error);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_REPORT_H
