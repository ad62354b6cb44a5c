//===- Files.cpp - files that targets read --------------------------------===//
#include "tests/fuzz/Target.h"

#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

namespace swin::fuzz {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Folder() {
    std::error_code code;
    fs::path parent = fs::is_directory("/dev/shm", code) ? "/dev/shm" : fs::temp_directory_path();
    std::string pattern = (parent / "swin-fuzz-XXXXXX").string();
    require(mkdtemp(pattern.data()), "a folder could be made: " + pattern);
    path = pattern;
  }
  ~Folder() {
    std::error_code code;
    if (getpid() == process)
      fs::remove_all(path, code);
  }

  std::string path;
  pid_t process = getpid();
};

} // namespace

std::string pathOf(const std::string &name) {
  static const Folder folder;
  return folder.path + "/" + name;
}

std::string written(const std::string &name, std::string_view bytes) {
  std::string path = pathOf(name);
  int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  require(file >= 0 && write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
          "a file could be written: " + path);
  close(file);
  return path;
}

} // namespace swin::fuzz
