//===- WholeModel.cpp - a model with and without what was found -----------===//
#include "tools/tune/WholeModel.h"

#include "tools/runner/LoadApi.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <dlfcn.h>
#include <memory>

namespace swin::tools {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

double median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// A library that is loaded as long as this lives.
class Library {
public:
  static llvm::Expected<std::unique_ptr<Library>> open(const std::string &path, const std::string &name) {
    void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle)
      return llvm::createStringError(path + " cannot be loaded: " + dlerror());
    std::unique_ptr<Library> library(new Library(handle));
    if (std::string missing = runner::loadApi(handle, name, library->api); !missing.empty())
      return llvm::createStringError(path + " lacks " + missing);
    return library;
  }
  ~Library() { dlclose(handle); }

  runner::Api api = {};

private:
  explicit Library(void *handle) : handle(handle) {}
  void *handle;
};

/// Memory for floats, aligned.
using Floats = std::unique_ptr<float, decltype(&std::free)>;
Floats floats(int64_t count) {
  size_t bytes = (static_cast<size_t>(count) * sizeof(float) + 63) / 64 * 64;
  return {static_cast<float *>(std::aligned_alloc(64, std::max<size_t>(bytes, 64))), &std::free};
}

/// A session and its buffers.
class Runner {
public:
  Runner(const runner::Api &library, std::array<int, 3> size) : library(library), size(size) {}
  Runner(const Runner &) = delete;
  Runner &operator=(const Runner &) = delete;
  ~Runner() {
    if (session)
      library.close(session);
  }

  /// What is wrong, or "".
  std::string open(const std::string &isa, int threads, int64_t channels) {
    SWINMODEL_options wanted = {};
    wanted.threads = threads;
    wanted.isa = isa.c_str();
    if (library.open(&session, &wanted) != SWINMODEL_OK)
      return library.error(session);
    int64_t count = channels * size[0] * size[1] * size[2];
    input = floats(count);
    if (!input)
      return "there is no memory for the image";
    for (int64_t i = 0; i < count; ++i) // between -1 and 1, without a pattern that matters
      input.get()[i] = static_cast<float>((i * 2654435761 >> 7) % 2001 - 1000) / 1000;
    for (int i = 0; i < library.numOutputs(); ++i) {
      long long shape[6];
      int rank = library.outputShape(i, size[0], size[1], size[2], shape);
      if (rank < 1)
        return "the model cannot work on this size";
      int64_t elements = 1;
      for (int d = 0; d < rank; ++d)
        elements *= shape[d];
      outputs.push_back(floats(elements));
      if (!outputs.back())
        return "there is no memory for the results";
      places.push_back(outputs.back().get());
    }
    return "";
  }
  std::string run() {
    int status = library.run(session, input.get(), size[0], size[1], size[2], places.data());
    return status == SWINMODEL_OK ? "" : library.error(session);
  }

private:
  const runner::Api &library;
  std::array<int, 3> size;
  SWINMODEL_session *session = nullptr;
  Floats input{nullptr, &std::free};
  std::vector<Floats> outputs;
  std::vector<float *> places;
};

struct Built {
  std::unique_ptr<Library> library;
  int64_t channels = 0;
};

/// A folder that is removed with all that is in it.
class TemporaryFolder {
public:
  std::error_code create() { return llvm::sys::fs::createUniqueDirectory("swin-tune", path); }
  ~TemporaryFolder() {
    if (!path.empty())
      llvm::sys::fs::remove_directories(path);
  }
  llvm::SmallString<128> path;
};

llvm::Expected<Built> build(const std::function<llvm::Error(mlir::MLIRContext &, Model &)> &load,
                            const WholeModelOptions &options, bool tuned, const std::string &folder) {
  mlir::MLIRContext context;
  Model model;
  if (llvm::Error error = load(context, model))
    return error;
  Built built;
  auto forward = model.graph->lookupSymbol<mlir::func::FuncOp>("forward");
  built.channels = llvm::cast<mlir::RankedTensorType>(forward.getArgument(0).getType()).getDimSize(1);
  codegen::CompileOptions how;
  how.model = model.description;
  how.isas = options.isas;
  how.directory = folder;
  how.shared = true;
  how.files = options.files;
  how.threads = options.jobs;
  how.cache = options.cache;
  how.fastMatmul = options.fastMatmul;
  how.progress = options.progress;
  how.cancelled = options.cancelled;
  if (tuned)
    how.schedules = options.schedules;
  codegen::CompileResult result = codegen::compileModel(*model.graph, model.constants, how);
  if (result.status != codegen::CompileResult::Done)
    return llvm::createStringError(result.errors.empty() ? "cancelled" : llvm::join(result.errors, "; "));
  const std::string &name = model.description.name;
  auto library = Library::open(folder + "/lib" + name + ".so", name);
  if (!library)
    return library.takeError();
  built.library = std::move(*library);
  return built;
}

} // namespace

