//===- five_models.cpp - five models beside Halide itself -------------------===//
// In one program: five libraries of the compiler, and a kernel that Halide compiled with its
// whole runtime, thread pool and all. Each gives what it gives alone, also while the
// others work.
//===----------------------------------------------------------------------===//
#include "brighten.h"
#include "five/five.h"
#include "four/four.h"
#include "one/one.h"
#include "three/three.h"
#include "two/two.h"

#include "HalideBuffer.h"

#include <cstdio>
#include <thread>
#include <vector>

namespace {

constexpr int side = 32, channels = 3, rounds = 20; // the most that a model has
const std::vector<float> image = [] {
  std::vector<float> values(channels * side * side);
  for (int i = 0; i < channels * side * side; ++i)
    values[i] = static_cast<float>((i * 37) % 101) / 101;
  return values;
}();

// The same text for each: functions differ in the prefix only.
#define MODEL(NAME)                                                                                                    \
  std::vector<float> NAME##_result() {                                                                                 \
    NAME##_session *session;                                                                                           \
    NAME##_options options = {};                                                                                       \
    options.threads = 2;                                                                                               \
    long long shape[6];                                                                                                \
    size_t floats = 1;                                                                                                 \
    for (int i = NAME##_output_shape(0, 1, side, side, shape); i > 0; --i)                                             \
      floats *= static_cast<size_t>(shape[i - 1]);                                                                     \
    std::vector<float> result(floats);                                                                                 \
    float *outputs[] = {result.data()};                                                                                \
    if (NAME##_open(&session, &options) != NAME##_OK)                                                                  \
      return {};                                                                                                       \
    for (int i = 0; i < rounds; ++i)                                                                                   \
      if (NAME##_run(session, image.data(), 1, side, side, outputs) != NAME##_OK)                                      \
        return {};                                                                                                     \
    NAME##_close(session);                                                                                             \
    return result;                                                                                                     \
  }

MODEL(one)
MODEL(two)
MODEL(three)
MODEL(four)
MODEL(five)

std::vector<float> halide_result() {
  std::vector<float> values = image, result(side * side);
  Halide::Runtime::Buffer<float, 2> from(values.data(), side, side), to(result.data(), side, side);
  for (int i = 0; i < rounds; ++i)
    if (brighten(from, to) != 0)
      return {};
  return result;
}

} // namespace

int main() {
  std::vector<float> (*const all[])() = {one_result, two_result, three_result, four_result, five_result, halide_result};
  constexpr int count = sizeof all / sizeof *all;
  std::vector<float> alone[count], together[count];
  for (int i = 0; i < count; ++i)
    alone[i] = all[i]();
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] { together[i] = all[i](); });
  for (std::thread &thread : threads)
    thread.join();
  for (int i = 0; i < count; ++i) {
    if (alone[i].empty() || alone[i] != together[i])
      return std::printf("%d gives something else beside the others\n", i), 1;
    for (int k = 0; k < i; ++k)
      if (alone[i] == alone[k])
        return std::printf("%d and %d give the same\n", i, k), 1;
  }
  for (int i = 0; i < side * side; ++i)
    if (alone[count - 1][i] != 2 * image[i] + 1)
      return std::printf("Halide's own kernel is wrong\n"), 1;
  return std::puts("all as alone") < 0;
}
