//===- Tune.cpp - swin-tune MODEL -------------------------------------------===//
// The model becomes kernels as swin-compile makes them; each gets its share of the time; at last, the whole model with
// what was found is compared with itself without.
//===----------------------------------------------------------------------===//
#include "tools/tune/Tune.h"

#include "codegen/KernelCache.h"
#include "codegen/KernelGraphBuilder.h"
#include "codegen/tuning/Search.h"
#include "passes/dialect/Swin.h"
#include "tools/Cancel.h"
#include "tools/compile/Console.h"
#include "tools/compile/Model.h"
#include "tools/compile/Products.h"
#include "tools/tune/Summary.h"
#include "tools/tune/WholeModel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <ctime>
#include <map>
#include <random>
#include <set>
#include <unistd.h>

extern "C" {
#include "runtime/Cpu.h"
}

namespace swin::tools {
namespace {

enum Status { Done = 0, WrongCommandLine = 1, WrongInput = 2, OurBug = 3 };

/// The part of the time that is for measuring the whole model.
constexpr double forWholeModel = 0.12;

/// Unique: time, process and chance.
std::string newRun() {
  char time[32];
  std::time_t now = std::time(nullptr);
  std::tm parts = {};
  gmtime_r(&now, &parts);
  std::strftime(time, sizeof time, "%Y-%m-%dT%H:%M:%SZ", &parts);
  std::random_device device;
  return std::string(time) + "-" + std::to_string(getpid()) + "-" + llvm::utohexstr(device() & 0xffffff, true);
}

class Tuning {
public:
  explicit Tuning(const TuneOptions &options)
      : options(options), console(options.verbose, options.quiet, options.model.jsonDiagnostics, "swin-tune") {}

  Status run() {
    if (Status status = findProblems(); status != Done)
      return status;
    if (options.list) {
      llvm::outs() << listText(problems);
      return Done;
    }
    if (Status status = openFiles(); status != Done)
      return status;
    tuning::SearchOutcome outcome = look();
    for (const std::string &error : outcome.errors)
      console.error(error);
    if (!options.quiet)
      llvm::outs() << summaryText(outcome.found, options.threads);
    if (outcome.cancelled || cancelled)
      return WrongInput;
    if (wantsModel())
      if (Status status = timeModel(outcome); status != Done)
        return status;
    return outcome.errors.empty() ? Done : WrongInput;
  }

private:
  /// With some kernels alone, or with records, the model is not what is looked at.
  bool wantsModel() const { return database && options.kernels.empty() && options.kernelFile.empty(); }

  Status fail(llvm::Error error, Status status = WrongInput) {
    llvm::handleAllErrors(std::move(error), [&](const llvm::ErrorInfoBase &info) { console.error(info.message()); });
    return status;
  }

  llvm::Error load(mlir::MLIRContext &context, Model &model) {
    std::vector<dsl::Diagnostic> errors;
    loadModel(options.model, context, model, errors);
    if (!errors.empty())
      return llvm::createStringError(llvm::join(dsl::headlines(errors), "\n"));
    return llvm::Error::success();
  }

  /// The kernels of the model, as the compiler makes them.
  Status findProblems() {
    console.progress("model");
    mlir::MLIRContext context;
    if (!options.kernelFile.empty())
      return readKernels(context);
    Model model;
    std::vector<dsl::Diagnostic> errors;
    loadModel(options.model, context, model, errors);
    for (const dsl::Diagnostic &note : model.notes)
      console.report(note);
    for (const dsl::Diagnostic &error : errors)
      console.report(error);
    if (!errors.empty())
      return WrongInput;
    modelName = model.description.name;
    height = options.model.height > 0 ? options.model.height : model.description.height;
    width = options.model.width > 0 ? options.model.width : model.description.width;
    batch = std::max<int64_t>(1, options.model.batch);
    codegen::CompileOptions how;
    how.model = model.description;
    how.isas = options.model.targets;
    how.fastMatmul = options.model.fastMatmul;
    how.stages = {codegen::Stage::Kernels};
    how.cancelled = &cancelled;
    codegen::CompileResult result = codegen::compileModel(*model.graph, model.constants, how);
    for (const auto &[layer, what] : result.unfit) {
      if (model.errorAt)
        console.report(model.errorAt(layer, what));
      else
        console.error(layer + ": " + what);
    }
    for (const std::string &error : result.errors)
      console.error(error);
    if (result.status == codegen::CompileResult::Bug)
      return OurBug;
    if (result.status != codegen::CompileResult::Done)
      return WrongInput;
    return takeProblems(*model.graph);
  }

