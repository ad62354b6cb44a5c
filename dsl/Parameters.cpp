//===- Parameters.cpp - outputs and parameters of a model -----------------===//
#include "dsl/Rules.h"
#include "dsl/Spec.h"

#include <algorithm>

namespace swin::dsl {
namespace {

std::string stageName(size_t stage) { return "stage" + std::to_string(stage + 1); }

class List {
public:
  void norm(const std::string &name, int64_t channels) {
    parameters.push_back({name + ".weight", {channels}});
    parameters.push_back({name + ".bias", {channels}});
  }
  void linear(const std::string &name, int64_t outputs, int64_t inputs, bool bias = true) {
    parameters.push_back({name + ".weight", {outputs, inputs}});
    if (bias)
      parameters.push_back({name + ".bias", {outputs}});
  }
  /// Convolution without bias and the norm behind it.
  void convolution(const std::string &name, int64_t outputs, int64_t inputs, int64_t kernel) {
    add(name + ".conv.weight", {outputs, inputs, kernel, kernel});
    norm(name + ".batch_norm", outputs);
    for (const char *statistics : {".running_mean", ".running_var"})
      add(name + ".batch_norm" + statistics, {outputs});
  }
  void add(const std::string &name, std::vector<int64_t> shape) { parameters.push_back({name, std::move(shape)}); }
  std::vector<Parameter> sorted() {
    std::sort(parameters.begin(), parameters.end(),
              [](const Parameter &a, const Parameter &b) { return a.name < b.name; });
    return std::move(parameters);
  }

private:
  std::vector<Parameter> parameters;
};

void addAttention(const Spec &spec, const std::string &layer, size_t stage, Size window, List &list) {
  const BlockForm &form = formOf(spec.family);
  int64_t channels = spec.channels(stage), heads = spec.stages[stage].heads;
  list.linear(layer + ".qkv", 3 * channels, channels, spec.qkvBias && form.keyBias);
  if (spec.qkvBias && !form.keyBias)
    for (const char *part : {".q_bias", ".v_bias"})
      list.add(layer + part, {channels});
  list.linear(layer + ".proj", channels, channels);
  if (form.mixing == BlockForm::Mixing::CosineAttention)
    list.add(layer + ".logit_scale", logitScaleShape(form, heads));
  if (form.bias == BlockForm::Bias::Table) {
    list.add(layer + ".relative_position_bias_table", {(2 * window[0] - 1) * (2 * window[1] - 1), heads});
  } else {
    const PositionMlp &mlp = positionMlpOf(form.bias);
    list.linear(layer + mlp.first, mlp.hidden, 2);
    list.linear(layer + mlp.second, heads, mlp.hidden, mlp.secondBias);
  }
}

void addTokenMixing(const Spec &spec, const std::string &layer, size_t stage, Size window, List &list) {
  int64_t tokens = window[0] * window[1], rows = spec.stages[stage].heads * tokens;
  list.add(layer + ".weight", {rows, tokens, 1});
  list.add(layer + ".bias", {rows});
}

void addStage(const Spec &spec, Semantics semantics, size_t stage, List &list) {
  const BlockForm &form = formOf(spec.family);
  int64_t channels = spec.channels(stage);
  std::string prefix = "layers." + std::to_string(stage);
  for (int64_t block = 0; block < spec.stages[stage].depth; ++block) {
    std::string name = prefix + ".blocks." + std::to_string(block);
    Size window = blockGeometry(spec, semantics, stage, block).window;
    list.norm(name + ".norm1", channels);
    if (form.mixing == BlockForm::Mixing::Tokens)
      addTokenMixing(spec, name + ".spatial_mlp", stage, window, list);
    else
      addAttention(spec, name + ".attn", stage, window, list);
    list.norm(name + ".norm2", channels);
    list.linear(name + ".mlp.fc1", spec.hidden(stage), channels);
    list.linear(name + ".mlp.fc2", channels, spec.hidden(stage));
    if (hasExtraNorm(spec, stage, block))
      list.norm(name + ".norm3", channels);
  }
  if (stage + 1 < spec.stages.size()) {
    list.norm(prefix + ".downsample.norm", (form.reducesFirst ? 2 : 4) * channels);
    list.linear(prefix + ".downsample.reduction", 2 * channels, 4 * channels, /*bias=*/false);
  }
}

void addSegmentation(const Spec &spec, List &list) {
  const std::string head = "decode_head.";
  int64_t hidden = spec.segmentation->hidden, last = spec.channels(spec.stages.size() - 1);
  auto maps = static_cast<int64_t>(spec.stages.size());
  auto pools = static_cast<int64_t>(spec.segmentation->poolScales.size());
  for (int64_t pool = 0; pool < pools; ++pool)
    list.convolution(head + "psp_modules." + std::to_string(pool) + ".1", hidden, last, 1);
  list.convolution(head + "bottleneck", hidden, last + pools * hidden, 3);
  for (int64_t map = 0; map + 1 < maps; ++map) {
    list.convolution(head + "lateral_convs." + std::to_string(map), hidden, spec.channels(map), 1);
    list.convolution(head + "fpn_convs." + std::to_string(map), hidden, hidden, 3);
  }
  list.convolution(head + "fpn_bottleneck", hidden, maps * hidden, 3);
  list.add(head + "classifier.weight", {spec.numClasses, hidden, 1, 1});
  list.add(head + "classifier.bias", {spec.numClasses});
}

} // namespace

std::vector<std::string> outputsOf(const Spec &spec, Semantics semantics) {
  if (!spec.outputs.empty())
    return spec.outputs;
  if (spec.restoration)
    return {"image"};
  if (spec.segmentation || !rulesOf(semantics, spec.family).isBackbone)
    return {spec.numClasses > 0 ? "logits" : "features"};
  std::vector<std::string> outputs;
  for (size_t stage = semantics == Semantics::Mm ? 0 : spec.stages.size() - 1; stage < spec.stages.size(); ++stage)
    outputs.push_back(stageName(stage));
  return outputs;
}

std::vector<std::string> outputsOf(const Restoration &form) {
  switch (form.upsampler) {
  case Restoration::Upsampler::PixelShuffleAux:
    return {"image", "aux"};
  case Restoration::Upsampler::PixelShuffleHf:
    return {"image", "image_first", "image_residual"};
  default:
    return {"image"};
  }
}

std::vector<Parameter> parametersOf(const Spec &spec, Semantics semantics) {
  if (spec.restoration) {
    Spec all = spec; // checkpoints have what any output needs
    all.outputs = outputsOf(*spec.restoration);
    return parametersOfGraph(all, semantics);
  }
  std::vector<std::string> outputs = outputsOf(spec, semantics);
  auto isOutput = [&](const std::string &name) {
    return std::find(outputs.begin(), outputs.end(), name) != outputs.end();
  };
  List list;
  list.add("patch_embed.proj.weight", {spec.embedding, spec.imageChannels, spec.patch[0], spec.patch[1]});
  list.add("patch_embed.proj.bias", {spec.embedding});
  if (spec.patchNorm)
    list.norm("patch_embed.norm", spec.embedding);
  if (spec.positionEmbedding) {
    Size map = builtMap(spec, semantics, 0);
    list.add("absolute_pos_embed", {1, map[0] * map[1], spec.embedding});
  }
  const Rules rules = rulesOf(semantics, spec.family);
  bool hasHead = !rules.isBackbone;
  bool isSegmented = spec.segmentation && isOutput("logits"); // which takes all maps
  for (size_t stage = 0; stage < spec.stages.size(); ++stage) {
    addStage(spec, semantics, stage, list);
    if (rules.normsMaps && (isSegmented || isOutput(stageName(stage))))
      list.norm(stageNorm(semantics, stage), spec.channels(stage));
  }
  if (spec.segmentation) {
    addSegmentation(spec, list);
    return list.sorted();
  }
  int64_t last = spec.channels(spec.stages.size() - 1);
  bool hasNorm = spec.finalNorm && formOf(spec.family).finalNorm;
  if (hasNorm && (hasHead || isOutput("features") || isOutput("logits")))
    list.norm("norm", last);
  if (spec.numClasses > 0 && (hasHead || isOutput("logits")))
    list.linear("head", spec.numClasses, last);
  return list.sorted();
}

} // namespace swin::dsl
