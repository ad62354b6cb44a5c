//===- SyntheticWeights.cpp - weights made by a rule ----------------------===//
// docs/Numbers.md, "Synthetic weights". Sines of equally spaced arguments are made from
// few: sin(a + b) and cos(a + b) of a block's first argument and a table.
//===----------------------------------------------------------------------===//
#include "dsl/GraphWeights.h"
#include "dsl/Rules.h"
#include "dsl/Weights.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

namespace swin::dsl {
namespace {

constexpr double elementStep = 12.9898, parameterStep = 78.233;

/// What a value is made of: offset + scale x sine.
struct Fill {
  double offset, scale;
};

Fill fillOf(const Parameter &parameter, int64_t count) {
  bool isVector = parameter.shape.size() == 1;
  if (parameter.name.ends_with("running_var"))
    return {1, 0.5};
  if (isVector && parameter.name.ends_with("weight"))
    return {1, 0.2};
  if (parameter.name.ends_with("logit_scale"))
    return {2, 1};
  if (isVector || parameter.name.ends_with("bias_table"))
    return {0, 0.2};
  return {0, std::sqrt(3.0 * static_cast<double>(parameter.shape[0]) / static_cast<double>(count))};
}

Fill fillOf(const GraphParameter &parameter, int64_t count) {
  switch (parameter.kind) {
  case GraphParameter::Kind::Gain:
    return {1, 0.2};
  case GraphParameter::Kind::Offset:
    return {0, 0.2};
  case GraphParameter::Kind::Variance:
    return {1, 0.5};
  case GraphParameter::Kind::Temperature:
    return {2, 1};
  case GraphParameter::Kind::Matrix:
    break;
  }
  return {0, std::sqrt(3.0 * static_cast<double>(parameter.shape[0]) / static_cast<double>(count))};
}

int64_t countOf(const std::vector<int64_t> &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
}

std::vector<float> sines(int64_t count, int64_t number, Fill fill) {
  constexpr int64_t block = 256;
  static const auto table = [] {
    std::array<std::array<double, block>, 2> values;
    for (int64_t k = 0; k < block; ++k) {
      values[0][k] = std::sin(elementStep * static_cast<double>(k));
      values[1][k] = std::cos(elementStep * static_cast<double>(k));
    }
    return values;
  }();
  std::vector<float> values(count);
  for (int64_t first = 0; first < count; first += block) {
    double argument = elementStep * static_cast<double>(first + 1) + parameterStep * static_cast<double>(number + 1);
    double sine = fill.scale * std::sin(argument), cosine = fill.scale * std::cos(argument);
    for (int64_t k = 0, end = std::min(block, count - first); k < end; ++k)
      values[first + k] = static_cast<float>(fill.offset + sine * table[1][k] + cosine * table[0][k]);
  }
  return values;
}

/// The number of each parameter: those of the classifier (or the segmentation model) first, whatever the outputs, so
/// that all semantics share their weights; then the norms of all stage maps.
std::map<std::string, int64_t> numbersOf(const Spec &spec, Semantics semantics) {
  Spec classifier = spec;
  classifier.outputs.clear();
  std::map<std::string, int64_t> numbers;
  // Which semantics does not matter for names, as long as there is a head; restoration models need not have the same
  // convolutions.
  for (const Parameter &parameter : parametersOf(classifier, spec.restoration ? semantics : Semantics::Torchvision))
    numbers.emplace(parameter.name, numbers.size());
  const int64_t behind = numbers.size();
  for (Semantics semantics : {Semantics::HfBackbone, Semantics::Mm})
    for (int64_t stage = 0, next = behind; stage < static_cast<int64_t>(spec.stages.size()); ++stage)
      for (const char *suffix : {".bias", ".weight"})
        numbers.emplace(stageNorm(semantics, stage) + suffix, next++);
  return numbers;
}

} // namespace

void addSyntheticWeights(const Spec &spec, Semantics semantics, ref::ConstantStore &store) {
  std::map<std::string, int64_t> numbers = numbersOf(spec, semantics);
  for (const Parameter &parameter : parametersOf(spec, semantics)) {
    int64_t count = countOf(parameter.shape);
    std::vector<float> values = sines(count, numbers.at(parameter.name), fillOf(parameter, count));
    store.add(parameter.name, parameter.shape, std::move(values));
  }
}

void addSyntheticWeights(const std::vector<GraphParameter> &parameters, ref::ConstantStore &store) {
  for (size_t number = 0; number < parameters.size(); ++number) {
    const GraphParameter &parameter = parameters[number];
    int64_t count = countOf(parameter.shape);
    store.add(parameter.name, parameter.shape, sines(count, static_cast<int64_t>(number), fillOf(parameter, count)));
  }
}

} // namespace swin::dsl
