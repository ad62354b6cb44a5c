/*===- Session.c - open, run, error, close ----------------------------------===*
 * See NAME.h.in. A session that could not be opened is one of the constants below,
 * so its sentence needs neither memory nor a global that is written.
 *===----------------------------------------------------------------------===*/
#include "runtime/Cpu.h"
#include "runtime/Internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const swin_session_head failed_sessions[] = {
    {SWINMODEL_E_THREADS, "options.threads must be 0 (one per core) to 1024"},
    {SWINMODEL_E_ISA, "options.isa is not an instruction set of this library; its info lists them as isas"},
    {SWINMODEL_E_MACHINE, "this machine does not have the instruction set of options.isa or, if that is NULL, none of "
                          "this library's; its info lists them as isas"},
    {SWINMODEL_E_WORKSPACE, "options.workspace must be aligned to 64 bytes; to let the session allocate, both it and "
                            "workspace_bytes must be 0"},
    {SWINMODEL_E_MEMORY, "there is no memory for a session"},
    {SWINMODEL_E_START, "the system refused to start the session's threads; fewer options.threads may work"},
    {SWINMODEL_E_LIBRARY, "the library is broken: its runtime and its model were made by different compilers"},
};

static const swin_session_head *failure_of(int status) {
  for (size_t i = 0; i < sizeof failed_sessions / sizeof *failed_sessions; ++i)
    if (failed_sessions[i].failure == status)
      return &failed_sessions[i];
  return NULL;
}

static int fail_open(SWINMODEL_session **out, const swin_session_head *failure) {
  *out = (SWINMODEL_session *)failure;
  return failure->failure;
}

/* The sentence is kept as it is: it must live as long as the library. */
static int fail(SWINMODEL_session *session, int status, const char *sentence) {
  session->head.error = sentence;
  return status;
}

__attribute__((format(printf, 3, 4))) static int fail_with(SWINMODEL_session *session, int status, const char *format,
                                                           ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(session->message, sizeof session->message, format, arguments);
  va_end(arguments);
  return fail(session, status, session->message);
}

static bool is_consistent(const swin_model *model) {
  return model->abi == SWIN_MODEL_ABI && model->num_isas > 0 && model->num_outputs > 0 && model->scratch_bytes >= 0 &&
         model->channels > 0 && (model->weights != NULL || model->weights_sha256 != NULL);
}

/* The instruction set of that name, or the best one; its status if there is none. */
static int choose_isa(const char *name, const swin_isa **chosen) {
  const swin_model *model = &SWINMODEL_model;
  int status = name == NULL ? SWINMODEL_E_MACHINE : SWINMODEL_E_ISA;
  for (int32_t i = 0; i < model->num_isas; ++i) {
    const swin_isa *isa = &model->isas[i];
    if (name != NULL && strcmp(name, isa->name) != 0)
      continue;
    if (SWINMODEL_rt_isa_usable(isa->name)) {
      *chosen = isa;
      return 0;
    }
    status = SWINMODEL_E_MACHINE;
  }
  return status;
}

static int check_options(const SWINMODEL_options *options) {
  if (options->threads < 0 || options->threads > swin_max_threads)
    return SWINMODEL_E_THREADS;
  if ((uintptr_t)options->workspace % swin_alignment != 0 ||
      (options->workspace == NULL && options->workspace_bytes != 0))
    return SWINMODEL_E_WORKSPACE;
  return 0;
}

/* All that a session has besides its weights, and what these are worth: NULL, or what failed. */
static const swin_session_head *start(SWINMODEL_session *session, const SWINMODEL_options *options) {
  session->arena = (swin_arena){options->workspace, options->workspace_bytes, false};
  if (options->workspace == NULL && !SWINMODEL_rt_arena_reserve(&session->arena))
    return failure_of(SWINMODEL_E_MEMORY);
  int threads = options->threads > 0 ? options->threads : SWINMODEL_rt_usable_cores();
  int status = SWINMODEL_rt_pool_open(&session->pool, threads, SWINMODEL_model.scratch_bytes, options->parallel_for,
                                      options->parallel_ctx);
  return status != 0 ? failure_of(status) : SWINMODEL_rt_weights_check(&session->weights, &session->pool);
}

static void release(SWINMODEL_session *session) {
  if (session->pool.memory != NULL)
    SWINMODEL_rt_pool_close(&session->pool);
  SWINMODEL_rt_arena_release(&session->arena);
  SWINMODEL_rt_weights_close(&session->weights);
  free(session->places);
  free(session);
}

