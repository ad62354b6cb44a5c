//===- Hazards.cpp - arguments that are hard on kernels -------------------===//
#include "codegen/tuning/Hazards.h"

#include "codegen/tuning/KernelMemory.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <set>

namespace swin::tuning {
namespace {

constexpr int64_t panel = 16;

/// Parts 0, 1, 2 and 6 are quarters of a weight that has them in this order; its sums, as swin.pack_sums makes them.
void takeSums(ref::Tensor &weight) {
  size_t part = weight.values.size() / 7;
  for (size_t i = 0; i < part; ++i) {
    auto at = [&](size_t number) -> double & { return weight.values[number * part + i]; };
    double t1 = at(6) - at(0), t2 = at(2) - t1;
    at(3) = static_cast<float>(at(1) - t2);
    at(4) = static_cast<float>(t1);
    at(5) = static_cast<float>(t2);
    at(6) = static_cast<float>(at(2) - at(6));
  }
}

/// The operand of an op that is a packed weight.
std::optional<int> packedWeight(const codegen::Node &node) {
  const std::set<std::string> packed = {"linear", "patch_embed", "conv2d", "depthwise_conv2d"};
  return packed.contains(node.op) ? std::optional(node.operands[1]) : std::nullopt;
}

/// Whether an element of the packed weight of `node` belongs to an output channel that the op does not have.
bool isUnused(const codegen::KernelGraph &graph, const codegen::Node &node, int64_t element) {
  int64_t terms = graph.values[node.operands[1]].dims[1], outputs = graph.values[node.result].dims.back();
  return element / (terms * panel) * panel + element % panel >= outputs;
}

} // namespace

void clearUnused(const codegen::KernelGraph &graph, int argument, float *values) {
  for (const codegen::Node &node : graph.nodes)
    if (!codegen::hasSums(graph, node) && packedWeight(node) == argument)
      for (int64_t e = 0; e < elementCount(graph.values[argument].dims); ++e)
        if (isUnused(graph, node, e))
          values[e] = 0;
}

double usualScale(const std::vector<int64_t> &shape) {
  double terms = shape.size() == 3   ? static_cast<double>(shape[1])
                 : shape.size() == 4 ? 2 * static_cast<double>(shape[2])
                                     : 4;
  return 1 / std::sqrt(terms);
}

std::vector<ref::Tensor> hazards(const codegen::KernelGraph &graph, const CallSize &size, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal;
  std::vector<std::vector<int64_t>> shapes = argumentShapes(graph, size);
  std::vector<ref::Tensor> arguments;
  for (int i = 0; i < graph.numArgs; ++i) {
    ref::Tensor tensor;
    tensor.shape = shapes[i];
    bool image = isImage(graph, i), activation = i < graph.numActivations;
    int64_t channels = tensor.shape.back();
    double scale = usualScale(tensor.shape);
    for (int64_t e = 0; e < elementCount(tensor.shape); ++e) {
      double value = normal(generator);
      if (!activation) {
        value *= scale;
      } else if (!image && e / channels % 7 == 3) {
        value += 300; // a row with a large mean
      } else if (!image && e / channels % 7 == 5) {
        value = 2.5; // a row without variance
      }
      tensor.values.push_back(static_cast<float>(value));
    }
    arguments.push_back(std::move(tensor));
  }
  for (const codegen::Node &node : graph.nodes)
    if (codegen::hasSums(graph, node))
      takeSums(arguments[node.operands[1]]);
    else if (std::optional<int> weight = packedWeight(node))
      for (size_t e = 0; e < arguments[*weight].values.size(); ++e)
        if (isUnused(graph, node, static_cast<int64_t>(e)))
          arguments[*weight].values[e] = 0;
  return arguments;
}

} // namespace swin::tuning
