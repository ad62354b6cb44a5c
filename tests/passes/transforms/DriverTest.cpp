//===- DriverTest.cpp - what a lowered driver computes --------------------===//
// The functions of runtime/Model.h at possible and impossible sizes.
//===----------------------------------------------------------------------===//
#include "tests/passes/transforms/RecordingDriver.h"

using namespace swin::test;

namespace {

TEST(Driver, ModelSaysWhatTheLibraryHolds) {
  Driver driver;
  ASSERT_NE(driver.model, nullptr);
  const swin_model &model = *driver.model;
  EXPECT_EQ(model.abi, SWIN_MODEL_ABI);
  EXPECT_EQ(model.num_outputs, 2);
  ASSERT_EQ(model.num_isas, 2);
  EXPECT_EQ(model.num_kernels, 4);
  EXPECT_STREQ(model.isas[0].name, "x86-64-v4");
  EXPECT_STREQ(model.isas[1].name, "x86-64-v3");
  EXPECT_EQ(model.isas[1].kernels[0], reinterpret_cast<const void *>(embed));
  EXPECT_EQ(model.isas[0].kernels[3], reinterpret_cast<const void *>(pool));
  EXPECT_EQ(model.weights, driver.weights);
  EXPECT_EQ(model.weights_sha256, nullptr);
  EXPECT_EQ(model.weights_checksum, 0u);
  EXPECT_EQ(model.weights_bytes, 128 + 2 * 72 * 16 * 4);
  EXPECT_EQ(model.scratch_bytes, 640);
  EXPECT_EQ(model.channels, 3);
  EXPECT_EQ(model.selftest_h, 43);
  EXPECT_EQ(model.selftest_w, 77);
  EXPECT_EQ(model.selftest_n, 2);
  ASSERT_NE(model.digests, nullptr);
  EXPECT_EQ(model.digests[0].largest, 0);
  EXPECT_EQ(model.digests[3].largest, 300);
  EXPECT_EQ(model.digests[3].sums[63], 364);
  EXPECT_STREQ(model.info, "{\"name\": \"tiny\"}");
}

TEST(Driver, ModelKnowsItsFileOfWeights) {
  std::string zerosToo = "00ff";
  for (int i = 0; i < 30; ++i)
    zerosToo += "4" + std::to_string(i % 10);
  Driver driver(std::string(text), "axis", zerosToo);
  ASSERT_NE(driver.model, nullptr);
  EXPECT_EQ(driver.model->weights, nullptr);
  EXPECT_EQ(driver.model->weights_bytes, 128 + 2 * 72 * 16 * 4);
  EXPECT_EQ(std::string(driver.model->weights_sha256, 4), std::string("\0\xff@A", 4));
  EXPECT_EQ(driver.model->weights_checksum, 0x8000000000000001);
}

TEST(Driver, PlanGivesTheArena) {
  Driver driver;
  ASSERT_NE(driver.model, nullptr);
  // Two slots of n x (h / 4) x (w / 6) rows of 32 floats.
  EXPECT_EQ(driver.refusal(1, 8, 24), "");
  EXPECT_EQ(driver.arena, 2 * 2 * 4 * 32 * 4);
  EXPECT_EQ(driver.refusal(3, 43, 77), "");
  EXPECT_EQ(driver.arena, 2 * 3 * 10 * 12 * 32 * 4);
}

TEST(Driver, PlanSaysWhatIsWrong) {
  Driver driver;
  ASSERT_NE(driver.model, nullptr);
  EXPECT_EQ(driver.refusal(0, 8, 24), "the batch must be at least 1");
  EXPECT_EQ(driver.refusal(1, -1, 24), "the image's height must be at least 1");
  EXPECT_EQ(driver.refusal(1, 8, 0), "the image's width must be at least 1");
  EXPECT_EQ(driver.refusal(1, 3, 24), "the image is smaller than one patch of 4 x 6 pixels");
  EXPECT_EQ(driver.refusal(1, 8, 5), "the image is smaller than one patch of 4 x 6 pixels");
  EXPECT_EQ(driver.refusal(1, 4, 24),
            "layers.0.blocks.1 needs a map of at least 2 x 3 tokens; one token is 4 x 6 pixels of the image");
  EXPECT_EQ(driver.refusal(1, 8, 30),
            "layers.0.blocks.1 needs a map whose size is a multiple of 1 x 2 tokens; one token is 4 x 6 pixels of "
            "the image");
  EXPECT_EQ(driver.refusal(1, 30000, 24000), "the input has 2^31 or more values; use a smaller batch or image");
  std::string large = "the input is too large: batch x height x width is more than 2^40";
  EXPECT_EQ(driver.refusal(INT64_MAX, INT64_MAX, INT64_MAX), large);
  EXPECT_EQ(driver.refusal(1, INT64_MAX, 24), large);
  EXPECT_EQ(driver.refusal(1, 8, INT64_MAX), large);
  EXPECT_EQ(driver.refusal(int64_t(1) << 21, int64_t(1) << 20, int64_t(1) << 23), large);
  EXPECT_EQ(driver.refusal(1, 24000, 24000), "");
  EXPECT_EQ(driver.refusal(1, 26000, 26424), "");
  EXPECT_EQ(driver.arena, int64_t(2) * 6500 * 4404 * 32 * 4);
}

TEST(Driver, PlanKnowsWhatKernelsNeed) {
  // Windows without padding, and a result much larger than the image.
  Driver driver(R"(
!image = tensor<?x3x?x?xf32>
!map = tensor<?x?x?x72xf32>
!windows = tensor<?x?x?x4x72xf32>
func.func @forward(%image: !image) {
  %w = swin.param "w" : tensor<5x3x16xf32>
  %b = swin.param "b" : tensor<72xf32>
  %0 = swin.call @embed(%image, %w, %b) {slot = 0 : i64}
      : (!image, tensor<5x3x16xf32>, tensor<72xf32>) -> !map loc("embed")
  %1 = swin.call @shift(%0) {output = 0 : i64} : (!map) -> !map loc("layers.0.blocks.0")
  swin.output %1 as "map" : !map
  return
}
swin.kernel @embed tokens activations 1 (%x: !image, %w: tensor<5x3x16xf32>, %b: tensor<72xf32>) -> !map {
  %0 = swin.patch_embed %x, %w, %b patch [1, 1] : (!image, tensor<5x3x16xf32>, tensor<72xf32>) -> !map
  swin.yield %0 : !map
}
swin.kernel @shift windows activations 1 (%x: !map) -> !map dense {
  %0 = swin.window_partition %x window [2, 2] : !map -> !windows
  %1 = swin.window_reverse %0 window [2, 2] : !windows -> !map
  swin.yield %1 : !map
}
)",
                "");
  ASSERT_NE(driver.model, nullptr);
  EXPECT_EQ(driver.refusal(1, 4, 6), "");
  EXPECT_EQ(driver.arena, 4 * 6 * 80 * 4);
  EXPECT_EQ(driver.refusal(1, 4, 7), "layers.0.blocks.0 needs a map whose size is a multiple of 2 x 2 pixels");
  EXPECT_EQ(driver.refusal(1, 1, 6), "layers.0.blocks.0 needs a map whose size is a multiple of 2 x 2 pixels");
  EXPECT_EQ(driver.refusal(1, 5000, 5000), "");
  EXPECT_EQ(driver.refusal(1, 5000, 6000),
            "the input is too large: the result of embed would have 2^31 or more values");
  // Dense rows of 72 would fit, rows of 80 do not: 26843545 of them do.
  EXPECT_EQ(driver.refusal(1, 2, 13421772), "");
  EXPECT_EQ(driver.refusal(1, 2, 13421774),
            "the input is too large: the result of embed would have 2^31 or more values");
}

