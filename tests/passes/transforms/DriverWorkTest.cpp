//===- DriverWorkTest.cpp - what a driver says of its calls ---------------===//
#include "tests/passes/transforms/RecordingDriver.h"

using namespace swin::test;

namespace {

struct CallWork {
  int32_t call;
  int64_t macs, bytes;
  bool operator==(const CallWork &) const = default;
};

std::ostream &operator<<(std::ostream &out, const CallWork &work) {
  return out << "call " << work.call << ": " << work.macs << " macs, " << work.bytes << " bytes";
}

std::vector<CallWork> workOf(const swin_model &model, int64_t n, int64_t h, int64_t w) {
  std::vector<CallWork> found;
  auto take = [](void *context, int32_t call, int64_t macs, int64_t bytes) {
    static_cast<std::vector<CallWork> *>(context)->push_back({call, macs, bytes});
  };
  model.work(n, h, w, take, &found);
  return found;
}

TEST(DriverWork, CallsHaveNames) {
  Driver driver;
  ASSERT_NE(driver.model, nullptr);
  ASSERT_EQ(driver.model->num_calls, 4);
  EXPECT_STREQ(driver.model->calls[0].kernel, "embed");
  EXPECT_STREQ(driver.model->calls[0].kind, "tokens");
  EXPECT_STREQ(driver.model->calls[0].layer, "patch_embed");
  EXPECT_STREQ(driver.model->calls[1].kernel, "shift");
  EXPECT_STREQ(driver.model->calls[1].kind, "windows");
  EXPECT_STREQ(driver.model->calls[3].kind, "pool");
}

TEST(DriverWork, OfEverySize) {
  Driver driver;
  ASSERT_NE(driver.model, nullptr);
  // The image is not padded, maps of 20 channels have rows of 32 floats, constants whole groups of 16.
  for (auto [n, h, w] : {std::array<int64_t, 3>{1, 8, 24}, {3, 43, 77}}) {
    int64_t tokens = n * (h / 4) * (w / 6), merged = n * ((h / 4 + 1) / 2) * ((w / 6 + 1) / 2);
    std::vector<CallWork> expected = {
        {0, tokens * 20 * 3 * 4 * 6, 4 * (n * 3 * h * w + 2 * 72 * 16 + 32 + tokens * 32)},
        {1, 0, 4 * 2 * tokens * 32},
        {2, 0, 4 * (tokens * 32 + merged * 80)},
        {3, 0, 4 * (merged * 80 + n * 80)},
    };
    EXPECT_EQ(workOf(*driver.model, n, h, w), expected) << h << " x " << w;
  }
}

// Windows that do not fit are padded, and a map that is read for its size alone is not read.
TEST(DriverWork, CountsWhatIsComputed) {
  Driver driver(R"(
!image = tensor<?x3x?x?xf32>
!rgb = tensor<?x?x?x3xf32>
!map = tensor<?x?x?x16xf32>
!windows = tensor<?x?x?x20x16xf32>
!wide = tensor<?x?x?x20x48xf32>
!weight = tensor<3x16x16xf32>
func.func @forward(%image: !image) {
  %w = swin.param "w" : tensor<1x27x16xf32>
  %q = swin.param "q" : !weight
  %t = swin.param "t" : tensor<63x2xf32>
  %0 = swin.call @embed(%image, %w) {slot = 0 : i64} : (!image, tensor<1x27x16xf32>) -> !map
  %1 = swin.call @shift(%0, %q, %t) {slot = 1 : i64} : (!map, !weight, tensor<63x2xf32>) -> !map
  %2 = swin.call @merge(%1, %0) {output = 0 : i64} : (!map, !map) -> !map
  swin.output %2 as "map" : !map
  return
}
swin.kernel @embed conv activations 1 (%image: !image, %w: tensor<1x27x16xf32>) -> !map {
  %0 = swin.channels_last %image : !image -> !rgb
  %1 = swin.conv2d %0, %w kernel [3, 3] stride [1, 1] padding [1, 1] : (!rgb, tensor<1x27x16xf32>) -> !map
  swin.yield %1 : !map
}
swin.kernel @shift windows activations 1 (%x: !map, %q: !weight, %t: tensor<63x2xf32>) -> !map {
  %0 = swin.pad %x to_multiple_of [4, 5] : !map -> !map
  %1 = swin.window_partition %0 window [4, 5] : !map -> !windows
  %2 = swin.linear %1, %q : (!windows, !weight) -> !wide
  %3 = swin.window_attention %2, %t heads 2 scale 1.0 window [4, 5] shift [0, 0] never
    : (!wide, tensor<63x2xf32>) -> !windows
  %4 = swin.window_reverse %3 window [4, 5] : !windows -> !map
  %5 = swin.crop %4 like %x : !map, !map -> !map
  swin.yield %5 : !map
}
swin.kernel @merge map activations 2 (%x: !map, %like: !map) -> !map dense {
  %0 = swin.resize %x nearest like %like : (!map, !map) -> !map
  swin.yield %0 : !map
}
)",
                "");
  ASSERT_NE(driver.model, nullptr);
  int64_t tokens = 2 * 6 * 11, padded = 2 * 8 * 15, map = 4 * 16 * tokens;
  std::vector<CallWork> expected = {
      {0, tokens * 16 * 27, 4 * (3 * tokens + 27 * 16) + map},
      {1, padded * 16 * 48 + 2 * padded * 16 * 20, 2 * map + 4 * (48 * 16 + 128)},
      {2, 0, 2 * map},
  };
  EXPECT_EQ(workOf(*driver.model, 2, 6, 11), expected);
}

std::vector<int32_t> stamps;

TEST(DriverWork, RunMarksBeginAndEndOfCalls) {
  Driver driver;
  ASSERT_NE(driver.model, nullptr);
  float input[1], features[1], map[1];
  float *outputs[] = {features, map};
  char arena[64];
  auto run = [&] {
    stamps.clear();
    calls.clear();
    auto mark = [](void *context, int32_t stamp) {
      EXPECT_EQ(context, &calls);
      EXPECT_EQ(calls.size(), static_cast<size_t>((stamp + 1) / 2));
      stamps.push_back(stamp);
    };
    return driver.model->run(&calls, driver.model->isas[0].kernels, driver.weights, input, arena, outputs, 1, 8, 24,
                             mark);
  };
  EXPECT_EQ(run(), 0);
  EXPECT_EQ(stamps, (std::vector<int32_t>{0, 1, 2, 3, 4, 5, 6, 7}));
  nextStatus = -5;
  EXPECT_EQ(run(), -5);
  EXPECT_EQ(stamps, (std::vector<int32_t>{0, 1}));
  nextStatus = 0;
}

} // namespace
