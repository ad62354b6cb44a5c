//===- Weights.cpp - from a weights file to the constant store ------------===//
#include "dsl/Weights.h"

#include "dsl/FileErrors.h"
#include "dsl/LoadWeights.h"
#include "dsl/SpecFromShapes.h"

#include <set>
#include <utility>
#include <vector>

namespace swin::dsl {
namespace {

class SafetensorsWeights final : public WeightsFile {
public:
  SafetensorsWeights(std::string path, std::shared_ptr<const MappedFile> file, Tensors tensors, WeightNames names)
      : path(std::move(path)), file(std::move(file)), tensors(std::move(tensors)), names(std::move(names)) {}

  Semantics semantics() const override { return names.semantics(); }
  Spec specFromShapes(const Spec &known) const override { return dsl::specFromShapes(tensors, names, known); }
  void load(const Spec &spec, Semantics semantics, ref::ConstantStore &store, Diagnostics &diagnostics) override {
    loadWeights({path, file, tensors, names}, spec, semantics, store, diagnostics);
  }

private:
  std::string path;
  std::shared_ptr<const MappedFile> file;
  Tensors tensors;
  WeightNames names;
};

} // namespace

std::unique_ptr<WeightsFile> openWeights(const std::string &path, Diagnostics &errors) {
  std::shared_ptr<const MappedFile> file = MappedFile::open(path, errors);
  if (!file)
    return nullptr;
  size_t before = errors.errors().size();
  Tensors tensors = readSafetensors(file->bytes(), path, errors);
  if (errors.errors().size() > before)
    return nullptr;
  std::vector<std::string_view> found;
  for (const auto &[name, tensor] : tensors)
    found.push_back(name);
  std::optional<WeightNames> names = WeightNames::recognise(found);
  if (!names) {
    std::string known;
    std::set<std::string_view> titles;
    for (const NameScheme &scheme : nameSchemes())
      if (titles.insert(scheme.title).second)
        known += (known.empty() ? "" : ", ") + std::string(scheme.title);
    std::string what = tensors.empty() ? "holds no tensor"
                                       : "holds no weights of a Swin Transformer, but " + nameText(found[0]) +
                                             (found.size() > 1 ? " and others" : "");
    errors.error(path, {}, what, "", "known are the names of " + known);
    return nullptr;
  }
  return std::make_unique<SafetensorsWeights>(path, std::move(file), std::move(tensors), std::move(*names));
}

} // namespace swin::dsl
