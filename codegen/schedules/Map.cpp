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

/// Of sizes, which are not negative.
Expr quotient(const Expr &a, const Expr &b) { return cast<int32_t>(cast<uint32_t>(a) / cast<uint32_t>(b)); }

Expr parts(const Expr &size, int32_t part) { return quotient(size + (part - 1), part); }

/// Image, first row and first column of a block, one division a block.
Func originOf(const MapResult &map, const Blocks &blocks, Expr &count) {
  Expr across = parts(map.width, blocks.columns * map.factor), down = parts(map.height, blocks.rows * map.factor);
  count = map.batch * down * across;
  Var block("block");
  Func origin("origin");
  Expr line = quotient(block, across), image = quotient(line, down);
  origin(block) = Tuple(image, (line - image * down) * blocks.rows, (block - line * across) * blocks.columns);
  return origin;
}

} // namespace

LoopLevel storeBlocks(KernelPipeline &pipeline, const Machine &machine, const Blocks &blocks) {
  const MapResult &map = *pipeline.map;
  Store &store = pipeline.store;
  Expr count;
  Func origin = originOf(map, blocks, count);
  store.func = Func("result");
  store.scatters = true;
  store.width = map.pitch;
  Var element("element");
  store.func(element) = undef<float>();
  store.func.output_buffer().dim(0).set_min(0);
  Expr last = map.batch * map.height * map.width * map.pitch - 1;
  int32_t columns = blocks.columns * map.factor, rows = blocks.rows * map.factor;
  LoopLevel level;
  std::vector<RVar> tasks;
  for (const MapResult::Piece &piece : map.pieces) {
    RDom all({{0, piece.channels}, {0, columns}, {0, rows}, {0, count}}, "all");
    Expr image = origin(all.w)[0], y = origin(all.w)[1] * map.factor + all.z, x = origin(all.w)[2] * map.factor + all.y;
    all.where(x < map.width && y < map.height);
    Expr address = ((image * map.height + y) * map.width + x) * map.pitch + piece.first + all.x;
    if (map.channelsFirst)
      address = ((image * map.pitch + piece.first + all.x) * map.height + y) * map.width + x;
    store.func(unsafe_promise_clamped(address, 0, last)) = piece.value(all.x, x, y, image);
    tasks.push_back(all.w);
    store.channel = all.x;
  }
  for (size_t i = 0; i < tasks.size(); ++i) {
    Stage stage = store.func.update(static_cast<int>(i));
    stage.allow_race_conditions().parallel(tasks[i]);
    RVar channel(stage.get_schedule().dims()[0].var);
    stage.vectorize(channel, machine.vector, TailStrategy::GuardWithIf);
  }
  level = LoopLevel(store.func, tasks.front(), 1);
  origin.compute_at(level);
  pipeline.tables.push_back(origin);
  return level;
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
