/* use.c - opens the model, runs it once and prints the bits of the result. */
#include "runs.h"

int answer(void);

int answer(void) {
  draw_pictures();
  results room = room_for_all();
  net_session *session;
  if (net_open(&session, &(net_options){.threads = 2}) != net_OK)
    return fail(net_error(session));
  printf("%llx\n", (unsigned long long)bits_of_run(session, size_of(0), &room));
  net_close(session);
  free_room(&room);
  return 0;
}

#ifndef ANSWER_ONLY
int main(void) { return answer(); }
#endif
