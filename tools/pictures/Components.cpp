//===- Components.cpp - what varies most in a map's channels ---------------===//
// Orthogonal iteration: a few more directions than are wanted are multiplied by the covariance matrix and made
// orthonormal again, until the wanted ones stay; within their space Jacobi's rotations find the eigenvectors (Golub and
// Van Loan, Matrix Computations, 8.2.4 and 8.5).
//===----------------------------------------------------------------------===//
#include "tools/pictures/Components.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace swin::pictures {
namespace {

constexpr size_t moreDirections = 5, mostSteps = 200, mostSweeps = 50;
/// Directions that lie so far, as a part of their length, outside of the space before are a new space.
constexpr double settled = 1e-9;
/// Variances that are a smaller part of the largest are rounding.
constexpr double leastVariance = 1e-12;
/// Magnitudes that differ by less than this factor are equal when a sign is chosen.
constexpr double nearlyEqual = 1.001;

using Vector = std::vector<double>;

double product(const Vector &a, const Vector &b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i)
    sum += a[i] * b[i];
  return sum;
}

void addTo(Vector &a, double factor, const Vector &b) {
  for (size_t i = 0; i < a.size(); ++i)
    a[i] += factor * b[i];
}

/// The covariance matrix of rows, as what it does with vectors.
class Covariance {
public:
  Covariance(const float *values, size_t rows, size_t columns) : rows(rows), columns(columns), centred(rows * columns) {
    Vector mean(columns, 0);
    for (size_t i = 0; i < centred.size(); ++i) {
      centred[i] = std::isfinite(values[i]) ? static_cast<double>(values[i]) : 0;
      mean[i % columns] += centred[i] / static_cast<double>(rows);
    }
    for (size_t i = 0; i < centred.size(); ++i)
      centred[i] -= mean[i % columns];
    if (rows <= columns)
      return;
    // The matrix itself is smaller than what it is made of.
    matrix.assign(columns * columns, 0);
    for (size_t r = 0; r < rows; ++r) {
      const double *row = &centred[r * columns];
      for (size_t i = 0; i < columns; ++i)
        for (size_t j = 0; j < columns; ++j)
          matrix[i * columns + j] += row[i] * row[j];
    }
  }

  Vector times(const Vector &x) const {
    return matrix.empty() ? multiply(centred, multiplyRows(x), true) : multiply(matrix, x, false);
  }

  /// Rows, less their mean, times x.
  Vector multiplyRows(const Vector &x) const { return multiply(centred, x, false); }

private:
  Vector multiply(const Vector &by, const Vector &x, bool transposed) const {
    size_t height = by.size() / columns;
    Vector result(transposed ? columns : height, 0);
    for (size_t i = 0; i < height; ++i)
      for (size_t j = 0; j < columns; ++j)
        result[transposed ? j : i] += by[i * columns + j] * x[transposed ? i : j];
    return result;
  }

  size_t rows, columns;
  Vector centred, matrix;
};

/// Makes them orthonormal, from the first on; what depends on those before becomes 0. Returns the largest part of one
/// of the first `wanted` that was outside of the space of `before`.
double orthonormalize(std::vector<Vector> &vectors, const std::vector<Vector> &before, size_t wanted) {
  double most = 0;
  for (size_t i = 0; i < vectors.size(); ++i) {
    double length = std::sqrt(product(vectors[i], vectors[i]));
    for (int twice = 0; twice < 2; ++twice)
      for (size_t j = 0; j < i; ++j)
        addTo(vectors[i], -product(vectors[i], vectors[j]), vectors[j]);
    double left = std::sqrt(product(vectors[i], vectors[i]));
    bool isNew = left > 1e-10 * length && left > 0;
    for (double &element : vectors[i])
      element = isNew ? element / left : 0;
    if (i >= wanted)
      continue;
    Vector outside = vectors[i];
    for (const Vector &other : before)
      addTo(outside, -product(vectors[i], other), other);
    most = std::max(most, std::sqrt(product(outside, outside)));
  }
  return most;
}

