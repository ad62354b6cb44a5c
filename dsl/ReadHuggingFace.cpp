//===- ReadHuggingFace.cpp - config.json of Hugging Face transformers -----===//
// Keys that say something else about training or about tools are ignored, as
// transformers does; what would change the numbers and is not supported is an error.
//===----------------------------------------------------------------------===//
#include "dsl/Readers.h"

#include <algorithm>

namespace swin::dsl {
namespace {

class Reader {
public:
  explicit Reader(Document &document) : document(document), config(document, document.root, "") {}

  Spec read() {
    size_t choice = 0;
    if (config.has("model_type") && !config.choice("model_type", {"swin"}, choice))
      return spec; // of other models the same keys mean something else
    spec.semantics = Semantics::Hf;
    readKind();
    refuse();
    config.size("image_size", spec.imageSize);
    config.size("patch_size", spec.patch);
    config.integer("num_channels", spec.imageChannels);
    config.integer("embed_dim", spec.embedding);
    config.number("mlp_ratio", spec.mlpRatio);
    config.boolean("qkv_bias", spec.qkvBias);
    config.number("layer_norm_eps", spec.layerNormEpsilon);
    readStages();
    if (spec.semantics == Semantics::HfBackbone)
      readOutputs();
    document.check(spec, [this](const std::string &pointer) { return translated(pointer); });
    return spec;
  }

private:
  /// Which of transformers' classes it is, and so what its outputs are.
  void readKind() {
    std::vector<std::string> classes;
    config.texts("architectures", classes);
    const std::vector<std::string> known = {"SwinForImageClassification", "SwinModel", "SwinBackbone"};
    for (size_t i = 0; i < classes.size(); ++i)
      if (std::find(known.begin(), known.end(), classes[i]) == known.end())
        document.error(valueAt(document.root, "/architectures/" + std::to_string(i))->where,
                       "/architectures/" + std::to_string(i), "\"" + printable(classes[i]) + "\" is not supported",
                       "supported: " + join(known));
    auto is = [&](const char *name) { return std::find(classes.begin(), classes.end(), name) != classes.end(); };
    bool isClassifier = is(known[0].c_str()) || (classes.empty() && config.has("id2label"));
    if (is("SwinBackbone"))
      spec.semantics = Semantics::HfBackbone;
    spec.numClasses = 0;
    if (isClassifier)
      readLabels();
  }

  /// {"0": "cat", "1": "dog"} in any order.
  void readLabels() {
    spec.numClasses = 2; // transformers' default
    config.integer("num_labels", spec.numClasses);
    std::optional<Fields> labels = config.object("id2label");
    if (!labels)
      return;
    const std::vector<JsonMember> &members = config.find("id2label")->members;
    spec.labels.assign(members.size(), "");
    spec.numClasses = static_cast<int64_t>(members.size());
    for (const JsonMember &member : members) {
      const std::string &key = member.key;
      bool isNumber = !key.empty() && key.size() < 10 && key.find_first_not_of("0123456789") == std::string::npos;
      if (!isNumber || std::stoul(key) >= members.size() || (key.size() > 1 && key[0] == '0'))
        document.error(member.where, labels->pointerTo(key),
                       "\"" + printable(key) + "\" is no class of " + std::to_string(members.size()),
                       "expected \"0\" to \"" + std::to_string(members.size() - 1) + "\"");
      else
        labels->text(key, spec.labels[std::stoul(key)]);
    }
  }

  /// What would change the numbers.
  void refuse() {
    size_t choice = 0;
    config.choice("hidden_act", {"gelu"}, choice);
    bool absolute = false;
    if (config.boolean("use_absolute_embeddings", absolute) && absolute)
      config.error("use_absolute_embeddings", "absolute position embeddings are not supported", "expected false");
  }

  void readStages() {
    std::vector<int64_t> depths = {2, 2, 6, 2}, heads = {3, 6, 12, 24};
    int64_t window = 7;
    bool good = !config.has("depths") || config.integers("depths", depths);
    good &= !config.has("num_heads") || config.integers("num_heads", heads);
    config.integer("window_size", window);
    if (good && depths.size() != heads.size())
      config.error(config.has("num_heads") ? "num_heads" : "depths",
                   std::to_string(depths.size()) + " depths, but " + std::to_string(heads.size()) + " num_heads",
                   "expected as many of each as there are stages");
    for (size_t i = 0; i < std::min(depths.size(), heads.size()); ++i)
      spec.stages.push_back({depths[i], heads[i], {window, window}});
  }

