//===- CompiledKernel.cpp - run a compiled kernel against its meaning -----===//
#include "tests/codegen/kernels/CompiledKernel.h"

#include "codegen/KernelCompiler.h"
#include "codegen/KernelGraphBuilder.h"
#include "passes/dialect/Swin.h"
#include "tests/codegen/kernels/KernelRuntime.h"

#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"

#include <cmath>
#include <cstring>
#include <dlfcn.h>
#include <fstream>
#include <limits>
#include <unistd.h>

using namespace mlir;

namespace swin::test {
namespace {

int64_t padded(int64_t channels) { return (channels + 15) / 16 * 16; }

int64_t elements(const std::vector<int64_t> &shape) {
  int64_t count = 1;
  for (int64_t extent : shape)
    count *= extent;
  return count;
}

struct Dimension {
  int32_t min, extent, stride, flags;
};
/// halide_buffer_t, of which kernels read the address only.
struct KernelBuffer {
  uint64_t device = 0;
  const void *interface = nullptr;
  float *host = nullptr;
  uint64_t flags = 0;
  uint32_t type = 73730;
  int32_t dimensions = 1;
  Dimension *dimension = nullptr;
  void *pad = nullptr;
};

/// Values with 64 guard floats in front and behind.
class Guarded {
public:
  explicit Guarded(int64_t size) : memory(size + 2 * guard, canary()), size(size) {
    buffer.host = memory.data() + guard;
    dimension = {0, static_cast<int32_t>(size), 1, 0};
    buffer.dimension = &dimension;
  }
  Guarded(const Guarded &) = delete;
  float *data() { return memory.data() + guard; }
  KernelBuffer *argument() { return &buffer; }
  bool intact() const {
    for (int64_t i = 0; i < guard; ++i)
      if (!isCanary(memory[i]) || !isCanary(memory[size + guard + i]))
        return false;
    return true;
  }
  bool written(int64_t i) const { return !isCanary(memory[guard + i]); }

private:
  static constexpr int64_t guard = 64;
  static constexpr uint32_t bits = 0x7fc0dead; // a NaN of our own
  static float canary() {
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  static bool isCanary(float value) { return std::memcmp(&value, &bits, sizeof value) == 0; }
  std::vector<float> memory;
  int64_t size;
  Dimension dimension;
  KernelBuffer buffer;
};

/// The layout in KernelCompiler.h of an argument: rows with padding, images and constants without.
void fill(Guarded &buffer, const ref::Tensor &tensor, bool rows) {
  int64_t channels = tensor.shape.back(), pitch = rows ? padded(channels) : channels;
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    int64_t row = static_cast<int64_t>(i) / channels, channel = static_cast<int64_t>(i) % channels;
    buffer.data()[row * pitch + channel] = static_cast<float>(tensor.values[i]);
  }
}

} // namespace

CompiledKernel::CompiledKernel(const std::string &text, const std::string &isa, const std::string &schedule) {
  context.loadDialect<SwinDialect>();
  module = parseSourceString<ModuleOp>(text, &context);
  if (!module) {
    ADD_FAILURE() << "the module does not parse:\n" << text;
    return;
  }
  auto graph = codegen::buildKernelGraph(*module->getOps<KernelOp>().begin());
  if (!graph) {
    ADD_FAILURE() << llvm::toString(graph.takeError());
    return;
  }
  kernelGraph = *graph;
  codegen::KernelObject compiled = codegen::compileKernel(kernelGraph, "kernel_under_test", isa, "", schedule);
  if (!compiled.error.empty()) {
    ADD_FAILURE() << compiled.error;
    return;
  }
  scratchBytes = compiled.scratchBytes;
  char folder[] = "/tmp/swin-kernel-XXXXXX";
  if (!mkdtemp(folder)) {
    ADD_FAILURE() << "no temporary folder";
    return;
  }
  std::string base = std::string(folder) + "/k";
  std::ofstream(base + ".o", std::ios::binary)
      .write(reinterpret_cast<const char *>(compiled.object.data()),
             static_cast<std::streamsize>(compiled.object.size()));
  // What the kernel needs of a runtime is this program's (KernelRuntime.cpp).
  if (std::system(("cc -shared -o " + base + ".so " + base + ".o").c_str()) == 0)
    library = dlopen((base + ".so").c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library)
    ADD_FAILURE() << "cannot load the kernel";
  else
    function = dlsym(library, "kernel_under_test");
  for (const char *end : {".o", ".so"})
    unlink((base + end).c_str());
  rmdir(folder);
}

CompiledKernel::~CompiledKernel() {
  if (library)
    dlclose(library);
}

ref::Tensor CompiledKernel::expected(const std::vector<ref::Tensor> &arguments) const {
  auto result =
      ref::interpretKernel(*const_cast<OwningOpRef<ModuleOp> &>(module)->getOps<KernelOp>().begin(), arguments);
  if (!result) {
    ADD_FAILURE() << llvm::toString(result.takeError());
    return {};
  }
  return *result;
}

std::array<int64_t, 2> CompiledKernel::mapSize(int argument, const ref::Tensor &tensor) const {
  size_t height = isImage(kernelGraph, argument) ? 2 : 1;
  if (tensor.shape.size() == 2)
    return {1, 1};
  return {tensor.shape[height], tensor.shape[height + 1]};
}

ref::Tensor CompiledKernel::run(const std::vector<ref::Tensor> &arguments, const std::vector<int64_t> &shape,
                                const RunOptions &options) const {
  ref::Tensor result;
  result.shape = shape;
  int64_t count = elements(result.shape), channels = result.shape.back();
  int64_t pitch = kernelGraph.dense ? channels : padded(channels), rows = count / channels;

  std::vector<std::unique_ptr<Guarded>> buffers;
  for (size_t i = 0; i < arguments.size(); ++i) {
    bool rowsOfMap = static_cast<int>(i) < kernelGraph.numActivations && !isImage(kernelGraph, static_cast<int>(i));
    int64_t size = elements(arguments[i].shape);
    int64_t held = rowsOfMap ? size / arguments[i].shape.back() * padded(arguments[i].shape.back()) : padded(size);
    buffers.push_back(std::make_unique<Guarded>(isImage(kernelGraph, static_cast<int>(i)) ? size : held));
    if (!isImage(kernelGraph, static_cast<int>(i)))
      std::fill_n(buffers.back()->data(), held, 0.0f);
    fill(*buffers.back(), arguments[i], rowsOfMap);
  }
  buffers.push_back(std::make_unique<Guarded>(rows * pitch));
  Guarded &out = *buffers.back();

  // Sizes and addresses, of which each has a place of its own in this calling convention; those behind the last are
  // the caller's business.
  std::vector<uint64_t> all;
  bool maps = kernelGraph.kind == codegen::KernelKind::Conv || kernelGraph.kind == codegen::KernelKind::Map;
  for (int i = 1; maps && i < kernelGraph.numActivations; ++i)
    for (int64_t size : mapSize(i, arguments[i]))
      all.push_back(static_cast<uint64_t>(size));
  for (auto &buffer : buffers)
    all.push_back(reinterpret_cast<uint64_t>(buffer->argument()));
  constexpr size_t most = 18;
  if (all.size() > most) {
    ADD_FAILURE() << "too many arguments for this harness";
    return {};
  }
  all.resize(most);
  auto n = static_cast<int32_t>(arguments[0].shape[0]);
  auto [h, w] = mapSize(0, arguments[0]);
  KernelRuntime runtime(options.threads);
  auto call = reinterpret_cast<int32_t (*)(void *, int32_t, int32_t, int32_t, int32_t, int32_t, ...)>(function);
  int32_t status =
      call(&runtime, n, static_cast<int32_t>(h), static_cast<int32_t>(w), static_cast<int32_t>(options.shiftH),
           static_cast<int32_t>(options.shiftW), all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7], all[8],
           all[9], all[10], all[11], all[12], all[13], all[14], all[15], all[16], all[17]);
  EXPECT_EQ(status, 0);
  EXPECT_LE(runtime.mostScratch(), scratchBytes) << "bytes of scratch of one thread";
  for (auto &buffer : buffers)
    EXPECT_TRUE(buffer->intact()) << "written outside of a buffer";
  for (int64_t i = 0; i < rows * pitch; ++i) {
    if (i % pitch < channels)
      result.values.push_back(out.written(i) ? out.data()[i] : std::numeric_limits<double>::quiet_NaN());
    else if (out.data()[i] != 0.0f) {
      ADD_FAILURE() << "pad lane " << i % pitch << " of row " << i / pitch << " is " << out.data()[i];
      break;
    }
  }
  return result;
}

std::vector<std::string> usableIsas() {
  __builtin_cpu_init();
  std::vector<std::string> usable;
  for (const std::string &isa : codegen::knownIsas())
    if (isa == "x86-64-v2" || (isa == "x86-64-v3" && __builtin_cpu_supports("x86-64-v3")) ||
        (isa == "x86-64-v4" && __builtin_cpu_supports("x86-64-v4")))
      usable.push_back(isa);
  return usable;
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

} // namespace swin::test
