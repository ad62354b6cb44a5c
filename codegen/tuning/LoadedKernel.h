//===- LoadedKernel.h - a kernel's object becomes code in this process ----===//
#ifndef SWIN_CODEGEN_TUNING_LOADEDKERNEL_H
#define SWIN_CODEGEN_TUNING_LOADEDKERNEL_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace swin::tuning {

/// What an object needs of the program around it: functions by name.
using KernelRuntime = std::map<std::string, void *>;

/// The runtime's own functions (runtime/Threads.h) under the names that a library with this prefix has for them; their
/// user_context is swin_workers_begin's.
KernelRuntime workersRuntime(const std::string &prefix);

/// A linked object. Its code is gone with it.
class LoadedKernel {
public:
  /// Links the object, which defines `symbol`. What `runtime` does not have comes of the C library. Error: the object
  /// is none of this machine's architecture, it does not define `symbol`, or it needs what neither has.
  static llvm::Expected<LoadedKernel> load(llvm::ArrayRef<uint8_t> object, const std::string &symbol,
                                           const KernelRuntime &runtime);
  LoadedKernel();
  LoadedKernel(LoadedKernel &&) noexcept;
  LoadedKernel &operator=(LoadedKernel &&) noexcept;
  ~LoadedKernel();

  /// The function, or null.
  void *address() const { return function; }

private:
  struct Session;
  std::unique_ptr<Session> session;
  void *function = nullptr;
};

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_LOADEDKERNEL_H