  /// The kernels of a text.
  Status readKernels(mlir::MLIRContext &context) {
    context.loadDialect<SwinDialect, mlir::func::FuncDialect>();
    mlir::ScopedDiagnosticHandler collect(&context, [&](mlir::Diagnostic &diagnostic) {
      auto place = llvm::dyn_cast<mlir::FileLineColLoc>(diagnostic.getLocation());
      dsl::Diagnostic error;
      error.file = options.kernelFile;
      if (place)
        error.where = {static_cast<int>(place.getLine()), static_cast<int>(place.getColumn())};
      error.what = diagnostic.str();
      console.report(error);
      return mlir::success();
    });
    auto module = mlir::parseSourceFile<mlir::ModuleOp>(options.kernelFile, &context);
    if (!module)
      return WrongInput;
    height = options.model.height;
    width = options.model.width;
    batch = std::max<int64_t>(1, options.model.batch);
    return takeProblems(*module);
  }

  Status takeProblems(mlir::ModuleOp module) {
    auto found = tuning::problemsOf(module, batch, height, width);
    if (!found)
      return fail(found.takeError());
    problems = std::move(*found);
    return choose();
  }

  /// The kernels that --kernel names.
  Status choose() {
    if (options.kernels.empty())
      return Done;
    std::vector<tuning::Problem> chosen;
    std::vector<std::string> names;
    for (tuning::Problem &problem : problems) {
      names.push_back(problem.graph.name);
      if (llvm::is_contained(options.kernels, problem.graph.name))
        chosen.push_back(std::move(problem));
    }
    for (const std::string &wanted : options.kernels)
      if (!llvm::is_contained(names, wanted)) {
        console.error("the model has no kernel '" + wanted + "'; it has " + llvm::join(names, ", "));
        return WrongCommandLine;
      }
    problems = std::move(chosen);
    return Done;
  }

  Status openFiles() {
    if (!options.replay.empty()) {
      auto source = tuning::replaySource(options.replay);
      if (!source)
        return fail(source.takeError());
      laboratory = std::move(*source);
    } else {
      auto opened = tuning::Database::open(options.database, tuning::Database::Access::Write);
      if (!opened)
        return fail(opened.takeError());
      database.emplace(std::move(*opened));
    }
    if (options.record.empty())
      return Done;
    std::error_code error;
    record = std::make_unique<llvm::raw_fd_ostream>(options.record, error, llvm::sys::fs::OF_Text);
    return error ? fail(llvm::createFileError(options.record, error)) : Done;
  }

  /// To the file of --record.
  void write(const tuning::Result &result) {
    if (!record)
      return;
    *record << tuning::jsonLine(result) << '\n';
    record->flush();
  }

  tuning::SearchOutcome look() {
    tuning::SearchOptions how;
    how.isas = options.model.targets;
    how.threads = options.threads;
    how.strategy = options.strategy;
    how.seed = options.seed;
    how.run = name = newRun();
    how.trials = options.trials;
    how.seconds = options.replay.empty() ? options.seconds * (wantsModel() ? 1 - forWholeModel : 1) : 0;
    how.laboratory = laboratory;
    if (record)
      how.record = [&](const tuning::Result &result) { write(result); };
    how.done = [&](const tuning::Found &found) { console.say(foundLine(found)); };
    how.cancelled = &cancelled;
    return tuning::search(problems, database ? &*database : nullptr, how,
                          [&](const tuning::SearchProgress &now) { console.progress(progressLine(now)); });
  }

