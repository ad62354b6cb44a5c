/*===- start.c - opens a model and runs it: one line of JSON about both -----===*
 * start [runs]: times of the thread's own work, which other programs do not lengthen
 * much, in milliseconds; memory of the process in bytes.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include <swin_t.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { size = 224 };

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return 1e3 * (double)time.tv_sec + 1e-6 * (double)time.tv_nsec;
}

static long faults(void) {
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_minflt + usage.ru_majflt : -1;
}

static long long memory(const char *field) {
  char line[256];
  long long kilobytes = -1;
  FILE *file = fopen("/proc/self/smaps_rollup", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, field, strlen(field)) == 0)
      kilobytes = atoll(line + strlen(field));
  if (file != NULL)
    fclose(file);
  return 1024 * kilobytes;
}

static double run(swin_t_session *session, const float *image, float *logits) {
  float *outputs[] = {logits};
  double start = now(CLOCK_THREAD_CPUTIME_ID);
  if (swin_t_run(session, image, 1, size, size, outputs) != swin_t_OK)
    exit(1);
  return now(CLOCK_THREAD_CPUTIME_ID) - start;
}

static double lower(double a, double b) { return a < b ? a : b; }

int main(int argc, char **argv) {
  int runs = argc > 1 ? atoi(argv[1]) : 1;
  static float image[3 * size * size], logits[1000];
  swin_t_options options = {.threads = 1};
  swin_t_session *session;
  swin_t_call *calls = calloc((size_t)swin_t_num_calls(), sizeof *calls);
  for (int i = 0; i < 3 * size * size; ++i)
    image[i] = (float)(i % 255) / 128.0f - 1.0f;

  double start = now(CLOCK_MONOTONIC);
  if (calls == NULL || swin_t_open(&session, &options) != swin_t_OK)
    return 1;
  double opened = now(CLOCK_MONOTONIC) - start;
  long before = faults();
  double first = run(session, image, logits), steady = 1e9, profiled = 1e9;
  long after = faults();
  /* In turns, so that both see the same machine. */
  for (int i = 0; i < runs; ++i) {
    swin_t_profile(session, NULL);
    steady = lower(steady, run(session, image, logits));
    swin_t_profile(session, calls);
    profiled = lower(profiled, run(session, image, logits));
  }
  printf("{\"open_ms\": %.4f, \"first_ms\": %.4f, \"first_faults\": %ld, \"steady_ms\": %.4f, \"profiled_ms\": %.4f, "
         "\"workspace\": %zu, \"resident\": %lld, \"anonymous\": %lld, \"info\": %s}\n",
         opened, first, after - before, steady, profiled, swin_t_workspace_size(1, size, size), memory("Rss:"),
         memory("Anonymous:"), swin_t_info());
  swin_t_close(session);
  free(calls);
  return 0;
}
