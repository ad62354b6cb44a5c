//===- Compile.cpp - from a graph to files --------------------------------===//
// Order of the stages: weights are written and freed before kernels are compiled, so
// the compiler never holds them beside Halide's memory.
//===----------------------------------------------------------------------===//
#include "codegen/Compile.h"

#include "codegen/EmitObject.h"
#include "codegen/KernelGraphBuilder.h"
#include "codegen/KernelJobs.h"
#include "codegen/ModuleText.h"
#include "codegen/Recovery.h"
#include "codegen/Remarks.h"
#include "codegen/ReportGraph.h"
#include "codegen/ReportKernel.h"
#include "codegen/Reproducer.h"
#include "codegen/SelfTest.h"
#include "codegen/Staging.h"
#include "codegen/WeightsObject.h"
#include "passes/dialect/Swin.h"
#include "passes/reference/Evaluate.h"
#include "passes/transforms/DriverTables.h"
#include "passes/transforms/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassInstrumentation.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

#include <chrono>
#include <thread>

using namespace mlir;

namespace swin::codegen {
namespace {

/// Calls back after the pass that groups ops into kernels: with the module, or null if it failed.
class AfterGrouping : public PassInstrumentation {
public:
  explicit AfterGrouping(std::function<void(ModuleOp)> call) : call(std::move(call)) {}
  void runAfterPass(Pass *pass, Operation *op) override { tell(pass, cast<ModuleOp>(op)); }
  void runAfterPassFailed(Pass *pass, Operation *) override { tell(pass, {}); }

private:
  void tell(Pass *pass, ModuleOp module) {
    if (pass->getArgument() == "swin-form-kernels")
      call(module);
  }
  std::function<void(ModuleOp)> call;
};

class Compiler {
public:
  Compiler(ModuleOp graph, ref::ConstantStore &store, const CompileOptions &options)
      : graph(graph), store(store), options(options), name(options.model.name),
        architecture(architectureOf(options.isas.front())), cache(options.cache) {}

  CompileResult run() {
    // Passes report through the context; nothing is printed from here.
    ScopedDiagnosticHandler collect(graph.getContext(), [&](Diagnostic &diagnostic) {
      if (diagnostic.getSeverity() == DiagnosticSeverity::Error)
        diagnostics.emplace_back(ref::layerOf(diagnostic.getLocation()), diagnostic.str());
      return success();
    });
    RemarkCollector remarks(*graph.getContext(), result.report.remarks);
    result.report.height = options.model.height;
    result.report.width = options.model.width;
    wantsFiles = options.library || options.shared || options.executable;
    std::vector<std::pair<const char *, bool (Compiler::*)()>> steps = {
        {"prepare", &Compiler::prepare},      {"passes", &Compiler::runPasses}, {"self-test", &Compiler::makeSelfTest},
        {"weights", &Compiler::writeWeights}, {"kernels", &Compiler::runJobs},  {"driver", &Compiler::makeDriver},
        {"package", &Compiler::package}};
    Recovery recovery;
    for (auto [what, step] : steps) {
      if (options.cancelled && *options.cancelled)
        result.status = CompileResult::Cancelled;
      if (result.status != CompileResult::Done || finished)
        break;
      auto begin = std::chrono::steady_clock::now();
      bool good = false;
      if (!recover([&] { good = (this->*step)(); })) {
        result.trace = lastCrash().trace;
        bug(std::string("the compiler crashed (stage ") + what + "): " + lastCrash().what,
            writeReproducer(name, graphText));
      }
      std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
      result.report.milliseconds.emplace_back(what, taken.count());
      if (!good)
        break;
    }
    return std::move(result);
  }

private:
  bool fail(CompileResult::Status status, llvm::Error error) {
    result.status = status;
    llvm::handleAllErrors(std::move(error),
                          [&](const llvm::ErrorInfoBase &info) { result.errors.push_back(info.message()); });
    return false;
  }
  bool bug(const std::string &message, const std::string &reproducer) {
    result.status = CompileResult::Bug;
    for (const auto &[layer, what] : diagnostics)
      result.errors.push_back((layer.empty() ? "" : layer + ": ") + what);
    result.errors.push_back(message);
    result.reproducer = reproducer;
    return false;
  }
  bool wants(Stage stage) const { return llvm::is_contained(options.stages, stage); }
  bool wantsAfter(Stage stage) const {
    return wantsFiles || llvm::any_of(options.stages, [&](Stage wanted) { return wanted > stage; });
  }
  void hand(Stage stage, const std::string &text) {
    if (!options.take)
      return;
    if (llvm::Error error = options.take(stage, text))
      fail(CompileResult::Failed, std::move(error));
  }
  void hand(Stage stage, ModuleOp module) {
    if (wants(stage))
      hand(stage, textOf(module, options.locations));
  }
  void say(const std::string &text) {
    if (options.progress)
      options.progress(text);
  }