TEST(Driver, PlanKnowsUpperBoundsOfMaps) {
  auto refusal = [](const std::string &bounds, int64_t h, int64_t w) {
    Driver driver(R"(
!image = tensor<?x3x?x?xf32>
!map = tensor<?x?x?x16xf32>
func.func @forward(%image: !image) {
  %w = swin.param "w" : tensor<1x24x16xf32>
  %b = swin.param "b" : tensor<16xf32>
  %0 = swin.call @embed(%image, %w, %b) {output = 0 : i64} : (!image, tensor<1x24x16xf32>, tensor<16xf32>) -> !map
  %1 = swin.check_size %0 RULE : !map loc("absolute_pos_embed")
  swin.output %1 as "map" : !map
  return
}
swin.kernel @embed tokens activations 1 (%x: !image, %w: tensor<1x24x16xf32>, %b: tensor<16xf32>) -> !map {
  %0 = swin.patch_embed %x, %w, %b patch [2, 4] : (!image, tensor<1x24x16xf32>, tensor<16xf32>) -> !map
  swin.yield %0 : !map
}
)",
                  bounds);
    return driver.model ? driver.refusal(1, h, w) : "no model";
  };
  std::string exact = "min [3, 1] multiple [1, 1] max [3, 1]", range = "min [3, 1] multiple [1, 1] max [4, 1]";
  std::string unit = " tokens; one token is 2 x 4 pixels of the image";
  EXPECT_EQ(refusal(exact, 6, 4), "");
  EXPECT_EQ(refusal(exact, 5, 4), "absolute_pos_embed needs a map of exactly 3 x 1" + unit);
  EXPECT_EQ(refusal(exact, 8, 4), "absolute_pos_embed needs a map of exactly 3 x 1" + unit);
  EXPECT_EQ(refusal(exact, 6, 8), "absolute_pos_embed needs a map of exactly 3 x 1" + unit);
  EXPECT_EQ(refusal(range, 8, 4), "");
  EXPECT_EQ(refusal(range, 5, 4), "absolute_pos_embed needs a map of at least 3 x 1" + unit);
  EXPECT_EQ(refusal(range, 10, 4), "absolute_pos_embed needs a map of at most 4 x 1" + unit);
}

