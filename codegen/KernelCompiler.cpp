//===- KernelCompiler.cpp - a kernel graph becomes object code ------------===//
#include "codegen/KernelCompiler.h"

#include "codegen/KernelNames.h"
#include "codegen/Prefetch.h"
#include "codegen/algorithms/Algorithms.h"
#include "codegen/schedules/Rules.h"
#include "codegen/schedules/ScheduleText.h"
#include "codegen/schedules/Schedules.h"

#include "Halide.h"

#include <algorithm>

using namespace Halide;

namespace swin::codegen {
namespace {

/// The most that a function allocates at a time. Sizes are constants by design: the
/// runtime sets scratch aside before it knows any size of a run.
class ScratchCounter : public Internal::IRVisitor {
  using Internal::IRVisitor::visit;
  void visit(const Internal::Allocate *op) override {
    int32_t elements = op->constant_allocation_size();
    if (elements == 0 && op->memory_type != MemoryType::Stack)
      unknown = op->name;
    // Padding and alignment of the code generator and of the runtime.
    constexpr int64_t overhead = 256;
    int64_t size = static_cast<int64_t>(elements) * op->type.bytes() + overhead;
    live += size;
    most = std::max(most, live);
    Internal::IRVisitor::visit(op);
    live -= size;
  }
  int64_t live = 0;

public:
  int64_t most = 0;
  std::string unknown; ///< an allocation whose size is not constant
};

int64_t scratchOf(const Module &module) {
  // The thread that enters the kernel also runs tasks of its loops.
  int64_t bytes = 0;
  for (const Internal::LoweredFunc &function : module.functions()) {
    ScratchCounter counter;
    function.body.accept(&counter);
    require(counter.unknown.empty(), "scratch of unknown size: " + counter.unknown);
    bytes += counter.most;
  }
  return bytes;
}

/// The same loops with a sanitizer's calls around their loads and stores. They are not lowered for it: Halide would
/// write warnings of races that only might be there.
Module instrumented(const Module &module, const std::string &sanitizer) {
  if (sanitizer.empty())
    return module;
  require(sanitizer == "thread" || sanitizer == "address", "unknown sanitizer '" + sanitizer + "'");
  Target::Feature feature = sanitizer == "thread" ? Target::TSAN : Target::ASAN;
  Module result(module.name(), module.target().with_feature(feature));
  // Else roundings that the text asks for are optimised away, the exponential's among them.
  result.set_any_strict_float(module.any_strict_float());
  for (const Internal::LoweredFunc &function : module.functions())
    result.append(function);
  for (const Buffer<> &constant : module.buffers())
    result.append(constant);
  return result;
}

/// Calls visit(rules, how) with the rules of the kernel's template and the function that schedules by its parameters.
template <typename Visit>
void withTemplate(KernelKind kind, KernelPipeline &pipeline, const Machine &machine, const Visit &visit) {
  switch (kind) {
  case KernelKind::Tokens:
    if (pipeline.pairs.defined())
      return visit(fastTokensRules(pipeline, machine), scheduleFastTokens);
    return visit(tokensRules(pipeline, machine), scheduleTokens);
  case KernelKind::Pool:
    return visit(poolRules(pipeline, machine), schedulePool);
  case KernelKind::Windows:
    return visit(windowsRules(pipeline, machine), scheduleWindows);
  case KernelKind::Conv:
    require(!pipeline.steps.empty(), "a kernel of kind conv has one convolution");
    return visit(convRules(pipeline, machine), scheduleConv);
  case KernelKind::Map:
    return visit(mapRules(pipeline), scheduleMap);
  }
}

/// Schedules as `wanted` says, or else by the default rule; returns the parameters as text.
std::string schedule(KernelKind kind, KernelPipeline &pipeline, const Machine &machine, const std::string &wanted) {
  std::string text;
  withTemplate(kind, pipeline, machine, [&](const auto &rules, auto how) {
    ScheduleNumbers numbers = numbersOf(rules.standard);
    if (!wanted.empty()) {
      std::string wrong = readSchedule(rules.choices, wanted, numbers);
      if (wrong.empty())
        wrong = problemOf(rules, numbers);
      require(wrong.empty(), "its schedule '" + wanted + "' is not legal: " + wrong);
    }
    auto parameters = parametersOf(rules, numbers);
    how(pipeline, machine, parameters);
    text = scheduleText(parameters);
  });
  return text;
}

/// Why `work` on a kernel failed; "" = it did not.
template <typename Work> std::string errorOf(const KernelGraph &graph, const Work &work) noexcept {
  try {
    work();
    return "";
  } catch (const Halide::Error &error) {
    return graph.name + ": " + error.what();
  } catch (const std::exception &error) {
    return graph.name + ": " + error.what();
  }
}

const Machine &machineOf(const std::string &isa) {
  auto machine =
      std::find_if(machines().begin(), machines().end(), [&](const Machine &known) { return known.isa == isa; });
  require(machine != machines().end(), "unknown instruction set '" + isa + "'");
  return *machine;
}

} // namespace

KernelObject compileKernel(const KernelGraph &graph, const std::string &symbol, const std::string &isa,
                           const std::string &sanitizer, const std::string &wanted) noexcept {
  KernelObject result;
  std::string error = errorOf(graph, [&] {
    const Machine &machine = machineOf(isa);
    // Before the first name of the kernel proper is made.
    Composer rehearsed(graph);
    KernelPipeline rehearsal = rehearsed.compose();
    if (rehearsal.map)
      schedule(graph.kind, rehearsal, machine, wanted);
    alignNames(rehearsal.store.func);
    Composer composer(graph);
    KernelPipeline pipeline = composer.compose();
    result.schedule = schedule(graph.kind, pipeline, machine, wanted);
    Pipeline whole(pipeline.store.func);
    whole.add_custom_lowering_pass(new PrefetchConstants(pipeline.pairs.defined()));
    Module module = whole.compile_to_module(composer.arguments(), symbol, machine.target, LinkageType::External);
    result.scratchBytes = scratchOf(module);
    Buffer<uint8_t> object = instrumented(module, sanitizer).compile_to_buffer();
    result.object.assign(object.begin(), object.end());
  });
  if (error.empty())
    return result;
  result = {};
  result.error = error;
  return result;
}

ScheduleSpace scheduleSpace(const KernelGraph &graph, const std::string &isa) noexcept {
  ScheduleSpace space;
  std::string error = errorOf(graph, [&] {
    Composer composer(graph);
    KernelPipeline pipeline = composer.compose();
    withTemplate(graph.kind, pipeline, machineOf(isa), [&](auto rules, auto) { space = spaceOf(std::move(rules)); });
  });
  if (!error.empty())
    space = {};
  space.error = error;
  return space;
}

const std::vector<std::string> &knownIsas() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Machine &machine : machines())
      list.push_back(machine.isa);
    return list;
  }();
  return names;
}

} // namespace swin::codegen
