/*===- Model.h - what the driver object gives the runtime -------------------===*
 * Internal to a generated library. The compiler emits one `SWINMODEL_model`; the
 * runtime implements the public functions (NAME.h) on it. All global symbols of
 * the runtime begin with SWINMODEL_; packaging renames that to the model's name.
 *===----------------------------------------------------------------------===*/
#ifndef SWIN_RUNTIME_MODEL_H
#define SWIN_RUNTIME_MODEL_H

#include "runtime/Digest.h"

#include <stdint.h>

#define SWIN_MODEL_ABI 3

/* The kernels of one instruction set, in the driver's order. */
typedef struct {
  const char *name;           /* "x86-64-v3" ... */
  const void *const *kernels; /* num_kernels function pointers */
} swin_isa;

/* A call of a kernel in run. */
typedef struct {
  const char *kernel; /* "mlp_96" */
  const char *kind;   /* "tokens", "windows", "pool", "conv", "map" */
  const char *layer;  /* "layers.0.blocks.0.mlp" */
} swin_call;

typedef struct {
  int32_t abi; /* SWIN_MODEL_ABI */
  int32_t num_outputs;
  int32_t num_isas;
  int32_t num_kernels;
  const swin_isa *isas; /* best first */
  const char *weights;  /* 64-byte aligned; NULL = they are in a file of their own (WeightsFormat.h) */
  int64_t weights_bytes;
  int64_t scratch_bytes; /* what one thread needs for kernel temporaries, at most */
  const char *info;      /* JSON, see NAME_info */
  /* Checks sizes and gives the bytes of the arena. 0 = ok; else *why is a sentence. */
  int32_t (*plan)(int64_t n, int64_t h, int64_t w, int64_t *arena_bytes, const char **why);
  /* Fills shape[6], returns the rank, or -1 if the size is not possible. Sizes are
   * the caller's; call plan first. */
  int32_t (*output_shape)(int32_t output, int64_t n, int64_t h, int64_t w, int64_t *shape);
  /* One inference. Sizes passed plan. user_context goes to the kernels and from
   * them to SWINMODEL_rt_par_for, SWINMODEL_rt_malloc, SWINMODEL_rt_free. outputs[i] NULL = that
   * output is not wanted, but the driver may need a place for it: the runtime
   * never passes NULL. mark, unless it is NULL, is called at the begin (stamp 2 * i) and the end (stamp 2 * i + 1)
   * of call i. Returns 0 or a kernel's status. */
  int32_t (*run)(void *user_context, const void *const *kernels, const char *weights, const float *input, char *arena,
                 float *const *outputs, int64_t n, int64_t h, int64_t w,
                 void (*mark)(void *user_context, int32_t stamp));
  int32_t channels; /* of the image */
  /* The size in pixels that the model is tested at, one that plan accepts for n = selftest_n; 0 = none. */
  int32_t selftest_h;
  int32_t selftest_w;
  int32_t num_calls;
  const swin_call *calls; /* in the order of run */
  /* Calls take for each call with its multiply-adds and the bytes that it reads and writes. Sizes passed plan. */
  void (*work)(int64_t n, int64_t h, int64_t w, void (*take)(void *context, int32_t call, int64_t macs, int64_t bytes),
               void *context);
  /* Of that file's data; NULL and 0 if there is none. */
  const char *weights_sha256; /* 32 bytes */
  uint64_t weights_checksum;
  int32_t selftest_n; /* images of the self-test */
  /* Of the result of each call for swin_selftest_image of that size, as the compiler's reference computes it. */
  const swin_digest *digests;
  /* Calls take for each call with where its result is after it: in output `output` or, if that is -1, `offset` bytes
   * from the begin of the arena; there are so many rows of `channels` floats, `pitch` floats apart. Sizes passed plan.
   */
  void (*results)(int64_t n, int64_t h, int64_t w,
                  void (*take)(void *context, int32_t call, int32_t output, int64_t offset, int64_t rows,
                               int64_t channels, int64_t pitch),
                  void *context);
} swin_model;

extern const swin_model SWINMODEL_model;

#endif /* SWIN_RUNTIME_MODEL_H */
