//===- SessionTest.cpp - sessions of a library with a stub for a model ----===//
#include "tests/runtime/StubCase.h"

#include <gtest/gtest.h>

#include <functional>
#include <unistd.h>
#include <vector>

namespace {

using Case = StubCase;

struct Session : testing::Test {
  SWINMODEL_session *session = nullptr;
  SWINMODEL_options options = {};
  void SetUp() override { stub = {}; }
  void TearDown() override { SWINMODEL_close(session); }
  int open() {
    SWINMODEL_close(session);
    return SWINMODEL_open(&session, &options);
  }
  std::string error() const { return SWINMODEL_error(session); }
};

TEST_F(Session, DefaultsRun) {
  ASSERT_EQ(SWINMODEL_open(&session, nullptr), SWINMODEL_OK);
  EXPECT_STREQ(SWINMODEL_isa(session), "x86-64-v2");
  EXPECT_GE(SWINMODEL_threads(session), 1);
  Case small(1, 2, 3), large(3, 37, 19);
  for (Case *one : {&small, &large, &small}) {
    ASSERT_EQ(one->run(session), SWINMODEL_OK) << error();
    EXPECT_TRUE(one->isRight());
    EXPECT_EQ(error(), "");
  }
}

TEST_F(Session, EveryNumberOfThreads) {
  for (int threads : {1, 2, 3, 7, 64}) {
    options.threads = threads;
    ASSERT_EQ(open(), SWINMODEL_OK);
    EXPECT_EQ(SWINMODEL_threads(session), threads);
    Case one(2, 41, 7), other(1, 3, 3);
    for (int i = 0; i < 50; ++i) {
      ASSERT_EQ(one.run(session), SWINMODEL_OK) << error();
      ASSERT_TRUE(one.isRight()) << threads << " threads, run " << i;
      ASSERT_EQ(other.run(session), SWINMODEL_OK) << error();
      ASSERT_TRUE(other.isRight());
    }
  }
}

TEST_F(Session, ThreadsShareTheWork) {
  options.threads = 4;
  ASSERT_EQ(open(), SWINMODEL_OK);
  stub.in_kernel = [] { usleep(2000); };
  stub_reset_threads_seen();
  Case one(1, 40, 4);
  ASSERT_EQ(one.run(session), SWINMODEL_OK);
  EXPECT_TRUE(one.isRight());
  EXPECT_EQ(stub_threads_seen(), 4);
}

TEST_F(Session, ForcedIsa) {
  options.isa = "x86-64";
  ASSERT_EQ(open(), SWINMODEL_OK);
  EXPECT_STREQ(SWINMODEL_isa(session), "x86-64");
  stub.error = 1;
  Case one(1, 4, 4);
  ASSERT_EQ(one.run(session), SWINMODEL_OK);
  EXPECT_TRUE(one.isRight());
  options.isa = "x86-64-v2";
  ASSERT_EQ(open(), SWINMODEL_OK);
  ASSERT_EQ(one.run(session), SWINMODEL_OK);
  EXPECT_FALSE(one.isRight());
}

TEST_F(Session, CannotOpen) {
  alignas(64) static char room[256];
  struct {
    int status;
    const char *error;
    std::function<void()> set;
  } wrong[] = {
      {SWINMODEL_E_THREADS, "options.threads must be 0 (one per core) to 1024", [&] { options.threads = -1; }},
      {SWINMODEL_E_THREADS, "options.threads must be 0 (one per core) to 1024", [&] { options.threads = 1025; }},
      {SWINMODEL_E_ISA, "options.isa is not an instruction set of this library; its info lists them as isas",
       [&] { options.isa = "z80"; }},
      {SWINMODEL_E_ISA, "options.isa is not an instruction set of this library; its info lists them as isas",
       [&] { options.isa = ""; }},
      {SWINMODEL_E_MACHINE,
       "this machine does not have the instruction set of options.isa or, if that is NULL, none of this library's; its "
       "info lists them as isas",
       [&] { options.isa = "x86-64-v9"; }},
      {SWINMODEL_E_WORKSPACE,
       "options.workspace must be aligned to 64 bytes; to let the session allocate, both it and workspace_bytes must "
       "be 0",
       [&] { options.workspace = room + 32, options.workspace_bytes = 64; }},
      {SWINMODEL_E_WORKSPACE,
       "options.workspace must be aligned to 64 bytes; to let the session allocate, both it and workspace_bytes must "
       "be 0",
       [&] { options.workspace_bytes = 64; }},
      {SWINMODEL_E_WEIGHTS, "options.weights_file must be NULL: this library has its weights inside",
       [&] { options.weights_file = "stub.weights"; }},
  };
  for (auto &[status, text, set] : wrong) {
    options = {};
    set();
    EXPECT_EQ(open(), status);
    EXPECT_EQ(error(), text);
    // Such a session can be used for nothing, and says why.
    Case one(1, 4, 4);
    EXPECT_EQ(one.run(session), status);
    EXPECT_EQ(SWINMODEL_selftest(session, nullptr, 0), status);
    EXPECT_EQ(SWINMODEL_threads(session), 0);
    EXPECT_STREQ(SWINMODEL_isa(session), "");
  }
  EXPECT_EQ(SWINMODEL_open(nullptr, nullptr), SWINMODEL_E_SESSION);
  EXPECT_STREQ(SWINMODEL_error(nullptr), "the session is NULL: it was never opened");
  Case one(1, 4, 4);
  EXPECT_EQ(one.run(nullptr), SWINMODEL_E_SESSION);
  SWINMODEL_close(nullptr);
}

TEST_F(Session, CannotRun) {
  options.threads = 2;
  ASSERT_EQ(open(), SWINMODEL_OK);
  Case one(1, 4, 4);
  float *outputs[] = {one.sums.data(), one.map.data()};
  float *noMap[] = {one.sums.data(), nullptr};
  auto shifted = [](float *at, int bytes) { return reinterpret_cast<float *>(reinterpret_cast<char *>(at) + bytes); };
  float *odd[] = {shifted(one.sums.data(), 2), one.map.data()};
  float *same[] = {one.map.data() + 2, one.map.data()};
  float *overInput[] = {one.sums.data(), one.input.data() + 31};
  const float *input = one.input.data();
  auto check = [&](int status, const char *text, const float *image, int n, int h, int w, float *const *to) {
    EXPECT_EQ(SWINMODEL_run(session, image, n, h, w, to), status);
    EXPECT_EQ(error(), text);
  };
  check(SWINMODEL_E_INPUT, "the input is NULL", nullptr, 1, 4, 4, outputs);
  check(SWINMODEL_E_INPUT, "the input is not aligned to 4 bytes", shifted(one.input.data(), 1), 1, 4, 4, outputs);
  check(SWINMODEL_E_OUTPUTS, "the array of outputs is NULL", input, 1, 4, 4, nullptr);
  check(SWINMODEL_E_OUTPUTS, "outputs[1] is NULL: each of the 2 outputs needs room for its shape", input, 1, 4, 4,
        noMap);
  check(SWINMODEL_E_OUTPUTS, "outputs[0] is not aligned to 4 bytes", input, 1, 4, 4, odd);
  check(SWINMODEL_E_SIZE, "0 x 4 x 4 (batch, height, width): the batch must be at least 1", input, 0, 4, 4, outputs);
  check(SWINMODEL_E_SIZE, "1 x -4 x 4 (batch, height, width): the image is smaller than 2 x 2", input, 1, -4, 4,
        outputs);
  check(SWINMODEL_E_OVERLAP, "outputs[1] overlaps outputs[0]", input, 1, 4, 4, same);
  check(SWINMODEL_E_OVERLAP, "outputs[1] overlaps the input", input, 1, 4, 4, overInput);
  // None of this did harm.
  EXPECT_EQ(one.run(session), SWINMODEL_OK);
  EXPECT_EQ(error(), "");
  EXPECT_TRUE(one.isRight());
}

TEST_F(Session, KernelFails) {
  for (int threads : {1, 3}) {
    options.threads = threads;
    ASSERT_EQ(open(), SWINMODEL_OK);
    Case one(1, 20, 4);
    stub.fail_at = 7;
    stub.fail_status = -42;
    EXPECT_EQ(one.run(session), SWINMODEL_E_KERNEL);
    EXPECT_EQ(error(), "a kernel failed with status -42: a bug of the compiler");
    stub = {};
    stub.scratch_bytes = 100000;
    EXPECT_EQ(one.run(session), SWINMODEL_E_SCRATCH);
    EXPECT_EQ(error(), "a kernel needed more than the 512 bytes that the library says: a bug of the compiler");
    stub = {};
    // What one run forgets is there again in the next one.
    if (threads == 1) {
      stub.leak = 1;
      Case tiny(1, 2, 2);
      EXPECT_EQ(tiny.run(session), SWINMODEL_E_SCRATCH);
      stub = {};
    }
    EXPECT_EQ(one.run(session), SWINMODEL_OK) << error();
    EXPECT_TRUE(one.isRight());
  }
}

TEST_F(Session, CallersWorkspace) {
  Case one(2, 8, 8), larger(2, 8, 9);
  size_t bytes = SWINMODEL_workspace_size(2, 8, 8);
  EXPECT_EQ(bytes, static_cast<size_t>(stub_arena_bytes(2, 8, 8)));
  std::vector<char> memory(bytes + 64 + 64, 77);
  char *start = memory.data() + 64 - reinterpret_cast<uintptr_t>(memory.data()) % 64;
  options.workspace = start;
  options.workspace_bytes = bytes;
  options.threads = 2;
  ASSERT_EQ(open(), SWINMODEL_OK);
  EXPECT_EQ(one.run(session), SWINMODEL_OK) << error();
  EXPECT_TRUE(one.isRight());
  EXPECT_EQ(std::count(start + bytes, memory.data() + memory.size(), 77),
            memory.data() + memory.size() - start - bytes);
  EXPECT_EQ(larger.run(session), SWINMODEL_E_TOO_LARGE);
  EXPECT_EQ(error(), "2 x 8 x 9 (batch, height, width) needs a workspace of 576 bytes, this session's has 512");
  auto *inside = reinterpret_cast<float *>(start);
  float *outputs[] = {one.sums.data(), inside};
  EXPECT_EQ(SWINMODEL_run(session, one.input.data(), 2, 8, 8, outputs), SWINMODEL_E_OVERLAP);
  EXPECT_EQ(error(), "outputs[1] overlaps the workspace");
  float *good[] = {one.sums.data(), one.map.data()};
  EXPECT_EQ(SWINMODEL_run(session, inside, 1, 4, 4, good), SWINMODEL_E_OVERLAP);
  EXPECT_EQ(error(), "the input overlaps the workspace");
}

TEST_F(Session, SizesAndShapes) {
  long long shape[6];
  EXPECT_EQ(SWINMODEL_num_outputs(), 2);
  EXPECT_EQ(SWINMODEL_output_shape(1, 2, 5, 7, shape), 3);
  EXPECT_EQ((std::vector<long long>(shape, shape + 3)), (std::vector<long long>{2, 5, 7}));
  EXPECT_EQ(SWINMODEL_output_shape(0, 2, 5, 7, shape), 2);
  EXPECT_EQ(SWINMODEL_output_shape(2, 2, 5, 7, shape), SWINMODEL_E_OUTPUT);
  EXPECT_EQ(SWINMODEL_output_shape(-1, 2, 5, 7, shape), SWINMODEL_E_OUTPUT);
  EXPECT_EQ(SWINMODEL_output_shape(0, 2, 1, 7, shape), SWINMODEL_E_SIZE);
  EXPECT_EQ(SWINMODEL_output_shape(0, 2, 5, 7, nullptr), SWINMODEL_E_SHAPE);
  EXPECT_EQ(SWINMODEL_workspace_size(1, 1, 7), 0u);
  EXPECT_EQ(SWINMODEL_workspace_size(1 << 30, 1 << 30, 1 << 30), 0u);
  EXPECT_EQ(std::string(SWINMODEL_info()).find("{\"model\": \"stub\""), 0u);
}

TEST_F(Session, WorkOfCalls) {
  ASSERT_EQ(SWINMODEL_num_calls(), 2);
  SWINMODEL_call calls[2] = {};
  ASSERT_EQ(SWINMODEL_work(3, 5, 7, calls), SWINMODEL_OK);
  EXPECT_STREQ(calls[0].kernel, "rows");
  EXPECT_STREQ(calls[0].kind, "tokens");
  EXPECT_STREQ(calls[1].layer, "head");
  EXPECT_EQ(calls[0].macs, 2 * 3 * 5 * 7);
  EXPECT_EQ(calls[1].bytes, 8 * 3 * 5 * 7 + 12 * 3);
  EXPECT_EQ(calls[1].seconds, 0);
  EXPECT_EQ(SWINMODEL_work(3, 1, 7, calls), SWINMODEL_E_SIZE);
  EXPECT_EQ(SWINMODEL_work(3, 5, 7, nullptr), SWINMODEL_E_CALLS);
}

TEST_F(Session, Profile) {
  SWINMODEL_call calls[2] = {};
  EXPECT_EQ(SWINMODEL_profile(nullptr, calls), SWINMODEL_E_SESSION);
  for (int threads : {1, 3}) {
    options.threads = threads;
    ASSERT_EQ(open(), SWINMODEL_OK);
    ASSERT_EQ(SWINMODEL_profile(session, calls), SWINMODEL_OK);
    Case small(1, 2, 2), large(2, 8, 9);
    // The first kernel sleeps so long for each of its rows; rows are shared.
    stub.in_kernel = [] { usleep(2000); };
    for (Case *one : {&small, &large}) {
      calls[0] = calls[1] = {"", "", "", -1, -1, -1, -1};
      ASSERT_EQ(one->run(session), SWINMODEL_OK) << error();
      EXPECT_TRUE(one->isRight());
      EXPECT_STREQ(calls[0].kernel, "rows");
      EXPECT_EQ(calls[1].macs, one->n * one->h * one->w);
      EXPECT_EQ(calls[0].begin, 0);
      EXPECT_GE(calls[0].seconds, 0.002 * one->n * one->h / threads);
      EXPECT_GE(calls[1].begin, calls[0].seconds);
      EXPECT_GE(calls[1].seconds, 0);
      EXPECT_LT(calls[1].seconds, calls[0].seconds);
    }
    stub = {};
    // Neither a self-test nor a run that is not wanted is noted.
    calls[0].seconds = -1;
    EXPECT_EQ(SWINMODEL_selftest(session, nullptr, 0), SWINMODEL_OK);
    ASSERT_EQ(SWINMODEL_profile(session, nullptr), SWINMODEL_OK);
    ASSERT_EQ(small.run(session), SWINMODEL_OK);
    EXPECT_EQ(calls[0].seconds, -1);
  }
  options.threads = -1;
  EXPECT_EQ(open(), SWINMODEL_E_THREADS);
  EXPECT_EQ(SWINMODEL_profile(session, calls), SWINMODEL_E_THREADS);
}

} // namespace
