//===- Hazards.cpp - arguments that are hard on kernels -------------------===//
#include "codegen/tuning/Hazards.h"

#include "codegen/tuning/KernelMemory.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

namespace swin::tuning {
namespace {

constexpr int64_t panel = 16;

int64_t elements(const std::vector<int64_t> &shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

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

} // namespace

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
    for (int64_t e = 0; e < elements(tensor.shape); ++e) {
      double value = normal(generator);
      if (!activation) {
        value *= scale;
        // Weights are packed: rows behind the last are zero, as swin.pack makes them. Those are the
        // channels that the op behind does not have.
      } else if (!image && e / channels % 7 == 3) {
        value += 300; // a row with a large mean
      } else if (!image && e / channels % 7 == 5) {
        value = 2.5; // a row without variance
      }
      tensor.values.push_back(static_cast<float>(value));
    }
    arguments.push_back(std::move(tensor));
  }
  // Packed weights: zero where there is no output channel.
  for (const codegen::Node &node : graph.nodes) {
    const std::set<std::string> packed = {"linear", "patch_embed", "conv2d", "depthwise_conv2d"};
    if (!packed.contains(node.op))
      continue;
    int64_t outputs = graph.values[node.result].dims.back();
    ref::Tensor &weight = arguments[node.operands[1]];
    if (node.op == "linear" && weight.shape.size() == 4) {
      takeSums(weight);
      continue;
    }
    for (size_t e = 0; e < weight.values.size(); ++e) {
      auto place = static_cast<int64_t>(e);
      if (place / (weight.shape[1] * panel) * panel + place % panel >= outputs)
        weight.values[e] = 0;
    }
  }
  return arguments;
}

} // namespace swin::tuning
