//===- LayerDiff.cpp - where values begin to differ ------------------------===//
#include "tools/layers/LayerDiff.h"

#include "runtime/image/Npy.h"
#include "tools/layers/Pair.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace swin::layers {
namespace {

double value(float x) { return static_cast<double>(x); }

std::string notFinite(const float *ours, const float *theirs, int64_t count) {
  int64_t our = 0, their = 0;
  for (int64_t i = 0; i < count; ++i) {
    our += !std::isfinite(ours[i]) && std::isfinite(theirs[i]);
    their += !std::isfinite(theirs[i]) && std::isfinite(ours[i]);
  }
  std::string all = " of " + std::to_string(count) + " elements are NaN or infinite";
  if (our > 0)
    return "ours: " + std::to_string(our) + all;
  return their > 0 ? "theirs: " + std::to_string(their) + all : "one has NaN where the other is infinite";
}

/// What ours are where they differ, if that says it all.
std::string emptyPattern(const Pair &pair) {
  const int64_t count = pair.count(), channels = pair.sizes[Channels];
  bool ourZero = true, theirZero = true, constant = true, repeated = channels > 1;
  int64_t first = -1, number = 0;
  for (int64_t i = 0; i < count && (ourZero || theirZero || constant || repeated); ++i) {
    if (!pair.isOff(i))
      continue;
    first = first < 0 ? i : first;
    ++number;
    ourZero = ourZero && pair.ours[i] == 0;
    theirZero = theirZero && pair.theirs[i] == 0;
    constant = constant && pair.ours[i] == pair.ours[first];
    repeated = repeated && i >= channels && pair.ours[i] == pair.ours[i - channels];
  }
  if (ourZero)
    return "ours is 0 where they differ";
  if (theirZero)
    return "theirs is 0 where they differ";
  // A few elements may be the same by chance.
  if (number < 4)
    return "";
  if (constant)
    return "ours is " + numberText(value(pair.ours[first])) + " everywhere where they differ";
  return repeated ? "each of our tokens that differ is the one before it again" : "";
}

/// The images and channels of a place alone, in memory of its own.
struct Part {
  std::vector<float> ours, theirs;
  Pair pair;

  Part(const Pair &whole, const Place &place) : pair(whole) {
    const int64_t channels = whole.sizes[Channels], tokens = whole.tokens() / whole.sizes[Images];
    for (auto [from, to] : {std::pair(whole.ours, &ours), {whole.theirs, &theirs}})
      for (int64_t token = place.firstImage * tokens; token < (place.firstImage + place.images) * tokens; ++token) {
        const float *begin = from + token * channels + place.firstChannel;
        to->insert(to->end(), begin, begin + place.channels);
      }
    pair.sizes[Images] = place.images;
    pair.sizes[Channels] = place.channels;
    pair.ours = ours.data();
    pair.theirs = theirs.data();
  }
};

std::string patternOf(const Pair &pair) {
  std::string what = emptyPattern(pair);
  Place place = placeOf(pair);
  if (what.empty() && std::isfinite(pair.largest)) {
    what = movedPattern(pair);
    if (!what.empty())
      return what;
    bool isPart = place.images < pair.sizes[Images] || place.channels < pair.sizes[Channels];
    if (!isPart) {
      what = scaledPattern(pair);
      return !what.empty() ? what : place.text;
    }
    Part part(pair, place);
    what = scaledPattern(part.pair);
    what = what.empty() ? movedPattern(part.pair) : what;
  }
  return place.text + (place.text.empty() || what.empty() ? "" : ": ") + what;
}

} // namespace

int64_t elementsOf(const std::vector<int64_t> &shape) {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1), std::multiplies<>());
}

Index axesOf(const std::vector<int64_t> &shape) {
  Index sizes = {1, 1, 1, 1, 1};
  const size_t rank = shape.size();
  std::vector<Axis> last = {Channels};
  if (rank >= 5)
    last = {Rows, Columns, Tokens, Channels};
  else if (rank == 4)
    last = {Rows, Columns, Channels};
  else if (rank == 3)
    last = {Tokens, Channels};
  for (size_t i = 0; i < rank; ++i) {
    size_t fromEnd = rank - i;
    sizes[fromEnd > last.size() ? Images : last[last.size() - fromEnd]] *= shape[i];
  }
  return sizes;
}

Difference compareLayer(const std::vector<int64_t> &shape, const float *ours, const float *theirs, double tolerance) {
  Difference result;
  Pair pair{axesOf(shape), ours, theirs};
  const int64_t count = pair.count();
  double sum = 0, magnitudes = 0, largest = -1;
  for (int64_t i = 0; i < count; ++i) {
    double difference = between(ours[i], theirs[i]), magnitude = std::fabs(value(theirs[i]));
    if (std::isfinite(magnitude)) {
      result.magnitude = std::max(result.magnitude, magnitude);
      magnitudes += magnitude;
    }
    sum += difference;
    if (difference > largest) {
      largest = difference;
      result.where = i;
    }
  }
  if (count == 0)
    return result;
  result.ours = value(ours[result.where]);
  result.theirs = value(theirs[result.where]);
  // Of a reference that is 0 everywhere, any difference is infinitely large.
  auto asPart = [](double difference, double whole) { return difference == 0 ? 0 : difference / whole; };
  result.largest = asPart(largest, result.magnitude);
  result.mean = asPart(sum, magnitudes);
  pair.allowed = tolerance * result.magnitude;
  pair.largest = largest;
  for (int64_t i = 0; i < count; ++i)
    result.count += pair.isOff(i);
  if (result.count == 0)
    return result;
  if (std::isfinite(largest)) {
    result.pattern = patternOf(pair);
  } else {
    std::string place = placeOf(pair).text;
    result.pattern = notFinite(ours, theirs, count) + (place.empty() ? "" : "; " + place);
  }
  return result;
}

std::string otherSize(const std::vector<int64_t> &ours, const std::vector<int64_t> &theirs) {
  if (elementsOf(ours) == elementsOf(theirs))
    return "";
  return "it is " + image::shapeText(ours) + " here, but " + image::shapeText(theirs) + " in the reference";
}

bool Comparison::differs() const {
  return std::any_of(layers.begin(), layers.end(),
                     [](const LayerResult &layer) { return !layer.skipped.empty() || layer.difference.count > 0; });
}

const LayerResult *Comparison::firstWrong() const {
  for (const LayerResult &layer : layers)
    if (layer.skipped.empty() && layer.difference.count > 0)
      return &layer;
  return nullptr;
}

} // namespace swin::layers
