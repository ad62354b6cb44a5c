//===- Schedules.h - how the loops of a kernel run ------------------------===//
// One schedule per kind of kernel, its parameters as data. A schedule changes no result
// beyond the order of a sum, and sums run in one order wherever a row stands, so that a
// row's bits do not depend on its neighbours.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_SCHEDULES_SCHEDULES_H
#define SWIN_CODEGEN_SCHEDULES_SCHEDULES_H

#include "codegen/KernelPipeline.h"

#include "Halide.h"

#include <cstdint>
#include <string>
#include <vector>

namespace swin::codegen {

/// What a schedule knows of an instruction set.
struct Machine {
  std::string isa;
  int vector = 8;     ///< floats of a register
  int registers = 16; ///< vector registers
  int numbers = 1;    ///< registers for the numbers that a step of a product multiplies vectors by
  int64_t cache = 0;  ///< bytes of a core's second cache that a kernel may count on
  Halide::Target target;
};
/// All instruction sets, best first.
const std::vector<Machine> &machines();

// Parameters of a schedule list their fields once, in `fields`, for all that reads or writes them as text
// (ScheduleText.h).

/// Sums of a product that are held in registers at a time: rows x (vectors * Machine::vector) channels.
struct RegisterTile {
  int rows = 1;
  int vectors = 1;

  template <typename Self, typename Visit> static void fields(Self &self, Visit visit) {
    visit("rows", self.rows);
    visit("vectors", self.vectors);
  }
};

/// How the sums of a product run.
struct ProductParameters {
  RegisterTile tile;
  int32_t chunk = 0; ///< terms that are summed up for all rows before the next ones, a whole part of all; 0 = all

  template <typename Self, typename Visit> static void fields(Self &self, Visit visit) {
    visit("tile", self.tile);
    visit("chunk", self.chunk);
  }
};

/// Of a kernel whose rows are multiplied in pairs, rows are pairs.
struct TokensParameters {
  std::vector<ProductParameters> products; ///< in order
  int64_t blockRows = 64; ///< rows that go through all steps together, at most; a task of the parallel loop
  int64_t fewRows = 64;   ///< so many or fewer are one block, parallel within; both are whole tiles

  template <typename Self, typename Visit> static void fields(Self &self, Visit visit) {
    visit("products", self.products);
    visit("block_rows", self.blockRows);
    visit("few_rows", self.fewRows);
  }
};
TokensParameters defaultTokens(const KernelPipeline &pipeline, const Machine &machine);
void scheduleTokens(KernelPipeline &pipeline, const Machine &machine, const TokensParameters &parameters);

/// Of a `tokens` kernel whose rows are multiplied in pairs.
TokensParameters defaultFastTokens(const KernelPipeline &pipeline, const Machine &machine);
void scheduleFastTokens(KernelPipeline &pipeline, const Machine &machine, const TokensParameters &parameters);

struct PoolParameters {
  int vectors = 4; ///< of the product's sums in registers

  template <typename Self, typename Visit> static void fields(Self &self, Visit visit) {
    visit("vectors", self.vectors);
  }
};
PoolParameters defaultPool(const KernelPipeline &pipeline, const Machine &machine);
void schedulePool(KernelPipeline &pipeline, const Machine &machine, const PoolParameters &parameters);

struct WindowsParameters {
  RegisterTile queries;    ///< of the product in front of the attention; of columns channels x vectors of tokens
  RegisterTile projection; ///< of the one behind it
  int64_t windows = 1;     ///< of a task of the parallel loop
  int64_t fewWindows = 8;  ///< fewer than these are one task, parallel within
  int64_t storedChannels = panelWidth; ///< of all rows of a window that are stored together: whole tiles
  int64_t heads = 1;       ///< whose queries, keys and values are computed together; their channels fill panels
  int queryVectors = 1;    ///< of queries whose scores are computed together
  int64_t queriesKept = 1; ///< whose powers are kept until all that they attend to is computed, unless in columns
  RegisterTile scores;     ///< keys x vectors of queries
  RegisterTile values;     ///< queries x vectors of a head's channels; of columns its rows are channels
  RegisterTile mixing;     ///< tokens x vectors of a head's channels

