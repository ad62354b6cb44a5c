//===- ThreadsTest.cpp - threads of sessions, the caller's and our own ----===//
#include "tests/runtime/StubCase.h"

#include <gtest/gtest.h>

#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>
#include <xmmintrin.h>

namespace {

struct Case : StubCase {
  Case(int h, int w) : StubCase(1, h, w) {}
};

int countThreads() {
  int count = 0;
  DIR *folder = opendir("/proc/self/task");
  while (dirent *entry = readdir(folder))
    count += entry->d_name[0] != '.';
  closedir(folder);
  return count;
}

struct Threads : testing::Test {
  SWINMODEL_session *session = nullptr;
  SWINMODEL_options options = {};
  void SetUp() override { stub = {}; }
  void TearDown() override {
    SWINMODEL_close(session);
    stub = {};
  }
};

/// Calls the bodies on that many threads of its own; in reverse order if there is one.
struct Caller {
  int threads, calls = 0, lastCount = 0, skip = -1;
  static void parallelFor(void *self, int n, void (*body)(void *, int), void *arg) {
    auto *caller = static_cast<Caller *>(self);
    ++caller->calls;
    caller->lastCount = n;
    if (caller->threads == 1) {
      for (int i = n; i-- > 0;)
        if (i != caller->skip)
          body(arg, i);
      return;
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < n; ++i)
      threads.emplace_back(body, arg, i);
    for (std::thread &thread : threads)
      thread.join();
  }
};

TEST_F(Threads, CallersParallelFor) {
  for (int threads : {1, 5}) {
    Caller caller{threads};
    int before = countThreads();
    options.threads = 5;
    options.parallel_for = Caller::parallelFor;
    options.parallel_ctx = &caller;
    ASSERT_EQ(SWINMODEL_open(&session, &options), SWINMODEL_OK);
    EXPECT_EQ(countThreads(), before);
    Case one(23, 5);
    ASSERT_EQ(one.run(session), SWINMODEL_OK) << SWINMODEL_error(session);
    EXPECT_TRUE(one.isRight());
    // One loop over rows; the loops inside it and the one over a single image are serial.
    EXPECT_EQ(caller.calls, 1);
    EXPECT_EQ(caller.lastCount, 5);
    // Bodies that are never called leave no work undone.
    caller.skip = 4;
    ASSERT_EQ(one.run(session), SWINMODEL_OK);
    EXPECT_TRUE(one.isRight());
    EXPECT_EQ(countThreads(), before);
    SWINMODEL_close(session);
    session = nullptr;
  }
}

TEST_F(Threads, OwnThreadsAreStartedByOpenAndEndWithClose) {
  int before = countThreads();
  options.threads = 6;
  ASSERT_EQ(SWINMODEL_open(&session, &options), SWINMODEL_OK);
  EXPECT_EQ(countThreads(), before + 5);
  Case one(30, 5);
  ASSERT_EQ(one.run(session), SWINMODEL_OK);
  EXPECT_EQ(countThreads(), before + 5);
  SWINMODEL_close(session);
  session = nullptr;
  // The system lists a joined thread for another moment.
  for (int i = 0; i < 1000 && countThreads() > before; ++i)
    usleep(1000);
  EXPECT_EQ(countThreads(), before);
}

TEST_F(Threads, IdleThreadsSleep) {
  options.threads = 4;
  ASSERT_EQ(SWINMODEL_open(&session, &options), SWINMODEL_OK);
  Case one(30, 5);
  ASSERT_EQ(one.run(session), SWINMODEL_OK);
  auto used = [] {
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  };
  double before = used();
  usleep(300000);
  EXPECT_LT(used() - before, 0.03);
}

TEST_F(Threads, OneCoreOneThread) {
  cpu_set_t own, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof own, &own), 0);
  CPU_ZERO(&one);
  for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &own))
      CPU_SET(cpu, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  int before = countThreads();
  int status = SWINMODEL_open(&session, nullptr);
  int threads = SWINMODEL_threads(session), after = countThreads();
  ASSERT_EQ(sched_setaffinity(0, sizeof own, &own), 0);
  EXPECT_EQ(status, SWINMODEL_OK);
  EXPECT_EQ(threads, 1);
  EXPECT_EQ(after, before);
}

TEST_F(Threads, SessionsInParallel) {
  std::vector<std::thread> threads;
  std::vector<int> wrong(8, 0);
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([i, &wrong] {
      SWINMODEL_options options = {};
      options.threads = 1 + i % 3;
      options.isa = i % 2 ? "x86-64" : nullptr;
      SWINMODEL_session *session = nullptr;
      wrong[i] += SWINMODEL_open(&session, &options) != SWINMODEL_OK;
      Case one(3 + i, 7), two(17, 2 + i);
      for (int run = 0; run < 200 && wrong[i] == 0; ++run) {
        wrong[i] += one.run(session) != SWINMODEL_OK || !one.isRight();
        wrong[i] += two.run(session) != SWINMODEL_OK || !two.isRight();
      }
      SWINMODEL_close(session);
    });
  }
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, std::vector<int>(8, 0));
}

SWINMODEL_session *busy;
int busyStatus;

