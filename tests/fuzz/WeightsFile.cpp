// The file of weights that a library opens, against one model (WeightsModel.c).
#include "runtime/NAME.h.in"
#include "runtime/WeightsFormat.h"
#include "tests/fuzz/Target.h"
#include "tests/fuzz/WeightsModel.h"

#include <cstring>

using namespace swin;

/// Most of the time the header has the checksum that it says.
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, most);
  if (seed % 4 != 0 && size >= sizeof(swin_weights_header)) {
    uint64_t sum = swin_checksum_of(data, swin_checksum_block, 0);
    std::memcpy(data + offsetof(swin_weights_header, header_checksum), &sum, sizeof sum);
  }
  return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string path = fuzz::written("m.weights", fuzz::textOf(data, size));
  SWINMODEL_options options = {};
  options.threads = 1;
  options.weights_file = path.c_str();
  SWINMODEL_session *session = nullptr;
  int status = SWINMODEL_open(&session, &options);
  std::string error = SWINMODEL_error(session);
  fuzz::require(error.empty() == (status == SWINMODEL_OK), "a sentence for an error");
  if (status == SWINMODEL_OK) {
    ++fuzz::accepted;
    fuzz::require(size == size_t{swin_weights_page} + fuzz_weights_bytes &&
                      std::memcmp(data + swin_weights_page, fuzz_weights, fuzz_weights_bytes) == 0,
                  "the model's own weights");
  }
  SWINMODEL_close(session);
  return 0;
}
