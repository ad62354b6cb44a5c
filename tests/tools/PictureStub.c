//===- PictureStub.c - models of pictures for swin-run, written by hand ----===//
// As RunnerStub.c. STUB_UPSCALE: the image twice as large, each pixel four times; windows of 4 x 4; any size, but more
// than 48 rows need 2^30 bytes of workspace and more than 64 rows 2^44. STUB_PIXELS: logits, N x 4 x H x W, the three
// channels and 0.25. A first value of 1e30 makes a kernel fail.
//===----------------------------------------------------------------------===//
#include "runtime/Model.h"

#include <stddef.h>

#if defined(STUB_UPSCALE)
enum { scale = 2, maps = 3 };
#define MORE_OF_INPUT ", \"multiple\": [4, 4]"
#define OUTPUT_INFO "{\"name\": \"image\", \"kind\": \"image\", \"layout\": \"NCHW\"}"
#define EXTRA_INFO "\"preprocessing\": {\"resize\": \"none\", \"mean\": [0, 0, 0], \"std\": [1, 1, 1]}"
#else
enum { scale = 1, maps = 4 };
#define MORE_OF_INPUT ""
#define OUTPUT_INFO "{\"name\": \"logits\", \"kind\": \"segmentation\", \"layout\": \"NCHW\"}"
#define EXTRA_INFO                                                                                                     \
  "\"labels\": [\"red\", \"green\", \"blue\"], "                                                                       \
  "\"preprocessing\": {\"resize\": \"exactly\", \"size\": [4, 8], \"interpolation\": \"bilinear\", "                   \
  "\"mean\": [0, 0, 0], \"std\": [1, 1, 1]}"
#endif
enum { channels = 3 };

static int32_t plan(int64_t n, int64_t h, int64_t w, int64_t *bytes, const char **why) {
  *why = n < 1 || h < 1 || w < 1 ? "no size may be 0" : NULL;
  *bytes = h > 64 ? (int64_t)1 << 44 : h > 48 ? (int64_t)1 << 30 : 640;
  return *why != NULL;
}

static int32_t output_shape(int32_t output, int64_t n, int64_t h, int64_t w, int64_t *shape) {
  shape[0] = n;
  shape[1] = maps;
  shape[2] = scale * h;
  shape[3] = scale * w;
  return output == 0 ? 4 : -1;
}

static int32_t run(void *user_context, const void *const *kernels, const char *weights, const float *input, char *arena,
                   float *const *outputs, int64_t n, int64_t h, int64_t w, void (*mark)(void *, int32_t)) {
  if (user_context == NULL || kernels == NULL || weights == NULL || arena == NULL || input[0] == 1e30f)
    return 7;
  float *to = outputs[0];
  for (int64_t i = 0; i < n; ++i)
    for (int64_t c = 0; c < maps; ++c)
      for (int64_t y = 0; y < scale * h; ++y)
        for (int64_t x = 0; x < scale * w; ++x)
          *to++ = c < channels ? input[((i * channels + c) * h + y / scale) * w + x / scale] : 0.25f;
  for (int32_t stamp = 0; mark != NULL && stamp < 2; ++stamp)
    mark(user_context, stamp);
  return 0;
}

static const swin_call calls[] = {{"copy", "map", "body"}};

static void work(int64_t n, int64_t h, int64_t w, void (*take)(void *, int32_t, int64_t, int64_t), void *context) {
  take(context, 0, 10 * n * h * w, 24 * n * h * w);
}

static const void *const kernels[] = {NULL};
static const swin_isa isas[] = {{"x86-64", kernels}};
static const float weights[16] __attribute__((aligned(64)));

const swin_model SWINMODEL_model = {
    .abi = SWIN_MODEL_ABI,
    .num_outputs = 1,
    .num_isas = 1,
    .num_kernels = 0,
    .isas = isas,
    .weights = (const char *)weights,
    .weights_bytes = sizeof weights,
    .info =
        "{\"model\": \"stub\", \"inputs\": [{\"name\": \"image\", \"channels\": 3, \"height\": 8, \"width\": "
        "8" MORE_OF_INPUT "}], \"outputs\": [" OUTPUT_INFO "], \"isas\": [\"x86-64\"], \"macs\": 0, " EXTRA_INFO "}",
    .plan = plan,
    .output_shape = output_shape,
    .run = run,
    .channels = channels,
    .num_calls = 1,
    .calls = calls,
    .work = work,
};
