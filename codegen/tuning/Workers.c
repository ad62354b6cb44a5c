/*===- Workers.c - the runtime's threads without a session -----------------===*/
#include "codegen/tuning/Workers.h"

#include "runtime/Cpu.h"
#include "runtime/Threads.h"

#include <stdlib.h>

struct swin_workers {
  swin_pool pool;
  swin_float_mode own;
};

swin_workers *swin_workers_open(int threads, int64_t scratch_bytes) {
  const size_t line = _Alignof(swin_workers);
  swin_workers *workers = aligned_alloc(line, (sizeof *workers + line - 1) / line * line);
  if (workers == NULL || SWINMODEL_rt_pool_open(&workers->pool, threads, scratch_bytes, NULL, NULL) == 0)
    return workers;
  free(workers);
  return NULL;
}

void swin_workers_close(swin_workers *workers) {
  if (workers == NULL)
    return;
  SWINMODEL_rt_pool_close(&workers->pool);
  free(workers);
}

void *swin_workers_begin(swin_workers *workers) {
  SWINMODEL_rt_pool_begin(&workers->pool, false);
  workers->own = SWINMODEL_rt_float_enter();
  return workers->pool.workers;
}

bool swin_workers_end(swin_workers *workers) {
  SWINMODEL_rt_float_leave(workers->own);
  return SWINMODEL_rt_pool_end(&workers->pool);
}

int swin_workers_loop(void *user_context, swin_task task, int min, int size, uint8_t *closure) {
  return SWINMODEL_rt_par_for(user_context, task, min, size, closure);
}

void *swin_workers_allocate(void *user_context, size_t bytes) { return SWINMODEL_rt_malloc(user_context, bytes); }

void swin_workers_free(void *user_context, void *block) { SWINMODEL_rt_free(user_context, block); }

bool swin_workers_can_run(const char *isa) { return SWINMODEL_rt_isa_usable(isa); }
