//===- Model.cpp - from a command line to a graph -------------------------===//
#include "tools/compile/Model.h"

#include "codegen/Work.h"
#include "dsl/GraphBuilder.h"
#include "dsl/GraphBuilderNodes.h"
#include "dsl/GraphWeights.h"
#include "dsl/ReadSpec.h"
#include "dsl/Weights.h"

#include <algorithm>
#include <cinttypes>
#include <filesystem>
#include <functional>
#include <numeric>

namespace swin::tools {
namespace {

namespace fs = std::filesystem;

codegen::PictureSteps pictureSteps(const dsl::Preprocessing &from) {
  codegen::PictureSteps steps;
  switch (from.resize) {
  case dsl::Preprocessing::Resize::None:
    break;
  case dsl::Preprocessing::Resize::ShorterSide:
    steps.resize = codegen::PictureSteps::Resize::ShorterSide;
    break;
  case dsl::Preprocessing::Resize::Exactly:
    steps.resize = codegen::PictureSteps::Resize::Exactly;
    break;
  }
  steps.size = from.size;
  steps.interpolation = from.interpolation;
  steps.crop = from.crop;
  steps.mean = from.mean;
  steps.std = from.std;
  return steps;
}

class Loader {
public:
  Loader(const ModelOptions &options, mlir::MLIRContext &context, Model &model)
      : options(options), context(context), model(model) {}

  void load() {
    std::unique_ptr<dsl::WeightsFile> weights;
    if (options.model.empty()) {
      weights = open();
      // A name may need what a file shows; one that cannot be opened is wrong enough.
      if (weights || !givesFile())
        spec = dsl::specOfArch(options.arch, weights.get(), errors);
    } else if (!isOnlyWeights()) {
      auto [said, nodes] = dsl::readDescription(options.model, errors);
      spec = said, graph = nodes;
    }
    bool specIsGood = errors.good();
    takeName();
    // The file is opened even if the description is wrong, so that all that is wrong is said at once.
    if (!options.model.empty() && options.wantsGraph && !graph)
      weights = open();
    if (!specIsGood)
      return;
    checkHasWeights(weights != nullptr || (graph && !weightsPath().empty()));
    bool sizeIsGuessed = options.model.empty() && dsl::familyNamed(options.arch) && options.height == 0;
    if (sizeIsGuessed)
      errors.note(given(), "made for images of " + std::to_string(spec.imageSize[0]) + "x" +
                               std::to_string(spec.imageSize[1]) +
                               ", of which the last stage is one window; --size HxW says otherwise");
    if (graph)
      takeOptionsOfGraph();
    else
      takeOptions(weights.get());
    if (errors.good())
      describe();
    if (errors.good() && options.wantsGraph)
      graph ? buildNodes() : build(weights.get());
    if (errors.good() && options.verbose)
      measure();
  }

  const dsl::Diagnostics &diagnostics() const { return errors; }

private:
  bool givesFile() const { return !options.weights.empty() && options.weights != "synthetic"; }

  /// Weights without a description in MODEL's place, which is an error.
  bool isOnlyWeights() {
    fs::path path = options.model;
    std::error_code code;
    bool hasWeights = path.extension() == ".safetensors", hasDescription = false;
    if (fs::is_directory(path, code))
      for (const fs::directory_entry &entry : fs::directory_iterator(path, code)) {
        hasWeights |= entry.path().extension() == ".safetensors";
        for (const char *extension : {".json", ".yaml", ".yml"})
          hasDescription |= entry.path().extension() == extension;
      }
    if (!hasWeights || hasDescription)
      return false;
    errors.error(options.model, {}, "there are weights but no description of the model", "",
                 "give --arch NAME --weights FILE instead; --help says more");
    return true;
  }

