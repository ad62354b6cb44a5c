//===- Regression.h - a number foretold from others -----------------------===//
#ifndef SWIN_CODEGEN_TUNING_REGRESSION_H
#define SWIN_CODEGEN_TUNING_REGRESSION_H

#include "codegen/tuning/Walk.h"

#include <cstdint>
#include <vector>

namespace swin::tuning {

/// Many trees, each grown with splits by chance (P. Geurts et al., Extremely randomized trees, Machine Learning 63,
/// 2006): no scale of a feature matters, few points suffice, and where trees differ little is known.
class Regression {
public:
  struct Guess {
    double mean = 0, spread = 0; ///< over the trees: mean and standard deviation
  };

  explicit Regression(uint64_t seed) : dice(seed) {}
  /// points[i] has values[i]; all points are of the same length. Replaces what was fitted before.
  void fit(const std::vector<std::vector<double>> &points, const std::vector<double> &values);
  /// 0 before something was fitted.
  Guess guess(const std::vector<double> &point) const;

private:
  struct Node {
    size_t feature = 0;
    double threshold = 0; ///< below: the left one
    int32_t left = -1;    ///< -1: a leaf; the right one is behind it
    double value = 0;     ///< of a leaf
  };
  using Tree = std::vector<Node>;
  struct Data {
    const std::vector<std::vector<double>> &points;
    const std::vector<double> &values;
  };
  /// Makes `node` of the points `rows`.
  void grow(Tree &tree, size_t node, const Data &data, std::vector<size_t> rows);

  Dice dice;
  std::vector<Tree> trees;
};

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_REGRESSION_H
