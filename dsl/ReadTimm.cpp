//===- ReadTimm.cpp - the config.json that timm saves ---------------------===//
// A registered architecture, changed by `model_args` (arguments of timm's constructors;
// one that is not known could change what the model computes) and by `num_classes`;
// `pretrained_cfg` says how pictures are prepared. All other keys are for training or for
// people.
//===----------------------------------------------------------------------===//
#include "dsl/ReadSpec.h"
#include "dsl/Readers.h"

#include <algorithm>
#include <cmath>

namespace swin::dsl {
namespace {

/// The arguments of the constructor of a family's class that can be written in JSON.
std::vector<std::string> argumentsOf(Family family) {
  std::vector<std::string> names = {
      "img_size",        "patch_size",       "in_chans",   "num_classes",    "embed_dim",      "depths",
      "num_heads",       "window_size",      "mlp_ratio",  "global_pool",    "norm_layer",     "always_partition",
      "strict_img_size", "dynamic_img_size", "drop_rate",  "proj_drop_rate", "attn_drop_rate", "drop_path_rate",
      "features_only",   "out_indices",      "feature_cls"};
  const std::vector<std::string> swin = {"qkv_bias", "head_dim", "weight_init"},
                                 swinV2 = {"qkv_bias", "act_layer", "pretrained_window_sizes"},
                                 swinV2Cr = {"window_ratio", "extra_norm_period", "extra_norm_stage",
                                             "init_values",  "sequential_attn",   "weight_init"};
  const std::vector<std::string> &own = family == Family::SwinV2     ? swinV2
                                        : family == Family::SwinV2Cr ? swinV2Cr
                                                                     : swin;
  names.insert(names.end(), own.begin(), own.end());
  return names;
}

const std::pair<const char *, Activation> activations[] = {
    {"gelu", Activation::Gelu}, {"gelu_tanh", Activation::GeluTanh}, {"quick_gelu", Activation::QuickGelu},
    {"silu", Activation::Silu}, {"swish", Activation::Silu},         {"relu", Activation::Relu}};

class Reader {
public:
  explicit Reader(Document &document) : document(document), config(document, document.root, "") {}

  Spec read() {
    readArchitecture();
    arguments = config.object("model_args");
    // Files of people who copied only the inner part have its keys outside.
    pictures = config.has("pretrained_cfg") ? config.object("pretrained_cfg") : config;
    readInput();
    if (arguments)
      readArguments(*arguments);
    readRatio();
    readClasses();
    readPreprocessing();
    for (const std::optional<Fields> &fields : {arguments, pictures, std::optional<Fields>(config)})
      if (fields)
        readPool(*fields);
    checkFeatures();
    spec.semantics = Semantics::Timm;
    if (known)
      document.check(spec, [places = places()](const std::string &pointer) { return translated(pointer, places); });
    return spec;
  }

private:
  void readArchitecture() {
    std::string name;
    known = config.text("architecture", name);
    if (!known)
      return;
    // "swin_tiny_patch4_window7_224.ms_in1k": what follows the dot says where weights come from.
    name = name.substr(0, name.find('.'));
    if (const Architecture *found = architectureNamed(name, timmArchitectures()))
      spec = found->spec;
    else
      known = unknownName(config, "architecture", name, "architecture \"" + printable(name) + "\" is not supported",
                          "supported: ", timmArchitectures());
  }

  /// Pooling other than the mean. Without pooling timm has no head and gives a map.
  void readPool(const Fields &fields) {
    std::string pool;
    if (mapsOnly || !fields.has("global_pool"))
      return;
    if (const Json *value = fields.find("global_pool"); value->kind == Json::Kind::Text && value->text.empty())
      fields.error("global_pool", "a model without pooling is not supported",
                   "expected \"avg\"; maps are outputs by \"features_only\": true or --outputs");
    size_t choice = 0;
    fields.choice("global_pool", {"avg", "fast", "fastavg"}, choice);
  }

  /// What arguments may change: the image is that of the pretrained model.
  void readInput() {
    std::vector<int64_t> input;
    if (!pictures || !pictures->integers("input_size", input))
      return;
    if (input.size() != 3) {
      pictures->error("input_size", "found a list of " + std::to_string(input.size()),
                      "expected [channels, height, width]");
      return;
    }
    spec.imageChannels = input[0];
    spec.imageSize = {input[1], input[2]};
  }

  void readArguments(const Fields &fields) {
    if (known)
      fields.refuseOthers(argumentsOf(spec.family));
    if (fields.has("head_dim"))
      fields.error("head_dim", "head_dim is not supported", "expected null");
    bool sequential = false;
    if (fields.boolean("sequential_attn", sequential) && sequential)
      fields.error("sequential_attn", "sequential_attn is not supported", "expected false");
    size_t choice = 0;
    fields.choice("norm_layer", {"layernorm", "LayerNorm"}, choice);
    std::vector<std::string> names;
    for (const auto &[name, activation] : activations)
      names.push_back(name);
    if (fields.choice("act_layer", names, choice))
      spec.activation = activations[choice].second;
    fields.size("img_size", spec.imageSize);
    fields.size("patch_size", spec.patch);
    fields.integer("in_chans", spec.imageChannels);
    fields.integer("embed_dim", spec.embedding);
    fields.number("mlp_ratio", spec.mlpRatio);
    fields.boolean("qkv_bias", spec.qkvBias);
    fields.boolean("always_partition", spec.alwaysPartition);
    fields.integer("extra_norm_period", spec.extraNormPeriod);
    fields.boolean("extra_norm_stage", spec.extraNormStage);
    // Whether other sizes than img_size are taken; ours takes any.
    bool ignored = false;
    fields.boolean("strict_img_size", ignored);
    fields.boolean("dynamic_img_size", ignored);
    readStages(fields);
    readOutputs(fields);
  }

