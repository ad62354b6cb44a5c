//===- LayerDiff.h - where values begin to differ --------------------------===//
#ifndef SWIN_TOOLS_LAYERS_LAYERDIFF_H
#define SWIN_TOOLS_LAYERS_LAYERDIFF_H

#include <cstdint>
#include <string>
#include <vector>

namespace swin::layers {

/// How one value differs from another of the same number of elements.
struct Difference {
  double magnitude = 0; ///< largest magnitude of the reference
  double largest = 0;   ///< largest difference, as a part of it; infinite if one has a NaN or infinity that the other
                        ///< has not
  double mean = 0;      ///< mean difference, as a part of the mean magnitude
  int64_t where = 0;    ///< element of the largest difference, row-major
  double ours = 0, theirs = 0; ///< there
  int64_t count = 0;           ///< elements that differ by more than the tolerance
  /// What explains it: "shifted by (1, 0) tokens", "height and width are exchanged", "ours = 0.5 * theirs", "a constant
  /// is added", "only in windows at the right and bottom edge", "rows of the image change places" ...; "" = nothing
  /// that is known.
  std::string pattern;
};

/// Compares values of `shape` (the graph's: batch x height x width x channels, batch x windows x windows x tokens x
/// channels, ...), `tolerance` as a part of the reference's magnitude.
Difference compareLayer(const std::vector<int64_t> &shape, const float *ours, const float *theirs, double tolerance);

/// How many elements a value of a shape has.
int64_t elementsOf(const std::vector<int64_t> &shape);

/// Why values of these shapes cannot be compared, a sentence; "" = they have as many elements.
std::string otherSize(const std::vector<int64_t> &ours, const std::vector<int64_t> &theirs);

/// One line of a comparison.
struct LayerResult {
  std::string name;
  std::vector<int64_t> shape;
  std::string skipped; ///< why it was not compared, a sentence; "" = it was
  Difference difference;
};

struct Comparison {
  std::string ours, reference; ///< what is compared, in words
  double tolerance = 1e-4;
  std::vector<LayerResult> layers; ///< in the order of the run
  std::string note = {};           ///< a line about the first wrong one, for people; "" = none
  /// The first one beyond the tolerance; null if there is none. What comes after it follows from it, as a rule.
  const LayerResult *firstWrong() const;
  /// Whether a value is beyond the tolerance, or of another size.
  bool differs() const;
};

/// For people: the first layer that is off, by how much, where and how, the last one that is right, and a table.
std::string comparisonText(const Comparison &comparison, bool everyLayer);
/// {"ours", "reference", "tolerance", "first_wrong": name or null, "last_right": name or null, "layers": [{"name",
///  "shape", "largest", "mean", "magnitude", "where": [..], "ours", "theirs", "count", "pattern", "skipped"?}]}
std::string comparisonJson(const Comparison &comparison);

} // namespace swin::layers

#endif // SWIN_TOOLS_LAYERS_LAYERDIFF_H
