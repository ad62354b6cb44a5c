//===- StubModel.h - a model that is written by hand -----------------------===//
// Two outputs for an image of 2 channels: "sums", N x 3, and "map", N x H x W. Its
// kernels use everything that compiled kernels use of the runtime: parallel loops,
// loops inside loops, memory of their own, the arena.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TESTS_RUNTIME_STUBMODEL_H
#define SWIN_TESTS_RUNTIME_STUBMODEL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the next runs do; all zero: work. Not to be changed while something runs. */
typedef struct {
  int fail_at;           /* iteration of the first loop that fails ... */
  int fail_status;       /* ... with this status; 0 = none */
  int64_t scratch_bytes; /* what a kernel asks for instead of its 256 */
  int leak;              /* a kernel forgets to give its memory back */
  float error;           /* what the kernels of x86-64-v2 add to the map */
  float plain_error;     /* the same for x86-64, the plainest instruction set */
  float row_error;       /* what is added to the first pixel of the fourth row, so that all behind it is wrong too */
  float thread_error;    /* what iterations on other threads than the caller's add */
  int constant;          /* outputs are 1 everywhere */
  void (*in_kernel)(void);
} stub_behaviour;
extern stub_behaviour stub;

/* Channels, the arena of n x h x w and the outputs for checks. */
enum { stub_channels = 2, stub_scratch_bytes = 512 };
int64_t stub_arena_bytes(int64_t n, int64_t h, int64_t w);
void stub_expected(const float *input, int n, int h, int w, float *sums, float *map);

/* With STUB_WEIGHTS_FILE, the weights are in a file: its data are the floats 0.5, -1.5, 2, zeros up to byte 64, then
 * the states of Selftest.c's generator. Both figures are those of another program. */
enum { stub_weights_bytes = 2 * 1048576 + 192 };
#define stub_weights_checksum UINT64_C(0x7407779128295e09)
#define stub_weights_sha256                                                                                            \
  "\x0c\x35\x19\x6e\x14\xd0\x04\x25\xf7\xcb\xec\x11\x59\xe0\x56\x9f"                                                   \
  "\x47\x1e\x87\xde\x16\xac\xd0\xf1\xf2\x9d\x83\xe6\xac\x78\x37\x34"

/* How many distinct threads took part in the last loop that asked for it is counted here. */
int stub_threads_seen(void);
void stub_reset_threads_seen(void);

#ifdef __cplusplus
}
#endif

#endif /* SWIN_TESTS_RUNTIME_STUBMODEL_H */
