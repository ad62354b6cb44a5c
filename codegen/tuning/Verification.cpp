//===- Verification.cpp - whether a kernel computes what it means ---------===//
#include "codegen/tuning/Verification.h"

#include "codegen/Work.h"
#include "codegen/tuning/Hazards.h"
#include "passes/dialect/Swin.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/CrashRecoveryContext.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <array>
#include <thread>

using namespace mlir;

namespace swin::tuning {
namespace {

/// Multiply-adds of a check that nobody waits for.
constexpr int64_t quick = 4'000'000'000;
/// Checks of one kernel: with few rows, which are worked on otherwise, and with many.
constexpr size_t wanted = 2;

/// Tokens or pixels that a kernel's loops take together.
std::array<int64_t, 2> unitOf(const codegen::KernelGraph &graph) {
  for (const codegen::Node &node : graph.nodes) {
    for (const char *name : {"window", "patch"})
      if (auto found = node.ints.find(name); found != node.ints.end() && found->second.size() == 2)
        return {found->second[0], found->second[1]};
    if (node.op == "patch_merging")
      return {2, 2};
  }
  return {1, 1};
}

CallSize sized(int64_t batch, int64_t height, int64_t width) {
  CallSize size;
  size.batch = batch;
  size.height = height;
  size.width = width;
  return size;
}

/// Sizes to check at, those that find most first. Not all kernels can have each of them.
std::vector<CallSize> candidates(const Problem &problem) {
  auto [h, w] = unitOf(problem.graph);
  std::vector<CallSize> sizes;
  if (problem.graph.kind == codegen::KernelKind::Windows)
    sizes = {sized(2, h + 3, 2 * w + 5), sized(2, 2 * h, 3 * w), sized(1, h + 1, w + 2), sized(1, h, 2 * w)};
  else if (problem.graph.numActivations == 1 || problem.graph.kind == codegen::KernelKind::Tokens)
    sizes = {sized(2, 13 * h + 1, 11 * w + 1), sized(2, 13 * h, 11 * w), sized(1, 3 * h + 1, 5 * w + 1),
             sized(1, 3 * h, 5 * w)};
  llvm::append_range(sizes, problem.small);
  llvm::append_range(sizes, problem.calls);
  return sizes;
}

int64_t rowsOf(const CallSize &size) { return size.batch * size.height * size.width; }

} // namespace

double errorLimit(const codegen::KernelGraph &graph) {
  bool pairs = std::any_of(graph.nodes.begin(), graph.nodes.end(),
                           [&](const codegen::Node &node) { return codegen::hasSums(graph, node); });
  return pairs ? 2e-4 : graph.kind == codegen::KernelKind::Map ? 2e-6 : 2e-5;
}

Verdict runGuarded(const RunnableKernel &kernel, const codegen::KernelGraph &graph, swin_workers *workers,
                   const CallSize &size, const std::vector<FloatSpan> &spans) {
  llvm::CrashRecoveryContext::Enable();
  llvm::CrashRecoveryContext guard;
  int32_t status = 0;
  void *context = swin_workers_begin(workers);
  bool good = guard.RunSafely([&] { status = callKernel(kernel.code.address(), context, graph, size, spans); });
  bool fits = swin_workers_end(workers);
  if (!good)
    return {Outcome::Crashed, "the kernel crashed", 0};
  if (status != 0)
    return {Outcome::Wrong, "the kernel returned " + std::to_string(status), 0};
  if (!fits)
    return {Outcome::Wrong, "it needs more scratch than the " + std::to_string(kernel.scratchBytes) + " bytes it says",
            0};
  return {};
}

llvm::Expected<Verification> Verification::make(const Problem &problem, unsigned seed) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<SwinDialect>();
  auto module = parseSourceString<ModuleOp>(problem.module, &context);
  if (!module || module->getOps<KernelOp>().empty())
    return llvm::createStringError("the kernel's module does not parse");
  KernelOp kernel = *module->getOps<KernelOp>().begin();
  Verification verification;
  verification.graph = problem.graph;
  std::string why = "none was tried";
  for (const CallSize &candidate : candidates(problem)) {
    if (verification.cases.size() == wanted)
      break;
    // Of sizes of one sort the first that is possible.
    bool isLarge = rowsOf(candidate) > 64;
    if (llvm::any_of(verification.cases, [&](const Case &test) { return (rowsOf(test.size) > 64) == isLarge; }))
      continue;
    std::vector<std::vector<int64_t>> shapes = argumentShapes(problem.graph, candidate);
    shapes.resize(static_cast<size_t>(problem.graph.numActivations));
    auto call = codegen::measureCall(*module, shapes);
    if (!call) {
      why = llvm::toString(call.takeError());
      continue;
    }
    bool isLast = verification.cases.empty() && candidate == problem.calls.back();
    if (call->macs > quick && !isLast)
      continue;
    Case test;
    test.size = callSize(problem.graph, *call);
    test.arguments = hazards(problem.graph, test.size, seed);
    auto expected = ref::interpretKernel(kernel, test.arguments, std::max(std::thread::hardware_concurrency(), 1u));
    if (!expected) {
      why = llvm::toString(expected.takeError());
      continue;
    }
    test.expected = std::move(*expected);
    verification.cases.push_back(std::move(test));
  }
  if (verification.cases.empty())
    return llvm::createStringError("@" + problem.graph.name + " cannot be checked at any size: " + why);
  return verification;
}

