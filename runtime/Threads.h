/*===- Threads.h - the workers of a session and their loops -----------------===*
 * Worker 0 is the thread that calls run; the others are threads of the session or,
 * with the caller's parallel_for, whatever runs body(arg, i). Threads start when a
 * session opens and sleep on a futex when there is nothing to do.
 *===----------------------------------------------------------------------===*/
#ifndef SWIN_RUNTIME_THREADS_H
#define SWIN_RUNTIME_THREADS_H

#include "runtime/Memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum { swin_max_threads = 1024 };

/* One iteration of a kernel's parallel loop; 0 or a status. */
typedef int (*swin_task)(void *user_context, int index, uint8_t *closure);
typedef void (*swin_parallel_for)(void *ctx, int n, void (*body)(void *arg, int i), void *arg);

struct swin_pool;

/* What kernels get as user_context. Two workers share no cache line. */
typedef struct {
  _Alignas(2 * swin_alignment) struct swin_pool *pool;
  bool in_loop; /* a loop inside a loop is run by the worker that meets it */
  pthread_t thread;
  swin_scratch scratch;
} swin_worker;

typedef struct swin_pool {
  int32_t num_threads;
  int32_t num_started; /* threads of our own: num_threads - 1, or 0 with the caller's */
  int32_t spin;        /* how often an idle thread looks for work before it sleeps */
  pid_t process;       /* after fork, the child has none of the threads */
  swin_parallel_for parallel_for;
  void *parallel_ctx;
  swin_worker *workers;
  char *memory; /* of workers and their scratch */

  /* The loop that is being run. Written by worker 0 while no other worker is at work. */
  swin_task task;
  uint8_t *closure;
  int32_t min;
  int32_t size;
  _Alignas(64) atomic_llong next; /* the next iteration that nobody has taken */
  atomic_int status;

  _Alignas(64) atomic_uint ticket; /* grows with each loop; threads wait for that */
  atomic_uint sleepers;            /* threads that wait asleep */
  atomic_bool running;             /* within a run: the next loop comes soon */
  atomic_bool quit;
  _Alignas(64) atomic_uint state; /* bit 31: open, threads may join; below: how many are at work */
  atomic_bool waiting;            /* worker 0 sleeps until they are done */
} swin_pool;

/* Starts what is needed for num_threads workers with scratch_bytes each. Returns 0, SWINMODEL_E_MEMORY or _E_START. */
int SWINMODEL_rt_pool_open(swin_pool *pool, int num_threads, int64_t scratch_bytes, swin_parallel_for parallel_for,
                           void *parallel_ctx);
void SWINMODEL_rt_pool_close(swin_pool *pool);

/* Around a run, on worker 0's thread. end: true if no kernel needed more scratch than there is. */
void SWINMODEL_rt_pool_begin(swin_pool *pool, bool serial);
bool SWINMODEL_rt_pool_end(swin_pool *pool);

/* What the kernels call. */
int SWINMODEL_rt_par_for(void *user_context, swin_task task, int min, int size, uint8_t *closure);
void *SWINMODEL_rt_malloc(void *user_context, size_t bytes);
void SWINMODEL_rt_free(void *user_context, void *block);

/* The floating-point mode that all results are computed in: round to nearest, no traps, denormals kept. enter sets it
 * and returns the thread's own, for leave. */
typedef struct {
  uint32_t mode;
} swin_float_mode;
swin_float_mode SWINMODEL_rt_float_enter(void);
void SWINMODEL_rt_float_leave(swin_float_mode mode);

#endif /* SWIN_RUNTIME_THREADS_H */
