//===- Prefetch.cpp - constants are asked for before they are read --------===//
#include "codegen/Prefetch.h"

using namespace Halide;
using namespace Halide::Internal;

namespace swin::codegen {
namespace {

constexpr int32_t lineFloats = 16;

/// Places that the body of a loop reads of a constant, one a cache line.
class ConstantReads : public IRVisitor {
  using IRVisitor::visit;

  void visit(const For *) override { innermost = false; }

  void visit(const Load *op) override {
    IRVisitor::visit(op);
    const Ramp *ramp = op->index.as<Ramp>();
    Expr place = ramp ? ramp->base : op->index;
    bool isConstant = op->param.defined() && op->name.rfind("constant", 0) == 0;
    if (!isConstant || !place.type().is_scalar() || (!constant.empty() && op->name != constant))
      return;
    constant = op->name;
    for (const Expr &known : places) {
      auto apart = as_const_int(simplify(known - place));
      if (apart && *apart > -lineFloats && *apart < lineFloats)
        return;
    }
    places.push_back(place);
  }

public:
  bool innermost = true;
  std::string constant;
  std::vector<Expr> places;
};

Expr variableOf(const For *loop) { return Variable::make(Int(32), loop->name); }
Expr positionIn(const For *loop) { return variableOf(loop) - loop->min; }

/// What `place` is at the next iteration of `loop`.
Expr nextOf(const Expr &place, const For *loop) { return substitute(loop->name, variableOf(loop) + 1, place); }

/// What `place` moves by from one iteration of `loop` to the next.
Expr strideOf(const Expr &place, const For *loop) { return simplify(nextOf(place, loop) - place); }

using Lets = std::vector<std::pair<std::string, Expr>>;

/// `place` in terms of what is known outside of these.
Expr expanded(Expr place, const Lets &lets) {
  for (auto let = lets.rbegin(); let != lets.rend(); ++let)
    place = substitute(let->first, let->second, place);
  return place;
}

/// Innermost loops of a statement that read a constant, in order, and where each begins to.
class Readers : public IRVisitor {
  using IRVisitor::visit;

  void visit(const LetStmt *op) override {
    lets.emplace_back(op->name, op->value);
    IRVisitor::visit(op);
    lets.pop_back();
  }

  void visit(const For *op) override {
    lets.emplace_back(op->name, op->min);
    ConstantReads reads;
    substitute_in_all_lets(op->body).accept(&reads);
    if (!reads.innermost)
      IRVisitor::visit(op);
    else if (reads.constant == constant) {
      Reader reader = {op, {}};
      for (const Expr &place : reads.places)
        reader.starts.push_back(expanded(place, lets));
      readers.push_back(std::move(reader));
    }
    lets.pop_back();
  }

  Lets lets;
  std::string constant;

public:
  struct Reader {
    const For *loop;
    std::vector<Expr> starts;
  };
  explicit Readers(std::string constant) : constant(std::move(constant)) {}
  std::vector<Reader> readers;
};

} // namespace

/// A request for a line that a loop around `loop` will read in its next iteration; undefined if there is none.
Expr PrefetchConstants::prefetchOf(const For *loop) const {
  ConstantReads reads;
  substitute_in_all_lets(loop->body).accept(&reads);
  if (!reads.innermost || loop->for_type != ForType::Serial)
    return {};
  std::vector<Expr> starts; // of what is read in the next iteration
  Expr step, steps, pass, passes;
  const For *outer = nullptr;
  for (const Expr &read : reads.places) {
    Expr place = expanded(read, lets);
    auto stride = as_const_int(strideOf(place, loop));
    if (!stride || *stride != lineFloats)
      continue;
    // Loops that walk through the constant together, from the inside.
    auto around = loops.rbegin();
    step = positionIn(loop), steps = loop->extent;
    for (; around != loops.rend(); ++around) {
      Expr whole = simplify(strideOf(place, *around) - steps * lineFloats);
      if (!is_const_zero(whole))
        break;
      step += positionIn(*around) * steps;
      steps = simplify((*around)->extent * steps);
    }
    // Loops that read the same again.
    pass = 0, passes = 1;
    for (; around != loops.rend() && is_const_zero(strideOf(place, *around)); ++around) {
      pass += positionIn(*around) * passes;
      passes = simplify((*around)->extent * passes);
    }
    if (around != loops.rend() && !is_const_one(passes)) {
      outer = *around;
      starts.push_back(simplify(nextOf(place, *around) - step * lineFloats));
    }
  }
  if (starts.empty())
    return {};
  Readers following(reads.constant);
  if (inTurn)
    outer->body.accept(&following);
  for (size_t i = 0, size = following.readers.size(); i < size && size > 1; ++i) {
    bool wraps = i + 1 == size;
    const Readers::Reader &next = following.readers[wraps ? 0 : i + 1];
    if (following.readers[i].loop != loop || next.starts.size() != starts.size())
      continue;
    for (size_t place = 0; place < starts.size(); ++place) {
      Expr start = expanded(next.starts[place], lets);
      starts[place] = simplify(wraps ? nextOf(start, outer) : start);
    }
  }
  // One request a step: passes take turns in asking for lines at one of the starts.
  auto count = static_cast<int32_t>(starts.size());
  Expr start = starts.back(), turns = max(passes / count, 1);
  for (int32_t i = count - 1; i-- > 0;)
    start = select(pass % count == i, starts[i], start);
  constexpr int32_t one = 1 << 12;
  Expr line = ((pass / count * steps + step) * (one / turns)) / one;
  Expr base = Variable::make(Handle(), reads.constant);
  return Call::make(Float(32), Call::prefetch, {base, start + line * lineFloats, 1, 1}, Call::Intrinsic);
}

Stmt PrefetchConstants::visit(const LetStmt *op) {
  lets.emplace_back(op->name, op->value);
  Stmt changed = IRMutator::visit(op);
  lets.pop_back();
  return changed;
}

Stmt PrefetchConstants::visit(const For *op) {
  Expr request = prefetchOf(op);
  if (request.defined())
    return For::make(op->name, op->min, op->extent, op->for_type, op->partition_policy, op->device_api,
                     Block::make(Evaluate::make(request), op->body));
  loops.push_back(op);
  Stmt changed = IRMutator::visit(op);
  loops.pop_back();
  return changed;
}

} // namespace swin::codegen
