//===- swin-compile.cpp - a Swin description becomes a native library ------===//
// See docs/Contract.md, or --help. Options: tools/compile/Options.cpp; what is done: tools/compile/Program.cpp,
// codegen/Compile.h.
//===----------------------------------------------------------------------===//
#include "tools/Cancel.h"
#include "tools/compile/Console.h"
#include "tools/compile/Fingerprint.h"
#include "tools/compile/Model.h"
#include "tools/compile/Options.h"
#include "tools/compile/Products.h"
#include "tools/compile/Program.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/raw_ostream.h"

#include <malloc.h>

using namespace swin;

int main(int argc, char **argv) {
  // Constants go back to the system as soon as passes drop them; by default glibc would begin to keep them.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  std::vector<std::string> arguments(argv + (argc > 0), argv + argc), errors;
  tools::Options options = tools::parseOptions(arguments, errors);
  if (errors.empty() && (options.help || options.version || options.arch == "help")) {
    llvm::outs() << (options.help       ? tools::helpText()
                     : !options.version ? tools::architecturesText()
                                        : std::string("swin-compile " SWIN_VERSION " (LLVM " LLVM_VERSION_STRING
                                                      ", Halide " SWIN_HALIDE_VERSION ")\nsources ") +
                                              tools::compilerFingerprint() + "\n");
    return 0;
  }
  if (!errors.empty()) {
    tools::Console(options.verbose, options.quiet, options.jsonDiagnostics).wrongCommandLine(errors);
    return 1;
  }
  // Ends from outside leave nothing behind either.
  tools::cancelOnSignals();
  int status = tools::runCompiler(options, tools::productFolder(argv[0]), arguments);
  if (status != 0)
    tools::endBySignal();
  return status;
}
