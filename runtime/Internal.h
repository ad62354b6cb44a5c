/*===- Internal.h - what the parts of the runtime know of each other --------===*
 * The public functions are those of NAME.h.in, whose text becomes the header of a
 * generated library; the runtime is compiled against the same text. Only they are
 * visible outside a shared library.
 *===----------------------------------------------------------------------===*/
#ifndef SWIN_RUNTIME_INTERNAL_H
#define SWIN_RUNTIME_INTERNAL_H

#pragma GCC visibility push(default)
#include "runtime/NAME.h.in"
#pragma GCC visibility pop
#pragma GCC visibility push(hidden)
#include "runtime/Model.h"
#pragma GCC visibility pop

#include "runtime/Memory.h"
#include "runtime/Threads.h"
#include "runtime/Weights.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct swin_selftest swin_selftest;

/* Where a call's result is after it: rows of `channels` floats, `pitch` floats apart. */
typedef struct {
  int32_t output; /* -1 = in the arena, at `offset` bytes */
  int64_t offset, rows, channels, pitch;
} swin_place;

struct SWINMODEL_session {
  swin_session_head head;
  atomic_bool busy;
  const swin_isa *isa;
  swin_weights weights;
  swin_arena arena;
  swin_pool pool;
  SWINMODEL_call *calls; /* of a profile; NULL = none is made */
  SWINMODEL_take *take;  /* what watches; NULL = nothing */
  void *take_context;
  swin_place *places;      /* of the calls' results; NULL = nothing watches */
  float *const *outputs;   /* of the run that is watched */
  swin_selftest *selftest; /* that is running */
  int64_t first_begin;     /* when the first call of the run began, in nanoseconds */
  char message[320];       /* where head.error is written if the sentence has numbers */
};

/* Of any session; a constant is not aligned like a session that is open. */
static inline const swin_session_head *swin_head(const SWINMODEL_session *session) {
  return (const swin_session_head *)session;
}

/* What the driver calls around each call of a kernel; NULL = nothing. */
typedef void (*swin_mark)(void *user_context, int32_t stamp);

/* The session of a mark: it is called by the first worker, on the thread that called run. */
static inline SWINMODEL_session *swin_session_of(void *user_context) {
  swin_pool *pool = ((swin_worker *)user_context)->pool;
  return (SWINMODEL_session *)((char *)pool - offsetof(SWINMODEL_session, pool));
}

/* Runs the model; sizes passed plan and the arena is large enough for them. serial: on the calling thread only.
 * Returns a status of NAME.h and, if not 0, leaves a sentence in session->head.error. */
int SWINMODEL_rt_execute(SWINMODEL_session *session, const swin_isa *isa, bool serial, const float *input, char *arena,
                         float *const *outputs, int64_t n, int64_t h, int64_t w, swin_mark mark);

/* Makes the session's calls those of a run of that size; notes the time of a stamp in them. */
void SWINMODEL_rt_begin_profile(SWINMODEL_session *session, int64_t n, int64_t h, int64_t w);
void SWINMODEL_rt_note_time(SWINMODEL_session *session, int32_t stamp);

/* Room for a place of each call, to be freed, or NULL; where they are in a run of that size; one's first row. */
swin_place *SWINMODEL_rt_new_places(void);
void SWINMODEL_rt_find_places(swin_place *places, int64_t n, int64_t h, int64_t w);
const float *SWINMODEL_rt_result(const swin_place *place, const char *arena, float *const *outputs);

/* Shows a call's result to what watches the session. */
void SWINMODEL_rt_show(SWINMODEL_session *session, int32_t call);

/* Takes the session for one call: 0, or why it cannot be had. */
int SWINMODEL_rt_enter(SWINMODEL_session *session);
void SWINMODEL_rt_leave(SWINMODEL_session *session);

#endif /* SWIN_RUNTIME_INTERNAL_H */
