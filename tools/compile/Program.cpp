//===- Program.cpp - what swin-compile does --------------------------------===//
#include "tools/compile/Program.h"

#include "codegen/Compile.h"
#include "codegen/KernelCache.h"
#include "codegen/Recovery.h"
#include "tools/Cancel.h"
#include "tools/compile/Bundle.h"
#include "tools/compile/Console.h"
#include "tools/compile/Fingerprint.h"
#include "tools/compile/Layers.h"
#include "tools/compile/Model.h"
#include "tools/compile/Options.h"
#include "tools/compile/Products.h"
#include "tools/compile/ReportFile.h"
#include "tools/compile/Schedules.h"
#include "tools/compile/ShowAttention.h"
#include "tools/compile/Stages.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdio>

extern "C" {
#include "runtime/Cpu.h"
}

using namespace swin;

namespace {

enum Status { Done = 0, WrongInput = 2, OurBug = 3, Differs = 4 };

class Program {
public:
  Program(const tools::Options &options, const std::string &productFolder, const std::vector<std::string> &arguments)
      : options(options), productFolder(productFolder),
        console(options.verbose, options.quiet, options.jsonDiagnostics), stages(options), reportFile(options) {
    bundle.command = arguments;
    bundle.name = options.name;
    bundle.description = options.model;
  }

  Status run() {
    codegen::Recovery recovery;
    running = this;
    codegen::onLostCrash(OurBug, [] { running->crashed("a thread crashed", ""); });
    Status status = OurBug;
    if (codegen::recover([&] { status = work(); }))
      return status;
    return crashed("the compiler crashed: " + codegen::lastCrash().what, codegen::lastCrash().trace);
  }

private:
  Status work() {
    if (llvm::Error error = stages.prepare())
      return fail(std::move(error));
    if (llvm::Error error = reportFile.prepare())
      return fail(std::move(error));
    mlir::MLIRContext context;
    tools::Model model;
    Status status = load(context, model);
    bool differs = false;
    if (status == Done && options.wantsLayers())
      status = showLayers(model, differs);
    if (status == Done && !options.show.empty() && !tools::showAttention(options, model, console))
      status = WrongInput;
    if (status == Done && model.graph && options.compiles())
      status = compile(model);
    if (status != Done)
      reportFile.remove();
    if (status == Done && differs)
      status = Differs;
    return status;
  }

  Status fail(llvm::Error error) {
    llvm::handleAllErrors(std::move(error), [&](const llvm::ErrorInfoBase &info) { console.error(info.message()); });
    return WrongInput;
  }

  /// Errors have been said; now where the rest of what is known of them lies.
  Status bug() {
    bundle.errors = console.errors();
    std::string folder = tools::writeBundle(bundle);
    console.error("this is a bug of the compiler" +
                  (folder.empty() ? "" : "; please report it with the folder " + folder));
    return OurBug;
  }

  Status crashed(const std::string &what, const std::string &trace) {
    console.error(what);
    bundle.trace = trace;
    reportFile.remove();
    return bug();
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
    tools::loadModel(options, context, model, errors);
    for (const dsl::Diagnostic &note : model.notes)
      console.report(note);
    llvm::append_range(errors, reportFile.errors());
    for (const dsl::Diagnostic &error : errors)
      console.report(error);
    if (!errors.empty() || status != Done)
      return WrongInput;
    bundle.name = model.description.name;
    bundle.spec = model.spec;
    if (!model.size.empty())
      console.say(model.size);
    if (llvm::Error error = stages.takeSpec(model.spec))
      return fail(std::move(error));
    return Done;
  }

  Status showLayers(tools::Model &model, bool &differs) {
    tools::LayersResult result = tools::runLayers(options, model, console);
    differs = result == tools::LayersResult::Differs;
    return result == tools::LayersResult::Wrong ? WrongInput : Done;
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
      bundle.reproducer = result.reproducer;
      bundle.trace = result.trace;
      return bug();
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
  tools::Bundle bundle;
  static inline Program *running = nullptr;
};

} // namespace

int tools::runCompiler(const Options &options, const std::string &productFolder,
                       const std::vector<std::string> &arguments) {
  return Program(options, productFolder, arguments).run();
}