  void readStages(const Fields &fields) {
    // Of a window for all stages a further stage has the same.
    Stage usual = spec.stages.empty() ? Stage() : spec.stages[0];
    size_t before = spec.stages.size();
    stagesKnown = readDepthsAndHeads(document, fields, "depths", "num_heads", spec.stages);
    if (!stagesKnown)
      return;
    for (size_t i = before; i < spec.stages.size(); ++i)
      spec.stages[i].window = usual.window;
    readPretrainedWindows(fields, "pretrained_window_sizes", spec.stages);
    readWindows(fields);
  }

  void readWindows(const Fields &fields) {
    const Json *value = fields.find("window_size");
    // Two numbers are [height, width], also where there are two stages.
    bool isList = value && value->kind == Json::Kind::Array;
    if (!isList || (value->elements.size() == 2 && value->elements[0].kind != Json::Kind::Array)) {
      if (Size window = {0, 0}; value && fields.size("window_size", window))
        for (Stage &stage : spec.stages)
          stage.window = window;
      return;
    }
    windowsApart = true;
    if (value->elements.size() != spec.stages.size())
      fields.error("window_size",
                   std::to_string(value->elements.size()) + " window sizes for " + std::to_string(spec.stages.size()) +
                       " stages",
                   "expected one for all or one for each");
    for (size_t i = 0; i < std::min(spec.stages.size(), value->elements.size()); ++i)
      fields.sizeOf(value->elements[i], fields.pointerTo("window_size") + "/" + std::to_string(i),
                    spec.stages[i].window);
  }

  /// A swinv2_cr's windows follow from the grid of patches: an eighth of it, or as `window_ratio` says.
  void readRatio() {
    if (spec.family != Family::SwinV2Cr || !stagesKnown || (arguments && arguments->has("window_size")))
      return;
    std::vector<int64_t> ratios(spec.stages.size(), 8);
    const Json *value = arguments ? arguments->find("window_ratio") : nullptr;
    if (int64_t all = 0; value && value->kind != Json::Kind::Array) {
      if (!arguments->integer("window_ratio", all))
        return;
      std::fill(ratios.begin(), ratios.end(), all);
    } else if (value && !arguments->integers("window_ratio", ratios)) {
      return;
    }
    if (ratios.size() != spec.stages.size()) {
      arguments->error("window_ratio",
                       std::to_string(ratios.size()) + " window ratios for " + std::to_string(spec.stages.size()) +
                           " stages",
                       "expected one for all or one for each");
      return;
    }
    for (size_t i = 0; i < ratios.size(); ++i) {
      if (ratios[i] < 1) {
        arguments->error("window_ratio", "found " + std::to_string(ratios[i]), "expected at least 1");
        return;
      }
      for (int axis : {0, 1})
        if (spec.patch[axis] > 0 && spec.imageSize[axis] > 0)
          spec.stages[i].window[axis] = std::max<int64_t>(1, spec.imageSize[axis] / spec.patch[axis] / ratios[i]);
    }
  }

  /// Maps instead of logits: of all stages, of the last so many or of those in a list, where -1 is the last.
  void readOutputs(const Fields &fields) {
    fields.boolean("features_only", mapsOnly);
    const Json *value = fields.find("out_indices");
    if (!mapsOnly || !stagesKnown)
      return;
    size_t choice = 0;
    fields.choice("feature_cls", {"list", "dict", "hook"}, choice); // "getter" has another layout
    auto count = static_cast<int64_t>(spec.stages.size());
    std::vector<int64_t> indices;
    int64_t last = count;
    if (value && value->kind == Json::Kind::Array) {
      if (!fields.integers("out_indices", indices))
        return;
    } else {
      if (value && !fields.integer("out_indices", last))
        return;
      if (last < 1 || last > count) {
        fields.error("out_indices", "found " + std::to_string(last), "expected 1 to " + std::to_string(count));
        return;
      }
      for (int64_t i = count - last; i < count; ++i)
        indices.push_back(i);
    }
    for (size_t i = 0; i < indices.size(); ++i) {
      int64_t index = indices[i] < 0 && indices[i] >= -count ? indices[i] + count : indices[i];
      if (index < 0 || index >= count) {
        std::string pointer = fields.pointerTo("out_indices") + "/" + std::to_string(i);
        document.error(valueAt(document.root, pointer)->where, pointer, "found " + std::to_string(indices[i]),
                       "expected 0 to " + std::to_string(count - 1) + ", or from the end");
        continue;
      }
      spec.outputs.push_back("stage" + std::to_string(index + 1));
    }
  }

