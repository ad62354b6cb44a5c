//===- WindowsRules.cpp - which parameters kernels of windows may have ----===//
#include "codegen/schedules/Rules.h"

#include <cmath>

namespace swin::codegen {
namespace {

/// What legality asks of a kernel.
struct Facts {
  int64_t tokens = 0, heads = 0, width = 0; ///< width: channels of a head
  bool attention = false, columns = false;
  bool front = false, behind = false; ///< whether there is a product in front of what mixes tokens, behind it
  bool separate = false;              ///< whether queries, keys and values are products of their own
  bool storesProduct = false;         ///< whether the last step is a product
  int64_t frontWidth = 0, behindWidth = 0, lastWidth = 0;
  int64_t frontTerms = 0, behindTerms = 0;
  int64_t lanes = 0;     ///< queries of a vector
  int64_t headLanes = 0; ///< channels of a head of a vector
  int64_t mostBytes = 0; ///< of what changes with parameters of a window's buffers
  const Machine *machine = nullptr;
  std::vector<int64_t> headCounts; ///< legal values of WindowsParameters::heads
};

/// Buffers whose size parameters decide: queries, keys and values of some heads, powers.
int64_t bufferBytes(const Facts &facts, const WindowsParameters &parameters) {
  int64_t operands = 3 * parameters.heads * facts.width;
  return 4 * facts.tokens * (operands + parameters.queriesKept);
}

/// Channels of the product in front that are computed together.
int64_t frontChannels(const Facts &facts, const WindowsParameters &parameters) {
  return facts.separate ? parameters.heads * facts.width : facts.frontWidth;
}

/// Vectors of whole tiles of `width` channels that begin and end with panels, or fill a panel together.
std::vector<int64_t> panelVectors(int64_t width, const Machine &machine) {
  std::vector<int64_t> vectors = wholeVectors(width, machine);
  std::erase_if(vectors, [&](int64_t count) {
    int64_t channels = count * machine.vector;
    return channels % panelWidth != 0 && panelWidth % channels != 0;
  });
  return vectors;
}

/// Vectors of tokens of whole tiles in columns.
std::vector<int64_t> tokenVectors(const Facts &facts) { return wholeVectors(facts.tokens, *facts.machine); }

std::vector<int64_t> frontVectors(const Facts &facts, const WindowsParameters &parameters) {
  return facts.columns ? tokenVectors(facts) : panelVectors(frontChannels(facts, parameters), *facts.machine);
}

/// Channels of whole panels and whole tiles.
int64_t storedPart(const Facts &facts, const WindowsParameters &parameters) {
  int64_t tile = facts.storesProduct ? parameters.projection.vectors * facts.machine->vector : panelWidth;
  return std::max<int64_t>(panelWidth, tile);
}

std::vector<int64_t> storedCounts(const Facts &facts, const WindowsParameters &parameters) {
  constexpr int64_t mostChannels = 256; // code of each is written out
  std::vector<int64_t> counts = divisorsOf(facts.lastWidth, panelWidth, mostChannels);
  int64_t part = storedPart(facts, parameters);
  std::erase_if(counts, [&](int64_t count) { return count % part != 0; });
  return counts;
}

/// Rows of scores: sums, vectors of queries and a number fill the registers.
int64_t mostKeys(const Facts &facts, int64_t vectors) {
  return std::min(facts.tokens, (facts.machine->registers - 1) / vectors - 1);
}

std::vector<int64_t> vectorsWithin(int64_t width, int64_t lanes) {
  std::vector<int64_t> vectors;
  for (int64_t count = 1; count <= std::max<int64_t>(1, std::min<int64_t>(4, width / lanes)); ++count)
    vectors.push_back(count);
  return vectors;
}

std::string attentionProblem(const Facts &facts, const WindowsParameters &parameters) {
  auto atMost = [&](const auto &number, int64_t most) {
    return number <= most ? "" : mustBe(parameters, number, "at most " + std::to_string(most));
  };
  if (std::string wrong = mustBeOne(parameters, parameters.heads, facts.headCounts); !wrong.empty())
    return wrong;
  int64_t block = parameters.queryVectors * facts.lanes;
  if (std::string wrong = atMost(parameters.queryVectors, std::max<int64_t>(1, facts.tokens / facts.lanes));
      !wrong.empty())
    return wrong;
  if (parameters.queryVectors % parameters.scores.vectors != 0)
    return mustBe(parameters, parameters.scores.vectors,
                  "a whole part of " + std::to_string(parameters.queryVectors) + ", the vectors of queries");
  if (std::string wrong = atMost(parameters.scores.rows, mostKeys(facts, parameters.scores.vectors)); !wrong.empty())
    return wrong;
  if (facts.columns)
    return atMost(parameters.values.rows, std::min(facts.width, mostKeys(facts, parameters.queryVectors)));
  if (parameters.queriesKept < block || parameters.queriesKept > facts.tokens)
    return mustBe(parameters, parameters.queriesKept, std::to_string(block) + " to " + std::to_string(facts.tokens));
  return tileProblem(parameters, parameters.values, parameters.queriesKept, *facts.machine);
}

std::string problem(const Facts &facts, const WindowsParameters &parameters) {
  const Machine &machine = *facts.machine;
  std::string wrong;
  if (facts.attention)
    wrong = attentionProblem(facts, parameters);
  else
    wrong = tileProblem(parameters, parameters.mixing, facts.tokens, machine);
  if (wrong.empty() && facts.front) {
    wrong = mustBeOne(parameters, parameters.queries.vectors, frontVectors(facts, parameters));
    if (wrong.empty())
      wrong = tileProblem(parameters, parameters.queries, facts.columns ? parameters.heads * facts.width : facts.tokens,
                          machine);
  }
  if (wrong.empty() && facts.behind) {
    wrong = mustBeOne(parameters, parameters.projection.vectors, panelVectors(facts.behindWidth, machine));
    if (wrong.empty())
      wrong = tileProblem(parameters, parameters.projection, facts.tokens, machine);
  }
  if (wrong.empty())
    wrong = mustBeOne(parameters, parameters.storedChannels, storedCounts(facts, parameters));
  if (wrong.empty() && bufferBytes(facts, parameters) > facts.mostBytes)
    wrong = mustBe(parameters, parameters.heads, "fewer, whose buffers are small enough");
  return wrong;
}

void settle(const Facts &facts, WindowsParameters &parameters) {
  const Machine &machine = *facts.machine;
  auto limit = [](int &number, int64_t most) { number = static_cast<int>(std::min<int64_t>(number, most)); };
  if (facts.attention) {
    parameters.heads = nearestOf(facts.headCounts, parameters.heads);
    limit(parameters.queryVectors, std::max<int64_t>(1, facts.tokens / facts.lanes));
    parameters.scores.vectors = static_cast<int>(
        nearestOf(divisorsOf(parameters.queryVectors, 1, parameters.queryVectors), parameters.scores.vectors));
    limit(parameters.scores.rows, mostKeys(facts, parameters.scores.vectors));
    if (facts.columns) {
      limit(parameters.values.rows, std::min(facts.width, mostKeys(facts, parameters.queryVectors)));
    } else {
      int64_t block = parameters.queryVectors * facts.lanes;
      parameters.queriesKept = std::clamp(parameters.queriesKept, block, facts.tokens);
      limit(parameters.values.rows,
            std::min<int64_t>(parameters.queriesKept, mostRows(parameters.values.vectors, machine)));
    }
  } else {
    limit(parameters.mixing.rows, std::min<int64_t>(facts.tokens, mostRows(parameters.mixing.vectors, machine)));
  }
  auto settleTile = [&](RegisterTile &tile, const std::vector<int64_t> &vectors, int64_t rows) {
    tile.vectors = static_cast<int>(nearestOf(vectors, tile.vectors));
    limit(tile.rows, std::min<int64_t>(rows, mostRows(tile.vectors, machine)));
  };
  if (facts.front)
    settleTile(parameters.queries, frontVectors(facts, parameters),
               facts.columns ? parameters.heads * facts.width : facts.tokens);
  if (facts.behind)
    settleTile(parameters.projection, panelVectors(facts.behindWidth, machine), facts.tokens);
  parameters.storedChannels = nearestOf(storedCounts(facts, parameters), parameters.storedChannels);
}

void addAttention(const Facts &facts, const WindowsParameters &parameters, TileWork &scores, TileWork &values) {
  double tokens = static_cast<double>(facts.tokens), width = static_cast<double>(facts.width);
  double block = static_cast<double>(facts.lanes * parameters.queryVectors);
  double kept = facts.columns ? block : static_cast<double>(parameters.queriesKept);
  double parts = std::ceil(tokens / kept), blocks = parts * std::ceil(kept / block);
  // Of a block all lanes are computed.
  scores.add(tokens, block, width, parameters.scores, facts.lanes, blocks);
  if (facts.columns)
    values.add(width, block, tokens, {parameters.values.rows, parameters.queryVectors}, facts.lanes, parts);
  else
    values.add(kept, width, tokens, parameters.values, facts.headLanes, parts);
}

Features features(const Facts &facts, const WindowsParameters &parameters, const KernelExtent &extent) {
  const Machine &machine = *facts.machine;
  double tokens = static_cast<double>(facts.tokens), width = static_cast<double>(facts.width);
  double windows = std::ceil(static_cast<double>(extent.batch * extent.height * extent.width) / tokens);
  double heads = static_cast<double>(parameters.heads);
  TileWork front(machine), scores(machine), values(machine), behind(machine);
  if (facts.front) {
    double channels = static_cast<double>(frontChannels(facts, parameters));
    double terms = static_cast<double>(facts.frontTerms);
    if (facts.columns)
      front.add(channels, tokens, terms, parameters.queries, machine.vector);
    else
      front.add(tokens, channels, terms, parameters.queries, machine.vector);
  }
  if (facts.attention)
    addAttention(facts, parameters, scores, values);
  else
    values.add(tokens, width, tokens, parameters.mixing, facts.headLanes);
  if (facts.behind)
    behind.add(tokens, static_cast<double>(facts.behindWidth), static_cast<double>(facts.behindTerms),
               parameters.projection, machine.vector);
  bool few = windows < static_cast<double>(parameters.fewWindows);
  double powers = facts.attention && !facts.columns ? static_cast<double>(parameters.queriesKept) : 0;
  double frontTerms = static_cast<double>(facts.frontTerms), behindTerms = static_cast<double>(facts.behindTerms);
  Features list;
  for (auto [name, work] : {std::pair("queries", &front), std::pair("scores", &scores), std::pair("values", &values),
                            std::pair("projection", &behind)}) {
    list.emplace_back(std::string(name) + " cycles", work->cycles());
    list.emplace_back(std::string(name) + " reads", work->reads());
  }
  list.emplace_back("tasks", magnitude(few ? 1 : std::ceil(windows / static_cast<double>(parameters.windows))));
  list.emplace_back("powers", magnitude(powers * tokens * 4 / firstCache));
  list.emplace_back("operands", magnitude(3 * heads * width * tokens * 4 / firstCache));
  list.emplace_back("weights of heads", magnitude(3 * heads * width * frontTerms * 4 / secondCache));
  list.emplace_back("stored weights",
                    magnitude(static_cast<double>(parameters.storedChannels) * behindTerms * 4 / firstCache));
  return list;
}

Facts factsOf(const KernelPipeline &pipeline, const Machine &machine) {
  Facts facts;
  facts.machine = &machine;
  const Step *mixer = &mixerOf(pipeline);
  WindowExtents extents = windowExtents(pipeline);
  facts.tokens = extents.tokens, facts.heads = extents.heads, facts.width = extents.width;
  facts.attention = mixer->attention.has_value();
  facts.columns = facts.attention && mixer->attention->columns;
  facts.separate = separateOperands(pipeline);
  for (const Step &step : pipeline.steps) {
    if (step.kind != Step::Kind::Product)
      continue;
    (&step < mixer ? facts.front : facts.behind) = true;
    (&step < mixer ? facts.frontWidth : facts.behindWidth) = step.width;
    (&step < mixer ? facts.frontTerms : facts.behindTerms) = step.terms;
  }
  facts.storesProduct = pipeline.steps.back().kind == Step::Kind::Product;
  facts.lastWidth = pipeline.steps.back().width;
  facts.lanes = rowLanes(extents.tokens, machine);
  facts.headLanes = rowLanes(extents.width, machine);
  facts.headCounts = divisorsOf(facts.heads, 1, facts.heads);
  if (facts.separate && !facts.columns)
    std::erase_if(facts.headCounts, [&](int64_t count) { return count * facts.width % panelWidth != 0; });
  return facts;
}

} // namespace

Rules<WindowsParameters> windowsRules(const KernelPipeline &pipeline, const Machine &machine) {
  Facts facts = factsOf(pipeline, machine);
  Rules<WindowsParameters> rules;
  rules.name = "windows 1";
  rules.standard = defaultWindows(pipeline, machine);
  constexpr int64_t scratch = 2 << 20;
  facts.mostBytes = std::max(scratch, bufferBytes(facts, rules.standard));
  const WindowsParameters &standard = rules.standard;
  Choices<WindowsParameters> choices(standard);
  std::vector<int64_t> rows = tileRows(std::min<int64_t>(facts.tokens, mostRows(1, machine)));
  if (facts.front) {
    choices.set(standard.queries.rows, rows);
    choices.set(standard.queries.vectors,
                facts.columns ? tokenVectors(facts)
                              : panelVectors(facts.separate ? facts.heads * facts.width : facts.frontWidth, machine));
  }
  if (facts.behind) {
    choices.set(standard.projection.rows, rows);
    choices.set(standard.projection.vectors, panelVectors(facts.behindWidth, machine));
  }
  choices.set(standard.windows, {1, 2, 3, 4, 8});
  choices.set(standard.fewWindows, {2, 4, 8, 16, 32});
  WindowsParameters widest = standard;
  widest.projection.vectors = 1;
  choices.set(standard.storedChannels, storedCounts(facts, widest));
  if (facts.attention) {
    choices.set(standard.heads, facts.headCounts);
    std::vector<int64_t> blocks = vectorsWithin(facts.tokens, facts.lanes);
    choices.set(standard.queryVectors, blocks);
    choices.set(standard.scores.vectors, blocks);
    choices.set(standard.scores.rows, tileRows(mostKeys(facts, 1)));
    if (facts.columns) {
      choices.set(standard.values.rows, tileRows(std::min(facts.width, mostKeys(facts, 1))));
    } else {
      std::vector<int64_t> kept;
      for (int64_t queries = facts.lanes; queries < facts.tokens; queries += facts.lanes)
        kept.push_back(queries);
      kept.push_back(facts.tokens);
      choices.set(standard.queriesKept, kept);
      choices.set(standard.values.rows, rows);
      choices.set(standard.values.vectors, vectorsWithin(facts.width, facts.headLanes));
    }
  } else {
    choices.set(standard.mixing.rows, rows);
    choices.set(standard.mixing.vectors, vectorsWithin(facts.width, facts.headLanes));
  }
  rules.choices = choices.list();
  rules.problem = [facts](const WindowsParameters &parameters) { return problem(facts, parameters); };
  rules.settle = [facts](WindowsParameters &parameters) { settle(facts, parameters); };
  rules.features = [facts](const WindowsParameters &parameters, const KernelExtent &extent) {
    return features(facts, parameters, extent);
  };
  return rules;
}

} // namespace swin::codegen
