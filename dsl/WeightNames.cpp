//===- WeightNames.cpp - what tensors are called in checkpoints -----------===//
#include "dsl/WeightNames.h"

#include <algorithm>
#include <charconv>

namespace swin::dsl {
namespace {

using enum TensorRole;
using enum TensorLayout;

// Norms of stage maps are named after the semantics, not the scheme: each table has them both if its sources do.
constexpr NameRule microsoftRules[] = {
    {"patch_embed.proj", "patch_embed.proj"},
    {"patch_embed.norm", "patch_embed.norm"},
    {"layers.{i}.blocks.{j}.norm1", "layers.{i}.blocks.{j}.norm1"},
    {"layers.{i}.blocks.{j}.norm2", "layers.{i}.blocks.{j}.norm2"},
    {"layers.{i}.blocks.{j}.attn.qkv", "layers.{i}.blocks.{j}.attn.qkv"},
    {"layers.{i}.blocks.{j}.attn.proj", "layers.{i}.blocks.{j}.attn.proj"},
    {"layers.{i}.blocks.{j}.attn.relative_position_bias_table",
     "layers.{i}.blocks.{j}.attn.relative_position_bias_table"},
    {"layers.{i}.blocks.{j}.attn.relative_position_index", "layers.{i}.blocks.{j}.attn.relative_position_index",
     Buffer},
    {"layers.{i}.blocks.{j}.mlp.fc1", "layers.{i}.blocks.{j}.mlp.fc1"},
    {"layers.{i}.blocks.{j}.mlp.fc2", "layers.{i}.blocks.{j}.mlp.fc2"},
    {"layers.{i}.downsample.norm", "layers.{i}.downsample.norm"},
    {"layers.{i}.downsample.reduction", "layers.{i}.downsample.reduction"},
    {"norm", "norm", Tail},
    {"head", "head", Tail},
    {"hidden_states_norms.stage{i}", "hidden_states_norms.stage{i}", Tail},
    {"norm{i}", "norm{i}", Tail},
};

constexpr NameRule timmRules[] = {
    {"patch_embed.proj", "patch_embed.proj"},
    {"patch_embed.norm", "patch_embed.norm"},
    {"layers.{i}.blocks.{j}.norm1", "layers.{i}.blocks.{j}.norm1"},
    {"layers.{i}.blocks.{j}.norm2", "layers.{i}.blocks.{j}.norm2"},
    {"layers.{i}.blocks.{j}.attn.qkv", "layers.{i}.blocks.{j}.attn.qkv"},
    {"layers.{i}.blocks.{j}.attn.proj", "layers.{i}.blocks.{j}.attn.proj"},
    {"layers.{i}.blocks.{j}.attn.relative_position_bias_table",
     "layers.{i}.blocks.{j}.attn.relative_position_bias_table"},
    {"layers.{i}.blocks.{j}.attn.relative_position_index", "layers.{i}.blocks.{j}.attn.relative_position_index",
     Buffer},
    {"layers.{i}.blocks.{j}.mlp.fc1", "layers.{i}.blocks.{j}.mlp.fc1"},
    {"layers.{i}.blocks.{j}.mlp.fc2", "layers.{i}.blocks.{j}.mlp.fc2"},
    {"layers.{i}.downsample.norm", "layers.{i+1}.downsample.norm"},
    {"layers.{i}.downsample.reduction", "layers.{i+1}.downsample.reduction"},
    {"norm", "norm", Tail},
    {"head", "head.fc", Tail},
    {"hidden_states_norms.stage{i}", "hidden_states_norms.stage{i}", Tail},
    {"norm{i}", "norm{i}", Tail},
};

constexpr NameRule huggingFaceRules[] = {
    {"patch_embed.proj", "embeddings.patch_embeddings.projection"},
    {"patch_embed.norm", "embeddings.norm"},
    {"layers.{i}.blocks.{j}.norm1", "encoder.layers.{i}.blocks.{j}.layernorm_before"},
    {"layers.{i}.blocks.{j}.norm2", "encoder.layers.{i}.blocks.{j}.layernorm_after"},
    {"layers.{i}.blocks.{j}.attn.qkv", "encoder.layers.{i}.blocks.{j}.attention.self.*", Weight, Joined},
    {"layers.{i}.blocks.{j}.attn.proj", "encoder.layers.{i}.blocks.{j}.attention.output.dense"},
    {"layers.{i}.blocks.{j}.attn.relative_position_bias_table",
     "encoder.layers.{i}.blocks.{j}.attention.self.relative_position_bias_table"},
    {"layers.{i}.blocks.{j}.attn.relative_position_index",
     "encoder.layers.{i}.blocks.{j}.attention.self.relative_position_index", Buffer},
    {"layers.{i}.blocks.{j}.mlp.fc1", "encoder.layers.{i}.blocks.{j}.intermediate.dense"},
    {"layers.{i}.blocks.{j}.mlp.fc2", "encoder.layers.{i}.blocks.{j}.output.dense"},
    {"layers.{i}.downsample.norm", "encoder.layers.{i}.downsample.norm"},
    {"layers.{i}.downsample.reduction", "encoder.layers.{i}.downsample.reduction"},
    {"norm", "layernorm", Tail},
    {"head", "classifier", Tail},
    {"hidden_states_norms.stage{i}", "hidden_states_norms.stage{i}", Tail},
    {"hidden_states_norms.stage{i}", "hidden_states_norms.{i-1}", Tail},
    {"norm{i}", "hidden_states_norms.stage{i+1}", Tail},
    {"norm{i}", "hidden_states_norms.{i}", Tail},
};

constexpr NameRule torchvisionRules[] = {
    {"patch_embed.proj", "features.0.0"},
    {"patch_embed.norm", "features.0.2"},
    {"layers.{i}.blocks.{j}.norm1", "features.{2i+1}.{j}.norm1"},
    {"layers.{i}.blocks.{j}.norm2", "features.{2i+1}.{j}.norm2"},
    {"layers.{i}.blocks.{j}.attn.qkv", "features.{2i+1}.{j}.attn.qkv"},
    {"layers.{i}.blocks.{j}.attn.proj", "features.{2i+1}.{j}.attn.proj"},
    {"layers.{i}.blocks.{j}.attn.relative_position_bias_table",
     "features.{2i+1}.{j}.attn.relative_position_bias_table"},
    {"layers.{i}.blocks.{j}.attn.relative_position_index", "features.{2i+1}.{j}.attn.relative_position_index", Buffer},
    {"layers.{i}.blocks.{j}.mlp.fc1", "features.{2i+1}.{j}.mlp.0"},
    {"layers.{i}.blocks.{j}.mlp.fc2", "features.{2i+1}.{j}.mlp.3"},
    {"layers.{i}.downsample.norm", "features.{2i+2}.norm"},
    {"layers.{i}.downsample.reduction", "features.{2i+2}.reduction"},
    {"norm", "norm", Tail},
    {"head", "head", Tail},
};

constexpr NameRule mmRules[] = {
    {"patch_embed.proj", "patch_embed.projection"},
    {"patch_embed.norm", "patch_embed.norm"},
    {"layers.{i}.blocks.{j}.norm1", "stages.{i}.blocks.{j}.norm1"},
    {"layers.{i}.blocks.{j}.norm2", "stages.{i}.blocks.{j}.norm2"},
    {"layers.{i}.blocks.{j}.attn.qkv", "stages.{i}.blocks.{j}.attn.w_msa.qkv"},
    {"layers.{i}.blocks.{j}.attn.proj", "stages.{i}.blocks.{j}.attn.w_msa.proj"},
    {"layers.{i}.blocks.{j}.attn.relative_position_bias_table",
     "stages.{i}.blocks.{j}.attn.w_msa.relative_position_bias_table"},
    {"layers.{i}.blocks.{j}.attn.relative_position_index", "stages.{i}.blocks.{j}.attn.w_msa.relative_position_index",
     Buffer},
    {"layers.{i}.blocks.{j}.mlp.fc1", "stages.{i}.blocks.{j}.ffn.layers.0.0"},
    {"layers.{i}.blocks.{j}.mlp.fc2", "stages.{i}.blocks.{j}.ffn.layers.1"},
    {"layers.{i}.downsample.norm", "stages.{i}.downsample.norm", Weight, Unfolded},
    {"layers.{i}.downsample.reduction", "stages.{i}.downsample.reduction", Weight, Unfolded},
    {"norm", "norm", Tail},
    {"head", "head.fc", Tail},
    {"norm{i}", "norm{i}", Tail},
    {"hidden_states_norms.stage{i}", "norm{i-1}", Tail},
};

constexpr std::string_view plainPrefixes[] = {"", "backbone.", "model.", "module.", "encoder."};
constexpr std::string_view huggingFacePrefixes[] = {"", "swin.", "backbone.", "backbone.swin.", "model."};

constexpr NameScheme schemes[] = {
    {"Microsoft", Semantics::Microsoft, plainPrefixes, microsoftRules},
    {"timm", Semantics::Timm, plainPrefixes, timmRules},
    {"Hugging Face", Semantics::Hf, huggingFacePrefixes, huggingFaceRules},
    {"torchvision", Semantics::Torchvision, plainPrefixes, torchvisionRules},
    {"mm", Semantics::Mm, plainPrefixes, mmRules},
};

/// Last parts of names of buffers, which hang at various places.
constexpr std::string_view bufferNames[] = {"relative_position_index", "relative_coords_table", "attn_mask",
                                            "num_batches_tracked"};
/// Beginnings of names, behind any prefix, of what stands on top of a backbone or serves training only.
constexpr std::string_view besideNames[] = {
    "mask_token", "embeddings.mask_token", "decoder.", "decode_head.", "auxiliary_head.", "neck.", "rpn_head.",
    "roi_head."};

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

constexpr std::string_view joinedParts[] = {"query", "key", "value"};

bool startsWithAny(std::string_view name, std::span<const std::string_view> beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view each) { return name.starts_with(each); });
}

} // namespace

