//===- SpecFromShapes.cpp - what a model is by its weights ----------------===//
#include "dsl/SpecFromShapes.h"

#include "dsl/Check.h"
#include "dsl/FileErrors.h"
#include "dsl/ResizeTables.h"
#include "dsl/Rules.h"
#include "dsl/TensorValues.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace swin::dsl {
namespace {

constexpr int64_t mostStages = 8, mostDepth = 256, largestSize = int64_t(1) << 20;

using Shape = std::vector<int64_t>;

/// One file, its tensors under our names.
class Reader {
public:
  Reader(const Tensors &tensors, const WeightNames &names, const Spec &known) : names(names), spec(known) {
    for (const auto &[name, tensor] : tensors)
      if (std::optional<TensorMeaning> found = names.meaning(name))
        add(found->ours, tensor, found->rule->layout);
    restores = has("conv_first.weight");
  }

  Spec read() {
    bool knowsStages = !spec.stages.empty();
    spec.family = names.family();
    readPatches();
    readStages();
    readMlpRatio();
    readExtraNorms();
    const BlockForm &form = formOf(spec.family);
    if (form.mixing != BlockForm::Mixing::Tokens)
      spec.qkvBias = has(blockName(0, 0) + (form.keyBias ? ".attn.qkv.bias" : ".attn.q_bias"));
    spec.patchNorm = has("patch_embed.norm.weight");
    spec.positionEmbedding = has("absolute_pos_embed");
    const Shape *head = shapeOf("head.weight", 2);
    spec.numClasses = head ? (*head)[0] : 0;
    readRestoration();
    readSegmentation(knowsStages);
    bool isBackbone = names.semantics() == Semantics::Mm || names.semantics() == Semantics::HfBackbone;
    if (form.finalNorm && !isBackbone)
      spec.finalNorm = has("norm.weight");
    if (!knowsStages && !restores)
      readImageSize();
    return std::move(spec);
  }

private:
  struct Found {
    Shape shape; ///< of ours, where several tensors of the file are one
    const Tensor *tensor;
  };

  void add(const std::string &ours, const Tensor &tensor, TensorLayout layout) {
    Shape shape = tensor.shape;
    bool isSmall = std::all_of(shape.begin(), shape.end(), [](int64_t n) { return n > 0 && n <= largestSize; });
    if (!isSmall)
      return;
    if (layout == TensorLayout::Joined && !shape.empty())
      shape[0] *= 3;
    found.emplace(ours, Found{std::move(shape), &tensor});
  }

  bool has(const std::string &ours) const { return found.count(ours) > 0; }
  /// Null if there is no such tensor of that many dimensions.
  const Shape *shapeOf(const std::string &ours, size_t dimensions) const {
    auto entry = found.find(ours);
    return entry != found.end() && entry->second.shape.size() == dimensions ? &entry->second.shape : nullptr;
  }
  std::string blockName(size_t stage, int64_t block) const {
    return "layers." + std::to_string(stage) + (restores ? ".residual_group.blocks." : ".blocks.") +
           std::to_string(block);
  }

  void readPatches() {
    if (const Shape *shape = shapeOf("conv_first.weight", 4)) {
      spec.embedding = (*shape)[0];
      spec.imageChannels = (*shape)[1];
      spec.patch = {1, 1};
      return;
    }
    if (const Shape *shape = shapeOf("patch_embed.proj.weight", 4)) {
      spec.embedding = (*shape)[0];
      spec.imageChannels = (*shape)[1];
      spec.patch = {(*shape)[2], (*shape)[3]};
    }
  }

  int64_t depthOf(size_t stage) const {
    int64_t depth = 0;
    while (depth < mostDepth && has(blockName(stage, depth) + ".mlp.fc1.weight"))
      ++depth;
    return depth;
  }

  void readStages() {
    std::vector<Stage> stages;
    const size_t most = restores ? maxGroups : mostStages;
    for (size_t i = 0; i < most && depthOf(i) > 0; ++i) {
      Stage stage = i < spec.stages.size() ? spec.stages[i] : Stage{0, 0, {0, 0}, {0, 0}};
      stage.depth = depthOf(i);
      readBlock(blockName(i, 0), stage);
      stages.push_back(stage);
    }
    if (!stages.empty())
      spec.stages = std::move(stages);
  }

