//===- KernelMemory.cpp - arguments of a kernel where it finds them -------===//
#include "codegen/tuning/KernelMemory.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <sys/mman.h>

namespace swin::tuning {
namespace {

constexpr uint32_t guardBits = 0x7fc0dead; // a NaN of our own

float guardValue() {
  float value;
  std::memcpy(&value, &guardBits, sizeof value);
  return value;
}
bool isGuard(float value) { return std::memcmp(&value, &guardBits, sizeof value) == 0; }

int64_t padded(int64_t channels) { return (channels + 15) / 16 * 16; }

bool hasRows(const codegen::KernelGraph &graph, int argument) {
  return argument < graph.numActivations && !isImage(graph, argument);
}

bool hasOwnSizes(const codegen::KernelGraph &graph) {
  return graph.kind == codegen::KernelKind::Conv || graph.kind == codegen::KernelKind::Map;
}

std::array<int64_t, 2> mapSize(const codegen::KernelGraph &graph, int argument, const std::vector<int64_t> &shape) {
  if (shape.size() != 4)
    return {1, 1};
  size_t height = isImage(graph, argument) ? 2 : 1;
  return {shape[height], shape[height + 1]};
}

struct Dimension {
  int32_t min = 0, extent = 0, stride = 1, flags = 0;
};
/// halide_buffer_t of floats, of which kernels read the address only.
struct KernelBuffer {
  uint64_t device = 0;
  const void *interface = nullptr;
  float *host = nullptr;
  uint64_t flags = 0;
  uint32_t type = 2 | 32 << 8 | 1 << 16;
  int32_t dimensions = 1;
  Dimension *dimension = nullptr;
  void *pad = nullptr;
};

/// Sizes and addresses behind the fixed ones. Each has a place of its own in this calling convention; those behind the
/// last are the caller's business.
template <size_t... I>
int32_t call(void *function, void *context, std::array<int32_t, 5> sizes,
             const std::array<uint64_t, mostArguments> &all, std::index_sequence<I...>) {
  auto kernel = reinterpret_cast<int32_t (*)(void *, int32_t, int32_t, int32_t, int32_t, int32_t,
                                             decltype(static_cast<uint64_t>(I))...)>(function);
  return kernel(context, sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], all[I]...);
}

} // namespace

int64_t elementCount(const std::vector<int64_t> &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
}

bool isImage(const codegen::KernelGraph &graph, int argument) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [&](const codegen::Node &node) {
    return (node.op == "patch_embed" || node.op == "channels_last") && node.operands[0] == argument;
  });
}

CallSize callSize(const codegen::KernelGraph &graph, const codegen::CallWork &call) {
  CallSize size;
  size.batch = call.activations[0][0];
  auto [height, width] = mapSize(graph, 0, call.activations[0]);
  size.height = height;
  size.width = width;
  for (size_t i = 1; i < call.activations.size() && hasOwnSizes(graph); ++i)
    size.others.push_back(mapSize(graph, static_cast<int>(i), call.activations[i]));
  size.shiftHeight = call.shift[0];
  size.shiftWidth = call.shift[1];
  size.result = call.result;
  size.macs = call.macs;
  return size;
}

