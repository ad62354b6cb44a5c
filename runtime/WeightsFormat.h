/*===- WeightsFormat.h - weights in a file beside the library ---------------===*
 * A header of one page, then the data as they would lie in the library: docs/Contract.md
 * describes both, and the checksum. Written by the compiler, read by the runtime.
 * Little endian, like every machine that libraries are made for.
 *===----------------------------------------------------------------------===*/
#ifndef SWIN_RUNTIME_WEIGHTSFORMAT_H
#define SWIN_RUNTIME_WEIGHTSFORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { swin_weights_version = 1, swin_weights_page = 4096 };
enum { swin_checksum_lanes = 8, swin_checksum_block = 64, swin_checksum_chunk = 1 << 20 };

/* What text conversions and 7-bit channels would change is in it. */
static const uint8_t swin_weights_magic[8] = {0x89, 'S', 'W', 'I', 'N', '\r', '\n', 0x1a};

/* The first block is all that header_checksum is of; zeros follow up to the end of the page. */
typedef struct {
  uint8_t magic[8];
  uint32_t version;
  uint32_t header_bytes; /* where the data begin: swin_weights_page */
  uint64_t data_bytes;   /* whole blocks */
  uint64_t data_checksum;
  uint8_t data_sha256[32];
  uint64_t header_checksum;
} swin_weights_header;

/* For each state a bijection of the word, and the other way round: a change of one word changes all that follows. One
 * product a word is what memory has time for; its upper half, which depends on the whole word, goes into the lower one
 * as well, so that what one bit changes is no change of one bit of the next word. The factor is the fraction of the
 * square root of 2, made odd. */
static inline uint64_t swin_checksum_mix(uint64_t state, uint64_t word) {
  uint64_t product = (state ^ word) * UINT64_C(0x6a09e667f3bcc909);
  return product ^ product >> 32;
}

static inline void swin_checksum_begin(uint64_t lanes[swin_checksum_lanes], uint64_t chunk) {
  for (uint64_t lane = 0; lane < swin_checksum_lanes; ++lane)
    lanes[lane] = chunk * swin_checksum_lanes + lane + 1;
}

/* bytes: whole blocks. */
static inline void swin_checksum_add(uint64_t lanes[swin_checksum_lanes], const void *data, uint64_t bytes) {
  uint64_t state[swin_checksum_lanes];
  memcpy(state, lanes, sizeof state);
  for (uint64_t at = 0; at < bytes; at += swin_checksum_block) {
#pragma GCC unroll 8
    for (int lane = 0; lane < swin_checksum_lanes; ++lane) {
      uint64_t word;
      memcpy(&word, (const char *)data + at + sizeof word * (unsigned)lane, sizeof word);
      state[lane] = swin_checksum_mix(state[lane], word);
    }
  }
  memcpy(lanes, state, sizeof state);
}

static inline uint64_t swin_checksum_end(const uint64_t lanes[swin_checksum_lanes]) {
  uint64_t sum = 0;
  for (int lane = 0; lane < swin_checksum_lanes; ++lane)
    sum = swin_checksum_mix(sum, lanes[lane]);
  return sum;
}

/* Of one chunk; that of more is the sum over chunks, which can be computed in any order. */
static inline uint64_t swin_checksum_of(const void *data, uint64_t bytes, uint64_t chunk) {
  uint64_t lanes[swin_checksum_lanes];
  swin_checksum_begin(lanes, chunk);
  swin_checksum_add(lanes, data, bytes);
  return swin_checksum_end(lanes);
}

#endif /* SWIN_RUNTIME_WEIGHTSFORMAT_H */
