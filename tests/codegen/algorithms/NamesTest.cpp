//===- NamesTest.cpp - the order of names ---------------------------------===//
#include "codegen/KernelNames.h"

#include "gtest/gtest.h"

#include <string>

using namespace Halide;

namespace swin::codegen {
namespace {

/// A sum over `k` with names that no other test uses; of one's own, since counters only go up.
Func sumNamed(const std::string &name) {
  Func sum(name);
  Var x("x");
  RDom k(0, 4, name + "_k");
  sum(x) = 0;
  sum(x) += k;
  return sum;
}

/// Names that come one after the other, of which text order and order of making are to be the same.
template <typename Prefix> void expectInOrder(Prefix prefix) {
  std::string last = Internal::unique_name(prefix);
  for (int i = 0; i < 1500; ++i) {
    std::string next = Internal::unique_name(prefix);
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(Names, OfAKernelAreInTheOrderInWhichTheyAreMade) {
  alignNames(sumNamed("aligned"));
  expectInOrder(std::string("aligned"));
  expectInOrder(std::string("aligned_k"));
  for (char letter : {'b', 'c', 'f', 'p', 'r', 't', 'v'})
    expectInOrder(letter);
}

TEST(Names, OfLaterKernelsToo) {
  alignNames(sumNamed("one"));
  alignNames(sumNamed("another"));
  expectInOrder(std::string("another"));
}

} // namespace
} // namespace swin::codegen
