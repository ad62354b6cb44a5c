//===- ReadHuggingFace.cpp - config.json of Hugging Face transformers -----===//
// Of a model that has one of the family's encoders inside, the encoder is read. Keys that
// say something else about training or about tools are ignored, as transformers does; what
// would change the numbers and is not supported is an error.
//===----------------------------------------------------------------------===//
#include "dsl/Readers.h"

#include <algorithm>

namespace swin::dsl {
namespace {

/// What a class of transformers gives.
enum class Kind { Classifier, Model, Backbone };

/// What transformers calls the models of a `model_type`.
struct Type {
  const char *name;
  Family family;
  const char *prefix; ///< of its classes
  bool hasFinalNorm;
  bool isAlwaysBackbone; ///< windows are never clipped and shifts never dropped, whatever the class
  Kind usual;            ///< without "architectures"
};
const Type types[] = {{"swin", Family::Swin, "Swin", true, false, Kind::Model},
                      {"swinv2", Family::SwinV2, "Swinv2", true, false, Kind::Model},
                      {"maskformer-swin", Family::Swin, "MaskFormerSwin", true, true, Kind::Backbone},
                      {"donut-swin", Family::Swin, "DonutSwin", false, false, Kind::Model}};

const Type *typeNamed(const Json *value) {
  for (const Type &type : types)
    if (value && value->text == type.name)
      return &type;
  return nullptr;
}

/// The classes of a type, and what each gives. Of masked image modeling it is the encoder without the decoder.
std::vector<std::pair<std::string, Kind>> classesOf(const Type &type) {
  std::vector<std::pair<std::string, Kind>> classes = {{"Model", Kind::Model}};
  if (!type.isAlwaysBackbone)
    classes.insert(classes.begin(), {"ForImageClassification", Kind::Classifier});
  if (type.hasFinalNorm)
    classes.push_back({"Backbone", Kind::Backbone});
  if (type.hasFinalNorm && !type.isAlwaysBackbone)
    classes.push_back({"ForMaskedImageModeling", Kind::Model});
  for (auto &[name, kind] : classes)
    name = type.prefix + name;
  return classes;
}

/// The place of the encoder in a file: "" = the file is one, else the key of the part that is.
std::string encoderKey(const Json &root) {
  if (!typeNamed(root.find("model_type")))
    for (const char *key : {"encoder", "backbone_config"})
      if (const Json *part = root.find(key); part && typeNamed(part->find("model_type")))
        return key;
  return "";
}

const std::pair<const char *, Activation> activations[] = {{"gelu", Activation::Gelu},
                                                           {"gelu_new", Activation::GeluTanh},
                                                           {"gelu_pytorch_tanh", Activation::GeluTanh},
                                                           {"quick_gelu", Activation::QuickGelu},
                                                           {"silu", Activation::Silu},
                                                           {"swish", Activation::Silu},
                                                           {"relu", Activation::Relu}};

class Reader {
public:
  explicit Reader(Document &document)
      : document(document), whole(document, document.root, ""), key(encoderKey(document.root)),
        base(key.empty() ? "" : "/" + key), config(key.empty() ? whole : *whole.object(key)) {}

  Spec read() {
    const Type *found = typeNamed(config.find("model_type"));
    if (!found) {
      sayUnknownType();
      return spec; // of other models the same keys mean something else
    }
    type = found;
    spec.family = type->family;
    spec.finalNorm = type->hasFinalNorm;
    spec.stages = {{2, 3}, {2, 6}, {6, 12}, {2, 24}};
    stagesKnown = readStages(document, config, {"depths", "num_heads", "window_size", "pretrained_window_sizes"}, spec);
    readKind();
    readHiddenAct(config, spec.activation);
    readPositionEmbedding();
    if (isA("upernet"))
      readSegmentation();
    config.size("image_size", spec.imageSize);
    config.size("patch_size", spec.patch);
    config.integer("num_channels", spec.imageChannels);
    config.integer("embed_dim", spec.embedding);
    config.number("mlp_ratio", spec.mlpRatio);
    config.boolean("qkv_bias", spec.qkvBias);
    config.number("layer_norm_eps", spec.layerNormEpsilon);
    document.check(spec, [places = places()](const std::string &pointer) { return translated(pointer, places); });
    return spec;
  }

private:
  void sayUnknownType() {
    std::vector<std::string> known;
    for (const Type &each : types)
      known.push_back(each.name);
    known.push_back("swin2sr");
    const Json *value = whole.find("model_type");
    whole.error("model_type", value ? "found " + describe(*value) : "no model_type",
                "expected one of: " + join(known) + ", of the model, of its \"encoder\" or of its \"backbone_config\"");
  }