/// Eigenvectors of the symmetric n x n matrix, as columns, by rotations that make it diagonal.
Vector jacobi(Vector &matrix, size_t n) {
  Vector vectors(n * n, 0);
  for (size_t i = 0; i < n; ++i)
    vectors[i * n + i] = 1;
  auto rotate = [&](double &a, double &b, double c, double s) {
    double first = c * a - s * b, second = s * a + c * b;
    a = first;
    b = second;
  };
  for (size_t sweep = 0; sweep < mostSweeps; ++sweep) {
    double beside = 0;
    for (size_t p = 0; p < n; ++p)
      for (size_t q = p + 1; q < n; ++q) {
        double element = matrix[p * n + q];
        if (element == 0)
          continue;
        beside += std::abs(element);
        double tau = (matrix[q * n + q] - matrix[p * n + p]) / (2 * element);
        double tangent = (tau < 0 ? -1 : 1) / (std::abs(tau) + std::hypot(1, tau));
        double c = 1 / std::hypot(1, tangent), s = c * tangent;
        for (size_t k = 0; k < n; ++k)
          rotate(matrix[k * n + p], matrix[k * n + q], c, s);
        for (size_t k = 0; k < n; ++k)
          rotate(matrix[p * n + k], matrix[q * n + k], c, s);
        for (size_t k = 0; k < n; ++k)
          rotate(vectors[k * n + p], vectors[k * n + q], c, s);
      }
    if (beside == 0)
      break;
  }
  return vectors;
}

/// The eigenvectors within the space of orthonormal `basis` whose variance is not 0, the largest first.
std::vector<Vector> eigenvectorsWithin(const std::vector<Vector> &basis, const Covariance &covariance) {
  size_t n = basis.size();
  Vector small(n * n);
  for (size_t j = 0; j < n; ++j) {
    Vector image = covariance.times(basis[j]);
    for (size_t i = 0; i < n; ++i)
      small[i * n + j] = product(basis[i], image);
  }
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < i; ++j)
      small[i * n + j] = small[j * n + i] = (small[i * n + j] + small[j * n + i]) / 2;
  Vector rotation = jacobi(small, n);
  std::vector<size_t> order(n);
  for (size_t i = 0; i < n; ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return small[a * n + a] > small[b * n + b]; });
  std::vector<Vector> vectors;
  for (size_t which : order) {
    double variance = small[which * n + which], largestVariance = small[order[0] * n + order[0]];
    if (variance <= leastVariance * largestVariance)
      break;
    Vector vector(basis[0].size(), 0);
    for (size_t i = 0; i < n; ++i)
      addTo(vector, rotation[i * n + which], basis[i]);
    auto largest = std::max_element(vector.begin(), vector.end(),
                                    [](double a, double b) { return nearlyEqual * std::abs(a) < std::abs(b); });
    if (*largest < 0)
      for (double &element : vector)
        element = -element;
    vectors.push_back(std::move(vector));
  }
  return vectors;
}

} // namespace

std::vector<double> principalComponents(const float *values, int64_t rows, int64_t columns, int count) {
  auto height = static_cast<size_t>(rows), width = static_cast<size_t>(columns), wanted = static_cast<size_t>(count);
  std::vector<double> components(height * wanted, 0);
  if (height == 0 || width == 0)
    return components;
  Covariance covariance(values, height, width);
  // Any begin will do that is orthogonal to none of them.
  std::vector<Vector> basis(std::min(width, wanted + moreDirections), Vector(width));
  for (size_t i = 0; i < basis.size(); ++i)
    for (size_t j = 0; j < width; ++j)
      basis[i][j] = std::cos(static_cast<double>((i + 1) * (2 * j + 1)) * 0.618 + static_cast<double>(j * j) * 0.1);
  orthonormalize(basis, {}, 0);
  for (size_t step = 0; step < mostSteps; ++step) {
    std::vector<Vector> next;
    for (const Vector &vector : basis)
      next.push_back(covariance.times(vector));
    bool done = orthonormalize(next, basis, wanted) < settled;
    basis = std::move(next);
    if (done)
      break;
  }
  std::vector<Vector> vectors = eigenvectorsWithin(basis, covariance);
  for (size_t c = 0; c < std::min(wanted, vectors.size()); ++c) {
    Vector along = covariance.multiplyRows(vectors[c]);
    for (size_t r = 0; r < height; ++r)
      components[r * wanted + c] = along[r];
  }
  return components;
}

} // namespace swin::pictures
