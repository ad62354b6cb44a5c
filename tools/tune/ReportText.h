//===- ReportText.h - how a report is read --------------------------------===//
// For somebody who never saw a schedule.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_TUNE_REPORTTEXT_H
#define SWIN_TOOLS_TUNE_REPORTTEXT_H

namespace swin::tools {

constexpr const char *explainSchedules =
    "A model's library runs kernels: layer norm, linear maps, attention and what is between them, joined to few "
    "loops. A schedule is a list of numbers that says how a kernel's loops run: how many sums are held in "
    "registers, how many rows one task works on. It changes the time, not the result. The compiler has a rule for "
    "these numbers, the default; tuning has compiled and timed others, each beside the default in the same rounds. "
    "A ratio is the default's time divided by a schedule's: above 1 the schedule is faster.";

constexpr const char *explainGain =
    "The time of all kernels in a run, one after the other: above with the default's schedules, below with the "
    "best. A kernel that is called several times counts as often. A model's run is a little longer than this sum. "
    "If several models were tuned into this database, their kernels are all here; the table of runs has the sums of "
    "each.";

constexpr const char *explainModels =
    "Two libraries of a model, one by the default rule and one with the best schedules that were known at the end of a "
    "run of swin-tune, took turns: least times, the median over rounds of default / tuned, and that median's standard "
    "error.";

constexpr const char *explainKernels =
    "The bars: a kernel's time with weights that come from memory, as in a run of the model, default above, best "
    "below; = says that no schedule was better. The dots: the part of the multiply-adds that the CPU could do at "
    "most in that time. A kernel far from 100 % waits for something else: memory, exponentials, leftovers of tiles. "
    "The ratio is the median of the quietest rounds; where that of the least times says otherwise, or the default "
    "timed against "
    "itself is far from 1, the machine was busy with something else. Spread is how far the median of the best's rounds "
    "lies above the least: gains smaller than it are doubtful. Warm: weights are in the cache.";

constexpr const char *explainSearch =
    "The best ratio so far, trial by trial, one line for each run. A line that is flat for long says that more time "
    "would find little. The best of many noisy times is flattered by chance, so it was measured again before it "
    "counts: the dashed line is that ratio, and may lie below the curve. Without one, what "
    "seemed better was not so a second time, or was not measured again yet.";

constexpr const char *explainParameters =
    "Schedules differ in many numbers at once. For each parameter, they are put into groups of equal value; the "
    "table says which part of the variance of (logarithms of) times lies between these groups, less what chance "
    "would give: 0 does not matter alone, 100 decides everything; two that "
    "matter only together are named below the table. A strategy that learns tries good values more "
    "often, and changes several at once: shares of few schedules, fewer than some dozens, overlap and say little. The "
    "three ratios are medians of schedules whose value is below, at "
    "and above the default's. In the drawings a line spans all ratios of a value (cut at the lower edge), the box "
    "half of them, the bar is the median, the dot the best; under the values, a grey mark is the default's choice "
    "and a blue one the best schedule's.";

constexpr const char *explainRuns =
    "Of each run, the kernels that it timed: their times with the default's schedules in this run, and with the best "
    "schedules that are known now. Where a run has tuned one model from the beginning, that is the model's gain.";

constexpr const char *explainData =
    "This page holds all its results as JSON, in the element with the id \"results\": for each kernel the names of "
    "its parameters, the conditions of its results, and a row for each result, whose fields are named once at the "
    "top.";

} // namespace swin::tools

#endif // SWIN_TOOLS_TUNE_REPORTTEXT_H
