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
  Pipeline pipeline(result);
  pipeline.add_custom_lowering_pass(new PrefetchConstants);
  Requests requests;
  for (const Internal::LoweredFunc &function :
       pipeline.compile_to_module({input, weights}, "product", machine.target).functions())
    function.body.accept(&requests);
  return requests;
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

// A panel that serves one tile is read once: there is no time to ask for another one.
TEST(Prefetch, NothingForOneTile) { EXPECT_EQ(requestsOf(5, 8, 1).number, 0); }

} // namespace
