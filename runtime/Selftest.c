/*===- Selftest.c - does this machine compute what it should ----------------===*
 * See NAME.h.in for what is compared. The image is made by integer arithmetic, the
 * same everywhere.
 *===----------------------------------------------------------------------===*/
#include "runtime/Cpu.h"
#include "runtime/Internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What two instruction sets may differ by, of the largest magnitude. */
static const double tolerance = 1e-4;

typedef struct {
  SWINMODEL_session *session;
  char *text; /* the caller's */
  size_t text_bytes;
  int64_t h, w;
  float *input;
  char *arena;
  size_t total;    /* floats of all outputs */
  float *storage;  /* of two sets of outputs: found, then expected */
  float **outputs; /* of the first set, then of the second */
} swin_selftest;

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
  int32_t rank = SWINMODEL_model.output_shape(output, 1, test->h, test->w, shape);
  size_t floats = 1;
  for (int32_t i = 0; i < rank; ++i)
    floats *= (size_t)shape[i];
  return floats;
}

/* Both sets of outputs follow each other in one block. */
static int allocate(swin_selftest *test, int64_t arena_bytes) {
  size_t pixels = (size_t)SWINMODEL_model.channels * (size_t)(test->h * test->w), count = 0;
  int32_t outputs = SWINMODEL_model.num_outputs;
  for (int32_t i = 0; i < outputs; ++i)
    test->total += output_floats(test, i);
  test->input = malloc(pixels * sizeof(float));
  test->storage = malloc(2 * test->total * sizeof(float));
  test->outputs = malloc(2 * (size_t)outputs * sizeof(float *));
  test->arena = aligned_alloc(swin_alignment, (size_t)(arena_bytes / swin_alignment + 1) * swin_alignment);
  if (test->input == NULL || test->storage == NULL || test->outputs == NULL || test->arena == NULL)
    return report(test, SWINMODEL_E_MEMORY, "there is no memory for the self-test");
  for (int32_t i = 0; i < 2 * outputs; ++i) {
    test->outputs[i] = test->storage + count;
    count += output_floats(test, i % outputs);
  }
  uint32_t state = 1;
  for (size_t i = 0; i < pixels; ++i) {
    state = state * 1664525u + 1013904223u;
    test->input[i] = (float)((int32_t)(state >> 16) - 32768) / 16384.0f;
  }
  return 0;
}

/* What a kernel does not write stays NaN and is found. */
static int run(const swin_selftest *test, const swin_isa *isa, bool serial, bool expected) {
  float *const *outputs = test->outputs + (expected ? SWINMODEL_model.num_outputs : 0);
  for (size_t i = 0; i < test->total; ++i)
    outputs[0][i] = NAN;
  int status =
      SWINMODEL_rt_execute(test->session, isa, serial, test->input, test->arena, outputs, 1, test->h, test->w, NULL);
  if (status == 0)
    return 0;
  char why[sizeof test->session->message];
  snprintf(why, sizeof why, "%s", test->session->head.error);
  return report(test, status, "instruction set %s: %s", isa->name, why);
}

static int check_finite(const swin_selftest *test, const swin_isa *isa, bool expected) {
  for (int32_t output = 0; output < SWINMODEL_model.num_outputs; ++output) {
    const float *values = test->outputs[expected ? SWINMODEL_model.num_outputs + output : output];
    size_t count = output_floats(test, output);
    bool same = count > 1;
    for (size_t i = 0; i < count; ++i) {
      if (!isfinite(values[i]))
        return report(test, SWINMODEL_E_SELFTEST, "output %d, element %zu is %f, with instruction set %s", (int)output,
                      i, (double)values[i], isa->name);
      same = same && values[i] == values[0];
    }
    if (same)
      return report(test, SWINMODEL_E_SELFTEST, "output %d has the same value %g everywhere, with instruction set %s",
                    (int)output, (double)values[0], isa->name);
  }
  return 0;
}