  template <typename Self, typename Visit> static void fields(Self &self, Visit visit) {
    visit("queries", self.queries);
    visit("projection", self.projection);
    visit("windows", self.windows);
    visit("few_windows", self.fewWindows);
    visit("stored_channels", self.storedChannels);
    visit("heads", self.heads);
    visit("query_vectors", self.queryVectors);
    visit("queries_kept", self.queriesKept);
    visit("scores", self.scores);
    visit("values", self.values);
    visit("mixing", self.mixing);
  }
};
/// The step that lets tokens of a window see each other.
const Step &mixerOf(const KernelPipeline &pipeline);
/// Tokens of a window, heads and channels of a head.
struct WindowExtents {
  int32_t tokens, heads, width;
};
WindowExtents windowExtents(const KernelPipeline &pipeline);
/// Whether queries, keys and values are products of their own.
bool separateOperands(const KernelPipeline &pipeline);
WindowsParameters defaultWindows(const KernelPipeline &pipeline, const Machine &machine);
void scheduleWindows(KernelPipeline &pipeline, const Machine &machine, const WindowsParameters &parameters);

/// Tokens of the last convolution's map, or else of the result's, that are a task of the parallel loop.
struct Blocks {
  int32_t columns = 1, rows = 1;

  template <typename Self, typename Visit> static void fields(Self &self, Visit visit) {
    visit("columns", self.columns);
    visit("rows", self.rows);
  }
};

struct ConvParameters {
  bool planes = false; ///< whether tokens are lanes, not channels
  RegisterTile tile;   ///< tokens of a row x vectors of channels; of planes channels x vectors of tokens
  Blocks blocks;       ///< columns are whole tiles
  int32_t chunk = 0;   ///< channels that are summed up before the next ones are read, whole parts of all; 0 = all

