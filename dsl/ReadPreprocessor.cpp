//===- ReadPreprocessor.cpp - Hugging Face's preprocessor_config.json -----===//
// What becomes of a picture, by what is said and not by the processor's class. A processor
// that does more than resize to one size, crop the middle and normalise leaves a Spec
// without preprocessing: such a model is given arrays.
//===----------------------------------------------------------------------===//
#include "dsl/Readers.h"

#include <algorithm>
#include <cmath>

namespace swin::dsl {
namespace {

class PreprocessorReader {
public:
  PreprocessorReader(Document &document, Spec &spec)
      : document(document), config(document, document.root, ""), spec(spec) {}

  void read() {
    if (std::string key = beyondUs(); !key.empty()) {
      document.note("\"" + key + "\" is not supported: the model is compiled without preprocessing of pictures");
      return;
    }
    readValues();
    bool resizes = !spec.restoration, crops = false, shorter = false, ignored = false;
    config.boolean("do_resize", resizes);
    config.boolean("do_center_crop", crops);
    if (resizes && size("size", how.size, shorter))
      how.resize = shorter ? Preprocessing::Resize::ShorterSide : Preprocessing::Resize::Exactly;
    if (crops)
      size("crop_size", how.crop, ignored);
    // PIL's numbers; transformers' own default is 2.
    int64_t filter = 2;
    if (config.integer("resample", filter) && filter != 2 && filter != 3)
      config.error("resample", "found " + std::to_string(filter), "expected 2 (bilinear) or 3 (bicubic)");
    how.interpolation = filter == 2 ? "bilinear" : "bicubic";
    spec.preprocessing = how;
    // A segmentation model's backbone still says the size that it was trained with alone, which none of its numbers
    // depends on.
    if (spec.segmentation && spec.family == Family::Swin && !spec.positionEmbedding &&
        how.resize == Preprocessing::Resize::Exactly && how.crop == Size{0, 0})
      spec.imageSize = how.size;
    document.check(spec, [](const std::string &pointer) {
      static const Places places = {{"/preprocessing/mean", "/image_mean"},
                                    {"/preprocessing/std", "/image_std"},
                                    {"/preprocessing/size", "/size"},
                                    {"/preprocessing/crop", "/crop_size"}};
      return translated(pointer, places);
    });
  }

private:
  /// What is done to a picture and cannot be said in a Spec: a key, or "".
  std::string beyondUs() {
    if (spec.restoration)
      return ""; // it pads pictures itself
    // Donut's pictures are fitted into a size and padded; MaskFormer's have any size.
    for (const char *key : {"do_pad", "do_thumbnail", "do_align_long_axis", "size_divisor", "size_divisibility",
                            "max_size", "crop_pct"}) {
      const Json *value = config.find(key);
      bool isFalse = value && value->kind == Json::Kind::Boolean && !value->boolean;
      if (value && !isFalse)
        return key;
    }
    const Json *size = config.find("size");
    return size && size->find("longest_edge") ? "longest_edge" : "";
  }

  /// What becomes of a value 0 .. 255: (value * factor - mean) / std.
  void readValues() {
    bool normalises = !spec.restoration, rescales = true;
    config.boolean("do_normalize", normalises);
    config.boolean("do_rescale", rescales);
    auto channels = static_cast<size_t>(std::clamp<int64_t>(spec.imageChannels, 1, 1024));
    how.mean.assign(channels, 0);
    how.std.assign(channels, 1);
    if (normalises) {
      perChannel("image_mean", how.mean);
      perChannel("image_std", how.std);
    }
    double factor = 1 / 255.0;
    if (!rescales)
      factor = 1;
    else if (config.number("rescale_factor", factor) && !(factor > 0 && factor <= 1))
      config.error("rescale_factor", "found " + describe(*config.find("rescale_factor")),
                   "expected a number above 0, at most 1");
    // Ours is (value / 255 - mean) / std.
    double times = factor * 255;
    if (!(factor > 0) || std::abs(times - 1) < 1e-9)
      return;
    for (std::vector<double> *values : {&how.mean, &how.std})
      for (double &value : *values)
        value /= times;
  }

  /// A number for all channels, or a list of one for each.
  void perChannel(const std::string &key, std::vector<double> &out) {
    config.require(key, "one number per channel");
    double all = 0;
    const Json *value = config.find(key);
    if (value && value->kind != Json::Kind::Array) {
      if (config.number(key, all))
        std::fill(out.begin(), out.end(), all);
    } else {
      config.numbers(key, out);
    }
  }

  /// A number or {"height", "width"}, {"shortest_edge"}.
  bool size(const char *key, Size &out, bool &shorter) {
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
  }

  Document &document;
  Fields config;
  Spec &spec;
  Preprocessing how;
};

} // namespace

void readHuggingFacePreprocessor(Document &document, Spec &spec) { PreprocessorReader(document, spec).read(); }

} // namespace swin::dsl
