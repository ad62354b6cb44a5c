//===- Checkpoint.h - safetensors files that tests write ------------------===//
#ifndef SWIN_TESTS_DSL_CHECKPOINT_H
#define SWIN_TESTS_DSL_CHECKPOINT_H

#include "dsl/Diagnostics.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace swin::test {

/// The bytes of a file with this header and this much data, all zeros.
inline std::string fileBytes(const std::string &header, size_t dataBytes = 0) {
  uint64_t length = header.size();
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + header + std::string(dataBytes, '\0');
}

/// A file that is removed with the object.
class TemporaryFile {
public:
  explicit TemporaryFile(const std::string &bytes) {
    static int count = 0;
    const char *folder = std::getenv("TMPDIR");
    path = std::string(folder ? folder : "/tmp") + "/swin-" + std::to_string(::getpid()) + "-" +
           std::to_string(count++) + ".safetensors";
    std::ofstream(path, std::ios::binary) << bytes;
  }
  TemporaryFile(const TemporaryFile &) = delete;
  TemporaryFile &operator=(const TemporaryFile &) = delete;
  ~TemporaryFile() { std::remove(path.c_str()); }

  std::string path;
};

/// Tensors in the order in which they are added.
class Checkpoint {
public:
  void add(const std::string &name, const std::string &type, const std::vector<int64_t> &shape,
           const std::string &bytes) {
    header += header.empty() ? "{" : ",";
    header += "\"" + name + "\":{\"dtype\":\"" + type + "\",\"shape\":[";
    for (size_t d = 0; d < shape.size(); ++d)
      header += (d ? "," : "") + std::to_string(shape[d]);
    header +=
        "],\"data_offsets\":[" + std::to_string(data.size()) + "," + std::to_string(data.size() + bytes.size()) + "]}";
    data += bytes;
  }
  template <typename Value>
  void add(const std::string &name, const std::string &type, const std::vector<int64_t> &shape,
           const std::vector<Value> &values) {
    add(name, type, shape, std::string(reinterpret_cast<const char *>(values.data()), values.size() * sizeof(Value)));
  }
  /// Whole files, the header padded with spaces to 8 bytes as the format's own writer does it.
  std::string bytes(size_t padding = 8) const {
    std::string text = header.empty() ? "{}" : header + "}";
    return fileBytes(text + std::string((padding - text.size() % padding) % padding, ' ')) + data;
  }

private:
  std::string header, data;
};

/// The lines with the file's name taken off.
inline std::vector<std::string> linesWithout(const std::string &file, const dsl::Diagnostics &errors) {
  std::vector<std::string> lines;
  for (const std::string &line : errors.lines())
    lines.push_back(line.starts_with(file + ": error: ") ? line.substr(file.size() + 9) : line);
  return lines;
}

} // namespace swin::test

#endif // SWIN_TESTS_DSL_CHECKPOINT_H
