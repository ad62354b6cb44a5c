//===- Profile.h - --profile: where the time of a run goes -----------------===//
// Times of each call of a kernel over repetitions, what it computes and moves,
// and what the machine could do at most.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_RUNNER_PROFILE_H
#define SWIN_TOOLS_RUNNER_PROFILE_H

#include "tools/runner/Runner.h"

#include <cstdint>
#include <string>
#include <vector>

namespace swin::runner {

/// What all threads of a session could do together, per second; 0 = not known.
struct Limits {
  double macs = 0, bytes = 0;
};

/// The limits of this machine for an instruction set. Takes a third of a second.
Limits measureLimits(const std::string &isa, int threads);
/// Of two measurements the higher one: what else runs on a machine only ever makes it slower.
Limits higherOf(const Limits &a, const Limits &b);

/// A call of a kernel, or several together; milliseconds of each repetition.
struct CallTimes {
  std::string kernel, kind, layer;
  int calls = 1;
  int64_t macs = 0, bytes = 0; ///< of one repetition
  std::vector<double> milliseconds;
  /// The sum of what each call took at least: a neighbour seldom lets all calls of one repetition alone.
  double least = 0;
};

/// Repetitions on one input. In tiles, one repetition is many runs.
struct InputTimes {
  std::string path;
  int n = 0, h = 0, w = 0;
  std::vector<double> milliseconds; ///< of each repetition
  std::vector<CallTimes> calls;     ///< in the order of a run; empty without --profile
};

/// Collects the calls of a session's runs.
class Profiler {
public:
  /// Prepares for a session, whose runs are noted from now on.
  void begin(const Api &api, SWINMODEL_session *session);
  /// After each run that is part of a repetition.
  void add();
  /// The repetition is over: its calls are appended to `input`, or forgotten if that is null.
  void end(InputTimes *input);

private:
  std::vector<SWINMODEL_call> calls; ///< where the library writes
  std::vector<SWINMODEL_call> sums;  ///< of the repetition's runs so far
};

struct Profile {
  std::string model, isa;
  int threads = 0;
  Limits limits;
};

/// The file of --profile:
///   {"model", "isa", "threads", "peak_gmacs", "bandwidth_gb", "inputs": [{"input", "n", "h", "w", "ms", "ms_min",
///    "ms_median", "macs", "calls": [..], "kernels": [..], "kinds": [..], "outside": {"ms_min", "ms_median",
///    "share"}}]}
/// Each of the three lists has {"kernel"?, "kind", "layer"?, "calls", "ms_min", "ms_median", "share", "macs", "bytes",
/// "of_peak", "of_bound"}. "outside" is a repetition's time without that of its calls. "ms_min" of several
/// calls is the sum of that of each. "share", "of_peak" and "of_bound" are about these: a part of the sum of all; macs
/// / peak and max(macs / peak, bytes / bandwidth) as parts of them, null where a limit is not known.
std::string profileText(const Profile &profile, const std::vector<InputTimes> &inputs);

/// The same for people, one input.
std::string profileTable(const Profile &profile, const InputTimes &input);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_PROFILE_H
