//===- Machine.h - what this machine can do at most ------------------------===//
// The bounds that a run's speed is reported against, measured: clocks and
// neighbours change from minute to minute.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_RUNNER_MACHINE_H
#define SWIN_TOOLS_RUNNER_MACHINE_H

#include <string>

namespace swin::runner {

inline constexpr int maxThreads = 1024;

/// Floats in the widest vectors of this machine that a fused multiply-add works on: 16, 8, 4, or 0 if there is none.
int vectorLanes();
/// The same of an instruction set of libraries ("x86-64-v3": 8), on any machine; 0 = not known.
int vectorLanes(const std::string &isa);

/// Fused multiply-adds of floats per second that `threads` cores do together with vectors of `lanes` floats, in
/// registers. 0 = this machine has no such vectors. Takes `seconds`.
double fmaPeak(int lanes, int threads, double seconds);

/// Bytes per second that `threads` cores together read of an array larger than the caches. 0 = no memory for it. Takes
/// `seconds` and the time to fill the array.
double memoryBandwidth(int threads, double seconds);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_MACHINE_H
