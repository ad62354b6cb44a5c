//===- PrefetchTest.cpp - what products ask for before they read it -------===//
#include "codegen/Prefetch.h"
#include "codegen/schedules/Schedules.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

using namespace Halide;
using namespace swin::codegen;

namespace {

/// Walks through all iterations of a statement and notes at which places of a constant it asks for lines, for each
/// iteration of the loop over panels.
class Requests : public Internal::IRVisitor {
  using Internal::IRVisitor::visit;

  Expr known(const Expr &value) const { return Internal::simplify(Internal::substitute(values, value)); }

  void visit(const Internal::LetStmt *op) override {
    values[op->name] = known(op->value);
    op->body.accept(this);
  }

  void visit(const Internal::For *op) override {
    auto first = Internal::as_const_int(known(op->min)), extent = Internal::as_const_int(known(op->extent));
    ASSERT_TRUE(first && extent) << op->name;
    for (int64_t i = *first; i < *first + *extent; ++i) {
      values[op->name] = Expr(static_cast<int32_t>(i));
      if (op->name.find("panel") != std::string::npos)
        panel = i;
      op->body.accept(this);
    }
  }

  void visit(const Internal::Call *op) override {
    if (!op->is_intrinsic(Internal::Call::prefetch))
      return Internal::IRVisitor::visit(op);
    auto place = Internal::as_const_int(known(op->args[1]));
    ASSERT_TRUE(place) << op->args[1];
    places[panel].insert(*place);
    ++number;
  }

  std::map<std::string, Expr> values;
  int64_t panel = -1;

public:
  std::map<int64_t, std::set<int64_t>> places;
  int number = 0;
};

Requests requestsOf(const Func &result, const std::vector<Argument> &arguments, bool inTurn) {
  Pipeline pipeline(result);
  pipeline.add_custom_lowering_pass(new PrefetchConstants(inTurn));
  Requests requests;
  for (const Internal::LoweredFunc &function :
       pipeline.compile_to_module(arguments, "product", machines().front().target).functions())
    function.body.accept(&requests);
  return requests;
}

/// What a product of `rows` rows, `terms` terms and three panels of `vectors` vectors asks for.
Requests requestsOf(int32_t rows, int32_t terms, int vectors) {
  const Machine &machine = machines().front();
  int32_t width = 3 * vectors * machine.vector;
  ImageParam input(Float(32), 2, "activation0"), weights(Float(32), 1, "constant1");
  weights.dim(0).set_min(0);
  Var c("c"), row("row");
  Func sums("sums"), product("product"), result("result");
  RDom k(0, terms, "k");
  sums(c, row) = 0.0f;
  sums(c, row) += input(k, row) * weights((c / 16 * terms + k) * 16 + c % 16);
  product(c, row) = sums(c, row);
  result(c, row) = product(c, row);
  result.bound(c, 0, width).bound(row, 0, rows);
  scheduleProductRows(product, sums, {5, vectors}, machine, LoopLevel::root(), TailStrategy::RoundUp);
  return requestsOf(result, {input, weights}, false);
}

/// The same of two products of 20 rows, the second of which begins with the first, panel by panel. Their weights are
/// parts of one constant, three panels each.
Requests requestsInTurn(int32_t terms, bool inTurn) {
  const Machine &machine = machines().front();
  ImageParam input(Float(32), 2, "activation0"), weights(Float(32), 1, "constant1");
  weights.dim(0).set_min(0);
  Var c("c"), row("row"), panel("panel"), ci("ci");
  Func result("result"), sums[2], products[2];
  RDom k(0, terms, "k");
  for (int part : {0, 1}) {
    sums[part](c, row) = part ? Expr(products[0](c, row)) : Expr(0.0f);
    sums[part](c, row) += input(k, row) * weights(((part * 3 + c / 16) * terms + k) * 16 + c % 16);
    products[part](c, row) = sums[part](c, row);
  }
  result(c, row) = products[1](c, row);
  result.bound(c, 0, 48).bound(row, 0, 20).split(c, panel, ci, 16).reorder(ci, row, panel).vectorize(ci);
  for (int part : {0, 1}) {
    scheduleProductRows(products[part], sums[part], {5, 1}, machine, LoopLevel(result, panel), TailStrategy::RoundUp);
    products[part].bound_extent(c, 16);
  }
  return requestsOf(result, {input, weights}, inTurn);
}

std::set<int64_t> linesFrom(int64_t first, int64_t count) {
  std::set<int64_t> lines;
  for (int64_t i = 0; i < count; ++i)
    lines.insert((first + i) * 16);
  return lines;
}

// Four tiles of a panel ask for the next panel, each for a quarter.
TEST(Prefetch, TilesShareTheNextPanel) {
  Requests requests = requestsOf(20, 8, 1);
  EXPECT_EQ(requests.number, 4 * 8 * 3);
  ASSERT_EQ(requests.places.size(), 3u);
  EXPECT_EQ(requests.places[0], linesFrom(8, 8));
  EXPECT_EQ(requests.places[1], linesFrom(16, 8));
}

// Where a tile reads two panels, tiles take turns: one request a step in all.
TEST(Prefetch, TilesTakeTurnsInPanels) {
  Requests requests = requestsOf(20, 8, 2);
  EXPECT_EQ(requests.number, 4 * 8 * 3);
  EXPECT_EQ(requests.places[0], linesFrom(16, 16));
  EXPECT_EQ(requests.places[1], linesFrom(32, 16));
}

// The first product asks for the second one's panel, the second for the first one's next.
TEST(Prefetch, ProductsOfOneConstantAskInTurn) {
  std::set<int64_t> wanted = linesFrom(3 * 8, 8), next = linesFrom(8, 8);
  wanted.insert(next.begin(), next.end());
  EXPECT_EQ(requestsInTurn(8, true).places[0], wanted);
  std::set<int64_t> own = linesFrom(4 * 8, 8);
  own.insert(next.begin(), next.end());
  EXPECT_EQ(requestsInTurn(8, false).places[0], own);
}

// A panel that serves one tile is read once: there is no time to ask for another one.
TEST(Prefetch, NothingForOneTile) { EXPECT_EQ(requestsOf(5, 8, 1).number, 0); }

} // namespace
