//===- ReportCharts.h - the drawings of a report --------------------------===//
// Each is an <svg>, or bars of HTML that are as wide as the page; colours and fonts are classes of the page's style.
// What stands under the pointer is said by titles, without a script.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_TUNE_REPORTCHARTS_H
#define SWIN_TOOLS_TUNE_REPORTCHARTS_H

#include "tools/report/Markup.h"
#include "tools/tune/ReportData.h"

#include <vector>

namespace swin::tools {

using Kernels = std::vector<const KernelFigures *>;

/// Rows that drawTimes and drawEfficiency have at most; a table has the rest.
constexpr size_t mostRows = 40;

/// The time of all kernels, one after the other, with the default's schedules and with the best.
void drawTotal(Markup &html, const Kernels &kernels);
/// Two bars for each kernel: milliseconds with the default's schedule and with the best, and their ratio.
void drawTimes(Markup &html, const Kernels &kernels);
/// For each kernel, which part of the peak is reached, from the default's to the best.
void drawEfficiency(Markup &html, const Kernels &kernels);
/// Best ratio so far over trials or seconds, a line for each run.
void drawConvergence(Markup &html, const KernelFigures &kernel, bool overSeconds);
/// For each value of a parameter: all ratios, half of them, their median and their best.
void drawEffect(Markup &html, const ParameterEffect &effect);

/// "strategy-1" ...: the class of a strategy's line; a strategy without a name of ours has the last.
std::string strategyClass(llvm::StringRef strategy);

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_REPORTCHARTS_H
