//===- ReadRestoration.cpp - others' descriptions of restoration models ---===//
// The arguments of the constructors of the original SwinIR and Swin2SR, written down as
// JSON, and Hugging Face's config.json of Swin2SR, which says the same in nearly the same
// words. What is not there has the default of the one or the other.
//===----------------------------------------------------------------------===//
#include "dsl/Readers.h"

#include <algorithm>
#include <cmath>

namespace swin::dsl {
namespace {

using Upsampler = Restoration::Upsampler;

constexpr int64_t huggingFaceWindow = 8;

class Reader {
public:
  Reader(Document &document, bool isHf)
      : document(document), config(document, document.root, ""), isHf(isHf), sizeKey(isHf ? "image_size" : "img_size"),
        channelsKey(isHf ? "num_channels" : "in_chans") {}

  Spec read() {
    spec.semantics = isHf ? Semantics::Hf : Semantics::Microsoft;
    spec.family = isHf || document.root.find("family")->text == "swin2sr" ? Family::SwinV2 : Family::Swin;
    spec.imageSize = {64, 64};
    spec.patch = {1, 1};
    spec.numClasses = 0;
    spec.embedding = isHf ? 180 : 96;
    spec.mlpRatio = isHf ? 2 : 4;
    spec.stages.assign(isHf ? 6 : 4, {6, 6, {0, 0}, {0, 0}});
    // Where depths and heads do not agree, nothing that follows from them is said.
    bool known = readStages(document, config, {"depths", "num_heads", "window_size", ""}, spec);
    if (isHf && !config.has("window_size"))
      for (Stage &stage : spec.stages)
        stage.window = {huggingFaceWindow, huggingFaceWindow};
    config.size(sizeKey, spec.imageSize);
    config.size("patch_size", spec.patch);
    config.integer(channelsKey, spec.imageChannels);
    config.integer("embed_dim", spec.embedding);
    config.number("mlp_ratio", spec.mlpRatio);
    config.boolean("qkv_bias", spec.qkvBias);
    readForm();
    if (isHf)
      readHuggingFaces();
    else
      readOriginals();
    if (spec.imageChannels >= 1 && spec.imageChannels <= 1024)
      spec.preprocessing = plainPictures(spec.imageChannels);
    if (known)
      document.check(spec, [places = places()](const std::string &pointer) { return translated(pointer, places); });
    return spec;
  }

private:
  void readForm() {
    Restoration &form = spec.restoration.emplace();
    form.outputChannels = spec.imageChannels;
    form.upscale = 2;
    config.integer("upscale", form.upscale);
    config.number("img_range", form.range);
    if (size_t choice = 0; config.choice("resi_connection", {"1conv", "3conv"}, choice))
      form.threeConvolutions = choice == 1;
    form.upsampler = isHf ? Upsampler::PixelShuffle : Upsampler::None;
    readUpsampler(form);
  }

  /// Without one, "" or null.
  void readUpsampler(Restoration &form) {
    const Json *value = document.root.find("upsampler");
    if (!value)
      return;
    if (value->kind == Json::Kind::Null) {
      form.upsampler = Upsampler::None;
      return;
    }
    const std::vector<std::string> names = {
        "", "pixelshuffle", "pixelshuffledirect", "nearest+conv", "pixelshuffle_aux", "pixelshuffle_hf"};
    if (size_t choice = 0; config.choice("upsampler", names, choice))
      form.upsampler = choice == 0 ? Upsampler::None : *upsamplerNamed(names[choice]);
  }

  void readHuggingFaces() {
    const std::string supported = "Swin2SRForImageSuperResolution";
    std::vector<std::string> names;
    config.texts("architectures", names);
    for (size_t i = 0; i < names.size(); ++i)
      if (names[i] != supported)
        config.error("architectures", "\"" + printable(names[i]) + "\" is not supported", "supported: " + supported);
    readHiddenAct(config, spec.activation);
    config.number("layer_norm_eps", spec.layerNormEpsilon);
    config.boolean("use_absolute_embeddings", spec.positionEmbedding);
    config.integer("num_channels_out", spec.restoration->outputChannels);
  }

  void readOriginals() {
    config.boolean("patch_norm", spec.patchNorm);
    config.boolean("ape", spec.positionEmbedding);
    refuseScale();
    static const std::vector<std::string> known = {
        "family",          "upscale",        "in_chans",   "img_size",   "patch_size",    "window_size",
        "img_range",       "depths",         "embed_dim",  "num_heads",  "mlp_ratio",     "upsampler",
        "resi_connection", "qkv_bias",       "qk_scale",   "patch_norm", "ape",           "drop_rate",
        "attn_drop_rate",  "drop_path_rate", "norm_layer", "$schema",    "use_checkpoint"};
    std::vector<std::string> others;
    for (const JsonMember &member : document.root.members)
      if (std::find(known.begin(), known.end(), member.key) == known.end())
        others.push_back(printable(member.key));
    if (!others.empty())
      document.note("no argument of the constructor and ignored: " + join(others, ", "));
  }

  /// Scores of SwinIR are scaled by one over the root of a head's channels, which null says too.
  void refuseScale() {
    double scale = 0;
    if (!config.number("qk_scale", scale) || scale == 0 || spec.stages.empty())
      return;
    double usual = std::sqrt(static_cast<double>(spec.stages[0].heads) / static_cast<double>(spec.embedding));
    if (!(std::abs(scale - usual) <= 1e-6 * usual))
      config.error("qk_scale", "another scale of scores is not supported", "expected null");
  }

  Places places() const {
    return {{"/stages/*/window", "/window_size"},
            {"/stages/*/heads", "/num_heads/*"},
            {"/stages/*", "/depths/*"},
            {"/stages", "/depths"},
            {"/patch", "/patch_size"},
            {"/embedding", "/embed_dim"},
            {"/image/size", "/" + sizeKey},
            {"/image/channels", "/" + channelsKey},
            {"/layer_norm_epsilon", "/layer_norm_eps"},
            {"/position_embedding", isHf ? "/use_absolute_embeddings" : "/ape"},
            {"/activation", "/hidden_act"},
            {"/family", isHf ? "/model_type" : "/family"},
            {"/restoration/upscale", "/upscale"},
            {"/restoration/upsampler", "/upsampler"},
            {"/restoration/residual", "/resi_connection"},
            {"/restoration/range", "/img_range"},
            {"/restoration/output_channels",
             isHf && config.has("num_channels_out") ? "/num_channels_out" : "/" + channelsKey}};
  }

  Document &document;
  Fields config;
  const bool isHf;
  const std::string sizeKey, channelsKey;
  Spec spec;
};

} // namespace

Spec readOriginalRestoration(Document &document) { return Reader(document, /*isHf=*/false).read(); }
Spec readHuggingFaceRestoration(Document &document) { return Reader(document, /*isHf=*/true).read(); }

} // namespace swin::dsl
