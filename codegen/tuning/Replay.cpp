//===- Replay.cpp - searches on what was measured before ------------------===//
#include "codegen/tuning/Search.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"

#include <map>

using llvm::StringRef;
using swin::codegen::ScheduleNumbers;
using swin::codegen::ScheduleSpace;

namespace swin::tuning {
namespace {

class RecordedLaboratory : public Laboratory {
public:
  RecordedLaboratory(ScheduleSpace space, std::vector<Result> results) : recorded(std::move(space)) {
    for (Result &result : results)
      if (auto numbers = codegen::scheduleNumbers(recorded, result.schedule))
        known[*numbers].push_back(std::move(result));
  }
  const ScheduleSpace &space() const override { return recorded; }
  std::vector<Result> run(const std::vector<ScheduleNumbers> &schedules, const TrialOptions &options,
                          const std::function<void(const std::string &)> &before) override {
    std::vector<Result> results;
    for (const ScheduleNumbers &schedule : schedules) {
      std::string text = codegen::scheduleText(recorded, schedule);
      auto found = known.find(schedule);
      if (found != known.end()) {
        before(text);
        results.push_back(options.thorough ? found->second.back() : found->second.front());
        continue;
      }
      Result &missing = results.emplace_back();
      missing.schedule = text;
      missing.outcome = Outcome::Failed;
      missing.message = notRecorded;
    }
    return results;
  }

private:
  ScheduleSpace recorded;
  std::map<ScheduleNumbers, std::vector<Result>> known;
};

} // namespace

std::unique_ptr<Laboratory> replayLaboratory(ScheduleSpace space, std::vector<Result> results) {
  return std::make_unique<RecordedLaboratory>(std::move(space), std::move(results));
}

llvm::Expected<LaboratorySource> replaySource(const std::string &path) {
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!file)
    return llvm::createFileError(path, file.getError());
  auto records = std::make_shared<std::map<std::pair<std::string, std::string>, std::vector<Result>>>();
  size_t number = 0;
  for (StringRef rest = (*file)->getBuffer(); !rest.empty();) {
    auto [line, behind] = rest.split('\n');
    rest = behind;
    ++number;
    if (line.trim().empty())
      continue;
    auto result = resultOf(line);
    if (!result)
      return llvm::createStringError(path + ":" + std::to_string(number) + ": " + llvm::toString(result.takeError()));
    (*records)[{result->setting.signature, result->setting.isa}].push_back(std::move(*result));
  }
  return [records](const Problem &problem,
                   const LaboratoryOptions &options) -> llvm::Expected<std::unique_ptr<Laboratory>> {
    ScheduleSpace space = codegen::scheduleSpace(problem.graph, options.isa);
    if (!space.error.empty())
      return llvm::createStringError(space.error);
    return replayLaboratory(std::move(space), (*records)[{problem.signature.hash, options.isa}]);
  };
}

} // namespace swin::tuning
