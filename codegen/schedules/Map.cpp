//===- Map.cpp - maps of any sizes, and how they are stored ---------------===//
// A result is cut into blocks, tasks of the parallel loop. Halide does not exchange loops
// over reduction variables, so that the order of a store's loops is that of its domain,
// and blocks are part of it.
//===----------------------------------------------------------------------===//
#include "codegen/schedules/Schedules.h"

#include <algorithm>

using namespace Halide;

namespace swin::codegen {
namespace {

/// Tokens that are turned together into rows of planes: Halide makes a transposition of as many vectors that are read
/// along one of the two and stored along the other.
constexpr int square = 8;

Expr parts(const Expr &size, int32_t part) { return (size + (part - 1)) / part; }

} // namespace

LoopLevel storeBlocks(KernelPipeline &pipeline, const Machine &machine, const Blocks &blocks) {
  const MapResult &map = *pipeline.map;
  Store &store = pipeline.store;
  store.func = Func("result");
  store.scatters = true;
  store.width = map.pitch;
  Var element("element");
  store.func(element) = undef<float>();
  store.func.output_buffer().dim(0).set_min(0);
  int32_t columns = blocks.columns * map.factor, rows = blocks.rows * map.factor;
  Expr across = parts(map.width, columns), down = parts(map.height, rows);
  Expr last = map.batch * map.height * map.width * map.pitch - 1;
  LoopLevel first;
  for (size_t i = 0; i < map.pieces.size(); ++i) {
    const MapResult::Piece &piece = map.pieces[i];
    RDom all({{0, piece.channels}, {0, columns}, {0, rows}, {0, map.batch * down * across}}, "all");
    // Signed, and without a remainder: that these are one place in each block is read off them.
    Expr line = all.w / across, image = line / down;
    Expr x = (all.w - line * across) * columns + all.y, y = (line - image * down) * rows + all.z;
    all.where(x < map.width && y < map.height);
    Expr address = ((image * map.height + y) * map.width + x) * map.pitch + piece.first + all.x;
    if (map.channelsFirst)
      address = ((image * map.pitch + piece.first + all.x) * map.height + y) * map.width + x;
    store.func(unsafe_promise_clamped(address, 0, last)) = piece.value(all.x, x, y, image);
    store.func.update(static_cast<int>(i))
        .allow_race_conditions()
        .vectorize(all.x, machine.vector, TailStrategy::GuardWithIf)
        .parallel(all.w);
    if (i == 0)
      first = LoopLevel(store.func, all.w);
  }
  return first;
}

Blocks defaultMap(const KernelPipeline &pipeline) {
  if (!pipeline.steps.empty())
    return {1, 1};
  // Some ten thousand numbers a task.
  constexpr int32_t columns = 64, numbers = 32768;
  return {columns, std::clamp(numbers / (columns * pipeline.map->pitch), 1, columns)};
}

void scheduleMap(KernelPipeline &pipeline, const Machine &machine, const Blocks &blocks) {
  LoopLevel blockLoop = storeBlocks(pipeline, machine, blocks);
  for (Step &step : pipeline.steps) {
    Func sum = step.accumulator;
    Var c = sum.args()[0];
    std::vector<RVar> parts = sum.rvars(0);
    sum.compute_at(blockLoop).bound(c, 0, static_cast<int32_t>(step.width)).vectorize(c, machine.vector);
    sum.update().reorder(c, parts[0], parts[1]).vectorize(c, machine.vector);
  }
}

} // namespace swin::codegen
