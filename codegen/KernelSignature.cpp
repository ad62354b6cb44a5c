//===- KernelSignature.cpp - what a kernel is known by --------------------===//
#include "codegen/KernelSignature.h"

#include "codegen/KeyText.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <limits>
#include <set>
#include <utility>

namespace swin::codegen {
namespace {

std::string hashOf(const KernelGraph &graph) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  KeyText(stream).add(graph);
  return llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(text)), /*LowerCase=*/true);
}

constexpr int64_t anySize = -1;

} // namespace

const char *kindName(KernelKind kind) {
  switch (kind) {
  case KernelKind::Tokens:
    return "tokens";
  case KernelKind::Windows:
    return "windows";
  case KernelKind::Pool:
    return "pool";
  case KernelKind::Conv:
    return "conv";
  case KernelKind::Map:
    return "map";
  }
  return "";
}

KernelSignature signatureOf(const KernelGraph &graph) {
  KernelSignature signature;
  signature.hash = hashOf(graph);
  llvm::raw_string_ostream text(signature.structure);
  text << kindName(graph.kind) << (graph.dense ? " dense" : "") << '(' << graph.numActivations << ','
       << graph.numArgs - graph.numActivations << ')';
  auto addType = [&](int value) {
    const std::vector<int64_t> &dims = graph.values[value].dims;
    text << ':' << dims.size();
    signature.extents.insert(signature.extents.end(), dims.begin(), dims.end());
  };
  // Sizes of constants follow from the ops that read them.
  for (int i = 0; i < graph.numActivations; ++i)
    addType(i);
  for (const Node &node : graph.nodes) {
    text << "; " << node.result << '=' << node.op;
    for (int operand : node.operands)
      text << ' ' << operand;
    for (const auto &[name, numbers] : node.ints) {
      text << ' ' << name << '[' << numbers.size() << ']';
      signature.extents.insert(signature.extents.end(), numbers.begin(), numbers.end());
    }
    for (const auto &[name, word] : node.words)
      text << ' ' << name << '=' << word;
    addType(node.result);
  }
  text << "; " << graph.result;
  return signature;
}

double distance(const KernelSignature &a, const KernelSignature &b) {
  constexpr double unlike = std::numeric_limits<double>::infinity();
  if (a.structure != b.structure || a.extents.size() != b.extents.size())
    return unlike;
  std::set<std::pair<int64_t, int64_t>> changes;
  for (size_t i = 0; i < a.extents.size(); ++i)
    changes.insert({a.extents[i], b.extents[i]});
  double sum = 0;
  for (auto [from, to] : changes) {
    // A kernel that is made for every size is made for this one, too.
    if (from == to || from == anySize || to == anySize)
      continue;
    if (from <= 0 || to <= 0)
      return unlike;
    sum += std::abs(std::log2(static_cast<double>(from) / static_cast<double>(to)));
  }
  return sum;
}

} // namespace swin::codegen
