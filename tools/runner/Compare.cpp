//===- Compare.cpp - --compare: where a library's numbers begin to differ --===//
#include "tools/runner/Compare.h"

#include "runtime/image/Npy.h"
#include "tools/layers/LayerDiff.h"
#include "tools/layers/LayerFile.h"

#include <algorithm>
#include <climits>
#include <exception>
#include <map>
#include <new>
#include <set>

namespace swin::runner {
namespace {

class Comparing {
public:
  Comparing(const Api &api, SWINMODEL_session *session, const ModelInfo &info, const layers::LayerFile &reference)
      : api(api), session(session), info(info), reference(reference),
        known(reference.names().begin(), reference.names().end()) {}

  /// Reads the input and looks whether it and the names fit the model: "" or a sentence.
  std::string prepare() {
    if (!reference.read("input", input))
      return "has no 'input', the image that its values are of";
    std::string shape = "the shape of its 'input' is " + image::shapeText(input.shape);
    if (input.shape.size() != 4 || input.shape[1] != info.channels)
      return shape + ": expected N x " + std::to_string(info.channels) + " x H x W";
    if (std::max({input.shape[0], input.shape[2], input.shape[3]}) > INT_MAX)
      return shape + ": no size may be 2^31 or more";
    n = static_cast<int>(input.shape[0]);
    h = static_cast<int>(input.shape[2]);
    w = static_cast<int>(input.shape[3]);
    nameCalls();
    bool fits = std::any_of(names.begin(), names.end(), [&](auto &name) { return known.contains(name); });
    for (const OutputInfo &output : info.outputs)
      fits = fits || known.contains(output.name);
    if (fits || names.empty())
      return ""; // Of a size that is not possible the run says why.
    return "has no value of this model, which would be named '" + names.front() + "', '" + names[names.size() / 2] +
           "', '" + info.outputs.front().name + "' ...: " +
           (known.empty() ? "there is none at all" : "its first one is '" + reference.names().front() + "'");
  }

  /// The library's status. Throws std::bad_alloc where memory ends.
  int run(layers::Comparison &comparison) {
    std::vector<image::Tensor> outputs(info.outputs.size());
    std::vector<float *> pointers;
    float nothing = 0; // The library looks at sizes before it touches any array.
    for (size_t i = 0; i < outputs.size(); ++i) {
      long long shape[6];
      int rank = api.outputShape(static_cast<int>(i), n, h, w, shape);
      outputs[i].shape.assign(shape, shape + std::max(rank, 0));
      outputs[i].values.resize(rank > 0 ? static_cast<size_t>(layers::elementsOf(outputs[i].shape)) : 0);
      pointers.push_back(rank > 0 ? outputs[i].values.data() : &nothing);
    }
    result = &comparison;
    int status = api.watch(session, show, this);
    if (status == SWINMODEL_OK)
      status = api.run(session, input.values.data(), n, h, w, pointers.data());
    if (error)
      std::rethrow_exception(error);
    for (size_t i = 0; i < outputs.size() && status == SWINMODEL_OK; ++i) {
      const std::string &name = info.outputs[i].name;
      // A layer of the same name has been compared.
      if (known.contains(name) && std::find(names.begin(), names.end(), name) == names.end())
        compare(name, outputs[i].shape, outputs[i].values.data());
    }
    return status;
  }

  /// What the reference has of the inside of the first call that is off, whose kernel does not store it: a line, or "".
  std::string insideText(const std::string &path) const {
    const layers::LayerResult *wrong = result->firstWrong();
    if (!wrong)
      return "";
    std::set<std::string> compared;
    for (const layers::LayerResult &layer : result->layers)
      compared.insert(layer.name);
    // The file has them in the order of a run: those since the last one that was compared, and parts of the layer.
    std::vector<std::string> since, inside;
    bool isBehind = false;
    for (const std::string &name : reference.names()) {
      if (name == wrong->name) {
        isBehind = true;
        inside = since;
      }
      if (compared.contains(name))
        since.clear();
      else if (!isBehind)
        since.push_back(name);
      else if (name.starts_with(wrong->name + ".") || name.starts_with(wrong->name + ":"))
        inside.push_back(name);
    }
    if (inside.empty())
      return "";
    std::string text = "its kernel also computes ";
    for (size_t i = 0; i < inside.size() && i < 6; ++i)
      text += (i > 0 ? ", " : "") + inside[i];
    return text + (inside.size() > 6 ? " ..." : "") + " without storing them: swin-compile MODEL --compare " + path +
           " looks at these, in the graph";
  }

private:
  /// Which value each call makes; "" = a call that follows belongs to the same layer and makes its value.
  void nameCalls() {
    std::vector<SWINMODEL_call> calls(static_cast<size_t>(api.numCalls()));
    if (api.work(n, h, w, calls.data()) != SWINMODEL_OK)
      return;
    std::map<std::string, size_t> last;
    for (size_t call = 0; call < calls.size(); ++call) {
      names.push_back(calls[call].layer);
      if (auto [place, isNew] = last.emplace(names[call], call); !isNew) {
        names[place->second].clear();
        place->second = call;
      }
    }
  }

