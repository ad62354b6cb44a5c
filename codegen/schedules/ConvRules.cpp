//===- ConvRules.cpp - which parameters convolutions may have -------------===//
#include "codegen/schedules/Rules.h"

#include <cmath>

namespace swin::codegen {
namespace {

/// What legality asks of a kernel.
struct Facts {
  Convolution convolution;
  int64_t gathered = 0, width = 0; ///< channels of the map that is put together, of the result; padded
  bool shifted = false;            ///< as in MapResult
  bool planes = false;             ///< whether planes can be
  int64_t mostBytes = 0;           ///< of a block's buffers
  std::vector<int64_t> vectors, chunks;
  const Machine *machine = nullptr;
};

int64_t blockBytes(const Facts &facts, const ConvParameters &parameters) {
  const Convolution &convolution = facts.convolution;
  int64_t columns = parameters.blocks.columns, rows = parameters.blocks.rows;
  if (facts.shifted) {
    columns += parameters.tile.rows;
    ++rows;
  }
  int64_t across = (columns - 1) * convolution.strideColumns + convolution.columns;
  int64_t down = (rows - 1) * convolution.strideRows + convolution.rows;
  int64_t sums = parameters.chunk == 0 ? 0 : parameters.tile.vectors * facts.machine->vector;
  return 4 * (across * down * (facts.gathered + panelWidth) + columns * rows * (facts.width + sums));
}

/// Vectors of tokens of a tile of planes: its sums fit the registers.
int64_t mostPlaneVectors(const Facts &facts) {
  return std::max<int64_t>(1, (facts.machine->registers - 1) / (facts.convolution.outputs + 1));
}

/// Columns of a block are whole parts of so many.
int64_t columnsPart(const Facts &facts, const ConvParameters &parameters) {
  return parameters.planes ? parameters.tile.vectors * facts.machine->vector : parameters.tile.rows;
}

std::string problem(const Facts &facts, const ConvParameters &parameters) {
  std::string wrong;
  if (parameters.planes) {
    wrong = mustBeOne(parameters, parameters.tile.rows, {facts.convolution.outputs});
    if (wrong.empty() && parameters.tile.vectors > mostPlaneVectors(facts))
      wrong = mustBe(parameters, parameters.tile.vectors, "at most " + std::to_string(mostPlaneVectors(facts)));
    if (wrong.empty())
      wrong = mustBeOne(parameters, parameters.chunk, {0});
  } else {
    wrong = mustBeOne(parameters, parameters.tile.vectors, facts.vectors);
    if (wrong.empty())
      wrong = tileProblem(parameters, parameters.tile, parameters.blocks.columns, *facts.machine);
    if (wrong.empty())
      wrong = mustBeOne(parameters, parameters.chunk, facts.chunks);
  }
  int64_t part = columnsPart(facts, parameters);
  if (wrong.empty() && parameters.blocks.columns % part != 0)
    wrong = mustBe(parameters, parameters.blocks.columns, "a multiple of " + std::to_string(part) + ", whole tiles");
  if (wrong.empty() && blockBytes(facts, parameters) > facts.mostBytes)
    wrong = mustBe(parameters, parameters.blocks.rows, "fewer, whose buffers are small enough");
  return wrong;
}

void settle(const Facts &facts, ConvParameters &parameters, int64_t mostColumns) {
  RegisterTile &tile = parameters.tile;
  if (parameters.planes) {
    tile.rows = facts.convolution.outputs;
    tile.vectors = static_cast<int>(std::min<int64_t>(tile.vectors, mostPlaneVectors(facts)));
    parameters.chunk = 0;
  } else {
    tile.vectors = static_cast<int>(nearestOf(facts.vectors, tile.vectors));
    tile.rows = std::min(tile.rows, mostRows(tile.vectors, *facts.machine));
    parameters.chunk = static_cast<int32_t>(nearestOf(facts.chunks, parameters.chunk));
  }
  int64_t part = columnsPart(facts, parameters);
  parameters.blocks.columns = static_cast<int32_t>(nearestMultiple(parameters.blocks.columns, part, part, mostColumns));
  while (parameters.blocks.rows > 1 && blockBytes(facts, parameters) > facts.mostBytes)
    --parameters.blocks.rows;
}

Features features(const Facts &facts, const ConvParameters &parameters, const KernelExtent &extent) {
  const Convolution &convolution = facts.convolution;
  double columns = parameters.blocks.columns, rows = parameters.blocks.rows;
  double width = static_cast<double>(std::max<int64_t>(extent.width, 1));
  double height = static_cast<double>(std::max<int64_t>(extent.height, 1));
  double across = std::floor(width / columns), down = std::ceil(height / rows), rest = width - across * columns;
  double terms = convolution.rows * convolution.columns * (convolution.depthwise ? 1.0 : convolution.channels);
  double outputs = static_cast<double>(facts.width), lines = height * static_cast<double>(extent.batch);
  TileWork work(*facts.machine);
  for (auto [length, times] : {std::pair(columns, across * lines), std::pair(rest, lines)}) {
    if (parameters.planes)
      work.add(convolution.outputs, length, terms, parameters.tile, facts.machine->vector, times);
    else
      work.add(length, outputs, terms, parameters.tile, facts.machine->vector, times);
  }
  double gatheredColumns = (columns - 1) * convolution.strideColumns + convolution.columns;
  double gatheredRows = (rows - 1) * convolution.strideRows + convolution.rows;
  double strides = convolution.strideColumns * convolution.strideRows;
  double part = parameters.chunk ? static_cast<double>(parameters.chunk) / convolution.channels : 1;
  double panel = parameters.tile.vectors * facts.machine->vector;
  return {{"cycles", work.cycles()},
          {"reads", work.reads()},
          {"waste", work.waste()},
          {"tasks", magnitude((across + (rest > 0)) * down * static_cast<double>(extent.batch))},
          {"tokens", magnitude(columns * rows)},
          {"gathered", gatheredColumns * gatheredRows / (columns * rows * strides)},
          {"weights of a tile", magnitude(terms * part * panel * 4 / secondCache)},
          {"buffers", magnitude(static_cast<double>(blockBytes(facts, parameters)) / secondCache)}};
}

} // namespace

Rules<ConvParameters> convRules(const KernelPipeline &pipeline, const Machine &machine) {
  Rules<ConvParameters> rules;
  rules.name = "conv 1";
  rules.standard = defaultConv(pipeline, machine);
  const ConvParameters &standard = rules.standard;
  const Step &step = pipeline.steps[1];
  Facts facts;
  facts.machine = &machine;
  facts.convolution = *step.convolution;
  facts.gathered = pipeline.steps[0].width, facts.width = step.width;
  facts.shifted = pipeline.map->shifted;
  facts.planes = standard.planes;
  facts.vectors = wholeVectors(step.width, machine);
  facts.chunks = {0};
  constexpr int64_t leastChunk = 8;
  if (!facts.convolution.depthwise)
    for (int64_t chunk : divisorsOf(facts.convolution.channels, leastChunk, facts.convolution.channels / 2))
      facts.chunks.push_back(chunk);
  constexpr int64_t scratch = 4 << 20;
  facts.mostBytes = std::max(scratch, blockBytes(facts, standard));

  Choices<ConvParameters> choices(standard);
  std::vector<int64_t> rows = tileRows(mostRows(static_cast<int>(facts.vectors.front()), machine));
  std::vector<int64_t> vectors = facts.vectors;
  if (facts.planes) {
    choices.set(standard.planes, {0, 1});
    for (int64_t count = 1; count <= mostPlaneVectors(facts); ++count)
      vectors.push_back(count);
  }
  choices.set(standard.tile.rows, rows);
  choices.set(standard.tile.vectors, vectors);
  choices.set(standard.blocks.columns, {8, 16, 24, 32, 48, 64, 96, 128});
  choices.set(standard.blocks.rows, {1, 2, 4, 6, 8, 12, 16, 24, 32});
  choices.set(standard.chunk, facts.chunks);
  rules.choices = choices.list();
  constexpr int64_t mostColumns = 128;
  int64_t most = std::max<int64_t>(mostColumns, standard.blocks.columns);
  rules.problem = [facts](const ConvParameters &parameters) { return problem(facts, parameters); };
  rules.settle = [facts, most](ConvParameters &parameters) { settle(facts, parameters, most); };
  rules.features = [facts](const ConvParameters &parameters, const KernelExtent &extent) {
    return features(facts, parameters, extent);
  };
  return rules;
}

} // namespace swin::codegen
