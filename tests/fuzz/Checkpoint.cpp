// Checkpoints: what safetensors files say, whose names their tensors have, and the model that follows from them.
#include "dsl/FileErrors.h"
#include "dsl/ReadSpec.h"
#include "dsl/Safetensors.h"
#include "dsl/Weights.h"
#include "tests/fuzz/Target.h"

using namespace swin;
using namespace swin::dsl;

namespace {

/// Each tensor lies inside the file and is as large as it says.
void checkTensors(const std::string &path) {
  Diagnostics errors;
  std::shared_ptr<const MappedFile> file = MappedFile::open(path, errors);
  if (!file)
    return;
  Tensors tensors = readSafetensors(file->bytes(), path, errors);
  if (!errors.good())
    return;
  for (const auto &[name, tensor] : tensors) {
    const std::byte *begin = file->bytes().data(), *end = begin + file->bytes().size();
    fuzz::require(tensor.data.empty() ||
                      (tensor.data.data() >= begin && tensor.data.data() + tensor.data.size() <= end),
                  "a tensor inside the file: " + nameText(name));
    int64_t count = 1;
    for (int64_t extent : tensor.shape)
      fuzz::require(extent >= 0 && !__builtin_mul_overflow(count, extent, &count), "a size of " + nameText(name));
    fuzz::require(count == tensor.count, "the size of " + nameText(name));
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string path = fuzz::written("w.safetensors", fuzz::textOf(data, size));
  checkTensors(path);
  Diagnostics errors;
  std::unique_ptr<WeightsFile> weights = openWeights(path, errors);
  if (weights) {
    Spec spec = specOfArch(familyName(weights->specFromShapes({}).family), weights.get(), errors);
    if (errors.good()) {
      spec.semantics = weights->semantics();
      spec.outputs = outputsOf(spec, *spec.semantics);
      checkSpec(spec, path, errors);
    }
    if (errors.good()) {
      ref::ConstantStore store;
      weights->load(spec, *spec.semantics, store, errors);
    }
    fuzz::accepted += errors.good();
  }
  for (const std::string &line : errors.lines())
    fuzz::requireLines({line}, line.starts_with("--arch ") ? "--arch " : path + ": ");
  return 0;
}
