//===- Tiles.h - large pictures in overlapping pieces ----------------------===//
// For models that make a picture of a picture. Each tile is a run of its own. Where
// tiles overlap, one passes into the next linearly over the middle half of what they
// have in common: the outer quarters are next to the tile's edge, which the model sees
// as an edge of the picture.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_RUNNER_TILES_H
#define SWIN_TOOLS_RUNNER_TILES_H

#include <cstdint>
#include <functional>
#include <vector>

namespace swin::runner {

/// From `begin` on, `end` is behind it.
struct Span {
  int64_t begin, end;
  int64_t size() const { return end - begin; }
  bool operator==(const Span &) const = default;
};

/// One axis of a picture cut into tiles. All but the last have the same size; all begin at a multiple of the model's
/// windows, so that these stand where they would stand in the whole picture.
class TileAxis {
public:
  /// In pixels of the picture: its length, the length of a tile and the least that two tiles have in common, which are
  /// multiples of `multiple`; 0 <= overlap < tile.
  TileAxis(int64_t length, int64_t tile, int64_t overlap, int64_t multiple);

  int64_t length() const { return spans.back().end; }
  size_t count() const { return spans.size(); }
  /// Pixels of the picture that tile `k` is made of.
  Span tile(size_t k) const { return spans[k]; }
  /// Pixels of the result, `scale` times as long, that it has a part in.
  Span reach(size_t k, int64_t scale) const;
  /// Its part, 0 to 1, of a pixel of the result within reach; those of all tiles are 1 together.
  double weight(size_t k, int64_t pixel, int64_t scale) const;

private:
  /// How far tile `k` has passed into the next one at a pixel: 0 to 1.
  double passed(size_t k, int64_t pixel, int64_t scale) const;

  std::vector<Span> spans;
  int64_t overlap;
};

/// Rows of a result that are finished: values[(c pitch + y) width + x] is channel c of row `first` + y.
struct FinishedRows {
  int64_t first, count;
  int64_t channels, width;
  int64_t pitch; ///< rows from one channel to the next, >= count
  const float *values;
};

/// One picture to be made in tiles.
struct TileJob {
  struct Output {
    int64_t channels, scale;
  };
  TileAxis rows, columns;
  int64_t channels; ///< of the input
  std::vector<Output> outputs;
  /// Writes channels x rows x columns values of the input.
  std::function<void(Span rows, Span columns, float *values)> cut;
  /// Runs the model on them. False ends everything.
  std::function<bool(const float *input, int64_t height, int64_t width, float *const *outputs)> run;
  /// Takes rows of an output, from top to bottom. False ends everything.
  std::function<bool(size_t output, const FinishedRows &rows)> take;
  /// After each tile.
  std::function<void(size_t done, size_t all)> progress;
};

/// Needs room for one row of tiles of each output. False if one of the job's functions said so.
bool runTiles(const TileJob &job);

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_TILES_H
