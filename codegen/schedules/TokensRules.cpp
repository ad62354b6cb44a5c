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
  };
  std::vector<Product> products;
  int64_t rowFloats = 0; ///< of a row (or pair) in all buffers of a block
  int64_t mostBytes = 0; ///< of these buffers
  const Machine *machine = nullptr;
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

void settle(const Facts &facts, TokensParameters &parameters, int64_t leastRows, int64_t mostBlock, int64_t mostFew) {
  for (size_t i = 0; i < facts.products.size(); ++i) {
    ProductParameters &product = parameters.products[i];
    product.tile.vectors = static_cast<int>(nearestOf(facts.products[i].vectors, product.tile.vectors));
    product.tile.rows = std::min(product.tile.rows, mostRows(product.tile.vectors, *facts.machine));
    product.chunk = static_cast<int32_t>(nearestOf(facts.products[i].chunks, product.chunk));
  }
  int64_t tile = rowsOfTiles(parameters);
  mostFew = std::min(mostFew, facts.mostBytes / (blockBytes(facts, parameters) / parameters.fewRows));
  mostBlock = std::min(mostBlock, mostFew);
  parameters.blockRows = nearestMultiple(parameters.blockRows, tile, leastRows, mostBlock);
  parameters.fewRows = nearestMultiple(parameters.fewRows, tile, parameters.blockRows, mostFew);
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
  int64_t least = std::min(blocks.front(), rules.standard.blockRows);
  int64_t mostBlock = std::max(blocks.back(), rules.standard.blockRows);
  int64_t mostFew = std::max(few.back(), rules.standard.fewRows);
  rules.problem = [facts](const TokensParameters &parameters) { return problem(facts, parameters); };
  rules.settle = [=](TokensParameters &parameters) { settle(facts, parameters, least, mostBlock, mostFew); };
  rules.features = [](const TokensParameters &, const KernelExtent &) { return Features(); };
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
    if (step.kind == Step::Kind::Product)
      facts.products.push_back(
          {wholeVectors(step.width, machine), chunksOf(step.terms, standard.products[facts.products.size()].chunk)});
    facts.rowFloats += &step == &pipeline.steps.back() ? 0 : step.width + panelWidth;
  }
  facts.rowFloats = std::max<int64_t>(facts.rowFloats, 1);
  return rulesOf("tokens 1", standard, std::move(facts), {16, 24, 32, 48, 64, 96, 128, 192, 256},
                 {64, 128, 192, 256, 384, 512});
}

Rules<TokensParameters> fastTokensRules(const KernelPipeline &pipeline, const Machine &machine) {
  Facts facts;
  facts.machine = &machine;
  TokensParameters standard = defaultFastTokens(pipeline, machine);
  for (const Step &step : pipeline.steps) {
    if (step.seven) {
      facts.products.push_back({wholeVectors(step.seven->half, machine),
                                chunksOf(step.terms / 2, standard.products[facts.products.size()].chunk)});
      // Sums of two rows' halves, and what they multiply: seven parts of a half.
      facts.rowFloats += 7 * step.terms / 2;
    } else if (step.kind == Step::Kind::Product) {
      facts.products.push_back({wholeVectors(step.width, machine), {0}});
    }
    facts.rowFloats += 2 * (step.width + panelWidth);
  }
  return rulesOf("fast tokens 1", standard, std::move(facts), {14, 21, 28, 35, 42, 49, 64, 98, 128},
                 {49, 64, 98, 128, 196, 256});
}

} // namespace swin::codegen
