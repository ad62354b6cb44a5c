//===- Pool.cpp - a map becomes a vector ----------------------------------===//
// An image is a task of the parallel loop. Its rows are read once, each normed on the
// way; the product behind the sum has one row and streams its weights.
//===----------------------------------------------------------------------===//
#include "codegen/schedules/Rules.h"

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

Rules<PoolParameters> poolRules(const KernelPipeline &pipeline, const Machine &machine) {
  Rules<PoolParameters> rules;
  rules.name = "pool 1";
  rules.standard = defaultPool(pipeline, machine);
  const Step &last = pipeline.steps.back();
  std::vector<int64_t> vectors = {rules.standard.vectors};
  for (int64_t count = 1; last.kind == Step::Kind::Product && count <= 12; ++count)
    if (last.width % (count * machine.vector) == 0)
      vectors.push_back(count);
  Choices<PoolParameters> choices(rules.standard);
  choices.set(rules.standard.vectors, vectors);
  rules.choices = choices.list();
  rules.problem = [vectors](const PoolParameters &parameters) {
    return mustBeOne(parameters, parameters.vectors, vectors);
  };
  rules.settle = [vectors](PoolParameters &parameters) {
    parameters.vectors = static_cast<int>(nearestOf(vectors, parameters.vectors));
  };
  rules.features = [&machine](const PoolParameters &parameters, const KernelExtent &extent) {
    double cycles = tileCycles(1, parameters.vectors) / parameters.vectors;
    double lines = parameters.vectors * machine.vector / static_cast<double>(panelWidth);
    return Features{{"cycles", cycles}, {"panels", lines}, {"tasks", magnitude(static_cast<double>(extent.batch))}};
  };
  return rules;
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
