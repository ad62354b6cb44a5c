/*===- Profile.c - what each call of a kernel computes, and its time --------===*
 * See NAME.h.in.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "runtime/Internal.h"

#include <time.h>

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void take_work(void *context, int32_t call, int64_t macs, int64_t bytes) {
  SWINMODEL_call *calls = context;
  const swin_call *model = &SWINMODEL_model.calls[call];
  calls[call] = (SWINMODEL_call){model->kernel, model->kind, model->layer, macs, bytes, 0, 0};
}

void SWINMODEL_rt_note_time(SWINMODEL_session *session, int32_t stamp) {
  SWINMODEL_call *call = &session->calls[stamp / 2];
  int64_t time = now();
  if (stamp == 0)
    session->first_begin = time;
  double passed = 1e-9 * (double)(time - session->first_begin);
  if (stamp % 2 == 0)
    call->begin = passed;
  else
    call->seconds = passed - call->begin;
}

void SWINMODEL_rt_begin_profile(SWINMODEL_session *session, int64_t n, int64_t h, int64_t w) {
  SWINMODEL_model.work(n, h, w, take_work, session->calls);
}

int SWINMODEL_num_calls(void) { return SWINMODEL_model.num_calls; }

int SWINMODEL_work(int n, int h, int w, SWINMODEL_call calls[]) {
  int64_t bytes = 0;
  const char *why;
  if (calls == NULL)
    return SWINMODEL_E_CALLS;
  if (SWINMODEL_model.plan(n, h, w, &bytes, &why) != 0)
    return SWINMODEL_E_SIZE;
  SWINMODEL_model.work(n, h, w, take_work, calls);
  return 0;
}

int SWINMODEL_profile(SWINMODEL_session *session, SWINMODEL_call calls[]) {
  int status = SWINMODEL_rt_enter(session);
  if (status != 0)
    return status;
  session->calls = calls;
  SWINMODEL_rt_leave(session);
  return 0;
}
