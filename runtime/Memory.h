/*===- Memory.h - a session's arena and the scratch of one worker -----------===*
 * The arena holds what the driver passes from kernel to kernel; scratch is what a
 * kernel asks for itself, one region for each worker, so there is nothing to lock.
 * No function but the two that reserve and release the arena makes a system call,
 * except where a library's own figure of its scratch is wrong.
 *===----------------------------------------------------------------------===*/
#ifndef SWIN_RUNTIME_MEMORY_H
#define SWIN_RUNTIME_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  char *start; /* 64-byte aligned */
  size_t bytes;
  bool reserved; /* ours to give back */
} swin_arena;

/* Reserves address space, as much as the system easily gives; false if there is none. Pages are taken on first use. */
bool SWINMODEL_rt_arena_reserve(swin_arena *arena);
void SWINMODEL_rt_arena_release(swin_arena *arena);

enum { swin_alignment = 64, swin_max_blocks = 48 };

typedef struct {
  char *start;
  size_t bytes;
  bool live;
  bool mapped; /* did not fit in, came from the system */
} swin_block;

/* A stack of blocks. Freed in any order; room is had again when all blocks above are free too. */
typedef struct {
  char *start; /* 64-byte aligned */
  size_t bytes;
  size_t used;
  int32_t num_blocks;
  bool exceeded; /* more was asked for than `bytes` or swin_max_blocks */
  swin_block blocks[swin_max_blocks];
} swin_scratch;

/* 64-byte aligned, or NULL. Kernels are compiled without checks and would write to NULL, so a block that does not fit
 * comes from the system and `exceeded` is noted: the run fails when it is over, not by a crash. */
void *SWINMODEL_rt_scratch_get(swin_scratch *scratch, size_t bytes);
/* NULL is allowed. */
void SWINMODEL_rt_scratch_put(swin_scratch *scratch, void *block);

#endif /* SWIN_RUNTIME_MEMORY_H */
