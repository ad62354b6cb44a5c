//===- WatchTest.cpp - what each call of a kernel has made -----------------===//
#include "tests/runtime/StubCase.h"

#include <gtest/gtest.h>

namespace {

/// A result that was shown, without what is between its rows.
struct Shown {
  int call;
  long long rows, channels;
  std::vector<float> values;
};

void take(void *context, int call, long long rows, long long channels, long long pitch, const float *values) {
  Shown shown{call, rows, channels, {}};
  for (long long r = 0; r < rows; ++r)
    shown.values.insert(shown.values.end(), values + r * pitch, values + r * pitch + channels);
  static_cast<std::vector<Shown> *>(context)->push_back(shown);
}

class Watch : public testing::TestWithParam<int> {
protected:
  void SetUp() override {
    stub = {};
    SWINMODEL_options options = {};
    options.threads = GetParam();
    ASSERT_EQ(SWINMODEL_open(&session, &options), SWINMODEL_OK);
  }
  void TearDown() override {
    stub = {};
    SWINMODEL_close(session);
  }

  /// Both calls of the stub, each with what it has made of this image.
  void expectShown(const StubCase &one) {
    ASSERT_EQ(shown.size(), 2u);
    for (size_t call = 0; call < 2; ++call) {
      EXPECT_EQ(shown[call].call, static_cast<int>(call));
      EXPECT_EQ(shown[call].rows, one.n * one.h);
      EXPECT_EQ(shown[call].channels, one.w);
    }
    EXPECT_EQ(shown[1].values, one.expectedMap);
    for (float &value : shown[0].values)
      value *= 2; // weights[2]; exact
    EXPECT_EQ(shown[0].values, one.expectedMap);
    shown.clear();
  }

  SWINMODEL_session *session = nullptr;
  std::vector<Shown> shown;
};
INSTANTIATE_TEST_SUITE_P(Threads, Watch, testing::Values(1, 3));

TEST_P(Watch, EachSize) {
  ASSERT_EQ(SWINMODEL_watch(session, take, &shown), SWINMODEL_OK);
  for (auto [n, h, w] : {std::tuple(1, 2, 2), {3, 5, 7}, {1, 8, 9}}) {
    StubCase one(n, h, w);
    ASSERT_EQ(one.run(session), SWINMODEL_OK);
    EXPECT_TRUE(one.isRight());
    expectShown(one);
  }
}

TEST_P(Watch, WithProfile) {
  SWINMODEL_call calls[2] = {};
  StubCase one(2, 5, 4);
  ASSERT_EQ(SWINMODEL_profile(session, calls), SWINMODEL_OK);
  ASSERT_EQ(SWINMODEL_watch(session, take, &shown), SWINMODEL_OK);
  ASSERT_EQ(one.run(session), SWINMODEL_OK);
  expectShown(one);
  EXPECT_STREQ(calls[1].layer, "head");
  EXPECT_GT(calls[1].begin, 0);
  // One without the other.
  ASSERT_EQ(SWINMODEL_watch(session, nullptr, nullptr), SWINMODEL_OK);
  calls[1].begin = 0;
  ASSERT_EQ(one.run(session), SWINMODEL_OK);
  EXPECT_GT(calls[1].begin, 0);
  EXPECT_TRUE(shown.empty());
  ASSERT_EQ(SWINMODEL_profile(session, nullptr), SWINMODEL_OK);
  ASSERT_EQ(SWINMODEL_watch(session, take, &shown), SWINMODEL_OK);
  ASSERT_EQ(SWINMODEL_watch(session, take, &shown), SWINMODEL_OK);
  ASSERT_EQ(one.run(session), SWINMODEL_OK);
  expectShown(one);
}

TEST_P(Watch, NoRunNothingShown) {
  ASSERT_EQ(SWINMODEL_watch(session, take, &shown), SWINMODEL_OK);
  EXPECT_EQ(SWINMODEL_selftest(session, nullptr, 0), SWINMODEL_OK);
  StubCase small(1, 2, 2);
  float *outputs[] = {small.sums.data(), small.map.data()};
  EXPECT_EQ(SWINMODEL_run(session, small.input.data(), 1, 1, 1, outputs), SWINMODEL_E_SIZE);
  EXPECT_TRUE(shown.empty());
}

TEST(WatchStatus, Sessions) {
  EXPECT_EQ(SWINMODEL_watch(nullptr, take, nullptr), SWINMODEL_E_SESSION);
  SWINMODEL_options options = {};
  options.threads = -1;
  SWINMODEL_session *session = nullptr;
  EXPECT_EQ(SWINMODEL_open(&session, &options), SWINMODEL_E_THREADS);
  EXPECT_EQ(SWINMODEL_watch(session, take, nullptr), SWINMODEL_E_THREADS);
}

TEST(WatchStatus, Busy) {
  struct Context {
    SWINMODEL_session *session;
    int status;
  } context = {nullptr, 0};
  ASSERT_EQ(SWINMODEL_open(&context.session, nullptr), SWINMODEL_OK);
  auto again = [](void *pointer, int, long long, long long, long long, const float *) {
    auto *found = static_cast<Context *>(pointer);
    found->status = SWINMODEL_watch(found->session, nullptr, nullptr);
  };
  ASSERT_EQ(SWINMODEL_watch(context.session, again, &context), SWINMODEL_OK);
  StubCase one(1, 4, 4);
  EXPECT_EQ(one.run(context.session), SWINMODEL_OK);
  EXPECT_EQ(context.status, SWINMODEL_E_BUSY);
  SWINMODEL_close(context.session);
}

} // namespace
