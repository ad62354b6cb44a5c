//===- TiledRun.cpp - --tile and --overlap ---------------------------------===//
#include "tools/runner/TiledRun.h"

#include "runtime/image/Npy.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace swin::runner {
namespace {

/// Enough for all that a small model sees of one pixel: tests/e2e/test_tiles.py has measured it.
constexpr int64_t usualOverlap = 32;

int64_t roundUp(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

std::string pair(int64_t height, int64_t width) { return std::to_string(height) + "x" + std::to_string(width); }

} // namespace

bool makesPictures(const ModelInfo &info) {
  return std::all_of(info.outputs.begin(), info.outputs.end(),
                     [](const OutputInfo &output) { return output.kind == "image"; });
}

Tiling tilingOf(const Options &options, const ModelInfo &info, std::vector<std::string> &errors) {
  Tiling tiling{.height = options.tileHeight,
                .width = options.tileWidth,
                .multipleHeight = info.multipleHeight,
                .multipleWidth = info.multipleWidth};
  if (!makesPictures(info)) {
    auto other = std::find_if(info.outputs.begin(), info.outputs.end(),
                              [](const OutputInfo &output) { return output.kind != "image"; });
    errors.push_back("--tile: tiles are put together to pictures only, the model has the output '" + other->name + "'");
    return tiling;
  }
  auto rounded = [](int64_t value, int64_t multiple) { return std::max(value / multiple, int64_t(1)) * multiple; };
  int64_t height = rounded(tiling.height, tiling.multipleHeight), width = rounded(tiling.width, tiling.multipleWidth);
  std::string windows = pair(tiling.multipleHeight, tiling.multipleWidth) + " pixels, the model's windows";
  if (height != tiling.height || width != tiling.width)
    errors.push_back("--tile: " + pair(tiling.height, tiling.width) + " is not a multiple of " + windows +
                     ": expected " + pair(height, width) + ", for example");
  auto overlapOf = [&](int64_t tile, int64_t multiple) {
    if (options.overlap >= 0)
      return int64_t(options.overlap);
    return std::min(roundUp(usualOverlap, multiple), tile / 2 / multiple * multiple);
  };
  tiling.overlapHeight = overlapOf(tiling.height, tiling.multipleHeight);
  tiling.overlapWidth = overlapOf(tiling.width, tiling.multipleWidth);
  if (tiling.overlapHeight % tiling.multipleHeight != 0 || tiling.overlapWidth % tiling.multipleWidth != 0)
    errors.push_back("--overlap: " + std::to_string(options.overlap) + " is not a multiple of " + windows);
  else if (tiling.overlapHeight >= tiling.height || tiling.overlapWidth >= tiling.width)
    errors.push_back("--overlap: " + std::to_string(options.overlap) + " must be less than a tile, " +
                     pair(tiling.height, tiling.width));
  return tiling;
}

std::optional<std::vector<TileJob::Output>> outputsOfTiles(const Api &api, const TileAxis &rows,
                                                           const TileAxis &columns,
                                                           const std::function<std::string(int h, int w)> &whyNot,
                                                           std::string &problem) {
  std::vector<TileJob::Output> outputs;
  // All but the last along an axis have one size.
  for (size_t row : {size_t(0), rows.count() - 1})
    for (size_t column : {size_t(0), columns.count() - 1}) {
      int64_t h = rows.tile(row).size(), w = columns.tile(column).size();
      if (api.workspaceSize(1, static_cast<int>(h), static_cast<int>(w)) == 0)
        return problem = "one of its tiles cannot be run: " + whyNot(static_cast<int>(h), static_cast<int>(w)),
               std::nullopt;
      for (int i = 0; i < api.numOutputs(); ++i) {
        long long shape[6] = {};
        int rank = api.outputShape(i, 1, static_cast<int>(h), static_cast<int>(w), shape);
        if (static_cast<size_t>(i) == outputs.size())
          outputs.push_back({shape[1], std::max<int64_t>(shape[2] / h, 1)});
        auto [channels, scale] = outputs[static_cast<size_t>(i)];
        if (rank != 4 || shape[0] != 1 || shape[1] != channels || shape[2] != scale * h || shape[3] != scale * w)
          return problem = "its tiles of " + pair(h, w) + " pixels become " +
                           image::shapeText({shape, shape + std::max(rank, 0)}) + ": expected " +
                           image::shapeText({1, channels, scale * h, scale * w}),
                 std::nullopt;
      }
    }
  return outputs;
}

ProgressBar::ProgressBar() : terminal(isatty(STDERR_FILENO)) {}

ProgressBar::~ProgressBar() {
  if (terminal)
    std::fputs("\r\033[K", stderr);
}

void ProgressBar::show(size_t done, size_t all) {
  if (!terminal)
    return;
  constexpr size_t length = 40;
  std::string bar(done * length / all, '#');
  bar.resize(length, '.');
  std::fprintf(stderr, "\r%s tile %zu of %zu", bar.c_str(), done, all);
}

} // namespace swin::runner
