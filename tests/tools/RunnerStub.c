//===- RunnerStub.c - models for swin-run that are written by hand ---------===//
// Shared libraries without kernels, so that the runner is tested alone. STUB_CLASSES: logits, N x 7, the means of the
// three channels, their negatives and 0; it has labels and takes pictures. STUB_MAPS: the same logits and a map, N x
// H/2 x W/2 x 3, every second pixel. STUB_IMAGE: the image itself. Sizes are even; 64 x 64 is the largest. A first
// value of 1e30 makes a kernel fail.
//===----------------------------------------------------------------------===//
#include "runtime/Model.h"

#include <math.h>
#include <string.h>

enum { channels = 3, classes = 7 };

static int32_t plan(int64_t n, int64_t h, int64_t w, int64_t *bytes, const char **why) {
  *why = n < 1 || h < 1 || w < 1 ? "no size may be 0"
         : h % 2 || w % 2        ? "height and width must be even"
         : h > 64 || w > 64      ? "height and width must be at most 64"
                                 : NULL;
  *bytes = 640;
  return *why != NULL;
}

#if defined(STUB_IMAGE)
#define OUTPUTS 1
#define OUTPUT_INFO "{\"name\": \"image\", \"layout\": \"NCHW\"}"
#define EXTRA_INFO "\"preprocessing\": {\"resize\": \"none\", \"mean\": [0, 0, 0], \"std\": [1, 1, 1]}"
#elif defined(STUB_MAPS)
#define OUTPUTS 2
#define OUTPUT_INFO "{\"name\": \"logits\", \"layout\": \"NK\"}, {\"name\": \"stage1\", \"layout\": \"NHWC\"}"
#define EXTRA_INFO "\"labels\": []"
#else
#define OUTPUTS 1
#define OUTPUT_INFO "{\"name\": \"logits\", \"kind\": \"logits\", \"layout\": \"NK\"}"
#define EXTRA_INFO                                                                                                     \
  "\"labels\": [\"red\", \"green\", \"blue\", \"cyan\"], "                                                             \
  "\"preprocessing\": {\"resize\": \"shorter_side\", \"size\": 8, \"interpolation\": \"bilinear\", "                   \
  "\"crop\": [6, 4], \"mean\": [0.5, 0.5, 0.5], \"std\": [0.5, 0.5, 0.25]}"
#endif

static int is_logits(int32_t output) { return strstr(OUTPUT_INFO, "logits") != NULL && output == 0; }

static int32_t output_shape(int32_t output, int64_t n, int64_t h, int64_t w, int64_t *shape) {
  shape[0] = n;
  shape[1] = is_logits(output) ? classes : OUTPUTS == 2 ? h / 2 : channels;
  shape[2] = OUTPUTS == 2 ? w / 2 : h;
  shape[3] = OUTPUTS == 2 ? channels : w;
  return is_logits(output) ? 2 : 4;
}

static void fill_logits(const float *input, int64_t pixels, float *logits) {
  memset(logits, 0, classes * sizeof *logits);
  for (int c = 0; c < channels; ++c) {
    for (int64_t i = 0; i < pixels; ++i)
      logits[c] += input[c * pixels + i];
    logits[c] /= (float)pixels;
    logits[channels + c] = -logits[c];
  }
}

static void fill_map(const float *input, int64_t h, int64_t w, float *map) {
  for (int64_t y = 0; y < h; y += 2)
    for (int64_t x = 0; x < w; x += 2)
      for (int c = 0; c < channels; ++c)
        *map++ = input[(c * h + y) * w + x];
}

static int32_t run(void *user_context, const void *const *kernels, const char *weights, const float *input, char *arena,
                   float *const *outputs, int64_t n, int64_t h, int64_t w, void (*mark)(void *, int32_t)) {
  if (user_context == NULL || kernels == NULL || weights == NULL || arena == NULL || input[0] == 1e30f)
    return 7;
  for (int64_t i = 0; i < n; ++i) {
    const float *image = input + i * channels * h * w;
    if (is_logits(0))
      fill_logits(image, h * w, outputs[0] + i * classes);
    else
      memcpy(outputs[0] + i * channels * h * w, image, (size_t)(channels * h * w) * sizeof(float));
    if (OUTPUTS == 2)
      fill_map(image, h, w, outputs[1] + i * h / 2 * (w / 2) * channels);
  }
  for (int32_t stamp = 0; mark != NULL && stamp < 2; ++stamp)
    mark(user_context, stamp);
  return 0;
}

static const swin_call calls[] = {{"copy", "map", "body"}};

static void work(int64_t n, int64_t h, int64_t w, void (*take)(void *, int32_t, int64_t, int64_t), void *context) {
  take(context, 0, 10 * n * h * w, 24 * n * h * w);
}

enum { test_h = 6, test_w = 4, test_pixels = test_h * test_w };

static void results(int64_t n, int64_t h, int64_t w,
                    void (*take)(void *, int32_t, int32_t, int64_t, int64_t, int64_t, int64_t), void *context) {
  int64_t row = is_logits(0) ? classes : channels * h * w;
  take(context, 0, 0, 0, n, row, row);
}

static swin_digest digest; /* of the first output, which is what the one call is said to make */

__attribute__((constructor)) static void make_digest(void) {
  float image[channels * test_pixels], logits[classes];
  double sums[swin_digest_sums] = {0};
  int count = is_logits(0) ? classes : channels * test_pixels;
  swin_selftest_image(image, channels * test_pixels);
  fill_logits(image, test_pixels, logits);
  for (int i = 0; i < count; ++i) {
    float value = is_logits(0) ? logits[i] : image[i];
    digest.largest = fmaxf(digest.largest, fabsf(value));
    swin_digest_add(sums, i, count, value);
  }
  for (int run = 0; run < swin_digest_sums; ++run)
    digest.sums[run] = (float)sums[run];
}

static const void *const kernels[] = {NULL};
static const swin_isa isas[] = {{"x86-64-v9", kernels}, {"x86-64", kernels}};
static const float weights[16] __attribute__((aligned(64)));

const swin_model SWINMODEL_model = {
    .abi = SWIN_MODEL_ABI,
    .num_outputs = OUTPUTS,
    .num_isas = 2,
    .num_kernels = 0,
    .isas = isas,
    .weights = (const char *)weights,
    .weights_bytes = sizeof weights,
    .info = "{\"model\": \"stub\", \"inputs\": [{\"name\": \"image\", \"channels\": 3, \"height\": 6, \"width\": 4}], "
            "\"outputs\": [" OUTPUT_INFO "], \"isas\": [\"x86-64-v9\", \"x86-64\"], \"macs\": 1000, " EXTRA_INFO "}",
    .plan = plan,
    .output_shape = output_shape,
    .run = run,
    .channels = channels,
    .selftest_h = test_h,
    .selftest_w = test_w,
    .num_calls = 1,
    .calls = calls,
    .work = work,
    .selftest_n = 1,
    .digests = &digest,
    .results = results,
};
