//===- swin-compile.cpp - a Swin description becomes a native library ------===//
// See docs/Contract.md, or --help. Options: tools/compile/Options.cpp; what is done:
// codegen/Compile.h.
//===----------------------------------------------------------------------===//
#include "codegen/Compile.h"
#include "codegen/KernelCache.h"
#include "tools/Cancel.h"
#include "tools/compile/Console.h"
#include "tools/compile/Fingerprint.h"
#include "tools/compile/Model.h"
#include "tools/compile/Options.h"
#include "tools/compile/Products.h"
#include "tools/compile/ReportFile.h"
#include "tools/compile/Schedules.h"
#include "tools/compile/Stages.h"

#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>
#include <malloc.h>

extern "C" {
#include "runtime/Cpu.h"
}

using namespace swin;

namespace {

enum Status { Done = 0, WrongCommandLine = 1, WrongInput = 2, OurBug = 3 };

class Program {
public:
  Program(const tools::Options &options, const std::string &productFolder)
      : options(options), productFolder(productFolder), console(options.verbose, options.quiet), stages(options),
        reportFile(options) {}

  Status run() {
    if (llvm::Error error = stages.prepare())
      return fail(std::move(error));
    if (llvm::Error error = reportFile.prepare())
      return fail(std::move(error));
    mlir::MLIRContext context;
    tools::Model model;
    Status status = load(context, model);
    if (status == Done && model.graph)
      status = compile(model);
    if (status != Done)
      reportFile.remove();
    return status;
  }

private:
  Status fail(llvm::Error error) {
    llvm::handleAllErrors(std::move(error), [&](const llvm::ErrorInfoBase &info) { console.error(info.message()); });
    return WrongInput;
  }

  Status readSchedules() {
    std::vector<std::string> notes;
    auto known = tools::schedulesOf(options, productFolder + "/schedules.jsonl", notes);
    for (const std::string &note : notes)
      console.note(note);
    if (!known)
      return fail(known.takeError());
    schedules = std::move(*known);
    return Done;
  }

  Status load(mlir::MLIRContext &context, tools::Model &model) {
    console.progress("model");
    std::vector<dsl::Diagnostic> errors;
    Status status = readSchedules(); // if it fails, what else is wrong is said, too
    reportFile.readProfile();        // likewise
    llvm::CrashRecoveryContext::Enable();
    llvm::CrashRecoveryContext guard;
    bool good = guard.RunSafely([&] { tools::loadModel(options, context, model, errors); });
    llvm::CrashRecoveryContext::Disable();
    for (const dsl::Diagnostic &note : model.notes)
      console.report(note);
    llvm::append_range(errors, reportFile.errors());
    for (const dsl::Diagnostic &error : errors)
      console.report(error);
    if (!good) {
      console.error("a bug of the compiler: it crashed while it read the model; please report it with the model");
      return OurBug;
    }
    if (!errors.empty() || status != Done)
      return WrongInput;
    if (!model.size.empty())
      console.say(model.size);
    if (llvm::Error error = stages.takeSpec(model.spec))
      return fail(std::move(error));
    return Done;
  }

  Status compile(tools::Model &model) {
    codegen::CompileOptions how;
    how.model = model.description;
    how.isas = options.targets;
    how.directory = options.out.empty() ? model.description.name : options.out;
    how.library = options.emit.contains("lib");
    how.shared = options.emit.contains("shared");
    how.executable = options.emit.contains("exe");
    how.weightsFile = options.weightsFile;
    how.files = tools::productFiles(productFolder, options.targets.front(), options.sanitizer);
    how.threads = SWINMODEL_rt_usable_cpus();
    how.cache = codegen::cacheDirectory(options.cache);
    how.schedules = schedules;
    how.compiler = tools::compilerFingerprint();
    how.sanitizer = options.sanitizer;
    how.fastMatmul = options.fastMatmul;
    how.stages = stages.wanted();
    how.locations = !options.dumpTo.empty();
    how.take = [&](codegen::Stage stage, const std::string &text) { return stages.take(stage, text); };
    how.planned = [&](codegen::CompileReport &report) {
      report.model = model.spec;
      return reportFile.addProfile(how.model.name, report);
    };
    how.takeKernel = [&](const std::string &symbol, const codegen::ObjectBytes &object) {
      return stages.takeKernel(symbol, object);
    };
    how.progress = [&](const std::string &what) { console.progress(what); };
    how.cancelled = &tools::cancelled;
    codegen::CompileResult result = codegen::compileModel(*model.graph, model.constants, how);
    if (result.status == codegen::CompileResult::Unfit && model.errorAt) {
      for (const auto &[layer, what] : result.unfit)
        console.report(model.errorAt(layer, what));
      llvm::sys::fs::remove(result.reproducer);
      return WrongInput;
    }
    for (const dsl::Diagnostic &error : reportFile.errors())
      console.report(error);
    if (!reportFile.errors().empty())
      return WrongInput;
    for (const std::string &error : result.errors)
      console.error(error);
    if (result.status == codegen::CompileResult::Bug || result.status == codegen::CompileResult::Unfit) {
      console.error("this is a bug of the compiler" +
                    (result.reproducer.empty() ? "" : "; please report it with the file " + result.reproducer));
      return OurBug;
    }
    if (result.status != codegen::CompileResult::Done)
      return WrongInput;
    if (llvm::Error error = reportFile.write(result.report))
      return fail(std::move(error));
    for (const codegen::CompileReport::File &file : result.report.files) {
      char size[32];
      std::snprintf(size, sizeof size, "%10.2f MB  ", static_cast<double>(file.bytes) * 1e-6);
      console.say(size + how.directory + "/" + file.name);
    }
    return Done;
  }

  const tools::Options &options;
  std::string productFolder;
  codegen::ScheduleSource schedules;
  tools::Console console;
  tools::Stages stages;
  tools::ReportFile reportFile;
};

} // namespace

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
    return Done;
  }
  if (!errors.empty()) {
    for (const std::string &error : errors)
      llvm::errs() << "swin-compile: error: " << error << '\n';
    llvm::errs() << "swin-compile: --help lists what can be given\n";
    return WrongCommandLine;
  }
  // Ends from outside leave nothing behind either.
  tools::cancelOnSignals();
  Status status = Program(options, tools::productFolder(argv[0])).run();
  if (status != Done)
    tools::endBySignal();
  return status;
}
