//===- swin-tune.cpp - schedules found by experiment ----------------------===//
// See docs/Tuning.md, or --help. Options: tools/tune/Options.cpp; the search: codegen/tuning/Search.h.
//===----------------------------------------------------------------------===//
#include "codegen/tuning/Result.h"
#include "tools/compile/Console.h"
#include "tools/compile/Fingerprint.h"
#include "tools/compile/Model.h"
#include "tools/tune/DatabaseCommands.h"
#include "tools/tune/Tune.h"

#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <malloc.h>

using namespace swin;

namespace {

enum Status { Done = 0, WrongCommandLine = 1, WrongInput = 2 };

} // namespace

int main(int argc, char **argv) {
  // Constants go back to the system as soon as passes drop them; by default glibc would begin to keep them.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  std::signal(SIGPIPE, SIG_IGN);
  std::vector<std::string> arguments(argv + (argc > 0), argv + argc), errors;
  tools::TuneCommandLine options = tools::parseTuneOptions(arguments, errors);
  tools::Console console(options.tune.verbose, options.tune.quiet, options.tune.model.jsonDiagnostics, "swin-tune");
  if (!errors.empty()) {
    console.wrongCommandLine(errors);
    return WrongCommandLine;
  }
  bool said = true;
  if (options.help)
    llvm::outs() << tools::tuneHelpText();
  else if (options.version)
    llvm::outs() << "swin-tune " << tuning::compilerVersion() << "\nsources " << tools::compilerFingerprint() << '\n';
  else if (options.cpu)
    llvm::outs() << tuning::cpuName() << '\n';
  else if (options.tune.model.arch == "help")
    llvm::outs() << tools::architecturesText();
  else
    said = false;
  if (!said && options.command.empty())
    return tools::runTune(options.tune);
  if (!said)
    tools::runDatabaseCommand(options.command, options.database, errors);
  llvm::outs().flush();
  if (llvm::outs().has_error()) {
    errors.push_back("standard output: cannot be written: " + llvm::outs().error().message());
    llvm::outs().clear_error();
  }
  for (const std::string &error : errors)
    console.error(error);
  return errors.empty() ? Done : WrongInput;
}
