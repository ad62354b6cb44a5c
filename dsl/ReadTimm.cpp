//===- ReadTimm.cpp - the config.json that timm saves ---------------------===//
// A registered architecture, changed by `model_args` (arguments of timm's constructor;
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

const std::vector<std::string> knownArguments = {
    "img_size",       "patch_size",       "in_chans",     "num_classes",     "embed_dim",   "depths",
    "num_heads",      "window_size",      "mlp_ratio",    "qkv_bias",        "global_pool", "head_dim",
    "norm_layer",     "always_partition", "window_ratio", "strict_img_size", "drop_rate",   "proj_drop_rate",
    "attn_drop_rate", "drop_path_rate",   "weight_init"};

class Reader {
public:
  explicit Reader(Document &document) : document(document), config(document, document.root, "") {}

  Spec read() {
    readArchitecture();
    arguments = config.object("model_args");
    // Files of people who copied only the inner part have its keys outside.
    pictures = config.has("pretrained_cfg") ? config.object("pretrained_cfg") : config;
    if (arguments)
      readArguments(*arguments);
    readClasses();
    readImageSize();
    readPreprocessing();
    refuse(config);
    checkFeatures();
    spec.semantics = Semantics::Timm;
    if (known)
      document.check(spec, [this](const std::string &pointer) { return translated(pointer); });
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
      known = config.error("architecture", "architecture \"" + printable(name) + "\" is not supported",
                           "supported: " + namesOf(timmArchitectures()));
  }

  /// What would change the numbers.
  void refuse(const Fields &fields) {
    size_t choice = 0;
    fields.choice("global_pool", {"avg"}, choice);
  }

  void readArguments(const Fields &fields) {
    fields.refuseOthers(knownArguments);
    refuse(fields);
    for (const char *key : {"head_dim", "window_ratio"})
      if (fields.has(key))
        fields.error(key, std::string(key) + " is not supported", "expected null");
    size_t choice = 0;
    fields.choice("norm_layer", {"layernorm", "LayerNorm"}, choice);
    bool always = false;
    if (fields.boolean("always_partition", always) && always)
      fields.error("always_partition", "always_partition is not supported", "expected false");
    fields.size("patch_size", spec.patch);
    fields.integer("in_chans", spec.imageChannels);
    fields.integer("embed_dim", spec.embedding);
    fields.number("mlp_ratio", spec.mlpRatio);
    fields.boolean("qkv_bias", spec.qkvBias);
    readStages(fields);
  }

  void readStages(const Fields &fields) {
    std::vector<int64_t> depths, heads;
    for (const Stage &stage : spec.stages) {
      depths.push_back(stage.depth);
      heads.push_back(stage.heads);
    }
    bool good = !fields.has("depths") || fields.integers("depths", depths);
    good &= !fields.has("num_heads") || fields.integers("num_heads", heads);
    if (good && depths.size() != heads.size())
      fields.error(fields.has("num_heads") ? "num_heads" : "depths",
                   std::to_string(depths.size()) + " depths, but " + std::to_string(heads.size()) + " num_heads",
                   "expected as many of each as there are stages");
    stagesKnown = good && depths.size() == heads.size();
    if (!stagesKnown)
      return;
    // A list of two is [height, width], also where there are two stages.
    Size window = spec.stages.empty() ? Size{7, 7} : spec.stages[0].window;
    std::vector<Size> windows(depths.size(), window);
    for (size_t i = 0; i < std::min(windows.size(), spec.stages.size()); ++i)
      windows[i] = spec.stages[i].window;
    const Json *value = fields.find("window_size");
    if (value && value->kind == Json::Kind::Array && value->elements.size() != 2) {
      if (value->elements.size() != windows.size())
        fields.error("window_size",
                     std::to_string(value->elements.size()) + " window sizes for " + std::to_string(windows.size()) +
                         " stages",
                     "expected one for all or one for each");
      for (size_t i = 0; i < std::min(windows.size(), value->elements.size()); ++i)
        fields.sizeOf(value->elements[i], fields.pointerTo("window_size") + "/" + std::to_string(i), windows[i]);
    } else if (value && fields.size("window_size", window)) {
      std::fill(windows.begin(), windows.end(), window);
    }
    spec.stages.clear();
    for (size_t i = 0; i < depths.size(); ++i)
      spec.stages.push_back({depths[i], heads[i], windows[i]});
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

  void readImageSize() {
    std::vector<int64_t> input;
    if (arguments && arguments->has("img_size")) {
      arguments->size("img_size", spec.imageSize);
    } else if (pictures && pictures->integers("input_size", input)) {
      if (input.size() == 3)
        spec.imageSize = {input[1], input[2]};
      else
        pictures->error("input_size", "found a list of " + std::to_string(input.size()),
                        "expected [channels, height, width]");
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

  /// Where timm's file has what our own form has at `pointer`.
  std::string translated(const std::string &pointer) const {
    const std::string arguments = "/model_args";
    if (pointer.starts_with("/stages/")) {
      size_t slash = pointer.find('/', 8);
      std::string stage = pointer.substr(8, slash - 8), key = slash == std::string::npos ? "" : pointer.substr(slash);
      if (key != "/window")
        return arguments + (key == "/heads" ? "/num_heads/" : "/depths/") + stage;
      std::string window = arguments + "/window_size";
      const Json *value = valueAt(document.root, window);
      return value && value->elements.size() > 2 ? window + "/" + stage : window;
    }
    if (pointer == "/classes") {
      for (const char *place : {"/model_args/num_classes", "/num_classes"})
        if (valueAt(document.root, place))
          return place;
      return "/pretrained_cfg/num_classes";
    }
    if (pointer == "/image/size")
      return valueAt(document.root, "/model_args/img_size") ? "/model_args/img_size" : "/pretrained_cfg/input_size";
    if (pointer.starts_with("/labels"))
      return labels + pointer.substr(7);
    if (pointer == "/preprocessing/size" || pointer == "/preprocessing/crop")
      return (config.has("pretrained_cfg") ? "/pretrained_cfg" : "") + std::string("/crop_pct");
    if (pointer.starts_with("/preprocessing"))
      return (config.has("pretrained_cfg") ? "/pretrained_cfg" : "") + pointer.substr(14);
    const std::pair<const char *, const char *> others[] = {{"/stages", "/depths"},
                                                            {"/patch", "/patch_size"},
                                                            {"/embedding", "/embed_dim"},
                                                            {"/image/channels", "/in_chans"}};
    for (auto [ours, theirs] : others)
      if (pointer == ours)
        return arguments + theirs;
    return arguments + pointer; // mlp_ratio and what is only ours
  }

  Document &document;
  Fields config;
  std::optional<Fields> arguments, pictures;
  std::string labels = "/label_names";
  bool known = true; ///< the architecture, without which nothing else has a meaning
  bool stagesKnown = true;
  Spec spec;
};

} // namespace

Spec readTimm(Document &document) { return Reader(document).read(); }

} // namespace swin::dsl
