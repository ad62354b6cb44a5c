// Crashes end the work and not the process, and say what they were.
#include "codegen/Recovery.h"

#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"

#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <stdexcept>
#include <thread>

using namespace swin::codegen;

namespace {

/// What is said of work that crashes; "fine" if it does not.
std::string crashOf(llvm::function_ref<void()> work) {
  Recovery recovery;
  return recover(work) ? "fine" : lastCrash().what;
}

[[gnu::noinline]] int deeper(volatile int *depth) {
  volatile char room[1024];
  room[0] = static_cast<char>(*depth);
  *depth = *depth + 1;
  return *depth < 0 ? 0 : deeper(depth) + room[0];
}

[[gnu::noinline]] void throws() { throw std::runtime_error("nobody catches this"); }
void throwsOutOfNoexcept() noexcept { throws(); }

TEST(Recovery, Crashes) {
  EXPECT_EQ(crashOf([] {}), "fine");
  EXPECT_EQ(crashOf([] { raise(SIGSEGV); }), "signal 11 (Segmentation fault)");
  EXPECT_EQ(crashOf([] { std::abort(); }), "signal 6 (Aborted)");
  EXPECT_EQ(crashOf([] { raise(SIGFPE); }), "signal 8 (Floating point exception)");
  EXPECT_EQ(crashOf([] { throwsOutOfNoexcept(); }), "nobody catches this");
  EXPECT_EQ(crashOf([] { llvm::reportFatalInternalError("no such thing"); }), "no such thing");
  EXPECT_EQ(crashOf([] { llvm::reportFatalUsageError("no such option"); }), "no such option") << "which would exit";
  EXPECT_EQ(crashOf([] {}), "fine") << "afterwards";
}

TEST(Recovery, SaysWhere) {
  Recovery recovery;
  ASSERT_FALSE(recover([] { raise(SIGSEGV); }));
  EXPECT_NE(lastCrash().trace.find("[0x"), std::string::npos) << lastCrash().trace;
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(Recovery, StackThatIsUsedUp) {
  volatile int depth = 0;
  EXPECT_EQ(crashOf([&] { deeper(&depth); }), "the stack is used up");
  EXPECT_GT(depth, 100);
  EXPECT_EQ(crashOf([&] { deeper(&depth); }), "the stack is used up") << "a second time";
}

TEST(Recovery, OutOfMemory) {
  auto takeAll = []() noexcept {
    volatile char *all = new char[size_t(1) << 60];
    all[0] = 1;
  };
  EXPECT_EQ(crashOf([&] { takeAll(); }), "out of memory");
  EXPECT_EQ(crashOf([] { raise(SIGSEGV); }), "signal 11 (Segmentation fault)") << "is not remembered";
  EXPECT_EQ(crashOf([&] { takeAll(); }), "out of memory");
}
#endif

TEST(Recovery, OtherThreads) {
  Recovery recovery;
  std::string what;
  std::thread other([&] { what = recover([] { raise(SIGBUS); }) ? "fine" : lastCrash().what; });
  other.join();
  EXPECT_EQ(what, "signal 7 (Bus error)");
  EXPECT_TRUE(recover([] {}));
}

TEST(Recovery, InsideOfEachOther) {
  Recovery outer;
  std::string inside;
  EXPECT_TRUE(recover([&] { inside = crashOf([] { raise(SIGSEGV); }); }));
  EXPECT_EQ(inside, "signal 11 (Segmentation fault)");
  EXPECT_FALSE(recover([] { raise(SIGSEGV); })) << "the inner one has not ended the outer one";
}

TEST(Recovery, Renewed) {
  Recovery recovery;
  llvm::CrashRecoveryContext::Disable();
  renewRecovery();
  EXPECT_FALSE(recover([] { raise(SIGSEGV); }));
  EXPECT_EQ(lastCrash().what, "signal 11 (Segmentation fault)");
}

TEST(RecoveryDeathTest, CrashesThatNobodyWaitsFor) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        Recovery recovery;
        onLostCrash(3, [] { std::fputs("lost\n", stderr); });
        std::thread([] { raise(SIGSEGV); }).join();
      },
      testing::ExitedWithCode(3), "lost");
}

} // namespace
