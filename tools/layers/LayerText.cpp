//===- LayerText.cpp - a comparison in words and as JSON -------------------===//
#include "runtime/image/Npy.h"
#include "tools/layers/LayerDiff.h"
#include "tools/layers/Pair.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace swin::layers {
namespace {

/// An element's indices.
std::vector<int64_t> indicesOf(int64_t element, const std::vector<int64_t> &shape) {
  std::vector<int64_t> at(shape.size());
  for (size_t axis = shape.size(); axis-- > 0 && shape[axis] > 0;) {
    at[axis] = element % shape[axis];
    element /= shape[axis];
  }
  return at;
}

std::string indicesText(int64_t element, const std::vector<int64_t> &shape) {
  std::string text;
  for (int64_t at : indicesOf(element, shape))
    text += (text.empty() ? "[" : ", ") + std::to_string(at);
  return text + "]";
}

bool isCompared(const LayerResult &layer) { return layer.skipped.empty(); }

/// The last value before `wrong` that was compared, of all if that is null.
const LayerResult *lastRight(const Comparison &comparison, const LayerResult *wrong) {
  const LayerResult *last = nullptr;
  for (const LayerResult &layer : comparison.layers) {
    if (&layer == wrong)
      break;
    last = isCompared(layer) ? &layer : last;
  }
  return last;
}

/// A line of the table.
std::string lineOf(const LayerResult &layer, size_t width) {
  std::string line = "  " + layer.name;
  line.resize(std::max(width + 4, line.size() + 2), ' ');
  if (!isCompared(layer))
    return line + "not compared: " + layer.skipped + "\n";
  const Difference &difference = layer.difference;
  std::string number = numberText(difference.largest);
  line += number + std::string(number.size() < 10 ? 10 - number.size() : 1, ' ');
  line += difference.count == 0 ? "ok" : "OFF";
  return line + (difference.pattern.empty() ? "" : "  " + difference.pattern) + "\n";
}

/// About the first value that is off.
std::string wrongText(const Comparison &comparison, const LayerResult &layer) {
  const Difference &difference = layer.difference;
  int64_t count = elementsOf(layer.shape);
  char percent[32];
  std::snprintf(percent, sizeof percent, "%.3g %%",
                100 * static_cast<double>(difference.count) / static_cast<double>(count));
  std::string text = layer.name + " (" + image::shapeText(layer.shape) + ") is the first value that is off: by " +
                     numberText(difference.largest) + " of its largest magnitude, " + numberText(difference.magnitude) +
                     "\n  at " + indicesText(difference.where, layer.shape) + " ours is " +
                     numberText(difference.ours) + ", theirs " + numberText(difference.theirs) + "; " +
                     std::to_string(difference.count) + " of " + std::to_string(count) + " elements (" + percent +
                     ") are off by more than " + numberText(comparison.tolerance) + " of that magnitude\n";
  text += "  what it looks like: " + (difference.pattern.empty() ? "nothing that is known" : difference.pattern) + "\n";
  const LayerResult *right = lastRight(comparison, &layer);
  return text + "  before it, " +
         (right ? right->name + " is the last value that is right (" + numberText(right->difference.largest) + ")"
                : "nothing was compared") +
         "\n" + (comparison.note.empty() ? "" : "  " + comparison.note + "\n");
}

} // namespace

std::string numberText(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::string comparisonText(const Comparison &comparison, bool everyLayer) {
  const LayerResult *wrong = comparison.firstWrong(), *largest = nullptr;
  int64_t compared = 0, off = 0;
  for (const LayerResult &layer : comparison.layers)
    if (isCompared(layer)) {
      ++compared;
      off += layer.difference.count > 0;
      if (!largest || layer.difference.largest > largest->difference.largest)
        largest = &layer;
    }
  std::string text = comparison.ours + " against " + comparison.reference + "\n";
  if (compared == 0)
    text += "nothing was compared\n";
  else if (!wrong)
    text += "all " + std::to_string(compared) + " values are the same up to " +
            numberText(largest->difference.largest) + " of their largest magnitude (" + largest->name + "); " +
            numberText(comparison.tolerance) + " is allowed\n";
  else
    text += wrongText(comparison, *wrong);
  if (wrong && off > 1)
    text += "  of " + std::to_string(compared) + " values " + std::to_string(off) +
            " are off; those behind the first may be so because of it\n";
  size_t width = 0;
  for (const LayerResult &layer : comparison.layers)
    width = std::max(width, layer.name.size());
  if (everyLayer && !comparison.layers.empty())
    text += "\nlargest difference, as a part of the largest magnitude:\n";
  for (const LayerResult &layer : comparison.layers)
    if (everyLayer || !isCompared(layer))
      text += lineOf(layer, width);
  return text;
}

std::string comparisonJson(const Comparison &comparison) {
  using Json = nlohmann::ordered_json;
  auto nameOf = [](const LayerResult *layer) { return layer ? Json(layer->name) : Json(nullptr); };
  const LayerResult *wrong = comparison.firstWrong();
  Json list = Json::array();
  for (const LayerResult &layer : comparison.layers) {
    Json one = {{"name", layer.name}, {"shape", layer.shape}};
    const Difference &difference = layer.difference;
    if (isCompared(layer)) {
      // What is not finite becomes null.
      one.update({{"largest", difference.largest},
                  {"mean", difference.mean},
                  {"magnitude", difference.magnitude},
                  {"where", indicesOf(difference.where, layer.shape)},
                  {"ours", difference.ours},
                  {"theirs", difference.theirs},
                  {"count", difference.count},
                  {"pattern", difference.pattern}});
    } else {
      one["skipped"] = layer.skipped;
    }
    list.push_back(std::move(one));
  }
  Json json = {{"ours", comparison.ours},
               {"reference", comparison.reference},
               {"tolerance", comparison.tolerance},
               {"first_wrong", nameOf(wrong)},
               {"last_right", nameOf(lastRight(comparison, wrong))},
               {"layers", std::move(list)}};
  // Names come from files, in which any bytes may be.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace swin::layers