  /// Heads and windows, which all blocks of a stage share.
  void readBlock(const std::string &name, Stage &stage) {
    if (const Shape *table = shapeOf(name + ".attn.relative_position_bias_table", 2)) {
      stage.heads = (*table)[1];
      int64_t window = windowOfTable((*table)[0]), now = (2 * stage.window[0] - 1) * (2 * stage.window[1] - 1);
      if (window && now != (*table)[0])
        stage.window = {window, window};
    }
    for (size_t dimensions : {1, 3})
      if (const Shape *scale = shapeOf(name + ".attn.logit_scale", dimensions))
        stage.heads = (*scale)[0];
    if (const Shape *mixing = shapeOf(name + ".spatial_mlp.weight", 3)) {
      int64_t tokens = (*mixing)[1], window = squareRoot(tokens);
      stage.heads = (*mixing)[0] / tokens;
      if (window && stage.window[0] * stage.window[1] != tokens)
        stage.window = {window, window};
    }
    auto coords = found.find(name + ".attn.relative_coords_table");
    if (coords != found.end())
      readCoords(coords->second, stage);
    // Masks of shifted blocks, for the size of image that the model was built for.
    if (const Shape *mask = shapeOf(blockName(0, 1) + ".attn_mask", 3); mask && (*mask)[1] == (*mask)[2])
      if (int64_t window = squareRoot((*mask)[1]), side = squareRoot((*mask)[0]); window && side) {
        if (stage.window == Size{0, 0})
          stage.window = {window, window};
        if (restores && spec.stages.empty())
          spec.imageSize = {window * side, window * side};
      }
  }

  /// Relative positions of swinv2, as it saves them: how many there are shows the window, how large they are that of
  /// the training.
  void readCoords(const Found &coords, Stage &stage) {
    const Shape &shape = coords.shape;
    if (shape.size() != 4 || shape[0] != 1 || shape[1] % 2 == 0 || shape[2] % 2 == 0 || shape[3] != 2)
      return;
    Size window = {(shape[1] + 1) / 2, (shape[2] + 1) / 2};
    const Tensor &tensor = *coords.tensor;
    if (!isFloatType(tensor.type) || window[0] == 1 || window[1] == 1)
      return;
    std::vector<float> values(tensor.count);
    copyValues(tensor, values.data());
    Size trained;
    for (int axis : {0, 1}) {
      // The last value is log2(1 + 8 steps / (trained window - 1)) / 3.
      double last = values[values.size() - 2 + axis];
      double steps = 8 * static_cast<double>(window[axis] - 1) / (std::exp2(3 * last) - 1);
      if (!(steps > 0.5 && steps < static_cast<double>(largestSize)))
        return;
      trained[axis] = std::llround(steps) + 1;
    }
    stage.window = window;
    stage.pretrainedWindow = trained == window ? Size{0, 0} : trained;
  }

  /// The ratio that is rounded down to the hidden channels of every stage; the known one if it is.
  void readMlpRatio() {
    double least = 0, beyond = std::numeric_limits<double>::infinity();
    for (size_t stage = 0; stage < spec.stages.size(); ++stage) {
      const Shape *shape = shapeOf(blockName(stage, 0) + ".mlp.fc1.weight", 2);
      if (!shape)
        continue;
      auto hidden = static_cast<double>((*shape)[0]), channels = static_cast<double>((*shape)[1]);
      least = std::max(least, hidden / channels);
      beyond = std::min(beyond, (hidden + 1) / channels);
    }
    if (least > 0 && !(spec.mlpRatio >= least && spec.mlpRatio < beyond))
      spec.mlpRatio = least;
    // The division may have been rounded down.
    for (size_t stage = 0; stage < spec.stages.size(); ++stage)
      if (const Shape *shape = shapeOf(blockName(stage, 0) + ".mlp.fc1.weight", 2);
          shape && spec.hidden(stage) + 1 == (*shape)[0])
        spec.mlpRatio = std::nextafter(spec.mlpRatio, beyond);
  }

  /// What stands around the groups of a restoration model. Nothing shows its range.
  void readRestoration() {
    if (!restores) {
      spec.restoration.reset();
      return;
    }
    using Upsampler = Restoration::Upsampler;
    if (!spec.restoration)
      spec.restoration.emplace();
    Restoration &form = *spec.restoration;
    form.threeConvolutions = has("layers.0.conv.0.weight");
    const Shape *last = shapeOf("conv_last.weight", 4), *first = shapeOf("upsample.0.weight", 4);
    form.outputChannels = last ? (*last)[0] : spec.imageChannels;
    form.upscale = 1;
    if (has("conv_up1.weight")) {
      form.upsampler = Upsampler::NearestConv;
      form.upscale = has("conv_up2.weight") ? 4 : 2;
    } else if (has("conv_before_upsample.0.weight")) {
      form.upsampler = has("conv_bicubic.weight")      ? Upsampler::PixelShuffleAux
                       : has("conv_first_hf.0.weight") ? Upsampler::PixelShuffleHf
                                                       : Upsampler::PixelShuffle;
      for (int number = 0; has("upsample." + std::to_string(number) + ".weight"); number += 2)
        form.upscale *= 2;
      if (first && (*first)[0] == 9 * (*first)[1])
        form.upscale = 3;
    } else if (first) {
      form.upsampler = Upsampler::PixelShuffleDirect;
      form.upscale = squareRoot((*first)[0] / std::max<int64_t>(form.outputChannels, 1));
    } else {
      form.upsampler = Upsampler::None;
    }
  }

