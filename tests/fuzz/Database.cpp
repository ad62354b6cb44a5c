// SQLite files that say to be databases of schedules.
#include "codegen/tuning/Database.h"
#include "tests/fuzz/Target.h"

#include <unistd.h>

using namespace swin;
using tuning::Database;

namespace {

const char line[] =
    R"({"format":1,"signature":"0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a","isa":"x86-64-v3",)"
    R"("cpu":"V 1 2","compiler":"0.1","template":"tokens 1","kernel":"k","structure":"s","extents":[96],)"
    R"("sizes":"1 x 1x2x2","macs":4,"threads":1,"schedule":"rows=8","standard":false,"outcome":"measured",)"
    R"("message":"","error":0.0,"cold_ms":1.0,"warm_ms":1.0,"standard_cold_ms":2.0,"standard_warm_ms":2.0,)"
    R"("spread":0.0,"ratio":2.0,"rounds":9,"peak_gmacs":1.0,"confirmed":true,"run":"r","strategy":"s","seed":1,)"
    R"("number":1,"seconds":1.0})";

std::string textOf(llvm::Error error) { return error ? llvm::toString(std::move(error)) : ""; }

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string path = fuzz::written("s.db", fuzz::textOf(data, size));
  for (const char *rest : {"-journal", "-wal", "-shm"})
    unlink((path + rest).c_str());
  std::string problem;
  {
    llvm::Expected<Database> database = Database::open(path, Database::Access::Read);
    if (!database) {
      fuzz::requireLines({textOf(database.takeError())}, path + ": ");
    } else {
      problem = database->check();
      std::string other = textOf(database->forEach(nullptr, [&](const tuning::Result &result) {
        fuzz::require(tuning::problemOf(result).empty(), "a result that can be kept");
      }));
      other += textOf(database->best("", "", "").takeError()) + textOf(database->cpus().takeError());
      fuzz::accepted += problem.empty();
      fuzz::require(!problem.empty() || other.empty(), "what check() finds nothing in can be read: " + other);
    }
  }
  llvm::Expected<Database> database = Database::open(path, Database::Access::Write);
  if (!database) {
    textOf(database.takeError());
    return 0;
  }
  llvm::Expected<tuning::Result> result = tuning::resultOf(line);
  fuzz::require(static_cast<bool>(result), "a result of our own");
  textOf(database->settleUnfinished("r"));
  textOf(database->add(*result).takeError());
  return 0;
}
