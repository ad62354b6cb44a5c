/*===- FmaPeak.c - how many multiply-adds per second one core can do --------===*
 * Prints one line: GMAC/s in float32 of independent fused multiply-adds in
 * registers, and the instruction set it used (the widest this machine has, or
 * the one asked for). The bound that speed is reported against.
 *   swin-fma-peak [milliseconds] [avx512|avx2]
 *===----------------------------------------------------------------------===*/
#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUND = 20000 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Enough chains to cover latency 4 at two per cycle, with a reserve. */
#define EACH_CHAIN(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
enum { CHAINS = 12 };

__attribute__((target("avx512f"))) static float avx512Round(float seed) {
  __m512 a = _mm512_set1_ps(0.999f), b = _mm512_set1_ps(seed);
#define START(i) __m512 x##i = _mm512_set1_ps(seed + (float)(i));
#define STEP(i) x##i = _mm512_fmadd_ps(x##i, a, b);
#define SUM(i) sum = _mm512_add_ps(sum, x##i);
  EACH_CHAIN(START)
  for (int i = 0; i < ROUND; ++i) {
    EACH_CHAIN(STEP)
  }
  __m512 sum = _mm512_setzero_ps();
  EACH_CHAIN(SUM)
  return _mm512_reduce_add_ps(sum);
#undef START
#undef STEP
#undef SUM
}

__attribute__((target("avx2,fma"))) static float avx2Round(float seed) {
  __m256 a = _mm256_set1_ps(0.999f), b = _mm256_set1_ps(seed);
#define START(i) __m256 x##i = _mm256_set1_ps(seed + (float)(i));
#define STEP(i) x##i = _mm256_fmadd_ps(x##i, a, b);
#define SUM(i) sum = _mm256_add_ps(sum, x##i);
  EACH_CHAIN(START)
  for (int i = 0; i < ROUND; ++i) {
    EACH_CHAIN(STEP)
  }
  __m256 sum = _mm256_setzero_ps();
  EACH_CHAIN(SUM)
  float lanes[8];
  _mm256_storeu_ps(lanes, sum);
  float total = 0;
  for (int i = 0; i < 8; ++i)
    total += lanes[i];
  return total;
}

int main(int argc, char **argv) {
  double budget = argc > 1 ? atof(argv[1]) * 1e-3 : 0.2;
  const char *wanted = argc > 2 ? argv[2] : "";
  __builtin_cpu_init();
  int has512 = __builtin_cpu_supports("avx512f");
  int has2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  int use512 = has512 && strcmp(wanted, "avx2") != 0;
  if (!has2 || budget <= 0 || (wanted[0] && strcmp(wanted, "avx2") != 0 && strcmp(wanted, "avx512") != 0) ||
      (strcmp(wanted, "avx512") == 0 && !has512)) {
    fprintf(stderr, "swin-fma-peak: needs a time > 0 and an instruction set this machine has (avx2, avx512)\n");
    return 1;
  }
  int lanes = use512 ? 16 : 8;
  volatile float sink = 0;
  double best = 0, start = seconds();
  /* The best of many short rounds: interruptions only ever slow a round down. */
  do {
    double before = seconds();
    sink = sink + (use512 ? avx512Round(1.0f) : avx2Round(1.0f));
    double rate = (double)ROUND * CHAINS * lanes / (seconds() - before);
    if (rate > best)
      best = rate;
  } while (seconds() - start < budget);
  printf("%.3f %s\n", best * 1e-9, use512 ? "avx512" : "avx2");
  return 0;
}
