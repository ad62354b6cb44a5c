//===- Check.cpp - what is inconsistent in a spec -------------------------===//
// Ranges first; what is built from several values is looked at only where these are in
// range, so that no product overflows and nothing is said twice.
//===----------------------------------------------------------------------===//
#include "dsl/Check.h"

#include "dsl/Fields.h"
#include "dsl/Json.h"
#include "dsl/Rules.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace swin::dsl {
namespace {

// Far beyond any model, and small enough that sizes of all tensors fit into 64 bits.
constexpr int64_t maxImageSize = 65536, maxImageChannels = 1024, maxPatch = 256, maxEmbedding = 16384, maxStages = 8,
                  maxDepth = 256, maxHeads = 4096, maxHeadSize = 256, maxClasses = 1000000, maxBatch = 65536,
                  maxPools = 16, maxPoolScale = 64;
constexpr Semantics allSemantics[] = {Semantics::Timm,       Semantics::Torchvision, Semantics::Hf,
                                      Semantics::HfBackbone, Semantics::Mm,          Semantics::Microsoft};
constexpr double maxMlpRatio = 64;
constexpr int64_t maxParameters = int64_t(1) << 31, maxActivations = int64_t(1) << 48;

std::string text(int64_t value) { return std::to_string(value); }
std::string text(Size size) { return text(size[0]) + " x " + text(size[1]); }
std::string text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", value);
  return buffer;
}
std::string plural(int64_t count, const std::string &one, const std::string &many) {
  return text(count) + " " + (count == 1 ? one : many);
}

class Checker {
public:
  explicit Checker(const Spec &spec) : spec(spec) {}

  std::vector<Problem> check() {
    bool ranges = checkRanges();
    checkFamily();
    checkStages();
    checkClasses();
    if (spec.segmentation && !spec.restoration)
      checkSegmentation();
    std::vector<Problem> others = problemsOfRestoration(spec);
    ranges &= others.empty();
    problems.insert(problems.end(), others.begin(), others.end());
    checkOutputs();
    if (spec.preprocessing)
      checkPreprocessing(*spec.preprocessing);
    if (spec.semantics)
      checkSource(*spec.semantics);
    if (ranges) {
      checkImage();
      checkTotals();
    }
    return std::move(problems);
  }

  std::vector<Problem> checkUse() {
    checkUseRanges();
    if (spec.preprocessing)
      checkPreprocessing(*spec.preprocessing);
    return std::move(problems);
  }

private:
  bool add(const std::string &pointer, const std::string &what, const std::string &right = "",
           std::vector<std::string> related = {}) {
    problems.push_back({pointer, what, right, std::move(related)});
    return false;
  }

  bool inRange(const std::string &pointer, int64_t value, int64_t least, int64_t most) {
    if (value >= least && value <= most)
      return true;
    return add(pointer, "found " + text(value), "expected " + text(least) + " to " + text(most));
  }
  bool inRange(const std::string &pointer, Size size, int64_t least, int64_t most) {
    return inRange(pointer,
                   std::min(size[0], size[1]) < least ? std::min(size[0], size[1]) : std::max(size[0], size[1]), least,
                   most);
  }
  bool inRange(const std::string &pointer, double value, double most) {
    if (value > 0 && value <= most) // false for NaN
      return true;
    return add(pointer, "found " + text(value), "expected a number above 0, at most " + text(most));
  }

  bool checkUseRanges() {
    bool good = inRange("/image/size", spec.imageSize, 1, maxImageSize);
    good &= inRange("/image/channels", spec.imageChannels, 1, maxImageChannels);
    return inRange("/batch", spec.batch, 0, maxBatch) && good;
  }