  /// Which of transformers' classes it is, and so what its outputs are.
  void readKind() {
    Kind kind = key.empty() ? kindOfClass() : key == "encoder" ? Kind::Model : Kind::Backbone;
    spec.semantics = kind == Kind::Backbone || type->isAlwaysBackbone ? Semantics::HfBackbone : Semantics::Hf;
    spec.numClasses = 0;
    if (kind == Kind::Classifier)
      readLabels(config);
    else if (kind == Kind::Backbone)
      readOutputs();
    else if (spec.semantics == Semantics::HfBackbone)
      spec.outputs = {"features"};
  }

  Kind kindOfClass() {
    std::vector<std::string> names, supported;
    config.texts("architectures", names);
    auto known = classesOf(*type);
    Kind kind = known.front().second == Kind::Classifier && config.has("id2label") ? Kind::Classifier : type->usual;
    for (const auto &[name, is] : known)
      supported.push_back(name);
    for (size_t i = 0; i < names.size(); ++i) {
      auto found = std::find(supported.begin(), supported.end(), names[i]);
      if (found != supported.end())
        kind = known[static_cast<size_t>(found - supported.begin())].second;
      else
        errorAt(config, "architectures", i, "\"" + printable(names[i]) + "\" is not supported",
                "supported: " + join(supported));
    }
    return kind;
  }

  /// {"0": "cat", "1": "dog"} in any order.
  void readLabels(const Fields &from) {
    spec.numClasses = 2; // transformers' default
    from.integer("num_labels", spec.numClasses);
    std::optional<Fields> labels = from.object("id2label");
    if (!labels)
      return;
    const std::vector<JsonMember> &members = from.find("id2label")->members;
    spec.labels.assign(members.size(), "");
    spec.numClasses = static_cast<int64_t>(members.size());
    for (const JsonMember &member : members) {
      const std::string &label = member.key;
      bool isNumber = !label.empty() && label.size() < 10 && label.find_first_not_of("0123456789") == std::string::npos;
      if (!isNumber || std::stoul(label) >= members.size() || (label.size() > 1 && label[0] == '0'))
        document.error(member.where, labels->pointerTo(label),
                       "\"" + printable(label) + "\" is no class of " + std::to_string(members.size()),
                       "expected \"0\" to \"" + std::to_string(members.size() - 1) + "\"");
      else
        labels->text(label, spec.labels[std::stoul(label)]);
    }
  }

  /// UPerNet on the maps that the backbone gives. Its auxiliary head is for training only.
  void readSegmentation() {
    const std::string supported = "UperNetForSemanticSegmentation";
    std::vector<std::string> names;
    whole.texts("architectures", names);
    for (size_t i = 0; i < names.size(); ++i)
      if (names[i] != supported)
        errorAt(whole, "architectures", i, "\"" + printable(names[i]) + "\" is not supported",
                "supported: " + supported);
    spec.segmentation.emplace();
    whole.integer("hidden_size", spec.segmentation->hidden);
    whole.integers("pool_scales", spec.segmentation->poolScales);
    readLabels(whole);
    // Of a stage that there is not, more is said where outputs are checked.
    std::vector<std::string> all = allStages(), given = spec.outputs;
    if (given.empty() && !all.empty())
      given = {all.back()};
    if (std::any_of(given.begin(), given.end(),
                    [&](const std::string &each) { return std::find(all.begin(), all.end(), each) == all.end(); }))
      return;
    if (stagesKnown && given != all)
      config.error(outputs, "the head is given " + join(given), "expected the maps of all stages: " + join(all));
    spec.outputs.clear(); // logits
  }

