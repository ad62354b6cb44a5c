/* use.c - opens the model, runs it once and prints the bits of the result and its first value. */
#include "runs.h"

int answer(void);

int answer(void) {
  draw_pictures();
  results room = room_for_all();
  net_session *session;
  if (net_open(&session, &(net_options){.threads = 2}) != net_OK)
    return fail(net_error(session));
  unsigned long long bits = bits_of_run(session, size_of(0), &room);
  printf("%llx %.4f\n", bits, (double)room.outputs[0][0]);
  net_close(session);
  free_room(&room);
  return 0;
}

#ifndef ANSWER_ONLY
int main(void) { return answer(); }
#endif
