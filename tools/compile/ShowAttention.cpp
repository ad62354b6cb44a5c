//===- ShowAttention.cpp - what a window's tokens see, as a picture --------===//
#include "tools/compile/ShowAttention.h"

#include "passes/dialect/Swin.h"
#include "passes/reference/Evaluate.h"
#include "passes/reference/Interpreter.h"
#include "tools/compile/AttentionPlace.h"
#include "tools/compile/InputImage.h"
#include "tools/compile/Stages.h"
#include "tools/pictures/WindowPicture.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

extern "C" {
#include "runtime/Cpu.h"
}

using namespace mlir;

namespace swin::tools {
namespace {

/// Pixels of the image along an axis for which token 0 of a map stands.
struct Axis {
  int64_t first = 0, count = 1;
};

/// Which pixels the tokens of a map stand for, by the ops that made it of the image.
std::array<Axis, 2> pixelsOf(Value map) {
  std::vector<Operation *> way;
  while (Operation *op = map.getDefiningOp()) {
    way.push_back(op);
    map = op->getOperand(0);
  }
  std::array<Axis, 2> axes;
  for (Operation *op : llvm::reverse(way))
    for (unsigned i : {0, 1}) {
      Axis &axis = axes[i];
      if (auto pad = dyn_cast<PadOp>(op); pad && pad.getBefore())
        axis.first -= (*pad.getBefore())[i] * axis.count;
      else if (auto crop = dyn_cast<CropOp>(op); crop && crop.getBefore())
        axis.first += (*crop.getBefore())[i] * axis.count;
      else if (auto embed = dyn_cast<PatchEmbedOp>(op))
        axis.count *= embed.getPatch()[i];
      else if (isa<PatchMergingOp>(op))
        axis.count *= 2;
    }
  return axes;
}

/// A block's attention in a graph: the op, the ops that cut windows for it, in the order of the run, and the map that
/// the first of them gets.
struct Site {
  WindowAttentionOp op;
  std::vector<Operation *> moves;
  Value map;
};

Site siteOf(WindowAttentionOp op) {
  Site site = {op, {}, {}};
  Operation *before = op.getQkv().getDefiningOp();
  // What lies between leaves tokens where they are.
  for (; isa_and_nonnull<PadOp, CyclicShiftOp, WindowPartitionOp, LayerNormOp, LinearOp>(before);
       before = before->getOperand(0).getDefiningOp())
    if (!isa<LayerNormOp, LinearOp>(before)) {
      site.moves.insert(site.moves.begin(), before);
      site.map = before->getOperand(0);
    }
  return site;
}

/// The module with an @forward whose outputs are `values`, and nothing that they do not need.
OwningOpRef<ModuleOp> upTo(ModuleOp module, ArrayRef<Value> values) {
  IRMapping copies;
  OwningOpRef<ModuleOp> part(cast<ModuleOp>(module->clone(copies)));
  Block &block = part->lookupSymbol<func::FuncOp>("forward").getBody().front();
  for (OutputOp output : llvm::make_early_inc_range(block.getOps<OutputOp>()))
    output.erase();
  OpBuilder builder(block.getTerminator());
  for (auto [i, value] : llvm::enumerate(values))
    OutputOp::create(builder, value.getLoc(), copies.lookup(value), std::to_string(i));
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
  return part;
}

class Attention {
public:
  Attention(const Options &options, Model &model, dsl::Diagnostics &errors)
      : options(options), model(model), errors(errors) {}

  bool show() { return find() && read() && run() && choose() && write(); }

private:
  bool fail(const std::string &what) {
    errors.error("--show " + options.show, {}, what);
    return false;
  }

  bool find() {
    place = *attentionPlace(options.show);
    std::string known;
    auto forward = model.graph->lookupSymbol<func::FuncOp>("forward");
    forward.walk([&](WindowAttentionOp op) {
      std::string layer = ref::layerOf(op);
      std::vector<int> numbers = numbersIn(layer);
      bool isHere =
          place.layer.empty() ? numbers == std::vector<int>{place.stage - 1, place.block - 1} : layer == place.layer;
      if (isHere && !site.op)
        site = siteOf(op);
      known += (known.empty() ? "" : ", ") + layer;
    });
    if (!site.op)
      return fail("no attention is there" + (known.empty() ? std::string("; the model has none")
                                                           : "; the model's layers with attention are: " + known));
    if (auto heads = static_cast<int>(site.op.getHeads()); place.head > heads)
      return fail("expected a head from 1 to " + std::to_string(heads));
    if (llvm::none_of(site.moves, [](Operation *op) { return isa<WindowPartitionOp>(op); }))
      return fail("its windows are cut in a way that is not known");
    return true;
  }

