// Descriptions of our own form, with stages or with a graph (docs/ModelFormat.md, docs/Graphs.md).
#include "tests/fuzz/Descriptions.h"
#include "tests/fuzz/Target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string path = swin::fuzz::written("m.json", swin::fuzz::textOf(data, size));
  swin::fuzz::checkDescription(path, path + ":");
  return 0;
}