  PackageOptions packageOptions() {
    PackageOptions package;
    package.name = name;
    package.version = SWIN_VERSION;
    package.library = options.library;
    package.shared = options.shared;
    package.executable = options.executable;
    package.files = options.files;
    package.sanitized = !options.sanitizer.empty();
    package.architecture = &architecture;
    package.folder = staging ? staging->path("") : "";
    return package;
  }

  /// What can go wrong is found before anything takes long.
  bool prepare() {
    if (failed(verify(graph)))
      return bug("the graph is not valid", writeReproducer(name, textOf(graph, true)));
    std::string text = textOf(graph, false);
    facts.hashes["graph"] = hashOf(text);
    graphText = textOf(graph, true);
    hand(Stage::Graph, graph);
    finished = !wantsAfter(Stage::Graph);
    auto measured = measure();
    if (!measured)
      return false;
    reportGraph(*measured, result.report);
    if (!wantsFiles)
      return true;
    if (llvm::Error error = checkMeans(packageOptions()))
      return fail(CompileResult::Failed, std::move(error));
    auto made = Staging::create(options.directory);
    if (!made)
      return fail(CompileResult::Failed, made.takeError());
    staging = std::move(*made);
    return true;
  }

  /// Runs passes; if one fails or crashes, MLIR writes the module as that pass got it and what is to be run on it. It
  /// keeps a copy of it for that, so threads of passes must not change it meanwhile.
  bool runManager(llvm::function_ref<void(PassManager &)> build) {
    std::string reproducer = reproducerPath(name);
    bool good = false, wasThreaded = graph.getContext()->isMultithreadingEnabled();
    graph.getContext()->disableMultithreading();
    {
      PassManager manager(graph.getContext());
      manager.enableCrashReproducerGeneration(reproducer, /*genLocalReproducer=*/true);
      build(manager);
      good = succeeded(manager.run(graph));
    }
    graph.getContext()->enableMultithreading(wasThreaded);
    renewRecovery(); // which the manager ended
    return good || bug("a pass failed", llvm::sys::fs::exists(reproducer) ? reproducer : "");
  }

  bool runPasses() {
    say("passes");
    auto build = [&](PassManager &manager) {
      passes::KernelsOptions kernels;
      kernels.fastMatmul = options.fastMatmul;
      kernels.height = options.model.height;
      kernels.width = options.model.width;
      passes::buildKernelsPipeline(manager, kernels, &store);
      manager.addInstrumentation(std::make_unique<AfterGrouping>([&](ModuleOp module) {
        isUnfit = !module;
        if (!module)
          return;
        reportOrigins(module, result.report);
        hand(Stage::Fused, module);
      }));
    };
    if (!runManager(build)) {
      // What is said of an op is for those who have said the op; of all else nothing is known.
      if (isUnfit)
        llvm::copy_if(diagnostics, std::back_inserter(result.unfit), [](auto &said) { return !said.first.empty(); });
      if (!result.unfit.empty())
        result.status = CompileResult::Unfit;
      return false;
    }
    auto measured = measure();
    if (!measured)
      return false;
    work = std::move(*measured);
    reportCalls(graph, work, result.report);
    llvm::Error error = options.planned ? options.planned(result.report) : llvm::Error::success();
    if (error)
      return fail(CompileResult::Failed, std::move(error));
    hand(Stage::Kernels, graph);
    finished = !wantsAfter(Stage::Kernels);
    return true;
  }

