// Lines of JSON that are imported into a database of schedules.
#include "codegen/tuning/Database.h"
#include "tests/fuzz/Target.h"

using namespace swin;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  llvm::StringRef rest(reinterpret_cast<const char *>(data), size);
  while (!rest.empty()) {
    auto [line, following] = rest.split('\n');
    rest = following;
    llvm::Expected<tuning::Result> result = tuning::resultOf(line);
    if (!result) {
      std::string error = llvm::toString(result.takeError());
      fuzz::requireLines({error}, "not a result: ");
      continue;
    }
    ++fuzz::accepted;
    fuzz::require(tuning::problemOf(*result).empty(), "a result that can be kept");
    std::string written = tuning::jsonLine(*result);
    llvm::Expected<tuning::Result> again = tuning::resultOf(written);
    fuzz::require(static_cast<bool>(again), "the result is read again: " + written);
    fuzz::require(tuning::jsonLine(*again) == written, "the same result is read again: " + written);
  }
  return 0;
}
