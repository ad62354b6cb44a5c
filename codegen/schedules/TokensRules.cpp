//===- TokensRules.cpp - which parameters chains of steps on rows may have -===//
#include "codegen/schedules/Rules.h"

#include <numeric>

namespace swin::codegen {
namespace {

/// What legality asks of a kernel.
struct Facts {
  struct Product {
    std::vector<int64_t> vectors; ///< of whole tiles
    std::vector<int64_t> chunks;  ///< 0 among them
    int64_t width = 0, terms = 0; ///< of the product, or of each of seven
    bool seven = false;
  };
  std::vector<Product> products;
  int64_t rowFloats = 0; ///< of a row (or pair) in all buffers of a block
  int64_t mostBytes = 0; ///< of these buffers
  bool pairs = false;    ///< whether rows are pairs
  const Machine *machine = nullptr;
};

struct Range {
  int64_t least, most;
};

int64_t blockBytes(const Facts &facts, const TokensParameters &parameters) {
  int64_t floats = facts.rowFloats;
  for (const ProductParameters &product : parameters.products)
    if (product.chunk != 0)
      floats += product.tile.vectors * facts.machine->vector;
  return floats * parameters.fewRows * 4;
}

std::string problem(const Facts &facts, const TokensParameters &parameters) {
  for (size_t i = 0; i < facts.products.size(); ++i) {
    const ProductParameters &product = parameters.products[i];
    if (std::string wrong = mustBeOne(parameters, product.tile.vectors, facts.products[i].vectors); !wrong.empty())
      return wrong;
    if (std::string wrong = tileProblem(parameters, product.tile, parameters.fewRows, *facts.machine); !wrong.empty())
      return wrong;
    if (std::string wrong = mustBeOne(parameters, product.chunk, facts.products[i].chunks); !wrong.empty())
      return wrong;
  }
  int64_t tile = rowsOfTiles(parameters);
  std::string whole = "a multiple of " + std::to_string(tile) + ", which is whole tiles of each product";
  if (parameters.blockRows % tile != 0)
    return mustBe(parameters, parameters.blockRows, whole);
  if (parameters.fewRows % tile != 0)
    return mustBe(parameters, parameters.fewRows, whole);
  if (parameters.fewRows < parameters.blockRows)
    return mustBe(parameters, parameters.fewRows, "at least " + std::to_string(parameters.blockRows) + ", a block");
  if (blockBytes(facts, parameters) > facts.mostBytes) {
    int64_t most = facts.mostBytes / (blockBytes(facts, parameters) / parameters.fewRows);
    return mustBe(parameters, parameters.fewRows,
                  "at most " + std::to_string(most) + ", whose buffers are small enough");
  }
  return "";
}

/// Within the ranges of both kinds of block.
void settle(const Facts &facts, TokensParameters &parameters, Range block, Range few) {
  for (size_t i = 0; i < facts.products.size(); ++i) {
    ProductParameters &product = parameters.products[i];
    product.tile.vectors = static_cast<int>(nearestOf(facts.products[i].vectors, product.tile.vectors));
    product.tile.rows = std::min(product.tile.rows, mostRows(product.tile.vectors, *facts.machine));
    product.chunk = static_cast<int32_t>(nearestOf(facts.products[i].chunks, product.chunk));
  }
  int64_t tile = rowsOfTiles(parameters);
  few.most = std::min(few.most, facts.mostBytes / (blockBytes(facts, parameters) / parameters.fewRows));
  block.most = std::min(block.most, few.most);
  parameters.blockRows = nearestMultiple(parameters.blockRows, tile, block.least, block.most);
  few.least = std::max(few.least, parameters.blockRows);
  parameters.fewRows = nearestMultiple(parameters.fewRows, tile, few.least, few.most);
}

/// Rows of a block, by the rule of blockSize.
int64_t blockOf(int64_t rows, const TokensParameters &parameters) {
  int64_t tile = rowsOfTiles(parameters), pair = 2 * parameters.blockRows;
  int64_t blocks = rows <= parameters.fewRows ? 1 : (rows + pair - 1) / pair * 2;
  return ((rows + blocks - 1) / blocks + tile - 1) / tile * tile;
}

Features features(const Facts &facts, const TokensParameters &parameters, const KernelExtent &extent) {
  // Blocks of pairs are those of an image.
  int64_t images = facts.pairs ? extent.batch : 1;
  int64_t rows = extent.batch * extent.height * extent.width / images;
  rows = std::max<int64_t>(1, facts.pairs ? (rows + 1) / 2 : rows);
  int64_t block = blockOf(rows, parameters), whole = rows / block, rest = rows % block;
  TileWork work(*facts.machine);
  double weights = 0, multiplyAdds = 0;
  Features list;
  for (size_t i = 0; i < facts.products.size(); ++i) {
    const Facts::Product &product = facts.products[i];
    const ProductParameters &chosen = parameters.products[i];
    double width = static_cast<double>(product.width), terms = static_cast<double>(product.terms);
    double times = product.seven ? 7 : facts.pairs ? 2 : 1;
    int64_t lanes = facts.machine->vector;
    work.add(static_cast<double>(block), width, terms, chosen.tile, lanes, times * static_cast<double>(whole));
    work.add(static_cast<double>(rest), width, terms, chosen.tile, lanes, times);
    weights += width * terms * (product.seven ? 7 : 1);
    multiplyAdds += width * terms * times;
    double panel = static_cast<double>((chosen.chunk ? chosen.chunk : product.terms) * chosen.tile.vectors * lanes * 4);
    list.emplace_back("panel " + std::to_string(i), magnitude(panel / firstCache));
    list.emplace_back("rows " + std::to_string(i), magnitude(terms * static_cast<double>(block) * 4 / secondCache));
  }
  double blocks = static_cast<double>((whole + (rest > 0)) * images);
  list.emplace_back("cycles", work.cycles());
  list.emplace_back("reads", work.reads());
  list.emplace_back("waste", work.waste());
  list.emplace_back("tasks", magnitude(blocks));
  list.emplace_back("block", magnitude(static_cast<double>(block)));
  // Bytes of weights that come from behind the second cache, for each multiply-add.
  list.emplace_back("weights", multiplyAdds > 0 ? 4 * weights / multiplyAdds / static_cast<double>(block) : 0);
  list.emplace_back(
      "buffers",
      magnitude(static_cast<double>(blockBytes(facts, parameters) / parameters.fewRows * block) / secondCache));
  return list;
}

Rules<TokensParameters> rulesOf(const std::string &name, TokensParameters standard, Facts facts,
                                std::vector<int64_t> blocks, std::vector<int64_t> few) {
  Rules<TokensParameters> rules;
  rules.name = name;
  rules.standard = std::move(standard);
  constexpr int64_t scratch = 4 << 20;
  facts.mostBytes = std::max(scratch, blockBytes(facts, rules.standard));
  Choices<TokensParameters> choices(rules.standard);
  for (size_t i = 0; i < facts.products.size(); ++i) {
    const ProductParameters &product = rules.standard.products[i];
    const std::vector<int64_t> &vectors = facts.products[i].vectors;
    choices.set(product.tile.rows, tileRows(mostRows(static_cast<int>(vectors.front()), *facts.machine)));
    choices.set(product.tile.vectors, vectors);
    choices.set(product.chunk, facts.products[i].chunks);
  }
  choices.set(rules.standard.blockRows, blocks);
  choices.set(rules.standard.fewRows, few);
  rules.choices = choices.list();
  auto range = [](const std::vector<int64_t> &values, int64_t standard) {
    return Range{std::min(values.front(), standard), std::max(values.back(), standard)};
  };
  Range ofBlock = range(blocks, rules.standard.blockRows), ofFew = range(few, rules.standard.fewRows);
  rules.problem = [facts](const TokensParameters &parameters) { return problem(facts, parameters); };
  rules.settle = [=](TokensParameters &parameters) { settle(facts, parameters, ofBlock, ofFew); };
  rules.features = [facts](const TokensParameters &parameters, const KernelExtent &extent) {
    return features(facts, parameters, extent);
  };
  return rules;
}

/// Chunks of a sum: shorter ones cost more on their way to memory and back than they save.
std::vector<int64_t> chunksOf(int64_t terms, int64_t standard) {
  constexpr int64_t least = 32;
  std::vector<int64_t> chunks = divisorsOf(terms, least, terms / 2);
  for (int64_t chunk : {int64_t(0), standard})
    chunks.push_back(chunk);
  std::sort(chunks.begin(), chunks.end());
  chunks.erase(std::unique(chunks.begin(), chunks.end()), chunks.end());
  return chunks;
}

} // namespace

Rules<TokensParameters> tokensRules(const KernelPipeline &pipeline, const Machine &machine) {
  Facts facts;
  facts.machine = &machine;
  TokensParameters standard = defaultTokens(pipeline, machine);
  for (const Step &step : pipeline.steps) {
    if (step.kind == Step::Kind::Product) {
      int32_t chunk = standard.products[facts.products.size()].chunk;
      facts.products.push_back(
          {wholeVectors(step.width, machine), chunksOf(step.terms, chunk), step.width, step.terms, false});
    }
    facts.rowFloats += &step == &pipeline.steps.back() ? 0 : step.width + panelWidth;
  }
  facts.rowFloats = std::max<int64_t>(facts.rowFloats, 1);
  return rulesOf("tokens 1", standard, std::move(facts), {16, 24, 32, 48, 64, 96, 128, 192, 256},
                 {64, 128, 192, 256, 384, 512});
}

Rules<TokensParameters> fastTokensRules(const KernelPipeline &pipeline, const Machine &machine) {
  Facts facts;
  facts.machine = &machine;
  facts.pairs = true;
  TokensParameters standard = defaultFastTokens(pipeline, machine);
  for (const Step &step : pipeline.steps) {
    if (step.seven) {
      int32_t chunk = standard.products[facts.products.size()].chunk;
      int64_t half = step.seven->half, terms = step.terms / 2;
      facts.products.push_back({wholeVectors(half, machine), chunksOf(terms, chunk), half, terms, true});
      // Sums of two rows' halves, and what they multiply: seven parts of a half.
      facts.rowFloats += 7 * terms;
    } else if (step.kind == Step::Kind::Product) {
      facts.products.push_back({wholeVectors(step.width, machine), {0}, step.width, step.terms, false});
    }
    facts.rowFloats += 2 * (step.width + panelWidth);
  }
  return rulesOf("fast tokens 1", standard, std::move(facts), {14, 21, 28, 35, 42, 49, 64, 98, 128},
                 {49, 64, 98, 128, 196, 256});
}

} // namespace swin::codegen
