//===- Attention.cpp - the loops of attention within a window --------------===//
// Queries are lanes. Where heads fill no vectors but tokens do, tokens are lanes of all
// that a window keeps: its rows are turned once, nothing is turned for each head, and no
// product has more channels than it needs.
//===----------------------------------------------------------------------===//
#include "codegen/schedules/Schedules.h"

#include <algorithm>
#include <cmath>
#include <utility>

using namespace Halide;

namespace swin::codegen {
namespace {

/// Largest divisor of `number` that is not above `most`.
int64_t divisor(int64_t number, int64_t most) {
  while (number % most != 0)
    --most;
  return most;
}

/// A tile of at most `most` that covers `extent` with the least done twice, the larger one of two.
int evenTile(int32_t extent, int most) {
  int best = 1;
  auto covered = [&](int tile) { return (extent + tile - 1) / tile * tile; };
  for (int tile = std::min<int>(most, extent); tile > most / 2; --tile)
    if (best == 1 || covered(tile) < covered(best))
      best = tile;
  return best;
}

/// Vectors of queries: as wide as the machine has, narrower for windows with fewer tokens.
int queryLanes(int32_t tokens, const Machine &machine) {
  int lanes = machine.vector;
  while (lanes > tokens)
    lanes /= 2;
  return lanes;
}

/// Queries whose powers, of all keys, half the first cache holds: all, or whole blocks with the least done twice.
int32_t queriesKept(int32_t tokens, int32_t block) {
  constexpr int32_t bytes = 16 << 10;
  int32_t most = bytes / 4 / tokens, best = block;
  if (most >= tokens)
    return tokens;
  auto covered = [&](int32_t queries) { return (tokens + queries - 1) / queries * queries; };
  for (int32_t queries = block; queries <= most; queries += block)
    if (covered(queries) <= covered(best))
      best = queries;
  return best;
}

/// Channels and tokens that are turned together: Halide makes a transposition of as many vectors that are read along
/// one of the two and stored along the other. LLVM makes poor code of larger ones.
constexpr int square = 8;

/// Parts of a softmax's sum over keys.
constexpr int32_t mostSumParts = 7;

/// Floats from one column to the next: columns a power of two apart would meet in few sets of the first cache.
int32_t pitchOf(int32_t tokens) {
  constexpr int32_t line = 16;
  return tokens / line % 2 == 0 ? tokens + line : tokens;
}

/// A tile of channels and vectors of tokens; channels may have leftovers.
RegisterTile columnTile(int64_t width, int32_t tokens, const Machine &machine) {
  // Each channel of a tile has an address of its own.
  constexpr int mostChannels = 10;
  RegisterTile best;
  double least = INFINITY;
  for (int vectors : {4, 3, 2, 1}) {
    if (tokens % (vectors * machine.vector) != 0)
      continue;
    int most = std::min(mostRows(vectors, machine), mostChannels);
    for (int channels = static_cast<int>(std::min<int64_t>(most, width)); channels >= 1; --channels) {
      double cost = tileCycles(channels, vectors) * ((width + channels - 1) / channels) / vectors;
      if (cost < least) {
        least = cost;
        best = {channels, vectors};
      }
    }
  }
  return best;
}

/// Squares of as many rows as a vector of factors has, which reads them turned.
void scheduleLengths(const Lengths &lengths, int lanes, const LoopLevel &loop, bool columns) {
  Func factor = lengths.factor, squares = lengths.squares;
  Var token = factor.args()[0], block("token_block"), ti("ti"), lane = squares.args()[0];
  factor.compute_at(loop).split(token, block, ti, lanes, TailStrategy::ShiftInwards).vectorize(ti);
  factor.partition(block, Partition::Never);
  if (columns) {
    squares.compute_at(factor, block).vectorize(squares.args()[1]);
    squares.update().reorder(lane, squares.args()[1], squares.rvars(0)[0]).vectorize(squares.args()[1]);
    return;
  }
  squares.compute_at(factor, block).vectorize(lane).unroll(squares.args()[1]);
  Stage update = squares.update();
  update.reorder(lane, squares.rvars(0)[0], squares.args()[1]).vectorize(lane).unroll(squares.args()[1]);
}

} // namespace

void attentionParameters(const Attention &parts, const Machine &machine, WindowsParameters &parameters) {
  int lanes = queryLanes(parts.tokens, machine);
  // Two vectors of queries read less a multiply-add, but the last two may do more that is done already.
  auto blocks = [&](int vectors) { return (parts.tokens + vectors * lanes - 1) / (vectors * lanes) * vectors; };
  parameters.queryVectors = blocks(2) * 7 < blocks(1) * 8 && 2 * lanes <= parts.tokens ? 2 : 1;
  int sums = (machine.registers - 1) / parameters.queryVectors - 1;
  parameters.scores = {evenTile(parts.tokens, std::min(sums, 12)), parameters.queryVectors};
  if (parts.columns) {
    // As few heads as give a tile of channels.
    constexpr int32_t leastChannels = 8;
    int32_t heads = 1;
    while (heads < parts.heads && (parts.heads % heads != 0 || heads * parts.width < leastChannels))
      ++heads;
    parameters.heads = heads;
    parameters.queries = columnTile(heads * parts.width, parts.tokens, machine);
    parameters.values.rows = evenTile(parts.width, std::min(sums, 12));
    return;
  }
  parameters.queriesKept = queriesKept(parts.tokens, parameters.queryVectors * lanes);
  parameters.values = rowsTile(static_cast<int32_t>(parameters.queriesKept), parts.width, machine);
}

void scheduleColumns(Func value, Func sums, const RegisterTile &tile, int32_t tokens, int64_t width,
                     const Machine &machine, const LoopLevel &loop) {
  Var c = value.args()[0], token = value.args()[1], window = value.args()[2];
  Var channelTile("channel_tile"), ci("ci"), tokenTile("token_tile"), ti("ti");
  value.compute_at(loop)
      .bound_extent(c, static_cast<int32_t>(width))
      .bound_extent(token, tokens)
      .reorder_storage(token, c, window)
      .align_storage(token, pitchOf(tokens))
      .split(c, channelTile, ci, tile.rows, TailStrategy::ShiftInwards)
      .split(token, tokenTile, ti, tile.vectors * machine.vector)
      .reorder(ti, ci, tokenTile, channelTile)
      .vectorize(ti, machine.vector)
      .unroll(ti)
      .unroll(ci);
  c = sums.args()[0], token = sums.args()[1];
  sums.compute_at(value, tokenTile).reorder_storage(token, c, window);
  sums.bound_extent(c, tile.rows).bound_extent(token, tile.vectors * machine.vector);
  sums.reorder(token, c).vectorize(token, machine.vector).unroll(token).unroll(c);
  Stage update = sums.update();
  update.reorder(token, c, sums.rvars(0)[0]).vectorize(token, machine.vector).unroll(token).unroll(c);
}

void scheduleTurned(Func rows, int64_t width, int32_t tokens, const Machine &machine, const LoopLevel &loop) {
  Func columns = rows.in();
  Var c = columns.args()[0], token = columns.args()[1], window = columns.args()[2];
  Var channelBlock("channel_block"), ci("ci"), tokenBlock("token_block"), ti("ti");
  columns.compute_at(loop)
      .bound(c, 0, static_cast<int32_t>(width))
      .bound_extent(token, tokens)
      .reorder_storage(token, c, window)
      .align_storage(token, pitchOf(tokens))
      .split(c, channelBlock, ci, square)
      .split(token, tokenBlock, ti, machine.vector)
      .reorder(ti, ci, channelBlock, tokenBlock)
      .vectorize(ti)
      .unroll(ci);
  Func block = rows.in(columns);
  c = block.args()[0], token = block.args()[1];
  block.compute_at(columns, channelBlock).reorder_storage(token, c, window).vectorize(c, square).unroll(token);
}

void scheduleAttention(Attention parts, const Machine &machine, const WindowsParameters &parameters,
                       const LoopLevel &windowLoop, Var headBlock) {
  int lanes = queryLanes(parts.tokens, machine);
  int block = lanes * parameters.queryVectors;
  int keys = std::min<int>(parameters.scores.rows, parts.tokens);
  Var query = parts.query, key = parts.key, channel = parts.channel, head = parts.head;
  Var queryBlock("query_block"), qi("qi"), channelBlock("channel_block"), di("di"), queryTile("query_tile"),
      keyBlock("key_block"), ki("ki");
  auto alongQueries = [&](auto stage) {
    if (lanes > 1)
      stage.vectorize(query, lanes);
    stage.unroll(query);
  };

  Func attended = parts.attended, values = parts.valueSums;
  attended.compute_at(windowLoop).split(head, headBlock, head, static_cast<int32_t>(parameters.heads));
  attended.parallel(headBlock);
  // What needs the powers of all keys. Powers are computed for a block of queries at a time.
  LoopLevel blockLoop, sumsLoop;
  if (parts.columns) {
    // Lanes are queries here, too.
    int channels = std::min<int>(parameters.values.rows, parts.width);
    attended.split(query, queryBlock, qi, block, TailStrategy::ShiftInwards)
        .split(channel, channelBlock, di, channels, TailStrategy::ShiftInwards)
        .reorder_storage(query, channel, head, attended.args()[3])
        .align_storage(query, pitchOf(parts.tokens))
        .reorder(qi, di, channelBlock, queryBlock, head, headBlock)
        .vectorize(qi, lanes)
        .unroll(qi)
        .unroll(di);
    // The last block is moved inwards; that needs no code of its own.
    attended.partition(queryBlock, Partition::Never).partition(channelBlock, Partition::Never);
    values.compute_at(attended, channelBlock).unroll(channel);
    alongQueries(values);
    values.update().reorder(query, channel, values.rvars(0)[0]).unroll(channel);
    alongQueries(values.update());
    blockLoop = sumsLoop = LoopLevel(attended, queryBlock);
    parts.powers.compute_at(blockLoop);
    parts.reciprocal.compute_at(blockLoop);
  } else {
    // Rows of channels, as the next product reads them: a product of powers and values, of which nothing is turned and
    // no query is computed twice because it fills a vector.
    int wide = rowLanes(parts.width, machine);
    int32_t kept = static_cast<int32_t>(parameters.queriesKept);
    Var channelTile("channel_tile"), queryPart("query_part");
    attended.split(channel, channelTile, di, parameters.values.vectors * wide, TailStrategy::ShiftInwards)
        .split(query, queryPart, query, kept, TailStrategy::ShiftInwards)
        .split(query, queryTile, qi, parameters.values.rows, TailStrategy::ShiftInwards)
        .reorder_storage(channel, head, query, attended.args()[3])
        .reorder(di, qi, queryTile, channelTile, queryPart, head, headBlock)
        .vectorize(di, wide)
        .unroll(di)
        .unroll(qi);
    values.compute_at(attended, queryTile).reorder_storage(channel, query, head, attended.args()[3]);
    values.vectorize(channel, wide).unroll(channel).unroll(query);
    Stage update = values.update();
    update.reorder(channel, query, values.rvars(0)[0]).vectorize(channel, wide).unroll(channel).unroll(query);
    for (Func f : {parts.powers, parts.reciprocal}) {
      f.compute_at(attended, queryPart).split(query, queryBlock, query, block, TailStrategy::ShiftInwards);
      f.partition(queryBlock, Partition::Never);
    }
    parts.powers.align_storage(query, lanes).reorder(query, key, queryBlock);
    blockLoop = LoopLevel(parts.powers, queryBlock);
    sumsLoop = LoopLevel(parts.reciprocal, queryBlock);
  }
  for (Func f : {parts.powers, parts.reciprocal})
    alongQueries(f);
  parts.base.compute_at(blockLoop);
  alongQueries(parts.base);
  // Two keys at a time wait less for each other.
  if (parts.tokens % 2 == 0)
    parts.powers.unroll(key, 2);
  // In several parts, which need not wait for each other.
  int32_t sumParts = static_cast<int32_t>(divisor(parts.tokens, std::min(parts.tokens, mostSumParts)));
  for (auto [f, loop] : {std::pair(parts.total, sumsLoop), std::pair(parts.largest, blockLoop)}) {
    f.compute_at(loop);
    alongQueries(f);
    RVar all = f.rvars(0)[0], outer("key_outer"), inner("key_inner");
    Var sumPart("sum_part");
    f.update().split(all, outer, inner, sumParts);
    Func sum = f.update().rfactor(inner, sumPart);
    sum.compute_at(loop).reorder_storage(query, sumPart).reorder(query, sumPart).unroll(sumPart);
    alongQueries(sum);
    Stage update = sum.update();
    update.reorder(query, sumPart, outer).unroll(sumPart);
    alongQueries(update);
    Stage last = f.update();
    last.reorder(query, inner).unroll(inner);
    alongQueries(last);
  }

  Func scores = parts.scores;
  scores.compute_at(blockLoop)
      .split(key, keyBlock, ki, keys, TailStrategy::ShiftInwards)
      .split(query, queryTile, query, std::min(block, lanes * parameters.scores.vectors))
      .reorder(query, ki, keyBlock, queryTile)
      .unroll(ki)
      .partition(keyBlock, Partition::Never);
  alongQueries(scores);
  if (scores.has_update_definition()) {
    Stage mask = scores.update();
    mask.reorder(query, scores.rvars(0)[0]);
    alongQueries(mask);
  }
  Func sums = parts.scoreSums;
  sums.compute_at(scores, keyBlock).unroll(key);
  alongQueries(sums);
  Stage update = sums.update();
  update.reorder(query, key, sums.rvars(0)[0]).unroll(key);
  alongQueries(update);

  for (const Lengths &lengths : parts.lengths)
    scheduleLengths(lengths, lanes, LoopLevel(attended, head), parts.columns);

  Func queries = parts.queries;
  queries.compute_at(blockLoop);
  int side = std::min(square, machine.vector);
  if (!parts.columns && parts.width >= side && lanes % side == 0) {
    queries.split(channel, channelBlock, di, side, TailStrategy::ShiftInwards)
        .split(query, queryBlock, qi, side)
        .reorder(di, qi, queryBlock, channelBlock)
        .vectorize(di)
        .unroll(qi);
  } else {
    alongQueries(queries);
  }
}

} // namespace swin::codegen