TEST_F(Threads, SessionInUseIsRefused) {
  options.threads = 1;
  ASSERT_EQ(SWINMODEL_open(&session, &options), SWINMODEL_OK);
  busy = session;
  stub.in_kernel = [] {
    Case inner(3, 3);
    busyStatus = inner.run(busy);
  };
  Case one(4, 4);
  EXPECT_EQ(one.run(session), SWINMODEL_OK);
  EXPECT_EQ(busyStatus, SWINMODEL_E_BUSY);
  EXPECT_TRUE(one.isRight());
}

TEST_F(Threads, ChildAfterFork) {
  options.threads = 3;
  ASSERT_EQ(SWINMODEL_open(&session, &options), SWINMODEL_OK);
  Case one(30, 5);
  ASSERT_EQ(one.run(session), SWINMODEL_OK);
  pid_t child = fork();
  if (child == 0) {
    bool good = one.run(session) == SWINMODEL_OK && one.isRight();
    SWINMODEL_close(session);
    _exit(good ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(one.run(session), SWINMODEL_OK);
}

unsigned modeInKernel;

TEST_F(Threads, CallersFloatModeChangesNothing) {
  // Rounding, flush to zero, denormals are zero.
  const unsigned modeBits = 0x6000 | 0x8000 | 0x40, own = _mm_getcsr();
  for (int threads : {1, 3}) {
    options.threads = threads;
    stub.in_kernel = [] { modeInKernel |= _mm_getcsr(); };
    modeInKernel = 0;
    Case one(30, 5);
    _mm_setcsr(own | modeBits);
    int opened = SWINMODEL_open(&session, &options);
    int status = one.run(session);
    unsigned after = _mm_getcsr();
    _mm_setcsr(own);
    ASSERT_EQ(opened, SWINMODEL_OK);
    EXPECT_EQ(status, SWINMODEL_OK);
    EXPECT_EQ(after & modeBits, modeBits);
    EXPECT_EQ(modeInKernel & modeBits, 0u);
    EXPECT_TRUE(one.isRight());
    SWINMODEL_close(session);
    session = nullptr;
  }
}

struct Selftest : Threads {
  char message[400];
  int test() {
    SWINMODEL_close(session);
    options.threads = 3;
    EXPECT_EQ(SWINMODEL_open(&session, &options), SWINMODEL_OK);
    return SWINMODEL_selftest(session, message, sizeof message);
  }
};

TEST_F(Selftest, Agrees) {
  EXPECT_EQ(test(), SWINMODEL_OK);
  std::string text = message;
  EXPECT_EQ(
      text.find("1 x 6 x 8 (batch, height, width): the results of all 2 calls of kernels are the compiler's, with "
                "2 instruction sets, and the same bits with 1 and 3 threads on x86-64-v2; "),
      0u)
      << text;
  char cut[10];
  EXPECT_EQ(SWINMODEL_selftest(session, cut, sizeof cut), SWINMODEL_OK);
  EXPECT_STREQ(cut, "1 x 6 x 8");
  EXPECT_EQ(SWINMODEL_selftest(session, nullptr, 0), SWINMODEL_OK);
}

TEST_F(Selftest, FindsWhatDiffers) {
  auto refuse = [&](const std::string &what) {
    EXPECT_EQ(test(), SWINMODEL_E_SELFTEST);
    std::string text = message;
    EXPECT_EQ(text.find(what), 0u) << text;
    EXPECT_NE(text.find("call 2 of 2, kernel sums, instruction set x86-64"), std::string::npos) << text;
    EXPECT_EQ(SWINMODEL_error(session), text);
    stub = {};
  };
  // Just more than 1e-4 of the largest magnitude, which is 1.
  stub.error = 1.2e-4f;
  refuse("head: what its result sums to from element 1 on differs by 0.00012, the largest magnitude being ");
  stub.error = INFINITY;
  refuse("head: the largest magnitude of its result is inf instead of ");
  stub.plain_error = NAN;
  refuse("head: what its result sums to from element 1 on differs by nan, ");
  stub.constant = 1;
  refuse("head: ");
  stub.error = 0.5e-4f;
  EXPECT_EQ(test(), SWINMODEL_OK) << message;
  stub = {};
  stub.row_error = 0.01f;
  EXPECT_EQ(test(), SWINMODEL_E_SELFTEST);
  EXPECT_EQ(std::string(message).find("body: what its result sums to from element 24 on differs by 0.01, "), 0u)
      << message;
  EXPECT_NE(std::string(message).find("call 1 of 2, kernel rows, "), std::string::npos) << message;
  stub = {};
  stub.fail_status = -3;
  EXPECT_EQ(test(), SWINMODEL_E_KERNEL);
  EXPECT_STREQ(message, "instruction set x86-64-v2: a kernel failed with status -3: a bug of the compiler");
  stub = {};
}

TEST_F(Selftest, FindsThreadsThatDiffer) {
  stub.thread_error = 1e-5f;
  stub.in_kernel = [] { usleep(1000); }; // so that other threads get some rows
  EXPECT_EQ(test(), SWINMODEL_E_SELFTEST);
  EXPECT_NE(std::string(message).find(" with 3 threads and "), std::string::npos) << message;
}

} // namespace
