//===- Runner.cpp - the program around a compiled model --------------------===//
#include "tools/runner/Runner.h"

#include "runtime/image/Npy.h"
#include "runtime/image/Picture.h"
#include "tools/runner/Info.h"
#include "tools/runner/Options.h"
#include "tools/runner/Outputs.h"
#include "tools/runner/Report.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdio>
#include <new>

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
    return complain(program, {api.error(session)}, status == SWINMODEL_E_LIBRARY ? OurBug : WrongInput);
  }

  int selftest() {
    char message[400];
    int status = api.selftest(session, message, sizeof message);
    if (status != SWINMODEL_OK)
      return complain(program, {std::string("self-test failed: ") + message}, OurBug);
    std::printf("self-test passed: %s\n", message);
    return Done;
  }

  int run() {
    std::string problem;
    std::optional<OutKind> kind = classifyOut(options.out, info.outputs, problem);
    if (!kind)
      return complain(program, {"-o '" + options.out + "': " + problem}, WrongCommandLine);
    for (const std::string &input : options.inputs)
      withMemory(input, [&] { return check(input), static_cast<int>(Done); });
    if (!errors.empty())
      return complainOfInputs();
    for (const std::string &input : options.inputs) {
      if (int status = withMemory(input, [&] { return runOne(input); }); status != Done)
        return status;
    }
    if (!errors.empty())
      return complainOfInputs();
    StagedFiles files;
    if ((*kind != OutKind::None && !writeOutputs(files, *kind, options.out, info.outputs, collected, problem)) ||
        (!options.profile.empty() && !writeText(files, options.profile, profileText(report), problem)) ||
        !files.commit(problem)) {
      std::fprintf(stderr, "%s\n", problem.c_str());
      return WrongInput;
    }
    if (options.json)
      std::printf("%s\n", jsonLine(report).c_str());
    return Done;
  }

private:
  void wrong(const std::string &input, const std::string &what) { errors.push_back(input + ": error: " + what); }

  /// A file that is whole may still be more than the machine can hold.
  template <typename Work> int withMemory(const std::string &input, Work work) {
    try {
      return work();
    } catch (const std::bad_alloc &) {
      wrong(input, "needs more memory than there is");
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
    else if (api.workspaceSize(static_cast<int>(shape[0]), static_cast<int>(shape[2]), static_cast<int>(shape[3])) == 0)
      wrong(input, whyNot(static_cast<int>(shape[0]), static_cast<int>(shape[2]), static_cast<int>(shape[3])));
    else if (options.json && report.inputs > 0 &&
             (shape[0] != report.n || shape[2] != report.h || shape[3] != report.w))
      wrong(input, "its shape is " + image::shapeText(shape) +
                       ": with --json all inputs have one size, the first has " +
                       image::shapeText({report.n, info.channels, report.h, report.w}));
    return errors.size() == before;
  }

  /// Why a size is impossible: the library looks at it before it touches any array.
  std::string whyNot(int n, int h, int w) {
    float nothing = 0;
    std::vector<float *> outputs(info.outputs.size(), &nothing);
    api.run(session, &nothing, n, h, w, outputs.data());
    return api.error(session);
  }

  bool load(const std::string &input, image::Tensor &tensor) {
    std::string problem;
    if (endsWith(input, ".npy")) {
      std::optional<image::Tensor> read = image::readNpy(input, problem);
      if (!read)
        return wrong(input, problem), false;
      tensor = std::move(*read);
    } else {
      std::optional<image::Picture> picture = image::readPicture(input, info.channels, problem);
      int h = 0, w = 0;
      if (!picture || !image::preprocess(*picture, *info.preprocessing, tensor.values, h, w, problem))
        return wrong(input, problem), false;
      tensor.shape = {1, info.channels, h, w};
    }
    return checkShape(input, tensor.shape);
  }

  int runOne(const std::string &input) {
    image::Tensor image;
    // After an error the other inputs are still looked at.
    if (!load(input, image) || !errors.empty())
      return Done;
    int n = static_cast<int>(image.shape[0]), h = static_cast<int>(image.shape[2]),
        w = static_cast<int>(image.shape[3]);
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
      auto start = std::chrono::steady_clock::now();
      int status = api.run(session, image.values.data(), n, h, w, pointers.data());
      std::chrono::duration<double, std::milli> passed = std::chrono::steady_clock::now() - start;
      if (status != SWINMODEL_OK) {
        wrong(input, api.error(session));
        complainOfInputs();
        return status == SWINMODEL_E_TOO_LARGE ? WrongInput : OurBug;
      }
      if (i >= 0)
        report.add(passed.count());
    }
    report.isa = api.isa(session);
    report.threads = api.threads(session);
    report.model = info.model;
    if (info.macs && h == info.height && w == info.width)
      report.macs = *info.macs * n;
    if (options.out.empty() && !options.json)
      for (size_t i = 0; i < values.size(); ++i)
        std::fputs(describeOutput(input, info.outputs[i], values[i], info.labels).c_str(), stdout);
    if (!options.out.empty())
      collect(input, std::move(values));
    return Done;
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
  std::vector<image::Tensor> collected;
  Report report;
};

} // namespace

int runModel(const Api &api, const std::string &program, const std::string &usage,
             const std::vector<std::string> &arguments, int firstNumber) {
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
  Run run(api, program, options, *info);
  if (int status = run.open(); status != Done)
    return status;
  int status = options.selftest ? run.selftest() : run.run();
  // What could not be printed is not done.
  if (std::fflush(stdout) != 0 || std::ferror(stdout))
    return complain(program, {"stdout cannot be written"}, WrongInput);
  return status;
}

} // namespace swin::runner
