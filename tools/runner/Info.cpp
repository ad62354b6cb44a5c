//===- Info.cpp - what the runner reads of NAME_info -----------------------===//
#include "tools/runner/Info.h"

#include <nlohmann/json.hpp>

namespace swin::runner {
namespace {

using Json = nlohmann::json;

std::string kindOf(const std::string &name) {
  return name == "logits" || name == "features" || name == "image" ? name : "map";
}

image::Preprocessing parsePreprocessing(const Json &json, int channels) {
  using Resize = image::Preprocessing::Resize;
  image::Preprocessing how;
  std::string resize = json.at("resize");
  if (resize == "shorter_side") {
    how.resize = Resize::ShorterSide;
    how.resizeHeight = json.at("size");
  } else if (resize == "exactly") {
    how.resize = Resize::Exactly;
    how.resizeHeight = json.at("size").at(0);
    how.resizeWidth = json.at("size").at(1);
  } else if (resize != "none") {
    throw std::runtime_error("preprocessing.resize is '" + resize + "', expected shorter_side, exactly or none");
  }
  if (how.resize != Resize::None) {
    std::string filter = json.at("interpolation");
    if (filter != "bicubic" && filter != "bilinear")
      throw std::runtime_error("preprocessing.interpolation is '" + filter + "', expected bicubic or bilinear");
    how.filter = filter == "bicubic" ? image::Filter::Bicubic : image::Filter::Bilinear;
    if (how.resizeHeight < 1 || (how.resize == Resize::Exactly && how.resizeWidth < 1))
      throw std::runtime_error("preprocessing.size must be at least 1");
  }
  if (auto crop = json.find("crop"); crop != json.end() && !crop->is_null()) {
    how.cropHeight = crop->at(0);
    how.cropWidth = crop->at(1);
    if (how.cropHeight < 1 || how.cropWidth < 1)
      throw std::runtime_error("preprocessing.crop must be at least 1 x 1");
  }
  how.mean = json.at("mean").get<std::vector<float>>();
  how.std = json.at("std").get<std::vector<float>>();
  if (how.mean.size() != static_cast<size_t>(channels) || how.std.size() != static_cast<size_t>(channels))
    throw std::runtime_error("preprocessing.mean and std must have one value for each of the " +
                             std::to_string(channels) + " channels");
  return how;
}

ModelInfo parse(const Json &json) {
  ModelInfo info;
  info.model = json.at("model");
  const Json &input = json.at("inputs").at(0);
  info.channels = input.at("channels");
  info.height = input.value("height", 0);
  info.width = input.value("width", 0);
  if (auto multiple = input.find("multiple"); multiple != input.end()) {
    info.multipleHeight = multiple->at(0);
    info.multipleWidth = multiple->at(1);
    if (info.multipleHeight < 1 || info.multipleWidth < 1)
      throw std::runtime_error("inputs[0].multiple must be at least 1 x 1");
  }
  for (const Json &output : json.at("outputs")) {
    std::string name = output.at("name");
    info.outputs.push_back({name, output.value("kind", kindOf(name)), output.value("layout", "")});
  }
  info.isas = json.at("isas").get<std::vector<std::string>>();
  if (auto file = json.find("weights_file"); file != json.end())
    info.weightsFile = file->at("name");
  info.labels = json.value("labels", std::vector<std::string>());
  if (auto how = json.find("preprocessing"); how != json.end() && !how->is_null())
    info.preprocessing = parsePreprocessing(*how, info.channels);
  return info;
}

} // namespace

std::optional<ModelInfo> parseInfo(const char *text, std::string &error) {
  // Nothing of this passes through frames of other libraries.
  try {
    return parse(Json::parse(text));
  } catch (const std::exception &problem) {
    error = problem.what();
    return std::nullopt;
  }
}

} // namespace swin::runner
