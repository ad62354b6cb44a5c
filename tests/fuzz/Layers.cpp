// Files of layers' values, safetensors and .npz, and comparisons with what they hold.
#include "tests/fuzz/Target.h"
#include "tools/layers/LayerDiff.h"
#include "tools/layers/LayerFile.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <zlib.h>

using namespace swin;

namespace {

template <typename Number> Number numberAt(const uint8_t *data, size_t at) {
  Number number;
  std::memcpy(&number, data + at, sizeof number);
  return number;
}

/// Puts the checksums of stored arrays into the directory of a zip archive.
void repair(uint8_t *data, size_t size) {
  for (size_t at = 0; at + 46 <= size; ++at) {
    if (std::memcmp(data + at, "PK\1\2", 4) != 0 || numberAt<uint16_t>(data, at + 10) != 0)
      continue;
    size_t bytes = numberAt<uint32_t>(data, at + 20), begin = numberAt<uint32_t>(data, at + 42);
    if (begin > size || size - begin < 30)
      continue;
    begin += size_t{30} + numberAt<uint16_t>(data, begin + 26) + numberAt<uint16_t>(data, begin + 28);
    if (begin > size || bytes > size - begin)
      continue;
    auto sum = static_cast<uint32_t>(crc32_z(0, data + begin, bytes));
    std::memcpy(data + at + 16, &sum, sizeof sum);
  }
}

/// The largest magnitude; infinite if a value is no number.
float largestOf(const std::vector<float> &values) {
  float largest = 0;
  for (float value : values)
    largest = std::isfinite(value) ? std::max(largest, std::fabs(value)) : INFINITY;
  return largest;
}

} // namespace

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 4 != 0)
    repair(data, size);
  return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string path = fuzz::written("layers", fuzz::textOf(data, size));
  std::vector<std::string> errors;
  std::unique_ptr<layers::LayerFile> file = layers::LayerFile::open(path, errors);
  fuzz::requireLines(errors, path + ":");
  fuzz::require(file != nullptr || !errors.empty(), "a sentence");
  if (!file)
    return 0;
  ++fuzz::accepted;
  layers::Comparison comparison;
  for (const std::string &name : file->names()) {
    layers::LayerValue value;
    fuzz::require(file->read(name, value), "a layer that the file names");
    uint64_t count = 1;
    for (int64_t extent : value.shape)
      count *= static_cast<uint64_t>(extent);
    fuzz::require(count == value.values.size(), "as many values as the shape says");
    std::vector<float> other = value.values;
    float largest = largestOf(other);
    bool differs = size % 2 == 0 && !other.empty() && largest < 1e30f;
    if (differs)
      other[0] += 1 + 2 * largest;
    layers::LayerResult result = {name, value.shape, "", {}};
    result.difference = layers::compareLayer(value.shape, other.data(), value.values.data(), 1e-4);
    fuzz::require((result.difference.count > 0) == differs, "a difference where there is one");
    comparison.layers.push_back(std::move(result));
  }
  layers::comparisonText(comparison, true);
  layers::comparisonJson(comparison);
  return 0;
}
