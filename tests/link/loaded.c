/*===- loaded.c - a library that comes at run time, twice ---------------------===*
 * loaded LIBRARY COPY: each is opened, used and closed two times, both at once too.
 *===----------------------------------------------------------------------===*/
#include "runs.h"

#include <dlfcn.h>

typedef struct {
  void *handle;
  int (*open)(net_session **, const net_options *);
  int (*run)(net_session *, const float *, int, int, int, float *const *);
  void (*close)(net_session *);
} library;

static library load(const char *path) {
  library net = {dlopen(path, RTLD_NOW | RTLD_LOCAL), NULL, NULL, NULL};
  if (net.handle == NULL)
    exit(fail(dlerror()));
  *(void **)&net.open = dlsym(net.handle, "net_open");
  *(void **)&net.run = dlsym(net.handle, "net_run");
  *(void **)&net.close = dlsym(net.handle, "net_close");
  return net;
}

int main(int argc, char **argv) {
  static float outputs[3][10];
  const char *paths[] = {argc > 2 ? argv[1] : "", argc > 2 ? argv[1] : "", argc > 2 ? argv[2] : ""};
  draw_pictures();
  for (int round = 0; round < 2; ++round) {
    library libraries[3];
    net_session *sessions[3];
    for (int i = 0; i < 3; ++i) {
      float *to[] = {outputs[i]};
      libraries[i] = load(paths[i]);
      if (libraries[i].open(&sessions[i], &(net_options){.threads = 2}) != net_OK ||
          libraries[i].run(sessions[i], pictures, 1, 32, 32, to) != net_OK)
        return fail("open or run failed");
    }
    if (libraries[0].open != libraries[1].open || libraries[0].open == libraries[2].open)
      return fail("one library was loaded twice, or its copy was not");
    for (int i = 0; i < 3; ++i) {
      if (memcmp(outputs[0], outputs[i], sizeof outputs[0]) != 0 || outputs[i][0] == outputs[i][1])
        return fail("results differ");
      libraries[i].close(sessions[i]);
      dlclose(libraries[i].handle);
    }
    if (dlopen(paths[0], RTLD_NOW | RTLD_NOLOAD) != NULL)
      return fail("the library stays");
  }
  return puts("loaded and gone") < 0;
}
