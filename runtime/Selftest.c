/*===- Selftest.c - does this machine compute what the compiler did ----------===*
 * See NAME.h.in for what is compared, and Digest.h. The driver says when a call of a
 * kernel is done; its result is looked at then, before its memory is used again.
 *===----------------------------------------------------------------------===*/
#include "runtime/Cpu.h"
#include "runtime/Internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an element may be wrong by, of its result's largest magnitude; a sum of n elements by sqrt(n) times that. */
static const double tolerance = 1e-4;

struct swin_selftest {
  SWINMODEL_session *session;
  char *text; /* the caller's */
  size_t text_bytes;
  int64_t n, h, w;
  float *input;
  char *arena;
  int64_t arena_bytes;
  size_t total;    /* floats of all outputs */
  float *storage;  /* of two sets of outputs: of one thread, then of all */
  float **outputs; /* of the first set, then of the second */
  swin_place *places;
  const swin_isa *isa; /* of the run whose calls are compared */
  int status;          /* of its first call that differs */
  double worst;        /* difference so far, of what is allowed */
};

__attribute__((format(printf, 3, 4))) static int report(const swin_selftest *test, int status, const char *format,
                                                        ...) {
  SWINMODEL_session *session = test->session;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(session->message, sizeof session->message, format, arguments);
  va_end(arguments);
  if (test->text != NULL && test->text_bytes > 0)
    snprintf(test->text, test->text_bytes, "%s", session->message);
  session->head.error = status == 0 ? "" : session->message;
  return status;
}

static size_t output_floats(const swin_selftest *test, int32_t output) {
  int64_t shape[6];
  int32_t rank = SWINMODEL_model.output_shape(output, test->n, test->h, test->w, shape);
  size_t floats = 1;
  for (int32_t i = 0; i < rank; ++i)
    floats *= (size_t)shape[i];
  return floats;
}

/* Both sets of outputs follow each other in one block. */
static int allocate(swin_selftest *test) {
  const swin_model *model = &SWINMODEL_model;
  size_t values = (size_t)model->channels * (size_t)(test->n * test->h * test->w), count = 0;
  int32_t outputs = model->num_outputs;
  for (int32_t i = 0; i < outputs; ++i)
    test->total += output_floats(test, i);
  test->input = malloc(values * sizeof(float));
  test->storage = malloc(2 * test->total * sizeof(float));
  test->outputs = malloc(2 * (size_t)outputs * sizeof(float *));
  test->places = SWINMODEL_rt_new_places();
  test->arena = aligned_alloc(swin_alignment, (size_t)(test->arena_bytes / swin_alignment + 1) * swin_alignment);
  if (test->input == NULL || test->storage == NULL || test->outputs == NULL || test->places == NULL ||
      test->arena == NULL)
    return report(test, SWINMODEL_E_MEMORY, "there is no memory for the self-test");
  for (int32_t i = 0; i < 2 * outputs; ++i) {
    test->outputs[i] = test->storage + count;
    count += output_floats(test, i % outputs);
  }
  swin_selftest_image(test->input, values);
  SWINMODEL_rt_find_places(test->places, test->n, test->h, test->w);
  return 0;
}

/* Compares the result of a call with its digest: 0, or E_SELFTEST and a sentence. A NaN is never close enough. */
static int compare(swin_selftest *test, int32_t call) {
  const swin_place *place = &test->places[call];
  const swin_digest *digest = &SWINMODEL_model.digests[call];
  const float *row = SWINMODEL_rt_result(place, test->arena, test->outputs);
  int64_t count = place->rows * place->channels, element = 0;
  double largest = 0, sums[swin_digest_sums] = {0};
  for (int64_t r = 0; r < place->rows; ++r, row += place->pitch)
    for (int64_t c = 0; c < place->channels; ++c) {
      largest = fmax(largest, fabs((double)row[c]));
      swin_digest_add(sums, element++, count, row[c]);
    }
  double allowed = tolerance * digest->largest, length = ceil((double)count / swin_digest_sums);
  const swin_call *who = &SWINMODEL_model.calls[call];
  if (!(fabs(largest - digest->largest) <= allowed))
    return report(test, SWINMODEL_E_SELFTEST,
                  "%s: the largest magnitude of its result is %.6g instead of %.6g; call %d of %d, kernel %s, "
                  "instruction set %s",
                  who->layer, largest, digest->largest, (int)call + 1, (int)SWINMODEL_model.num_calls, who->kernel,
                  test->isa->name);
  allowed *= sqrt(length);
  for (int64_t run = 0; run < swin_digest_sums; ++run) {
    double difference = fabs(sums[run] - digest->sums[run]);
    if (!(difference <= allowed))
      return report(test, SWINMODEL_E_SELFTEST,
                    "%s: what its result sums to from element %lld on differs by %.3g, the largest magnitude being "
                    "%.3g and rounding at most %.1g; call %d of %d, kernel %s, instruction set %s",
                    who->layer, (long long)((run * count + swin_digest_sums - 1) / swin_digest_sums), difference,
                    largest, allowed, (int)call + 1, (int)SWINMODEL_model.num_calls, who->kernel, test->isa->name);
    if (difference > 0)
      test->worst = fmax(test->worst, difference / allowed);
  }
  return 0;
}