  void readPositionEmbedding() {
    if (!config.boolean("use_absolute_embeddings", spec.positionEmbedding) || !spec.positionEmbedding)
      return;
    if (std::string(type->name) != "swin")
      config.error("use_absolute_embeddings",
                   std::string("transformers makes the position embeddings of ") + type->name +
                       " for one token more than there are and cannot add them",
                   "expected false");
  }

  void readOutputs() {
    auto count = static_cast<int64_t>(spec.stages.size());
    std::vector<int64_t> indices;
    if (isA("maskformer") && std::string(type->name) == "swin") {
      spec.outputs = allStages(); // whatever the encoder's own config says
    } else if (config.texts("out_features", spec.outputs)) {
      outputs = "out_features";
    } else if (config.integers("out_indices", indices)) {
      outputs = "out_indices";
      // 0 is the stem; from the end, -1 is the last stage.
      for (int64_t index : indices) {
        if (index < 0 && index >= -count)
          index += count + 1;
        spec.outputs.push_back(index == 0 ? "stem" : "stage" + std::to_string(index));
      }
    }
    for (size_t i = 0; i < spec.outputs.size(); ++i)
      if (spec.outputs[i] == "stem")
        errorAt(config, outputs, i, "the output of the patch embedding is not supported",
                outputs == "out_indices" ? "expected 1 to " + std::to_string(count) + ", or from the end"
                                         : "expected stage1 to stage" + std::to_string(count));
  }

  /// Whether the whole file is of that type.
  bool isA(const char *type) const {
    const Json *value = whole.find("model_type");
    return value && value->text == type;
  }

  std::vector<std::string> allStages() const {
    std::vector<std::string> all;
    for (size_t stage = 1; stage <= spec.stages.size(); ++stage)
      all.push_back("stage" + std::to_string(stage));
    return all;
  }

  void errorAt(const Fields &of, const std::string &list, size_t index, const std::string &what,
               const std::string &right) {
    std::string pointer = of.pointerTo(list) + "/" + std::to_string(index);
    if (const Json *value = valueAt(document.root, pointer))
      document.error(value->where, pointer, what, right);
  }

  Places places() const {
    return {{"/stages/*/window", base + "/window_size"},
            {"/stages/*/pretrained_window", base + "/pretrained_window_sizes/*"},
            {"/stages/*/heads", base + "/num_heads/*"},
            {"/stages/*", base + "/depths/*"},
            {"/stages", base + "/depths"},
            {"/outputs", base + "/" + outputs},
            {"/patch", base + "/patch_size"},
            {"/embedding", base + "/embed_dim"},
            {"/image/size", base + "/image_size"},
            {"/image/channels", base + "/num_channels"},
            {"/layer_norm_epsilon", base + "/layer_norm_eps"},
            {"/position_embedding", base + "/use_absolute_embeddings"},
            {"/activation", base + "/hidden_act"},
            {"/family", base + "/model_type"},
            {"/classes", (isA("upernet") ? "" : base) + "/num_labels"},
            {"/labels", (isA("upernet") ? "" : base) + "/id2label"},
            {"/segmentation/hidden", "/hidden_size"},
            {"/segmentation/pool_scales", "/pool_scales"},
            {"/segmentation", "/model_type"},
            {"", base}};
  }

  Document &document;
  Fields whole;
  std::string key, base; ///< of the encoder
  Fields config;         ///< the encoder's
  const Type *type = nullptr;
  std::string outputs = "out_features";
  bool stagesKnown = true;
  Spec spec;
};

} // namespace

void readHiddenAct(const Fields &config, Activation &activation) {
  std::vector<std::string> names;
  for (const auto &[name, is] : activations)
    names.push_back(name);
  if (size_t choice = 0; config.choice("hidden_act", names, choice))
    activation = activations[choice].second;
}

Spec readHuggingFace(Document &document) {
  const Json *type = document.root.find("model_type");
  return type && type->text == "swin2sr" ? readHuggingFaceRestoration(document) : Reader(document).read();
}

} // namespace swin::dsl
