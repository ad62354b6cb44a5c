//===- StubModel.c - a model that is written by hand -----------------------===//
// See StubModel.h. Every floating-point sum is made in one order, whoever makes it.
//===----------------------------------------------------------------------===//
#include "tests/runtime/StubModel.h"
#include "runtime/Model.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

int SWINMODEL_rt_par_for(void *user_context, int (*task)(void *, int, uint8_t *), int min, int size, uint8_t *closure);
void *SWINMODEL_rt_malloc(void *user_context, size_t bytes);
void SWINMODEL_rt_free(void *user_context, void *block);

stub_behaviour stub;

static _Thread_local int thread_was_seen;
static atomic_int threads_seen, seen_round;
int stub_threads_seen(void) { return threads_seen; }
void stub_reset_threads_seen(void) {
  threads_seen = 0;
  ++seen_round;
}
static void see_thread(void) {
  int round = seen_round + 1;
  if (thread_was_seen != round) {
    thread_was_seen = round;
    ++threads_seen;
  }
}

static float weights[16] __attribute__((aligned(64))) = {0.5f, -1.5f, 2.0f};

static bool are_weights(const char *found) {
#ifdef STUB_WEIGHTS_FILE
  return memcmp(found, weights, sizeof weights) == 0;
#else
  return found == (const char *)weights;
#endif
}

typedef struct {
  void *user_context;
  const float *input;
  float *rows; /* arena: N x H x W */
  float *sums;
  float *map;
  int64_t n, h, w;
  pthread_t caller;
} stub_arguments;

static float pixel(const float *input, int64_t n, int64_t y, int64_t x, int64_t h, int64_t w) {
  const float *image = input + n * stub_channels * h * w;
  float value = weights[0] * image[y * w + x] + weights[1] * image[h * w + y * w + x];
  return value / (1.0f + value * value);
}

typedef struct {
  stub_arguments *all;
  int64_t row;
  float *scratch;
} stub_row;

static int half_row(void *user_context, int index, uint8_t *closure) {
  stub_row *job = (stub_row *)closure;
  stub_arguments *all = job->all;
  if (user_context == NULL || index < 10 || index > 11)
    return -1000;
  int64_t begin = index == 10 ? 0 : all->w / 2, end = index == 10 ? all->w / 2 : all->w;
  for (int64_t x = begin; x < end; ++x)
    all->rows[job->row * all->w + x] = pixel(all->input, job->row / all->h, job->row % all->h, x, all->h, all->w);
  return 0;
}

static int row_task(void *user_context, int index, uint8_t *closure) {
  stub_arguments *all = (stub_arguments *)closure;
  see_thread();
  if (stub.in_kernel != NULL)
    stub.in_kernel();
  if (stub.fail_status != 0 && index == stub.fail_at)
    return stub.fail_status;
  /* Two blocks that are freed in the wrong order. */
  int64_t bytes = stub.scratch_bytes > 0 ? stub.scratch_bytes : 256;
  char *first = SWINMODEL_rt_malloc(user_context, (size_t)bytes), *second = SWINMODEL_rt_malloc(user_context, 100);
  if (first == NULL || second == NULL || (uintptr_t)first % 64 != 0 || (uintptr_t)second % 64 != 0)
    return -1001;
  memset(first, index, (size_t)bytes);
  memset(second, index + 1, 100);
  stub_row job = {all, index, NULL};
  int status = SWINMODEL_rt_par_for(user_context, half_row, 10, 2, (uint8_t *)&job);
  if (first[bytes - 1] != (char)index || second[99] != (char)(index + 1))
    return -1002;
  if (!stub.leak)
    SWINMODEL_rt_free(user_context, first);
  SWINMODEL_rt_free(user_context, second);
  all->rows[index * all->w] += index == 3 ? stub.row_error : 0;
  if (stub.thread_error != 0 && !pthread_equal(all->caller, pthread_self()))
    all->rows[index * all->w] += stub.thread_error;
  return status;
}

static int image_task(void *user_context, int index, uint8_t *closure) {
  stub_arguments *all = (stub_arguments *)closure;
  if (user_context == NULL)
    return -1003;
  for (int part = 0; part < 3; ++part) {
    float sum = 0;
    for (int64_t i = 0; i < all->h * all->w; ++i)
      if (i % 3 == part)
        sum += all->rows[index * all->h * all->w + i];
    all->sums[index * 3 + part] = stub.constant ? 1.0f : sum;
  }
  return 0;
}

static int rows_kernel(stub_arguments *all) {
  return SWINMODEL_rt_par_for(all->user_context, row_task, 0, (int)(all->n * all->h), (uint8_t *)all);
}
static int sums_kernel(stub_arguments *all) {
  void *block = SWINMODEL_rt_malloc(all->user_context, 64);
  int status = SWINMODEL_rt_par_for(all->user_context, image_task, 0, (int)all->n, (uint8_t *)all);
  for (int64_t i = 0; i < all->n * all->h * all->w; ++i)
    all->map[i] = stub.constant ? 1.0f : all->rows[i] * weights[2];
  SWINMODEL_rt_free(all->user_context, block);
  return status;
}
static int plain_sums_kernel(stub_arguments *all) {
  int status = sums_kernel(all);
  all->map[1] += stub.plain_error;
  return status;
}
static int other_sums_kernel(stub_arguments *all) {
  int status = sums_kernel(all);
  all->map[1] += stub.error;
  return status;
}

int64_t stub_arena_bytes(int64_t n, int64_t h, int64_t w) { return (n * h * w * 4 + 63) / 64 * 64; }

