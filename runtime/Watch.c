/*===- Watch.c - what each call of a kernel has made -------------------------===*
 * See NAME.h.in. A result is shown when the driver says that its call is done, before
 * its memory is used again.
 *===----------------------------------------------------------------------===*/
#include "runtime/Internal.h"

#include <stdlib.h>

static void take_place(void *context, int32_t call, int32_t output, int64_t offset, int64_t rows, int64_t channels,
                       int64_t pitch) {
  ((swin_place *)context)[call] = (swin_place){output, offset, rows, channels, pitch};
}

swin_place *SWINMODEL_rt_new_places(void) { return malloc((size_t)SWINMODEL_model.num_calls * sizeof(swin_place)); }

void SWINMODEL_rt_find_places(swin_place *places, int64_t n, int64_t h, int64_t w) {
  SWINMODEL_model.results(n, h, w, take_place, places);
}

const float *SWINMODEL_rt_result(const swin_place *place, const char *arena, float *const *outputs) {
  return place->output >= 0 ? outputs[place->output] : (const float *)(arena + place->offset);
}

void SWINMODEL_rt_show(SWINMODEL_session *session, int32_t call) {
  const swin_place *place = &session->places[call];
  session->take(session->take_context, call, place->rows, place->channels, place->pitch,
                SWINMODEL_rt_result(place, session->arena.start, session->outputs));
}

int SWINMODEL_watch(SWINMODEL_session *session, SWINMODEL_take *take, void *context) {
  int status = SWINMODEL_rt_enter(session);
  if (status != 0)
    return status;
  swin_place *places = take != NULL ? SWINMODEL_rt_new_places() : NULL;
  if (take != NULL && places == NULL) {
    session->head.error = "there is no memory to watch the session's runs";
    status = SWINMODEL_E_MEMORY;
  } else {
    free(session->places);
    session->places = places;
    session->take = take;
    session->take_context = context;
  }
  SWINMODEL_rt_leave(session);
  return status;
}
