//===- Bundle.cpp - what a report of a bug needs --------------------------===//
#include "tools/compile/Bundle.h"

#include "codegen/tuning/Result.h"
#include "dsl/Json.h"
#include "tools/compile/Fingerprint.h"
#include "tools/compile/Stages.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cstdlib>
#include <sys/utsname.h>

using llvm::StringRef;

namespace swin::tools {
namespace {

/// A new folder with the permissions 0700; "" = there is none.
std::string newFolder(const std::string &name) {
  llvm::SmallString<128> path;
  llvm::sys::path::system_temp_directory(/*ErasedOnReboot=*/true, path);
  llvm::sys::path::append(path, "swin-compile-" + (name.empty() ? "model" : name) + "-XXXXXX");
  std::string made = path.str().str();
  return mkdtemp(made.data()) ? made : "";
}

std::string versions() {
  std::string text = "swin-compile " SWIN_VERSION "\nLLVM " LLVM_VERSION_STRING "\nHalide " SWIN_HALIDE_VERSION "\n";
  text += std::string("sources ") + compilerFingerprint() + "\ncpu " + tuning::cpuName() + "\n";
  if (utsname system = {}; uname(&system) == 0)
    text += std::string("os ") + system.sysname + " " + system.release + " " + system.machine + "\n";
  return text;
}

/// What repeats the failure, from what the IR says of itself.
std::string howToRepeat(StringRef reproducer) {
  if (reproducer.contains("mlir_reproducer"))
    return "failing.mlir is the model as the pass that failed got it, without weights. This repeats the failure:\n\n"
           "    swin-opt --run-reproducer failing.mlir\n";
  const char *command = "The command in command.txt repeats the failure; where there are no weights, with\n"
                        "--weights synthetic in their place, and with --cache off.\n";
  if (reproducer.empty())
    return command;
  return (reproducer.starts_with("// kernel ")
              ? "failing.mlir is the kernel that failed, alone, with its instruction set and the error in front.\n"
              : "failing.mlir is the graph of the model before all passes, without weights.\n") +
         std::string(command);
}

std::string readme(StringRef reproducer) {
  return "swin-compile failed in a way that is a bug of the compiler, not a mistake of yours. error.txt says\n"
         "what it printed; everything in this folder is text that you may look at before you send it.\n\n"
         "Please report it with all files of this folder. Weights are not among them, nor is anything of\n"
         "your environment; file names and options are those of the command line (command.txt), and\n"
         "model.json is the model's description.\n\n" +
         howToRepeat(reproducer);
}

std::string textOfFile(const std::string &path) {
  dsl::Diagnostics ignored;
  return dsl::readTextFile(path, ignored).value_or("");
}

} // namespace

std::string writeBundle(const Bundle &bundle) {
  std::string folder = newFolder(bundle.name);
  if (folder.empty())
    return "";
  bool good = true;
  auto write = [&](const char *file, const std::string &text) {
    if (llvm::Error error = writeFile(folder + "/" + file, text)) {
      llvm::consumeError(std::move(error));
      good = false;
    }
  };
  auto lines = [](const std::vector<std::string> &all) {
    std::string text;
    for (const std::string &line : all)
      text += line + "\n";
    return text;
  };
  std::string beginning;
  if (!bundle.reproducer.empty()) {
    if (auto file = llvm::MemoryBuffer::getFile(bundle.reproducer)) {
      beginning = (*file)->getBuffer().str();
      write("failing.mlir", beginning);
      llvm::sys::fs::remove(bundle.reproducer);
    }
  }
  write("README.txt", readme(beginning));
  write("command.txt", lines(bundle.command));
  write("versions.txt", versions());
  write("error.txt", lines(bundle.errors) + (bundle.trace.empty() ? "" : "\n" + bundle.trace));
  std::string model = bundle.spec;
  if (model.empty() && !bundle.description.empty())
    model = textOfFile(bundle.description);
  if (!model.empty())
    write("model.json", model);
  return good ? folder : "";
}

} // namespace swin::tools