  bool checkRanges() {
    bool good = checkUseRanges();
    good &= inRange("/patch", spec.patch, 1, maxPatch);
    good &= inRange("/embedding", spec.embedding, 1, maxEmbedding);
    good &= inRange("/mlp_ratio", spec.mlpRatio, maxMlpRatio);
    good &= inRange("/extra_norm_period", spec.extraNormPeriod, 0, maxDepth);
    good &= inRange("/layer_norm_epsilon", spec.layerNormEpsilon, 1);
    good &= inRange("/classes", spec.numClasses, 0, maxClasses);
    auto count = static_cast<int64_t>(spec.stages.size());
    if (count < 1 || count > mostStages())
      good = add("/stages", plural(count, "stage", "stages"), "expected 1 to " + text(mostStages()));
    for (size_t i = 0; i < spec.stages.size(); ++i) {
      std::string stage = "/stages/" + std::to_string(i);
      good &= inRange(stage + "/depth", spec.stages[i].depth, 1, maxDepth);
      good &= inRange(stage + "/heads", spec.stages[i].heads, 1, maxHeads);
      good &= inRange(stage + "/window", spec.stages[i].window, 1, maxWindow);
      if (spec.stages[i].pretrainedWindow != Size{0, 0})
        good &= inRange(stage + "/pretrained_window", spec.stages[i].pretrainedWindow, 1, maxWindow);
    }
    if (spec.segmentation)
      good &= checkHeadRanges(*spec.segmentation);
    return good;
  }

  int64_t mostStages() const { return spec.restoration ? maxGroups : maxStages; }

  bool checkHeadRanges(const Segmentation &head) {
    const std::string at = "/segmentation/pool_scales";
    bool good = inRange("/segmentation/hidden", head.hidden, 1, maxEmbedding);
    auto pools = static_cast<int64_t>(head.poolScales.size());
    if (pools < 1 || pools > maxPools)
      good = add(at, plural(pools, "size of pooled maps", "sizes of pooled maps"), "expected 1 to " + text(maxPools));
    for (size_t i = 0; i < head.poolScales.size(); ++i)
      good &= inRange(at + "/" + std::to_string(i), head.poolScales[i], 1, maxPoolScale);
    return good;
  }

  /// What a head on the maps of all stages can stand on.
  void checkSegmentation() {
    const std::string at = "/segmentation";
    if (!hasFamily(Semantics::HfBackbone, spec.family))
      add(at, std::string("no source has a segmentation head on the family ") + familyName(spec.family),
          "expected \"family\" to be one of: swin swinv2", {"/family"});
    else if (spec.semantics && hasFamily(*spec.semantics, spec.family) &&
             !rulesOf(*spec.semantics, spec.family).isBackbone)
      add(at, std::string(semanticsName(*spec.semantics)) + " has no segmentation head on maps of stages",
          std::string("expected \"semantics\" to be ") +
              (hasFamily(Semantics::Mm, spec.family) ? "\"hf-backbone\" or \"mm\"" : "\"hf-backbone\""),
          {"/semantics"});
    if (spec.numClasses == 0)
      add(at, "a segmentation head without classes", "expected \"classes\" to be at least 1", {"/classes"});
  }

  /// What only one family has.
  void checkFamily() {
    const std::string family = familyName(spec.family);
    auto only = [&](const std::string &pointer, Family owner, const std::string &what) {
      if (spec.family != owner)
        add(pointer, what + ", the family is " + family, "expected no such key", {"/family"});
    };
    if (spec.extraNormPeriod != 0)
      only("/extra_norm_period", Family::SwinV2Cr, "only blocks of swinv2_cr end in a norm");
    if (spec.extraNormStage)
      only("/extra_norm_stage", Family::SwinV2Cr, "only blocks of swinv2_cr end in a norm");
    for (size_t i = 0; i < spec.stages.size(); ++i)
      if (spec.stages[i].pretrainedWindow != Size{0, 0})
        only("/stages/" + std::to_string(i) + "/pretrained_window", Family::SwinV2,
             "only swinv2 depends on the window it was trained with");
    if (!spec.qkvBias && formOf(spec.family).mixing == BlockForm::Mixing::Tokens)
      add("/qkv_bias", "there are no q, k and v, the family is " + family, "expected no such key", {"/family"});
  }