std::vector<std::vector<int64_t>> argumentShapes(const codegen::KernelGraph &graph, const CallSize &size) {
  std::vector<std::vector<int64_t>> shapes;
  for (int i = 0; i < graph.numArgs; ++i) {
    std::vector<int64_t> shape = graph.values[i].dims;
    if (i < graph.numActivations) {
      shape[0] = size.batch;
      auto other = static_cast<size_t>(i) - 1;
      bool own = i > 0 && other < size.others.size();
      size_t height = isImage(graph, i) ? 2 : 1;
      if (shape.size() == 4) {
        shape[height] = own ? size.others[other][0] : size.height;
        shape[height + 1] = own ? size.others[other][1] : size.width;
      }
    }
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

int64_t argumentFloats(const codegen::KernelGraph &graph, int argument, const std::vector<int64_t> &shape) {
  if (hasRows(graph, argument))
    return elementCount(shape) / shape.back() * padded(shape.back());
  return isImage(graph, argument) ? elementCount(shape) : padded(elementCount(shape));
}

int64_t resultFloats(const codegen::KernelGraph &graph, const std::vector<int64_t> &shape) {
  return graph.dense ? elementCount(shape) : elementCount(shape) / shape.back() * padded(shape.back());
}

llvm::Expected<Pages> Pages::take(int64_t floats) {
  Pages pages;
  pages.bytes = static_cast<size_t>(std::max<int64_t>(floats, 1)) * sizeof(float);
  void *start = mmap(nullptr, pages.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED)
    return llvm::createStringError("there is no memory for " + std::to_string(pages.bytes >> 20) +
                                   " MiB of a kernel's "
                                   "arguments");
  madvise(start, pages.bytes, MADV_NOHUGEPAGE);
  pages.start = static_cast<float *>(start);
  return pages;
}

Pages::~Pages() {
  if (start)
    munmap(start, bytes);
}

llvm::Expected<Guarded> Guarded::take(int64_t floats) {
  Guarded result;
  auto memory = Pages::take(floats + 2 * guard);
  if (!memory)
    return memory.takeError();
  result.memory = std::move(*memory);
  result.floats = floats;
  std::fill_n(result.memory.data(), guard, guardValue());
  std::fill_n(result.data() + floats, guard, guardValue());
  return result;
}

bool Guarded::isIntact() const {
  const float *front = memory.data(), *behind = data() + floats;
  return std::all_of(front, front + guard, isGuard) && std::all_of(behind, behind + guard, isGuard);
}

void Guarded::clear() { std::fill_n(data(), floats, guardValue()); }

bool Guarded::isWritten(int64_t i) const { return !isGuard(data()[i]); }

void putArgument(const codegen::KernelGraph &graph, int argument, const ref::Tensor &tensor, float *where) {
  int64_t channels = tensor.shape.back(), pitch = hasRows(graph, argument) ? padded(channels) : channels;
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    int64_t row = static_cast<int64_t>(i) / channels, channel = static_cast<int64_t>(i) % channels;
    where[row * pitch + channel] = static_cast<float>(tensor.values[i]);
  }
}

ref::Tensor takeResult(const codegen::KernelGraph &graph, const std::vector<int64_t> &shape, const Guarded &buffer,
                       std::string &problem) {
  ref::Tensor result;
  result.shape = shape;
  int64_t channels = shape.back(), pitch = graph.dense ? channels : padded(channels);
  for (int64_t i = 0; i < resultFloats(graph, shape); ++i) {
    float value = buffer.data()[i];
    if (i % pitch < channels)
      result.values.push_back(buffer.isWritten(i) ? value : std::numeric_limits<double>::quiet_NaN());
    else if (value != 0.0f && problem.empty())
      problem = "pad lane " + std::to_string(i % pitch) + " of row " + std::to_string(i / pitch) + " is " +
                std::to_string(value) + " and should be 0";
  }
  return result;
}

int32_t callKernel(void *function, void *context, const codegen::KernelGraph &graph, const CallSize &size,
                   const std::vector<FloatSpan> &spans) {
  std::array<uint64_t, mostArguments> all = {};
  std::array<Dimension, mostArguments> dimensions;
  std::array<KernelBuffer, mostArguments> buffers;
  size_t count = 0;
  if (hasOwnSizes(graph))
    for (auto [height, width] : size.others)
      for (int64_t extent : {height, width})
        all[count++] = static_cast<uint64_t>(extent);
  assert(count + spans.size() <= static_cast<size_t>(mostArguments) && "more arguments than a call has places for");
  for (size_t i = 0; i < spans.size(); ++i) {
    dimensions[i].extent = static_cast<int32_t>(spans[i].floats);
    buffers[i].host = spans[i].data;
    buffers[i].dimension = &dimensions[i];
    all[count++] = reinterpret_cast<uint64_t>(&buffers[i]);
  }
  return call(function, context,
              {static_cast<int32_t>(size.batch), static_cast<int32_t>(size.height), static_cast<int32_t>(size.width),
               static_cast<int32_t>(size.shiftHeight), static_cast<int32_t>(size.shiftWidth)},
              all, std::make_index_sequence<mostArguments>());
}

double difference(const ref::Tensor &found, const ref::Tensor &expected) {
  constexpr double wrong = std::numeric_limits<double>::infinity();
  if (found.shape != expected.shape || found.values.size() != expected.values.size() || found.values.empty())
    return wrong;
  double most = 0, magnitude = 0;
  for (size_t i = 0; i < found.values.size(); ++i) {
    if (!std::isfinite(found.values[i]))
      return wrong;
    most = std::max(most, std::abs(found.values[i] - expected.values[i]));
    magnitude = std::max(magnitude, std::abs(expected.values[i]));
  }
  return magnitude > 0 ? most / magnitude : wrong;
}

} // namespace swin::tuning
