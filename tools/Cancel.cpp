//===- Cancel.cpp - a program is asked to end ------------------------------===//
#include "tools/Cancel.h"

#include <csignal>

namespace swin::tools {

std::atomic<bool> cancelled = false;

namespace {

std::atomic<int> cancelSignal = 0;

extern "C" void onSignal(int number) {
  cancelled = true;
  cancelSignal = number;
  std::signal(number, SIG_DFL);
}

} // namespace

void cancelOnSignals() {
  std::signal(SIGPIPE, SIG_IGN);
  for (int number : {SIGINT, SIGTERM, SIGHUP})
    std::signal(number, onSignal);
}

void endBySignal() {
  if (cancelSignal == 0)
    return;
  std::signal(cancelSignal, SIG_DFL);
  std::raise(cancelSignal);
}

} // namespace swin::tools
