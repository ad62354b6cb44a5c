//===- Conv.cpp - convolutions ---------------------------------------------===//
// A block of the result is a task of the parallel loop. The part of the map that it needs
// is put together first, zeros and all, so that sums find their tokens at constant
// distances; then panel by panel of the weights, each of which serves all tokens of the
// block, sums over the tokens around one, some tokens of a row in registers at a time.
//===----------------------------------------------------------------------===//
#include "codegen/schedules/Schedules.h"

#include <algorithm>

using namespace Halide;

namespace swin::codegen {
namespace {

/// Of a picture: read one by one, as they lie far apart.
constexpr int32_t fewChannels = 8;

/// The tile of sums: rows of a map are seldom whole tiles, so that tiles are no longer than needed to hide the latency
/// of a sum's additions.
RegisterTile convTile(int64_t width, const Machine &machine) {
  RegisterTile tile = defaultTile(width, machine);
  if (machine.registers > 16)
    tile.rows = std::min(mostRows(tile.vectors, machine), tile.vectors == 1 ? 16 : 8);
  return tile;
}

/// Sums of one tile, computed at a loop over tiles.
void scheduleSums(Func sums, const RegisterTile &tile, const Machine &machine, const LoopLevel &tileLoop,
                  const std::vector<RVar> &terms) {
  Var c = sums.args()[0], x = sums.args()[1];
  sums.compute_at(tileLoop)
      .bound_extent(c, tile.vectors * machine.vector)
      .bound_extent(x, tile.rows)
      .vectorize(c, machine.vector)
      .unroll(c)
      .unroll(x);
  std::vector<VarOrRVar> order = {c, x};
  order.insert(order.end(), terms.begin(), terms.end());
  sums.update().reorder(order).vectorize(c, machine.vector).unroll(c).unroll(x);
}

/// Whether sums have tokens in their lanes: channels would fill too few of them.
bool ofPlanes(const KernelPipeline &pipeline) {
  const Convolution &convolution = *pipeline.steps[1].convolution;
  // Lanes behind the last channel are nobody's then.
  bool unpadded = pipeline.map->pitch == convolution.outputs && pipeline.map->factor == 1;
  return convolution.outputs <= 4 && unpadded && !convolution.depthwise && convolution.strideColumns == 1 &&
         convolution.channels >= 8 && !pipeline.steps[0].value.has_update_definition();
}

/// Sums of tokens in lanes: the block is turned on its way into planes.
void scheduleOfPlanes(KernelPipeline &pipeline, const Machine &machine, const ConvParameters &parameters) {
  pipeline.map->planes = true;
  LoopLevel blockLoop = storeBlocks(pipeline, machine, parameters.blocks);
  const Step &gather = pipeline.steps[0], &step = pipeline.steps[1];
  const Convolution &convolution = *step.convolution;
  int32_t outputs = convolution.outputs, columns = parameters.tile.vectors * machine.vector;
  Func value = step.value, sums = step.accumulator;
  Var tileLoop("tile"), xi("xi");
  value.compute_at(blockLoop)
      .bound(value.args()[0], 0, outputs)
      .bound_storage(value.args()[1], parameters.blocks.columns)
      .bound_storage(value.args()[2], parameters.blocks.rows)
      .bound_storage(value.args()[3], 1)
      .reorder_storage(value.args()[1], value.args()[0], value.args()[2], value.args()[3])
      .split(value.args()[1], tileLoop, xi, columns, TailStrategy::RoundUp)
      .reorder(xi, value.args()[0], tileLoop, value.args()[2], value.args()[3])
      .vectorize(xi, machine.vector)
      .unroll(xi)
      .unroll(value.args()[0]);
  Var c = sums.args()[0], x = sums.args()[1];
  std::vector<RVar> terms = sums.rvars(0);
  sums.compute_at(value, tileLoop)
      .bound_extent(c, outputs)
      .bound_extent(x, columns)
      .reorder_storage(x, c, sums.args()[2], sums.args()[3])
      .reorder(x, c)
      .vectorize(x, machine.vector)
      .unroll(x)
      .unroll(c);
  sums.update().reorder(x, c, terms[0], terms[1], terms[2]).vectorize(x, machine.vector).unroll(x).unroll(c);
  Blocks extents = {parameters.blocks.columns - 1 + convolution.columns,
                    (parameters.blocks.rows - 1) * convolution.strideRows + convolution.rows};
  schedulePlanes(Func(gather.value).in(), gather.value, gather.width, extents, machine, blockLoop);
}

} // namespace

ConvParameters defaultConv(const KernelPipeline &pipeline, const Machine &machine) {
  const Step &gather = pipeline.steps[0], &step = pipeline.steps[1];
  const Convolution &convolution = *step.convolution;
  ConvParameters parameters;
  parameters.planes = ofPlanes(pipeline);
  if (parameters.planes) {
    // Enough sums to hide the latency of their additions, few enough for rows that fill no tile.
    int outputs = convolution.outputs;
    int wide = std::min(32 / machine.vector, 20 / outputs);
    parameters.tile = {outputs, outputs < 3 ? 4 : machine.registers > 16 ? wide : 9 / outputs};
    int32_t tile = parameters.tile.vectors * machine.vector;
    parameters.blocks.columns = (64 + tile - 1) / tile * tile;
    int64_t row = parameters.blocks.columns * gather.width * convolution.strideRows * 4;
    parameters.blocks.rows = static_cast<int32_t>(std::clamp<int64_t>(machine.cache / 2 / row, 2, 16));
    return parameters;
  }
  parameters.tile = convTile(step.width, machine);
  int64_t slab = step.terms * parameters.tile.vectors * machine.vector * 4; // bytes of weights of a tile
  if (!convolution.depthwise && slab > machine.cache * 3 / 4) {
    int64_t most = machine.cache * 3 / 8 * convolution.channels / slab;
    int32_t chunk = static_cast<int32_t>(most);
    while (chunk > 0 && convolution.channels % chunk != 0)
      --chunk;
    parameters.chunk = chunk >= 8 ? chunk : 0;
  }
  // So many tokens that a panel's way to the second cache pays, in scratch that is no burden.
  constexpr int64_t scratch = 4 << 20;
  int64_t bytes = (gather.width * convolution.strideRows * convolution.strideColumns + step.width) * 4;
  int64_t tokens = std::clamp<int64_t>(scratch / bytes, 64, 256);
  int32_t tile = parameters.tile.rows;
  parameters.blocks.columns = (16 + tile - 1) / tile * tile;
  parameters.blocks.rows = static_cast<int32_t>(tokens / 16);
  return parameters;
}

void scheduleConv(KernelPipeline &pipeline, const Machine &machine, const ConvParameters &parameters) {
  if (parameters.planes)
    return scheduleOfPlanes(pipeline, machine, parameters);
  LoopLevel blockLoop = storeBlocks(pipeline, machine, parameters.blocks);
  const Step &gather = pipeline.steps[0], &step = pipeline.steps[1];
  const Convolution &convolution = *step.convolution;
  const RegisterTile &tile = parameters.tile;
  // A result that begins within a token's pixels sees one more.
  int32_t columns = parameters.blocks.columns, rows = parameters.blocks.rows;
  if (pipeline.map->shifted) {
    columns += tile.rows;
    ++rows;
  }

  Func value = step.value;
  Var c = value.args()[0], x = value.args()[1], y = value.args()[2], image = value.args()[3];
  Var panel("panel"), ci("ci"), tileLoop("tile"), xi("xi");
  value.compute_at(blockLoop)
      .bound(c, 0, static_cast<int32_t>(step.width))
      .bound_storage(x, columns)
      .bound_storage(y, rows)
      .bound_storage(image, 1)
      .split(c, panel, ci, tile.vectors * machine.vector)
      .split(x, tileLoop, xi, tile.rows, TailStrategy::RoundUp)
      .reorder(ci, xi, tileLoop, y, panel, image)
      .parallel(panel) // where a map is one block; tasks themselves are not divided
      .vectorize(ci, machine.vector)
      .unroll(ci)
      .unroll(xi);

  Func sums = step.accumulator;
  std::vector<RVar> terms = sums.rvars(0);
  if (parameters.chunk) {
    RVar outer("chunk"), inner("k_inner");
    Var chunk("chunk_of");
    Stage update = sums.update();
    update.split(terms[0], outer, inner, parameters.chunk);
    Func partial = update.rfactor(outer, chunk);
    Var px = sums.args()[1], py = sums.args()[2];
    sums.compute_at(value, panel)
        .bound_extent(sums.args()[0], tile.vectors * machine.vector)
        .bound_storage(px, columns)
        .bound_storage(py, rows)
        .bound_storage(sums.args()[3], 1)
        .vectorize(sums.args()[0], machine.vector);
    sums.update()
        .split(px, tileLoop, xi, tile.rows, TailStrategy::RoundUp)
        .reorder(sums.args()[0], xi, tileLoop, py, outer)
        .vectorize(sums.args()[0], machine.vector)
        .unroll(sums.args()[0])
        .unroll(xi);
    scheduleSums(partial, tile, machine, LoopLevel(sums, tileLoop), {inner, terms[1], terms[2]});
  } else {
    scheduleSums(sums, tile, machine, LoopLevel(value, tileLoop), terms);
  }

  Func block = gather.value;
  Var bc = block.args()[0], bx = block.args()[1], by = block.args()[2];
  int32_t width = static_cast<int32_t>(gather.width);
  block.compute_at(blockLoop)
      .bound_storage(bx, (columns - 1) * convolution.strideColumns + convolution.columns)
      .bound_storage(by, (rows - 1) * convolution.strideRows + convolution.rows)
      .bound_storage(block.args()[3], 1);
  if (convolution.channels < fewChannels && !convolution.depthwise) {
    block.bound(bc, 0, convolution.channels).unroll(bc);
    return;
  }
  // A pixel's channels and a panel more: pixels a power of two apart would meet in few sets of the first cache.
  block.bound(bc, 0, width).align_storage(bc, width + static_cast<int32_t>(panelWidth)).vectorize(bc, machine.vector);
  for (int i = 0; i < block.num_update_definitions(); ++i) {
    Stage part = block.update(i);
    RVar channel = block.rvars(i)[0];
    part.reorder(channel, bx, by).vectorize(channel, machine.vector, TailStrategy::GuardWithIf);
  }
}

} // namespace swin::codegen
