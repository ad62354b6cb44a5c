//===- NamedWeights.h - one model saved under each scheme of names --------===//
// Written from the schemes' documentation, not with the tables that are tested.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TESTS_DSL_NAMEDWEIGHTS_H
#define SWIN_TESTS_DSL_NAMEDWEIGHTS_H

#include "dsl/Weights.h"
#include "tests/dsl/Checkpoint.h"
#include "tests/dsl/Models.h"

#include <map>
#include <utility>

namespace swin::test {

struct Values {
  std::vector<int64_t> shape;
  std::vector<float> values;
};
using NamedValues = std::map<std::string, Values>;

inline dsl::Spec smallModel() {
  dsl::Spec spec = model(8, {2, 1, 2}, {2, 4, 8}, {4, 4}, {64, 64});
  spec.numClasses = 3;
  return spec;
}

inline dsl::Spec smallModel(dsl::Family family) {
  dsl::Spec spec = smallModel();
  spec.family = family;
  spec.extraNormStage = family == dsl::Family::SwinV2Cr;
  return spec;
}

inline Values valuesOf(const ref::Constant &constant) {
  return {constant.shape, {constant.data, constant.data + constant.size()}};
}

/// The synthetic weights under our names.
inline NamedValues ourWeights(const dsl::Spec &spec, dsl::Semantics semantics) {
  ref::ConstantStore store;
  dsl::addSyntheticWeights(spec, semantics, store);
  NamedValues weights;
  for (const std::string &name : store.names())
    weights[name] = valuesOf(*store.find(name));
  return weights;
}

using Renaming = std::vector<std::pair<const char *, const char *>>;

/// Each pattern that is found is replaced once; `^` = only at the start.
inline std::string renamed(std::string name, const Renaming &patterns) {
  for (auto [from, to] : patterns) {
    bool atStart = *from == '^';
    std::string part = from + atStart;
    size_t at = name.find(part);
    if (at != name.npos && !(atStart && at > 0))
      name.replace(at, part.size(), to);
  }
  return name;
}

inline NamedValues timmWeights(const NamedValues &ours) {
  NamedValues result;
  for (const auto &[name, values] : ours)
    result[renamed(name, {{"^layers.1.downsample", "layers.2.downsample"},
                          {"^layers.0.downsample", "layers.1.downsample"},
                          {"^head.", "head.fc."}})] = values;
  return result;
}

/// The biases of q and v in one, with one for k between them that does not count.
inline NamedValues joinedBiases(const NamedValues &ours) {
  NamedValues result = ours;
  for (const auto &[name, values] : ours) {
    if (!name.ends_with("q_bias"))
      continue;
    std::string layer = name.substr(0, name.size() - 6);
    std::vector<float> all = values.values, rest = ours.at(layer + "v_bias").values;
    all.insert(all.end(), values.values.size(), 7.0f);
    all.insert(all.end(), rest.begin(), rest.end());
    result[layer + "qkv.bias"] = {{static_cast<int64_t>(all.size())}, all};
    result.erase(layer + "q_bias");
    result.erase(layer + "v_bias");
  }
  return result;
}

/// timm's swinv2_cr.
inline NamedValues timmCrWeights(const NamedValues &ours) {
  NamedValues result;
  for (const auto &[name, values] : timmWeights(ours))
    result[renamed(name, {{"^layers.", "stages."}})] = values;
  return result;
}

inline NamedValues torchvisionWeights(const NamedValues &ours) {
  NamedValues result;
  for (const auto &[name, values] : joinedBiases(ours))
    result[renamed(name, {{"^patch_embed.proj", "features.0.0"},
                          {"^patch_embed.norm", "features.0.2"},
                          {"^layers.0.blocks", "features.1"},
                          {"^layers.1.blocks", "features.3"},
                          {"^layers.2.blocks", "features.5"},
                          {"^layers.0.downsample", "features.2"},
                          {"^layers.1.downsample", "features.4"},
                          {"mlp.fc1", "mlp.0"},
                          {"mlp.fc2", "mlp.3"}})] = values;
  return result;
}

/// As some versions of the library call them in memory.
inline NamedValues inMemory(const NamedValues &huggingFace) {
  NamedValues result;
  for (const auto &[name, values] : huggingFace)
    result[renamed(name, {{"attention.self.query", "attention.q_proj"},
                          {"attention.self.key", "attention.k_proj"},
                          {"attention.self.value", "attention.v_proj"},
                          {"attention.self.", "attention.relative_position_bias."},
                          {"attention.output.dense", "attention.o_proj"},
                          {"intermediate.dense", "mlp.fc1"},
                          {"output.dense", "mlp.fc2"}})] = values;
  return result;
}

/// `swin` before all but the head and the norms of stage maps.
inline NamedValues huggingFaceWeights(const NamedValues &ours, const std::string &swin) {
  NamedValues result;
  for (const auto &[name, values] : ours) {
    if (name.find("qkv") != name.npos) {
      size_t third = values.values.size() / 3;
      std::vector<int64_t> shape = values.shape;
      shape[0] /= 3;
      const char *parts[] = {"query", "key", "value"};
      for (int part = 0; part < 3; ++part) {
        auto begin = values.values.begin() + part * third;
        std::string self = renamed(name, {{"^", "encoder."}, {"attn.qkv", "attention.self."}});
        size_t at = self.find("self.") + 5;
        result[swin + self.substr(0, at) + parts[part] + self.substr(at)] = {shape, {begin, begin + third}};
      }
      continue;
    }
    std::string theirs = renamed(name, {{"^patch_embed.proj", "embeddings.patch_embeddings.projection"},
                                        {"^patch_embed.norm", "embeddings.norm"},
                                        {"^layers", "encoder.layers"},
                                        {"norm1", "layernorm_before"},
                                        {"norm2", "layernorm_after"},
                                        {"attn.proj", "attention.output.dense"},
                                        {"attn.relative", "attention.self.relative"},
                                        {"attn.q_bias", "attention.self.query.bias"},
                                        {"attn.v_bias", "attention.self.value.bias"},
                                        {"attn.logit_scale", "attention.self.logit_scale"},
                                        {"attn.cpb_mlp", "attention.self.continuous_position_bias_mlp"},
                                        {"^absolute_pos_embed", "embeddings.position_embeddings"},
                                        {"mlp.fc1", "intermediate.dense"},
                                        {"mlp.fc2", "output.dense"},
                                        {"^norm.", "layernorm."},
                                        {"^head.", "classifier."}});
    bool isOutside = theirs.starts_with("classifier.") || theirs.starts_with("hidden_states_norms.") ||
                     theirs.starts_with("decode_head.");
    result[(isOutside ? "" : swin) + theirs] = values;
  }
  return result;
}

inline NamedValues mmWeights(const NamedValues &ours, const std::string &prefix) {
  NamedValues result;
  for (const auto &[name, values] : ours) {
    Values changed = values;
    // Its merging orders inputs by channel, then row, then column; ours by column, then row, then channel.
    if (name.find("downsample") != name.npos)
      for (int64_t i = 0; i < int64_t(values.values.size()); ++i) {
        int64_t inputs = values.shape.back(), channels = inputs / 4, input = i % inputs;
        int64_t channel = input / 4, row = input / 2 % 2, column = input % 2;
        changed.values[i] = values.values[i - input + (2 * column + row) * channels + channel];
      }
    result[prefix + renamed(name, {{"^patch_embed.proj", "patch_embed.projection"},
                                   {"^layers", "stages"},
                                   {"attn.", "attn.w_msa."},
                                   {"mlp.fc1", "ffn.layers.0.0"},
                                   {"mlp.fc2", "ffn.layers.1"}})] = changed;
  }
  return result;
}

inline Checkpoint checkpointOf(const NamedValues &weights) {
  Checkpoint checkpoint;
  for (const auto &[name, values] : weights)
    checkpoint.add(name, "F32", values.shape, values.values);
  return checkpoint;
}

} // namespace swin::test

#endif // SWIN_TESTS_DSL_NAMEDWEIGHTS_H
