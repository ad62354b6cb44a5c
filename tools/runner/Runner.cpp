//===- Runner.cpp - the program around a compiled model --------------------===//
#include "tools/runner/Runner.h"

#include "runtime/image/Npy.h"
#include "runtime/image/Picture.h"
#include "tools/runner/Compare.h"
#include "tools/runner/Info.h"
#include "tools/runner/Options.h"
#include "tools/runner/Outputs.h"
#include "tools/runner/Profile.h"
#include "tools/runner/Report.h"
#include "tools/runner/Show.h"
#include "tools/runner/TiledRun.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdio>
#include <deque>
#include <new>
#include <unistd.h>

namespace swin::runner {
namespace {

/// Prints errors, each on its line; returns the status.
int complain(const std::string &program, const std::vector<std::string> &errors, Status status) {
  for (const std::string &error : errors)
    std::fprintf(stderr, "%s: error: %s\n", program.c_str(), error.c_str());
  if (status == WrongCommandLine)
    std::fprintf(stderr, "%s: --help lists what can be given\n", program.c_str());
  return status;
}

size_t memoryOfMachine() {
  return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

/// An INPUT in memory.
struct Input : Source {
  image::Tensor tensor;  ///< of a picture that is run in tiles its shape alone
  image::Picture fitted; ///< that picture as the network sees it, in bytes
};

class Run {
public:
  Run(const Api &api, const std::string &program, const Options &options, const ModelInfo &info)
      : api(api), program(program), options(options), info(info) {}
  Run(const Run &) = delete;
  Run &operator=(const Run &) = delete;
  ~Run() {
    if (session)
      api.close(session);
  }

  int open() {
    SWINMODEL_options wanted = {};
    wanted.threads = options.threads;
    wanted.isa = options.isa.empty() ? nullptr : options.isa.c_str();
    wanted.weights_file = options.weightsFile.empty() ? nullptr : options.weightsFile.c_str();
    int status = api.open(&session, &wanted);
    if (status == SWINMODEL_OK)
      return Done;
    if (status == SWINMODEL_E_ISA) {
      std::string known;
      for (const std::string &isa : info.isas)
        known += (known.empty() ? "" : ", ") + isa;
      return complain(program, {"--isa '" + options.isa + "' is not in this library; it has " + known},
                      WrongCommandLine);
    }
    std::string error = api.error(session), option = "options.weights_file";
    if (size_t at = error.find(option); at != std::string::npos)
      error.replace(at, option.size(), "the file of weights '" + options.weightsFile + "'");
    if (error.ends_with("does not exist"))
      error += "; --weights-file says where it is";
    return complain(program, {error}, status == SWINMODEL_E_LIBRARY ? OurBug : WrongInput);
  }

  int selftest() {
    char message[400];
    int status = api.selftest(session, message, sizeof message);
    if (status != SWINMODEL_OK)
      return complain(program, {std::string("self-test failed: ") + message}, OurBug);
    std::printf("self-test passed: %s\n", message);
    return Done;
  }

  int compare() { return runComparison(api, session, info, options); }

  int run() {
    std::string problem;
    if (problem = options.show.empty() ? "" : whyNotShown(options.show, info.outputs); !problem.empty())
      return complain(program, {"--show '" + options.show + "': " + problem}, WrongCommandLine);
    std::optional<OutKind> found = OutKind::Shown;
    if (options.show.empty())
      found = classifyOut(options.out, info.outputs, problem);
    if (found == OutKind::Png && options.inputs.size() > 1)
      found = std::nullopt, problem = "a .png is for one picture, there are " + std::to_string(options.inputs.size()) +
                                      " INPUTs: expected a folder";
    if (!found)
      return complain(program, {"-o '" + options.out + "': " + problem}, WrongCommandLine);
    kind = *found;
    if (isTiled()) {
      std::vector<std::string> wrongOptions;
      tiling = tilingOf(options, info, wrongOptions);
      if (!wrongOptions.empty())
        return complain(program, wrongOptions, WrongCommandLine);
    }
    for (const std::string &input : options.inputs)
      withMemory(input, [&] { return check(input), static_cast<int>(Done); });
    if (!errors.empty())
      return complainOfInputs();
    report.model = info.model;
    report.isa = api.isa(session);
    report.threads = api.threads(session);
    if (!options.profile.empty()) {
      limits = measureLimits(report.isa, report.threads);
      profiler.begin(api, session);
    }
    for (const std::string &input : options.inputs) {
      if (int status = withMemory(input, [&] { return runOne(input); }); status != Done)
        return status;
    }
    if (!errors.empty())
      return complainOfInputs();
    Profile profile = {report.model, report.isa, report.threads, {}};
    if (!options.profile.empty())
      profile.limits = higherOf(limits, measureLimits(report.isa, report.threads));
    bool isWritten = kind == OutKind::None || (kind == OutKind::Png && isTiled());
    const Source *only = options.inputs.size() == 1 ? &source : nullptr;
    auto write = [&] {
      return kind == OutKind::Shown ? writeShown(files, options, info, collected, source, problem)
                                    : writeOutputs(files, kind, options.out, info.outputs, collected, only, problem);
    };
    if ((!isWritten && !write()) ||
        (!options.profile.empty() && !writeText(files, options.profile, profileText(profile, report.runs), problem)) ||
        !files.commit(problem)) {
      std::fprintf(stderr, "%s\n", problem.c_str());
      return WrongInput;
    }
    if (options.json)
      std::printf("%s\n", jsonLine(report).c_str());
    else if (!options.profile.empty())
      for (const InputTimes &input : report.runs)
        std::fputs(profileTable(profile, input).c_str(), stdout);
    return Done;
  }

private:
  void wrong(const std::string &input, const std::string &what) { errors.push_back(input + ": error: " + what); }

  bool isTiled() const { return options.tileHeight > 0; }
  /// Whether the picture itself is needed after the run.
  bool isDrawnOver() const {
    if (kind == OutKind::Shown)
      return true;
    return (kind == OutKind::Png || kind == OutKind::Folder) &&
           std::any_of(info.outputs.begin(), info.outputs.end(),
                       [](const OutputInfo &output) { return output.kind == "segmentation"; });
  }

  /// What would help where the whole picture is too much.
  std::string tileHint() const {
    return makesPictures(info) && !isTiled() ? ": --tile N would run the model on tiles of N x N pixels" : "";
  }

  /// A file that is whole may still be more than the machine can hold.
  template <typename Work> int withMemory(const std::string &input, Work work) {
    try {
      return work();
    } catch (const std::bad_alloc &) {
      wrong(input, "needs more memory than there is" + tileHint());
      return Done;
    }
  }

  int complainOfInputs() {
    for (const std::string &error : errors)
      std::fprintf(stderr, "%s\n", error.c_str());
    return WrongInput;
  }

  /// What can be said about an input without computing.
  void check(const std::string &input) {
    std::string problem;
    if (endsWith(input, ".npy")) {
      std::optional<image::NpyHeader> header = image::readNpyHeader(input, problem);
      if (!header)
        wrong(input, problem);
      else
        checkShape(input, header->shape);
    } else if (!info.preprocessing) {
      wrong(input, "the model's description does not say how pictures become its input: expected a .npy file");
    } else if (info.channels != 1 && info.channels != 3) {
      wrong(input, "the model's images have " + std::to_string(info.channels) + " channels: expected a .npy file");
    } else if (!image::isPicture(input, problem)) {
      wrong(input, problem);
    }
  }

  bool checkShape(const std::string &input, const std::vector<int64_t> &shape) {
    std::string expected = "expected N x " + std::to_string(info.channels) + " x H x W";
    size_t before = errors.size();
    if (shape.size() != 4 || shape[1] != info.channels)
      wrong(input, "its shape is " + image::shapeText(shape) + ": " + expected);
    else if (std::max({shape[0], shape[2], shape[3]}) > INT_MAX)
      wrong(input, "its shape is " + image::shapeText(shape) + ": no size may be 2^31 or more");
    else if (std::string problem = whyNotRun(shape); !problem.empty())
      wrong(input, problem);
    else if (options.json && report.inputs > 0 &&
             (shape[0] != report.n || shape[2] != report.h || shape[3] != report.w))
      wrong(input, "its shape is " + image::shapeText(shape) +
                       ": with --json all inputs have one size, the first has " +
                       image::shapeText({report.n, info.channels, report.h, report.w}));
    return errors.size() == before;
  }

  /// Why an input of that shape cannot be run; "" = it can.
  std::string whyNotRun(const std::vector<int64_t> &shape) {
    int n = static_cast<int>(shape[0]), h = static_cast<int>(shape[2]), w = static_cast<int>(shape[3]);
    std::string problem;
    if (isTiled() && std::min({n, h, w}) > 0)
      outputsOfTiles(
          api, tiling.rows(h), tiling.columns(w), [&](int height, int width) { return whyNot(1, height, width); },
          problem);
    else if (size_t bytes = api.workspaceSize(n, h, w); bytes == 0)
      problem = whyNot(n, h, w);
    else if (makesPictures(info) && bytes > memoryOfMachine())
      // The system would end the program somewhere on the way.
      problem = "needs a workspace of " + std::to_string(bytes) + " bytes, this machine has " +
                std::to_string(memoryOfMachine()) + " of memory" + tileHint();
    return problem;
  }

  /// Why a size is impossible: the library looks at it before it touches any array.
  std::string whyNot(int n, int h, int w) {
    float nothing = 0;
    std::vector<float *> outputs(info.outputs.size(), &nothing);
    api.run(session, &nothing, n, h, w, outputs.data());
    return api.error(session);
  }

  bool load(const std::string &input, Input &loaded) {
    std::string problem;
    if (endsWith(input, ".npy")) {
      std::optional<image::Tensor> read = image::readNpy(input, problem);
      if (!read)
        return wrong(input, problem), false;
      loaded.tensor = std::move(*read);
      return checkShape(input, loaded.tensor.shape);
    }
    const image::Preprocessing &how = *info.preprocessing;
    loaded.picture = image::readPicture(input, info.channels, problem);
    std::optional<image::Fit> fit;
    if (loaded.picture)
      fit = image::fitOf(loaded.picture->height, loaded.picture->width, how, problem);
    if (!fit)
      return wrong(input, problem), false;
    loaded.fit = *fit;
    loaded.fitted = image::applyFit(*loaded.picture, *fit, how.filter);
    if (!isDrawnOver())
      loaded.picture = std::nullopt;
    int h = fit->height.size, w = fit->width.size;
    loaded.tensor.shape = {1, info.channels, h, w};
    if (!isTiled()) {
      loaded.tensor.values.resize(loaded.fitted.pixels.size());
      image::normalize(loaded.fitted, how, 0, 0, h, w, loaded.tensor.values.data());
      loaded.fitted = {};
    }
    return checkShape(input, loaded.tensor.shape);
  }

  int runOne(const std::string &input) {
    Input loaded;
    // After an error the other inputs are still looked at.
    if (!load(input, loaded) || !errors.empty())
      return Done;
    int n = static_cast<int>(loaded.tensor.shape[0]), h = static_cast<int>(loaded.tensor.shape[2]),
        w = static_cast<int>(loaded.tensor.shape[3]);
    int status = isTiled() ? runTiled(input, loaded, n, h, w) : runWhole(input, loaded, n, h, w);
    source = {std::move(loaded.picture), endsWith(input, ".npy") ? sameSize(h, w) : loaded.fit};
    return status;
  }

  /// One run of the library; its milliseconds, or nothing and the status of the program.
  std::optional<double> runLibrary(const std::string &input, const float *values, int n, int h, int w,
                                   float *const *outputs, int &status) {
    auto start = std::chrono::steady_clock::now();
    int found = api.run(session, values, n, h, w, outputs);
    std::chrono::duration<double, std::milli> passed = std::chrono::steady_clock::now() - start;
    if (found == SWINMODEL_OK) {
      profiler.add();
      return passed.count();
    }
    bool tooLarge = found == SWINMODEL_E_TOO_LARGE;
    wrong(input, api.error(session) + (tooLarge ? tileHint() : ""));
    status = tooLarge ? WrongInput : OurBug;
    return std::nullopt;
  }

  int runWhole(const std::string &input, const Input &loaded, int n, int h, int w) {
    std::vector<image::Tensor> values(info.outputs.size());
    std::vector<float *> pointers;
    for (size_t i = 0; i < values.size(); ++i) {
      long long shape[6];
      int rank = api.outputShape(static_cast<int>(i), n, h, w, shape);
      uint64_t count = 1;
      for (int k = 0; k < rank; ++k) {
        values[i].shape.push_back(shape[k]);
        count *= static_cast<uint64_t>(shape[k]);
      }
      values[i].values.resize(count);
      pointers.push_back(values[i].values.data());
    }
    report.begin(input, n, h, w, api.workspaceSize(n, h, w));
    for (int i = options.repeat > 1 ? -1 : 0; i < options.repeat; ++i) {
      int status = Done;
      std::optional<double> time = runLibrary(input, loaded.tensor.values.data(), n, h, w, pointers.data(), status);
      if (!time)
        return complainOfInputs(), status;
      profiler.end(i >= 0 ? &report.runs.back() : nullptr);
      if (i >= 0)
        report.add(*time);
    }
    if (report.inputs == 1)
      report.macs = macsOf(n, h, w);
    if (options.out.empty() && !options.json)
      for (size_t i = 0; i < values.size(); ++i)
        std::fputs(describeOutput(input, info.outputs[i], values[i], info.labels).c_str(), stdout);
    if (!options.out.empty())
      collect(input, std::move(values));
    return Done;
  }

  int runTiled(const std::string &input, const Input &loaded, int n, int h, int w) {
    std::string problem;
    TileAxis rows = tiling.rows(h), columns = tiling.columns(w);
    auto outputs = outputsOfTiles(api, rows, columns, {}, problem); // it can be run, as was found before
    std::deque<TiledOutput> results;
    for (size_t i = 0; i < outputs->size(); ++i)
      results.emplace_back(
          kind, std::vector<int64_t>{n, (*outputs)[i].channels, (*outputs)[i].scale * h, (*outputs)[i].scale * w});
    if (kind == OutKind::Png && !results[0].openPng(files.stage(options.out), problem))
      return failOut(problem);
    report.begin(input, n, h, w,
                 api.workspaceSize(1, static_cast<int>(rows.tile(0).size()), static_cast<int>(columns.tile(0).size())));
    double milliseconds = 0;
    int status = Done;
    {
      ProgressBar bar;
      size_t before = 0;
      TileJob job{rows, columns, info.channels, *outputs, {}, {}, {}, {}};
      job.run = [&](const float *values, int64_t height, int64_t width, float *const *to) {
        std::optional<double> time =
            runLibrary(input, values, 1, static_cast<int>(height), static_cast<int>(width), to, status);
        milliseconds += time.value_or(0);
        if (report.inputs == 1)
          report.macs += macsOf(1, static_cast<int>(height), static_cast<int>(width));
        return time.has_value();
      };
      job.take = [&](size_t output, const FinishedRows &finished) {
        return results[output].take(finished, problem) || (status = WrongInput, false);
      };
      job.progress = [&](size_t done, size_t all) { bar.show(before + done, static_cast<size_t>(n) * all); };
      for (int image = 0; image < n && status == Done; ++image) {
        job.cut = [&](Span y, Span x, float *values) { cutTile(loaded, image, y, x, values); };
        runTiles(job);
        before += rows.count() * columns.count();
      }
    }
    if (!errors.empty())
      return complainOfInputs(), status;
    if (status != Done || (kind == OutKind::Png && !results[0].closePng(problem)))
      return failOut(problem);
    profiler.end(&report.runs.back());
    report.add(milliseconds);
    if (kind == OutKind::None && !options.json)
      for (size_t i = 0; i < results.size(); ++i)
        std::fputs(describeSummary(input, info.outputs[i], results[i].tensor.shape, results[i].summary).c_str(),
                   stdout);
    if (kind == OutKind::Npy || kind == OutKind::Folder) {
      std::vector<image::Tensor> values;
      for (TiledOutput &result : results)
        values.push_back(std::move(result.tensor));
      collect(input, std::move(values));
    }
    return Done;
  }

  /// One tile of one image as the network sees it.
  void cutTile(const Input &loaded, int image, Span y, Span x, float *values) const {
    if (!loaded.fitted.pixels.empty())
      return image::normalize(loaded.fitted, *info.preprocessing, y.begin, x.begin, y.size(), x.size(), values);
    int64_t h = loaded.tensor.shape[2], w = loaded.tensor.shape[3];
    for (int64_t c = 0; c < info.channels; ++c)
      for (int64_t row = y.begin; row < y.end; ++row)
        values = std::copy_n(
            &loaded.tensor.values[static_cast<size_t>(((image * info.channels + c) * h + row) * w + x.begin)], x.size(),
            values);
  }

  /// Multiply-adds of one run of a size that is possible.
  int64_t macsOf(int n, int h, int w) const {
    std::vector<SWINMODEL_call> calls(static_cast<size_t>(api.numCalls()));
    int64_t macs = 0;
    if (api.work(n, h, w, calls.data()) == SWINMODEL_OK)
      for (const SWINMODEL_call &call : calls)
        macs += call.macs;
    return macs;
  }

  int failOut(const std::string &problem) {
    std::fprintf(stderr, "%s: error: %s\n", options.out.c_str(), problem.c_str());
    return WrongInput;
  }

  /// Outputs of several inputs become one batch.
  void collect(const std::string &input, std::vector<image::Tensor> values) {
    if (collected.empty()) {
      collected = std::move(values);
      return;
    }
    for (size_t i = 0; i < values.size(); ++i) {
      image::Tensor &all = collected[i], &one = values[i];
      if (!std::equal(all.shape.begin() + 1, all.shape.end(), one.shape.begin() + 1, one.shape.end())) {
        wrong(input, "its output " + info.outputs[i].name + " is " + image::shapeText(one.shape) +
                         ", that of the inputs before is " + image::shapeText(all.shape) +
                         ": one file cannot hold both, run them apart");
        return;
      }
      all.shape[0] += one.shape[0];
      all.values.insert(all.values.end(), one.values.begin(), one.values.end());
    }
  }

  const Api &api;
  const std::string &program;
  const Options &options;
  const ModelInfo &info;
  SWINMODEL_session *session = nullptr;
  std::vector<std::string> errors;
  OutKind kind = OutKind::None;
  Tiling tiling;
  std::vector<image::Tensor> collected;
  Source source; ///< of the last input
  StagedFiles files;
  Report report;
  Profiler profiler; ///< with --profile; so are the limits, before the runs
  Limits limits;
};

} // namespace

int runModel(const Api &api, const std::string &program, const std::string &usage,
             const std::vector<std::string> &arguments, int firstNumber, const std::string &folder) {
  std::vector<std::string> errors;
  Options options = parseOptions(arguments, firstNumber, errors);
  if (!errors.empty())
    return complain(program, errors, WrongCommandLine);
  if (options.help) {
    std::fputs(helpText(usage).c_str(), stdout);
    return Done;
  }
  if (options.info) {
    std::printf("%s\n", api.info());
    return Done;
  }
  std::string problem;
  std::optional<ModelInfo> info = parseInfo(api.info(), problem);
  if (!info)
    return complain(program, {"what the library says about itself cannot be read: " + problem}, OurBug);
  if (info->outputs.size() != static_cast<size_t>(api.numOutputs()))
    return complain(program,
                    {"the library has " + std::to_string(api.numOutputs()) + " outputs and describes " +
                     std::to_string(info->outputs.size())},
                    OurBug);
  if (info->weightsFile.empty() && !options.weightsFile.empty())
    return complain(program, {"--weights-file '" + options.weightsFile + "': this library has its weights inside"},
                    WrongCommandLine);
  if (!info->weightsFile.empty() && options.weightsFile.empty())
    options.weightsFile = folder + "/" + info->weightsFile;
  Run run(api, program, options, *info);
  if (int status = run.open(); status != Done)
    return status;
  int status = options.selftest ? run.selftest() : !options.compare.empty() ? run.compare() : run.run();
  // What could not be printed is not done.
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    return complain(program, {"stdout cannot be written"}, WrongInput);
  return status;
}

} // namespace swin::runner
