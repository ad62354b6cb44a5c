//===- Command.cpp - programs of the system -------------------------------===//
#include "codegen/Command.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

#include <optional>

using namespace llvm;

namespace swin::codegen {

std::string findProgram(const std::vector<std::string> &names) {
  for (const std::string &name : names)
    if (auto path = sys::findProgramByName(name))
      return *path;
  return "";
}

Error runCommand(const std::vector<std::string> &arguments, const std::string &logPath) {
  SmallVector<StringRef> words(arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(""), StringRef(logPath), StringRef(logPath)};
  std::string problem;
  int status = sys::ExecuteAndWait(arguments.front(), words, /*Env=*/std::nullopt, redirects, /*SecondsToWait=*/0,
                                   /*MemoryLimit=*/0, &problem);
  if (status == 0)
    return Error::success();
  std::string text = join(arguments, " ") + ": ";
  text += problem.empty() ? "exit status " + std::to_string(status) : problem;
  if (auto log = MemoryBuffer::getFile(logPath); log && !(*log)->getBuffer().empty())
    text += "\n" + (*log)->getBuffer().str();
  return createStringError(StringRef(text).rtrim());
}

} // namespace swin::codegen