  /// Of one image of the model's own size.
  std::optional<Work> measure() {
    auto measured = measureWork(graph, 1, options.model.height, options.model.width);
    if (measured)
      return std::move(*measured);
    bug(llvm::toString(measured.takeError()), writeReproducer(name, textOf(graph, true)));
    return std::nullopt;
  }

  /// Before weights are written, which frees them. What they are known by is made once, here.
  bool makeSelfTest() {
    say("self-test");
    auto digest = digestConstants(passes::layoutWeights(graph), store);
    if (!digest)
      return fail(CompileResult::Failed, digest.takeError());
    weights = *digest;
    facts.hashes["weights"] = weights.sha256;
    SelfTestOptions how;
    how.weights = weights.sha256;
    how.height = options.model.height;
    how.width = options.model.width;
    how.threads = options.threads > 0 ? options.threads : std::thread::hardware_concurrency();
    how.cache = options.cache.empty() ? nullptr : &cache;
    how.progress = options.progress;
    how.cancelled = options.cancelled;
    auto made = addSelfTest(graph, store, how);
    if (made) {
      selfTest = *made;
      return true;
    }
    std::string why = llvm::toString(made.takeError());
    if (options.cancelled && *options.cancelled) {
      result.status = CompileResult::Cancelled;
      return false;
    }
    say("there will be no self-test: " + why);
    return true;
  }

  bool writeWeights() {
    if (options.change.kernels)
      options.change.kernels(graph);
    say("weights");
    passes::WeightLayout layout = passes::layoutWeights(graph);
    if (llvm::Error error = placeWeights(layout))
      return fail(CompileResult::Failed, std::move(error));
    facts.weightsBytes = result.report.weightsBytes = layout.bytes;
    return true;
  }

  llvm::Error placeWeights(const passes::WeightLayout &layout) {
    if (!wantsFiles) // only the hash is wanted
      return llvm::Error::success();
    if (options.weightsFile) {
      facts.weightsFile = name + ".weights";
      facts.weightsFileBytes = weightsFileBytes(layout);
      return writeWeightsFile(staging->path(facts.weightsFile), layout, weights, store);
    }
    std::string file = name + "_weights.o", path = staging->path(file);
    weightsObject = {file, {}, path};
    return writeWeightsObject(path, name + "_weights", layout, store, architecture);
  }

  bool runJobs() {
    std::vector<KernelJob> jobs;
    std::vector<ChosenSchedule> chosen;
    for (KernelOp kernel : graph.getOps<KernelOp>()) {
      auto built = buildKernelGraph(kernel);
      if (!built)
        return bug(llvm::toString(built.takeError()), writeReproducer(name, textOf(graph, true)));
      if (options.change.kernel)
        options.change.kernel(*built);
      facts.fastMatmul |= sayFastProducts(*built);
      for (const std::string &isa : options.isas) {
        chosen.push_back(options.schedules ? options.schedules(*built, isa) : ChosenSchedule());
        jobs.push_back({*built, isa, passes::kernelSymbol(name, built->name, isa), chosen.back().schedule});
      }
    }
    KernelJobsOptions how;
    how.prefix = name;
    how.sanitizer = options.sanitizer;
    how.threads = options.threads;
    how.cancelled = options.cancelled;
    how.onBegin = [&](size_t number, size_t total, const KernelJob &job) {
      say("kernel " + std::to_string(number) + " of " + std::to_string(total) + ": " + job.graph.name + " (" + job.isa +
          ")");
    };
    how.cache = options.cache.empty() ? nullptr : &cache;
    std::vector<KernelOutcome> outcomes = compileKernels(jobs, how);
    if (!selfTest.cached || !llvm::all_of(outcomes, [](const KernelOutcome &outcome) { return outcome.cached; }))
      cache.trim();
    if (!cache.problem().empty())
      say(cache.problem());
    if (options.cancelled && *options.cancelled) {
      result.status = CompileResult::Cancelled;
      return false;
    }
    for (auto [job, choice, outcome] : llvm::zip(jobs, chosen, outcomes))
      addKernel(job, sourceOf(job, choice, outcome), outcome);
    return result.status == CompileResult::Done;
  }

