//===- KernelCache.h - compiled kernels on disk, found by content ---------===//
// A folder of files KEY.kernel. The key is a hash of all that decides a kernel's object, so an entry is never out of
// date. What a self-test expects (SelfTest.h) is kept beside, an object of bytes that are no code, in KEY.digests.
// Files are untrusted: one that is damaged, foreign or of another user is as good as none. Several compilers may use a
// folder at once, and be killed at any time.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_KERNELCACHE_H
#define SWIN_CODEGEN_KERNELCACHE_H

#include "codegen/KernelCompiler.h"

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace swin::codegen {

/// SHA-256, in hexadecimal, of a kernel without its name, of the instruction set, the sanitizer, the schedule's text
/// and the kernel compiler itself.
std::string kernelKey(const KernelGraph &graph, const std::string &isa, const std::string &sanitizer = "",
                      const std::string &schedule = "");

/// The folder of the cache: `wanted` if it is not empty, else $SWIN_CACHE_DIR, $XDG_CACHE_HOME/swin-compile,
/// ~/.cache/swin-compile, the first that is set. "" if that is "off" or nothing is set: no cache.
std::string cacheDirectory(const std::string &wanted);

/// Thread-safe.
class KernelCache {
public:
  static constexpr uint64_t usualBytes = 256 << 20;
  static constexpr char ofKernel[] = ".kernel", ofDigests[] = ".digests";

  /// Nothing is touched before the first store(); "" = no cache. trim() keeps to `mostBytes`.
  explicit KernelCache(std::string directory, uint64_t mostBytes = usualBytes)
      : directory(std::move(directory)), mostBytes(mostBytes) {}

  /// A kernel that was stored under `key`, which counts as a use of it; nothing if there is no sound one.
  std::optional<KernelObject> find(const std::string &key, const char *extension = ofKernel) const;
  /// Stores a kernel that has no error, in place of an entry of that key.
  void store(const std::string &key, const KernelObject &kernel, const char *extension = ofKernel);
  /// Removes the entries whose last use is longest ago until the others fit, and what killed compilers left.
  void trim() const;
  /// Why the first of the kernels that could not be stored could not; "" = none.
  std::string problem() const;

private:
  std::string directory;
  uint64_t mostBytes;
  mutable std::mutex mutex;
  std::string firstProblem;
};

} // namespace swin::codegen

#endif // SWIN_CODEGEN_KERNELCACHE_H
