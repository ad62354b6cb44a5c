/*===- quiet.c - what a run asks of the system: to wait and to wake ----------===*
 * quiet THREADS [noisy]: counts allocations by taking malloc's place; then the system
 * ends the process, all its threads included, at any call but futex and what ending
 * takes. noisy: the runs make one, by a parallel_for that does.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "runs.h"
#include "tests/runtime/Watched.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

/* How many threads there are besides this one, and how many of them are asleep. */
static void count_others(int *all, int *asleep) {
  DIR *folder = opendir("/proc/self/task");
  *all = *asleep = 0;
  for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
    char path[300], text[512];
    if (entry->d_name[0] == '.' || atoi(entry->d_name) == getpid())
      continue;
    snprintf(path, sizeof path, "/proc/self/task/%s/stat", entry->d_name);
    FILE *file = fopen(path, "r");
    *all += file != NULL;
    if (file != NULL && fgets(text, sizeof text, file) != NULL)
      *asleep += strstr(text, ") S ") != NULL;
    if (file != NULL)
      fclose(file);
  }
  if (folder != NULL)
    closedir(folder);
}

static void noisy_parallel_for(void *ctx, int n, void (*body)(void *, int), void *arg) {
  (void)ctx;
  for (int i = 0; i < n; ++i)
    body(arg, i);
  syscall(SYS_getpid);
}

int main(int argc, char **argv) {
  enum { runs = 100 };
  net_options options = {.threads = argc > 1 ? atoi(argv[1]) : 1};
  uint64_t expected[sizes];
  int others = 0, asleep = 0;
  if (argc > 2)
    options.parallel_for = noisy_parallel_for;
  draw_pictures();
  results room = room_for_all();
  net_session *session;
  allocations = 0;
  if (open_net(&session, options) != net_OK)
    return fail(net_error(session));
  if (allocations == 0)
    return fail("open allocated nothing: malloc is not counted");
  allocations = 0;
  for (int i = 0; i < runs; ++i) {
    uint64_t bits = bits_of_run(session, size_of(i % sizes), &room);
    if (bits == 0 || (i >= sizes && bits != expected[i % sizes]))
      return fail("wrong result");
    expected[i % sizes] = bits;
  }
  if (allocations != 0)
    return fail("a run allocates");
  /* A thread that has not begun yet has calls to make before it waits for the first time. */
  for (int i = 0; i < 20000 && asleep < options.threads - 1; ++i) {
    usleep(1000);
    count_others(&others, &asleep);
  }
  if (others != (options.parallel_for == NULL ? options.threads - 1 : 0))
    return fail("the session has not as many threads as it should");
  if (forbid_system_calls() != 0)
    return fail("seccomp cannot be used here");
  for (int i = 0; i < runs; ++i)
    if (bits_of_run(session, size_of(i % sizes), &room) != expected[i % sizes])
      return 1;
  static const char good[] = "no allocation, no system call but futex\n";
  return write(1, good, sizeof good - 1) == (ssize_t)(sizeof good - 1) ? 0 : 1;
}