  void checkStages() {
    if (spec.embedding < 1 || spec.embedding > maxEmbedding)
      return;
    for (size_t i = 0; i < std::min<size_t>(spec.stages.size(), mostStages()); ++i) {
      int64_t heads = spec.stages[i].heads, channels = spec.channels(i);
      if (heads < 1 || heads > maxHeads)
        continue;
      std::string pointer = "/stages/" + std::to_string(i) + "/heads", where = " of stage " + std::to_string(i + 1);
      std::string found = plural(heads, "head", "heads");
      std::vector<std::string> related = {"/embedding"};
      if (channels % heads)
        add(pointer, found + (heads == 1 ? " does" : " do") + " not divide the " + text(channels) + " channels" + where,
            "expected a divisor of " + text(channels), related);
      else if (channels / heads > maxHeadSize)
        add(pointer,
            found + " for the " + text(channels) + " channels" + where + " are " + text(channels / heads) +
                " channels each",
            "expected at most " + text(maxHeadSize), related);
    }
    if (spec.mlpRatio > 0 && spec.mlpRatio <= maxMlpRatio && spec.hidden(0) < 1)
      add("/mlp_ratio", "no hidden channel: " + text(spec.mlpRatio) + " x " + text(spec.embedding) + " channels",
          "expected at least " + text(1.0 / static_cast<double>(spec.embedding)), {"/embedding"});
  }

  void checkClasses() {
    auto count = static_cast<int64_t>(spec.labels.size());
    bool known = spec.numClasses >= 0 && spec.numClasses <= maxClasses;
    if (known && count != 0 && count != spec.numClasses)
      add("/labels", plural(count, "label", "labels") + " for " + plural(spec.numClasses, "class", "classes"),
          "expected one for each", {"/classes"});
  }

  void checkOutputs() {
    std::set<std::string> seen;
    for (size_t i = 0; i < spec.outputs.size(); ++i) {
      const std::string &output = spec.outputs[i];
      std::string pointer = "/outputs/" + std::to_string(i);
      if (spec.restoration) {
        std::vector<std::string> pictures = outputsOf(*spec.restoration);
        if (std::find(pictures.begin(), pictures.end(), output) == pictures.end())
          add(pointer, "there is no output \"" + printable(output) + "\"", "expected one of: " + join(pictures),
              {"/restoration"});
        else if (!seen.insert(output).second)
          add(pointer, "output \"" + printable(output) + "\" is there twice");
        continue;
      }
      // A head on maps takes the place of the one on their means.
      std::vector<std::string> names = {"logits", "features"};
      std::string known = "expected one of:";
      known += spec.numClasses > 0 ? " logits" : "";
      known += spec.segmentation ? "" : " features";
      bool found = output == "logits" || (output == "features" && !spec.segmentation);
      for (size_t stage = 1; stage <= spec.stages.size(); ++stage) {
        names.push_back("stage" + std::to_string(stage));
        known += " " + names.back();
        found |= output == "stage" + std::to_string(stage);
      }
      if (!found)
        problems.push_back(
            {pointer, "there is no output \"" + printable(output) + "\"", known, {"/stages"}, nearest(output, names)});
      else if (output == "logits" && spec.numClasses == 0 && !spec.segmentation)
        add(pointer, "there are no logits without classes", known, {"/classes"});
      if (!seen.insert(output).second)
        add(pointer, "output \"" + printable(output) + "\" is there twice");
    }
  }

  void checkPreprocessing(const Preprocessing &how) {
    const std::string at = "/preprocessing";
    auto perChannel = [&](const std::string &key, const std::vector<double> &values) {
      auto count = static_cast<int64_t>(values.size());
      bool known = spec.imageChannels >= 1 && spec.imageChannels <= maxImageChannels;
      if (known && count != spec.imageChannels)
        add(at + "/" + key,
            key + " has " + plural(count, "value", "values") + " for " +
                plural(spec.imageChannels, "channel", "channels"),
            "expected one for each", {"/image/channels"});
      for (size_t i = 0; i < values.size(); ++i)
        if (!std::isfinite(values[i]) || (key == "std" && !(values[i] > 0)))
          add(at + "/" + key + "/" + std::to_string(i), "found " + text(values[i]),
              key == "std" ? "expected a number above 0" : "expected a number");
    };
    perChannel("mean", how.mean);
    perChannel("std", how.std);
    if (how.interpolation != "bicubic" && how.interpolation != "bilinear")
      add(at + "/interpolation", "found \"" + printable(how.interpolation) + "\"",
          "expected \"bicubic\" or \"bilinear\"");
    bool sized = true;
    if (how.resize == Preprocessing::Resize::ShorterSide)
      sized = inRange(at + "/size", how.size[0], 1, maxImageSize);
    else if (how.resize == Preprocessing::Resize::Exactly)
      sized = inRange(at + "/size", how.size, 1, maxImageSize);
    if (how.crop == Size{0, 0} || !inRange(at + "/crop", how.crop, 1, maxImageSize) || !sized)
      return;
    // Of a picture whose shorter side is known, no more than that is there in either direction.
    Size size = how.resize == Preprocessing::Resize::ShorterSide ? Size{how.size[0], how.size[0]} : how.size;
    if (how.resize != Preprocessing::Resize::None && (how.crop[0] > size[0] || how.crop[1] > size[1]))
      add(at + "/crop", "a crop of " + text(how.crop) + " of a picture resized to " + text(size),
          "expected at most that", {at + "/size"});
  }

