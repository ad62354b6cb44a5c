//===- File.h - a file that says what went wrong ---------------------------===//
// Errors are sentences without the file's name.
//===----------------------------------------------------------------------===//
#ifndef SWIN_RUNTIME_IMAGE_FILE_H
#define SWIN_RUNTIME_IMAGE_FILE_H

#include <cstdint>
#include <cstdio>
#include <string>

namespace swin::image {

class File {
public:
  File() = default;
  File(const File &) = delete;
  File &operator=(const File &) = delete;
  ~File();

  /// Regular files only, so that their length is known.
  bool openToRead(const std::string &path, uint64_t &bytes, std::string &error);
  /// Creates the file or empties it.
  bool openToWrite(const std::string &path, std::string &error);
  /// Exactly so many bytes; a file that ends earlier is an error.
  bool read(void *data, uint64_t bytes, std::string &error);
  bool write(const void *data, uint64_t bytes, std::string &error);
  /// What was written is in the file only if this succeeds.
  bool close(std::string &error);

private:
  std::FILE *file = nullptr;
};

} // namespace swin::image

#endif // SWIN_RUNTIME_IMAGE_FILE_H
