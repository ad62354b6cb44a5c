//===- Regression.cpp - a number foretold from others ---------------------===//
#include "codegen/tuning/Regression.h"

#include <algorithm>
#include <cmath>

namespace swin::tuning {
namespace {

constexpr size_t treeCount = 48;
constexpr size_t leafRows = 2; ///< a node of so few points, or one more, is a leaf

double meanOf(const std::vector<double> &values, const std::vector<size_t> &rows) {
  double sum = 0;
  for (size_t row : rows)
    sum += values[row];
  return sum / static_cast<double>(rows.size());
}

} // namespace

void Regression::fit(const std::vector<std::vector<double>> &points, const std::vector<double> &values) {
  trees.assign(points.empty() ? 0 : treeCount, {});
  std::vector<size_t> rows(points.size());
  for (size_t i = 0; i < rows.size(); ++i)
    rows[i] = i;
  for (Tree &tree : trees) {
    tree.emplace_back();
    grow(tree, 0, {points, values}, rows);
  }
}

void Regression::grow(Tree &tree, size_t node, const Data &data, std::vector<size_t> rows) {
  tree[node].value = meanOf(data.values, rows);
  if (rows.size() <= leafRows)
    return;
  // One threshold by chance for each feature that differs at all; the split that explains most is taken.
  double best = 0;
  for (size_t feature = 0; feature < data.points.front().size(); ++feature) {
    double low = INFINITY, high = -INFINITY;
    for (size_t row : rows) {
      low = std::min(low, data.points[row][feature]);
      high = std::max(high, data.points[row][feature]);
    }
    if (!(low < high))
      continue;
    double threshold = low + (high - low) * (1 - dice.part()); // above `low`: neither side is empty
    double sums[2] = {0, 0}, counts[2] = {0, 0};
    for (size_t row : rows) {
      bool right = data.points[row][feature] >= threshold;
      sums[right] += data.values[row] - tree[node].value;
      counts[right] += 1;
    }
    double explained = sums[0] * sums[0] / counts[0] + sums[1] * sums[1] / counts[1];
    if (explained > best) {
      best = explained;
      tree[node].feature = feature;
      tree[node].threshold = threshold;
    }
  }
  if (!(best > 0))
    return;
  std::vector<size_t> sides[2];
  for (size_t row : rows)
    sides[data.points[row][tree[node].feature] >= tree[node].threshold].push_back(row);
  size_t left = tree.size();
  tree[node].left = static_cast<int32_t>(left);
  tree.resize(left + 2);
  grow(tree, left, data, std::move(sides[0]));
  grow(tree, left + 1, data, std::move(sides[1]));
}

Regression::Guess Regression::guess(const std::vector<double> &point) const {
  if (trees.empty())
    return {};
  double sum = 0, squares = 0;
  for (const Tree &tree : trees) {
    size_t node = 0;
    while (tree[node].left >= 0)
      node = static_cast<size_t>(tree[node].left) + (point[tree[node].feature] >= tree[node].threshold);
    sum += tree[node].value;
    squares += tree[node].value * tree[node].value;
  }
  double count = static_cast<double>(trees.size()), mean = sum / count;
  return {mean, std::sqrt(std::max(0.0, squares / count - mean * mean))};
}

} // namespace swin::tuning
