//===- QuietRun.c - what run asks of the system: nothing -------------------===//
// Counts allocations by taking malloc's place, then lets the system kill the process
// on any call but waiting and waking (and what ending takes), and runs again.
//===----------------------------------------------------------------------===//
#define _GNU_SOURCE
#include "runtime/NAME.h.in"
#include "tests/runtime/StubModel.h"
#include "tests/runtime/Watched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { max_h = 64, max_w = 40, threads = 4 };
static float input[stub_channels * max_h * max_w], sums[3], map[max_h * max_w], expected_sums[3],
    expected_map[max_h * max_w];

static int run(SWINMODEL_session *session, int h, int w) {
  float *outputs[] = {sums, map};
  memset(map, -1, sizeof map);
  if (SWINMODEL_run(session, input, 1, h, w, outputs) != SWINMODEL_OK)
    return 1;
  stub_expected(input, 1, h, w, expected_sums, expected_map);
  return memcmp(sums, expected_sums, sizeof sums) != 0 ||
         memcmp(map, expected_map, sizeof(float) * (size_t)(h * w)) != 0;
}

static void pause_briefly(void) { usleep(100); }

static int complain(const char *text) {
  fprintf(stderr, "%s\n", text);
  return 1;
}

int main(void) {
  SWINMODEL_options options = {0};
  SWINMODEL_session *session;
  for (size_t i = 0; i < sizeof input / sizeof *input; ++i)
    input[i] = (float)(i % 17) - 8.0f;
  options.threads = threads;
  if (SWINMODEL_open(&session, &options) != SWINMODEL_OK)
    return complain(SWINMODEL_error(session));
  if (allocations == 0)
    return complain("open allocated nothing: malloc is not counted");
  allocations = 0;
  for (int i = 0; i < 200; ++i)
    if (run(session, 2 + i % (max_h - 1), 2 + i % (max_w - 1)) != 0)
      return complain("wrong result");
  if (run(session, 1, 1) == 0 || SWINMODEL_run(session, NULL, 1, 4, 4, NULL) == 0)
    return complain("wrong size accepted");
  if (allocations != 0) {
    fprintf(stderr, "%d allocations in 200 runs\n", allocations);
    return 1;
  }
  /* A thread that has not begun yet still has calls to make. */
  stub.in_kernel = pause_briefly;
  for (int i = 0; i < 1000 && stub_threads_seen() < threads; ++i) {
    stub_reset_threads_seen();
    if (run(session, max_h, max_w) != 0)
      return complain("wrong result");
  }
  stub.in_kernel = NULL;
  if (stub_threads_seen() < threads)
    return complain("not all threads work");
  if (forbid_system_calls() != 0)
    return complain("seccomp cannot be used here");
  for (int i = 0; i < 200; ++i)
    if (run(session, 2 + i % (max_h - 1), 2 + i % (max_w - 1)) != 0)
      return 1;
  static const char good[] = "200 runs: no allocation; 200 runs: no system call but futex\n";
  return write(1, good, sizeof good - 1) == (ssize_t)(sizeof good - 1) ? 0 : 1;
}
