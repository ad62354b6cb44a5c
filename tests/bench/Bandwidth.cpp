//===- Bandwidth.cpp - how many bytes per second come from memory ----------===//
// Prints one line: GB/s that so many threads read of an array larger than the caches.
//   swin-bandwidth [milliseconds] [threads]
//===----------------------------------------------------------------------===//
#include "tools/runner/Machine.h"

#include <cstdio>
#include <cstdlib>

using namespace swin::runner;

int main(int argc, char **argv) {
  double seconds = argc > 1 ? std::atof(argv[1]) * 1e-3 : 0.2;
  int threads = argc > 2 ? std::atoi(argv[2]) : 1;
  double rate = seconds > 0 && threads >= 1 && threads <= maxThreads ? memoryBandwidth(threads, seconds) : 0;
  if (rate == 0) {
    std::fprintf(stderr, "swin-bandwidth: needs a time > 0, 1 to %d threads and memory for the array\n", maxThreads);
    return 1;
  }
  std::printf("%.3f\n", rate * 1e-9);
  return 0;
}
