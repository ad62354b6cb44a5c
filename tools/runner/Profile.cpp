//===- Profile.cpp - --profile: where the time of a run goes ---------------===//
#include "tools/runner/Profile.h"

#include "tools/runner/Machine.h"
#include "tools/runner/Report.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

namespace swin::runner {
namespace {

using Json = nlohmann::ordered_json;

double least(const std::vector<double> &values) { return *std::min_element(values.begin(), values.end()); }

/// Calls with the same key together, in the order of the first of each.
std::vector<CallTimes> sumsBy(const std::vector<CallTimes> &calls,
                              const std::function<CallTimes(const CallTimes &)> &key) {
  std::vector<CallTimes> sums;
  for (const CallTimes &call : calls) {
    CallTimes wanted = key(call);
    auto sum = std::find_if(sums.begin(), sums.end(), [&](const CallTimes &one) {
      return one.kernel == wanted.kernel && one.kind == wanted.kind;
    });
    if (sum == sums.end()) {
      wanted.calls = 0;
      wanted.milliseconds.resize(call.milliseconds.size());
      sum = sums.insert(sums.end(), std::move(wanted));
    }
    sum->calls += call.calls;
    sum->macs += call.macs;
    sum->bytes += call.bytes;
    sum->least += call.least;
    std::transform(call.milliseconds.begin(), call.milliseconds.end(), sum->milliseconds.begin(),
                   sum->milliseconds.begin(), std::plus<>());
  }
  return sums;
}

std::vector<CallTimes> sumsByKernel(const std::vector<CallTimes> &calls) {
  return sumsBy(calls, [](const CallTimes &call) { return CallTimes{call.kernel, call.kind, "", 0, 0, 0, {}, 0}; });
}
std::vector<CallTimes> sumsByKind(const std::vector<CallTimes> &calls) {
  return sumsBy(calls, [](const CallTimes &call) { return CallTimes{"", call.kind, "", 0, 0, 0, {}, 0}; });
}

/// What the repetitions took without their calls.
std::vector<double> outside(const InputTimes &input) {
  std::vector<double> rest = input.milliseconds;
  for (const CallTimes &call : input.calls)
    std::transform(rest.begin(), rest.end(), call.milliseconds.begin(), rest.begin(), std::minus<>());
  return rest;
}

/// What all shares are parts of.
double sumOfLeast(const InputTimes &input) {
  double sum = least(outside(input));
  for (const CallTimes &call : input.calls)
    sum += call.least;
  return sum;
}

/// Milliseconds that the limits allow; 0 = not known.
double peakTime(const CallTimes &call, const Limits &limits) {
  return limits.macs > 0 ? 1e3 * static_cast<double>(call.macs) / limits.macs : 0;
}
double boundTime(const CallTimes &call, const Limits &limits) {
  if (limits.macs == 0 || limits.bytes == 0)
    return 0;
  return std::max(peakTime(call, limits), 1e3 * static_cast<double>(call.bytes) / limits.bytes);
}

int64_t macsOf(const InputTimes &input) {
  int64_t macs = 0;
  for (const CallTimes &call : input.calls)
    macs += call.macs;
  return macs;
}

Json ratio(double part, double whole, bool known) { return known && whole > 0 ? Json(part / whole) : Json(nullptr); }

Json listOf(const std::vector<CallTimes> &calls, const Limits &limits, double whole) {
  Json list = Json::array();
  for (const CallTimes &call : calls) {
    Json one = Json::object();
    if (!call.kernel.empty())
      one["kernel"] = call.kernel;
    one["kind"] = call.kind;
    if (!call.layer.empty())
      one["layer"] = call.layer;
    one["calls"] = call.calls;
    one["ms_min"] = call.least;
    one["ms_median"] = median(call.milliseconds);
    one["share"] = ratio(call.least, whole, true);
    one["macs"] = call.macs;
    one["bytes"] = call.bytes;
    one["of_peak"] = ratio(peakTime(call, limits), call.least, limits.macs > 0);
    one["of_bound"] = ratio(boundTime(call, limits), call.least, limits.macs > 0 && limits.bytes > 0);
    list.push_back(std::move(one));
  }
  return list;
}

__attribute__((format(printf, 1, 2))) std::string format(const char *text, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, text);
  std::vsnprintf(line, sizeof line, text, arguments);
  va_end(arguments);
  return line;
}

/// "0.873", or a dash where a limit is not known or nothing is computed.
std::string fraction(double part, double whole) { return part > 0 && whole > 0 ? format("%.3f", part / whole) : "-"; }

/// Lines of a table; names get the room that the longest needs.
std::string rows(const std::vector<CallTimes> &calls, const std::vector<std::string> &names, size_t room,
                 const Limits &limits, double whole) {
  std::string text;
  for (size_t i = 0; i < calls.size(); ++i) {
    const CallTimes &call = calls[i];
    text += "  " + names[i] + std::string(room - names[i].size(), ' ');
    text += format(" %9.3f %9.3f %6.2f %% %8.3f %8.2f %8s %8s\n", call.least, median(call.milliseconds),
                   whole > 0 ? 100 * call.least / whole : 0, 1e-9 * static_cast<double>(call.macs),
                   1e-6 * static_cast<double>(call.bytes), fraction(peakTime(call, limits), call.least).c_str(),
                   fraction(boundTime(call, limits), call.least).c_str());
  }
  return text;
}

} // namespace

