/*===- runs.h - what programs here know of a model called net ----------------===*
 * Sizes that every model here can work on, room for all outputs, and a number for
 * the bits of what a run gave.
 *===----------------------------------------------------------------------===*/
#ifndef SWIN_TESTS_LINK_RUNS_H
#define SWIN_TESTS_LINK_RUNS_H

#include <net.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { most_images = 2, most_pixels = 40, most_channels = 3, most_outputs = 4, sizes = 12 };

typedef struct {
  int n, h, w;
} image_size;

typedef struct {
  float *outputs[most_outputs];
} results;

static float pictures[most_images * most_channels * most_pixels * most_pixels];

/* Different ones, some of whole windows, up to most_images and most_pixels. */
static inline image_size size_of(int number) {
  static const int lengths[] = {16, 24, 8, 32, 20, 40, 12, 26, 9, 33, 17};
  return (image_size){1 + number % most_images, lengths[number % 11], lengths[(number * 7 + 3) % 11]};
}

static inline void draw_pictures(void) {
  for (size_t i = 0; i < sizeof pictures / sizeof *pictures; ++i)
    pictures[i] = (float)((i * 37) % 101) / 101.0f;
}

static inline size_t floats_of(int output, image_size size) {
  long long shape[6];
  int rank = net_output_shape(output, size.n, size.h, size.w, shape);
  size_t floats = rank > 0;
  for (int i = 0; i < rank; ++i)
    floats *= (size_t)shape[i];
  return floats;
}

static inline results room_for_all(void) {
  results room = {{NULL}};
  for (int i = 0; i < net_num_outputs() && i < most_outputs; ++i) {
    size_t floats = floats_of(i, (image_size){most_images, most_pixels, most_pixels});
    room.outputs[i] = calloc(floats, sizeof(float));
    if (floats == 0 || room.outputs[i] == NULL)
      exit(3);
  }
  return room;
}

static inline void free_room(results *room) {
  for (int i = 0; i < most_outputs; ++i)
    free(room->outputs[i]);
}

/* Opens a session with these options; NET_WEIGHTS is the file of a library that has its weights beside it. */
static inline int open_net(net_session **session, net_options options) {
  options.weights_file = getenv("NET_WEIGHTS");
  return net_open(session, &options);
}

/* Runs and gives a number that no other result of that size has; 0 = the run failed. */
static inline uint64_t bits_of_run(net_session *session, image_size size, const results *room) {
  uint64_t bits = 14695981039346656037u;
  if (net_run(session, pictures, size.n, size.h, size.w, room->outputs) != net_OK)
    return 0;
  for (int i = 0; i < net_num_outputs(); ++i) {
    size_t floats = floats_of(i, size);
    for (size_t k = 0; k < floats; ++k) {
      uint32_t word;
      memcpy(&word, &room->outputs[i][k], sizeof word);
      bits = (bits ^ word) * 1099511628211u;
    }
  }
  return bits;
}

static inline int fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  return 1;
}

#endif /* SWIN_TESTS_LINK_RUNS_H */
