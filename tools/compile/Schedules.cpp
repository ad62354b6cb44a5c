//===- Schedules.cpp - which schedules a compile may choose from ----------===//
#include "tools/compile/Schedules.h"

#include "codegen/tuning/Choices.h"
#include "codegen/tuning/Selection.h"

#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace swin::tools {

Expected<codegen::ScheduleSource> schedulesOf(const Options &options, const std::string &shipped,
                                              std::vector<std::string> &notes) {
  if (options.schedules == "off" || !options.wantsKernels())
    return nullptr;
  std::vector<tuning::Result> choices;
  if (!options.schedules.empty()) {
    auto database = tuning::Database::open(options.schedules, tuning::Database::Access::Read);
    if (!database)
      return database.takeError();
    auto found = tuning::choicesOf(*database, options.targets,
                                   options.schedulesCpu.empty() ? tuning::cpuName() : options.schedulesCpu);
    if (!found)
      return createStringError(options.schedules + ": " + toString(found.takeError()));
    choices = std::move(*found);
  }
  auto file = MemoryBuffer::getFile(shipped);
  if (!file)
    return createFileError(shipped, file.getError());
  append_range(choices, tuning::choicesOf((*file)->getBuffer(), shipped, notes));
  return tuning::scheduleSource(std::move(choices));
}

} // namespace swin::tools