  void readClasses() {
    if (pictures)
      pictures->integer("num_classes", spec.numClasses);
    config.integer("num_classes", spec.numClasses);
    if (arguments)
      arguments->integer("num_classes", spec.numClasses);
    for (const std::optional<Fields> &fields : {std::optional<Fields>(config), pictures})
      if (fields && fields->has("label_names")) {
        fields->texts("label_names", spec.labels);
        labels = fields->pointerTo("label_names");
      }
  }

  void readPreprocessing() {
    if (!pictures || !pictures->has("mean") || !pictures->has("std"))
      return;
    Preprocessing how;
    pictures->numbers("mean", how.mean);
    pictures->numbers("std", how.std);
    // One value is for all channels.
    for (std::vector<double> *values : {&how.mean, &how.std})
      if (values->size() == 1 && spec.imageChannels > 1 && spec.imageChannels <= 1024)
        values->assign(static_cast<size_t>(spec.imageChannels), values->front());
    size_t choice = 0;
    const std::vector<std::string> interpolations = {"bicubic", "bilinear"};
    if (pictures->choice("interpolation", interpolations, choice))
      how.interpolation = interpolations[choice];
    // Without a crop_pct the whole picture is used.
    double part = 1;
    if (pictures->number("crop_pct", part) && !(part > 0 && part <= 1)) {
      pictures->error("crop_pct", "found " + describe(*pictures->find("crop_pct")),
                      "expected a number above 0, at most 1");
      part = 1;
    }
    bool squash = pictures->choice("crop_mode", {"center", "squash"}, choice) && choice == 1;
    auto resized = [&](int64_t side) {
      if (side < 1 || side > 65536)
        return side;
      return static_cast<int64_t>(std::min(1e9, std::floor(static_cast<double>(side) / part)));
    };
    Size size = {resized(spec.imageSize[0]), resized(spec.imageSize[1])};
    // In the middle of an image that is not square lies as much as possible of a picture's shorter side.
    int64_t longer = std::max(size[0], size[1]);
    how.resize = squash ? Preprocessing::Resize::Exactly : Preprocessing::Resize::ShorterSide;
    how.size = squash ? size : Size{longer, longer};
    how.crop = spec.imageSize;
    spec.preprocessing = how;
  }

  /// What timm has noted about the model it saved.
  void checkFeatures() {
    int64_t features = 0;
    bool usable = stagesKnown && !spec.stages.empty() && spec.stages.size() <= 8 && spec.embedding >= 1 &&
                  spec.embedding <= 16384;
    if (!config.integer("num_features", features) || !usable)
      return;
    int64_t last = spec.channels(spec.stages.size() - 1);
    if (features != last)
      config.error("num_features",
                   "num_features is " + std::to_string(features) + ", but the last stage has " + std::to_string(last) +
                       " channels",
                   "expected both to be the same");
  }

  /// The first of these places that is there, else the first.
  std::string firstOf(std::initializer_list<const char *> places) const {
    for (const char *place : places)
      if (valueAt(document.root, place))
        return place;
    return *places.begin();
  }

  Places places() const {
    const std::string args = "/model_args", inner = config.has("pretrained_cfg") ? "/pretrained_cfg" : "";
    return {{"/stages/*/window", args + (windowsApart                                         ? "/window_size/*"
                                         : valueAt(document.root, "/model_args/window_ratio") ? "/window_ratio"
                                                                                              : "/window_size")},
            {"/stages/*/pretrained_window", args + "/pretrained_window_sizes/*"},
            {"/stages/*/heads", args + "/num_heads/*"},
            {"/stages/*", args + "/depths/*"},
            {"/stages", args + "/depths"},
            {"/outputs", args + "/out_indices"},
            {"/classes", firstOf({"/model_args/num_classes", "/num_classes", "/pretrained_cfg/num_classes"})},
            {"/labels", labels},
            {"/image/size", firstOf({"/model_args/img_size", "/pretrained_cfg/input_size", "/input_size"})},
            {"/image/channels", firstOf({"/model_args/in_chans", "/pretrained_cfg/input_size", "/input_size"})},
            {"/preprocessing/size", inner + "/crop_pct"},
            {"/preprocessing/crop", inner + "/crop_pct"},
            {"/preprocessing", inner},
            {"/patch", args + "/patch_size"},
            {"/embedding", args + "/embed_dim"},
            {"/activation", args + "/act_layer"},
            {"", args}}; // mlp_ratio and what is only ours
  }

  Document &document;
  Fields config;
  std::optional<Fields> arguments, pictures;
  std::string labels = "/label_names";
  bool known = true; ///< the architecture, without which nothing else has a meaning
  bool stagesKnown = true;
  bool windowsApart = false; ///< the file says them stage by stage
  bool mapsOnly = false;     ///< the model is there for the maps of its stages
  Spec spec;
};

} // namespace

Spec readTimm(Document &document) { return Reader(document).read(); }

} // namespace swin::dsl