  /// What the source of the weights has no model for.
  void checkSource(Semantics semantics) {
    const std::string source = semanticsName(semantics);
    if (!hasFamily(semantics, spec.family)) {
      std::string others;
      for (Semantics other : allSemantics)
        if (hasFamily(other, spec.family))
          others += std::string(others.empty() ? "" : " ") + semanticsName(other);
      add("/family", source + " has no model of the family " + familyName(spec.family),
          "expected \"semantics\" to be one of: " + others, {"/semantics"});
      return;
    }
    if (spec.alwaysPartition && semantics != Semantics::Timm)
      add("/always_partition", source + " has no such setting, which is timm's",
          semantics == Semantics::Hf ? "hf-backbone always partitions" : "expected false", {"/semantics"});
    bool isHf = semantics == Semantics::Hf || semantics == Semantics::HfBackbone;
    if (spec.positionEmbedding &&
        (semantics == Semantics::Timm || semantics == Semantics::Torchvision || (isHf && spec.family != Family::Swin)))
      add("/position_embedding", source + " has no " + familyName(spec.family) + " with a position embedding", "",
          {"/semantics", "/family"});
    for (size_t i = 0; i < spec.stages.size(); ++i)
      if (semantics == Semantics::Torchvision && spec.stages[i].pretrainedWindow != Size{0, 0})
        add("/stages/" + std::to_string(i) + "/pretrained_window", "torchvision knows of no other window than its own",
            "expected no such key", {"/semantics"});
  }

  /// What the source makes no numbers of, at the size that the model is built for.
  void checkBuilt(Semantics semantics) {
    const std::string source = semanticsName(semantics);
    bool isHf = semantics == Semantics::Hf || semantics == Semantics::HfBackbone;
    if (spec.positionEmbedding && isHf)
      for (int axis : {0, 1})
        if (spec.imageSize[axis] % spec.patch[axis]) {
          add("/image/size",
              source + " pads an image of " + text(spec.imageSize) + " to whole patches, for which its position " +
                  "embedding has no values",
              "expected multiples of " + text(spec.patch), {"/patch", "/position_embedding"});
          break;
        }
    if (spec.family != Family::SwinV2)
      return;
    for (size_t i = 0; i < spec.stages.size(); ++i) {
      std::string stage = "/stages/" + std::to_string(i), where = " of stage " + std::to_string(i + 1);
      if (isHf && builtHeight(spec, i) < 1) {
        add("/image/size",
            source + " finds no row of patches in the map" + where + ", counted without rests, of an image of " +
                text(spec.imageSize),
            "expected a height of at least " + text(spec.patch[0] << i), {"/patch", "/stages"});
        return;
      }
      if (semantics == Semantics::Timm)
        continue; // it divides by at least 1
      Size trained = spec.stages[i].pretrainedWindow, window = blockGeometry(spec, semantics, i, 0).window;
      if (trained[0] == 1 || trained[1] == 1)
        add(stage + "/pretrained_window", source + " divides by this window less 1: its numbers are not finite",
            "expected at least 2");
      else if (trained == Size{0, 0} && !isHf && (window[0] == 1 || window[1] == 1))
        add(stage + "/window",
            source + " divides by the window less 1: with the window of " + text(window) + where +
                " its numbers are not finite",
            "expected a window and a map of at least 2 x 2", {"/image/size", "/patch"});
    }
  }