  /// A head on maps of stages, unless the stages are known as those of another model.
  void readSegmentation(bool knowsStages) {
    const Shape *classifier = shapeOf("decode_head.classifier.weight", 4);
    const Shape *coarsest = shapeOf("decode_head.bottleneck.conv.weight", 4);
    if (!classifier || !coarsest || (knowsStages && !spec.segmentation))
      return;
    if (!spec.segmentation)
      spec.segmentation.emplace();
    spec.numClasses = (*classifier)[0];
    spec.segmentation->hidden = (*classifier)[1];
  }

  /// The rule for extra norms that fits most blocks, the simplest of several.
  void readExtraNorms() {
    if (spec.family != Family::SwinV2Cr)
      return;
    int64_t deepest = 0, best = -1;
    std::vector<std::vector<bool>> norms;
    for (size_t stage = 0; stage < spec.stages.size(); ++stage) {
      deepest = std::max(deepest, spec.stages[stage].depth);
      norms.emplace_back();
      for (int64_t block = 0; block < spec.stages[stage].depth; ++block)
        norms.back().push_back(has(blockName(stage, block) + ".norm3.weight"));
    }
    Spec tried = spec, chosen = spec;
    auto fits = [&](int64_t period, bool atStages) {
      tried.extraNormPeriod = period;
      tried.extraNormStage = atStages;
      int64_t count = 0;
      for (size_t stage = 0; stage < norms.size(); ++stage)
        for (size_t block = 0; block < norms[stage].size(); ++block)
          count += hasExtraNorm(tried, stage, static_cast<int64_t>(block)) == norms[stage][block];
      if (count > best) {
        best = count;
        chosen = tried;
      }
    };
    fits(spec.extraNormPeriod, spec.extraNormStage);
    for (int64_t period = 0; period <= deepest; ++period)
      for (bool atStages : {false, true})
        fits(period, atStages);
    spec = chosen;
  }

  void readImageSize() {
    if (spec.stages.empty() || spec.stages.back().window[0] < 1)
      return;
    for (int axis : {0, 1})
      spec.imageSize[axis] = (spec.stages.back().window[axis] * spec.patch[axis]) << (spec.stages.size() - 1);
  }

  const WeightNames &names;
  Spec spec;
  bool restores = false; ///< pictures
  std::map<std::string, Found> found;
};

template <typename Value> std::string listText(const Spec &spec, Value value) {
  std::string text;
  for (const Stage &stage : spec.stages)
    text += " " + value(stage);
  return text;
}

std::string restorationText(const Restoration &form) {
  return "x" + std::to_string(form.upscale) + " by " + upsamplerName(form.upsampler) +
         (form.threeConvolutions ? ", 3conv" : "");
}

} // namespace

Spec specFromShapes(const Tensors &tensors, const WeightNames &names, const Spec &known) {
  return Reader(tensors, names, known).read();
}

std::string modelText(const Spec &spec, const Spec &other) {
  std::string text = modelName(spec) + ", embedding " + std::to_string(spec.embedding);
  text += ", depths" + listText(spec, [](const Stage &stage) { return std::to_string(stage.depth); });
  text += ", heads" + listText(spec, [](const Stage &stage) { return std::to_string(stage.heads); });
  if (spec.restoration)
    text += ", " + restorationText(*spec.restoration);
  else
    text += ", " + (spec.numClasses == 0 ? "no" : std::to_string(spec.numClasses)) +
            (spec.numClasses == 1 ? " class" : " classes");
  auto add = [&](bool differs, const std::string &what) { text += differs ? ", " + what : ""; };
  auto addFlag = [&](bool value, bool othersValue, const std::string &what) {
    add(value != othersValue, (value ? "" : "no ") + what);
  };
  bool sameWindows = true;
  for (size_t i = 0; i < std::min(spec.stages.size(), other.stages.size()); ++i)
    sameWindows &= spec.stages[i].window == other.stages[i].window;
  add(!sameWindows, "windows" + listText(spec, [](const Stage &stage) { return windowText(stage.window); }));
  add(spec.patch != other.patch, "patches of " + windowText(spec.patch));
  add(spec.imageChannels != other.imageChannels, "images of " + std::to_string(spec.imageChannels) + " channels");
  add(spec.mlpRatio != other.mlpRatio, "MLP ratio " + numberText(spec.mlpRatio));
  auto hiddenOf = [](const Spec &of) { return of.segmentation ? of.segmentation->hidden : 0; };
  add(hiddenOf(spec) != hiddenOf(other), "head of " + std::to_string(hiddenOf(spec)) + " channels");
  addFlag(spec.qkvBias, other.qkvBias, "biases of q, k and v");
  addFlag(spec.patchNorm, other.patchNorm, "norm of patches");
  addFlag(spec.positionEmbedding, other.positionEmbedding, "position embedding");
  addFlag(spec.finalNorm, other.finalNorm, "final norm");
  add(spec.extraNormPeriod != other.extraNormPeriod,
      "extra norms every " + std::to_string(spec.extraNormPeriod) + " blocks");
  addFlag(spec.extraNormStage, other.extraNormStage, "extra norm behind every stage");
  return text;
}

} // namespace swin::dsl
