/*===- CallersThreads.h - a parallel_for that starts a thread for each index -===*/
#ifndef SWIN_TESTS_RUNTIME_CALLERSTHREADS_H
#define SWIN_TESTS_RUNTIME_CALLERSTHREADS_H

#include <pthread.h>
#include <stdlib.h>

enum { most_callers_threads = 8 };

typedef struct {
  void (*body)(void *, int);
  void *arg;
  int index;
} callers_call;

static void *callers_call_once(void *argument) {
  callers_call *self = argument;
  self->body(self->arg, self->index);
  return NULL;
}

/* ctx: an int that counts loops, or NULL. */
static void callers_threads(void *ctx, int n, void (*body)(void *, int), void *arg) {
  pthread_t threads[most_callers_threads];
  callers_call calls[most_callers_threads];
  if (ctx != NULL)
    ++*(int *)ctx;
  for (int i = 0; i < n; ++i) {
    calls[i] = (callers_call){body, arg, i};
    if (n > most_callers_threads || pthread_create(&threads[i], NULL, callers_call_once, &calls[i]) != 0)
      exit(3);
  }
  for (int i = 0; i < n; ++i)
    pthread_join(threads[i], NULL);
}

#endif /* SWIN_TESTS_RUNTIME_CALLERSTHREADS_H */