std::span<const NameScheme> nameSchemes() { return schemes; }

std::optional<NameNumbers> matchName(std::string_view pattern, std::string_view name, std::string_view *suffix) {
  NameNumbers numbers;
  while (!pattern.empty()) {
    if (pattern[0] == '{') {
      Slot slot = readSlot(pattern);
      std::optional<int64_t> number = takeNumber(slot, name);
      if (!number)
        return std::nullopt;
      (slot.letter == 'i' ? numbers.stage : numbers.block) = *number;
      pattern.remove_prefix(slot.length);
    } else if (pattern[0] == '*') {
      auto part = std::find_if(std::begin(joinedParts), std::end(joinedParts),
                               [&](std::string_view each) { return name.starts_with(each); });
      if (part == std::end(joinedParts))
        return std::nullopt;
      name.remove_prefix(part->size());
      pattern.remove_prefix(1);
    } else {
      if (name.empty() || name[0] != pattern[0])
        return std::nullopt;
      name.remove_prefix(1);
      pattern.remove_prefix(1);
    }
  }
  if (!name.empty() && name != ".weight" && name != ".bias")
    return std::nullopt;
  *suffix = name;
  return numbers;
}

std::vector<std::string> expandName(std::string_view pattern, NameNumbers numbers, std::string_view suffix) {
  std::vector<std::string> names(pattern.find('*') == pattern.npos ? 1 : std::size(joinedParts));
  for (size_t at = 0; at < pattern.size();) {
    size_t length = 1;
    for (size_t part = 0; part < names.size(); ++part) {
      if (pattern[at] == '{') {
        Slot slot = readSlot(pattern.substr(at));
        int64_t number = slot.letter == 'i' ? numbers.stage : numbers.block;
        names[part] += std::to_string(slot.times * number + slot.plus);
        length = slot.length;
      } else if (pattern[at] == '*') {
        names[part] += joinedParts[part];
      } else {
        names[part] += pattern[at];
      }
    }
    at += length;
  }
  for (std::string &name : names)
    name += suffix;
  return names;
}

