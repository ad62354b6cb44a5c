//===- TiledRun.h - --tile and --overlap -----------------------------------===//
#ifndef SWIN_TOOLS_RUNNER_TILEDRUN_H
#define SWIN_TOOLS_RUNNER_TILEDRUN_H

#include "tools/runner/Info.h"
#include "tools/runner/Options.h"
#include "tools/runner/Runner.h"
#include "tools/runner/Tiles.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace swin::runner {

/// True if all outputs are pictures, which tiles can be put together to.
bool makesPictures(const ModelInfo &info);

/// How pictures are cut for a model, in pixels along height and width.
struct Tiling {
  int64_t height = 0, width = 0;
  int64_t overlapHeight = 0, overlapWidth = 0;
  int64_t multipleHeight = 1, multipleWidth = 1;

  TileAxis rows(int64_t length) const { return {length, height, overlapHeight, multipleHeight}; }
  TileAxis columns(int64_t length) const { return {length, width, overlapWidth, multipleWidth}; }
};

/// What the options say of a model; each thing that is wrong becomes a sentence in `errors`.
Tiling tilingOf(const Options &options, const ModelInfo &info, std::vector<std::string> &errors);

/// What the outputs of tiles are: nothing and a sentence if the model cannot work on one of the tiles (`whyNot` says
/// why), or if they are not all the same whole number of times as large as their tiles.
std::optional<std::vector<TileJob::Output>> outputsOfTiles(const Api &api, const TileAxis &rows,
                                                           const TileAxis &columns,
                                                           const std::function<std::string(int h, int w)> &whyNot,
                                                           std::string &problem);

/// Shows on a terminal how far something is; elsewhere nothing. Ends with a clean line.
class ProgressBar {
public:
  ProgressBar();
  ProgressBar(const ProgressBar &) = delete;
  ProgressBar &operator=(const ProgressBar &) = delete;
  ~ProgressBar();
  void show(size_t done, size_t all);

private:
  bool terminal;
};

} // namespace swin::runner

#endif // SWIN_TOOLS_RUNNER_TILEDRUN_H
