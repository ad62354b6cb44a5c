//===- WeightNames.h - what tensors are called in checkpoints -------------===//
// The same network is saved under five schemes of names (WeightTables.cpp). A scheme is
// a table of patterns beside ours, which are Microsoft's. In a pattern `{i}` is a stage
// or `{j}` a block, from 0; `{2i+1}` a number made from it; `{query}` stands for each of
// query, key and value and `{q}` for each of q, k and v, whose tensors joined by rows
// are ours. A pattern is a layer (`.weight` and `.bias` follow) or a whole name.
//===----------------------------------------------------------------------===//
#ifndef SWIN_DSL_WEIGHTNAMES_H
#define SWIN_DSL_WEIGHTNAMES_H

#include "dsl/Spec.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace swin::dsl {

enum class TensorRole {
  Weight, ///< part of every model
  Tail,   ///< final norm, head, norms of stage maps: needed by some outputs only
  Head,   ///< the same of what stands on maps of stages: beside the backbone, without its prefix
  Buffer, ///< follows from the description
};

enum class TensorLayout {
  Same,
  Joined,             ///< several tensors, joined along dimension 0
  Unfolded,           ///< inputs of a patch merging as channel x (row parity, column parity)
  FirstThird,         ///< ours is the first third of dimension 0
  LastThird,          ///< ours is the last third of dimension 0
  InverseExponential, ///< ours is ln(1 / x)
};

struct NameRule {
  std::string ours;
  std::string theirs;
  TensorRole role = TensorRole::Weight;
  TensorLayout layout = TensorLayout::Same;
  bool onlyV2 = false; ///< what is called so in files of swinv2 only, and there before any other meaning
};

struct NameScheme {
  const char *title; ///< for messages
  Semantics semantics;
  std::span<const std::string_view> prefixes; ///< what may stand before every name; "" first
  std::vector<NameRule> rules;
};

/// Those of restoration models.
std::vector<NameScheme> restorationSchemes();

/// Ours first. A source whose names differ between its models has several schemes of one title.
std::span<const NameScheme> nameSchemes();

/// The numbers in a name that fits a pattern. -1 = the pattern has none.
struct NameNumbers {
  int64_t stage = -1;
  int64_t block = -1;
};
/// The numbers if `name` fits, also with .weight or .bias behind, which goes to `*suffix`.
std::optional<NameNumbers> matchName(std::string_view pattern, std::string_view name, std::string_view *suffix);
/// The names that a pattern stands for: one, or three.
std::vector<std::string> expandName(std::string_view pattern, NameNumbers numbers, std::string_view suffix);

/// Where one of our tensors may be in a file.
struct TensorSource {
  std::vector<std::string> names;
  TensorLayout layout = TensorLayout::Same;
};

/// What a tensor of a file is.
struct TensorMeaning {
  const NameRule *rule = nullptr;
  NameNumbers numbers;
  std::string ours; ///< our name of it
};

/// The names of one file.
class WeightNames {
public:
  /// Recognised by the names that are there. Nothing if none of them is of a Swin Transformer.
  static std::optional<WeightNames> recognise(const std::vector<std::string_view> &names);

  const NameScheme &scheme() const { return *chosen; }
  /// Whose arithmetic goes with these names.
  Semantics semantics() const { return arithmetic; }
  /// What the names are of; swin if they are of no other.
  Family family() const { return kind; }
  /// In order of preference, at least one.
  std::vector<TensorSource> sources(std::string_view ours) const;
  std::optional<TensorMeaning> meaning(std::string_view name) const;
  /// Whether a tensor without a meaning may be in the file all the same: other networks' on top of this one, and
  /// what only training uses.
  bool isBeside(std::string_view name) const;

private:
  WeightNames(const NameScheme &scheme, std::string_view prefix) : chosen(&scheme), prefix(prefix) {}
  std::vector<std::string_view> prefixesFor(TensorRole role) const;
  /// How many names have a meaning other than a buffer.
  size_t count(const std::vector<std::string_view> &names) const;
  bool hasWeight(const std::vector<std::string_view> &names) const;
  void decide(const std::vector<std::string_view> &names, size_t count);

  const NameScheme *chosen;
  std::string_view prefix; ///< one of the scheme's
  Semantics arithmetic = Semantics::Microsoft;
  Family kind = Family::Swin;
};

} // namespace swin::dsl

#endif // SWIN_DSL_WEIGHTNAMES_H
