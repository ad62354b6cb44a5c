/*===- misuse.c - what a sanitizer has to see within the library ------------===*
 * misuse race: two sessions, each in a thread of its own, write to one output;
 * misuse overflow: an output is one float too short.
 *===----------------------------------------------------------------------===*/
#include "runs.h"

#include <pthread.h>

static const image_size size = {1, 16, 16};
static results room;

static void *run_once(void *unused) {
  (void)unused;
  net_session *session;
  if (net_open(&session, &(net_options){.threads = 1}) == net_OK)
    net_run(session, pictures, size.n, size.h, size.w, room.outputs);
  net_close(session);
  return NULL;
}

int main(int argc, char **argv) {
  pthread_t other;
  draw_pictures();
  room = room_for_all();
  if (argc > 1 && strcmp(argv[1], "race") == 0) {
    if (pthread_create(&other, NULL, run_once, NULL) != 0)
      return 3;
    run_once(NULL);
    pthread_join(other, NULL);
  } else {
    free(room.outputs[0]);
    room.outputs[0] = malloc((floats_of(0, size) - 1) * sizeof(float));
    run_once(NULL);
  }
  free_room(&room);
  return 0;
}