  /// What the database has for the model's kernels now against the default rule.
  Status timeModel(const tuning::SearchOutcome &outcome) {
    std::map<std::pair<std::string, std::string>, tuning::Found> chosen;
    for (const tuning::Found &found : outcome.found)
      if (found.ratio > 1)
        chosen[{found.setting.signature, found.isa}] = found;
    if (chosen.empty())
      return Done;
    WholeModelOptions how;
    for (const std::string &isa : options.model.targets)
      if (llvm::any_of(chosen, [&](const auto &entry) { return entry.first.second == isa; }))
        how.isas.push_back(isa);
    how.threads = options.threads;
    how.batch = batch;
    how.height = height;
    how.width = width;
    how.schedules = [&](const codegen::KernelGraph &graph, const std::string &isa) -> codegen::ChosenSchedule {
      codegen::ChosenSchedule schedule;
      auto found = chosen.find({codegen::signatureOf(graph).hash, isa});
      if (found != chosen.end()) {
        schedule.schedule = found->second.schedule;
        schedule.source = "tuned";
      }
      return schedule;
    };
    how.files = productFiles(productFolder(""), how.isas.front(), "");
    how.cache = codegen::cacheDirectory(options.model.cache);
    how.jobs = static_cast<unsigned>(SWINMODEL_rt_usable_cpus());
    how.fastMatmul = options.model.fastMatmul;
    how.progress = [&](const std::string &what) { console.progress("whole model: " + what); };
    how.cancelled = &cancelled;
    auto all = timeWholeModel([&](mlir::MLIRContext &context, Model &model) { return load(context, model); }, how);
    if (cancelled) {
      llvm::consumeError(all.takeError());
      return WrongInput;
    }
    if (!all)
      return fail(all.takeError());
    std::set<std::string> slower;
    for (const WholeModelTimes &times : *all) {
      if (!options.quiet)
        llvm::outs() << wholeModelLine(times);
      auto isTuned = [&](const auto &entry) { return entry.first.second == times.isa; };
      tuning::Result result = resultOf(times, llvm::count_if(chosen, isTuned));
      write(result);
      if (llvm::Error error = database->append(result))
        return fail(std::move(error));
      if (times.times.isSlower())
        slower.insert(times.isa);
    }
    for (const std::string &isa : slower) {
      console.note("for " + isa + " the model is slower with what was found, which is withdrawn");
      for (const tuning::Found &found : outcome.found)
        if (found.isa == isa)
          if (llvm::Error error = withdraw(found))
            return fail(std::move(error));
    }
    return Done;
  }

  /// What the database keeps of the whole model.
  tuning::Result resultOf(const WholeModelTimes &times, int64_t tuned) {
    tuning::Result result;
    std::string identity = "threads " + std::to_string(times.threads);
    for (const tuning::Problem &problem : problems) {
      identity += " " + problem.signature.hash;
      result.macs += problem.macs();
    }
    std::string hash = llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(identity)), /*LowerCase=*/true);
    result.setting = {hash, times.isa, tuning::cpuName(), tuning::compilerVersion(), tuning::modelTemplate};
    result.kernel = modelName;
    result.structure = "model";
    result.sizes = llvm::formatv("{0}x{1}x{2}", batch, height, width);
    result.threads = times.threads;
    result.schedule = llvm::formatv("tuned={0} kernels={1}", tuned, problems.size());
    const PairTimes &pair = times.times;
    result.times = {pair.tuned, pair.tuned, pair.standard, pair.standard, pair.uncertainty, pair.ratio, pair.rounds};
    result.peak = tuning::measurePeak(times.isa, {times.threads});
    result.run = name;
    result.strategy = options.strategy;
    result.seed = static_cast<int64_t>(options.seed);
    result.number = ++modelResults;
    return result;
  }

  /// Nothing that is confirmed for this kernel is chosen any more.
  llvm::Error withdraw(const tuning::Found &found) {
    for (int64_t number = found.results + 1;; ++number) {
      auto best = database->best(found.setting);
      if (!best)
        return best.takeError();
      if (!*best)
        return llvm::Error::success();
      tuning::Result result = **best;
      result.outcome = tuning::Outcome::Withdrawn;
      result.confirmed = false;
      result.message = "a whole model was slower with it";
      result.run = name;
      result.number = number;
      if (llvm::Error error = database->append(result))
        return error;
    }
  }

  const TuneOptions &options;
  Console console;
  std::vector<tuning::Problem> problems;
  int64_t batch = 1, height = 0, width = 0;
  std::optional<tuning::Database> database; ///< nothing in a replay: its results are of another time
  tuning::LaboratorySource laboratory;
  std::unique_ptr<llvm::raw_fd_ostream> record;
  std::string name; ///< of this run
  int64_t modelResults = 0;
  std::string modelName; ///< "" = there are kernels alone
};

} // namespace

int runTune(const TuneOptions &options) {
  cancelOnSignals();
  Status status = Tuning(options).run();
  llvm::outs().flush();
  endBySignal();
  return status;
}

} // namespace swin::tools
