//===- WeightNames.cpp - what tensors are called in checkpoints -----------===//
#include "dsl/WeightNames.h"

#include <algorithm>
#include <charconv>

namespace swin::dsl {
namespace {

using enum TensorRole;

/// Last parts of names of buffers, which hang at various places.
constexpr std::string_view bufferNames[] = {"relative_position_index", "relative_coords_table",
                                            "relative_coordinates_log", "attn_mask", "num_batches_tracked"};
/// Beginnings of names, behind any prefix, of what stands on top of a backbone or serves training only.
constexpr std::string_view besideNames[] = {"mask_token",
                                            "embeddings.mask_token",
                                            "decoder.",
                                            "enc_to_dec_proj.",
                                            "decode_head.",
                                            "auxiliary_head.",
                                            "neck.",
                                            "rpn_head.",
                                            "roi_head.",
                                            "pixel_level_module.decoder.",
                                            "transformer_module.",
                                            "class_predictor.",
                                            "mask_embedder.",
                                            "criterion."};

/// Three tensors that are one of ours.
struct Parts {
  std::string_view slot;
  std::string_view names[3];
};
constexpr Parts joinedParts[] = {{"{query}", {"query", "key", "value"}}, {"{q}", {"q", "k", "v"}}};

/// Those whose slot the pattern begins with, or null.
const Parts *partsAt(std::string_view pattern) {
  if (pattern[0] != '{')
    return nullptr;
  for (const Parts &parts : joinedParts)
    if (pattern.starts_with(parts.slot))
      return &parts;
  return nullptr;
}

/// `{i}`, `{i+1}`, `{2i+1}`, `{j}` ... at the start of a pattern: value = times x number + plus.
struct Slot {
  char letter = 'i';
  int64_t times = 1, plus = 0;
  size_t length = 0; ///< with both braces
};

Slot readSlot(std::string_view pattern) {
  Slot slot;
  size_t at = 1;
  if (pattern[at] == '2') {
    slot.times = 2;
    ++at;
  }
  slot.letter = pattern[at++];
  if (pattern[at] != '}') {
    slot.plus = (pattern[at] == '-' ? -1 : 1) * (pattern[at + 1] - '0');
    at += 2;
  }
  slot.length = at + 1;
  return slot;
}

/// The number that a slot's text stands for, and takes the text away. Stages and blocks have few digits, no sign and
/// no leading zero.
std::optional<int64_t> takeNumber(const Slot &slot, std::string_view &name) {
  size_t digits = 0;
  while (digits < name.size() && name[digits] >= '0' && name[digits] <= '9')
    ++digits;
  if (digits == 0 || digits > 4 || (digits > 1 && name[0] == '0'))
    return std::nullopt;
  int64_t value = 0;
  std::from_chars(name.data(), name.data() + digits, value);
  value -= slot.plus;
  if (value < 0 || value % slot.times)
    return std::nullopt;
  name.remove_prefix(digits);
  return value / slot.times;
}

bool startsWithAny(std::string_view name, std::span<const std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view each) { return name.starts_with(each); });
}

} // namespace

std::optional<NameNumbers> matchName(std::string_view pattern, std::string_view name, std::string_view *suffix) {
  NameNumbers numbers;
  std::string_view whole = pattern;
  while (!pattern.empty()) {
    if (const Parts *parts = partsAt(pattern)) {
      auto part = std::find_if(std::begin(parts->names), std::end(parts->names),
                               [&](std::string_view each) { return name.starts_with(each); });
      if (part == std::end(parts->names))
        return std::nullopt;
      name.remove_prefix(part->size());
      pattern.remove_prefix(parts->slot.size());
    } else if (pattern[0] == '{') {
      Slot slot = readSlot(pattern);
      std::optional<int64_t> number = takeNumber(slot, name);
      if (!number)
        return std::nullopt;
      (slot.letter == 'i' ? numbers.stage : numbers.block) = *number;
      pattern.remove_prefix(slot.length);
    } else {
      if (name.empty() || name[0] != pattern[0])
        return std::nullopt;
      name.remove_prefix(1);
      pattern.remove_prefix(1);
    }
  }
  bool isLayer = name == ".weight" || name == ".bias";
  if (!name.empty() && (!isLayer || whole.ends_with(".weight") || whole.ends_with(".bias")))
    return std::nullopt;
  *suffix = name;
  return numbers;
}

std::vector<std::string> expandName(std::string_view pattern, NameNumbers numbers, std::string_view suffix) {
  std::vector<std::string> names(1);
  while (!pattern.empty()) {
    if (const Parts *parts = partsAt(pattern)) {
      names.resize(std::size(parts->names), names[0]);
      for (size_t part = 0; part < names.size(); ++part)
        names[part] += parts->names[part];
      pattern.remove_prefix(parts->slot.size());
      continue;
    }
    std::string text(1, pattern[0]);
    size_t length = 1;
    if (pattern[0] == '{') {
      Slot slot = readSlot(pattern);
      text = std::to_string(slot.times * (slot.letter == 'i' ? numbers.stage : numbers.block) + slot.plus);
      length = slot.length;
    }
    for (std::string &name : names)
      name += text;
    pattern.remove_prefix(length);
  }
  for (std::string &name : names)
    name += suffix;
  return names;
}