  /// Where the schedule of a kernel comes from; says why it is not another one that was there.
  std::string sourceOf(const KernelJob &job, const ChosenSchedule &chosen, const KernelOutcome &outcome) {
    const std::string &why = outcome.refused.empty() ? chosen.note : outcome.refused;
    if (!why.empty())
      say(job.graph.name + " (" + job.isa + "): " + why);
    return chosen.source.empty() || !outcome.refused.empty() ? "default" : chosen.source;
  }

  /// Whether there are any.
  bool sayFastProducts(const KernelGraph &kernel) {
    std::vector<CompileReport::FastProduct> products = fastProductsOf(kernel);
    for (const CompileReport::FastProduct &product : products)
      say(llvm::formatv(
          "{0}: a product of {1} terms by seven products, its error at most {2:e1} of {1} times the largest "
          "input times the largest weight",
          kernel.name, product.terms, product.bound));
    return !products.empty();
  }

  /// Notes a kernel's object, or its error; all errors are reported, the first one gets the reproducer.
  void addKernel(const KernelJob &job, const std::string &source, KernelOutcome &outcome) {
    if (!outcome.error.empty()) {
      std::string message = "kernel " + job.graph.name + " for " + job.isa + ": " + outcome.error;
      if (result.status != CompileResult::Done)
        return result.errors.push_back(message);
      result.trace = outcome.trace;
      std::string head = message + (job.schedule.empty() ? "" : "\nschedule: " + job.schedule);
      for (size_t end = 0; (end = head.find('\n', end)) != head.npos; end += 4)
        head.replace(end, 1, "\n// ");
      bug(message, writeReproducer(name, "// " + head + "\n" + kernelText(job.graph.name)));
      return;
    }
    auto &kernels = result.report.kernels;
    if (kernels.empty() || kernels.back().name != job.graph.name)
      kernels.push_back(reportKernel(job.graph, work.kernels[job.graph.name]));
    kernels.back().scratchBytes = std::max(kernels.back().scratchBytes, outcome.scratchBytes);
    ++facts.schedules[llvm::StringRef(source).split(' ').first.str()];
    kernels.back().objects.push_back({job.isa, static_cast<int64_t>(outcome.object.size()), outcome.schedule, source,
                                      outcome.milliseconds, outcome.cached});
    schedules += job.graph.name + " " + job.isa + " " + outcome.schedule + "\n";
    scratchBytes = std::max(scratchBytes, outcome.scratchBytes);
    if (options.takeKernel)
      if (llvm::Error error = options.takeKernel(job.symbol, outcome.object))
        fail(CompileResult::Failed, std::move(error));
    objects.push_back({job.symbol + ".o", std::move(outcome.object), ""});
  }

  std::string kernelText(const std::string &kernel) {
    OwningOpRef<ModuleOp> alone = ModuleOp::create(graph.getLoc());
    alone->getBody()->push_back(graph.lookupSymbol<KernelOp>(kernel)->clone());
    return textOf(*alone, true);
  }

  bool makeDriver() {
    say("driver");
    describeBuild();
    result.report.info = infoText(options.model, facts);
    auto build = [&](PassManager &manager) {
      passes::DriverOptions driver;
      driver.prefix = name;
      driver.isas = llvm::ArrayRef<std::string>(options.isas);
      driver.info = result.report.info;
      driver.scratchBytes = scratchBytes;
      driver.testBatch = static_cast<int32_t>(selfTest.batch);
      driver.testHeight = static_cast<int32_t>(selfTest.height);
      driver.testWidth = static_cast<int32_t>(selfTest.width);
      if (!facts.weightsFile.empty()) {
        driver.weightsSha256 = weights.sha256;
        driver.weightsChecksum = weights.checksum;
      }
      passes::buildDriverPipeline(manager, driver);
    };
    if (!runManager(build))
      return false;
    hand(Stage::Driver, graph);
    finished = !wantsAfter(Stage::Driver);
    if (finished)
      return true;
    return emitDriver();
  }

