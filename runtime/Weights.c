/*===- Weights.c - where a session finds its weights ------------------------===*
 * See Weights.h. Nothing of a file is used, and no memory taken for it, before its
 * size and header are those that the library was made with.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "runtime/Weights.h"
#include "runtime/Internal.h"
#include "runtime/WeightsFormat.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the format is that of memory");
_Static_assert(sizeof(swin_weights_header) == swin_checksum_block + sizeof(uint64_t), "one block and its checksum");

enum reason {
  is_good,
  is_inside,
  is_not_given,
  is_not_there,
  is_forbidden,
  is_not_opened,
  is_no_file,
  is_not_read,
  is_foreign,
  is_other_version,
  is_broken_header,
  is_other_model,
  is_short,
  is_long,
  is_no_memory,
  is_not_mapped,
  is_broken
};

static const swin_session_head failures[] = {
    [is_inside] = {SWINMODEL_E_WEIGHTS, "options.weights_file must be NULL: this library has its weights inside"},
    [is_not_given] = {SWINMODEL_E_WEIGHTS,
                      "options.weights_file is NULL: this library's weights are in a file of their "
                      "own, which its info names as weights_file"},
    [is_not_there] = {SWINMODEL_E_WEIGHTS, "options.weights_file does not exist"},
    [is_forbidden] = {SWINMODEL_E_WEIGHTS, "options.weights_file may not be read by this process"},
    [is_not_opened] = {SWINMODEL_E_WEIGHTS, "options.weights_file cannot be opened"},
    [is_no_file] = {SWINMODEL_E_WEIGHTS, "options.weights_file is not a regular file"},
    [is_not_read] = {SWINMODEL_E_WEIGHTS, "options.weights_file cannot be read"},
    [is_foreign] = {SWINMODEL_E_WEIGHTS, "options.weights_file is not a file of weights that swin-compile has made"},
    [is_other_version] = {SWINMODEL_E_WEIGHTS, "options.weights_file has another format than this library reads: it "
                                               "was made by another version of swin-compile"},
    [is_broken_header] = {SWINMODEL_E_WEIGHTS, "options.weights_file is damaged: its header does not have the checksum "
                                               "that it was written with"},
    [is_other_model] = {SWINMODEL_E_WEIGHTS, "options.weights_file has the weights of another model, or of another "
                                             "build of this one: it must be the file that was made with the library"},
    [is_short] = {SWINMODEL_E_WEIGHTS, "options.weights_file is damaged: it is shorter than it was made"},
    [is_long] = {SWINMODEL_E_WEIGHTS, "options.weights_file is damaged: it is longer than it was made"},
    [is_no_memory] = {SWINMODEL_E_MEMORY, "there is no memory to map options.weights_file"},
    [is_not_mapped] = {SWINMODEL_E_WEIGHTS, "options.weights_file cannot be mapped: its file system does not allow it"},
    [is_broken] = {SWINMODEL_E_WEIGHTS, "options.weights_file is damaged: its data do not have the checksum that they "
                                        "were written with"},
};

static enum reason reason_of_open(int error) {
  if (error == ENOENT || error == ENOTDIR)
    return is_not_there;
  return error == EACCES || error == EPERM ? is_forbidden : is_not_opened;
}

/* Is it the header of the file that was made with this library? */
static enum reason check_header(const char page[swin_weights_page]) {
  const swin_model *model = &SWINMODEL_model;
  swin_weights_header header;
  memcpy(&header, page, sizeof header);
  if (header.version != swin_weights_version)
    return is_other_version;
  bool intact = swin_checksum_of(page, swin_checksum_block, 0) == header.header_checksum;
  for (size_t i = sizeof header; i < swin_weights_page; ++i)
    intact = intact && page[i] == 0;
  if (!intact || header.header_bytes != swin_weights_page)
    return is_broken_header;
  bool own = header.data_bytes == (uint64_t)model->weights_bytes && header.data_checksum == model->weights_checksum &&
             memcmp(header.data_sha256, model->weights_sha256, sizeof header.data_sha256) == 0;
  return own ? is_good : is_other_model;
}

static enum reason map(swin_weights *weights, int file) {
  struct stat status;
  char page[swin_weights_page];
  if (fstat(file, &status) != 0)
    return is_not_read;
  if (!S_ISREG(status.st_mode))
    return is_no_file;
  ssize_t got = pread(file, page, sizeof page, 0);
  if (got < 0)
    return is_not_read;
  if ((size_t)got < sizeof swin_weights_magic || memcmp(page, swin_weights_magic, sizeof swin_weights_magic) != 0)
    return is_foreign;
  if ((size_t)got < sizeof page)
    return is_short;
  enum reason wrong = check_header(page);
  if (wrong != is_good)
    return wrong;
  int64_t expected = swin_weights_page + SWINMODEL_model.weights_bytes;
  if (status.st_size != expected)
    return status.st_size < expected ? is_short : is_long;
  void *start = mmap(NULL, (size_t)expected, PROT_READ, MAP_SHARED, file, 0);
  if (start == MAP_FAILED)
    return errno == ENODEV || errno == EACCES || errno == EPERM ? is_not_mapped : is_no_memory;
  *weights = (swin_weights){(const char *)start + swin_weights_page, start, (size_t)expected};
  /* All of it is wanted at once; where that is not granted, nothing is lost. */
  madvise(start, (size_t)expected, MADV_WILLNEED);
  return is_good;
}

const swin_session_head *SWINMODEL_rt_weights_open(swin_weights *weights, const char *path) {
  *weights = (swin_weights){SWINMODEL_model.weights, NULL, 0};
  if (SWINMODEL_model.weights != NULL)
    return path == NULL ? NULL : &failures[is_inside];
  if (path == NULL)
    return &failures[is_not_given];
  /* Not to wait for the other end of what is a pipe. */
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0)
    return &failures[reason_of_open(errno)];
  enum reason wrong = map(weights, file);
  close(file);
  return wrong == is_good ? NULL : &failures[wrong];
}

typedef struct {
  const char *data;
  uint64_t bytes;
  atomic_ullong sum;
} swin_check;

static int check_chunk(void *user_context, int index, uint8_t *closure) {
  (void)user_context;
  swin_check *check = (swin_check *)closure;
  uint64_t begin = (uint64_t)index * swin_checksum_chunk, bytes = check->bytes - begin;
  bytes = bytes < swin_checksum_chunk ? bytes : swin_checksum_chunk;
  uint64_t sum = swin_checksum_of(check->data + begin, bytes, (uint64_t)index);
  atomic_fetch_add_explicit(&check->sum, sum, memory_order_relaxed);
  return 0;
}

const swin_session_head *SWINMODEL_rt_weights_check(const swin_weights *weights, swin_pool *pool) {
  if (weights->mapping == NULL)
    return NULL;
  swin_check check = {weights->data, (uint64_t)SWINMODEL_model.weights_bytes, 0};
  uint64_t chunks = (check.bytes + swin_checksum_chunk - 1) / swin_checksum_chunk;
  /* The caller's threads are for runs only. */
  SWINMODEL_rt_pool_begin(pool, pool->parallel_for != NULL);
  SWINMODEL_rt_par_for(&pool->workers[0], check_chunk, 0, (int)chunks, (uint8_t *)&check);
  SWINMODEL_rt_pool_end(pool);
  return check.sum == SWINMODEL_model.weights_checksum ? NULL : &failures[is_broken];
}

void SWINMODEL_rt_weights_close(swin_weights *weights) {
  if (weights->mapping != NULL)
    munmap(weights->mapping, weights->mapped_bytes);
  weights->mapping = NULL;
}
