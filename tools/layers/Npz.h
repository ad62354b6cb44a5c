//===- Npz.h - arrays of a .npz file ---------------------------------------===//
// A zip archive of .npy files, as numpy.savez and numpy.savez_compressed write it. The directory at its end says where
// each one lies. Files are untrusted: what is returned lies inside the file and decompresses to what it says.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_LAYERS_NPZ_H
#define SWIN_TOOLS_LAYERS_NPZ_H

#include "dsl/FileErrors.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace swin::layers {

/// An array of a file; its memory is the file's.
struct NpzArray {
  std::string name;
  std::string_view type; ///< as safetensors spells it: "F32"
  std::vector<int64_t> shape;
  int64_t count = 0;               ///< values
  uint64_t headerBytes = 0;        ///< in front of them
  uint64_t bytes = 0;              ///< of header and values
  uint32_t sum = 0;                ///< CRC-32 of these, as the directory says
  bool deflated = false;           ///< else stored
  std::span<const std::byte> data; ///< as it lies in the file
};

/// Whether a file begins as a zip archive does.
bool isZip(std::span<const std::byte> bytes);

/// The arrays in the order in which they lie in the file. Every mistake becomes one of `errors`; after one the result
/// is of no use. All values are looked at once: what is returned without errors can be read.
std::vector<NpzArray> readNpz(std::span<const std::byte> file, dsl::FileErrors &errors);

/// Writes array.count values, as floats.
void copyValues(const NpzArray &array, float *values);

} // namespace swin::layers

#endif // SWIN_TOOLS_LAYERS_NPZ_H
