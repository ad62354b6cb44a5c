/*===- Memory.c - a session's arena and the scratch of one worker -----------===*
 * See Memory.h.
 *===----------------------------------------------------------------------===*/
#define _GNU_SOURCE
#include "runtime/Memory.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Where the kernel counts reserved memory as used, a reservation must be modest. */
static bool counts_reservations(void) {
  FILE *file = fopen("/proc/sys/vm/overcommit_memory", "re");
  int mode = 0;
  if (file == NULL)
    return false;
  if (fscanf(file, "%d", &mode) != 1)
    mode = 0;
  fclose(file);
  return mode == 2;
}

bool SWINMODEL_rt_arena_reserve(swin_arena *arena) {
  const size_t smallest = (size_t)1 << 20;
  size_t bytes = (size_t)1 << (sizeof(void *) < 8 ? 28 : counts_reservations() ? 30 : 36);
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    while (bytes > smallest && bytes > limit.rlim_cur / 4)
      bytes /= 2;
  for (; bytes >= smallest; bytes /= 2) {
    void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED)
      continue;
    arena->start = start;
    arena->bytes = bytes;
    arena->reserved = true;
    return true;
  }
  return false;
}

void SWINMODEL_rt_arena_release(swin_arena *arena) {
  if (arena->reserved)
    munmap(arena->start, arena->bytes);
  arena->reserved = false;
}

void *SWINMODEL_rt_scratch_get(swin_scratch *scratch, size_t bytes) {
  if (bytes > SIZE_MAX - swin_alignment)
    bytes = SIZE_MAX - swin_alignment;
  bytes = bytes == 0 ? swin_alignment : (bytes + swin_alignment - 1) / swin_alignment * swin_alignment;
  bool fits = scratch->num_blocks < swin_max_blocks;
  if (fits && bytes <= scratch->bytes - scratch->used) {
    swin_block *block = &scratch->blocks[scratch->num_blocks++];
    *block = (swin_block){scratch->start + scratch->used, bytes, true, false};
    scratch->used += bytes;
    return block->start;
  }
  scratch->exceeded = true;
  /* Without a place to note its size a block cannot be given back. */
  if (!fits)
    return NULL;
  void *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED)
    return NULL;
  scratch->blocks[scratch->num_blocks++] = (swin_block){start, bytes, true, true};
  return start;
}

void SWINMODEL_rt_scratch_put(swin_scratch *scratch, void *block) {
  for (int32_t i = scratch->num_blocks - 1; block != NULL && i >= 0; --i) {
    if (scratch->blocks[i].start == block && scratch->blocks[i].live) {
      scratch->blocks[i].live = false;
      break;
    }
  }
  while (scratch->num_blocks > 0 && !scratch->blocks[scratch->num_blocks - 1].live) {
    const swin_block *top = &scratch->blocks[--scratch->num_blocks];
    if (top->mapped)
      munmap(top->start, top->bytes);
    else
      scratch->used -= top->bytes;
  }
}
