/*===- Threads.c - the workers of a session and their loops -----------------===*
 * A loop is opened by worker 0; threads that are awake in time join it and take
 * iterations from a shared counter. Worker 0 works too, closes the loop when no
 * iteration is left and waits only for those that joined: a thread that woke up too
 * late costs nothing. Order of iterations and who runs them never change a result,
 * since each writes its own part.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "runtime/Threads.h"
#include "runtime/Cpu.h"
#include "runtime/Internal.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
static void pause_briefly(void) { _mm_pause(); }
swin_float_mode SWINMODEL_rt_float_enter(void) {
  swin_float_mode own = {_mm_getcsr()};
  _mm_setcsr(0x1f80);
  return own;
}
void SWINMODEL_rt_float_leave(swin_float_mode mode) { _mm_setcsr(mode.mode); }
#elif defined(__aarch64__)
static void pause_briefly(void) { __asm__ volatile("yield"); }
swin_float_mode SWINMODEL_rt_float_enter(void) {
  uint64_t own;
  __asm__ volatile("mrs %0, fpcr" : "=r"(own));
  __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)0));
  return (swin_float_mode){(uint32_t)own};
}
void SWINMODEL_rt_float_leave(swin_float_mode mode) { __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)mode.mode)); }
#else
#error "the runtime knows x86-64 and aarch64"
#endif

/* Kernels keep their tiles on the stack; only pages that are touched cost memory. */
static const size_t stack_bytes = (size_t)8 << 20;
/* Half a millisecond: longer than the pause between two kernels and than most waits for the last iteration of a
 * loop. A thread that fell asleep misses the first part of the next loop; only within a run does one look that long. */
static const int32_t spin_while_running = 20000;
static const unsigned open_bit = 1u << 31;

static void sleep_while(atomic_uint *word, unsigned value) {
  /* Interruptions and changed values are seen by the caller, who looks again. */
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void wake(atomic_uint *word, int count) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0); }

/* Takes iterations until none is left. */
static void work(swin_pool *pool, swin_worker *worker) {
  bool outer = worker->in_loop;
  worker->in_loop = true;
  for (;;) {
    long long i = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
    if (i >= pool->size)
      break;
    int status = pool->task(worker, (int)(pool->min + i), pool->closure);
    if (status != 0) {
      int none = 0;
      atomic_compare_exchange_strong(&pool->status, &none, status);
      atomic_store_explicit(&pool->next, pool->size, memory_order_relaxed);
    }
  }
  worker->in_loop = outer;
}

/* Waits for a loop after `seen`, first awake, then asleep. */
static unsigned await_ticket(swin_pool *pool, unsigned seen) {
  for (int32_t i = 0; i < pool->spin && atomic_load_explicit(&pool->running, memory_order_relaxed); ++i) {
    unsigned ticket = atomic_load_explicit(&pool->ticket, memory_order_acquire);
    if (ticket != seen)
      return ticket;
    pause_briefly();
  }
  unsigned ticket;
  atomic_fetch_add(&pool->sleepers, 1);
  while ((ticket = atomic_load(&pool->ticket)) == seen)
    sleep_while(&pool->ticket, seen);
  atomic_fetch_sub(&pool->sleepers, 1);
  return ticket;
}

/* True if there was still an open loop: then it waits for us. */
static bool join(swin_pool *pool) {
  unsigned state = atomic_load_explicit(&pool->state, memory_order_relaxed);
  while (state & open_bit)
    if (atomic_compare_exchange_weak_explicit(&pool->state, &state, state + 1, memory_order_acquire,
                                              memory_order_relaxed))
      return true;
  return false;
}

static void *thread_main(void *argument) {
  swin_worker *worker = argument;
  swin_pool *pool = worker->pool;
  SWINMODEL_rt_float_enter();
  unsigned seen = 0;
  for (;;) {
    seen = await_ticket(pool, seen);
    if (atomic_load(&pool->quit))
      return NULL;
    if (!join(pool))
      continue;
    work(pool, worker);
    /* 1: the loop is closed and we were the last. */
    if (atomic_fetch_sub(&pool->state, 1) == 1 && atomic_load(&pool->waiting))
      wake(&pool->state, 1);
  }
}

static void run_on_own_threads(swin_pool *pool) {
  atomic_store_explicit(&pool->state, open_bit, memory_order_release);
  atomic_fetch_add(&pool->ticket, 1);
  if (atomic_load(&pool->sleepers) > 0)
    wake(&pool->ticket, pool->size - 1 < pool->num_started ? pool->size - 1 : pool->num_started);
  work(pool, &pool->workers[0]);
  atomic_fetch_and(&pool->state, ~open_bit);
  for (int32_t i = 0; i < pool->spin; ++i) {
    if (atomic_load_explicit(&pool->state, memory_order_acquire) == 0)
      return;
    pause_briefly();
  }
  atomic_store(&pool->waiting, true);
  unsigned state;
  while ((state = atomic_load(&pool->state)) != 0)
    sleep_while(&pool->state, state);
  atomic_store(&pool->waiting, false);
}

static void callers_body(void *argument, int i) {
  swin_pool *pool = argument;
  if (i < 0 || i >= pool->num_threads)
    return;
  swin_float_mode own = SWINMODEL_rt_float_enter();
  work(pool, &pool->workers[i]);
  SWINMODEL_rt_float_leave(own);
}

