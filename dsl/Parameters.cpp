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
  void add(const std::string &name, std::vector<int64_t> shape) { parameters.push_back({name, std::move(shape)}); }
  std::vector<Parameter> sorted() {
    std::sort(parameters.begin(), parameters.end(),
              [](const Parameter &a, const Parameter &b) { return a.name < b.name; });
    return std::move(parameters);
  }

private:
  std::vector<Parameter> parameters;
};

void addStage(const Spec &spec, Semantics semantics, size_t stage, List &list) {
  int64_t channels = spec.channels(stage), heads = spec.stages[stage].heads;
  Size window = blockGeometry(spec, semantics, stage, 0).window;
  std::string prefix = "layers." + std::to_string(stage);
  for (int64_t block = 0; block < spec.stages[stage].depth; ++block) {
    std::string name = prefix + ".blocks." + std::to_string(block);
    list.norm(name + ".norm1", channels);
    list.linear(name + ".attn.qkv", 3 * channels, channels, spec.qkvBias);
    list.add(name + ".attn.relative_position_bias_table", {(2 * window[0] - 1) * (2 * window[1] - 1), heads});
    list.linear(name + ".attn.proj", channels, channels);
    list.norm(name + ".norm2", channels);
    list.linear(name + ".mlp.fc1", spec.hidden(stage), channels);
    list.linear(name + ".mlp.fc2", channels, spec.hidden(stage));
  }
  if (stage + 1 < spec.stages.size()) {
    list.norm(prefix + ".downsample.norm", 4 * channels);
    list.linear(prefix + ".downsample.reduction", 2 * channels, 4 * channels, /*bias=*/false);
  }
}

} // namespace

std::string stageNorm(Semantics semantics, size_t stage) {
  return semantics == Semantics::Mm ? "norm" + std::to_string(stage) : "hidden_states_norms." + stageName(stage);
}

std::vector<std::string> outputsOf(const Spec &spec, Semantics semantics) {
  if (!spec.outputs.empty())
    return spec.outputs;
  if (!rulesOf(semantics).isBackbone)
    return {spec.numClasses > 0 ? "logits" : "features"};
  std::vector<std::string> outputs;
  for (size_t stage = semantics == Semantics::Mm ? 0 : spec.stages.size() - 1; stage < spec.stages.size(); ++stage)
    outputs.push_back(stageName(stage));
  return outputs;
}

std::vector<Parameter> parametersOf(const Spec &spec, Semantics semantics) {
  std::vector<std::string> outputs = outputsOf(spec, semantics);
  auto isOutput = [&](const std::string &name) {
    return std::find(outputs.begin(), outputs.end(), name) != outputs.end();
  };
  List list;
  list.add("patch_embed.proj.weight", {spec.embedding, spec.imageChannels, spec.patch[0], spec.patch[1]});
  list.add("patch_embed.proj.bias", {spec.embedding});
  if (spec.patchNorm)
    list.norm("patch_embed.norm", spec.embedding);
  bool hasHead = !rulesOf(semantics).isBackbone;
  for (size_t stage = 0; stage < spec.stages.size(); ++stage) {
    addStage(spec, semantics, stage, list);
    if (!hasHead && isOutput(stageName(stage)))
      list.norm(stageNorm(semantics, stage), spec.channels(stage));
  }
  int64_t last = spec.channels(spec.stages.size() - 1);
  if (hasHead || isOutput("features") || isOutput("logits"))
    list.norm("norm", last);
  if (spec.numClasses > 0 && (hasHead || isOutput("logits")))
    list.linear("head", spec.numClasses, last);
  return list.sorted();
}

} // namespace swin::dsl
