//===- EquivalenceCheck.cpp - which pass changes what a module computes ----===//
#include "tools/opt/EquivalenceCheck.h"

#include "passes/dialect/Swin.h"
#include "passes/reference/Layers.h"
#include "tools/HashedConstants.h"

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <thread>

using namespace mlir;

namespace swin::tools {
namespace {

/// Of maps that are whole windows and of others, for usual windows and patches.
constexpr std::array<int64_t, 3> usualSizes[] = {{1, 56, 56}, {1, 64, 64}, {2, 60, 44}};

/// One run of a module.
struct Run {
  std::array<int64_t, 3> size;
  std::string error; ///< "" = it could be run
  ref::NamedTensors layers, outputs;
};

std::string sizeText(const std::array<int64_t, 3> &size) {
  return llvm::formatv("{0}x{1}x{2}", size[0], size[1], size[2]).str();
}

/// The largest difference as a part of the magnitude before; infinite where the shapes are not the same, or one has a
/// value that is not finite.
double differenceOf(const ref::Tensor &before, const ref::Tensor &after) {
  double magnitude = 0, largest = 0;
  if (before.shape != after.shape)
    return std::numeric_limits<double>::infinity();
  for (auto [a, b] : llvm::zip_equal(before.values, after.values)) {
    magnitude = std::max(magnitude, std::fabs(a));
    if (double difference = std::fabs(a - b); !(difference <= largest))
      largest = std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity();
  }
  return largest == 0 ? 0 : largest / magnitude;
}

class Check : public PassInstrumentation {
public:
  Check(ref::ConstantStore &store, const EquivalenceOptions &options, EquivalenceResult &result)
      : store(store), options(options), result(result) {}

  void runBeforePass(Pass *pass, Operation *op) override {
    // Once the numbers are others, what follows says nothing.
    checked = !result.differs && isWanted(pass);
    if (!checked)
      return runs.clear();
    ModuleOp module = moduleOf(op);
    // What the last pass has left is what this one gets.
    if (runs.empty() || module != last)
      runs = runAll(module, sizesOf(module));
    last = module;
    if (runs.empty() || llvm::any_of(runs, [](const Run &run) { return run.error.empty(); }))
      return;
    checked = false;
    note(pass, "what it gets cannot be interpreted: " + runs.front().error);
  }

  void runAfterPass(Pass *pass, Operation *op) override {
    if (!checked)
      return;
    ModuleOp module = moduleOf(op);
    std::vector<std::array<int64_t, 3>> sizes;
    llvm::erase_if(runs, [](const Run &run) { return !run.error.empty(); });
    for (const Run &run : runs)
      sizes.push_back(run.size);
    std::vector<Run> after = runAll(module, sizes);
    for (auto [first, second] : llvm::zip_equal(runs, after))
      if (std::string what = compare(first, second); !what.empty()) {
        result.differs = true;
        emitError(module.getLoc(), "--" + pass->getArgument().str() +
                                       " changes what the module computes: on images of " + sizeText(first.size) +
                                       ", " + what);
        return;
      }
    runs = std::move(after);
  }

  void runAfterPassFailed(Pass *, Operation *) override { runs.clear(); }

private:
  bool isWanted(Pass *pass) {
    // Adaptors run the passes of a nested pipeline and have no name.
    StringRef name = pass->getArgument();
    if (name.empty() || (!options.passes.empty() && !options.passes.contains(name.str())))
      return false;
    if (name != "swin-lower-to-llvm")
      return true;
    note(pass, "what it makes cannot be interpreted");
    return false;
  }

  void note(Pass *pass, const std::string &why) {
    result.notes.push_back("--" + pass->getArgument().str() + " is not checked: " + why);
  }

  static ModuleOp moduleOf(Operation *op) {
    auto module = dyn_cast<ModuleOp>(op);
    return module ? module : op->getParentOfType<ModuleOp>();
  }

