//===- Safetensors.h - tensors of a safetensors file ----------------------===//
// 8 bytes: length of the header (little endian). The header: JSON, name -> dtype,
// shape, data_offsets. Then the tensors, row-major, little endian, without gaps.
// Files are untrusted: what is returned lies inside the file.
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_SAFETENSORS_H
#define SWIN_DSL_SAFETENSORS_H

#include "dsl/Diagnostics.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace swin::dsl {

/// A tensor of a file; its memory is the file's.
struct Tensor {
  std::string_view type;           ///< "F32" ..., as the format spells it
  std::vector<int64_t> shape;      ///< empty: a scalar; may hold zeros
  int64_t count = 0;               ///< elements
  std::span<const std::byte> data; ///< not aligned
};
using Tensors = std::map<std::string, Tensor, std::less<>>;
/// What a file says of itself.
using Metadata = std::map<std::string, std::string, std::less<>>;

/// Limits beyond those of the format, which has only the first.
constexpr uint64_t largestHeader = 100'000'000; ///< bytes
constexpr size_t mostTensors = 65536;
constexpr size_t mostDimensions = 8;

/// A regular file mapped read-only.
class MappedFile {
public:
  /// Null after an error: not there, not readable, not a regular file.
  static std::shared_ptr<const MappedFile> open(const std::string &path, Diagnostics &errors);
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();
  std::span<const std::byte> bytes() const { return {start, length}; }
  /// Memory for a part of it can serve something else; who reads it again waits for the file again.
  void release(std::span<const std::byte> part) const;

private:
  MappedFile(const std::byte *start, size_t length) : start(start), length(length) {}
  const std::byte *start;
  size_t length;
};

/// The tensors of a file that is in memory; only the header is read. Every mistake is an error at `file`;
/// after one the result is of no use. `metadata`, if wanted, receives what stands under __metadata__.
Tensors readSafetensors(std::span<const std::byte> bytes, const std::string &file, Diagnostics &errors,
                        Metadata *metadata = nullptr);

} // namespace swin::dsl

#endif // SWIN_DSL_SAFETENSORS_H
