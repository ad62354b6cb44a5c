//===- Tokens.cpp - chains of steps on rows -------------------------------===//
// Rows are cut into blocks, tasks of the parallel loop. A block goes through all steps:
// what one step leaves lies in the second cache when the next one reads it, and each
// panel of weights is read once a block.
//===----------------------------------------------------------------------===//
#include "codegen/schedules/Schedules.h"

#include <algorithm>
#include <numeric>

using namespace Halide;

namespace swin::codegen {
namespace {

bool isProduct(const Step &step) { return step.kind == Step::Kind::Product; }

/// All tiles cut a block evenly.
int64_t rowsOfTiles(const TokensParameters &parameters) {
  int64_t rows = 1;
  for (const RegisterTile &tile : parameters.tiles)
    rows = std::lcm(rows, tile.rows);
  return rows;
}

} // namespace

TokensParameters defaultTokens(const KernelPipeline &pipeline, const Machine &machine) {
  TokensParameters parameters;
  int64_t channels = 1; // of a row in all buffers of a block
  for (const Step &step : pipeline.steps) {
    if (isProduct(step))
      parameters.tiles.push_back(defaultTile(step.width, machine));
    channels += &step == &pipeline.steps.back() ? 0 : step.width;
  }
  // A block's rows stay in the second cache; but at least so many that a panel of weights serves more than a few
  // tiles, even where they do not fit.
  int64_t tile = rowsOfTiles(parameters);
  int64_t rows = std::clamp<int64_t>(machine.cache / (channels * 4), 48, 256);
  parameters.blockRows = std::max<int64_t>(1, rows / tile) * tile;
  return parameters;
}

void scheduleTokens(KernelPipeline &pipeline, const Machine &machine, const TokensParameters &parameters) {
  Store &store = pipeline.store;
  std::vector<Step> &steps = pipeline.steps;
  Stage result = store.stage();
  // Loops over a reduction's variables get such names, all others those of free ones.
  auto loop = [&](const char *name) { return store.scatters ? VarOrRVar(RVar(name)) : VarOrRVar(Var(name)); };
  VarOrRVar channel = store.channel, block = loop("block"), row = loop("row");

  if (store.scatters)
    result.allow_race_conditions();

  // Blocks of equal size, so that threads end together.
  int32_t tileRows = static_cast<int32_t>(rowsOfTiles(parameters)), most = static_cast<int32_t>(parameters.blockRows);
  Expr blocks = (pipeline.rows + (most - 1)) / most;
  Expr size = ((pipeline.rows + blocks - 1) / blocks + (tileRows - 1)) / tileRows * tileRows;
  result.split(store.position[0], block, row, size, TailStrategy::GuardWithIf);

  bool tiled = !steps.empty() && isProduct(steps.back()) && !store.scatters;
  LoopLevel blockLoop(store.func, block), innerRow(store.func, row);
  if (tiled) {
    RegisterTile tile = parameters.tiles.back();
    Var panel("panel"), ci("ci"), tileRow("tile_row"), ri("ri");
    result.split(channel, panel, ci, tile.vectors * machine.vector, TailStrategy::GuardWithIf)
        .split(row, tileRow, ri, tile.rows, TailStrategy::GuardWithIf)
        .reorder(ci, ri, tileRow, panel, block)
        .vectorize(ci, machine.vector)
        .unroll(ci)
        .unroll(ri);
    scheduleAccumulator(steps.back().accumulator, tile, machine, LoopLevel(store.func, tileRow));
  } else {
    result.reorder(channel, row, block).vectorize(channel, machine.vector, TailStrategy::GuardWithIf);
    if (!steps.empty() && steps.back().kind == Step::Kind::Norm)
      scheduleRowSums(steps.back(), machine, innerRow);
  }
  result.parallel(block);

  // What is stored is computed where it is stored; the rest in buffers of a block.
  bool inlined = !steps.empty() && (tiled || !isProduct(steps.back()));
  size_t products = parameters.tiles.size() - (tiled ? 1 : 0);
  for (size_t i = steps.size() - (inlined ? 1 : 0); i-- > 0;) {
    Step &step = steps[i];
    const Step *next = i + 1 < steps.size() ? &steps[i + 1] : nullptr;
    if (isProduct(step)) {
      step.value.bound(step.value.args()[0], 0, static_cast<int32_t>(step.width));
      scheduleProductRows(step.value, step.accumulator, parameters.tiles[--products], machine, blockLoop,
                          TailStrategy::RoundUp);
    } else if (step.kind != Step::Kind::Norm && next && next->kind == Step::Kind::Norm) {
      // A norm reads a row several times, and nothing else of the block. Where the row is another norm's, two of them
      // in one loop would cost the products registers.
      bool last = next == &steps.back();
      scheduleRows(step.value, step.width, machine, last ? innerRow : LoopLevel(next->value, next->value.args()[1]));
      continue;
    } else {
      scheduleRows(step.value, step.width, machine, blockLoop);
      if (step.kind == Step::Kind::Norm)
        scheduleRowSums(step, machine, LoopLevel(step.value, step.value.args()[1]));
    }
    step.value.bound_storage(step.value.args()[1], most);
  }
}

} // namespace swin::codegen
