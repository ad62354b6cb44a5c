/* Three models in one program, in C99: one after the other, then each in a thread of its own; the same bits. */
#include "Comet_3.h"
#include "aurora.h"
#include "borealis.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { batch = 2, height = 32, width = 32, runs = 20 };

typedef struct {
  float *outputs[8];
  size_t floats[8];
  int count;
} results;

static int fail(const char *model, const char *what) {
  fprintf(stderr, "%s: %s\n", model, what);
  return 1;
}

/* The same program text for each model: their functions differ in the prefix only. */
#define MODEL(NAME)                                                                                                    \
  static int NAME##_allocate(results *to) {                                                                            \
    to->count = NAME##_num_outputs();                                                                                  \
    for (int i = 0; i < to->count; ++i) {                                                                              \
      long long shape[6];                                                                                              \
      int rank = NAME##_output_shape(i, batch, height, width, shape);                                                  \
      if (rank < 1)                                                                                                    \
        return fail(#NAME, "no shape");                                                                                \
      to->floats[i] = 1;                                                                                               \
      for (int d = 0; d < rank; ++d)                                                                                   \
        to->floats[i] *= (size_t)shape[d];                                                                             \
      to->outputs[i] = calloc(to->floats[i], sizeof(float));                                                           \
      if (to->outputs[i] == NULL)                                                                                      \
        return fail(#NAME, "no memory");                                                                               \
    }                                                                                                                  \
    return 0;                                                                                                          \
  }                                                                                                                    \
  static int NAME##_once(const float *image, results *to) {                                                            \
    NAME##_session *session;                                                                                           \
    NAME##_options options;                                                                                            \
    memset(&options, 0, sizeof options);                                                                               \
    options.threads = 2;                                                                                               \
    if (NAME##_open(&session, &options) != 0)                                                                          \
      return fail(#NAME, NAME##_error(session));                                                                       \
    for (int i = 0; i < runs; ++i)                                                                                     \
      if (NAME##_run(session, image, batch, height, width, to->outputs) != 0)                                          \
        return fail(#NAME, NAME##_error(session));                                                                     \
    NAME##_close(session);                                                                                             \
    return 0;                                                                                                          \
  }                                                                                                                    \
  static void *NAME##_thread(void *argument) {                                                                         \
    results *to = argument;                                                                                            \
    return NAME##_once(picture, to) == 0 ? to : NULL;                                                                  \
  }

static float picture[batch * 1 * height * width];

MODEL(aurora)
MODEL(borealis)
MODEL(Comet_3)

static int same(const results *a, const results *b) {
  for (int i = 0; i < a->count; ++i) {
    float largest = 0;
    if (memcmp(a->outputs[i], b->outputs[i], a->floats[i] * sizeof(float)) != 0)
      return 0;
    for (size_t k = 0; k < a->floats[i]; ++k)
      largest = fmaxf(largest, fabsf(a->outputs[i][k]));
    if (!(largest > 0) || !isfinite(largest))
      return 0;
  }
  return a->count > 0;
}

int main(void) {
  static results serial[3], parallel[3];
  pthread_t threads[3];
  void *(*const bodies[3])(void *) = {aurora_thread, borealis_thread, Comet_3_thread};
  for (int i = 0; i < batch * height * width; ++i)
    picture[i] = (float)((i * 37) % 101) / 101.0f;
  if (aurora_allocate(&serial[0]) || borealis_allocate(&serial[1]) || Comet_3_allocate(&serial[2]) ||
      aurora_allocate(&parallel[0]) || borealis_allocate(&parallel[1]) || Comet_3_allocate(&parallel[2]))
    return 1;
  if (aurora_once(picture, &serial[0]) || borealis_once(picture, &serial[1]) || Comet_3_once(picture, &serial[2]))
    return 1;
  for (int i = 0; i < 3; ++i)
    if (pthread_create(&threads[i], NULL, bodies[i], &parallel[i]) != 0)
      return fail("pthread_create", "failed");
  for (int i = 0; i < 3; ++i) {
    void *done = NULL;
    if (pthread_join(threads[i], &done) != 0 || done == NULL)
      return fail("thread", "failed");
  }
  for (int i = 0; i < 3; ++i)
    if (!same(&serial[i], &parallel[i]))
      return fail("outputs", "differ between threads, or are not finite, or are all zero");
  if (same(&serial[0], &serial[2]))
    return fail("outputs", "two models give the same: is it the same code?");
  printf("%s\n%s\n%s\n", aurora_info(), borealis_info(), Comet_3_info());
  return 0;
}
