//===- Loops.cpp - parts that schedules share -----------------------------===//
#include "codegen/schedules/Schedules.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace Halide;

namespace swin::codegen {
namespace {

/// Channels of a register tile; the last vector of a row may be narrower than a panel, never wider.
int tileWidth(const RegisterTile &tile, const Machine &machine) { return tile.vectors * machine.vector; }

/// The widest vector that whole rows of this width consist of.
int rowVector(int64_t width, const Machine &machine) {
  int vector = machine.vector;
  while (width % vector != 0)
    vector /= 2;
  return vector;
}

struct TileLoops {
  Var panel{"panel"}, tile{"tile_row"};
};

/// Rows of a buffer in register tiles.
TileLoops scheduleTiles(Func rows, const RegisterTile &tile, const Machine &machine, const LoopLevel &loop,
                        TailStrategy tail) {
  TileLoops loops;
  Var ci("ci"), ri("ri");
  rows.compute_at(loop)
      .split(rows.args()[0], loops.panel, ci, tileWidth(tile, machine))
      .split(rows.args()[1], loops.tile, ri, tile.rows, tail)
      .reorder(ci, ri, loops.tile, loops.panel)
      .vectorize(ci, machine.vector)
      .unroll(ci)
      .unroll(ri);
  return loops;
}

} // namespace

int64_t rowsOfTiles(const TokensParameters &parameters) {
  int64_t rows = 1;
  for (const ProductParameters &product : parameters.products)
    rows = std::lcm(rows, product.tile.rows);
  return rows;
}

Expr blockSize(const Expr &rows, const TokensParameters &parameters) {
  int32_t tile = static_cast<int32_t>(rowsOfTiles(parameters)), most = static_cast<int32_t>(parameters.fewRows);
  int32_t pair = static_cast<int32_t>(2 * parameters.blockRows);
  Expr blocks = select(rows <= most, 1, (rows + (pair - 1)) / pair * 2);
  return ((rows + blocks - 1) / blocks + (tile - 1)) / tile * tile;
}

double tileCycles(int rows, int vectors) {
  return std::max({rows * vectors / 2.0, (rows + vectors) / 2.0, 4.0}) + 0.25;
}

int mostRows(int vectors, const Machine &machine) { return (machine.registers - machine.numbers - vectors) / vectors; }

int mostVectors(const Machine &machine) {
  constexpr int enough = 6;
  return 4 * machine.vector == panelWidth && mostRows(4, machine) >= enough ? 4 : 3;
}

RegisterTile defaultTile(int64_t width, const Machine &machine) {
  // A step of the inner loop reads `vectors` of weights and one number a row. Many rows a tile read weights less
  // often, many vectors read rows less often.
  for (int vectors = mostVectors(machine); vectors >= 1; --vectors)
    if (width % (vectors * machine.vector) == 0)
      return {std::min(mostRows(vectors, machine), 14), vectors};
  return {1, 1};
}

int32_t chunkOf(int64_t terms, const RegisterTile &tile, const Machine &machine) {
  constexpr int64_t line = 64, longSums = 512, room = 16 << 10; // bytes of a first cache for weights
  int64_t channels = tile.vectors * machine.vector;
  int64_t bytes = (channels * 4 + line - 1) / line * line; // that a term reads
  bool fast = bytes > tile.rows * channels;                // more than a byte for each multiply-add
  int64_t chunk = room / bytes;
  if (!fast || terms <= longSums)
    return 0;
  while (terms % chunk != 0)
    --chunk;
  constexpr int64_t least = 32; // or sums on their way to memory and back cost more
  return static_cast<int32_t>(chunk >= least ? chunk : 0);
}

int rowLanes(int32_t width, const Machine &machine) {
  int lanes = machine.vector;
  while (lanes > width)
    lanes /= 2;
  return lanes;
}

RegisterTile rowsTile(int32_t rows, int32_t width, const Machine &machine) {
  RegisterTile best;
  double least = INFINITY;
  int lanes = rowLanes(width, machine);
  for (int vectors = std::min(4, width / lanes); vectors >= 1; --vectors)
    for (int height = std::min(mostRows(vectors, machine), rows); height >= 1; --height) {
      int tiles = (rows + height - 1) / height * ((width + vectors * lanes - 1) / (vectors * lanes));
      double cost = tileCycles(height, vectors) * tiles;
      if (cost < least) {
        least = cost;
        best = {height, vectors};
      }
    }
  return best;
}

void scheduleAccumulator(Func sums, const RegisterTile &tile, const Machine &machine, const LoopLevel &tileLoop,
                         int32_t group) {
  Var c = sums.args()[0], row = sums.args()[1];
  RVar k = sums.rvars(0)[0], outer("k_outer"), inner("k_inner");
  // The whole tile, also where fewer rows are stored: a constant size keeps it in registers.
  sums.compute_at(tileLoop).bound_extent(c, tileWidth(tile, machine)).bound_extent(row, tile.rows);
  sums.vectorize(c, machine.vector).unroll(c).unroll(row);
  Stage update = sums.update();
  if (group)
    update.split(k, outer, inner, group).reorder(c, row, inner, outer);
  else
    update.reorder(c, row, k);
  update.vectorize(c, machine.vector).unroll(c).unroll(row);
}

void scheduleProductSums(Func sums, const ProductParameters &product, int64_t most, const Machine &machine,
                         const LoopLevel &panelLoop, const LoopLevel &tileLoop) {
  const RegisterTile &tile = product.tile;
  if (product.chunk == 0)
    return scheduleAccumulator(sums, tile, machine, tileLoop);
  Var c = sums.args()[0], row = sums.args()[1], chunkOf("chunk_of"), tileRow("tile_row"), ri("ri");
  RVar outer("chunk"), inner("k_inner");
  Stage update = sums.update();
  update.split(sums.rvars(0)[0], outer, inner, product.chunk);
  Func partial = update.rfactor(outer, chunkOf);
  sums.compute_at(panelLoop)
      .bound_extent(c, tileWidth(tile, machine))
      .bound_storage(row, static_cast<int32_t>(most))
      .vectorize(c, machine.vector)
      .unroll(c);
  sums.update()
      .split(row, tileRow, ri, tile.rows, TailStrategy::RoundUp)
      .reorder(c, ri, tileRow, outer)
      .vectorize(c, machine.vector)
      .unroll(c)
      .unroll(ri);
  scheduleAccumulator(partial, tile, machine, LoopLevel(sums, tileRow));
}

Var scheduleProductRows(Func rows, const Func &sums, const RegisterTile &tile, const Machine &machine,
                        const LoopLevel &loop, TailStrategy tail, int32_t group) {
  TileLoops loops = scheduleTiles(rows, tile, machine, loop, tail);
  scheduleAccumulator(sums, tile, machine, LoopLevel(rows, loops.tile), group);
  return loops.panel;
}

Var scheduleProductRows(Func rows, const Func &sums, const ProductParameters &product, int64_t most,
                        const Machine &machine, const LoopLevel &loop) {
  TileLoops loops = scheduleTiles(rows, product.tile, machine, loop, TailStrategy::RoundUp);
  scheduleProductSums(sums, product, most, machine, LoopLevel(rows, loops.panel), LoopLevel(rows, loops.tile));
  return loops.panel;
}

void scheduleRowSum(Func sum, const Machine &machine, const LoopLevel &rowLoop) {
  Var lane = sum.args()[0];
  int vector = std::min<int>(machine.vector, panelWidth);
  sum.compute_at(rowLoop).bound_extent(lane, static_cast<int32_t>(panelWidth)).vectorize(lane, vector).unroll(lane);
  sum.update().reorder(lane, sum.rvars(0)[0]).vectorize(lane, vector).unroll(lane);
}

void scheduleRowSums(const Step &step, const Machine &machine, const LoopLevel &rowLoop) {
  for (const Func &sum : step.sums)
    scheduleRowSum(sum, machine, rowLoop);
  for (Func scalar : step.scalars)
    scalar.compute_at(rowLoop);
}

void scheduleRows(Func rows, int64_t width, const Machine &machine, const LoopLevel &loop) {
  Var c = rows.args()[0];
  rows.compute_at(loop).bound(c, 0, static_cast<int32_t>(width)).vectorize(c, rowVector(width, machine));
}

} // namespace swin::codegen
