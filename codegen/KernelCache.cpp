//===- KernelCache.cpp - compiled kernels on disk, found by content -------===//
// An entry is a header, the schedule's text and the object as the kernel compiler made it. Entries are written beside
// their place and renamed into it, so a reader sees a whole one or none; which one was used when is the time of the
// file.
//===----------------------------------------------------------------------===//
#include "codegen/KernelCache.h"

#include "codegen/KeyText.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace swin::codegen {
namespace {

constexpr char beginOfPart[] = ".part-";
constexpr uint64_t largestEntry = 64 << 20;
constexpr size_t keyLength = 64;
/// A part that is so old is of a compiler that was killed.
constexpr std::chrono::hours oldPart(1);

struct Header {
  char magic[8]; ///< "swinkrn2"
  int64_t scratchBytes;
  uint64_t scheduleBytes;
  std::array<uint8_t, 32> check; ///< SHA-256 of the key and of all but this
};

Header headerOf(const std::string &key, const KernelObject &kernel) {
  Header header = {{'s', 'w', 'i', 'n', 'k', 'r', 'n', '2'}, kernel.scratchBytes, kernel.schedule.size(), {}};
  llvm::SHA256 hash;
  hash.update(key);
  hash.update(llvm::ArrayRef(reinterpret_cast<const uint8_t *>(&header), offsetof(Header, check)));
  hash.update(kernel.schedule);
  hash.update(kernel.object);
  header.check = hash.final();
  return header;
}

class Descriptor {
public:
  explicit Descriptor(int number) : number(number) {}
  ~Descriptor() {
    if (number >= 0)
      ::close(number);
  }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  operator int() const { return number; }

private:
  int number;
};

bool readAll(int file, void *memory, size_t bytes) {
  auto *to = static_cast<uint8_t *>(memory);
  while (bytes > 0) {
    ssize_t got = ::read(file, to, bytes);
    if (got <= 0 && !(got < 0 && errno == EINTR))
      return false;
    to += std::max<ssize_t>(got, 0);
    bytes -= std::max<ssize_t>(got, 0);
  }
  return true;
}

bool isEntry(const fs::path &path) {
  std::string name = path.filename().string();
  llvm::StringRef extension = llvm::StringRef(name).drop_front(std::min(keyLength, name.size()));
  return (extension == KernelCache::ofKernel || extension == KernelCache::ofDigests) &&
         llvm::all_of(llvm::StringRef(name).take_front(keyLength), [](char c) { return llvm::isHexDigit(c); });
}

std::string environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

} // namespace

std::string kernelKey(const KernelGraph &graph, const std::string &isa, const std::string &sanitizer,
                      const std::string &schedule) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  KeyText key(stream);
  key.add(std::string(kernelCompilerFingerprint()));
  key.add(isa);
  key.add(sanitizer);
  key.add(schedule);
  key.add(graph);
  return llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(text)), /*LowerCase=*/true);
}

std::string cacheDirectory(const std::string &wanted) {
  std::string directory = wanted.empty() ? environment("SWIN_CACHE_DIR") : wanted;
  if (directory == "off")
    return "";
  if (!directory.empty())
    return directory;
  // Relative paths there are to be ignored, says the specification of these folders.
  std::string base = environment("XDG_CACHE_HOME"), home = environment("HOME");
  if (!fs::path(base).is_absolute())
    base = fs::path(home).is_absolute() ? home + "/.cache" : "";
  return base.empty() ? "" : base + "/swin-compile";
}

std::optional<KernelObject> KernelCache::find(const std::string &key, const char *extension) const {
  if (directory.empty())
    return std::nullopt;
  std::string path = directory + "/" + key + extension;
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status = {};
  if (file < 0 || ::fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != ::geteuid())
    return std::nullopt;
  Header header = {};
  uint64_t bytes = status.st_size;
  if (bytes <= sizeof header || bytes > largestEntry || !readAll(file, &header, sizeof header))
    return std::nullopt;
  bytes -= sizeof header;
  if (header.scheduleBytes > bytes)
    return std::nullopt;
  KernelObject kernel;
  kernel.scratchBytes = header.scratchBytes;
  kernel.schedule.resize(header.scheduleBytes);
  kernel.object.resize(bytes - header.scheduleBytes);
  if (!readAll(file, kernel.schedule.data(), kernel.schedule.size()) ||
      !readAll(file, kernel.object.data(), kernel.object.size()))
    return std::nullopt;
  Header right = headerOf(key, kernel);
  if (std::memcmp(&right, &header, sizeof header) != 0)
    return std::nullopt;
  ::futimens(file, nullptr);
  return kernel;
}

void KernelCache::store(const std::string &key, const KernelObject &kernel, const char *extension) {
  Header header = headerOf(key, kernel);
  if (directory.empty() || sizeof header + kernel.schedule.size() + kernel.object.size() > largestEntry)
    return;
  std::string part = directory + "/" + beginOfPart + "XXXXXX", at = directory;
  std::error_code failed =
      llvm::sys::fs::create_directories(directory, /*IgnoreExisting=*/true, llvm::sys::fs::perms::owner_all);
  int file = failed ? -1 : ::mkostemp(part.data(), O_CLOEXEC);
  if (!failed && file < 0)
    failed = std::error_code(errno, std::generic_category());
  if (!failed) {
    at = part;
    llvm::raw_fd_ostream stream(file, /*shouldClose=*/true);
    stream.write(reinterpret_cast<const char *>(&header), sizeof header);
    stream << kernel.schedule;
    stream.write(reinterpret_cast<const char *>(kernel.object.data()), kernel.object.size());
    stream.close();
    failed = stream.error();
    stream.clear_error();
    if (!failed)
      failed = llvm::sys::fs::rename(part, directory + "/" + key + extension);
    if (failed)
      ::unlink(part.c_str());
  }
  std::lock_guard lock(mutex);
  if (failed && firstProblem.empty())
    firstProblem = "kernels are not kept: '" + at + "': " + failed.message();
}

void KernelCache::trim() const {
  struct Entry {
    fs::file_time_type used;
    fs::path path;
    uint64_t bytes;
  };
  std::vector<Entry> entries;
  uint64_t all = 0;
  std::error_code ignored, ended;
  const auto now = fs::file_time_type::clock::now();
  // What others remove meanwhile is not there for us either.
  for (fs::directory_iterator at(directory, ended), end; !ended && at != end; at.increment(ended)) {
    std::error_code failed;
    Entry entry = {at->last_write_time(failed), at->path(), at->file_size(failed)};
    if (failed)
      continue;
    if (llvm::StringRef(entry.path.filename().string()).starts_with(beginOfPart) && now - entry.used > oldPart)
      fs::remove(entry.path, ignored);
    if (!isEntry(entry.path))
      continue;
    all += entry.bytes;
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(), [](const Entry &a, const Entry &b) { return a.used < b.used; });
  for (size_t oldest = 0; all > mostBytes; ++oldest) {
    fs::remove(entries[oldest].path, ignored);
    all -= entries[oldest].bytes;
  }
}

std::string KernelCache::problem() const {
  std::lock_guard lock(mutex);
  return firstProblem;
}

} // namespace swin::codegen
