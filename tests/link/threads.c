/*===- threads.c - whose threads work, and how many --------------------------===*
 * One line of JSON: threads of the process before a session is opened, while it runs
 * and after it is closed, and what the session says of itself.
 *   threads own N | callers N | default
 *   threads idle N: also processor time of half a second after a run, in milliseconds
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "runs.h"

#include <time.h>

static int most;

static int threads_now(void) {
  char line[256];
  int count = 0;
  FILE *file = fopen("/proc/self/status", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, "Threads:", 8) == 0)
      count = atoi(line + 8);
  if (file != NULL)
    fclose(file);
  return count;
}

static void callers(void *ctx, int n, void (*body)(void *, int), void *arg) {
  ++*(int *)ctx;
  for (int i = n - 1; i >= 0; --i)
    body(arg, i);
  int now = threads_now();
  most = now > most ? now : most;
}

/* The system counts a thread a little longer than it is there to be waited for. */
static int threads_after(int before) {
  for (int i = 0; i < 1000 && threads_now() > before; ++i)
    nanosleep(&(struct timespec){0, 1000000}, NULL);
  return threads_now();
}

static double cpu_ms(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return 1e3 * (double)time.tv_sec + 1e-6 * (double)time.tv_nsec;
}

int main(int argc, char **argv) {
  const char *how = argc > 1 ? argv[1] : "default";
  int loops = 0, before = threads_now();
  net_options options = {.threads = argc > 2 ? atoi(argv[2]) : 0};
  if (strcmp(how, "callers") == 0) {
    options.parallel_for = callers;
    options.parallel_ctx = &loops;
  }
  draw_pictures();
  results room = room_for_all();
  net_session *session;
  if (net_open(&session, &options) != net_OK)
    return fail(net_error(session));
  most = threads_now();
  uint64_t bits = bits_of_run(session, (image_size){2, 40, 40}, &room);
  double idle = 0;
  if (strcmp(how, "idle") == 0) {
    double begin = cpu_ms();
    nanosleep(&(struct timespec){0, 500000000}, NULL);
    idle = cpu_ms() - begin;
  }
  int says = net_threads(session);
  net_close(session);
  free_room(&room);
  printf("{\"before\": %d, \"most\": %d, \"after\": %d, \"says\": %d, \"loops\": %d, \"idle_ms\": %.3f, \"bits\": "
         "\"%llx\"}\n",
         before, most, threads_after(before), says, loops, idle, (unsigned long long)bits);
  return bits == 0;
}
