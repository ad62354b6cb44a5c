//===- Cancel.h - a program is asked to end --------------------------------===//
#ifndef SWIN_TOOLS_CANCEL_H
#define SWIN_TOOLS_CANCEL_H

#include <atomic>

namespace swin::tools {

/// Becomes true with the first SIGINT, SIGTERM or SIGHUP after cancelOnSignals; a second one ends the program at once.
extern std::atomic<bool> cancelled;

/// Writing to a closed pipe becomes an error like others, too.
void cancelOnSignals();

/// If a signal cancelled the program, ends it as that signal would have.
void endBySignal();

} // namespace swin::tools

#endif // SWIN_TOOLS_CANCEL_H
