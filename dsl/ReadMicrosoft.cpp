//===- ReadMicrosoft.cpp - the .yaml of Microsoft's repository ------------===//
// DATA, MODEL and TEST are read, in which the repository itself rejects unknown keys; all
// other parts are about training. What is not there has the repository's default.
//===----------------------------------------------------------------------===//
#include "dsl/Readers.h"

#include <algorithm>
#include <cmath>

namespace swin::dsl {
namespace {

struct Type {
  const char *name; ///< in MODEL.TYPE
  const char *part; ///< of MODEL
  Family family;
  std::vector<std::string> own; ///< keys that not all of them have
};
const std::vector<Type> &types() {
  static const std::vector<Type> all = {{"swin", "SWIN", Family::Swin, {"QKV_BIAS", "QK_SCALE"}},
                                        {"swinv2", "SWINV2", Family::SwinV2, {"QKV_BIAS", "PRETRAINED_WINDOW_SIZES"}},
                                        {"swin_mlp", "SWIN_MLP", Family::SwinMlp, {}}};
  return all;
}

class Reader {
public:
  explicit Reader(Document &document) : document(document), config(document, document.root, "") {}

  Spec read() {
    spec.semantics = Semantics::Microsoft;
    config.require("MODEL", "the model, as in Microsoft's configs");
    refuseBase();
    data = config.object("DATA");
    model = config.object("MODEL");
    readImageSize();
    bool known = model && readModel();
    readPreprocessing();
    if (known)
      document.check(spec, [places = places()](const std::string &pointer) { return translated(pointer, places); });
    return spec;
  }

private:
  /// BASE: [''] is the default.
  void refuseBase() {
    const Json *base = config.find("BASE");
    if (!base || base->kind == Json::Kind::Null)
      return;
    bool isEmpty = base->kind == Json::Kind::Array &&
                   std::all_of(base->elements.begin(), base->elements.end(), [](const Json &each) {
                     return each.kind == Json::Kind::Null || (each.kind == Json::Kind::Text && each.text.empty());
                   });
    if (!isEmpty)
      config.error("BASE", "configs that are based on others are not supported", "expected all in one file");
  }

  void readImageSize() {
    if (!data)
      return;
    data->refuseOthers({"BATCH_SIZE", "DATA_PATH", "DATASET", "IMG_SIZE", "INTERPOLATION", "ZIP_MODE", "CACHE_MODE",
                        "PIN_MEMORY", "NUM_WORKERS", "MASK_PATCH_SIZE", "MASK_RATIO"});
    if (int64_t side = 0; data->integer("IMG_SIZE", side))
      spec.imageSize = {side, side};
  }

  /// Whether it is known what the model is.
  bool readModel() {
    model->refuseOthers({"TYPE", "NAME", "PRETRAINED", "RESUME", "NUM_CLASSES", "DROP_RATE", "DROP_PATH_RATE",
                         "LABEL_SMOOTHING", "SWIN", "SWINV2", "SWIN_MOE", "SWIN_MLP", "SIMMIM"});
    std::vector<std::string> names;
    for (const Type &each : types())
      names.push_back(each.name);
    size_t choice = 0;
    if (const Json *value = model->find("TYPE"); value && value->text == "swin_moe")
      return model->error("TYPE", "mixtures of experts are not supported", "expected one of: " + join(names));
    if (model->has("TYPE") && !model->choice("TYPE", names, choice))
      return false;
    type = &types()[choice];
    spec.family = type->family;
    model->text("NAME", spec.architecture);
    readClasses();
    spec.stages = {{2, 3}, {2, 6}, {6, 12}, {2, 24}};
    if (std::optional<Fields> part = model->object(type->part))
      readPart(*part);
    else
      return !isAnotherPart();
    return true;
  }

  /// Whether the model is said, but where it does not count.
  bool isAnotherPart() {
    bool found = false;
    for (const Type &other : types())
      if (model->has(other.part))
        found = !model->error(other.part, std::string("the type is ") + type->name + ", whose part is " + type->part,
                              std::string("expected TYPE: ") + other.name + " or a part " + type->part);
    return found;
  }

  /// Evaluation on ImageNet-22k sets the number of classes itself.
  void readClasses() {
    std::string dataset;
    if (data && data->text("DATASET", dataset) && dataset == "imagenet22K")
      spec.numClasses = 21841;
    model->integer("NUM_CLASSES", spec.numClasses);
  }