std::vector<std::string_view> WeightNames::prefixesFor(TensorRole role) const {
  if (role == Head)
    return {chosen->prefixes.begin(), chosen->prefixes.end()};
  std::vector<std::string_view> prefixes = {prefix};
  // A head hangs outside of the backbone, or inside.
  if (role == Tail)
    std::copy_if(chosen->prefixes.begin(), chosen->prefixes.end(), std::back_inserter(prefixes),
                 [&](std::string_view each) { return each != prefix; });
  return prefixes;
}

std::optional<TensorMeaning> WeightNames::meaning(std::string_view name) const {
  // Asked for every name of a file under every scheme and prefix: nothing is copied until a rule fits.
  auto read = [&](const NameRule &rule, std::string_view before) -> std::optional<TensorMeaning> {
    if (!name.starts_with(before))
      return std::nullopt;
    std::string_view suffix;
    std::optional<NameNumbers> numbers = matchName(rule.theirs, name.substr(before.size()), &suffix);
    if (!numbers)
      return std::nullopt;
    return TensorMeaning{&rule, *numbers, expandName(rule.ours, *numbers, suffix)[0]};
  };
  for (const NameRule &rule : chosen->rules) {
    if (rule.onlyV2 && kind != Family::SwinV2)
      continue;
    if (std::optional<TensorMeaning> found = read(rule, prefix))
      return found;
    if (rule.role != Tail && rule.role != Head)
      continue;
    for (std::string_view before : chosen->prefixes)
      if (std::optional<TensorMeaning> found = read(rule, before))
        return found;
  }
  return std::nullopt;
}

std::vector<TensorSource> WeightNames::sources(std::string_view ours) const {
  std::vector<TensorSource> result;
  for (const NameRule &rule : chosen->rules) {
    std::string_view suffix;
    std::optional<NameNumbers> numbers = matchName(rule.ours, ours, &suffix);
    if (!numbers)
      continue;
    for (std::string_view before : prefixesFor(rule.role))
      result.push_back({expandName(std::string(before) + rule.theirs, *numbers, suffix), rule.layout});
  }
  // These names know no such layer; ours says best what is missing.
  if (result.empty())
    result.push_back({{std::string(prefix) + std::string(ours)}});
  return result;
}

bool WeightNames::isBeside(std::string_view name) const {
  std::string_view last = name.substr(name.rfind('.') + 1);
  if (std::find(std::begin(bufferNames), std::end(bufferNames), last) != std::end(bufferNames))
    return true;
  return std::any_of(chosen->prefixes.begin(), chosen->prefixes.end(), [&](std::string_view before) {
    return name.starts_with(before) && startsWithAny(name.substr(before.size()), besideNames);
  });
}

size_t WeightNames::count(const std::vector<std::string_view> &names) const {
  return std::count_if(names.begin(), names.end(), [&](std::string_view name) {
    std::optional<TensorMeaning> found = meaning(name);
    return found && found->rule->role != Buffer;
  });
}

std::optional<WeightNames> WeightNames::recognise(const std::vector<std::string_view> &names) {
  std::optional<WeightNames> best;
  size_t most = 0;
  for (const NameScheme &scheme : nameSchemes()) {
    for (std::string_view prefix : scheme.prefixes) {
      WeightNames candidate(scheme, prefix);
      // A norm or a head alone is in every network.
      size_t count = candidate.count(names);
      if (count > most && candidate.hasWeight(names)) {
        most = count;
        best = candidate;
      }
    }
  }
  if (best)
    best->decide(names, most);
  return best;
}

bool WeightNames::hasWeight(const std::vector<std::string_view> &names) const {
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    std::optional<TensorMeaning> found = meaning(name);
    return found && found->rule->role == Weight;
  });
}

void WeightNames::decide(const std::vector<std::string_view> &names, size_t count) {
  // Without a head timm's names are also Microsoft's, but for the merging, which timm counts to the stage behind it.
  const NameScheme &microsoft = nameSchemes()[0], &timm = nameSchemes()[1];
  if (chosen == &microsoft && WeightNames(timm, prefix).count(names) == count) {
    std::optional<int64_t> firstMerging;
    for (std::string_view name : names)
      if (std::optional<TensorMeaning> found = meaning(name);
          found && found->ours.find(".downsample.") != found->ours.npos)
        firstMerging = std::min(firstMerging.value_or(found->numbers.stage), found->numbers.stage);
    if (firstMerging.value_or(0) > 0)
      chosen = &timm;
  }
  arithmetic = chosen->semantics;
  bool hasHead = false;
  for (std::string_view name : names) {
    std::optional<TensorMeaning> found = meaning(name);
    if (!found)
      continue;
    if (found->rule->role == Head)
      hasHead = true;
    else if (found->ours.starts_with("hidden_states_norms."))
      arithmetic = Semantics::HfBackbone;
    else if (found->rule->role == Tail && found->numbers.stage >= 0)
      arithmetic = Semantics::Mm;
    else if (found->ours.find(".cpb_mlp.") != found->ours.npos)
      kind = Family::SwinV2;
    else if (found->ours.find(".meta_mlp.") != found->ours.npos)
      kind = Family::SwinV2Cr;
    else if (found->ours.find(".spatial_mlp.") != found->ours.npos)
      kind = Family::SwinMlp;
  }
  // It stands on a backbone, of which swinv2's maps have no norms that would show it.
  if (hasHead && (arithmetic == Semantics::Hf || arithmetic == Semantics::Microsoft))
    arithmetic = Semantics::HfBackbone;
}

} // namespace swin::dsl