  void describeBuild() {
    auto forward = graph.lookupSymbol<func::FuncOp>("forward");
    auto image = cast<RankedTensorType>(forward.getArgument(0).getType());
    for (int64_t size : image.getShape())
      facts.imageShape.push_back(ShapedType::isDynamic(size) ? -1 : size);
    facts.channels = image.getDimSize(1);
    facts.outputs = work.outputs;
    facts.macs = work.macs;
    facts.multiple = work.multiple;
    facts.isas = options.isas;
    facts.hashes["schedules"] = hashOf(schedules);
    if (!options.model.canonical.empty())
      facts.hashes["description"] = hashOf(options.model.canonical);
    if (!options.compiler.empty())
      facts.hashes["compiler"] = options.compiler;
    facts.sanitizer = options.sanitizer;
    facts.versions = {{"swin-compile", SWIN_VERSION}, {"llvm", LLVM_VERSION_STRING}, {"halide", SWIN_HALIDE_VERSION}};
  }

  bool emitDriver() {
    std::string text;
    auto object = emitObject(graph, name + "_driver", architecture, wants(Stage::Llvm) ? &text : nullptr);
    Rewriting hide;
    hide.hideDefined = true;
    if (object)
      object = rewriteObject(*object, hide);
    if (!object)
      return bug(llvm::toString(object.takeError()), writeReproducer(name, textOf(graph, true)));
    if (wants(Stage::Llvm))
      hand(Stage::Llvm, text);
    objects.insert(objects.begin(), {name + "_driver.o", std::move(*object), ""});
    finished = !wantsFiles;
    return true;
  }

  bool package() {
    say("linking");
    if (facts.weightsFile.empty())
      objects.push_back(weightsObject);
    auto written = writePackage(packageOptions(), std::move(objects));
    if (!written)
      return fail(CompileResult::Failed, written.takeError());
    if (!facts.weightsFile.empty())
      written->push_back(facts.weightsFile);
    for (const std::string &file : *written) {
      uint64_t bytes = 0;
      if (std::error_code error = llvm::sys::fs::file_size(staging->path(file), bytes))
        return fail(CompileResult::Failed, llvm::createFileError(file, error));
      result.report.files.push_back({file, static_cast<int64_t>(bytes)});
    }
    if (options.cancelled && *options.cancelled) {
      result.status = CompileResult::Cancelled;
      return false;
    }
    if (llvm::Error error = staging->commit(*written))
      return fail(CompileResult::Failed, std::move(error));
    return true;
  }

  ModuleOp graph;
  ref::ConstantStore &store;
  const CompileOptions &options;
  const std::string &name;
  const Architecture &architecture;
  CompileResult result;
  bool wantsFiles = false;
  bool finished = false;                                        ///< nothing that comes later is wanted
  std::string graphText;                                        ///< for a report if the compiler crashes
  std::vector<std::pair<std::string, std::string>> diagnostics; ///< layer, text
  bool isUnfit = false;                                         ///< no kernels could be formed
  std::unique_ptr<Staging> staging;
  KernelCache cache;
  SelfTest selfTest;
  BuildFacts facts;
  Work work;
  int64_t scratchBytes = 0;
  std::string schedules; ///< a line of each kernel and instruction set
  WeightsDigest weights;
  ArchiveMember weightsObject;
  std::vector<ArchiveMember> objects;
};

} // namespace

const char *stageName(Stage stage) {
  constexpr const char *names[] = {"graph", "fused", "kernels", "driver", "llvm"};
  return names[static_cast<size_t>(stage)];
}

CompileResult compileModel(ModuleOp graph, ref::ConstantStore &store, const CompileOptions &options) {
  return Compiler(graph, store, options).run();
}

} // namespace swin::codegen
