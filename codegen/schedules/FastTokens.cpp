//===- FastTokens.cpp - chains of steps on rows in pairs ------------------===//
// As Tokens.cpp, but rows are multiplied in pairs and tasks are blocks of one image's
// pairs; where there is but one block, its panels are the tasks. Of a product by sums, a panel's seven products are
// computed one after the other for all pairs of the block: so few weights stay in the second cache meanwhile. What is
// made of them is made at once, from the first cache.
//===----------------------------------------------------------------------===//
#include "codegen/schedules/Schedules.h"

using namespace Halide;

namespace swin::codegen {
namespace {

class FastTokens {
public:
  FastTokens(KernelPipeline &pipeline, const Machine &machine, const TokensParameters &parameters)
      : steps(pipeline.steps), store(pipeline.store), machine(machine), most(static_cast<int32_t>(parameters.fewRows)),
        size(blockSize(pipeline.pairs, parameters)) {
    size_t product = 0;
    for (const Step &step : steps)
      products.push_back(step.kind == Step::Kind::Product ? parameters.products[product++] : ProductParameters());
  }

  void run() {
    scheduleStore();
    for (size_t i = steps.size(); i-- > 0;)
      scheduleStep(i);
  }

private:
  bool isFast(size_t i) const { return i < steps.size() && steps[i].seven.has_value(); }
  VarOrRVar loop(const char *name) const { return store.scatters ? VarOrRVar(RVar(name)) : VarOrRVar(Var(name)); }
  int32_t widthOf(size_t i) const { return products[i].tile.vectors * machine.vector; }

  void scheduleStore() {
    Stage result = store.stage();
    VarOrRVar block = loop("block"), inner = loop("inner"), task = loop("task");
    if (store.scatters)
      result.allow_race_conditions();
    bool quarters = !store.quarter.empty();
    result.split(store.position[0], block, inner, quarters ? size : 2 * size, TailStrategy::GuardWithIf);
    if (quarters) {
      Var panel("panel"), ci("ci");
      result.split(store.channel, panel, ci, widthOf(steps.size() - 1))
          .reorder(ci, store.quarter[0], store.quarter[1], inner, panel, block, store.position[1])
          .vectorize(ci, machine.vector)
          .unroll(ci)
          .unroll(store.quarter[0])
          .unroll(store.quarter[1])
          .parallel(panel); // where there is one block; tasks themselves are not divided
      panelLoop = LoopLevel(store.func, panel);
    } else {
      result.reorder(store.channel, inner, block, store.position[1])
          .vectorize(store.channel, machine.vector, TailStrategy::GuardWithIf);
    }
    result.fuse(block, store.position[1], task).parallel(task);
    taskLoop = LoopLevel(store.func, task);
    rowLoop = LoopLevel(store.func, inner);
  }

  void scheduleStep(size_t i) {
    Step &step = steps[i];
    bool last = i + 1 == steps.size();
    if (step.seven) {
      if (last)
        return scheduleSeven(i, panelLoop);
      Var c = step.value.args()[0], pair = step.value.args()[1], quarter = step.value.args()[3];
      step.value.bound(quarter, 0, 4).unroll(quarter);
      if (isFast(i + 1)) {
        // By its reader, at each pair of a panel.
        step.value.compute_at(partsPairs).vectorize(c, machine.vector).unroll(c);
        return scheduleSeven(i, partsPanels);
      }
      Var panel("panel"), ci("ci");
      step.value.compute_at(taskLoop)
          .bound(c, 0, static_cast<int32_t>(step.seven->half))
          .split(c, panel, ci, widthOf(i))
          .reorder(ci, quarter, pair, step.value.args()[2], panel)
          .vectorize(ci, machine.vector)
          .unroll(ci)
          .parallel(panel)
          .bound_storage(pair, most);
      return scheduleSeven(i, LoopLevel(step.value, panel));
    }
    bool beforeParts = isFast(i + 1);
    LoopLevel place = beforeParts ? partsPairs : taskLoop;
    Var row = step.value.args()[1];
    step.value.bound_storage(row, 2 * most).bound_storage(step.value.args()[2], 1);
    if (step.kind == Step::Kind::Product) {
      step.value.bound(step.value.args()[0], 0, static_cast<int32_t>(step.width));
      scheduleProductRows(step.value, step.accumulator, products[i].tile, machine, taskLoop, TailStrategy::RoundUp);
    } else if (last) {
      // Computed where it is stored.
      if (step.kind == Step::Kind::Norm)
        scheduleRowSums(step, machine, rowLoop);
    } else {
      // A norm reads a row several times, and nothing else of the block.
      if (steps[i + 1].kind == Step::Kind::Norm)
        place = i + 2 == steps.size() ? rowLoop : LoopLevel(steps[i + 1].value, steps[i + 1].value.args()[1]);
      scheduleRows(step.value, step.width, machine, place);
      if (step.kind == Step::Kind::Norm)
        scheduleRowSums(step, machine, LoopLevel(step.value, row));
    }
  }

