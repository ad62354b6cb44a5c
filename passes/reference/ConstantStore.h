//===- ConstantStore.h - the model's constants by name --------------------===//
// Weights never pass through MLIR attributes: `swin.param` names an entry here.
// Entries of a checkpoint are views of its memory-mapped file; entries that
// constant folding makes are owned.
//===----------------------------------------------------------------------===//
#ifndef SWIN_PASSES_REFERENCE_CONSTANTSTORE_H
#define SWIN_PASSES_REFERENCE_CONSTANTSTORE_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace swin::ref {

/// Row-major f32. `data` lives as long as the entry.
struct Constant {
  std::vector<int64_t> shape;
  const float *data = nullptr;
  size_t size() const; ///< number of elements
};

class ConstantStore {
public:
  /// Makes the values of an entry that is asked for but missing.
  using Fallback = std::function<std::vector<float>(std::string_view name, const std::vector<int64_t> &shape)>;

  /// Adds a view; `owner` keeps the memory alive. Replaces an entry of that name.
  void addView(std::string name, std::vector<int64_t> shape, const float *data, std::shared_ptr<const void> owner);
  /// Adds values that the store owns. Replaces an entry of that name.
  void add(std::string name, std::vector<int64_t> shape, std::vector<float> values);
  /// For tools without a checkpoint (swin-opt): generate what is missing.
  void setFallback(Fallback make) { fallback = std::move(make); }
  /// The entry, or null if there is none. With a fallback, a missing entry is made
  /// with `shape`.
  const Constant *find(std::string_view name, const std::vector<int64_t> &shape);
  const Constant *find(std::string_view name) const;
  /// Forgets an entry and frees its memory (of a view: drops the owner).
  void erase(std::string_view name);
  std::vector<std::string> names() const;

private:
  struct Entry {
    Constant constant;
    std::vector<float> owned;
    std::shared_ptr<const void> owner;
  };
  std::map<std::string, Entry, std::less<>> entries;
  Fallback fallback;
};

} // namespace swin::ref

#endif // SWIN_PASSES_REFERENCE_CONSTANTSTORE_H
