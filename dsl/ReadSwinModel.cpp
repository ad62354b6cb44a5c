//===- ReadSwinModel.cpp - our own descriptions, read and written ---------===//
// The keys stand in swinModelKeys; tests hold them against swin-model.schema.json.
//===----------------------------------------------------------------------===//
#include "dsl/JsonText.h"
#include "dsl/ReadSpec.h"
#include "dsl/Readers.h"
#include "dsl/Rules.h"

#include <map>

namespace swin::dsl {
namespace {

const std::map<std::string, std::vector<std::string>> keys = {
    {"model",
     {"$schema",
      "format",
      "family",
      "preset",
      "architecture",
      "image",
      "patch",
      "embedding",
      "stages",
      "mlp_ratio",
      "activation",
      "qkv_bias",
      "patch_norm",
      "final_norm",
      "position_embedding",
      "always_partition",
      "extra_norm_period",
      "extra_norm_stage",
      "layer_norm_epsilon",
      "classes",
      "labels",
      "restoration",
      "segmentation",
      "preprocessing",
      "semantics",
      "weights",
      "outputs",
      "batch"}},
    {"image", {"size", "channels", "fixed"}},
    {"stage", {"depth", "heads", "window", "pretrained_window"}},
    {"restoration", {"upscale", "upsampler", "residual", "range", "output_channels"}},
    {"segmentation", {"hidden", "pool_scales"}},
    {"preprocessing", {"resize", "size", "interpolation", "crop", "mean", "std"}},
};

const std::vector<std::string> resizeNames = {"none", "shorter_side", "exactly"};
const std::vector<std::string> interpolationNames = {"bicubic", "bilinear"};
const std::vector<std::string> familyNames = {"swin", "swinv2", "swinv2_cr", "swin_mlp"};
const std::vector<std::string> upsamplerNames = {"none",         "pixelshuffle",     "pixelshuffledirect",
                                                 "nearest+conv", "pixelshuffle_aux", "pixelshuffle_hf"};
const std::vector<std::string> residualNames = {"1conv", "3conv"};
const std::vector<std::string> activationNames = {"gelu", "gelu_tanh", "quick_gelu", "silu", "relu"};
const std::vector<std::string> semanticsNames = {"timm", "torchvision", "hf", "hf-backbone", "mm", "microsoft"};

void readStages(const Fields &model, Spec &spec) {
  spec.stages.clear();
  for (const Fields &fields : model.objects("stages")) {
    fields.refuseOthers(swinModelKeys("stage"));
    fields.require("depth", "the number of blocks");
    fields.require("heads", "the number of attention heads");
    Stage stage;
    fields.integer("depth", stage.depth);
    fields.integer("heads", stage.heads);
    fields.size("window", stage.window);
    fields.size("pretrained_window", stage.pretrainedWindow);
    spec.stages.push_back(stage);
  }
}

/// A preset's upsampler is changed.
void readRestoration(const Fields &fields, Spec &spec) {
  fields.refuseOthers(swinModelKeys("restoration"));
  if (!spec.restoration) {
    std::vector<std::string> missing;
    for (const char *key : {"upscale", "upsampler"})
      if (!fields.has(key))
        missing.emplace_back(key);
    if (!missing.empty())
      fields.error(missing[0], "without a preset it says too little", "expected also " + join(missing, " and "));
    spec.restoration.emplace().outputChannels = spec.imageChannels;
  }
  Restoration &form = *spec.restoration;
  fields.integer("upscale", form.upscale);
  size_t choice = 0;
  if (fields.choice("upsampler", upsamplerNames, choice))
    form.upsampler = *upsamplerNamed(upsamplerNames[choice]);
  if (fields.choice("residual", residualNames, choice))
    form.threeConvolutions = choice == 1;
  fields.number("range", form.range);
  fields.integer("output_channels", form.outputChannels);
}

/// A preset's head is changed.
void readSegmentation(const Fields &fields, Spec &spec) {
  fields.refuseOthers(swinModelKeys("segmentation"));
  if (!spec.segmentation)
    spec.segmentation.emplace();
  fields.integer("hidden", spec.segmentation->hidden);
  fields.integers("pool_scales", spec.segmentation->poolScales);
}

Preprocessing readPreprocessing(const Fields &fields) {
  fields.refuseOthers(swinModelKeys("preprocessing"));
  Preprocessing how;
  size_t choice = 0;
  bool good = !fields.has("resize") || fields.choice("resize", resizeNames, choice);
  how.resize = static_cast<Preprocessing::Resize>(choice);
  if (how.resize != Preprocessing::Resize::None) {
    fields.require("size", how.resize == Preprocessing::Resize::Exactly ? "[height, width]" : "a number of pixels");
    fields.size("size", how.size);
  } else if (good && fields.has("size")) {
    fields.error("size", "a size, but nothing is resized", "expected \"resize\" to be \"shorter_side\" or \"exactly\"");
  }
  if (fields.choice("interpolation", interpolationNames, choice))
    how.interpolation = interpolationNames[choice];
  if (Size crop; fields.size("crop", crop)) {
    if (crop == Size{0, 0})
      fields.error("crop", "found 0", "expected at least 1; without cropping, no such key");
    how.crop = crop;
  }
  fields.require("mean", "one number per channel");
  fields.require("std", "one number per channel");
  fields.numbers("mean", how.mean);
  fields.numbers("std", how.std);
  return how;
}

/// What says which model it is. False: by a preset that there is not, so that nothing else can be checked.
bool readShape(const Fields &model, Spec &spec) {
  std::string preset;
  bool known = !model.has("preset");
  if (model.text("preset", preset)) {
    const Architecture *found = architectureNamed(preset, presets());
    known = found;
    if (found)
      spec = found->spec;
    else
      unknownName(model, "preset", preset, "there is no preset \"" + printable(preset) + "\"", "known: ", presets());
  }
  if (!model.has("preset")) {
    model.require("embedding", "the channels of the first stage");
    model.require("stages", "a list of {\"depth\", \"heads\", \"window\"}");
  }
  size_t choice = 0;
  if (model.choice("family", familyNames, choice))
    spec.family = *familyNamed(familyNames[choice]);
  model.text("architecture", spec.architecture);
  readImage(model, spec);
  if (std::optional<Fields> restoration = model.object("restoration")) {
    bool isNew = !spec.restoration;
    readRestoration(*restoration, spec);
    if (isNew) { // pixels, and no head
      spec.patch = {1, 1};
      spec.numClasses = 0;
    }
  }
  model.size("patch", spec.patch);
  model.integer("embedding", spec.embedding);
  if (model.has("stages"))
    readStages(model, spec);
  model.number("mlp_ratio", spec.mlpRatio);
  if (model.choice("activation", activationNames, choice))
    spec.activation = *activationNamed(activationNames[choice]);
  model.boolean("qkv_bias", spec.qkvBias);
  model.boolean("patch_norm", spec.patchNorm);
  model.boolean("final_norm", spec.finalNorm);
  model.boolean("position_embedding", spec.positionEmbedding);
  model.boolean("always_partition", spec.alwaysPartition);
  model.integer("extra_norm_period", spec.extraNormPeriod);
  model.boolean("extra_norm_stage", spec.extraNormStage);
  model.number("layer_norm_epsilon", spec.layerNormEpsilon);
  model.integer("classes", spec.numClasses);
  model.texts("labels", spec.labels);
  if (std::optional<Fields> segmentation = model.object("segmentation"))
    readSegmentation(*segmentation, spec);
  return known;
}

nlohmann::ordered_json json(Size size) { return {size[0], size[1]}; }

/// What few models have.
void addRarities(const Spec &spec, nlohmann::ordered_json &model) {
  if (!spec.finalNorm)
    model["final_norm"] = false;
  if (spec.positionEmbedding)
    model["position_embedding"] = true;
  if (spec.alwaysPartition)
    model["always_partition"] = true;
  if (spec.extraNormPeriod != 0)
    model["extra_norm_period"] = spec.extraNormPeriod;
  if (spec.extraNormStage)
    model["extra_norm_stage"] = true;
}

/// One line.
std::string flat(const nlohmann::ordered_json &value) {
  if (!value.is_structured())
    return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string text;
  for (const auto &item : value.items()) {
    text += text.empty() ? "" : ", ";
    text += (value.is_object() ? "\"" + item.key() + "\": " : "") + flat(item.value());
  }
  return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

/// The model and the objects in it with a line per key, lists of objects with a line per object.
std::string lines(const nlohmann::ordered_json &value, const std::string &indent = "") {
  bool isList = value.is_array() && !value.empty() && value[0].is_object();
  if (!isList && !value.is_object())
    return flat(value);
  std::string text;
  for (const auto &item : value.items()) {
    text += (text.empty() ? "\n" : ",\n") + indent + "  ";
    text += isList ? flat(item.value()) : "\"" + item.key() + "\": " + lines(item.value(), indent + "  ");
  }
  text += "\n" + indent;
  return isList ? "[" + text + "]" : "{" + text + "}";
}

} // namespace

std::vector<std::string> swinModelKeys(const std::string &object) { return keys.at(object); }

void readImage(const Fields &model, Spec &spec) {
  std::optional<Fields> image = model.object("image");
  if (!image)
    return;
  image->refuseOthers(swinModelKeys("image"));
  if (Size size = spec.imageSize; image->size("size", size))
    resizeModel(spec, size);
  image->integer("channels", spec.imageChannels);
  bool fixed = spec.fixed != Size{0, 0};
  image->boolean("fixed", fixed);
  spec.fixed = fixed ? spec.imageSize : Size{0, 0};
}

void readUse(const Fields &model, Spec &spec) {
  if (const Json *value = model.find("preprocessing"); value && value->kind == Json::Kind::Null)
    spec.preprocessing.reset(); // a preset has one
  else if (value)
    spec.preprocessing = readPreprocessing(*model.object("preprocessing"));
  model.text("weights", spec.weights);
  if (const Json *batch = model.find("batch"); batch && batch->text == "any")
    spec.batch = 0;
  else if (batch && (batch->kind != Json::Kind::Integer || batch->integer == 0))
    model.error("batch", "found " + describe(*batch), "expected a number of images or \"any\"");
  else if (batch)
    spec.batch = batch->integer;
}

nlohmann::ordered_json json(const Preprocessing &how) {
  nlohmann::ordered_json json = {{"resize", resizeNames[static_cast<size_t>(how.resize)]}};
  if (how.resize == Preprocessing::Resize::ShorterSide)
    json["size"] = how.size[0];
  else if (how.resize == Preprocessing::Resize::Exactly)
    json["size"] = {how.size[0], how.size[1]};
  json["interpolation"] = how.interpolation;
  if (how.crop != Size{0, 0})
    json["crop"] = {how.crop[0], how.crop[1]};
  json["mean"] = how.mean;
  json["std"] = how.std;
  return json;
}

nlohmann::ordered_json json(const Restoration &form) {
  return {{"upscale", form.upscale},
          {"upsampler", upsamplerName(form.upsampler)},
          {"residual", residualNames[form.threeConvolutions ? 1 : 0]},
          {"range", form.range},
          {"output_channels", form.outputChannels}};
}

std::string textOf(const nlohmann::ordered_json &model) { return lines(model) + "\n"; }

Spec readSwinModel(Document &document) {
  Fields model(document, document.root, "");
  model.refuseOthers(swinModelKeys("model"));
  size_t choice = 0;
  model.choice("format", {"swin-model"}, choice);
  std::string schema;
  model.text("$schema", schema);
  Spec spec;
  bool known = readShape(model, spec);
  readUse(model, spec);
  if (model.choice("semantics", semanticsNames, choice))
    spec.semantics = semanticsNamed(semanticsNames[choice]);
  model.texts("outputs", spec.outputs);
  if (known)
    document.check(spec, [](const std::string &pointer) { return pointer; });
  return spec;
}

std::string specText(const Spec &spec) {
  nlohmann::ordered_json model = {{"format", "swin-model"}, {"family", familyName(spec.family)}};
  if (!spec.architecture.empty())
    model["architecture"] = spec.architecture;
  model["image"] = {
      {"size", json(spec.imageSize)}, {"channels", spec.imageChannels}, {"fixed", spec.fixed != Size{0, 0}}};
  model["batch"] = "any";
  if (spec.batch != 0)
    model["batch"] = spec.batch;
  model["patch"] = json(spec.patch);
  model["embedding"] = spec.embedding;
  model["stages"] = nlohmann::ordered_json::array();
  for (const Stage &stage : spec.stages) {
    model["stages"].push_back({{"depth", stage.depth}, {"heads", stage.heads}, {"window", json(stage.window)}});
    if (stage.pretrainedWindow != Size{0, 0})
      model["stages"].back()["pretrained_window"] = json(stage.pretrainedWindow);
  }
  model["mlp_ratio"] = spec.mlpRatio;
  if (spec.activation != Activation::Gelu)
    model["activation"] = activationName(spec.activation);
  if (formOf(spec.family).mixing != BlockForm::Mixing::Tokens)
    model["qkv_bias"] = spec.qkvBias;
  model["patch_norm"] = spec.patchNorm;
  addRarities(spec, model);
  model["layer_norm_epsilon"] = spec.layerNormEpsilon;
  if (spec.restoration)
    model["restoration"] = json(*spec.restoration);
  else
    model["classes"] = spec.numClasses;
  if (!spec.labels.empty())
    model["labels"] = spec.labels;
  if (spec.segmentation)
    model["segmentation"] = {{"hidden", spec.segmentation->hidden}, {"pool_scales", spec.segmentation->poolScales}};
  if (spec.preprocessing)
    model["preprocessing"] = json(*spec.preprocessing);
  if (spec.semantics)
    model["semantics"] = semanticsName(*spec.semantics);
  if (!spec.weights.empty())
    model["weights"] = spec.weights;
  if (!spec.outputs.empty())
    model["outputs"] = spec.outputs;
  return textOf(model);
}

} // namespace swin::dsl
