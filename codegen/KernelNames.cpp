//===- KernelNames.cpp - names in the order in which they are made --------===//
#include "codegen/KernelNames.h"

#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <utility>

using namespace Halide;

namespace swin::codegen {
namespace {

/// Room for a thousand kernels and more: one makes a few names like "product", and of what has only a letter some 3500
/// of "r", some 600 of "t" and less than 200 of the others.
constexpr int64_t firstOfName = 1000;
constexpr std::pair<char, int64_t> firstOfLetters[] = {{'b', 100000},  {'c', 100000}, {'f', 100000}, {'p', 100000},
                                                       {'r', 1000000}, {'t', 100000}, {'v', 100000}};

/// "product" of "product$12"; a reduction variable is "k$3$x".
std::string baseOf(const std::string &name) { return name.substr(0, name.find('$')); }

std::set<std::string> basesOf(const Func &root) {
  std::set<std::string> bases;
  for (const auto &[name, function] : Internal::find_transitive_calls(root.function())) {
    bases.insert(baseOf(name));
    for (const Internal::Definition &update : function.updates())
      for (const Internal::ReductionVariable &variable : update.schedule().rvars())
        bases.insert(baseOf(variable.var));
  }
  return bases;
}

void advance(const std::string &base) {
  int64_t number = 0;
  while (number < firstOfName) {
    std::string name = Internal::unique_name(base);
    size_t dollar = name.find('$');
    number = dollar == name.npos ? 0 : std::atoll(name.c_str() + dollar + 1);
  }
}

void advance(char letter, int64_t first) {
  int64_t number = 0;
  while (number < first)
    number = std::atoll(Internal::unique_name(letter).c_str() + 1);
}

} // namespace

void alignNames(const Func &rehearsal) {
  static std::mutex mutex;
  static std::set<std::string> aligned;
  std::lock_guard lock(mutex);
  if (aligned.empty())
    for (auto [letter, first] : firstOfLetters)
      advance(letter, first);
  for (const std::string &base : basesOf(rehearsal))
    if (aligned.insert(base).second)
      advance(base);
}

} // namespace swin::codegen