  void checkImage() {
    if (spec.fixed != Size{0, 0} && spec.fixed != spec.imageSize)
      add("/image/fixed", "only " + text(spec.fixed) + " is allowed, the size is " + text(spec.imageSize));
    if (spec.imageSize[0] < spec.patch[0] || spec.imageSize[1] < spec.patch[1]) {
      add("/image/size", "an image of " + text(spec.imageSize) + " is smaller than a patch of " + text(spec.patch), "",
          {"/patch"});
      return;
    }
    if (!spec.semantics || !hasFamily(*spec.semantics, spec.family))
      return;
    checkBuilt(*spec.semantics);
    // Microsoft's code runs at the size that it was built for only; the others reject at run time what they cannot.
    Spec asBuilt = spec;
    if (*spec.semantics == Semantics::Microsoft && !spec.restoration)
      asBuilt.fixed = spec.imageSize;
    std::vector<std::string> related = {"/patch", "/stages"};
    for (size_t i = 0; i < spec.stages.size(); ++i)
      related.push_back("/stages/" + std::to_string(i) + "/window");
    for (const std::string &error : fixedSizeErrors(asBuilt, *spec.semantics))
      add("/image/size", error, "", related);
  }

  void checkTotals() {
    // All factors are in range: 128 bits hold the sums.
    using Number = unsigned __int128;
    const BlockForm &form = formOf(spec.family);
    Number parameters = 0, largest = spec.imageChannels;
    for (size_t i = 0; i < spec.stages.size(); ++i) {
      Size window = spec.stages[i].window;
      Number channels = spec.channels(i), hidden = spec.hidden(i), heads = spec.stages[i].heads;
      Number tokens = window[0] * window[1], table = (2 * window[0] - 1) * (2 * window[1] - 1);
      Number mixing = form.mixing == BlockForm::Mixing::Tokens ? heads * tokens * (tokens + 1)
                                                               : 4 * channels * channels + table * heads;
      parameters += (mixing + 2 * channels * hidden) * spec.stages[i].depth;
      parameters += spec.restoration ? 0 : 8 * channels * channels;
      largest = std::max({largest, 4 * channels, hidden});
    }
    if (spec.positionEmbedding)
      parameters +=
          Number(spec.imageSize[0] / spec.patch[0] + 1) * (spec.imageSize[1] / spec.patch[1] + 1) * spec.embedding;
    Number last = spec.channels(spec.stages.size() - 1), classes = spec.numClasses;
    if (spec.restoration) {
      RestorationSize size = sizeOfRestoration(spec);
      parameters += size.parameters;
      largest = std::max(largest, size.values);
    } else if (spec.segmentation) {
      Number hidden = spec.segmentation->hidden, maps = spec.stages.size(),
             pools = spec.segmentation->poolScales.size();
      parameters += hidden * (9 * (last + pools * hidden) + 18 * maps * hidden + (pools + 1) * last + classes);
      largest = std::max({largest, classes, maps * hidden, last + pools * hidden});
    } else {
      parameters += last * classes;
    }
    parameters += Number(spec.embedding) * spec.imageChannels * spec.patch[0] * spec.patch[1];
    if (parameters > maxParameters)
      add("", "more than " + text(maxParameters) + " parameters", "",
          {"/stages", "/embedding", "/mlp_ratio", "/classes", "/patch", "/image/channels"});
    Number activations = largest * spec.imageSize[0] * spec.imageSize[1] * std::max<int64_t>(spec.batch, 1);
    if (activations > maxActivations)
      add("/image/size", "one layer can have more than " + text(maxActivations) + " values", "",
          {"/batch", "/stages", "/embedding", "/mlp_ratio"});
  }

  const Spec &spec;
  std::vector<Problem> problems;
};

} // namespace

std::vector<Problem> problemsOf(const Spec &spec) { return Checker(spec).check(); }

std::vector<Problem> problemsOfUse(const Spec &spec) { return Checker(spec).checkUse(); }

} // namespace swin::dsl
