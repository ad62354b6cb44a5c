/*===- Weights.h - where a session finds its weights ------------------------===*
 * Inside the library, or in a file that is mapped as long as the session lives.
 * Sessions and processes that map the same file share its pages. Who truncates a
 * file that is mapped ends the processes that read what is gone by SIGBUS, and who
 * writes into it changes their results: files are replaced by renaming another one.
 *===----------------------------------------------------------------------===*/
#ifndef SWIN_RUNTIME_WEIGHTS_H
#define SWIN_RUNTIME_WEIGHTS_H

#include "runtime/Threads.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  const char *data; /* 64-byte aligned */
  void *mapping;    /* NULL = nothing to give back */
  size_t mapped_bytes;
} swin_weights;

/* How a session begins, also one that could not be opened: of those, one constant per reason stands for all. */
typedef struct {
  int failure;       /* status of SWINMODEL_open */
  const char *error; /* sentence of the last call; "" = it succeeded */
} swin_session_head;

/* Finds the weights that the model needs. path: options.weights_file. Of a file all is checked but the data. Returns
 * NULL, or why there are none; then there is nothing to close. */
const swin_session_head *SWINMODEL_rt_weights_open(swin_weights *weights, const char *path);

/* Reads all data of a file, with the pool's own threads, and compares their checksum: NULL, or what is wrong. */
const swin_session_head *SWINMODEL_rt_weights_check(const swin_weights *weights, swin_pool *pool);

void SWINMODEL_rt_weights_close(swin_weights *weights);

#endif /* SWIN_RUNTIME_WEIGHTS_H */
