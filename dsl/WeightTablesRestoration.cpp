//===- WeightTablesRestoration.cpp - names in restoration models ----------===//
// Ours are those of the original SwinIR and Swin2SR; transformers has others for Swin2SR.
// The second set of groups, `layers_hf`, is the original's only.
//===----------------------------------------------------------------------===//
#include "dsl/WeightNames.h"

namespace swin::dsl {
namespace {

using enum TensorRole;
using enum TensorLayout;

constexpr std::string_view plainPrefixes[] = {"", "module.", "model."};
constexpr std::string_view noPrefix[] = {""};

struct Layer {
  const char *ours;
  const char *theirs; ///< transformers'; nullptr = it has no such layer
  TensorRole role = Weight;
  TensorLayout layout = Same;
};

/// Behind the name of a block.
constexpr Layer blockLayers[] = {
    {"norm1", "layernorm_before"},
    {"norm2", "layernorm_after"},
    {"attn.q_bias", "attention.self.query.bias"},
    {"attn.v_bias", "attention.self.value.bias"},
    {"attn.qkv.weight", "attention.self.{query}.weight", Weight, Joined},
    {"attn.qkv.bias", nullptr},
    {"attn.proj", "attention.output.dense"},
    {"attn.relative_position_bias_table", nullptr},
    {"attn.relative_position_index", "attention.self.relative_position_index", Buffer},
    {"attn.logit_scale", "attention.self.logit_scale"},
    {"attn.cpb_mlp.0", "attention.self.continuous_position_bias_mlp.0"},
    {"attn.cpb_mlp.2", "attention.self.continuous_position_bias_mlp.2"},
    {"attn.relative_coords_table", "attention.self.relative_coords_table", Buffer},
    {"attn_mask", nullptr, Buffer},
    {"mlp.fc1", "intermediate.dense"},
    {"mlp.fc2", "output.dense"},
};

/// Behind the name of a group of blocks.
constexpr Layer groupLayers[] = {
    {"conv", "conv"},
    {"conv.0", "conv.0"},
    {"conv.2", "conv.2"},
    {"conv.4", "conv.4"},
    {"patch_embed.proj", "patch_embed.projection"},
};

/// Each way to say one is a row, the best first.
constexpr Layer modelLayers[] = {
    {"conv_first", "swin2sr.first_convolution"},
    {"patch_embed.proj", "swin2sr.embeddings.patch_embeddings.projection"},
    {"patch_embed.norm", "swin2sr.embeddings.patch_embeddings.layernorm"},
    {"norm", "swin2sr.layernorm", Tail},
    {"conv_after_body", "swin2sr.conv_after_body"},
    {"conv_after_body.0", nullptr},
    {"conv_after_body.2", nullptr},
    {"conv_after_body.4", nullptr},
    {"conv_before_upsample.0", "upsample.conv_before_upsample"},
    {"upsample.0", "upsample.upsample.convolution_0"},
    {"upsample.0", "upsample.upsample.convolution"},
    {"upsample.0", "upsample.conv"},
    {"upsample.2", "upsample.upsample.convolution_1"},
    {"upsample.4", "upsample.upsample.convolution_2"},
    {"upsample.6", "upsample.upsample.convolution_3"},
    {"upsample.8", "upsample.upsample.convolution_4"},
    {"upsample.10", "upsample.upsample.convolution_5"},
    {"conv_last", "upsample.final_convolution"},
    {"conv_last", "final_convolution"},
    {"conv_up1", "upsample.conv_up1"},
    {"conv_up2", "upsample.conv_up2"},
    {"conv_hr", "upsample.conv_hr"},
    {"conv_bicubic", "upsample.conv_bicubic"},
    {"conv_aux", "upsample.conv_aux"},
    {"conv_after_aux.0", "upsample.conv_after_aux.0"},
    {"conv_first_hf.0", nullptr},
    {"conv_after_body_hf", nullptr},
    {"conv_before_upsample_hf.0", nullptr},
    {"upsample_hf.0", nullptr},
    {"upsample_hf.2", nullptr},
    {"upsample_hf.4", nullptr},
    {"upsample_hf.6", nullptr},
    {"upsample_hf.8", nullptr},
    {"upsample_hf.10", nullptr},
    {"conv_last_hf", nullptr},
};

NameScheme originals() {
  NameScheme scheme = {"SwinIR", Semantics::Microsoft, plainPrefixes, {}};
  auto add = [&](const std::string &before, std::span<const Layer> layers) {
    std::string last;
    for (const Layer &layer : layers)
      if (std::string name = before + layer.ours; name != last) {
        scheme.rules.push_back({name, name, layer.role});
        last = name;
      }
  };
  for (const std::string root : {"layers", "layers_hf"}) {
    add(root + ".{i}.residual_group.blocks.{j}.", blockLayers);
    add(root + ".{i}.", groupLayers);
  }
  add("", modelLayers);
  return scheme;
}

NameScheme huggingFaces() {
  NameScheme scheme = {"Hugging Face", Semantics::Hf, noPrefix, {}};
  auto add = [&](const std::string &before, const std::string &theirs, std::span<const Layer> layers) {
    for (const Layer &layer : layers)
      if (layer.theirs)
        scheme.rules.push_back({before + layer.ours, theirs + layer.theirs, layer.role, layer.layout});
  };
  const std::string stage = "swin2sr.encoder.stages.{i}.";
  add("layers.{i}.residual_group.blocks.{j}.", stage + "layers.{j}.", blockLayers);
  add("layers.{i}.", stage, groupLayers);
  add("", "", modelLayers);
  return scheme;
}

} // namespace

std::vector<NameScheme> restorationSchemes() { return {originals(), huggingFaces()}; }

} // namespace swin::dsl
