//===- Pool.cpp - a map becomes a vector ----------------------------------===//
// An image is a task of the parallel loop. Its rows are read once, each normed on the
// way; the product behind the sum has one row and streams its weights.
//===----------------------------------------------------------------------===//
#include "codegen/schedules/Schedules.h"

using namespace Halide;

namespace swin::codegen {

PoolParameters defaultPool(const KernelPipeline &pipeline, const Machine &machine) {
  // As many sums as the width divides into: one row alone must hide the latency of its additions.
  int64_t width = pipeline.steps.back().width;
  for (int vectors = 8; vectors > 1; --vectors)
    if (width % (vectors * machine.vector) == 0)
      return {vectors};
  return {1};
}

void schedulePool(KernelPipeline &pipeline, const Machine &machine, const PoolParameters &parameters) {
  Store &store = pipeline.store;
  Stage result = store.stage();
  VarOrRVar image = store.position[0];
  Var panel("panel"), ci("ci");
  LoopLevel imageLoop(store.func, image);
  const Step &last = pipeline.steps.back();
  if (last.kind == Step::Kind::Product) {
    result.split(store.channel, panel, ci, parameters.vectors * machine.vector, TailStrategy::GuardWithIf)
        .reorder(ci, panel, image)
        .vectorize(ci, machine.vector)
        .unroll(ci);
    scheduleAccumulator(last.accumulator, {1, parameters.vectors}, machine, LoopLevel(store.func, panel));
  } else {
    result.reorder(store.channel, image).vectorize(store.channel, machine.vector, TailStrategy::GuardWithIf);
  }
  result.parallel(image);

  for (Step &step : pipeline.steps) {
    if (step.kind == Step::Kind::Pool) {
      Func sum = step.accumulator;
      Var c = sum.args()[0];
      RVar token = sum.rvars(0)[0];
      sum.compute_at(imageLoop).bound(c, 0, static_cast<int32_t>(step.width)).vectorize(c, machine.vector);
      sum.update().reorder(c, token).vectorize(c, machine.vector);
      if (&step != &last)
        scheduleRows(step.value, step.width, machine, imageLoop);
    } else if (step.kind == Step::Kind::Norm) {
      // Stands before the pool: its rows are consumed one by one.
      Func sum = (&step + 1)->accumulator;
      scheduleRowSums(step, machine, LoopLevel(sum, sum.rvars(0)[0]));
    }
  }
}

} // namespace swin::codegen
