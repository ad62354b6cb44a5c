//===- Info.cpp - what a library says about itself ------------------------===//
#include "codegen/Info.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <charconv>
#include <iterator>

using llvm::json::OStream;

namespace swin::codegen {
namespace {

void writeNumbers(OStream &json, const char *key, llvm::ArrayRef<int64_t> numbers) {
  json.attributeArray(key, [&] {
    for (int64_t number : numbers) {
      if (number < 0)
        json.value(nullptr);
      else
        json.value(number);
    }
  });
}

void writeValues(OStream &json, const char *key, llvm::ArrayRef<double> numbers) {
  json.attributeArray(key, [&] {
    for (double number : numbers) {
      // The shortest text that reads back to the same number.
      char text[32];
      json.rawValue(llvm::StringRef(text, std::to_chars(text, std::end(text), number).ptr - text));
    }
  });
}

void writeTexts(OStream &json, const char *key, llvm::ArrayRef<std::string> texts) {
  json.attributeArray(key, [&] {
    for (const std::string &text : texts)
      json.value(llvm::json::fixUTF8(text));
  });
}

void writeMap(OStream &json, const char *key, const std::map<std::string, std::string> &texts) {
  json.attributeObject(key, [&] {
    for (const auto &[name, text] : texts)
      json.attribute(name, text);
  });
}

/// What an output's numbers are of. Logits of every pixel are N x K x H x W.
std::string kindOf(const OutputShape &output) {
  if (output.name == "logits" && output.shape.size() == 4)
    return "segmentation";
  // What restoration models give besides their picture are pictures too.
  if (output.name == "image" || output.name.starts_with("image_") || output.name == "aux")
    return "image";
  return output.name == "logits" || output.name == "features" ? output.name : "map";
}

void writeSteps(OStream &json, const PictureSteps &steps) {
  json.attributeObject("preprocessing", [&] {
    switch (steps.resize) {
    case PictureSteps::Resize::None:
      json.attribute("resize", "none");
      break;
    case PictureSteps::Resize::ShorterSide:
      json.attribute("resize", "shorter_side");
      json.attribute("size", steps.size[0]);
      break;
    case PictureSteps::Resize::Exactly:
      json.attribute("resize", "exactly");
      writeNumbers(json, "size", steps.size);
      break;
    }
    if (steps.resize != PictureSteps::Resize::None)
      json.attribute("interpolation", steps.interpolation);
    if (steps.crop[0] > 0)
      writeNumbers(json, "crop", steps.crop);
    writeValues(json, "mean", steps.mean);
    writeValues(json, "std", steps.std);
  });
}

} // namespace

std::string infoText(const ModelDescription &model, const BuildFacts &facts) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  OStream json(stream);
  json.object([&] {
    json.attribute("model", model.name);
    if (!model.architecture.empty())
      json.attribute("architecture", model.architecture);
    json.attribute("semantics", model.semantics);
    json.attributeArray("inputs", [&] {
      json.object([&] {
        json.attribute("name", "image");
        json.attribute("layout", "NCHW");
        writeNumbers(json, "shape", facts.imageShape);
        json.attribute("channels", facts.channels);
        json.attribute("height", model.height);
        json.attribute("width", model.width);
        if (llvm::any_of(facts.outputs, [](const OutputShape &output) { return kindOf(output) == "image"; }))
          writeNumbers(json, "multiple", facts.multiple);
      });
    });
    json.attributeArray("outputs", [&] {
      for (const OutputShape &output : facts.outputs)
        json.object([&] {
          json.attribute("name", output.name);
          json.attribute("kind", kindOf(output));
          json.attribute("layout", output.layout);
          writeNumbers(json, "shape", output.shape);
        });
    });
    json.attribute("macs", facts.macs);
    writeTexts(json, "isas", facts.isas);
    json.attributeObject("schedules", [&] {
      for (const char *source : {"tuned", "nearest", "default"}) {
        auto count = facts.schedules.find(source);
        json.attribute(source, count == facts.schedules.end() ? 0 : count->second);
      }
    });
    if (!facts.sanitizer.empty())
      json.attribute("sanitize", facts.sanitizer);
    if (facts.fastMatmul)
      json.attribute("fast_matmul", true);
    if (!model.labels.empty())
      writeTexts(json, "labels", model.labels);
    if (model.preprocessing)
      writeSteps(json, *model.preprocessing);
    json.attribute("weights_bytes", facts.weightsBytes);
    if (!facts.weightsFile.empty())
      json.attributeObject("weights_file", [&] {
        json.attribute("name", facts.weightsFile);
        json.attribute("bytes", facts.weightsFileBytes);
      });
    writeMap(json, "versions", facts.versions);
    writeMap(json, "hashes", facts.hashes);
  });
  return text;
}

} // namespace swin::codegen