Limits measureLimits(const std::string &isa, int threads) {
  constexpr double seconds = 0.1;
  // Threads that share a core do no more than one.
  int cores = std::clamp(threads, 1, std::max(static_cast<int>(std::thread::hardware_concurrency()), 1));
  return {fmaPeak(vectorLanes(isa), cores, seconds), memoryBandwidth(cores, seconds)};
}

Limits higherOf(const Limits &a, const Limits &b) { return {std::max(a.macs, b.macs), std::max(a.bytes, b.bytes)}; }

void Profiler::begin(const Api &api, SWINMODEL_session *session) {
  calls.resize(static_cast<size_t>(api.numCalls()));
  api.profile(session, calls.data());
}

void Profiler::add() {
  if (sums.empty()) {
    sums = calls;
    return;
  }
  for (size_t i = 0; i < calls.size(); ++i) {
    sums[i].macs += calls[i].macs;
    sums[i].bytes += calls[i].bytes;
    sums[i].seconds += calls[i].seconds;
  }
}

void Profiler::end(InputTimes *input) {
  for (size_t i = 0; input && i < sums.size(); ++i) {
    const SWINMODEL_call &sum = sums[i];
    if (input->calls.size() == i)
      input->calls.push_back({sum.kernel, sum.kind, sum.layer, 1, sum.macs, sum.bytes, {}, HUGE_VAL});
    CallTimes &call = input->calls[i];
    call.milliseconds.push_back(1e3 * sum.seconds);
    call.least = std::min(call.least, call.milliseconds.back());
  }
  sums.clear();
}

std::string profileText(const Profile &profile, const std::vector<InputTimes> &inputs) {
  const Limits &limits = profile.limits;
  Json json = {{"model", profile.model},
               {"isa", profile.isa},
               {"threads", profile.threads},
               {"peak_gmacs", ratio(limits.macs, 1e9, limits.macs > 0)},
               {"bandwidth_gb", ratio(limits.bytes, 1e9, limits.bytes > 0)},
               {"inputs", Json::array()}};
  for (const InputTimes &input : inputs) {
    double whole = sumOfLeast(input);
    std::vector<double> rest = outside(input);
    json["inputs"].push_back(
        {{"input", input.path},
         {"n", input.n},
         {"h", input.h},
         {"w", input.w},
         {"ms", input.milliseconds},
         {"ms_min", least(input.milliseconds)},
         {"ms_median", median(input.milliseconds)},
         {"macs", macsOf(input)},
         {"calls", listOf(input.calls, limits, whole)},
         {"kernels", listOf(sumsByKernel(input.calls), limits, whole)},
         {"kinds", listOf(sumsByKind(input.calls), limits, whole)},
         {"outside",
          {{"ms_min", least(rest)}, {"ms_median", median(rest)}, {"share", ratio(least(rest), whole, true)}}}});
  }
  return jsonText(json, 2) + "\n";
}

std::string profileTable(const Profile &profile, const InputTimes &input) {
  const Limits &limits = profile.limits;
  std::vector<CallTimes> kernels = sumsByKernel(input.calls), kinds = sumsByKind(input.calls);
  std::vector<std::string> callNames, kernelNames, kindNames;
  for (const CallTimes &call : input.calls)
    callNames.push_back(call.kernel + "  " + call.layer);
  for (const CallTimes &kernel : kernels)
    kernelNames.push_back(std::to_string(kernel.calls) + " x " + kernel.kernel);
  for (const CallTimes &kind : kinds)
    kindNames.push_back("all of kind " + kind.kind);
  const std::string rest = "outside of kernels", all = "run";
  size_t room = rest.size();
  for (const auto *names : {&callNames, &kernelNames, &kindNames})
    for (const std::string &name : *names)
      room = std::max(room, name.size());

  double whole = sumOfLeast(input);
  CallTimes run = {"", "", "", 0, macsOf(input), 0, input.milliseconds, least(input.milliseconds)};
  for (const CallTimes &call : input.calls)
    run.bytes += call.bytes;
  std::string text = input.path + ": " + std::to_string(input.n) + " x " + std::to_string(input.h) + " x " +
                     std::to_string(input.w) + " (batch, height, width), " + profile.isa + ", " +
                     std::to_string(profile.threads) + (profile.threads == 1 ? " thread" : " threads");
  if (limits.macs > 0)
    text += format(", peak %.1f GMAC/s", 1e-9 * limits.macs);
  if (limits.bytes > 0)
    text += format(", memory %.1f GB/s", 1e-9 * limits.bytes);
  text += "\n  " + std::string("call") + std::string(room - 4, ' ') +
          format(" %9s %9s %8s %8s %8s %8s %8s\n", "least ms", "median", "share", "GMAC", "MB", "of peak", "of bound");
  text += rows(input.calls, callNames, room, limits, whole) + "\n";
  text += rows(kernels, kernelNames, room, limits, whole) + "\n";
  text += rows(kinds, kindNames, room, limits, whole);
  std::vector<double> remaining = outside(input);
  text += "  " + rest + std::string(room - rest.size(), ' ') +
          format(" %9.3f %9.3f %6.2f %%\n", least(remaining), median(remaining),
                 whole > 0 ? 100 * least(remaining) / whole : 0);
  return text + rows({run}, {all}, room, limits, least(input.milliseconds));
}

} // namespace swin::runner
