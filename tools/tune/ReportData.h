//===- ReportData.h - the figures of a report, without drawing ------------===//
#ifndef SWIN_TOOLS_TUNE_REPORTDATA_H
#define SWIN_TOOLS_TUNE_REPORTDATA_H

#include "codegen/tuning/Result.h"

#include "llvm/ADT/StringRef.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace swin::tools {

using NamedNumbers = std::vector<std::pair<std::string, int64_t>>;
/// The numbers of a schedule's text, "tile.rows=6 chunk=0"; nothing if it is none. The text is untrusted.
std::optional<NamedNumbers> namedNumbers(llvm::StringRef schedule);
/// "fast tokens" of a template "fast tokens 1".
std::string kindOf(llvm::StringRef templateName);
/// Whether its times say anything: right, and numbers as a laboratory gives them.
bool isTimed(const tuning::Result &result);

/// How a run went with a kernel: the best ratio so far behind a trial, where that changed and at the end.
struct Curve {
  struct Point {
    int64_t number = 0;
    double seconds = 0; ///< since the run's first result of the kernel
    double ratio = 1;
  };
  std::string run, strategy;
  std::vector<Point> points; ///< of ascending numbers
};

/// What came of all schedules that have one value of a parameter, as default's time / theirs.
struct ValueEffect {
  int64_t value = 0, count = 0;
  double least = 0, lower = 0, median = 0, upper = 0, best = 0; ///< lower and upper: quartiles
};

/// What a parameter did to the time of one kernel.
struct ParameterEffect {
  std::string name;
  /// The part of the variance of log ratios that the parameter explains alone, 0 to 1, without what chance would:
  /// (between - (k - 1) within / (n - k)) / total, sums of squares, of n schedules in k groups of equal
  /// values, or of neighbouring ones where they are more than eight.
  double share = 0;
  double explained = 0, total = 0;       ///< its numerator, at least 0, and denominator
  std::vector<ValueEffect> values;       ///< ascending
  std::optional<int64_t> standard, best; ///< of the default's and the best schedule; best: set by reportFigures
  /// Ratios of schedules whose value is below, at and above the default's.
  std::array<std::vector<double>, 3> sides;
};

/// What two parameters explain together beyond what each does alone, as `share` of a ParameterEffect.
struct PairEffect {
  std::string first, second;
  double share = 0;
  double explained = 0, total = 0; ///< numerator and denominator; the first may be less than 0 by chance
};

/// What parameters did to the time of one kernel.
struct Effects {
  std::vector<ParameterEffect> parameters; ///< those with two values or more, the largest share first
  std::vector<PairEffect> pairs;           ///< of the first of these, where there are results enough
  size_t schedules = 0;                    ///< that they are of
};

/// One setting: what is known of a kernel for an instruction set on a CPU.
struct KernelFigures {
  tuning::Setting setting;
  std::string kernel, sizes;
  int64_t macs = 0;
  int threads = 1;
  double peak = 0;                    ///< 1e9 multiply-adds a second; 0 = not known
  std::optional<tuning::Result> best; ///< confirmed and faster than the default
  std::string standard;               ///< the default's schedule; "" = not known
  /// Milliseconds of all calls in a run of the model: the least that was measured, beside any schedule, at these sizes.
  double standardCold = 0, standardWarm = 0;
  double ratio = 1;  ///< of the best; 1 = the default stays
  double itself = 0; ///< of the default, timed as if it were another schedule: what noise does; 0 = not known
  int64_t tried = 0; ///< different schedules
  std::array<int64_t, 6> outcomes = {}; ///< results of each tuning::Outcome
  std::vector<Curve> curves;
  Effects effects;
  std::vector<size_t> results; ///< of the list that it was made of, in their order

  /// What the model gets: standardCold / ratio.
  double bestCold() const { return standardCold / ratio; }
  /// Part of the peak that so many milliseconds are, 0 to 1; 0 = not known.
  double efficiency(double milliseconds) const {
    return milliseconds > 0 && peak > 0 ? double(macs) / milliseconds / peak / 1e6 : 0;
  }
};

/// A run's part for one instruction set.
struct RunFigures {
  std::string id, strategy, isa, cpu, compiler;
  int64_t seed = 0, results = 0, confirmed = 0;
  int threads = 1;
  double seconds = 0; ///< from the run's begin to its last result for this instruction set
  size_t kernels = 0;
  /// Milliseconds of the kernels that it timed, with the default's schedules and with the best that are known, its own
  /// or not.
  double standard = 0, best = 0;
};

/// All kernels of one instruction set, CPU and compiler, one after the other.
struct Total {
  std::string isa, cpu, compiler;
  double standard = 0, best = 0; ///< milliseconds, of those whose time is known
  size_t improved = 0;
  std::vector<size_t> kernels; ///< of ReportFigures::kernels
};

/// What a parameter did in all kernels of one template and instruction set.
struct TemplateParameter {
  std::string name;
  double share = 0;              ///< sum of the kernels' `explained` / sum of their `total`
  std::vector<double> kernels;   ///< the share in each of TemplateFigures::kernels; -1 = it has one value there
  std::array<double, 3> medians; ///< of ratios where it is below, at and above the default's; 0 = there are none
};
struct TemplateFigures {
  std::string templateName, isa, cpu, compiler;
  std::vector<size_t> kernels;               ///< of ReportFigures::kernels
  std::vector<TemplateParameter> parameters; ///< the largest share first
  std::vector<PairEffect> pairs;             ///< of all its kernels, the largest share first
};

struct ReportFigures {
  std::vector<KernelFigures> kernels; ///< by compiler, CPU and instruction set, the one with the longest time first
  std::vector<RunFigures> runs;       ///< in the order of their first results
  std::vector<Total> totals;
  std::vector<TemplateFigures> templates;
  std::vector<tuning::Result> models; ///< whole models, timed with what was known of their kernels then
};

/// `results` in the order in which they were appended; `best` is Database::best of their settings.
ReportFigures reportFigures(const std::vector<tuning::Result> &results,
                            const std::map<tuning::Setting, tuning::Result> &best);

/// What parameters did, of results of one setting, those that are timed; a schedule that was measured more than once
/// counts once, with the mean of its log ratios. `standard` is the default's schedule or "".
Effects effectsOf(const std::vector<const tuning::Result *> &results, llvm::StringRef standard);
/// What each did in all kernels of a template, of kernels whose effects are there.
std::vector<TemplateFigures> templateFigures(const std::vector<KernelFigures> &kernels);

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_REPORTDATA_H