  bool read() {
    std::optional<ref::Tensor> found = inputImage(options.input, model, errors);
    if (!found)
      return false;
    image = std::move(*found);
    if (image.shape[0] != 1 || (image.shape[1] != 1 && image.shape[1] != 3))
      return fail("is drawn over one image, gray or RGB, which " + options.input + " is not");
    return true;
  }

  /// The values of the map and of the op's operands.
  bool run() {
    std::vector<Value> wanted = {site.map};
    llvm::append_range(wanted, site.op->getOperands());
    OwningOpRef<ModuleOp> part = upTo(*model.graph, wanted);
    llvm::Expected<ref::NamedTensors> values =
        ref::interpret(*part, model.constants, image, nullptr, static_cast<unsigned>(SWINMODEL_rt_usable_cpus()));
    if (!values)
      return fail(llvm::toString(values.takeError()));
    for (auto &[name, value] : *values)
      operands.push_back(std::move(value));
    map = std::move(operands.front());
    operands.erase(operands.begin());
    return true;
  }

  /// What the ops make of a map whose tokens are numbers from 1 on, so that where the window's tokens are is said by
  /// the ops themselves; 0 is padding.
  bool number() {
    int64_t channels = map.shape[3];
    for (size_t i = 0; i < map.values.size(); ++i)
      map.values[i] = static_cast<double>(i / channels + 1);
    for (Operation *op : site.moves) {
      FailureOr<ref::Tensor> moved = ref::evaluateOnConstants(op, {map});
      if (failed(moved))
        return fail("its windows cannot be cut");
      map = std::move(*moved);
    }
    for (size_t i = 0; i < map.values.size(); i += channels)
      numbers.push_back(static_cast<int64_t>(map.values[i]));
    return true;
  }

  bool choose() {
    axes = pixelsOf(site.map);
    rows = map.shape[1], columns = map.shape[2];
    std::array<int64_t, 2> at = {image.shape[2] / 2, image.shape[3] / 2};
    if (options.at) {
      at = *options.at;
      if (at[0] >= image.shape[2] || at[1] >= image.shape[3])
        return fail("--at is outside of the image, which has " + std::to_string(image.shape[2]) + " x " +
                    std::to_string(image.shape[3]) + " pixels");
    }
    int64_t y = std::min((at[0] - axes[0].first) / axes[0].count, rows - 1),
            x = std::min((at[1] - axes[1].first) / axes[1].count, columns - 1);
    if (!number())
      return false;
    token = llvm::find(numbers, y * columns + x + 1) - numbers.begin();
    tokens = static_cast<size_t>(map.shape[3]);
    window = token / tokens;
    return true;
  }

  /// Weights of the window's tokens: of the head, or the mean of heads; of the chosen token, or the mean of those that
  /// are no padding.
  std::optional<std::vector<double>> weigh() {
    std::vector<const ref::Tensor *> pointers;
    for (const ref::Tensor &operand : operands)
      pointers.push_back(&operand);
    auto across = static_cast<size_t>(map.shape[2]);
    ref::Result all =
        ref::attentionWeights({site.op, ref::layerOf(site.op)}, site.op, pointers,
                              {0, static_cast<int64_t>(window / across), static_cast<int64_t>(window % across)});
    if (!all)
      return fail(llvm::toString(all.takeError())), std::nullopt;
    std::vector<double> weights(tokens, 0);
    auto heads = static_cast<size_t>(all->shape[0]);
    size_t count = 0;
    for (size_t h = 0; h < heads; ++h)
      for (size_t a = 0; a < tokens; ++a) {
        bool isAsked = (place.head == 0 || h + 1 == static_cast<size_t>(place.head)) &&
                       (options.at ? window * tokens + a == token : numbers[window * tokens + a] > 0);
        count += isAsked;
        for (size_t b = 0; isAsked && b < tokens; ++b)
          weights[b] += all->values[(h * tokens + a) * tokens + b];
      }
    for (double &weight : weights)
      weight /= static_cast<double>(count);
    return weights;
  }

