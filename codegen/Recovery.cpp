//===- Recovery.cpp - work that may crash ---------------------------------===//
#include "codegen/Recovery.h"

#include "llvm/Demangle/Demangle.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/ErrorHandling.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <execinfo.h>
#include <memory>
#include <new>
#include <pthread.h>
#include <unistd.h>

namespace swin::codegen {
namespace {

constexpr int signals[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
using Handler = void (*)(int);

// What a handler may touch: plain memory of its thread.
thread_local void *frames[64];
thread_local int frameCount = 0, caughtSignal = 0;
thread_local bool atStackEnd = false;
thread_local char fatal[512]; ///< the sentence of whoever ended the process on purpose
thread_local Crash crash;
bool outOfMemory = false;
int recoveries = 0;
Handler recovering[NSIG]; ///< LLVM's handlers
int lostStatus = 0;
void (*lostAction)() = nullptr;

/// Whether an address is in the last pages of the thread's stack or right below them.
bool isAtStackEnd(const void *address) {
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0)
    return false;
  void *low = nullptr;
  size_t bytes = 0;
  pthread_attr_getstack(&attributes, &low, &bytes);
  pthread_attr_destroy(&attributes);
  constexpr ptrdiff_t near = 1 << 16;
  ptrdiff_t above = static_cast<const char *>(address) - static_cast<const char *>(low);
  return above > -near && above < near;
}

void onCrash(int number, siginfo_t *info, void *) {
  frameCount = backtrace(frames, sizeof frames / sizeof frames[0]);
  caughtSignal = number;
  atStackEnd = number == SIGSEGV && info && info->si_code > 0 && isAtStackEnd(info->si_addr);
  if (!llvm::CrashRecoveryContext::GetCurrent() && lostAction) {
    // Nobody can go on from here. If what follows crashes, too, that is the end.
    void (*action)() = lostAction;
    lostAction = nullptr;
    action();
    _exit(lostStatus);
  }
  recovering[number](number);
}

/// A stack for the handlers, for as long as its thread lives.
class SignalStack {
public:
  SignalStack() {
    stack_t stack = {};
    if (sigaltstack(nullptr, &stack) != 0 || !(stack.ss_flags & SS_DISABLE))
      return; // a sanitizer has given it one
    stack.ss_flags = 0;
    stack.ss_sp = memory.get();
    stack.ss_size = bytes;
    isSet = sigaltstack(&stack, nullptr) == 0;
  }
  ~SignalStack() {
    stack_t none = {};
    none.ss_flags = SS_DISABLE;
    if (isSet)
      sigaltstack(&none, nullptr);
  }

private:
  static constexpr size_t bytes = 1 << 18;
  std::unique_ptr<char[]> memory = std::make_unique<char[]>(bytes);
  bool isSet = false;
};

void say(const char *sentence) { std::strncpy(fatal, sentence, sizeof fatal - 1); }

void onFatalError(void *, const char *reason, bool) {
  say(reason);
  std::abort(); // also where LLVM would leave by exit
}

void onTerminate() {
  try {
    if (std::current_exception())
      std::rethrow_exception(std::current_exception());
  } catch (const std::exception &error) {
    say(error.what());
  } catch (...) {
    say("an exception");
  }
  std::abort();
}

void onNoMemory() {
  outOfMemory = true;
  std::set_new_handler(nullptr); // and so it throws
}

std::string whatHappened() {
  if (outOfMemory)
    return "out of memory";
  if (atStackEnd)
    return "the stack is used up";
  if (fatal[0])
    return fatal;
  if (caughtSignal == 0)
    return "it left in the middle";
  return "signal " + std::to_string(caughtSignal) + " (" + strsignal(caughtSignal) + ")";
}

/// "file(function+0x12) [0x...]" with the function as it is written.
std::string readable(const char *frame) {
  std::string line = frame;
  size_t begin = line.find('('), end = line.find_first_of("+)", begin);
  if (begin == line.npos || end == line.npos)
    return line;
  std::string name = llvm::demangle(line.substr(begin + 1, end - begin - 1));
  return line.substr(0, begin + 1) + name + line.substr(end);
}

Crash describe() {
  Crash result = {whatHappened(), ""};
  char **names = backtrace_symbols(frames, frameCount);
  for (int i = 0; names && i < frameCount; ++i)
    result.trace += readable(names[i]) + "\n";
  std::free(names);
  return result;
}

} // namespace

Recovery::Recovery() {
  if (++recoveries == 1)
    renewRecovery();
}

Recovery::~Recovery() {
  if (--recoveries == 0)
    llvm::CrashRecoveryContext::Disable();
}

void renewRecovery() {
  llvm::CrashRecoveryContext::Enable();
  static bool isFirst = true;
  if (isFirst) {
    isFirst = false;
    backtrace(frames, 1); // what it loads at its first call needs memory
    llvm::install_fatal_error_handler(onFatalError);
    llvm::install_bad_alloc_error_handler(onFatalError);
    std::set_terminate(onTerminate);
  }
  std::set_new_handler(onNoMemory);
  for (int number : signals) {
    struct sigaction old = {};
    sigaction(number, nullptr, &old);
    if (old.sa_flags & SA_SIGINFO && old.sa_sigaction == onCrash)
      continue;
    if (old.sa_flags & SA_SIGINFO || old.sa_handler == SIG_DFL || old.sa_handler == SIG_IGN)
      continue; // not LLVM's
    recovering[number] = old.sa_handler;
    struct sigaction ours = old;
    ours.sa_sigaction = onCrash;
    ours.sa_flags |= SA_SIGINFO | SA_ONSTACK;
    sigaction(number, &ours, nullptr);
  }
}

bool recover(llvm::function_ref<void()> work) {
  thread_local SignalStack stack;
  frameCount = caughtSignal = 0;
  fatal[0] = 0;
  llvm::CrashRecoveryContext guard;
  if (guard.RunSafely(work))
    return true;
  crash = describe();
  outOfMemory = false;
  std::set_new_handler(onNoMemory);
  return false;
}

const Crash &lastCrash() { return crash; }

void onLostCrash(int status, void (*action)()) {
  lostStatus = status;
  lostAction = action;
}

} // namespace swin::codegen
