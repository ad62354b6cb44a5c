/*===- Digest.h - results of kernels as a few sums ---------------------------===*
 * What a self-test compares: the compiler makes digests of what its reference interpreter computes, a library of what
 * its kernels do. Both include this file.
 *===----------------------------------------------------------------------===*/
#ifndef SWIN_RUNTIME_DIGEST_H
#define SWIN_RUNTIME_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { swin_digest_sums = 64 };

/* Of a result of `count` elements, in row-major order and without padding: element i is in run 64 i / count. */
typedef struct {
  float largest;                /* magnitude of an element */
  float sums[swin_digest_sums]; /* of a run's elements, each times its sign; 0 = the run is empty */
} swin_digest;

/* +1 or -1, as if by chance: what is wrong with many elements does not cancel, what they are rounded by mostly does. */
static inline double swin_digest_sign(int64_t element) {
  uint64_t bits = ((uint64_t)element + 1) * 0x9e3779b97f4a7c15u;
  bits = (bits ^ bits >> 32) * 0xd6e8feb86659fd93u;
  return bits >> 63 != 0 ? -1.0 : 1.0;
}

/* Adds an element to the sum of its run. */
static inline void swin_digest_add(double sums[swin_digest_sums], int64_t element, int64_t count, double value) {
  sums[element * swin_digest_sums / count] += swin_digest_sign(element) * value;
}

/* The image of a self-test, -2 up to 2: by integer arithmetic, the same everywhere. */
static inline void swin_selftest_image(float *image, size_t count) {
  uint32_t state = 1;
  for (size_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    image[i] = (float)((int32_t)(state >> 16) - 32768) / 16384.0f;
  }
}

#endif /* SWIN_RUNTIME_DIGEST_H */