  template <typename Self, typename Visit> static void fields(Self &self, Visit visit) {
    visit("planes", self.planes);
    visit("tile", self.tile);
    visit("blocks", self.blocks);
    visit("chunk", self.chunk);
  }
};
ConvParameters defaultConv(const KernelPipeline &pipeline, const Machine &machine);
void scheduleConv(KernelPipeline &pipeline, const Machine &machine, const ConvParameters &parameters);

Blocks defaultMap(const KernelPipeline &pipeline);
void scheduleMap(KernelPipeline &pipeline, const Machine &machine, const Blocks &blocks);

// Map.cpp: what kernels of maps share.

/// Makes the pipeline's store, whose outer loop is over blocks, runs in parallel and is returned.
Halide::LoopLevel storeBlocks(KernelPipeline &pipeline, const Machine &machine, const Blocks &blocks);
/// Planes of `channels`, of so many columns and rows at most, computed at `loop` in tiles that are turned on their way:
/// `planes` is `tile`, which is computed channel by channel.
void schedulePlanes(Halide::Func planes, Halide::Func tile, int64_t channels, const Blocks &extents,
                    const Machine &machine, const Halide::LoopLevel &loop);

// Attention.cpp: what scheduleWindows does with attention.

/// The parameters of attention in `parameters`, by the default rule; where tokens are the first dimension in memory
/// also `queries` and `heads`.
void attentionParameters(const Attention &parts, const Machine &machine, WindowsParameters &parameters);
/// Attention of all heads, computed at `windowLoop`; `headBlock` becomes the loop over some heads.
void scheduleAttention(Attention parts, const Machine &machine, const WindowsParameters &parameters,
                       const Halide::LoopLevel &windowLoop, Halide::Var headBlock);
/// A product of `width` channels whose tokens are lanes, in columns.
void scheduleColumns(Halide::Func value, Halide::Func sums, const RegisterTile &tile, int32_t tokens, int64_t width,
                     const Machine &machine, const Halide::LoopLevel &loop);
/// Lets all that reads `rows`, which stand at `loop`, read columns of tokens instead.
void scheduleTurned(Halide::Func rows, int64_t width, int32_t tokens, const Machine &machine,
                    const Halide::LoopLevel &loop);

// Loops.cpp: parts that schedules share.

/// So many rows are whole tiles of each product.
int64_t rowsOfTiles(const TokensParameters &parameters);
/// Rows of a block where there are `rows` in all: blocks are of equal size, and an even number where they are several,
/// so that threads end together.
Halide::Expr blockSize(const Halide::Expr &rows, const TokensParameters &parameters);
/// Cycles of a tile's inner loop: two multiply-adds or two reads a cycle; sums wait for themselves four cycles.
double tileCycles(int rows, int vectors);
/// Rows of a tile of so many vectors at most: its sums, vectors of weights and numbers fill the registers.
int mostRows(int vectors, const Machine &machine);
/// Vectors of a tile at most: three, or a whole panel where that is four and leaves registers for enough rows.
int mostVectors(const Machine &machine);
/// The tile of the default rule for a product of `width` channels.
RegisterTile defaultTile(int64_t width, const Machine &machine);
/// The widest vector within a row of `width` channels.
int rowLanes(int32_t width, const Machine &machine);
/// A tile of rows and such vectors of their channels, of which both may have leftovers.
RegisterTile rowsTile(int32_t rows, int32_t width, const Machine &machine);
/// Terms of a product's chunk by the default rule: where tiles are small they read weights faster than a second cache
/// gives them, and a chunk's stay in the first.
int32_t chunkOf(int64_t terms, const RegisterTile &tile, const Machine &machine);
/// The sums of one register tile, computed at a loop of the Func that uses them. With a `group`, sums run over groups
/// of so many terms: the address of a head's channel, without a division in the loop.
void scheduleAccumulator(Halide::Func sums, const RegisterTile &tile, const Machine &machine,
                         const Halide::LoopLevel &tileLoop, int32_t group = 0);
/// The sums of `most` rows or fewer: of one register tile at `tileLoop` or, in chunks, of all at `panelLoop` around it.
void scheduleProductSums(Halide::Func sums, const ProductParameters &product, int64_t most, const Machine &machine,
                         const Halide::LoopLevel &panelLoop, const Halide::LoopLevel &tileLoop);
/// A product as rows of a buffer, computed at `loop`: panels outside, so that a panel of weights serves all rows.
/// `tail` is for rows that do not divide into tiles; the rows' own bounds are the caller's.
/// Returns the loop over panels.
Halide::Var scheduleProductRows(Halide::Func rows, const Halide::Func &sums, const RegisterTile &tile,
                                const Machine &machine, const Halide::LoopLevel &loop, Halide::TailStrategy tail,
                                int32_t group = 0);
/// The same of `most` rows or fewer that are whole tiles, its sums in chunks.
Halide::Var scheduleProductRows(Halide::Func rows, const Halide::Func &sums, const ProductParameters &product,
                                int64_t most, const Machine &machine, const Halide::LoopLevel &loop);
/// A row's partial sums, computed at a loop over rows.
void scheduleRowSum(Halide::Func sum, const Machine &machine, const Halide::LoopLevel &rowLoop);
/// What each row of a norm needs first, computed at a loop over rows.
void scheduleRowSums(const Step &step, const Machine &machine, const Halide::LoopLevel &rowLoop);
/// Rows without sums of their own.
void scheduleRows(Halide::Func rows, int64_t width, const Machine &machine, const Halide::LoopLevel &loop);

} // namespace swin::codegen

#endif // SWIN_CODEGEN_SCHEDULES_SCHEDULES_H
