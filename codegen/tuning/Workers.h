/*===- Workers.h - the runtime's threads without a session -----------------===*
 * What runs a kernel that is not part of a library: the workers, loops and scratch of
 * runtime/Threads.h, which only C can include.
 *===----------------------------------------------------------------------===*/
#ifndef SWIN_CODEGEN_TUNING_WORKERS_H
#define SWIN_CODEGEN_TUNING_WORKERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct swin_workers swin_workers;

/* Starts so many workers, each with scratch of so many bytes; NULL = there is no memory, or threads don't start. */
swin_workers *swin_workers_open(int threads, int64_t scratch_bytes);
/* NULL is allowed. */
void swin_workers_close(swin_workers *workers);

/* Around calls of kernels, on the thread that makes them: begin returns what they get as user_context and lets the
 * threads wait awake for loops. end: false if a kernel needed more scratch than there is. */
void *swin_workers_begin(swin_workers *workers);
bool swin_workers_end(swin_workers *workers);

/* What kernels call: halide_do_par_for, halide_malloc, halide_free. */
int swin_workers_loop(void *user_context, int (*task)(void *, int, uint8_t *), int min, int size, uint8_t *closure);
void *swin_workers_allocate(void *user_context, size_t bytes);
void swin_workers_free(void *user_context, void *block);

/* Whether code for that instruction set ("x86-64-v3") runs here. */
bool swin_workers_can_run(const char *isa);

#ifdef __cplusplus
}
#endif

#endif /* SWIN_CODEGEN_TUNING_WORKERS_H */