int SWINMODEL_rt_par_for(void *user_context, swin_task task, int min, int size, uint8_t *closure) {
  swin_worker *worker = user_context;
  swin_pool *pool = worker->pool;
  bool alone = pool->num_started == 0 && pool->parallel_for == NULL;
  if (alone || worker->in_loop || size <= 1) {
    for (int i = 0; i < size; ++i) {
      int status = task(worker, min + i, closure);
      if (status != 0)
        return status;
    }
    return 0;
  }
  pool->task = task;
  pool->closure = closure;
  pool->min = min;
  pool->size = size;
  atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
  atomic_store_explicit(&pool->status, 0, memory_order_relaxed);
  if (pool->parallel_for != NULL) {
    pool->parallel_for(pool->parallel_ctx, pool->num_threads, callers_body, pool);
    /* A body that was never called leaves nothing undone. */
    work(pool, worker);
  } else {
    run_on_own_threads(pool);
  }
  return atomic_load_explicit(&pool->status, memory_order_relaxed);
}

void *SWINMODEL_rt_malloc(void *user_context, size_t bytes) {
  return SWINMODEL_rt_scratch_get(&((swin_worker *)user_context)->scratch, bytes);
}

void SWINMODEL_rt_free(void *user_context, void *block) {
  SWINMODEL_rt_scratch_put(&((swin_worker *)user_context)->scratch, block);
}

void SWINMODEL_rt_pool_begin(swin_pool *pool, bool serial) {
  for (int32_t i = 0; i < pool->num_threads; ++i)
    pool->workers[i].scratch.exceeded = false;
  pool->workers[0].in_loop = serial;
  atomic_store_explicit(&pool->running, true, memory_order_relaxed);
}

bool SWINMODEL_rt_pool_end(swin_pool *pool) {
  bool good = true;
  atomic_store_explicit(&pool->running, false, memory_order_relaxed);
  for (int32_t i = 0; i < pool->num_threads; ++i) {
    swin_scratch *scratch = &pool->workers[i].scratch;
    good = good && !scratch->exceeded;
    /* A kernel that failed may have left something. */
    while (scratch->num_blocks > 0)
      SWINMODEL_rt_scratch_put(scratch, scratch->blocks[scratch->num_blocks - 1].start);
  }
  return good;
}

static int start_threads(swin_pool *pool) {
  pthread_attr_t attributes;
  sigset_t all, own;
  if (pthread_attr_init(&attributes) != 0)
    return SWINMODEL_E_MEMORY;
  int error = pthread_attr_setstacksize(&attributes, stack_bytes);
  /* Signals are the program's business; its handlers never run on our threads. */
  sigfillset(&all);
  error = error != 0 ? error : pthread_sigmask(SIG_SETMASK, &all, &own);
  if (error == 0) {
    for (int32_t i = 1; error == 0 && i < pool->num_threads; ++i) {
      error = pthread_create(&pool->workers[i].thread, &attributes, thread_main, &pool->workers[i]);
      pool->num_started += error == 0;
    }
    pthread_sigmask(SIG_SETMASK, &own, NULL);
  }
  pthread_attr_destroy(&attributes);
  return error == 0 ? 0 : SWINMODEL_E_START;
}

int SWINMODEL_rt_pool_open(swin_pool *pool, int num_threads, int64_t scratch_bytes, swin_parallel_for parallel_for,
                           void *parallel_ctx) {
  memset(pool, 0, sizeof *pool);
  pool->num_threads = num_threads;
  pool->parallel_for = parallel_for;
  pool->parallel_ctx = parallel_ctx;
  pool->process = getpid();
  const size_t line = _Alignof(swin_worker);
  size_t scratch = ((size_t)scratch_bytes + line - 1) / line * line;
  pool->memory = aligned_alloc(line, (size_t)num_threads * (sizeof(swin_worker) + scratch));
  if (pool->memory == NULL)
    return SWINMODEL_E_MEMORY;
  pool->workers = (swin_worker *)pool->memory;
  memset(pool->memory, 0, (size_t)num_threads * sizeof(swin_worker));
  for (int32_t i = 0; i < num_threads; ++i) {
    pool->workers[i].pool = pool;
    pool->workers[i].scratch.start = (char *)(pool->workers + num_threads) + (size_t)i * scratch;
    pool->workers[i].scratch.bytes = scratch;
  }
  if (parallel_for != NULL || num_threads == 1)
    return 0;
  /* With fewer cores than threads, one that looks for work keeps another from doing it. */
  pool->spin = num_threads <= SWINMODEL_rt_usable_cpus() ? spin_while_running : 0;
  int status = start_threads(pool);
  if (status != 0)
    SWINMODEL_rt_pool_close(pool);
  return status;
}

void SWINMODEL_rt_pool_close(swin_pool *pool) {
  if (pool->process == getpid()) {
    atomic_store(&pool->quit, true);
    atomic_fetch_add(&pool->ticket, 1);
    wake(&pool->ticket, swin_max_threads);
    for (int32_t i = 1; i <= pool->num_started; ++i)
      pthread_join(pool->workers[i].thread, NULL);
  }
  free(pool->memory);
  pool->memory = NULL;
}