int SWINMODEL_open(SWINMODEL_session **out, const SWINMODEL_options *given) {
  static const SWINMODEL_options defaults;
  const SWINMODEL_options *options = given != NULL ? given : &defaults;
  const swin_isa *isa = NULL;
  if (out == NULL)
    return SWINMODEL_E_SESSION;
  if (!is_consistent(&SWINMODEL_model))
    return fail_open(out, failure_of(SWINMODEL_E_LIBRARY));
  int status = check_options(options);
  status = status != 0 ? status : choose_isa(options->isa, &isa);
  if (status != 0)
    return fail_open(out, failure_of(status));
  swin_weights weights;
  const swin_session_head *failure = SWINMODEL_rt_weights_open(&weights, options->weights_file);
  if (failure != NULL)
    return fail_open(out, failure);

  SWINMODEL_session *session = aligned_alloc(_Alignof(SWINMODEL_session), sizeof(SWINMODEL_session));
  if (session == NULL) {
    SWINMODEL_rt_weights_close(&weights);
    return fail_open(out, failure_of(SWINMODEL_E_MEMORY));
  }
  memset(session, 0, sizeof *session);
  session->head.error = "";
  session->isa = isa;
  session->weights = weights;
  failure = start(session, options);
  if (failure != NULL) {
    release(session);
    return fail_open(out, failure);
  }
  *out = session;
  return 0;
}

int SWINMODEL_rt_enter(SWINMODEL_session *session) {
  if (session == NULL)
    return SWINMODEL_E_SESSION;
  if (swin_head(session)->failure != 0)
    return swin_head(session)->failure;
  if (atomic_exchange_explicit(&session->busy, true, memory_order_acquire))
    return SWINMODEL_E_BUSY;
  session->head.error = "";
  return 0;
}

void SWINMODEL_rt_leave(SWINMODEL_session *session) {
  atomic_store_explicit(&session->busy, false, memory_order_release);
}

int SWINMODEL_rt_execute(SWINMODEL_session *session, const swin_isa *isa, bool serial, const float *input, char *arena,
                         float *const *outputs, int64_t n, int64_t h, int64_t w, swin_mark mark) {
  swin_pool *pool = &session->pool;
  swin_float_mode own = SWINMODEL_rt_float_enter();
  SWINMODEL_rt_pool_begin(pool, serial);
  int32_t status =
      SWINMODEL_model.run(&pool->workers[0], isa->kernels, session->weights.data, input, arena, outputs, n, h, w, mark);
  bool enough = SWINMODEL_rt_pool_end(pool);
  SWINMODEL_rt_float_leave(own);
  if (!enough)
    return fail_with(session, SWINMODEL_E_SCRATCH,
                     "a kernel needed more than the %lld bytes that the library says: a bug of the compiler",
                     (long long)SWINMODEL_model.scratch_bytes);
  if (status != 0)
    return fail_with(session, SWINMODEL_E_KERNEL, "a kernel failed with status %d: a bug of the compiler", (int)status);
  return 0;
}

/* True if [a, a + a_bytes) and [b, b + b_bytes) have a byte in common. */
static bool overlap(const void *a, size_t a_bytes, const void *b, size_t b_bytes) {
  uintptr_t first = (uintptr_t)a, second = (uintptr_t)b;
  return first < second ? second - first < a_bytes : first - second < b_bytes;
}

static size_t output_bytes(int32_t output, int64_t n, int64_t h, int64_t w) {
  int64_t shape[6];
  int32_t rank = SWINMODEL_model.output_shape(output, n, h, w, shape);
  size_t bytes = rank < 0 ? 0 : sizeof(float);
  for (int32_t i = 0; i < rank; ++i)
    bytes *= (size_t)shape[i];
  return bytes;
}

static int check_pointers(SWINMODEL_session *session, const float *input, float *const outputs[]) {
  if (input == NULL)
    return fail(session, SWINMODEL_E_INPUT, "the input is NULL");
  if ((uintptr_t)input % sizeof(float) != 0)
    return fail(session, SWINMODEL_E_INPUT, "the input is not aligned to 4 bytes");
  if (outputs == NULL)
    return fail(session, SWINMODEL_E_OUTPUTS, "the array of outputs is NULL");
  for (int32_t i = 0; i < SWINMODEL_model.num_outputs; ++i) {
    if (outputs[i] == NULL)
      return fail_with(session, SWINMODEL_E_OUTPUTS,
                       "outputs[%d] is NULL: each of the %d outputs needs room for its shape", (int)i,
                       (int)SWINMODEL_model.num_outputs);
    if ((uintptr_t)outputs[i] % sizeof(float) != 0)
      return fail_with(session, SWINMODEL_E_OUTPUTS, "outputs[%d] is not aligned to 4 bytes", (int)i);
  }
  return 0;
}

