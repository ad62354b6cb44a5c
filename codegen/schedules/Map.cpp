//===- Map.cpp - maps of any sizes, and how they are stored ---------------===//
// A result is cut into blocks, tasks of the parallel loop. Halide does not exchange loops
// over reduction variables, so that the order of a store's loops is that of its domain,
// and blocks are part of it.
//===----------------------------------------------------------------------===//
#include "codegen/schedules/Rules.h"

#include <algorithm>
#include <cmath>

using namespace Halide;

namespace swin::codegen {
namespace {

/// Tokens that are turned together into rows of planes: Halide makes a transposition of as many vectors that are read
/// along one of the two and stored along the other.
constexpr int square = 8;

Expr parts(const Expr &size, int32_t part) { return (size + (part - 1)) / part; }

struct Planes {
  Func planes{"planes"}, tile{"turned"};
};

/// A piece in the order of its planes. The last tokens of a row are turned with others, which are one of the map, too.
Planes planesOf(const MapResult::Piece &piece, const Expr &width) {
  Planes made;
  Var c("c"), x("x"), y("y"), image("image");
  made.tile(c, x, y, image) = piece.value(c, min(x, width - 1), y, image);
  made.planes(c, x, y, image) = made.tile(c, x, y, image);
  return made;
}

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
    Expr count = map.batch * down * across;
    // Innermost is what lies side by side.
    RDom all = map.channelsFirst ? RDom({{0, columns}, {0, piece.channels}, {0, rows}, {0, count}}, "all")
                                 : RDom({{0, piece.channels}, {0, columns}, {0, rows}, {0, count}}, "all");
    RVar channel = map.channelsFirst ? all.y : all.x, column = map.channelsFirst ? all.x : all.y;
    // Signed, and without a remainder: that these are one place in each block is read off them.
    Expr line = all.w / across, image = line / down;
    Expr x = (all.w - line * across) * columns + column, y = (line - image * down) * rows + all.z;
    // Likely of all lanes, so that there is code for whole vectors.
    all.where((map.channelsFirst ? likely(x < map.width) : x < map.width) && y < map.height);
    Expr address = ((image * map.height + y) * map.width + x) * map.pitch + piece.first + channel;
    if (map.channelsFirst)
      address = ((image * map.pitch + piece.first + channel) * map.height + y) * map.width + x;
    bool turned = map.channelsFirst && !map.planes && piece.channels >= square;
    Planes planes = turned ? planesOf(piece, map.width) : Planes();
    const Func &value = turned ? planes.planes : piece.value;
    store.func(unsafe_promise_clamped(address, 0, last)) = value(channel, x, y, image);
    store.func.update(static_cast<int>(i))
        .allow_race_conditions()
        .vectorize(all.x, machine.vector, TailStrategy::GuardWithIf)
        .parallel(all.w);
    LoopLevel level(store.func, all.w);
    if (turned)
      schedulePlanes(planes.planes, planes.tile, piece.channels, {columns, rows}, machine, level);
    if (i == 0)
      first = level;
  }
  return first;
}

void schedulePlanes(Func planes, Func tile, int64_t channels, const Blocks &extents, const Machine &machine,
                    const LoopLevel &loop) {
  Var c = planes.args()[0], x = planes.args()[1], y = planes.args()[2], image = planes.args()[3];
  Var channelBlock("channel_block"), ci("ci"), columnBlock("column_block"), xi("xi");
  int32_t width = static_cast<int32_t>(paddedChannels(channels));
  planes.compute_at(loop)
      .bound(c, 0, width)
      .bound_storage(x, (extents.columns + square - 1) / square * square)
      .bound_storage(y, extents.rows)
      .bound_storage(image, 1)
      .reorder_storage(x, c, y, image)
      .split(c, channelBlock, ci, machine.vector)
      .split(x, columnBlock, xi, square, TailStrategy::RoundUp)
      .reorder(xi, ci, channelBlock, columnBlock, y, image)
      .vectorize(xi)
      .unroll(ci);
  c = tile.args()[0], x = tile.args()[1], y = tile.args()[2], image = tile.args()[3];
  tile.compute_at(planes, channelBlock)
      .bound_extent(c, machine.vector)
      .bound_extent(x, square)
      .reorder_storage(x, c, y, image)
      .vectorize(c)
      .unroll(x);
}

Blocks defaultMap(const KernelPipeline &pipeline) {
  if (!pipeline.steps.empty())
    return {1, 1};
  // Some ten thousand numbers a task.
  constexpr int32_t columns = 64, numbers = 32768;
  return {columns, std::clamp(numbers / (columns * pipeline.map->pitch), 1, columns)};
}

Rules<Blocks> mapRules(const KernelPipeline &pipeline) {
  Rules<Blocks> rules;
  rules.name = "map 1";
  rules.standard = defaultMap(pipeline);
  Choices<Blocks> choices(rules.standard);
  if (pipeline.steps.empty()) {
    choices.set(rules.standard.columns, {8, 16, 32, 64, 128, 256});
    choices.set(rules.standard.rows, {1, 2, 4, 8, 16, 32, 64});
  }
  rules.choices = choices.list();
  // Pieces that are turned are kept meanwhile.
  constexpr int64_t scratch = 4 << 20;
  int64_t token = pipeline.map->channelsFirst ? 4 * pipeline.map->pitch : 0;
  int64_t mostTokens =
      std::max<int64_t>(scratch / std::max<int64_t>(token, 1), int64_t(rules.standard.columns) * rules.standard.rows);
  rules.problem = [mostTokens](const Blocks &blocks) -> std::string {
    if (int64_t(blocks.columns) * blocks.rows <= mostTokens)
      return "";
    return mustBe(blocks, blocks.rows,
                  "at most " + std::to_string(mostTokens / blocks.columns) + ", whose buffers are small enough");
  };
  rules.settle = [mostTokens](Blocks &blocks) {
    int64_t most = std::max<int64_t>(1, mostTokens / blocks.columns);
    blocks.rows = static_cast<int32_t>(std::min<int64_t>(blocks.rows, most));
  };
  double pitch = pipeline.map->pitch;
  rules.features = [pitch](const Blocks &blocks, const KernelExtent &extent) {
    double columns = blocks.columns, rows = blocks.rows;
    double across = std::ceil(static_cast<double>(extent.width) / columns);
    double down = std::ceil(static_cast<double>(extent.height) / rows);
    return Features{{"tasks", magnitude(across * down * static_cast<double>(extent.batch))},
                    {"waste", across * columns / static_cast<double>(std::max<int64_t>(extent.width, 1))},
                    {"block", magnitude(columns * rows * pitch * 4 / firstCache)}};
  };
  return rules;
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
