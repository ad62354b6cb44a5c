//===- HashedConstants.h - constants for graphs without a checkpoint ------===//
#ifndef SWIN_TOOLS_HASHEDCONSTANTS_H
#define SWIN_TOOLS_HASHEDCONSTANTS_H

#include <cstdint>
#include <string_view>
#include <vector>

namespace swin::tools {

/// Values in [-0.5, 0.5] that follow from name and index alone, the same on every
/// machine. A fallback of ref::ConstantStore.
inline std::vector<float> hashedConstant(std::string_view name, const std::vector<int64_t> &shape) {
  uint64_t state = 1469598103934665603u; // FNV-1a of the name
  for (char c : name)
    state = (state ^ static_cast<unsigned char>(c)) * 1099511628211u;
  size_t size = 1;
  for (int64_t extent : shape)
    size *= static_cast<size_t>(extent);
  std::vector<float> values(size);
  for (float &value : values) {
    state += 0x9e3779b97f4a7c15u; // splitmix64
    uint64_t z = state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    value = static_cast<float>((z ^ (z >> 31)) >> 40) / 16777216.0f - 0.5f;
  }
  return values;
}

} // namespace swin::tools

#endif // SWIN_TOOLS_HASHEDCONSTANTS_H