static int check_overlaps(SWINMODEL_session *session, size_t arena_bytes, const float *input, float *const outputs[],
                          int64_t n, int64_t h, int64_t w) {
  size_t input_bytes = sizeof(float) * (size_t)SWINMODEL_model.channels * (size_t)(n * h * w);
  for (int32_t i = 0; i < SWINMODEL_model.num_outputs; ++i) {
    size_t bytes = output_bytes(i, n, h, w);
    if (overlap(outputs[i], bytes, input, input_bytes))
      return fail_with(session, SWINMODEL_E_OVERLAP, "outputs[%d] overlaps the input", (int)i);
    if (overlap(outputs[i], bytes, session->arena.start, arena_bytes))
      return fail_with(session, SWINMODEL_E_OVERLAP, "outputs[%d] overlaps the workspace", (int)i);
    for (int32_t k = 0; k < i; ++k)
      if (overlap(outputs[i], bytes, outputs[k], output_bytes(k, n, h, w)))
        return fail_with(session, SWINMODEL_E_OVERLAP, "outputs[%d] overlaps outputs[%d]", (int)i, (int)k);
  }
  if (overlap(input, input_bytes, session->arena.start, arena_bytes))
    return fail(session, SWINMODEL_E_OVERLAP, "the input overlaps the workspace");
  return 0;
}

/* Times are noted first, so that watching is in none. */
static void mark(void *user_context, int32_t stamp) {
  SWINMODEL_session *session = swin_session_of(user_context);
  if (session->calls != NULL)
    SWINMODEL_rt_note_time(session, stamp);
  if (session->take != NULL && stamp % 2 == 1)
    SWINMODEL_rt_show(session, stamp / 2);
}

static int checked_run(SWINMODEL_session *session, const float *input, int n, int h, int w, float *const outputs[]) {
  int status = check_pointers(session, input, outputs);
  if (status != 0)
    return status;
  int64_t bytes = 0;
  const char *why = "";
  if (SWINMODEL_model.plan(n, h, w, &bytes, &why) != 0)
    return fail_with(session, SWINMODEL_E_SIZE, "%d x %d x %d (batch, height, width): %s", n, h, w, why);
  if ((uint64_t)bytes > session->arena.bytes)
    return fail_with(session, SWINMODEL_E_TOO_LARGE,
                     "%d x %d x %d (batch, height, width) needs a workspace of %lld bytes, this session's has %zu", n,
                     h, w, (long long)bytes, session->arena.bytes);
  status = check_overlaps(session, (size_t)bytes, input, outputs, n, h, w);
  if (status != 0)
    return status;
  if (session->calls != NULL)
    SWINMODEL_rt_begin_profile(session, n, h, w);
  if (session->take != NULL)
    SWINMODEL_rt_find_places(session->places, n, h, w);
  session->outputs = outputs;
  return SWINMODEL_rt_execute(session, session->isa, false, input, session->arena.start, outputs, n, h, w,
                              session->calls != NULL || session->take != NULL ? mark : NULL);
}

int SWINMODEL_run(SWINMODEL_session *session, const float *input, int n, int h, int w, float *const outputs[]) {
  int status = SWINMODEL_rt_enter(session);
  if (status != 0)
    return status;
  status = checked_run(session, input, n, h, w, outputs);
  SWINMODEL_rt_leave(session);
  return status;
}

const char *SWINMODEL_error(const SWINMODEL_session *session) {
  return session != NULL ? swin_head(session)->error : "the session is NULL: it was never opened";
}

const char *SWINMODEL_isa(const SWINMODEL_session *session) {
  return session != NULL && swin_head(session)->failure == 0 ? session->isa->name : "";
}

int SWINMODEL_threads(const SWINMODEL_session *session) {
  return session != NULL && swin_head(session)->failure == 0 ? session->pool.num_threads : 0;
}

void SWINMODEL_close(SWINMODEL_session *session) {
  if (session == NULL || swin_head(session)->failure != 0)
    return;
  release(session);
}
