//===- Summary.cpp - what tuning says of itself ----------------------------===//
#include "tools/tune/Summary.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

namespace swin::tools {
namespace {

/// 372 -> "6:12".
std::string clockText(double seconds) {
  auto whole = static_cast<long long>(std::ceil(seconds));
  char text[64];
  if (whole >= 3600)
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  return text;
}

std::string padded(const std::string &text, size_t width) {
  return text + std::string(width - std::min(width, text.size()), ' ');
}

std::string threadsText(const std::vector<int> &threads) {
  std::vector<std::string> words;
  for (int count : threads)
    words.push_back(std::to_string(count));
  return (threads.size() == 1 && threads[0] == 1 ? "thread " : "threads ") + llvm::join(words, " + ");
}

} // namespace

std::string progressLine(const tuning::SearchProgress &now) {
  std::string tried = std::to_string(now.tried) + (now.legal > 0 ? " of " + std::to_string(now.legal) : "") + " tried";
  std::string left = now.secondsLeft > 0 ? ", " + clockText(now.secondsLeft) + " left" : "";
  return llvm::formatv("{0} ({1} of {2}): {3}, best {4:f3} x{5}", now.kernel, now.kernelNumber, now.kernelCount, tried,
                       now.best, left);
}

std::string foundLine(const tuning::Found &found) {
  return llvm::formatv("{0} {1}: {2:f3} ms, {3:f3} x; {4} tried", found.kernel, found.isa, found.standardMilliseconds,
                       found.ratio, found.tried);
}

std::string summaryText(const std::vector<tuning::Found> &found, const std::vector<int> &threads) {
  size_t widest = 6;
  for (const tuning::Found &one : found)
    widest = std::max(widest, one.kernel.size());
  std::string text = llvm::formatv("{0}  {1}  default ms   best ms     gain  tried  known\n", padded("kernel", widest),
                                   padded("target", 9));
  struct Sum {
    double standard = 0, best = 0;
    int tuned = 0, all = 0;
  };
  std::map<std::string, Sum> sums;
  for (const tuning::Found &one : found) {
    double best = one.standardMilliseconds / one.ratio;
    text += llvm::formatv("{0}  {1}  {2,10:f3}  {3,8:f3}  {4,6:f3} x  {5,5}  {6,5}\n", padded(one.kernel, widest),
                          padded(one.isa, 9), one.standardMilliseconds, best, one.ratio, one.tried, one.known);
    Sum &sum = sums[one.isa];
    sum.standard += one.standardMilliseconds;
    sum.best += best;
    sum.tuned += one.ratio > 1;
    ++sum.all;
  }
  for (const auto &[isa, sum] : sums)
    if (sum.best > 0)
      text +=
          llvm::formatv("{0}, {1}: {2} of {3} kernels have a better schedule; all of them {4:f3} ms -> {5:f3} ms, "
                        "{6:f3} x\n",
                        isa, threadsText(threads), sum.tuned, sum.all, sum.standard, sum.best, sum.standard / sum.best);
  return text;
}

std::string wholeModelLine(const WholeModelTimes &times) {
  return llvm::formatv(
      "whole model, {0}, {1}: {2:f3} ms by default, {3:f3} ms tuned, {4:f3} x +- {5:f3} ({6} rounds)\n", times.isa,
      threadsText({times.threads}), times.times.standard, times.times.tuned, times.times.ratio, times.times.uncertainty,
      times.times.rounds);
}

std::string listText(const std::vector<tuning::Problem> &problems) {
  std::string text;
  for (const tuning::Problem &problem : problems) {
    llvm::json::Object line{{"kernel", problem.graph.name},
                            {"signature", problem.signature.hash},
                            {"sizes", problem.sizes()},
                            {"macs", problem.macs()}};
    text += llvm::formatv("{0}\n", llvm::json::Value(std::move(line)));
  }
  return text;
}

} // namespace swin::tools