TEST(Driver, StaticSizesAreTheOnlyOnes) {
  Driver driver(R"(
!image = tensor<?x3x8x16xf32>
!map = tensor<?x8x16x16xf32>
func.func @forward(%image: !image) {
  %w = swin.param "w" : tensor<1x3x16xf32>
  %b = swin.param "b" : tensor<16xf32>
  %0 = swin.call @embed(%image, %w, %b) {output = 0 : i64} : (!image, tensor<1x3x16xf32>, tensor<16xf32>) -> !map
  swin.output %0 as "map" : !map
  return
}
swin.kernel @embed tokens activations 1 (%x: !image, %w: tensor<1x3x16xf32>, %b: tensor<16xf32>) -> !map {
  %0 = swin.patch_embed %x, %w, %b patch [1, 1] : (!image, tensor<1x3x16xf32>, tensor<16xf32>) -> !map
  swin.yield %0 : !map
}
)",
                "");
  ASSERT_NE(driver.model, nullptr);
  EXPECT_EQ(driver.refusal(5, 8, 16), "");
  // All results are the caller's; an arena of 0 bytes would read as an impossible size.
  EXPECT_EQ(driver.arena, 64);
  EXPECT_EQ(driver.refusal(5, 16, 8), "this library is compiled for height 8 only");
  EXPECT_EQ(driver.refusal(5, 8, 15), "this library is compiled for width 16 only");
}

TEST(Driver, OutputShapes) {
  Driver driver;
  ASSERT_NE(driver.model, nullptr);
  int64_t shape[6] = {-7, -7, -7, -7, -7, -7};
  EXPECT_EQ(driver.model->output_shape(0, 2, 43, 77, shape), 2);
  EXPECT_EQ((std::array{shape[0], shape[1], shape[2]}), (std::array<int64_t, 3>{2, 80, -7}));
  EXPECT_EQ(driver.model->output_shape(1, 2, 43, 77, shape), 4);
  EXPECT_EQ((std::array{shape[0], shape[1], shape[2], shape[3]}), (std::array<int64_t, 4>{2, 5, 6, 80}));
  EXPECT_EQ(driver.model->output_shape(2, 2, 43, 77, shape), -1);
  EXPECT_EQ(driver.model->output_shape(-1, 2, 43, 77, shape), -1);
  EXPECT_EQ(driver.model->output_shape(0, 2, 3, 77, shape), -1);
}