  std::vector<std::array<int64_t, 3>> sizesOf(ModuleOp module) {
    std::vector<std::array<int64_t, 3>> sizes = options.sizes;
    if (sizes.empty())
      sizes.assign(std::begin(usualSizes), std::end(usualSizes));
    // Sizes that the model fixes.
    if (RankedTensorType type = imageOf(module))
      for (auto [index, dimension] : {std::pair(0, 0), {1, 2}, {2, 3}})
        if (!type.isDynamicDim(dimension))
          for (std::array<int64_t, 3> &size : sizes)
            size[index] = type.getDimSize(dimension);
    llvm::sort(sizes);
    sizes.erase(llvm::unique(sizes), sizes.end());
    return sizes;
  }

  /// Null: there is no @forward of one image.
  static RankedTensorType imageOf(ModuleOp module) {
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward || forward.getNumArguments() != 1)
      return {};
    auto type = dyn_cast<RankedTensorType>(forward.getArgumentTypes()[0]);
    return type && type.getRank() == 4 && !type.isDynamicDim(1) ? type : RankedTensorType();
  }

  std::vector<Run> runAll(ModuleOp module, llvm::ArrayRef<std::array<int64_t, 3>> sizes) {
    std::vector<Run> all;
    for (const std::array<int64_t, 3> &size : sizes)
      all.push_back(runOne(module, size));
    return all;
  }

  Run runOne(ModuleOp module, const std::array<int64_t, 3> &size) {
    Run run = {size, "", {}, {}};
    RankedTensorType type = imageOf(module);
    if (!type) {
      run.error = "there is no @forward of one image";
      return run;
    }
    ref::Tensor image = {{size[0], type.getDimSize(1), size[1], size[2]}, {}};
    std::vector<float> pixels = hashedConstant("image", image.shape);
    image.values.assign(pixels.begin(), pixels.end());
    auto observe = [&](const std::string &name, const ref::Tensor &value) {
      run.layers.emplace_back(name, value);
      return llvm::Error::success();
    };
    auto outputs = ref::interpretLayers(module, store, image, observe, std::thread::hardware_concurrency());
    if (outputs)
      run.outputs = std::move(*outputs);
    else
      run.error = llvm::toString(outputs.takeError());
    return run;
  }

  /// What is not the same, or "".
  std::string compare(const Run &before, const Run &after) {
    if (!after.error.empty())
      return "it can no longer be run: " + after.error;
    if (before.outputs.size() != after.outputs.size())
      return llvm::formatv("it has {0} outputs instead of {1}", after.outputs.size(), before.outputs.size()).str();
    for (auto [first, second] : llvm::zip_equal(before.outputs, after.outputs)) {
      if (first.first != second.first)
        return "output \"" + first.first + "\" is called \"" + second.first + "\"";
      double difference = differenceOf(first.second, second.second);
      if (!(difference <= options.tolerance))
        return llvm::formatv("output \"{0}\" is another one by {1:e2} of its largest magnitude", first.first,
                             difference)
                   .str() +
               whereBetween(before, after);
    }
    return "";
  }

  /// Where values of the same name begin to differ and stay so: folding changes what single layers give without
  /// changing what comes of it.
  std::string whereBetween(const Run &before, const Run &after) {
    llvm::StringMap<const ref::Tensor *> known;
    for (const auto &[name, value] : before.layers)
      known[name] = &value;
    std::string right, wrong;
    for (const auto &[name, value] : after.layers) {
      const ref::Tensor *other = known.lookup(name);
      if (!other || other->shape != value.shape)
        continue;
      bool same = differenceOf(*other, value) <= options.tolerance;
      if (same)
        right = name, wrong.clear();
      else if (wrong.empty())
        wrong = name;
    }
    if (wrong.empty())
      return "";
    return "; the first layer whose value is another one is " + wrong +
           (right.empty() ? "" : ", the last one whose value is the same " + right);
  }

  ref::ConstantStore &store;
  const EquivalenceOptions &options;
  EquivalenceResult &result;
  bool checked = false;  ///< the pass that runs
  std::vector<Run> runs; ///< of `last` as it is before that pass
  ModuleOp last;
};

} // namespace

std::unique_ptr<PassInstrumentation> checkEquivalence(ref::ConstantStore &store, const EquivalenceOptions &options,
                                                      EquivalenceResult &result) {
  return std::make_unique<Check>(store, options, result);
}

} // namespace swin::tools
