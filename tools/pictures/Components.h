//===- Components.h - what varies most in a map's channels -----------------===//
#ifndef SWIN_TOOLS_PICTURES_COMPONENTS_H
#define SWIN_TOOLS_PICTURES_COMPONENTS_H

#include <cstdint>
#include <vector>

namespace swin::pictures {

/// The principal components of `rows` rows of `columns` values, row by row: `count` values for each row, those of the
/// largest variance first. They are (x - mean) * E, where E's columns are the first eigenvectors of the covariance
/// matrix; of each the element of the largest magnitude, the first of nearly equal ones, is positive. Components that
/// there are not, of fewer columns or rows that do not vary, are 0; values that are not finite count as 0. The same
/// input gives the same bits.
std::vector<double> principalComponents(const float *values, int64_t rows, int64_t columns, int count);

} // namespace swin::pictures

#endif // SWIN_TOOLS_PICTURES_COMPONENTS_H
