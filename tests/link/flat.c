/*===- flat.c - ten thousand runs leave nothing behind ----------------------===*
 * flat THREADS: runs at sizes that change; memory, files and threads of the process
 * after the first thousand and after all, as one line of JSON.
 *===----------------------------------------------------------------------===*/
#include "runs.h"

#include <dirent.h>

static long long status_of(const char *field) {
  char line[256];
  long long value = -1;
  FILE *file = fopen("/proc/self/status", "r");
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    if (strncmp(line, field, strlen(field)) == 0)
      value = atoll(line + strlen(field));
  if (file != NULL)
    fclose(file);
  return value;
}

static int open_files(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (folder != NULL && readdir(folder) != NULL)
    ++count;
  if (folder != NULL)
    closedir(folder);
  return count;
}

static void print_state(const char *key, const char *end) {
  printf("\"%s\": {\"resident\": %lld, \"reserved\": %lld, \"threads\": %lld, \"files\": %d}%s", key,
         1024 * status_of("VmRSS:"), 1024 * status_of("VmSize:"), status_of("Threads:"), open_files(), end);
}

int main(int argc, char **argv) {
  net_options options = {.threads = argc > 1 ? atoi(argv[1]) : 1};
  draw_pictures();
  results room = room_for_all();
  net_session *session;
  if (open_net(&session, options) != net_OK)
    return fail(net_error(session));
  putchar('{');
  for (int i = 0; i <= 10000; ++i) {
    /* The largest size comes early; the small ones, again and again. */
    image_size size = i < 3 ? (image_size){most_images, most_pixels, most_pixels} : size_of(i % sizes);
    size = i >= 100 ? (image_size){1, 8 + i % 2 * 4, 8 + i % 3 * 8} : size;
    if (bits_of_run(session, size, &room) == 0)
      return fail(net_error(session));
    if (i == 1000)
      print_state("after_1000", ", ");
  }
  print_state("after_10000", "}\n");
  net_close(session);
  free_room(&room);
  return 0;
}
