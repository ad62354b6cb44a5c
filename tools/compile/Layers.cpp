//===- Layers.cpp - the values of a model's layers -------------------------===//
#include "tools/compile/Layers.h"

#include "codegen/Work.h"
#include "dsl/FileErrors.h"
#include "passes/dialect/Swin.h"
#include "passes/reference/Layers.h"
#include "tools/Cancel.h"
#include "tools/compile/InputImage.h"
#include "tools/compile/Stages.h"
#include "tools/layers/LayerDiff.h"
#include "tools/layers/LayerFile.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/raw_ostream.h"

#include <iterator>

extern "C" {
#include "runtime/Cpu.h"
}

using namespace mlir;

namespace swin::tools {
namespace {

using Names = std::vector<std::string>;

class LayerRun {
public:
  LayerRun(const Options &options, Model &model, Console &console)
      : options(options), model(model), console(console), forward(model.graph->lookupSymbol<func::FuncOp>("forward")) {}

  LayersResult run() {
    LayersResult result = prepare() && compute() && finish() ? LayersResult::Good : LayersResult::Wrong;
    for (const dsl::Diagnostic &error : errors.errors())
      console.report(error);
    return result == LayersResult::Good && comparison.differs() ? LayersResult::Differs : result;
  }

private:
  bool prepare() {
    findNames();
    if (!options.compare.empty() && !openReference())
      return false;
    image =
        reference ? inputImage(*reference, options.compare, model, errors) : inputImage(options.input, model, errors);
    return image && (options.dumpLayers.empty() || createDump());
  }

  /// Names of values in order, outputs last; an output that is called as a layer is that layer's value.
  void findNames() {
    for (auto &[name, value] : ref::namedValues(forward))
      add(name, value);
    for (OutputOp output : forward.getOps<OutputOp>())
      if (!values.contains(output.getName())) {
        add(output.getName().str(), output.getValue());
        onlyOutputs.insert(output.getName());
      }
  }
  void add(const std::string &name, Value value) {
    names.push_back(name);
    values[name] = value;
  }

  bool openReference() {
    reference = layers::LayerFile::open(options.compare, errors);
    if (!reference)
      return false;
    Names strange;
    for (const std::string &name : reference->names())
      if (!values.contains(name))
        strange.push_back(name);
    if (strange.size() == reference->names().size())
      return sayNothingFits(strange);
    Names missing;
    const Names &theirs = reference->names();
    llvm::StringSet<> known;
    for (const std::string &name : theirs)
      known.insert(name);
    llvm::copy_if(names, std::back_inserter(missing), [&](const std::string &name) { return !known.contains(name); });
    noteNames(strange, "which the model does not have");
    noteNames(missing, "which the file lacks");
    comparison.ours = model.description.name + ", its graph in double";
    comparison.reference = reference->source().empty() ? options.compare : reference->source();
    comparison.tolerance = options.tolerance;
    return true;
  }

  bool sayNothingFits(const Names &strange) {
    std::string nearest;
    for (const std::string &name : llvm::ArrayRef(strange).take_front(3)) {
      auto distance = [&](const std::string &other) { return llvm::StringRef(name).edit_distance(other); };
      auto best = llvm::min_element(
          names, [&](const std::string &a, const std::string &b) { return distance(a) < distance(b); });
      nearest += (nearest.empty() ? "" : ", ") + dsl::nameText(name) + " (the nearest is '" + *best + "')";
    }
    if (strange.empty())
      errors.error(options.compare, {}, "holds no value but the input", "", "expected values by layers' names");
    else
      errors.error(options.compare, {},
                   "none of its values has the name of one of the model's: " + nearest +
                       (strange.size() > 3 ? " ..." : ""),
                   "", "--dump-layers writes all names");
    return false;
  }

  void noteNames(const Names &which, const std::string &what) {
    if (which.empty())
      return;
    Names shown;
    for (const std::string &name : options.verbose ? which : Names())
      shown.push_back(dsl::nameText(name));
    dsl::Diagnostics notes;
    notes.note(options.compare, std::to_string(which.size()) + (which.size() == 1 ? " value is" : " values are") +
                                    " not compared, " + what + (shown.empty() ? "" : ": ") + llvm::join(shown, " "));
    console.report(notes.notes().front());
  }

  bool createDump() {
    auto work = codegen::measureWork(*model.graph, image->shape[0], image->shape[2], image->shape[3]);
    if (!work)
      return fail(llvm::toString(work.takeError()));
    llvm::DenseMap<Operation *, std::vector<int64_t>> shapes;
    for (const codegen::OpWork &op : work->ops)
      shapes[op.op] = op.shape;
    std::vector<layers::LayerValue> header = {{"input", image->shape, {}}};
    for (const std::string &name : names)
      header.push_back({name, shapes.lookup(values[name].getDefiningOp()), {}});
    dump = layers::LayerWriter::create(options.dumpLayers, header, "swin-compile, graph in double", errors);
    return dump && write(*image);
  }

  bool write(const ref::Tensor &tensor) {
    std::vector<float> floats(tensor.values.begin(), tensor.values.end());
    return dump->add(floats.data(), floats.size());
  }

  bool compute() {
    auto observe = [&](const std::string &name, const ref::Tensor &value) { return take(name, value); };
    auto outputs = ref::interpretLayers(*model.graph, model.constants, *image, observe, SWINMODEL_rt_usable_cpus());
    if (!outputs)
      return fail(llvm::toString(outputs.takeError()));
    for (const auto &[name, value] : *outputs)
      if (onlyOutputs.contains(name))
        if (llvm::Error error = take(name, value))
          return fail(llvm::toString(std::move(error)));
    return true;
  }

  llvm::Error take(const std::string &name, const ref::Tensor &value) {
    if (cancelled)
      return llvm::createStringError("cancelled");
    console.progress("layers: " + name);
    if (dump && !write(value))
      return llvm::createStringError(""); // said by the writer
    if (reference)
      compare(name, value);
    return llvm::Error::success();
  }

  void compare(const std::string &name, const ref::Tensor &value) {
    layers::LayerValue theirs;
    if (!reference->read(name, theirs))
      return;
    layers::LayerResult result{name, value.shape, layers::otherSize(value.shape, theirs.shape), {}};
    if (result.skipped.empty()) {
      std::vector<float> ours(value.values.begin(), value.values.end());
      result.difference = layers::compareLayer(value.shape, ours.data(), theirs.values.data(), options.tolerance);
    }
    comparison.layers.push_back(std::move(result));
  }

  bool finish() {
    if (dump && !dump->finish())
      return false;
    if (!reference)
      return true;
    llvm::outs() << (options.json ? layers::comparisonJson(comparison)
                                  : layers::comparisonText(comparison, options.verbose));
    llvm::Error error = flushOutput();
    return !error || fail(llvm::toString(std::move(error)));
  }

  bool fail(const std::string &what) {
    if (!what.empty())
      errors.error("", {}, what);
    return false;
  }

  const Options &options;
  Model &model;
  Console &console;
  func::FuncOp forward;
  Names names; ///< in the order of the run
  llvm::StringMap<Value> values;
  llvm::StringSet<> onlyOutputs; ///< names of no layer
  std::optional<ref::Tensor> image;
  std::unique_ptr<layers::LayerFile> reference;
  std::unique_ptr<layers::LayerWriter> dump;
  layers::Comparison comparison;
  dsl::Diagnostics errors;
};

} // namespace

LayersResult runLayers(const Options &options, Model &model, Console &console) {
  return LayerRun(options, model, console).run();
}

} // namespace swin::tools
