//===- FmaPeak.cpp - how many multiply-adds per second cores can do --------===//
// Prints one line: GMAC/s in float32 of independent fused multiply-adds in
// registers, and the instruction set it used (the widest this machine has, or
// the one asked for). The bound that speed is reported against.
//   swin-fma-peak [milliseconds] [avx512|avx2] [threads]
//===----------------------------------------------------------------------===//
#include "tools/runner/Machine.h"

#include <cstdio>
#include <cstdlib>
#include <string>

using namespace swin::runner;

int main(int argc, char **argv) {
  double seconds = argc > 1 ? std::atof(argv[1]) * 1e-3 : 0.2;
  std::string wanted = argc > 2 ? argv[2] : "";
  int threads = argc > 3 ? std::atoi(argv[3]) : 1;
  int lanes = wanted == "avx2" ? 8 : wanted == "avx512" ? 16 : wanted.empty() ? vectorLanes() : 0;
  double peak = seconds > 0 && threads >= 1 && threads <= maxThreads ? fmaPeak(lanes, threads, seconds) : 0;
  if (peak == 0) {
    std::fprintf(stderr,
                 "swin-fma-peak: needs a time > 0, an instruction set this machine has (avx2, avx512) and 1 to "
                 "%d threads\n",
                 maxThreads);
    return 1;
  }
  std::printf("%.3f %s\n", peak * 1e-9, lanes == 16 ? "avx512" : "avx2");
  return 0;
}