  pictures::Box boxOf(int64_t number) const {
    int64_t y = (number - 1) / columns, x = (number - 1) % columns;
    auto at = [](const Axis &axis, int64_t position) { return static_cast<int>(axis.first + position * axis.count); };
    return {at(axes[0], y), at(axes[1], x), static_cast<int>(axes[0].count), static_cast<int>(axes[1].count)};
  }

  /// What the network saw, in bytes again.
  image::Picture picture() const {
    auto channels = static_cast<size_t>(image.shape[1]), pixels = image.values.size() / channels;
    image::Picture picture{static_cast<int>(image.shape[2]), static_cast<int>(image.shape[3]),
                           static_cast<int>(channels), std::vector<uint8_t>(image.values.size())};
    auto [least, most] = std::minmax_element(image.values.begin(), image.values.end());
    const auto &steps = model.description.preprocessing;
    for (size_t i = 0; i < image.values.size(); ++i) {
      size_t c = i / pixels;
      double value = steps            ? image.values[i] * steps->std[c] + steps->mean[c]
                     : *most > *least ? (image.values[i] - *least) / (*most - *least)
                                      : 0;
      picture.pixels[i % pixels * channels + c] =
          static_cast<uint8_t>(std::lround(255 * std::clamp(std::isfinite(value) ? value : 0, 0.0, 1.0)));
    }
    return picture;
  }

  bool write() {
    std::optional<std::vector<double>> weights = weigh();
    if (!weights)
      return false;
    pictures::WindowPicture drawn;
    double padding = 0;
    for (size_t i = 0; i < tokens; ++i)
      if (int64_t number = numbers[window * tokens + i]; number > 0)
        drawn.tokens.push_back({boxOf(number), (*weights)[i]});
      else
        padding += (*weights)[i];
    if (options.at)
      drawn.query = boxOf(numbers[token]);
    int64_t heads = site.op.getHeads();
    drawn.title = ref::layerOf(site.op) + ", " +
                  (place.head ? "head " + std::to_string(place.head) : "mean of " + std::to_string(heads) + " heads");
    std::string problem;
    std::optional<std::string> bytes = image::pngBytes(pictures::drawWindow(picture(), drawn), problem);
    if (!bytes)
      return fail(problem);
    if (llvm::Error error = writeFile(options.out, *bytes))
      return errors.error("", {}, llvm::toString(std::move(error))), false;
    llvm::outs() << drawn.title << ": " << (options.at ? "the token at " : "all tokens of the window around ");
    describe(boxOf(numbers[token]));
    llvm::outs() << '\n';
    // The largest first.
    llvm::stable_sort(drawn.tokens, [](const auto &a, const auto &b) { return a.weight > b.weight; });
    for (size_t i = 0; i < std::min<size_t>(drawn.tokens.size(), 5); ++i) {
      llvm::outs() << llvm::formatv("  {0,6:f2} %  ", 100 * drawn.tokens[i].weight);
      describe(drawn.tokens[i].box);
      llvm::outs() << '\n';
    }
    if (padding > 0)
      llvm::outs() << llvm::formatv("  {0,6:f2} %  padding\n", 100 * padding);
    llvm::outs() << llvm::formatv("  {0,6:f2} %  would be the part of each of {1} tokens\n", 100.0 / tokens, tokens);
    if (llvm::Error error = flushOutput())
      return errors.error("", {}, llvm::toString(std::move(error))), false;
    return true;
  }

  /// A token by its pixels.
  static void describe(const pictures::Box &box) {
    llvm::outs() << "rows " << box.top << " to " << box.top + box.height - 1 << ", columns " << box.left << " to "
                 << box.left + box.width - 1;
  }

  const Options &options;
  Model &model;
  dsl::Diagnostics &errors;
  AttentionPlace place;
  Site site;
  ref::Tensor image, map;
  std::vector<ref::Tensor> operands;
  std::array<Axis, 2> axes;
  int64_t rows = 0, columns = 0;            ///< tokens of the map
  std::vector<int64_t> numbers;             ///< of all windows' tokens, window by window
  size_t token = 0, window = 0, tokens = 0; ///< the chosen one among all, its window, tokens of a window
};

} // namespace

bool showAttention(const Options &options, Model &model, Console &console) {
  dsl::Diagnostics errors;
  console.progress("attention");
  bool good = Attention(options, model, errors).show();
  for (const dsl::Diagnostic &error : errors.errors())
    console.report(error);
  return good;
}

} // namespace swin::tools