  /// What errors are about that do not stand in the description alone.
  std::string given() const {
    std::string text = options.model.empty() ? "--arch " + options.arch : options.model;
    auto add = [&](const std::string &option) { text += (text.find(" with ") == text.npos ? " with " : " ") + option; };
    if (options.height > 0)
      add("--size " + std::to_string(options.height) + "x" + std::to_string(options.width));
    if (options.batch > 0)
      add("--batch " + std::to_string(options.batch));
    if (!options.semantics.empty())
      add("--semantics " + options.semantics);
    if (!options.outputs.empty()) {
      std::string list;
      for (const std::string &output : options.outputs)
        list += (list.empty() ? "" : ",") + output;
      add("--outputs " + list);
    }
    return text;
  }

  void takeName() {
    model.description.name = options.name.empty() ? options.arch : options.name;
    if (!model.description.name.empty())
      return;
    // A config.json is called so in every folder; the folder has the model's name.
    fs::path path = fs::absolute(options.model).lexically_normal();
    if (!path.has_filename())
      path = path.parent_path();
    std::error_code code;
    bool isFolder = fs::is_directory(path, code);
    if (!isFolder && path.filename() == "config.json")
      path = path.parent_path(), isFolder = true;
    model.description.name = (isFolder ? path.filename() : path.stem()).string();
    std::replace_if(
        model.description.name.begin(), model.description.name.end(), [](char c) { return c == '-' || c == '.'; }, '_');
    std::string problem = checkName(model.description.name);
    if (!problem.empty() && !options.wantsName)
      model.description.name = "model"; // in no spec and no graph
    else if (!problem.empty())
      errors.error(options.model, {}, "no name of a library follows from this one: " + problem, "", "give --name NAME");
  }

  /// The weights file; null if there is none or if it is wrong.
  std::unique_ptr<dsl::WeightsFile> open() {
    std::string path = weightsPath();
    return path.empty() ? nullptr : dsl::openWeights(path, errors);
  }

  /// "" = there is none.
  std::string weightsPath() {
    if (options.weights == "synthetic")
      return "";
    std::string path = options.weights.empty() ? spec.weights : options.weights;
    std::error_code code;
    if (path.empty() && !options.model.empty() && fs::exists(options.model, code))
      path = dsl::weightsBeside(options.model, errors);
    return path;
  }

  void checkHasWeights(bool hasWeights) {
    if (options.wantsValues && !hasWeights && options.weights != "synthetic" && !options.mayInvent && errors.good())
      errors.error(options.model.empty() ? "--arch " + options.arch : options.model, {}, "there are no weights", "",
                   "give --weights FILE, or --weights synthetic");
  }

  void takeOptions(const dsl::WeightsFile *weights) {
    if (!options.semantics.empty())
      spec.semantics = dsl::semanticsNamed(options.semantics);
    if (!spec.semantics && weights)
      spec.semantics = weights->semantics();
    if (!spec.semantics && options.wantsGraph)
      spec.semantics = dsl::usualSemantics(spec);
    takeUse();
    if (spec.semantics)
      spec.outputs = dsl::outputsOf(spec, *spec.semantics);
    dsl::checkSpec(spec, given(), errors);
  }

  void takeUse() {
    if (options.batch > 0)
      spec.batch = options.batch;
    if (options.height > 0) {
      dsl::resizeModel(spec, {options.height, options.width});
      spec.fixed = spec.imageSize;
    }
    if (!options.outputs.empty())
      spec.outputs = options.outputs;
  }

  void takeOptionsOfGraph() {
    takeUse();
    if (!options.semantics.empty())
      errors.error(given(), {}, "a graph says all of its arithmetic itself", "", "expected no --semantics");
    for (const std::string &name : spec.outputs)
      if (!graph->output(name))
        errors.error(given(), {}, "there is no output \"" + dsl::printable(name) + "\"", "",
                     "expected some of: " + graph->outputNames());
    for (const dsl::Problem &problem : dsl::problemsOfUse(spec))
      errors.error(given(), {}, problem.what, problem.pointer, problem.right);
    if (errors.good() && (options.height > 0 || options.batch > 0))
      dsl::checkGraph(*graph, spec);
  }