  void readPart(const Fields &part) {
    std::vector<std::string> known = {"PATCH_SIZE",  "IN_CHANS",  "EMBED_DIM", "DEPTHS",    "NUM_HEADS",
                                      "WINDOW_SIZE", "MLP_RATIO", "APE",       "PATCH_NORM"};
    known.insert(known.end(), type->own.begin(), type->own.end());
    part.refuseOthers(known);
    readStages(document, part, {"DEPTHS", "NUM_HEADS", "WINDOW_SIZE", "PRETRAINED_WINDOW_SIZES"}, spec);
    part.size("PATCH_SIZE", spec.patch);
    part.integer("IN_CHANS", spec.imageChannels);
    part.integer("EMBED_DIM", spec.embedding);
    part.number("MLP_RATIO", spec.mlpRatio);
    part.boolean("APE", spec.positionEmbedding);
    part.boolean("PATCH_NORM", spec.patchNorm);
    if (spec.family == Family::SwinMlp)
      return;
    part.boolean("QKV_BIAS", spec.qkvBias);
    if (spec.family == Family::Swin)
      refuseScale(part);
  }

  /// Scores are scaled by one over the root of a head's channels; null and 0 say so too.
  void refuseScale(const Fields &part) {
    double scale = 0;
    const Json *value = part.find("QK_SCALE");
    if (!value || value->kind == Json::Kind::Null || !part.number("QK_SCALE", scale) || scale == 0)
      return;
    for (size_t i = 0; i < std::min<size_t>(spec.stages.size(), 8); ++i) {
      double channels = std::ldexp(static_cast<double>(spec.embedding), static_cast<int>(i));
      double usual = std::sqrt(static_cast<double>(spec.stages[i].heads) / channels);
      if (std::abs(scale - usual) > 1e-6 * usual) {
        part.error("QK_SCALE", "another scale of scores, " + describe(*value) + ", is not supported", "expected null");
        return;
      }
    }
  }

  /// As the repository evaluates.
  void readPreprocessing() {
    std::string interpolation = "bicubic";
    size_t choice = 0;
    // The repository takes "random" for bilinear.
    if (data && data->choice("INTERPOLATION", {"bicubic", "bilinear", "random"}, choice) && choice > 0)
      interpolation = "bilinear";
    bool crops = true;
    if (std::optional<Fields> test = config.object("TEST")) {
      test->refuseOthers({"CROP", "SEQUENTIAL", "SHUFFLE"});
      test->boolean("CROP", crops);
    }
    int64_t side = spec.imageSize[0];
    if (spec.imageChannels != 3 || side < 1 || side > 65536)
      return; // ImageNet's numbers are for three
    spec.preprocessing = imageNet(side, crops ? static_cast<int64_t>(256.0 / 224.0 * static_cast<double>(side)) : 0);
    spec.preprocessing->interpolation = interpolation;
    if (side > 32)
      return;
    // Pictures for the smallest models are taken as they are.
    spec.preprocessing->resize = Preprocessing::Resize::None;
    spec.preprocessing->size = spec.preprocessing->crop = {0, 0};
  }

  Places places() const {
    std::string part = std::string("/MODEL/") + type->part;
    return {{"/stages/*/window", part + "/WINDOW_SIZE"},
            {"/stages/*/pretrained_window", part + "/PRETRAINED_WINDOW_SIZES/*"},
            {"/stages/*/heads", part + "/NUM_HEADS/*"},
            {"/stages/*", part + "/DEPTHS/*"},
            {"/stages", part + "/DEPTHS"},
            {"/patch", part + "/PATCH_SIZE"},
            {"/embedding", part + "/EMBED_DIM"},
            {"/image/channels", part + "/IN_CHANS"},
            {"/mlp_ratio", part + "/MLP_RATIO"},
            {"/qkv_bias", part + "/QKV_BIAS"},
            {"/position_embedding", part + "/APE"},
            {"/image/size", "/DATA/IMG_SIZE"},
            {"/preprocessing", "/DATA/IMG_SIZE"},
            {"/classes", "/MODEL/NUM_CLASSES"},
            {"/family", "/MODEL/TYPE"},
            {"", part}};
  }

  Document &document;
  Fields config;
  std::optional<Fields> data, model;
  const Type *type = nullptr;
  Spec spec;
};

} // namespace

Spec readMicrosoft(Document &document) { return Reader(document).read(); }

} // namespace swin::dsl
