// features.cpp - how much two pictures have in common, as the network sees them.
//
//   features ONE.png OTHER.png     each of any size: one library serves them all
#include <digit_features.h>

#define STB_IMAGE_IMPLEMENTATION
#include <stb/stb_image.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <future>
#include <memory>
#include <new>
#include <vector>

// The program's threads in place of the session's: body(arg, i) once for each i, in any order, on any threads.
static void onMyThreads(void *, int n, void (*body)(void *arg, int i), void *arg) {
  std::vector<std::future<void>> others;
  for (int i = 1; i < n; ++i)
    others.push_back(std::async(std::launch::async, body, arg, i));
  body(arg, 0);
}

struct Picture {
  int width = 0, height = 0;
  std::vector<float> values; // gray, from 0 to 1

  explicit Picture(const char *path) {
    std::unique_ptr<unsigned char, void (*)(void *)> read(stbi_load(path, &width, &height, nullptr, 1),
                                                          stbi_image_free);
    if (read)
      std::transform(read.get(), read.get() + width * height, std::back_inserter(values),
                     [](unsigned char value) { return static_cast<float>(value) / 255; });
  }
};

int main(int argc, char **argv) {
  if (argc != 3)
    return std::fprintf(stderr, "features ONE.png OTHER.png\n"), 1;
  const Picture pictures[] = {Picture(argv[1]), Picture(argv[2])};
  // Memory for intermediate results, enough for both sizes; 0 = a size that the network cannot work on, as 0 x 0 is.
  std::size_t bytes[2];
  for (int i = 0; i < 2; ++i)
    if ((bytes[i] = digit_features_workspace_size(1, pictures[i].height, pictures[i].width)) == 0)
      return std::fprintf(stderr, "features: %s is no picture that the network can work on\n", argv[i + 1]), 1;
  digit_features_options options = {};
  options.workspace_bytes = std::max(bytes[0], bytes[1]);
  options.workspace = ::operator new(options.workspace_bytes, std::align_val_t(64));
  options.threads = 2;
  options.parallel_for = onMyThreads;

  digit_features_session *session;
  std::vector<float> features[2];
  int status = digit_features_open(&session, &options);
  for (int i = 0; i < 2 && status == digit_features_OK; ++i) {
    const Picture &picture = pictures[i];
    long long shape[6]; // 1 x channels
    digit_features_output_shape(0, 1, picture.height, picture.width, shape);
    features[i].resize(static_cast<std::size_t>(shape[1]));
    float *outputs[] = {features[i].data()};
    status = digit_features_run(session, picture.values.data(), 1, picture.height, picture.width, outputs);
  }
  if (status != digit_features_OK)
    return std::fprintf(stderr, "features: %s\n", digit_features_error(session)), 1;
  digit_features_close(session);
  ::operator delete(options.workspace, std::align_val_t(64));

  double dot = 0, squares[2] = {0, 0};
  for (std::size_t c = 0; c < features[0].size(); ++c) {
    dot += features[0][c] * features[1][c];
    for (int i = 0; i < 2; ++i)
      squares[i] += features[i][c] * features[i][c];
  }
  std::printf("similarity %.3f\n", dot / std::sqrt(squares[0] * squares[1]));
}
