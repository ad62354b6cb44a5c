/*===- sessions.c - eight sessions in eight threads: the bits of one alone --===*
 * sessions [sizes [rounds]]: one to four threads each, own or the caller's, with
 * memory of their own or the caller's, at sizes that change from run to run.
 *===----------------------------------------------------------------------===*/
#include "runs.h"
#include "tests/runtime/CallersThreads.h"

enum { users = 8 };

static uint64_t alone[sizes];
static int used = sizes, rounds = 3;

typedef struct {
  int index, wrong;
} user;

static void *use(void *argument) {
  user *self = argument;
  results room = room_for_all();
  net_session *session;
  net_options options = {.threads = 1 + self->index % 4};
  if (self->index >= 4) {
    options.workspace_bytes = net_workspace_size(most_images, most_pixels, most_pixels);
    options.workspace_bytes = (options.workspace_bytes + 63) / 64 * 64;
    options.workspace = aligned_alloc(64, options.workspace_bytes);
  }
  if (self->index % 3 == 1)
    options.parallel_for = callers_threads;
  if (open_net(&session, options) != net_OK) {
    self->wrong = fail(net_error(session));
    return NULL;
  }
  for (int i = 0; i < rounds * used; ++i) {
    int number = (i * 5 + self->index) % used;
    self->wrong += bits_of_run(session, size_of(number), &room) != alone[number];
  }
  net_close(session);
  free(options.workspace);
  free_room(&room);
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t threads[users];
  user all[users];
  int wrong = 0;
  used = argc > 1 ? atoi(argv[1]) : used;
  rounds = argc > 2 ? atoi(argv[2]) : rounds;
  draw_pictures();
  net_session *session;
  results room = room_for_all();
  if (open_net(&session, (net_options){.threads = 1}) != net_OK)
    return fail(net_error(session));
  for (int i = 0; i < used; ++i) {
    alone[i] = bits_of_run(session, size_of(i), &room);
    for (int k = 0; k <= i; ++k)
      if (alone[i] == 0 || (k < i && alone[k] == alone[i]))
        return fail("a run failed, or two sizes gave the same");
  }
  net_close(session);
  free_room(&room);
  for (int i = 0; i < users; ++i) {
    all[i] = (user){i, 0};
    if (pthread_create(&threads[i], NULL, use, &all[i]) != 0)
      return fail("no thread");
  }
  for (int i = 0; i < users; ++i) {
    pthread_join(threads[i], NULL);
    wrong += all[i].wrong;
  }
  printf("%d runs in %d sessions: %d wrong\n", users * rounds * used, users, wrong);
  return wrong == 0 ? 0 : 1;
}
