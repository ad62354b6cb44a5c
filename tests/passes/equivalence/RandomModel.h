//===- RandomModel.h - small graphs as the graph builder would make them --===//
#ifndef SWIN_TESTS_PASSES_EQUIVALENCE_RANDOMMODEL_H
#define SWIN_TESTS_PASSES_EQUIVALENCE_RANDOMMODEL_H

#include <array>
#include <cstdint>
#include <string>

namespace swin::test {

struct RandomModel {
  std::string text;             ///< a module in the graph form
  std::string what;             ///< one line for failure messages
  std::array<int64_t, 4> image; ///< B, C, H, W of a run
  bool hasExpressions = false;  ///< there are ops on constants, which only folding makes ready for kernels
};

/// A model that follows from `seed` alone: 1 to 3 stages of 1 or 2 blocks, channels that do or do not divide by 16,
/// windows that do or do not divide the map or cover it, each order and rule of the shift, with or without biases,
/// padding, size checks, stage maps in both layouts or twice, and pooled features; tokens mixed by attention, by cosine
/// attention with a position MLP, or by a linear map across them; norms in front, behind or of the sum; a position
/// embedding; each activation. Sizes are fixed in a third of the models.
RandomModel randomModel(uint32_t seed);

/// A graph that follows from `seed` alone, of convolutions with and without groups and steps, what moves, enlarges,
/// pools and joins maps, and rows between; every op may read any map before it. Sizes are fixed in a third of them.
RandomModel randomMaps(uint32_t seed);

} // namespace swin::test

#endif // SWIN_TESTS_PASSES_EQUIVALENCE_RANDOMMODEL_H
