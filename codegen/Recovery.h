//===- Recovery.h - work that may crash -----------------------------------===//
// LLVM's crash recovery, which ends the work and not the process, with what it lacks: a stack of the signal's own, so
// that a stack that is used up is a crash like others, and words about what happened.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_RECOVERY_H
#define SWIN_CODEGEN_RECOVERY_H

#include "llvm/ADT/STLFunctionalExtras.h"

#include <string>

namespace swin::codegen {

/// What is known of the last crash.
struct Crash {
  std::string what;  ///< "the stack is used up", "out of memory", "signal 11 (Segmentation fault)" ...
  std::string trace; ///< a line of each frame, the innermost first
};

/// While there is one, crashes within recover() end that alone.
class Recovery {
public:
  Recovery();
  ~Recovery();
  Recovery(const Recovery &) = delete;
  Recovery &operator=(const Recovery &) = delete;
};
/// After whatever ends LLVM's recovery, as MLIR's pass managers do.
void renewRecovery();

/// Does the work; false if it crashed. What the work had taken is lost then.
bool recover(llvm::function_ref<void()> work);

/// Of the last recover() on this thread that was false.
const Crash &lastCrash();

/// What is done if a thread crashes outside of recover(), before the process ends with `status`.
void onLostCrash(int status, void (*action)());

} // namespace swin::codegen

#endif // SWIN_CODEGEN_RECOVERY_H