static int32_t plan(int64_t n, int64_t h, int64_t w, int64_t *bytes, const char **why) {
  *why = n < 1                                     ? "the batch must be at least 1"
         : h < 2 || w < 2                          ? "the image is smaller than 2 x 2"
         : (double)n * (double)h * (double)w > 1e9 ? "the image is too large"
                                                   : NULL;
  if (*why == NULL)
    *bytes = stub_arena_bytes(n, h, w);
  return *why != NULL;
}

static int32_t output_shape(int32_t output, int64_t n, int64_t h, int64_t w, int64_t *shape) {
  shape[0] = n;
  shape[1] = output == 0 ? 3 : h;
  shape[2] = w;
  return output == 0 ? 2 : 3;
}

static int32_t run(void *user_context, const void *const *kernels, const char *blob, const float *input, char *arena,
                   float *const *outputs, int64_t n, int64_t h, int64_t w, void (*mark)(void *, int32_t)) {
  stub_arguments all = {user_context, input, (float *)arena, outputs[0], outputs[1], n, h, w, pthread_self()};
  if (!are_weights(blob))
    return -1004;
  for (int i = 0; i < 2; ++i) {
    int (*kernel)(stub_arguments *);
    memcpy(&kernel, &kernels[i], sizeof kernel);
    if (mark != NULL)
      mark(user_context, 2 * i);
    int status = kernel(&all);
    if (mark != NULL)
      mark(user_context, 2 * i + 1);
    if (status != 0)
      return status;
  }
  return 0;
}

enum { test_h = 6, test_w = 8 };

static void results(int64_t n, int64_t h, int64_t w,
                    void (*take)(void *, int32_t, int32_t, int64_t, int64_t, int64_t, int64_t), void *context) {
  take(context, 0, -1, 0, n * h, w, w);
  take(context, 1, 1, 0, n * h, w, w);
}

static swin_digest digests[2]; /* of both calls' results */

/* Before a test runs. The map is the rows times weights[2]. */
__attribute__((constructor)) static void make_digests(void) {
  float image[stub_channels * test_h * test_w], sums[3], map[test_h * test_w];
  swin_selftest_image(image, sizeof image / sizeof *image);
  stub_expected(image, 1, test_h, test_w, sums, map);
  double all[2][swin_digest_sums] = {{0}};
  int count = test_h * test_w;
  for (int call = 0; call < 2; ++call) {
    for (int i = 0; i < count; ++i) {
      float value = call == 0 ? map[i] / weights[2] : map[i];
      digests[call].largest = fmaxf(digests[call].largest, fabsf(value));
      swin_digest_add(all[call], i, count, value);
    }
    for (int run = 0; run < swin_digest_sums; ++run)
      digests[call].sums[run] = (float)all[call][run];
  }
}

static const swin_call calls[] = {{"rows", "tokens", "body"}, {"sums", "pool", "head"}};

static void work(int64_t n, int64_t h, int64_t w, void (*take)(void *, int32_t, int64_t, int64_t), void *context) {
  take(context, 0, 2 * n * h * w, 12 * n * h * w);
  take(context, 1, n * h * w, 8 * n * h * w + 12 * n);
}

void stub_expected(const float *input, int n, int h, int w, float *sums, float *map) {
  for (int64_t i = 0; i < n; ++i) {
    float sum[3] = {0, 0, 0};
    for (int64_t p = 0; p < (int64_t)h * w; ++p) {
      float value = pixel(input, i, p / w, p % w, h, w);
      map[i * h * w + p] = value * weights[2];
      sum[p % 3] += value;
    }
    memcpy(sums + 3 * i, sum, sizeof sum);
  }
}

static const void *const first_kernels[] = {(const void *)rows_kernel, (const void *)other_sums_kernel};
static const void *const plain_kernels[] = {(const void *)rows_kernel, (const void *)plain_sums_kernel};
/* x86-64-v9 stands for what no machine has. */
static const swin_isa isas[] = {{"x86-64-v9", first_kernels}, {"x86-64-v2", first_kernels}, {"x86-64", plain_kernels}};

const swin_model SWINMODEL_model = {
    .abi = SWIN_MODEL_ABI,
    .num_outputs = 2,
    .num_isas = 3,
    .num_kernels = 2,
    .isas = isas,
#ifdef STUB_WEIGHTS_FILE
    .weights_bytes = stub_weights_bytes,
    .weights_sha256 = stub_weights_sha256,
    .weights_checksum = stub_weights_checksum,
#else
    .weights = (const char *)weights,
    .weights_bytes = sizeof weights,
#endif
    .scratch_bytes = stub_scratch_bytes,
    .info = "{\"model\": \"stub\", \"inputs\": [{\"name\": \"image\", \"channels\": 2, \"height\": 6, \"width\": 8}], "
            "\"outputs\": [{\"name\": \"logits\", \"kind\": \"logits\"}, {\"name\": \"map\", \"kind\": \"map\"}], "
            "\"labels\": [\"ant\", \"bee\", \"cat\"], \"isas\": [\"x86-64-v9\", \"x86-64-v2\", \"x86-64\"], "
            "\"macs\": 1000}",
    .plan = plan,
    .output_shape = output_shape,
    .run = run,
    .channels = stub_channels,
    .selftest_h = test_h,
    .selftest_w = test_w,
    .num_calls = 2,
    .calls = calls,
    .work = work,
    .selftest_n = 1,
    .digests = digests,
    .results = results,
};
