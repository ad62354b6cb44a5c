//===- File.cpp - a file that says what went wrong -------------------------===//
#include "runtime/image/File.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace swin::image {

File::~File() {
  if (file)
    std::fclose(file);
}

bool File::openToRead(const std::string &path, uint64_t &bytes, std::string &error) {
  struct stat status;
  // Looked at first: opening a pipe would wait for somebody to write into it.
  if (stat(path.c_str(), &status) != 0)
    return error = std::string("cannot be read: ") + std::strerror(errno), false;
  if (!S_ISREG(status.st_mode))
    return error = S_ISDIR(status.st_mode) ? "is a folder, expected a file" : "is not a regular file", false;
  file = std::fopen(path.c_str(), "rbe");
  if (!file || fstat(fileno(file), &status) != 0)
    return error = std::string("cannot be read: ") + std::strerror(errno), false;
  bytes = static_cast<uint64_t>(status.st_size);
  return true;
}

bool File::openToWrite(const std::string &path, std::string &error) {
  file = std::fopen(path.c_str(), "wbe");
  return file || (error = std::string("cannot be written: ") + std::strerror(errno), false);
}

bool File::read(void *data, uint64_t bytes, std::string &error) {
  if (std::fread(data, 1, bytes, file) == bytes)
    return true;
  error = std::ferror(file) ? std::string("cannot be read: ") + std::strerror(errno) : "became shorter meanwhile";
  return false;
}

bool File::write(const void *data, uint64_t bytes, std::string &error) {
  if (std::fwrite(data, 1, bytes, file) == bytes)
    return true;
  error = std::string("cannot be written: ") + std::strerror(errno);
  return false;
}

bool File::close(std::string &error) {
  std::FILE *closed = file;
  file = nullptr;
  if (std::fclose(closed) == 0)
    return true;
  error = std::string("cannot be written: ") + std::strerror(errno);
  return false;
}

} // namespace swin::image