llvm::Expected<PairTimes> timePair(const std::function<std::string()> &standard,
                                   const std::function<std::string()> &tuned, int rounds, double seconds,
                                   const std::atomic<bool> *cancelled) {
  std::string problem;
  int repeats = 1;
  auto sample = [&](const std::function<std::string()> &run) {
    Clock::time_point begin = Clock::now();
    for (int i = 0; i < repeats && problem.empty(); ++i)
      problem = run();
    return secondsSince(begin) / repeats * 1e3;
  };
  // The first runs touch memory; they say how often a round has to repeat, too.
  sample(standard);
  sample(tuned);
  double once = std::max(sample(standard), 1e-4);
  repeats = static_cast<int>(std::clamp(std::ceil(5 / once), 1.0, 1e5));
  PairTimes times;
  std::vector<double> ratios;
  times.standard = times.tuned = INFINITY;
  Clock::time_point begin = Clock::now();
  while (problem.empty() && (times.rounds < rounds || secondsSince(begin) < seconds)) {
    if (cancelled && *cancelled)
      return llvm::createStringError("cancelled");
    bool standardFirst = times.rounds % 2 == 0;
    double first = sample(standardFirst ? standard : tuned), second = sample(standardFirst ? tuned : standard);
    double a = standardFirst ? first : second, b = standardFirst ? second : first;
    times.standard = std::min(times.standard, a);
    times.tuned = std::min(times.tuned, b);
    ratios.push_back(a / b);
    ++times.rounds;
  }
  if (!problem.empty())
    return llvm::createStringError(problem);
  times.ratio = median(ratios);
  std::vector<double> distances;
  for (double ratio : ratios)
    distances.push_back(std::abs(ratio - times.ratio));
  // Of normal noise: sigma is 1.4826 median distances, and a median's error is 1.2533 sigma / sqrt(n).
  times.uncertainty = 1.4826 * 1.2533 * median(distances) / std::sqrt(static_cast<double>(times.rounds));
  return times;
}

llvm::Expected<std::vector<WholeModelTimes>>
timeWholeModel(const std::function<llvm::Error(mlir::MLIRContext &, Model &)> &load, const WholeModelOptions &options) {
  TemporaryFolder folder;
  if (std::error_code error = folder.create())
    return llvm::createStringError("no temporary folder can be made: " + error.message());
  std::string path = folder.path.str().str();
  auto standard = build(load, options, /*tuned=*/false, path + "/default");
  if (!standard)
    return standard.takeError();
  auto tuned = build(load, options, /*tuned=*/true, path + "/tuned");
  if (!tuned)
    return tuned.takeError();
  std::array<int, 3> size = {static_cast<int>(options.batch), static_cast<int>(options.height),
                             static_cast<int>(options.width)};
  std::vector<WholeModelTimes> all;
  constexpr int leastRounds = 11;
  for (const std::string &isa : options.isas)
    for (int threads : options.threads) {
      if (options.progress)
        options.progress("whole model, " + isa + ", threads: " + std::to_string(threads));
      Runner first(standard->library->api, size), second(tuned->library->api, size);
      for (auto [runner, built] : {std::pair(&first, &*standard), std::pair(&second, &*tuned)})
        if (std::string problem = runner->open(isa, threads, built->channels); !problem.empty())
          return llvm::createStringError(problem);
      auto pair = [&](double seconds) {
        return timePair([&] { return first.run(); }, [&] { return second.run(); }, leastRounds, seconds,
                        options.cancelled);
      };
      auto times = pair(options.seconds);
      if (times && times->isSlower()) // which may be something else that ran meanwhile
        times = pair(3 * options.seconds);
      if (!times)
        return times.takeError();
      all.push_back({isa, threads, *times});
    }
  return all;
}

} // namespace swin::tools