llvm::Error Verification::takeBuffers(Case &test) const {
  for (int i = 0; i <= graph.numArgs; ++i) {
    bool isResult = i == graph.numArgs;
    auto buffer = Guarded::take(isResult ? resultFloats(graph, test.expected.shape)
                                         : argumentFloats(graph, i, test.arguments[i].shape));
    if (!buffer)
      return buffer.takeError();
    if (!isResult)
      putArgument(graph, i, test.arguments[i], buffer->data());
    test.buffers.push_back(std::move(*buffer));
  }
  return llvm::Error::success();
}

llvm::Expected<Verdict> Verification::check(const RunnableKernel &kernel) {
  Verdict all;
  for (Case &test : cases) {
    auto verdict = check(kernel, test);
    if (!verdict)
      return verdict;
    verdict->error = std::max(verdict->error, all.error);
    all = *verdict;
    if (all.outcome != Outcome::Measured)
      break;
  }
  return all;
}

llvm::Expected<Verdict> Verification::check(const RunnableKernel &kernel, Case &test) {
  std::vector<Guarded> &buffers = test.buffers;
  if (buffers.empty())
    if (llvm::Error error = takeBuffers(test))
      return error;
  std::vector<FloatSpan> spans;
  for (const Guarded &buffer : buffers)
    spans.push_back(buffer.span());
  Verdict verdict;
  ref::Tensor first;
  std::string where = " at " + std::to_string(test.size.batch) + "x" + std::to_string(test.size.height) + "x" +
                      std::to_string(test.size.width);
  for (int threads : {1, 3}) {
    Workers workers(swin_workers_open(threads, kernel.scratchBytes));
    if (!workers)
      return llvm::createStringError("threads of a kernel do not start");
    buffers.back().clear();
    double error = verdict.error;
    verdict = runGuarded(kernel, graph, workers.get(), test.size, spans);
    verdict.error = error;
    if (verdict.outcome == Outcome::Measured &&
        !llvm::all_of(buffers, [](const Guarded &buffer) { return buffer.isIntact(); }))
      verdict.message = "it writes outside of its result";
    ref::Tensor result = takeResult(graph, test.expected.shape, buffers.back(), verdict.message);
    if (threads == 1) {
      verdict.error = difference(result, test.expected);
      if (verdict.error > errorLimit(graph) && verdict.message.empty())
        verdict.message = llvm::formatv("it differs from the reference by {0:e1} of the result's magnitude; at most "
                                        "{1:e1} is right",
                                        verdict.error, errorLimit(graph));
      first = std::move(result);
    } else if (result.values != first.values && verdict.message.empty()) {
      verdict.message = "its bits depend on the number of threads";
    }
    if (!verdict.message.empty()) {
      verdict.outcome = verdict.outcome == Outcome::Measured ? Outcome::Wrong : verdict.outcome;
      verdict.message += where;
      buffers.clear(); // what else it has written to is not known
      break;
    }
  }
  return verdict;
}

} // namespace swin::tuning