  /// No exception may pass through the library.
  static void show(void *context, int call, long long rows, long long channels, long long pitch, const float *values) {
    Comparing &self = *static_cast<Comparing *>(context);
    const std::string &name = self.names[static_cast<size_t>(call)];
    if (self.error || !self.known.contains(name))
      return;
    try {
      std::vector<float> dense;
      if (pitch != channels) {
        dense.reserve(static_cast<size_t>(rows * channels));
        for (long long row = 0; row < rows; ++row)
          dense.insert(dense.end(), values + row * pitch, values + row * pitch + channels);
        values = dense.data();
      }
      self.compare(name, {rows, channels}, values);
    } catch (...) {
      self.error = std::current_exception();
    }
  }

  void compare(const std::string &name, const std::vector<int64_t> &shape, const float *ours) {
    layers::LayerValue value;
    reference.read(name, value);
    layers::LayerResult one{name, shape, layers::otherSize(shape, value.shape), {}};
    if (one.skipped.empty()) {
      one.shape = value.shape;
      one.difference = layers::compareLayer(value.shape, ours, value.values.data(), result->tolerance);
    }
    result->layers.push_back(std::move(one));
  }

  const Api &api;
  SWINMODEL_session *session;
  const ModelInfo &info;
  const layers::LayerFile &reference;
  const std::set<std::string> known;
  layers::LayerValue input;
  int n = 0, h = 0, w = 0;
  std::vector<std::string> names; ///< of calls
  layers::Comparison *result = nullptr;
  std::exception_ptr error;
};

int complain(const std::string &line, Status status) {
  std::fprintf(stderr, "%s\n", line.c_str());
  return status;
}

} // namespace

int runComparison(const Api &api, SWINMODEL_session *session, const ModelInfo &info, const Options &options) try {
  const std::string &path = options.compare;
  std::vector<std::string> errors;
  std::unique_ptr<layers::LayerFile> reference = layers::LayerFile::open(path, errors);
  for (const std::string &error : errors)
    std::fprintf(stderr, "%s\n", error.c_str());
  if (!reference)
    return WrongInput;
  Comparing comparing(api, session, info, *reference);
  if (std::string problem = comparing.prepare(); !problem.empty())
    return complain(path + ": error: " + problem, WrongInput);
  layers::Comparison comparison;
  int threads = api.threads(session);
  comparison.ours =
      info.model + ", " + api.isa(session) + ", " + std::to_string(threads) + (threads == 1 ? " thread" : " threads");
  comparison.reference = path + (reference->source().empty() ? "" : " (" + reference->source() + ")");
  comparison.tolerance = options.tolerance;
  if (int status = comparing.run(comparison); status != SWINMODEL_OK)
    return complain(path + ": error: its 'input' cannot be run: " + api.error(session),
                    status == SWINMODEL_E_SIZE || status == SWINMODEL_E_TOO_LARGE || status == SWINMODEL_E_MEMORY
                        ? WrongInput
                        : OurBug);
  comparison.note = comparing.insideText(path);
  std::string text = options.json ? comparisonJson(comparison) + "\n" : comparisonText(comparison, /*everyLayer=*/true);
  std::fputs(text.c_str(), stdout);
  return comparison.differs() ? Differs : Done;
} catch (const std::bad_alloc &) {
  return complain(options.compare + ": error: needs more memory than there is", WrongInput);
}

} // namespace swin::runner