std::vector<std::string_view> WeightNames::prefixesFor(TensorRole role) const {
  std::vector<std::string_view> prefixes = {prefix};
  // A head hangs outside of the backbone, or inside.
  if (role == Tail)
    std::copy_if(chosen->prefixes.begin(), chosen->prefixes.end(), std::back_inserter(prefixes),
                 [&](std::string_view each) { return each != prefix; });
  return prefixes;
}

std::optional<TensorMeaning> WeightNames::meaning(std::string_view name) const {
  for (const NameRule &rule : chosen->rules) {
    for (std::string_view before : prefixesFor(rule.role)) {
      if (!name.starts_with(before))
        continue;
      std::string_view suffix;
      std::optional<NameNumbers> numbers = matchName(rule.theirs, name.substr(before.size()), &suffix);
      if (numbers)
        return TensorMeaning{&rule, *numbers, expandName(rule.ours, *numbers, suffix)[0]};
    }
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
    result.push_back({{std::string(prefix) + std::string(ours)}, Same});
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
  for (const NameScheme &scheme : schemes) {
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
  WeightNames timm(schemes[1], prefix);
  if (chosen == &schemes[0] && timm.count(names) == count) {
    std::optional<int64_t> firstMerging;
    for (std::string_view name : names)
      if (std::optional<TensorMeaning> found = meaning(name);
          found && found->ours.find(".downsample.") != found->ours.npos)
        firstMerging = std::min(firstMerging.value_or(found->numbers.stage), found->numbers.stage);
    if (firstMerging.value_or(0) > 0)
      chosen = &schemes[1];
  }
  arithmetic = chosen->semantics;
  for (std::string_view name : names) {
    std::optional<TensorMeaning> found = meaning(name);
    if (found && found->ours.starts_with("hidden_states_norms."))
      arithmetic = Semantics::HfBackbone;
    else if (found && found->rule->role == Tail && found->numbers.stage >= 0)
      arithmetic = Semantics::Mm;
  }
}

} // namespace swin::dsl
