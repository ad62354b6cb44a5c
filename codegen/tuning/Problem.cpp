//===- Problem.cpp - a kernel of a model that wants a schedule ------------===//
#include "codegen/tuning/Problem.h"

#include "codegen/KernelGraphBuilder.h"
#include "codegen/Work.h"
#include "codegen/tuning/KernelMemory.h"
#include "passes/dialect/Swin.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <map>
#include <numeric>

using namespace mlir;

namespace swin::tuning {
namespace {

std::string sizeText(int64_t batch, int64_t height, int64_t width) {
  return std::to_string(batch) + "x" + std::to_string(height) + "x" + std::to_string(width);
}

/// The calls of each kernel at one size of the image, equal ones together.
llvm::Expected<std::map<std::string, std::vector<CallSize>>>
callsAt(ModuleOp module, const std::map<std::string, codegen::KernelGraph> &graphs,
        const std::array<int64_t, 3> &size) {
  auto [batch, height, width] = size;
  auto work = codegen::measureWork(module, batch, height, width);
  if (!work)
    return work.takeError();
  if (work->isRefused)
    return llvm::createStringError("the model refuses images of " + std::to_string(height) + " x " +
                                   std::to_string(width) + " pixels");
  std::map<std::string, std::vector<CallSize>> calls;
  for (const codegen::CallWork &call : work->calls) {
    CallSize own = callSize(graphs.at(call.kernel), call);
    std::vector<CallSize> &known = calls[call.kernel];
    auto same = llvm::find_if(known, [&](const CallSize &other) {
      own.calls = other.calls;
      return own == other;
    });
    if (same != known.end()) {
      ++same->calls;
      continue;
    }
    own.calls = 1;
    known.push_back(std::move(own));
  }
  return calls;
}

/// What images may be that are quickly computed, the best first: odd ones, of which maps are padded.
std::vector<std::array<int64_t, 3>> smallImages(ModuleOp module, const std::array<int64_t, 3> &size) {
  auto forward = module.lookupSymbol<func::FuncOp>("forward");
  auto type = cast<RankedTensorType>(forward.getArgument(0).getType());
  std::vector<std::array<int64_t, 3>> images;
  bool isFixed = !type.isDynamicDim(0) || !type.isDynamicDim(2) || !type.isDynamicDim(3);
  for (int64_t side : {40, 56, 72, 104, 136, 200, 264, 16, 32, 64, 128, 256})
    if (!isFixed && side * side <= 2 * size[1] * size[2])
      images.push_back({2, side, side % 16 == 8 ? side + 24 : side});
  images.push_back(size);
  return images;
}

std::string textOf(KernelOp kernel) {
  OwningOpRef<ModuleOp> alone = ModuleOp::create(UnknownLoc::get(kernel.getContext()));
  alone->getBody()->push_back(kernel->clone());
  std::string text;
  llvm::raw_string_ostream stream(text);
  alone->print(stream);
  return text;
}

} // namespace

int64_t Problem::macs() const {
  return std::accumulate(calls.begin(), calls.end(), int64_t(0),
                         [](int64_t sum, const CallSize &call) { return sum + call.calls * call.macs; });
}

std::string Problem::sizes() const {
  std::string text;
  for (const CallSize &call : calls) {
    text +=
        (text.empty() ? "" : ", ") + std::to_string(call.calls) + " x " + sizeText(call.batch, call.height, call.width);
    for (auto [height, width] : call.others)
      text += "+" + std::to_string(height) + "x" + std::to_string(width);
    if (call.shiftHeight != 0 || call.shiftWidth != 0)
      text += " shifted";
  }
  return text;
}

llvm::Expected<std::vector<Problem>> problemsOf(ModuleOp module, int64_t batch, int64_t height, int64_t width) {
  std::map<std::string, codegen::KernelGraph> graphs;
  for (auto kernel : module.getOps<KernelOp>()) {
    auto graph = codegen::buildKernelGraph(kernel);
    if (!graph)
      return graph.takeError();
    graphs.emplace(graph->name, std::move(*graph));
  }
  auto calls = callsAt(module, graphs, {batch, height, width});
  if (!calls)
    return calls.takeError();
  std::map<std::string, std::vector<CallSize>> checks;
  for (const std::array<int64_t, 3> &image : smallImages(module, {batch, height, width})) {
    auto small = callsAt(module, graphs, image);
    if (small) {
      checks = std::move(*small);
      break;
    }
    llvm::consumeError(small.takeError());
  }
  std::vector<Problem> problems;
  for (auto kernel : module.getOps<KernelOp>()) {
    std::string name = kernel.getSymName().str();
    if (!calls->contains(name))
      continue;
    const codegen::KernelGraph &graph = graphs.at(name);
    problems.push_back({graph, codegen::signatureOf(graph), calls->at(name), checks[name], textOf(kernel)});
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const Problem &a, const Problem &b) { return a.macs() > b.macs(); });
  return problems;
}

} // namespace swin::tuning
