//===- Tokens.cpp - chains of steps on rows -------------------------------===//
// Rows are cut into blocks, tasks of the parallel loop. A block goes through all steps:
// what one step leaves lies near when the next one reads it, and each panel of weights
// is read once a block. Where there is but one block, its panels are the tasks.
//===----------------------------------------------------------------------===//
#include "codegen/schedules/Schedules.h"

#include <algorithm>
#include <array>
#include <cmath>

using namespace Halide;

namespace swin::codegen {
namespace {

bool isProduct(const Step &step) { return step.kind == Step::Kind::Product; }

/// The height that wastes least. How many rows there are is known when a model runs; they tend to be the tokens of
/// windows of 7, 8 or 12 on a side, of one or more of them.
RegisterTile tokensTile(int64_t width, const Machine &machine) {
  constexpr std::array<int, 7> usual = {49, 64, 98, 128, 144, 196, 256};
  RegisterTile tile = defaultTile(width, machine), best = tile;
  double least = INFINITY;
  for (; tile.rows >= 1; --tile.rows) {
    double cost = 0;
    for (int rows : usual)
      cost += tileCycles(tile.rows, tile.vectors) * ((rows + tile.rows - 1) / tile.rows) / rows;
    if (cost < least) {
      least = cost;
      best = tile;
    }
  }
  return best;
}

} // namespace

TokensParameters defaultTokens(const KernelPipeline &pipeline, const Machine &machine) {
  TokensParameters parameters;
  int64_t channels = 1, weights = 0; // of a row in all buffers of a block; of all products
  for (const Step &step : pipeline.steps) {
    if (isProduct(step)) {
      RegisterTile tile = tokensTile(step.width, machine);
      parameters.products.push_back({tile, chunkOf(step.terms, tile, machine)});
      weights += step.terms * step.width;
    }
    channels += &step == &pipeline.steps.back() ? 0 : step.width;
  }
  // So many rows that a panel's way to the second cache pays, fewer where all panels stay there: many blocks share out
  // evenly. Where there are few rows it pays better to read weights once, as long as scratch is no burden.
  constexpr int64_t scratch = 4 << 20, least = 48, few = 256;
  int64_t usual = weights * 4 <= machine.cache ? 64 : 128;
  int64_t tile = rowsOfTiles(parameters), most = scratch / (channels * 4);
  auto whole = [&](int64_t rows) { return std::max<int64_t>(1, std::clamp(most, least, rows) / tile) * tile; };
  parameters.blockRows = whole(usual);
  parameters.fewRows = whole(few);
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

  int32_t most = static_cast<int32_t>(parameters.fewRows);
  result.split(store.position[0], block, row, blockSize(pipeline.rows, parameters), TailStrategy::GuardWithIf);

  bool tiled = !steps.empty() && isProduct(steps.back()) && !store.scatters;
  LoopLevel blockLoop(store.func, block), innerRow(store.func, row);
  if (tiled) {
    const RegisterTile &tile = parameters.products.back().tile;
    Var panel("panel"), ci("ci"), tileRow("tile_row"), ri("ri");
    result.split(channel, panel, ci, tile.vectors * machine.vector, TailStrategy::GuardWithIf)
        .split(row, tileRow, ri, tile.rows, TailStrategy::GuardWithIf)
        .reorder(ci, ri, tileRow, panel, block)
        .vectorize(ci, machine.vector)
        .unroll(ci)
        .unroll(ri)
        .parallel(panel); // where there is one block; tasks themselves are not divided
    scheduleProductSums(steps.back().accumulator, parameters.products.back(), most, machine,
                        LoopLevel(store.func, panel), LoopLevel(store.func, tileRow));
  } else {
    result.reorder(channel, row, block).vectorize(channel, machine.vector, TailStrategy::GuardWithIf);
    if (!steps.empty() && steps.back().kind == Step::Kind::Norm)
      scheduleRowSums(steps.back(), machine, innerRow);
  }
  result.parallel(block);

  // What is stored is computed where it is stored; the rest in buffers of a block.
  bool inlined = !steps.empty() && (tiled || !isProduct(steps.back()));
  size_t products = parameters.products.size() - (tiled ? 1 : 0);
  for (size_t i = steps.size() - (inlined ? 1 : 0); i-- > 0;) {
    Step &step = steps[i];
    const Step *next = i + 1 < steps.size() ? &steps[i + 1] : nullptr;
    Var c = step.value.args()[0];
    if (isProduct(step)) {
      step.value.bound(c, 0, static_cast<int32_t>(step.width));
      Var panel =
          scheduleProductRows(step.value, step.accumulator, parameters.products[--products], most, machine, blockLoop);
      step.value.parallel(panel);
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
    // A panel more: rows a power of two apart would meet in few sets of the first cache.
    step.value.align_storage(c, static_cast<int32_t>(step.width + panelWidth));
  }
}

} // namespace swin::codegen