  void describe() {
    model.description.architecture = spec.architecture;
    model.description.semantics = graph ? "graph" : spec.semantics ? dsl::semanticsName(*spec.semantics) : "";
    model.description.height = spec.imageSize[0];
    model.description.width = spec.imageSize[1];
    model.description.labels = spec.labels;
    if (spec.preprocessing)
      model.description.preprocessing = pictureSteps(*spec.preprocessing);
    model.spec = graph ? dsl::graphText(*graph, spec) : dsl::specText(spec);
    dsl::Spec said = spec;
    said.weights.clear(); // which have a hash of their own, wherever they lie
    model.description.canonical = graph ? dsl::graphText(*graph, said) : dsl::specText(said);
  }

  void build(dsl::WeightsFile *weights) {
    if (options.wantsValues && weights)
      weights->load(spec, *spec.semantics, model.constants, errors);
    else if (options.wantsValues)
      dsl::addSyntheticWeights(spec, *spec.semantics, model.constants);
    if (!errors.good())
      return;
    model.graph = dsl::buildGraph(spec, *spec.semantics, context);
    if (!model.graph)
      reportUnbuilt();
  }

  void buildNodes() {
    std::optional<dsl::BuiltGraph> built = dsl::buildNodes(*graph, spec, context);
    if (!built)
      return reportUnbuilt();
    if (options.wantsValues && weightsPath().empty())
      dsl::addSyntheticWeights(built->parameters, model.constants);
    else if (options.wantsValues)
      dsl::loadNamedWeights(weightsPath(), built->parameters, model.constants, errors);
    if (errors.good())
      model.graph = std::move(built->module);
    model.errorAt = [nodes = graph, texts = errors.keptTexts()](const std::string &layer, const std::string &what) {
      return dsl::errorAt(*nodes, layer, what, texts);
    };
  }

  void reportUnbuilt() {
    if (errors.good())
      errors.error(given(), {}, "no graph could be built of this model, though nothing in it is known to be wrong", "",
                   "please report it with the model");
  }

  /// How large the model is, for -v.
  void measure() {
    mlir::OwningOpRef<mlir::ModuleOp> built;
    int64_t parameters = 0;
    auto count = [&](const auto &list) {
      for (const auto &parameter : list)
        parameters += std::accumulate(parameter.shape.begin(), parameter.shape.end(), int64_t(1), std::multiplies<>());
    };
    if (graph) {
      std::optional<dsl::BuiltGraph> nodes = dsl::buildNodes(*graph, spec, context);
      if (!nodes)
        return;
      count(nodes->parameters);
      built = std::move(nodes->module);
    } else {
      dsl::Semantics semantics = spec.semantics.value_or(dsl::usualSemantics(spec));
      count(dsl::parametersOf(spec, semantics));
      if (!model.graph)
        built = dsl::buildGraph(spec, semantics, context);
    }
    mlir::ModuleOp module = built ? built.get() : model.graph.get();
    if (!module)
      return;
    auto [height, width] = spec.imageSize;
    int64_t images = std::max<int64_t>(spec.batch, 1);
    llvm::Expected<codegen::Work> work = codegen::measureWork(module, images, height, width);
    if (!work)
      return llvm::consumeError(work.takeError());
    char text[160];
    std::snprintf(text, sizeof text,
                  "%" PRId64 " parameters, %.3f G multiply-adds for an image of %" PRId64 "x%" PRId64, parameters,
                  static_cast<double>(work->macs / images) * 1e-9, height, width);
    model.size = text;
  }

  const ModelOptions &options;
  mlir::MLIRContext &context;
  Model &model;
  dsl::Spec spec; ///< with a graph, only what is said of its use
  dsl::Diagnostics errors;
  std::shared_ptr<const dsl::Graph> graph; ///< null: the model is one of a family
};

} // namespace

void loadModel(const ModelOptions &options, mlir::MLIRContext &context, Model &model,
               std::vector<dsl::Diagnostic> &errors) {
  Loader loader(options, context, model);
  loader.load();
  errors = loader.diagnostics().errors();
  model.notes = loader.diagnostics().notes();
}

std::string architecturesText() {
  std::string text;
  for (const std::string &name : dsl::architectureNames())
    text += name + '\n';
  return text;
}

} // namespace swin::tools
