//===- Windows.cpp - attention and mixing within windows ------------------===//
// Windows are tasks of the parallel loop. In a task some heads at a time: their queries,
// keys and values, then their attention, which finds them in the first caches; what they
// attend to is kept for all heads. Then the projection, some panels at a time, which go to
// where their tokens stand on the map; where a norm comes behind it, when all panels are
// there. Mixing of tokens is for all heads and then stored the same way.
//===----------------------------------------------------------------------===//
#include "codegen/schedules/Schedules.h"

#include <algorithm>
#include <cmath>

using namespace Halide;

namespace swin::codegen {
namespace {

/// A tile that leaves little of its work undone at the last row: rows of a window are
/// few and seldom a multiple of what fits the registers.
RegisterTile windowTile(int64_t width, int32_t rows, const Machine &machine) {
  RegisterTile best;
  double least = INFINITY;
  for (int vectors = mostVectors(machine); vectors >= 1; --vectors) {
    int64_t channels = vectors * machine.vector;
    if (width % channels != 0 || (channels % panelWidth != 0 && panelWidth % channels != 0))
      continue;
    for (int height = std::min(mostRows(vectors, machine), rows); height >= 1; --height) {
      double cost = tileCycles(height, vectors) * ((rows + height - 1) / height) / vectors;
      if (cost < least) {
        least = cost;
        best = {height, vectors};
      }
    }
  }
  return best;
}

/// The rows of a window: the last tile is moved inwards.
Var scheduleWindowRows(Func rows, const Func &sums, RegisterTile tile, int32_t tokens, const Machine &machine,
                       const LoopLevel &loop, int32_t group = 0) {
  tile.rows = std::min(tile.rows, tokens);
  rows.bound_extent(rows.args()[1], tokens);
  return scheduleProductRows(rows, sums, tile, machine, loop, TailStrategy::ShiftInwards, group);
}

void scheduleMixing(const Mixing &parts, RegisterTile tile, const Machine &machine, const LoopLevel &windowLoop) {
  int lanes = rowLanes(parts.width, machine);
  Var channel = parts.channel, token = parts.token, head = parts.head;
  Var channelTile("channel_tile"), ci("ci"), tokenTile("token_tile"), ti("ti");
  Func mixed = parts.mixed, sums = parts.sums;
  mixed.compute_at(windowLoop)
      .bound(channel, 0, parts.width)
      .bound(token, 0, parts.tokens)
      .bound(head, 0, parts.heads)
      .reorder_storage(channel, head, token, mixed.args()[3])
      .split(channel, channelTile, ci, tile.vectors * lanes, TailStrategy::ShiftInwards)
      .split(token, tokenTile, ti, tile.rows, TailStrategy::ShiftInwards)
      .reorder(ci, ti, tokenTile, channelTile, head)
      .vectorize(ci, lanes)
      .unroll(ci)
      .unroll(ti)
      .parallel(head);
  sums.compute_at(mixed, tokenTile).vectorize(channel, lanes).unroll(channel).unroll(token);
  sums.update().reorder(channel, token, sums.rvars(0)[0]).vectorize(channel, lanes).unroll(channel).unroll(token);
}

} // namespace

const Step &mixerOf(const KernelPipeline &pipeline) {
  return *std::find_if(pipeline.steps.begin(), pipeline.steps.end(),
                       [](const Step &step) { return step.attention || step.mixing; });
}

WindowExtents windowExtents(const KernelPipeline &pipeline) {
  const Step &mixer = mixerOf(pipeline);
  if (mixer.attention)
    return {mixer.attention->tokens, mixer.attention->heads, mixer.attention->width};
  return {mixer.mixing->tokens, mixer.mixing->heads, mixer.mixing->width};
}

bool separateOperands(const KernelPipeline &pipeline) {
  auto products = std::count_if(pipeline.steps.begin(), pipeline.steps.end(),
                                [](const Step &step) { return step.kind == Step::Kind::Product; });
  return products >= 3;
}

WindowsParameters defaultWindows(const KernelPipeline &pipeline, const Machine &machine) {
  WindowsParameters parameters;
  WindowExtents extents = windowExtents(pipeline);
  int32_t tokens = extents.tokens;
  parameters.windows = std::max<int64_t>(1, 24 / tokens);
  const Step *mixer = &mixerOf(pipeline);
  bool separate = separateOperands(pipeline);
  // Heads whose channels are whole panels, few at a time; where there are none such, all.
  int64_t heads = 1;
  while (heads < extents.heads && (extents.heads % heads != 0 || heads * extents.width % panelWidth != 0))
    ++heads;
  parameters.heads = separate ? heads : extents.heads;
  for (const Step &step : pipeline.steps) {
    if (step.kind != Step::Kind::Product)
      continue;
    if (&step > mixer)
      parameters.projection = windowTile(step.width, tokens, machine);
    else
      parameters.queries = windowTile(separate ? heads * extents.width : step.width, tokens, machine);
  }
  // Whole panels of the last step that are few enough for the first cache, and many enough for all threads.
  int64_t width = pipeline.steps.back().width,
          tile = std::max<int64_t>(panelWidth, parameters.projection.vectors * machine.vector);
  constexpr int64_t mostChannels = 96;
  parameters.storedChannels = tile;
  for (int64_t channels = tile; channels <= std::min(width, mostChannels); channels += tile)
    if (width % channels == 0)
      parameters.storedChannels = channels;
  if (mixer->mixing)
    parameters.mixing = rowsTile(extents.tokens, extents.width, machine);
  else
    attentionParameters(*mixer->attention, machine, parameters);
  return parameters;
}

void scheduleWindows(KernelPipeline &pipeline, const Machine &machine, const WindowsParameters &parameters) {
  Store &store = pipeline.store;
  std::vector<Step> &steps = pipeline.steps;
  Stage result = store.stage();
  // Tokens have addresses of their own, which Halide cannot know to differ.
  result.allow_race_conditions();
  int lanes = std::min<int>(machine.vector, panelWidth);
  int32_t channels = static_cast<int32_t>(std::min<int64_t>(parameters.storedChannels, store.width));
  RVar task("task"), window("task_window");
  Var channelBlock("channel_block"), ci("ci");
  // Where windows are few they are one task, and its inner loops are the parallel ones; inside of a loop that runs in
  // parallel they do not.
  Expr few = pipeline.windows < static_cast<int32_t>(parameters.fewWindows);
  Expr size = select(few, max(pipeline.windows, 1), static_cast<int32_t>(parameters.windows));
  result.split(store.position[1], task, window, size, TailStrategy::GuardWithIf)
      .split(store.channel, channelBlock, ci, channels, TailStrategy::GuardWithIf)
      .reorder(ci, store.position[0], channelBlock, window, task)
      .vectorize(ci, lanes, TailStrategy::GuardWithIf)
      .unroll(ci)
      .parallel(channelBlock)
      .parallel(task);
  LoopLevel windowLoop(store.func, window), blockLoop(store.func, channelBlock);
  for (Func table : pipeline.tables)
    table.compute_at(windowLoop);

  Var headBlock("head_block");
  WindowExtents extents = windowExtents(pipeline);
  const Step *mixer = &mixerOf(pipeline);
  bool columns = mixer->attention && mixer->attention->columns;
  for (Step &step : steps) {
    switch (step.kind) {
    case Step::Kind::Norm:
      // Each for all rows, so that a row need not wait for the end of the one before it.
      for (Func scalar : step.scalars)
        scalar.compute_at(windowLoop);
      for (size_t i = 0; i < step.sums.size(); ++i) {
        Func scalar = step.scalars[step.scalars.size() - step.sums.size() + i];
        scheduleRowSum(step.sums[i], machine, LoopLevel(scalar, scalar.args()[0]));
      }
      break;
    case Step::Kind::Gather:
      scheduleRows(step.value, step.width, machine, windowLoop);
      if (columns)
        scheduleTurned(step.value, step.width, extents.tokens, machine, windowLoop);
      // Columns of it are read: rows a power of two apart would meet in few sets of the first cache.
      if (mixer->mixing)
        step.value.align_storage(step.value.args()[0], static_cast<int32_t>(step.width + panelWidth));
      break;
    case Step::Kind::Attention:
      scheduleAttention(*step.attention, machine, parameters, windowLoop, headBlock);
      break;
    case Step::Kind::Mixing:
      scheduleMixing(*step.mixing, parameters.mixing, machine, windowLoop);
      break;
    case Step::Kind::Product:
      if (&step < mixer && columns) {
        scheduleColumns(step.value, step.accumulator, parameters.queries, extents.tokens,
                        parameters.heads * extents.width, machine, LoopLevel(mixer->attention->attended, headBlock));
      } else if (&step < mixer && separateOperands(pipeline)) {
        scheduleWindowRows(step.value, step.accumulator, parameters.queries, extents.tokens, machine,
                           LoopLevel(mixer->attention->attended, headBlock));
      } else if (&step < mixer) {
        step.value.bound(step.value.args()[0], 0, static_cast<int32_t>(step.width));
        scheduleWindowRows(step.value, step.accumulator, parameters.queries, extents.tokens, machine, windowLoop);
      } else if (&step == &steps.back()) {
        // Whole panels, also where only some channels are stored. What is done to a sum is done where it is stored: a
        // residual that has left the caches is waited for by many rows at a time there.
        step.sum.bound_extent(step.sum.args()[0], static_cast<int32_t>(parameters.storedChannels));
        scheduleWindowRows(step.sum, step.accumulator, parameters.projection, extents.tokens, machine, blockLoop,
                           extents.width);
      } else {
        step.value.bound(step.value.args()[0], 0, static_cast<int32_t>(step.width));
        Var rowsPanel = scheduleWindowRows(step.value, step.accumulator, parameters.projection, extents.tokens, machine,
                                           windowLoop, extents.width);
        step.value.parallel(rowsPanel);
      }
      break;
    case Step::Kind::Pool:
    case Step::Kind::Convolve:
      break;
    }
  }
}

} // namespace swin::codegen
