//===- Summary.h - what tuning says of itself ------------------------------===//
#ifndef SWIN_TOOLS_TUNE_SUMMARY_H
#define SWIN_TOOLS_TUNE_SUMMARY_H

#include "codegen/tuning/Search.h"
#include "tools/tune/WholeModel.h"

#include <string>
#include <vector>

namespace swin::tools {

/// For a terminal's line: "mlp_96 (3 of 22): 24 of 1180 tried, best 1.083 x, 6:12 left".
std::string progressLine(const tuning::SearchProgress &now);
/// Of a kernel that is done: "mlp_96 x86-64-v4: 1.234 ms, 1.083 x; 48 tried".
std::string foundLine(const tuning::Found &found);
/// A table of all kernels, and for each instruction set their sum by default and with the best.
std::string summaryText(const std::vector<tuning::Found> &found, const std::vector<int> &threads);
/// "whole model, x86-64-v4, threads 1: 26.10 ms by default, 24.60 ms tuned, 1.061 x +- 0.003 (41 rounds)".
std::string wholeModelLine(const WholeModelTimes &times);
/// A line of JSON for each problem: {"kernel", "macs", "signature", "sizes"}.
std::string listText(const std::vector<tuning::Problem> &problems);

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_SUMMARY_H