static int check_bits(const swin_selftest *test, const swin_isa *isa) {
  for (int32_t output = 0; output < SWINMODEL_model.num_outputs; ++output) {
    const float *found = test->outputs[output], *expected = test->outputs[SWINMODEL_model.num_outputs + output];
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

/* Raises *worst to the largest difference as a part of its output's magnitude. */
static int check_close(const swin_selftest *test, const swin_isa *isa, const swin_isa *plainest, double *worst) {
  for (int32_t output = 0; output < SWINMODEL_model.num_outputs; ++output) {
    const float *found = test->outputs[output], *expected = test->outputs[SWINMODEL_model.num_outputs + output];
    size_t count = output_floats(test, output), at = 0;
    double largest = 0, difference = 0;
    for (size_t i = 0; i < count; ++i) {
      double distance = fabs((double)found[i] - (double)expected[i]);
      largest = fmax(largest, fabs((double)expected[i]));
      at = distance > difference ? i : at;
      difference = fmax(difference, distance);
    }
    if (difference > tolerance * largest)
      return report(test, SWINMODEL_E_SELFTEST,
                    "output %d, element %zu is %.9g with instruction set %s and %.9g with %s; the output's largest "
                    "magnitude is %.3g",
                    (int)output, at, (double)found[at], isa->name, (double)expected[at], plainest->name, largest);
    *worst = fmax(*worst, largest > 0 ? difference / largest : 0);
  }
  return 0;
}

static int compare(const swin_selftest *test) {
  const swin_model *model = &SWINMODEL_model;
  const swin_isa *own = test->session->isa, *plainest = own;
  double worst = 0;
  int isas = 0;
  for (int32_t i = 0; i < model->num_isas; ++i) {
    if (SWINMODEL_rt_isa_usable(model->isas[i].name)) {
      plainest = &model->isas[i];
      ++isas;
    }
  }
  int status = run(test, own, true, true);
  status = status != 0 ? status : run(test, own, false, false);
  status = status != 0 ? status : check_finite(test, own, false);
  status = status != 0 ? status : check_bits(test, own);
  status = status != 0 ? status : run(test, plainest, true, true);
  status = status != 0 ? status : check_finite(test, plainest, true);
  for (int32_t i = 0; status == 0 && i < model->num_isas; ++i) {
    const swin_isa *isa = &model->isas[i];
    if (isa == plainest || !SWINMODEL_rt_isa_usable(isa->name))
      continue;
    status = run(test, isa, true, false);
    status = status != 0 ? status : check_finite(test, isa, false);
    status = status != 0 ? status : check_close(test, isa, plainest, &worst);
  }
  if (status != 0)
    return status;
  return report(test, 0,
                "image of %lld x %lld: all values finite, same bits with 1 and %d threads on %s; %d instruction set%s "
                "of the library on this machine, largest difference %.1e of the magnitude",
                (long long)test->h, (long long)test->w, (int)test->session->pool.num_threads, own->name, isas,
                isas == 1 ? "" : "s", worst);
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
  int64_t arena_bytes = 0;
  const char *why = "";
  if (SWINMODEL_model.selftest_h == 0) {
    status = report(&test, SWINMODEL_E_SELFTEST, "this library does not say what to test it with");
  } else {
    test.h = SWINMODEL_model.selftest_h;
    test.w = SWINMODEL_model.selftest_w;
    if (SWINMODEL_model.plan(1, test.h, test.w, &arena_bytes, &why) != 0)
      status = report(&test, SWINMODEL_E_SELFTEST, "the library's own test size is not possible: %s", why);
  }
  status = status != 0 ? status : allocate(&test, arena_bytes);
  status = status != 0 ? status : compare(&test);
  free(test.input);
  free(test.storage);
  free(test.outputs);
  free(test.arena);
  SWINMODEL_rt_leave(session);
  return status;
}