TEST(Driver, RunCallsKernelsInOrder) {
  Driver driver;
  ASSERT_NE(driver.model, nullptr);
  float input[1], features[1], map[1];
  float *outputs[] = {features, map};
  char arena[64];
  auto run = [&](int64_t h, int64_t w) {
    calls.clear();
    return driver.model->run(&calls, driver.model->isas[1].kernels, driver.weights, input, arena, outputs, 2, h, w,
                             nullptr);
  };
  auto bytes = [](const void *pointer) { return static_cast<const char *>(pointer); };
  ASSERT_EQ(run(43, 77), 0);
  ASSERT_EQ(calls.size(), 4u);
  int32_t rows = 2 * 10 * 12;
  EXPECT_EQ(calls[0].kernel, "embed");
  EXPECT_EQ(calls[0].sizes, (std::array<int32_t, 5>{2, 43, 77, 0, 0}));
  std::vector<std::pair<const char *, int32_t>> expected = {
      {bytes(input), 2 * 3 * 43 * 77}, {driver.weights + 128, 2 * 72 * 16}, {driver.weights, 32}, {arena, rows * 32}};
  EXPECT_EQ(calls[0].buffers, expected);
  EXPECT_EQ(calls[1].sizes, (std::array<int32_t, 5>{2, 10, 12, 2, 1}));
  expected = {{arena, rows * 32}, {arena + rows * 32 * 4, rows * 32}};
  EXPECT_EQ(calls[1].buffers, expected);
  EXPECT_EQ(calls[2].sizes, (std::array<int32_t, 5>{2, 10, 12, 0, 0}));
  expected = {{arena + rows * 32 * 4, rows * 32}, {bytes(map), 2 * 5 * 6 * 80}};
  EXPECT_EQ(calls[2].buffers, expected);
  EXPECT_EQ(calls[3].sizes, (std::array<int32_t, 5>{2, 5, 6, 0, 0}));
  expected = {{bytes(map), 2 * 5 * 6 * 80}, {bytes(features), 2 * 80}};
  EXPECT_EQ(calls[3].buffers, expected);

  // A kernel's status ends the run.
  nextStatus = -5;
  EXPECT_EQ(run(43, 77), -5);
  EXPECT_EQ(calls.size(), 1u);
  nextStatus = 0;
}

TEST(Driver, SaysWhereResultsAre) {
  Driver driver;
  ASSERT_NE(driver.model, nullptr);
  static std::vector<std::array<int64_t, 6>> found;
  found.clear();
  driver.model->results(
      2, 43, 77,
      [](void *context, int32_t call, int32_t output, int64_t offset, int64_t rows, int64_t channels, int64_t pitch) {
        EXPECT_EQ(context, &found);
        found.push_back({call, output, offset, rows, channels, pitch});
      },
      &found);
  // Rows of 20 channels are 32 apart; those of outputs and of multiples of 16 are not padded.
  int64_t rows = 2 * 10 * 12;
  std::vector<std::array<int64_t, 6>> expected = {{0, -1, 0, rows, 20, 32},
                                                  {1, -1, rows * 32 * 4, rows, 20, 32},
                                                  {2, 1, 0, 2 * 5 * 6, 80, 80},
                                                  {3, 0, 0, 2, 80, 80}};
  EXPECT_EQ(found, expected);
}

TEST(Driver, ShiftVanishesAsTheRuleSays) {
  float input[1], features[1], map[1];
  float *outputs[] = {features, map};
  char arena[64];
  // Maps of 2 x 6 tokens, padded to 5 x 10: the window of 5 x 5 covers the height. 2 x 4: it covers both.
  auto shifts = [&](const char *rule, int64_t w) {
    Driver driver(rule);
    calls.clear();
    EXPECT_EQ(driver.model->run(&calls, driver.model->isas[0].kernels, driver.weights, input, arena, outputs, 1, 8, w,
                                nullptr),
              0);
    return std::pair(calls.at(1).sizes[3], calls.at(1).sizes[4]);
  };
  EXPECT_EQ(shifts("never", 36), std::pair(2, 1));
  EXPECT_EQ(shifts("axis", 36), std::pair(0, 1));
  EXPECT_EQ(shifts("map", 36), std::pair(0, 0));
  EXPECT_EQ(shifts("axis", 24), std::pair(0, 0));
  EXPECT_EQ(shifts("never", 24), std::pair(2, 1));
}

} // namespace
