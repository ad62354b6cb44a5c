//===- Races.c - what the thread sanitizer looks at ------------------------===//
// 8 sessions in 8 threads with 1 to 4 threads each, own and the caller's; opened and
// closed again and again.
//===----------------------------------------------------------------------===//
#include "runtime/NAME.h.in"
#include "tests/runtime/CallersThreads.h"
#include "tests/runtime/StubModel.h"

#include <stdio.h>
#include <string.h>

enum { max_h = 24, max_w = 16, users = 8 };

typedef struct {
  int index;
  int wrong;
} user;

static void *use(void *argument) {
  user *self = argument;
  float input[stub_channels * max_h * max_w], sums[3], map[max_h * max_w], expected_sums[3], expected[max_h * max_w];
  int count = 0;
  for (int i = 0; i < stub_channels * max_h * max_w; ++i)
    input[i] = (float)((i * 7 + self->index) % 23) - 11.0f;
  for (int round = 0; round < 12; ++round) {
    SWINMODEL_session *session;
    SWINMODEL_options options = {.threads = 1 + (self->index + round) % 4};
    if (round % 3 == 2) {
      options.parallel_for = callers_threads;
      options.parallel_ctx = &count;
    }
    if (SWINMODEL_open(&session, &options) != SWINMODEL_OK) {
      ++self->wrong;
      continue;
    }
    for (int i = 0; i < 12; ++i) {
      int h = 2 + (i * 5 + round) % (max_h - 1), w = 2 + (i * 3 + self->index) % (max_w - 1);
      float *outputs[] = {sums, map};
      stub_expected(input, 1, h, w, expected_sums, expected);
      if (SWINMODEL_run(session, input, 1, h, w, outputs) != SWINMODEL_OK ||
          memcmp(sums, expected_sums, sizeof sums) != 0 || memcmp(map, expected, sizeof(float) * (size_t)(h * w)) != 0)
        ++self->wrong;
    }
    SWINMODEL_close(session);
  }
  return NULL;
}

int main(void) {
  pthread_t threads[users];
  user all[users];
  int wrong = 0;
  for (int i = 0; i < users; ++i) {
    all[i] = (user){i, 0};
    if (pthread_create(&threads[i], NULL, use, &all[i]) != 0)
      return 1;
  }
  for (int i = 0; i < users; ++i) {
    pthread_join(threads[i], NULL);
    wrong += all[i].wrong;
  }
  printf("%d wrong results\n", wrong);
  return wrong == 0 ? 0 : 1;
}
