//===- Npy.h - float32 arrays in files -------------------------------------===//
// Files are untrusted: everything is checked before memory is taken for it, and no
// more is taken than the file is long. Errors are sentences without the file's name.
//===----------------------------------------------------------------------===//
#ifndef SWIN_RUNTIME_IMAGE_NPY_H
#define SWIN_RUNTIME_IMAGE_NPY_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace swin::image {

/// Values in C order, as many as the product of the sizes.
struct Tensor {
  std::vector<int64_t> shape;
  std::vector<float> values;
};

/// Which values a reader takes: float32 alone, or all numbers that can become it.
enum class NpyValues { Float32, Numbers };

/// The start of a file up to its first value.
struct NpyHeader {
  std::vector<int64_t> shape;
  std::string type;         ///< as NumPy spells it: "<f4"; "" = not known
  uint64_t valueBytes = 0;  ///< of one
  uint64_t count = 0;       ///< values
  uint64_t headerBytes = 0; ///< where they begin in the file
};

/// The longest start of a file that can be needed for its header.
constexpr size_t maxNpyStart = (1 << 16) + 12;

/// Reads a header from the first bytes of a file; `start` may go on after it or, for an error, end within it.
std::optional<NpyHeader> parseNpyHeader(std::string_view start, std::string &error,
                                        NpyValues values = NpyValues::Float32);

/// Reads the header of a file and checks that the file has as many values as it says.
std::optional<NpyHeader> readNpyHeader(const std::string &path, std::string &error);

/// Reads a file of float32 values in C order.
std::optional<Tensor> readNpy(const std::string &path, std::string &error);

/// Writes a file; `values`: as many as the product of the sizes. What is there already is replaced.
bool writeNpy(const std::string &path, const std::vector<int64_t> &shape, const float *values, std::string &error);

/// The shape as people write it: "1 x 3 x 224 x 224".
std::string shapeText(const std::vector<int64_t> &shape);

} // namespace swin::image

#endif // SWIN_RUNTIME_IMAGE_NPY_H
