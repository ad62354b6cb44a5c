// Arrays as the runner reads them.
#include "runtime/image/Npy.h"
#include "tests/fuzz/Target.h"

using namespace swin;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string path = fuzz::written("x.npy", fuzz::textOf(data, size)), error;
  std::optional<image::NpyHeader> start = image::parseNpyHeader(fuzz::textOf(data, size), error);
  std::optional<image::NpyHeader> header = image::readNpyHeader(path, error);
  std::optional<image::Tensor> tensor = image::readNpy(path, error);
  fuzz::require(header.has_value() == tensor.has_value(), "the header says whether an array can be read");
  fuzz::require(tensor.has_value() || !error.empty(), "a sentence");
  fuzz::requireLines({error}, "");
  if (!tensor)
    return 0;
  ++fuzz::accepted;
  uint64_t count = 1;
  for (int64_t extent : tensor->shape)
    count *= static_cast<uint64_t>(extent);
  fuzz::require(start && count == header->count && tensor->values.size() == count &&
                    header->headerBytes + 4 * count == size,
                "as many values as the file has");
  return 0;
}