static void mark(void *user_context, int32_t stamp) {
  swin_selftest *test = swin_session_of(user_context)->selftest;
  if (stamp % 2 == 1 && test->status == 0)
    test->status = compare(test, stamp / 2);
}

/* What a kernel does not write stays NaN and is found. */
static int run(swin_selftest *test, const swin_isa *isa, bool serial) {
  int32_t outputs = SWINMODEL_model.num_outputs;
  float *const *to = test->outputs + (serial ? 0 : outputs);
  for (size_t i = 0; i < test->total; ++i)
    to[0][i] = NAN;
  memset(test->arena, 0xff, (size_t)test->arena_bytes); /* NaN */
  test->isa = isa;
  int status = SWINMODEL_rt_execute(test->session, isa, serial, test->input, test->arena, to, test->n, test->h, test->w,
                                    serial ? mark : NULL);
  if (status == 0)
    return test->status;
  char why[sizeof test->session->message];
  snprintf(why, sizeof why, "%s", test->session->head.error);
  return report(test, status, "instruction set %s: %s", isa->name, why);
}

static int check_bits(const swin_selftest *test, const swin_isa *isa) {
  for (int32_t output = 0; output < SWINMODEL_model.num_outputs; ++output) {
    const float *expected = test->outputs[output], *found = test->outputs[SWINMODEL_model.num_outputs + output];
    size_t count = output_floats(test, output);
    for (size_t i = 0; i < count; ++i)
      if (memcmp(&found[i], &expected[i], sizeof(float)) != 0)
        return report(test, SWINMODEL_E_SELFTEST,
                      "output %d, element %zu is %.9g with %d threads and %.9g with one, on instruction set %s",
                      (int)output, i, (double)found[i], (int)test->session->pool.num_threads, (double)expected[i],
                      isa->name);
  }
  return 0;
}

static int run_all(swin_selftest *test) {
  const swin_model *model = &SWINMODEL_model;
  const swin_isa *own = test->session->isa;
  int isas = 1;
  int status = run(test, own, true);
  status = status != 0 ? status : run(test, own, false);
  status = status != 0 ? status : check_bits(test, own);
  for (int32_t i = 0; status == 0 && i < model->num_isas; ++i) {
    if (&model->isas[i] == own || !SWINMODEL_rt_isa_usable(model->isas[i].name))
      continue;
    status = run(test, &model->isas[i], true);
    ++isas;
  }
  if (status != 0)
    return status;
  return report(test, 0,
                "%lld x %lld x %lld (batch, height, width): the results of all %d calls of kernels are the compiler's, "
                "with %d instruction set%s, and the same bits with 1 and %d threads on %s; %.1g of the difference that "
                "is allowed",
                (long long)test->n, (long long)test->h, (long long)test->w, (int)model->num_calls, isas,
                isas == 1 ? "" : "s", (int)test->session->pool.num_threads, own->name, test->worst);
}

int SWINMODEL_selftest(SWINMODEL_session *session, char *message, size_t size) {
  swin_selftest test = {.session = session, .text = message, .text_bytes = size};
  if (message != NULL && size > 0)
    message[0] = '\0';
  int status = SWINMODEL_rt_enter(session);
  if (status != 0) {
    if (message != NULL && size > 0)
      snprintf(message, size, "%s", status == SWINMODEL_E_BUSY ? "the session is in use" : SWINMODEL_error(session));
    return status;
  }
  const char *why = "";
  if (SWINMODEL_model.selftest_h == 0) {
    status = report(&test, SWINMODEL_E_SELFTEST,
                    "this library has no self-test: images of its size took the compiler too long");
  } else {
    test.n = SWINMODEL_model.selftest_n;
    test.h = SWINMODEL_model.selftest_h;
    test.w = SWINMODEL_model.selftest_w;
    if (SWINMODEL_model.plan(test.n, test.h, test.w, &test.arena_bytes, &why) != 0)
      status = report(&test, SWINMODEL_E_SELFTEST, "the library's own test size is not possible: %s", why);
  }
  session->selftest = &test;
  status = status != 0 ? status : allocate(&test);
  status = status != 0 ? status : run_all(&test);
  session->selftest = NULL;
  free(test.input);
  free(test.storage);
  free(test.outputs);
  free(test.places);
  free(test.arena);
  SWINMODEL_rt_leave(session);
  return status;
}
