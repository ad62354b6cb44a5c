//===- ConstantStore.cpp - the model's constants by name ------------------===//
#include "passes/reference/ConstantStore.h"

#include <utility>

namespace swin::ref {

size_t Constant::size() const {
  size_t count = 1;
  for (int64_t extent : shape)
    count *= static_cast<size_t>(extent);
  return count;
}

void ConstantStore::addView(std::string name, std::vector<int64_t> shape, const float *data,
                            std::shared_ptr<const void> owner) {
  entries.insert_or_assign(std::move(name), Entry{{std::move(shape), data}, {}, std::move(owner)});
}

void ConstantStore::add(std::string name, std::vector<int64_t> shape, std::vector<float> values) {
  Entry &entry = entries.insert_or_assign(std::move(name), Entry{}).first->second;
  entry.owned = std::move(values);
  entry.constant = {std::move(shape), entry.owned.data()};
}

const Constant *ConstantStore::find(std::string_view name, const std::vector<int64_t> &shape) {
  if (const Constant *constant = find(name))
    return constant;
  if (!fallback)
    return nullptr;
  add(std::string(name), shape, fallback(name, shape));
  return find(name);
}

const Constant *ConstantStore::find(std::string_view name) const {
  auto entry = entries.find(name);
  return entry == entries.end() ? nullptr : &entry->second.constant;
}

void ConstantStore::erase(std::string_view name) {
  if (auto entry = entries.find(name); entry != entries.end())
    entries.erase(entry);
}

std::vector<std::string> ConstantStore::names() const {
  std::vector<std::string> all;
  for (const auto &[name, entry] : entries)
    all.push_back(name);
  return all;
}

} // namespace swin::ref
