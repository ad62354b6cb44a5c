/* classify.c - which digit a picture shows.
 *
 *   classify PICTURE.png        any size, gray or colour, bright on dark; also .jpg and what else stb_image reads
 */
#include <digits.h>

#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

#include <math.h>

enum { side = 32, classes = 10 }; /* digits_info() says both; its "labels" are the digits themselves */

/* The mean of the pixels that fall into each of side x side squares, from 0 (black) to 1: the network's mean and
 * standard deviation are 0 and 1, so there is nothing to subtract and nothing to divide by. */
static void shrink(const unsigned char *pixels, int width, int height, float *image) {
  for (int y = 0; y < side; ++y)
    for (int x = 0; x < side; ++x) {
      int top = y * height / side, bottom = ((y + 1) * height + side - 1) / side;
      int left = x * width / side, right = ((x + 1) * width + side - 1) / side;
      double sum = 0;
      for (int row = top; row < bottom; ++row)
        for (int column = left; column < right; ++column)
          sum += pixels[(size_t)row * (size_t)width + (size_t)column];
      image[y * side + x] = (float)(sum / 255 / ((bottom - top) * (right - left)));
    }
}

int main(int argc, char **argv) {
  int width, height, best = 0;
  unsigned char *pixels = argc == 2 ? stbi_load(argv[1], &width, &height, NULL, 1) : NULL;
  if (pixels == NULL)
    return fprintf(stderr, "classify PICTURE: %s\n", argc == 2 ? stbi_failure_reason() : "one picture"), 1;
  float image[side * side], logits[classes], *outputs[] = {logits}, sum = 0;
  shrink(pixels, width, height, image);
  stbi_image_free(pixels);
  digits_session *session;
  if (digits_open(&session, NULL) != digits_OK || digits_run(session, image, 1, side, side, outputs) != digits_OK)
    return fprintf(stderr, "classify: %s\n", digits_error(session)), 1;
  digits_close(session);
  for (int i = 1; i < classes; ++i)
    best = logits[i] > logits[best] ? i : best;
  for (int i = 0; i < classes; ++i)
    sum += expf(logits[i] - logits[best]);
  return printf("%d, %.1f %%\n", best, 100 / sum) < 0;
}