  /// The products of a panel at `place`, a loop over panels of what reads them, and what they multiply at the block's.
  void scheduleSeven(size_t i, const LoopLevel &place) {
    SevenProducts &seven = *steps[i].seven;
    for (size_t number = 0; number < seven.values.size(); ++number) {
      Func value = seven.values[number];
      scheduleProductRows(value, seven.accumulators[number], products[i], most, machine, place);
      value.bound_extent(value.args()[0], widthOf(i)).bound_storage(value.args()[1], most);
    }
    Func parts = seven.parts;
    Var c = parts.args()[0], pair = parts.args()[1], image = parts.args()[2], part = parts.args()[3];
    int32_t terms = static_cast<int32_t>(steps[i].terms / 2);
    parts.compute_at(taskLoop).bound(c, 0, terms).bound(part, 0, 7);
    if (i > 0 && isFast(i - 1)) {
      Var panel("panel"), ci("ci");
      parts.split(c, panel, ci, widthOf(i - 1))
          .reorder(part, ci, pair, image, panel)
          .vectorize(ci, machine.vector)
          .unroll(ci)
          .parallel(panel);
      partsPanels = LoopLevel(parts, panel);
    } else {
      parts.reorder(part, c, pair, image).vectorize(c, machine.vector);
    }
    parts.unroll(part);
    // Rows whose addresses agree in their lowest bits would share few places of the first cache.
    parts.bound_storage(pair, most).bound_storage(c, terms + (terms % 256 == 0 ? static_cast<int32_t>(panelWidth) : 0));
    partsPairs = LoopLevel(parts, pair);
  }

  std::vector<Step> &steps;
  Store &store;
  const Machine &machine;
  int32_t most;
  Expr size;
  std::vector<ProductParameters> products; ///< of each step that is a product
  LoopLevel taskLoop, rowLoop, panelLoop;
  LoopLevel partsPanels, partsPairs; ///< of the step behind the one that is scheduled
};

} // namespace

TokensParameters defaultFastTokens(const KernelPipeline &pipeline, const Machine &machine) {
  TokensParameters parameters;
  for (const Step &step : pipeline.steps)
    if (step.kind == Step::Kind::Product) {
      RegisterTile tile = defaultTile(step.seven ? step.seven->half : step.width, machine);
      // Maps have multiples of 7 tokens more often than others.
      if (tile.rows > 7)
        tile.rows = tile.rows / 7 * 7;
      parameters.products.push_back({tile, step.seven ? chunkOf(step.terms / 2, tile, machine) : 0});
    }
  // Weights mostly come from the third cache or from memory: many pairs, even where rows do not fit the second.
  constexpr int64_t usual = 49, few = 98;
  int64_t tile = rowsOfTiles(parameters);
  auto whole = [&](int64_t pairs) { return (pairs + tile - 1) / tile * tile; };
  parameters.blockRows = whole(usual);
  parameters.fewRows = whole(few);
  return parameters;
}

void scheduleFastTokens(KernelPipeline &pipeline, const Machine &machine, const TokensParameters &parameters) {
  FastTokens(pipeline, machine, parameters).run();
}

} // namespace swin::codegen