  void readOutputs() {
    std::vector<int64_t> indices;
    if (config.texts("out_features", spec.outputs))
      outputs = "/out_features";
    else if (config.integers("out_indices", indices)) {
      outputs = "/out_indices";
      // 0 is the stem; from the end, -1 is the last stage.
      for (int64_t index : indices) {
        if (index < 0 && index >= -static_cast<int64_t>(spec.stages.size()))
          index += static_cast<int64_t>(spec.stages.size()) + 1;
        spec.outputs.push_back(index == 0 ? "stem" : "stage" + std::to_string(index));
      }
    }
  }

  /// Where their file has what our own form has at `pointer`.
  std::string translated(const std::string &pointer) const {
    if (pointer.starts_with("/stages/")) {
      size_t slash = pointer.find('/', 8);
      std::string stage = pointer.substr(8, slash - 8), key = slash == std::string::npos ? "" : pointer.substr(slash);
      return key == "/window" ? "/window_size" : (key == "/heads" ? "/num_heads/" : "/depths/") + stage;
    }
    if (pointer.starts_with("/outputs"))
      return outputs + pointer.substr(8);
    const std::pair<const char *, const char *> others[] = {{"/stages", "/depths"},
                                                            {"/patch", "/patch_size"},
                                                            {"/embedding", "/embed_dim"},
                                                            {"/image/size", "/image_size"},
                                                            {"/image/channels", "/num_channels"},
                                                            {"/layer_norm_epsilon", "/layer_norm_eps"},
                                                            {"/classes", "/num_labels"},
                                                            {"/labels", "/id2label"}};
    for (auto [ours, theirs] : others)
      if (pointer == ours)
        return theirs;
    return pointer;
  }

  Document &document;
  Fields config;
  std::string outputs = "/out_features";
  Spec spec;
};

} // namespace

Spec readHuggingFace(Document &document) { return Reader(document).read(); }

void readHuggingFacePreprocessor(Document &document, Spec &spec) {
  Fields config(document, document.root, "");
  Preprocessing how;
  bool normalises = true, resizes = true, crops = false;
  config.boolean("do_normalize", normalises);
  config.boolean("do_resize", resizes);
  config.boolean("do_center_crop", crops);
  auto channels = static_cast<size_t>(std::clamp<int64_t>(spec.imageChannels, 1, 1024));
  how.mean.assign(channels, 0);
  how.std.assign(channels, 1);
  if (normalises) {
    config.require("image_mean", "one number per channel");
    config.require("image_std", "one number per channel");
    config.numbers("image_mean", how.mean);
    config.numbers("image_std", how.std);
  }
  // A number or {"height", "width"}, {"shortest_edge"}.
  auto size = [&](const char *key, Size &out, bool &shorter) {
    const Json *value = config.find(key);
    if (!value || value->kind != Json::Kind::Object)
      return config.size(key, out);
    Fields fields = *config.object(key);
    shorter = fields.has("shortest_edge");
    if (shorter)
      return fields.size("shortest_edge", out);
    fields.require("height", "a number of pixels");
    fields.require("width", "a number of pixels");
    bool good = fields.integer("height", out[0]);
    return fields.integer("width", out[1]) && good;
  };
  bool shorter = false, ignored = false;
  if (resizes && size("size", how.size, shorter))
    how.resize = shorter ? Preprocessing::Resize::ShorterSide : Preprocessing::Resize::Exactly;
  if (crops)
    size("crop_size", how.crop, ignored);
  // PIL's numbers.
  if (int64_t filter = 3; config.integer("resample", filter)) {
    if (filter != 2 && filter != 3)
      config.error("resample", "found " + std::to_string(filter), "expected 2 (bilinear) or 3 (bicubic)");
    how.interpolation = filter == 2 ? "bilinear" : "bicubic";
  }
  spec.preprocessing = how;
  document.check(spec, [](const std::string &pointer) {
    const std::pair<const char *, const char *> names[] = {{"/preprocessing/mean", "/image_mean"},
                                                           {"/preprocessing/std", "/image_std"},
                                                           {"/preprocessing/size", "/size"},
                                                           {"/preprocessing/crop", "/crop_size"}};
    for (auto [ours, theirs] : names)
      if (pointer.starts_with(ours))
        return theirs + pointer.substr(std::string(ours).size());
    return pointer;
  });
}

} // namespace swin::dsl
