//===- WeightTables.cpp - the schemes of names ----------------------------===//
// One list of all layers under our names; a scheme says what it calls differently.
//===----------------------------------------------------------------------===//
#include "dsl/WeightNames.h"

#include <algorithm>

namespace swin::dsl {
namespace {

using enum TensorRole;
using enum TensorLayout;

/// What a layer's name stands behind.
enum class Place { Model, Block, Merging };

struct Layer {
  Place place;
  const char *name;
  TensorRole role = Weight;
};

constexpr Layer layers[] = {
    {Place::Model, "patch_embed.proj"},
    {Place::Model, "patch_embed.norm"},
    {Place::Model, "absolute_pos_embed"},
    {Place::Block, "norm1"},
    {Place::Block, "norm2"},
    {Place::Block, "norm3"},
    {Place::Block, "attn.q_bias"},
    {Place::Block, "attn.v_bias"},
    {Place::Block, "attn.qkv.weight"},
    {Place::Block, "attn.qkv.bias"},
    {Place::Block, "attn.proj"},
    {Place::Block, "attn.relative_position_bias_table"},
    {Place::Block, "attn.relative_position_index", Buffer},
    {Place::Block, "attn.logit_scale"},
    {Place::Block, "attn.cpb_mlp.0"},
    {Place::Block, "attn.cpb_mlp.2"},
    {Place::Block, "attn.relative_coords_table", Buffer},
    {Place::Block, "attn.meta_mlp.fc1"},
    {Place::Block, "attn.meta_mlp.fc2"},
    {Place::Block, "spatial_mlp"},
    {Place::Block, "mlp.fc1"},
    {Place::Block, "mlp.fc2"},
    {Place::Merging, "norm"},
    {Place::Merging, "reduction"},
    {Place::Model, "norm", Tail},
    {Place::Model, "head", Tail},
    // Norms of stage maps are named after the semantics, not the scheme.
    {Place::Model, "hidden_states_norms.stage{i}", Tail},
    {Place::Model, "norm{i}", Tail},
};

/// What a scheme calls a layer instead; several = any of them, best first. A layer without an entry is called as ours.
/// Where one name is called by two entries, the first is what it means.
struct Change {
  Place place;
  const char *ours;
  const char *theirs; ///< nullptr = these names know no such layer
  TensorLayout layout = Same;
  bool onlyV2 = false;
};

constexpr Change timm[] = {
    {Place::Model, "head", "head.fc"},
};

constexpr Change timmCr[] = {
    {Place::Model, "head", "head.fc"},
    {Place::Model, "head", "head"},
    {Place::Block, "attn.logit_scale", "attn.logit_scale"},
    {Place::Block, "attn.logit_scale", "attn.tau", InverseExponential},
};

// On disk; some versions of the library have other names in memory, which stand second.
constexpr Change huggingFace[] = {
    {Place::Model, "patch_embed.proj", "embeddings.patch_embeddings.projection"},
    {Place::Model, "patch_embed.norm", "embeddings.norm"},
    {Place::Model, "absolute_pos_embed", "embeddings.position_embeddings"},
    {Place::Block, "norm1", "layernorm_before"},
    {Place::Block, "norm2", "layernorm_after"},
    {Place::Block, "norm3", nullptr},
    {Place::Block, "attn.q_bias", "attention.self.query.bias", Same, /*onlyV2=*/true},
    {Place::Block, "attn.v_bias", "attention.self.value.bias", Same, /*onlyV2=*/true},
    {Place::Block, "attn.qkv.weight", "attention.self.{query}.weight", Joined},
    {Place::Block, "attn.qkv.weight", "attention.{q}_proj.weight", Joined},
    {Place::Block, "attn.qkv.bias", "attention.self.{query}.bias", Joined},
    {Place::Block, "attn.qkv.bias", "attention.{q}_proj.bias", Joined},
    {Place::Block, "attn.proj", "attention.output.dense"},
    {Place::Block, "attn.proj", "attention.o_proj"},
    {Place::Block, "attn.relative_position_bias_table", "attention.self.relative_position_bias_table"},
    {Place::Block, "attn.relative_position_bias_table",
     "attention.relative_position_bias.relative_position_bias_table"},
    {Place::Block, "attn.relative_position_index", "attention.self.relative_position_index"},
    {Place::Block, "attn.relative_position_index", "attention.relative_position_bias.relative_position_index"},
    {Place::Block, "attn.logit_scale", "attention.self.logit_scale"},
    {Place::Block, "attn.cpb_mlp.0", "attention.self.continuous_position_bias_mlp.0"},
    {Place::Block, "attn.cpb_mlp.2", "attention.self.continuous_position_bias_mlp.2"},
    {Place::Block, "attn.relative_coords_table", "attention.self.relative_coords_table"},
    {Place::Block, "attn.meta_mlp.fc1", nullptr},
    {Place::Block, "attn.meta_mlp.fc2", nullptr},
    {Place::Block, "spatial_mlp", nullptr},
    {Place::Block, "mlp.fc1", "intermediate.dense"},
    {Place::Block, "mlp.fc1", "mlp.fc1"},
    {Place::Block, "mlp.fc2", "output.dense"},
    {Place::Block, "mlp.fc2", "mlp.fc2"},
    {Place::Model, "norm", "layernorm"},
    {Place::Model, "head", "classifier"},
    {Place::Model, "hidden_states_norms.stage{i}", "hidden_states_norms.stage{i}"},
    {Place::Model, "hidden_states_norms.stage{i}", "hidden_states_norms.{i-1}"},
    {Place::Model, "norm{i}", "hidden_states_norms.stage{i+1}"},
    {Place::Model, "norm{i}", "hidden_states_norms.{i}"},
};

constexpr Change torchvision[] = {
    {Place::Model, "patch_embed.proj", "features.0.0"},
    {Place::Model, "patch_embed.norm", "features.0.2"},
    {Place::Model, "absolute_pos_embed", nullptr},
    {Place::Block, "norm3", nullptr},
    // One bias for all three, of which the keys' part does not count.
    {Place::Block, "attn.q_bias", "attn.qkv.bias", FirstThird, /*onlyV2=*/true},
    {Place::Block, "attn.v_bias", "attn.qkv.bias", LastThird, /*onlyV2=*/true},
    {Place::Block, "attn.meta_mlp.fc1", nullptr},
    {Place::Block, "attn.meta_mlp.fc2", nullptr},
    {Place::Block, "spatial_mlp", nullptr},
    {Place::Block, "mlp.fc1", "mlp.0"},
    {Place::Block, "mlp.fc2", "mlp.3"},
    {Place::Model, "hidden_states_norms.stage{i}", nullptr},
    {Place::Model, "norm{i}", nullptr},
};

constexpr Change mm[] = {
    {Place::Model, "patch_embed.proj", "patch_embed.projection"},
    {Place::Block, "norm3", nullptr},
    {Place::Block, "attn.q_bias", nullptr},
    {Place::Block, "attn.v_bias", nullptr},
    {Place::Block, "attn.qkv.weight", "attn.w_msa.qkv.weight"},
    {Place::Block, "attn.qkv.bias", "attn.w_msa.qkv.bias"},
    {Place::Block, "attn.proj", "attn.w_msa.proj"},
    {Place::Block, "attn.relative_position_bias_table", "attn.w_msa.relative_position_bias_table"},
    {Place::Block, "attn.relative_position_index", "attn.w_msa.relative_position_index"},
    {Place::Block, "attn.logit_scale", nullptr},
    {Place::Block, "attn.cpb_mlp.0", nullptr},
    {Place::Block, "attn.cpb_mlp.2", nullptr},
    {Place::Block, "attn.relative_coords_table", nullptr},
    {Place::Block, "attn.meta_mlp.fc1", nullptr},
    {Place::Block, "attn.meta_mlp.fc2", nullptr},
    {Place::Block, "spatial_mlp", nullptr},
    {Place::Block, "mlp.fc1", "ffn.layers.0.0"},
    {Place::Block, "mlp.fc2", "ffn.layers.1"},
    {Place::Merging, "norm", "norm", Unfolded},
    {Place::Merging, "reduction", "reduction", Unfolded},
    {Place::Model, "head", "head.fc"},
    {Place::Model, "norm{i}", "norm{i}"},
    {Place::Model, "hidden_states_norms.stage{i}", "norm{i-1}"},
};

constexpr std::string_view plainPrefixes[] = {"", "backbone.", "model.", "module.", "encoder."};
// A classifier's, a backbone's in a detector, an encoder's in front of a text decoder or below masks.
constexpr std::string_view huggingFacePrefixes[] = {"",
                                                    "swin.",
                                                    "swinv2.",
                                                    "backbone.",
                                                    "backbone.swin.",
                                                    "backbone.swinv2.",
                                                    "model.",
                                                    "encoder.",
                                                    "model.encoder.",
                                                    "pixel_level_module.encoder.",
                                                    "pixel_level_module.encoder.model.",
                                                    "model.pixel_level_module.encoder.",
                                                    "model.pixel_level_module.encoder.model."};

/// All names of a scheme: `block` and `merging` are what it puts before the layers of block {j} in stage {i} and of the
/// merging behind stage {i}.
std::vector<NameRule> rulesWith(const std::string &block, const std::string &merging, std::span<const Change> changes) {
  const std::string places[] = {"", block + ".", merging + "."};
  const std::string ourPlaces[] = {"", "layers.{i}.blocks.{j}.", "layers.{i}.downsample."};
  std::vector<NameRule> rules;
  auto isOf = [](const Change &change, const Layer &layer) {
    return change.place == layer.place && std::string_view(change.ours) == layer.name;
  };
  auto add = [&](const Layer &layer, const char *theirs, TensorLayout layout, bool onlyV2) {
    auto place = static_cast<size_t>(layer.place);
    rules.push_back({ourPlaces[place] + layer.name, places[place] + theirs, layer.role, layout, onlyV2});
  };
  for (const Change &change : changes)
    for (const Layer &layer : layers)
      if (change.theirs && isOf(change, layer))
        add(layer, change.theirs, change.layout, change.onlyV2);
  for (const Layer &layer : layers)
    if (std::none_of(changes.begin(), changes.end(), [&](const Change &change) { return isOf(change, layer); }))
      add(layer, layer.name, Same, false);
  return rules;
}

/// Those of a segmentation head: Hugging Face's names, which are ours, and mm's, either of which stand behind anyone's
/// names of the backbone. The usual ones of a scheme come first.
void addHead(NameScheme &scheme) {
  const char *const convolutions[] = {"psp_modules.{i}.1", "bottleneck", "lateral_convs.{i}", "fpn_convs.{i}",
                                      "fpn_bottleneck"};
  const std::string head = "decode_head.";
  auto add = [&](bool isMm) {
    auto both = [&](const std::string &ours, const std::string &mms) {
      scheme.rules.push_back({head + ours, head + (isMm ? mms : ours), Head});
    };
    for (std::string layer : convolutions) {
      both(layer + ".conv", layer + ".conv");
      for (const char *part : {"", ".running_mean", ".running_var"})
        both(layer + ".batch_norm" + part, layer + ".bn" + part);
    }
    both("classifier", "conv_seg");
  };
  bool isMms = scheme.semantics == Semantics::Mm || scheme.semantics == Semantics::Microsoft;
  add(isMms);
  add(!isMms);
}

std::vector<NameScheme> makeSchemes() {
  const std::string block = ".{i}.blocks.{j}", here = ".{i}.downsample", next = ".{i+1}.downsample";
  std::vector<NameScheme> schemes = {
      {"Microsoft", Semantics::Microsoft, plainPrefixes, rulesWith("layers" + block, "layers" + here, {})},
      {"timm", Semantics::Timm, plainPrefixes, rulesWith("layers" + block, "layers" + next, timm)},
      {"Hugging Face", Semantics::Hf, huggingFacePrefixes,
       rulesWith("encoder.layers" + block, "encoder.layers" + here, huggingFace)},
      {"torchvision", Semantics::Torchvision, plainPrefixes,
       rulesWith("features.{2i+1}.{j}", "features.{2i+2}", torchvision)},
      {"mm", Semantics::Mm, plainPrefixes, rulesWith("stages" + block, "stages" + here, mm)},
      {"timm", Semantics::Timm, plainPrefixes, rulesWith("stages" + block, "stages" + next, timmCr)},
      // As wrapped for feature maps, where every stage is a module of its own.
      {"timm", Semantics::Timm, plainPrefixes, rulesWith("layers_{i}.blocks.{j}", "layers_{i+1}.downsample", timm)},
      {"timm", Semantics::Timm, plainPrefixes, rulesWith("stages_{i}.blocks.{j}", "stages_{i+1}.downsample", timmCr)},
  };
  for (NameScheme &scheme : schemes)
    addHead(scheme);
  for (NameScheme &scheme : restorationSchemes())
    schemes.push_back(std::move(scheme));
  return schemes;
}

} // namespace

std::span<const NameScheme> nameSchemes() {
  static const std::vector<NameScheme> schemes = makeSchemes();
  return schemes;
}

} // namespace swin::dsl
