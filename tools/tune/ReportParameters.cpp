//===- ReportParameters.cpp - a sentence for each parameter of a schedule -===//
#include "tools/tune/ReportParameters.h"

#include <cctype>

namespace swin::tools {
namespace {

struct Sentence {
  const char *kind; ///< "" = of all kinds
  const char *name; ///< without the numbers of lists
  const char *text;
};

constexpr const char *tileRows = "Rows whose sums are held in registers at a time: each vector of weights that is read "
                                 "serves so many multiply-adds.";
constexpr const char *tileVectors =
    "Vectors of channels whose sums are held in registers at a time: each number of the "
    "input that is read serves so many multiply-adds.";

// Those of a kind before those of all kinds.
const Sentence sentences[] = {
    {"conv", "tile.rows", "Tokens of a row (in planes: channels) whose sums are held in registers at a time."},
    {"conv", "tile.vectors", "Vectors of channels (in planes: of tokens) whose sums are held in registers at a time."},
    {"conv", "planes", "1: the numbers of a vector are neighbouring tokens of one channel; 0: channels of one token."},
    {"conv", "blocks.columns", "Columns of the map that are one task of the parallel loop."},
    {"conv", "blocks.rows", "Rows of the map that are one task of the parallel loop."},
    {"conv", "chunk", "Channels that are summed up for a whole block before the next ones are read; 0: all at once."},
    {"map", "columns", "Columns of the map that are one task of the parallel loop."},
    {"map", "rows", "Rows of the map that are one task of the parallel loop."},
    {"pool", "vectors", "Vectors of the head's channels whose sums are held in registers at a time."},
    {"windows", "queries.rows",
     "Tokens whose queries, keys and values are held in registers at a time (of columns: "
     "channels)."},
    {"windows", "queries.vectors", "Vectors of channels of these (of columns: of tokens) in registers at a time."},
    {"windows", "projection.rows", "Tokens of the linear map behind the attention that are in registers at a time."},
    {"windows", "projection.vectors", "Vectors of channels of that linear map that are in registers at a time."},
    {"windows", "windows", "Windows that are one task of the parallel loop."},
    {"windows", "few_windows",
     "Where there are fewer windows than this, one task works on all, and its parts run in "
     "parallel."},
    {"windows", "stored_channels", "Channels of all rows of a window that are stored together."},
    {"windows", "heads", "Heads whose queries, keys and values are computed together."},
    {"windows", "query_vectors", "Vectors of queries whose scores are computed together."},
    {"windows", "queries_kept", "Queries whose powers are kept until all that they attend to is computed."},
    {"windows", "scores.rows", "Keys whose scores are in registers at a time."},
    {"windows", "scores.vectors", "Vectors of queries whose scores are in registers at a time."},
    {"windows", "values.rows", "Queries (of columns: channels) whose sums of values are in registers at a time."},
    {"windows", "values.vectors", "Vectors of a head's channels of these sums in registers at a time."},
    {"windows", "mixing.rows",
     "Tokens that are mixed in registers at a time, where a linear map stands for attention."},
    {"windows", "mixing.vectors", "Vectors of a head's channels that are mixed in registers at a time."},
    {"fast tokens", "block_rows", "Pairs of rows that go through all steps together; one task of the parallel loop."},
    {"fast tokens", "few_rows", "So many pairs of rows or fewer are one block, whose parts run in parallel."},
    {"", "block_rows",
     "Rows that go through all steps together; one task of the parallel loop. More: weights are read "
     "less often; fewer: what is between two steps stays in the cache."},
    {"", "few_rows", "So many rows or fewer are one block, whose parts run in parallel."},
    {"", "products.tile.rows", tileRows},
    {"", "products.tile.vectors", tileVectors},
    {"", "products.chunk",
     "Terms of a sum that are added up for all rows of a block before the next ones, so that "
     "their weights stay in the first cache; 0: all at once."},
};

const Sentence kinds[] = {
    {"tokens", "", "Rows of tokens go through norm, linear maps and what is between them, a block of rows at a time."},
    {"fast tokens", "", "The same, with rows multiplied in pairs by Strassen's algorithm."},
    {"windows", "", "Windows are gathered, normed and attended to, and stored where they came from, some at a time."},
    {"pool", "", "The mean of a map and the classifier behind it."},
    {"conv", "", "A convolution of a map, block by block, with what is elementwise around it."},
    {"map", "", "A map is made of others by addresses, block by block."},
};

/// "products.tile.rows" of "products.0.tile.rows".
std::string withoutNumbers(const std::string &name) {
  std::string result;
  for (size_t i = 0; i < name.size(); ++i) {
    size_t end = i + 1;
    while (name[i] == '.' && end < name.size() && std::isdigit(static_cast<unsigned char>(name[end])))
      ++end;
    if (end > i + 1 && (end == name.size() || name[end] == '.'))
      i = end - 1;
    else
      result += name[i];
  }
  return result;
}

} // namespace

std::string parameterSentence(const std::string &kind, const std::string &name) {
  std::string plain = withoutNumbers(name);
  for (const Sentence &sentence : sentences)
    if (plain == sentence.name && (kind == sentence.kind || !*sentence.kind))
      return sentence.text;
  return "";
}

std::string templateSentence(const std::string &kind) {
  for (const Sentence &sentence : kinds)
    if (kind == sentence.kind)
      return sentence.text;
  return "";
}

} // namespace swin::tools
