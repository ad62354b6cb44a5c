//===- GraphWeights.cpp - a graph's tensors in a file ---------------------===//
#include "dsl/GraphWeights.h"

#include "dsl/FileErrors.h"
#include "dsl/Safetensors.h"
#include "dsl/TensorValues.h"

#include <set>

namespace swin::dsl {
namespace {

class Loader {
public:
  Loader(std::shared_ptr<const MappedFile> file, const Tensors &tensors, ref::ConstantStore &store, FileErrors &errors)
      : file(std::move(file)), tensors(tensors), store(store), errors(errors) {}

  void load(const GraphParameter &parameter) {
    auto found = tensors.find(parameter.name);
    if (found == tensors.end())
      return reportMissing(parameter);
    const Tensor &tensor = found->second;
    std::string name = nameText(parameter.name);
    if (tensor.shape != parameter.shape)
      return errors.add(name + " is " + shapeText(tensor.shape), "the model needs " + shapeText(parameter.shape));
    if (!isFloatType(tensor.type))
      return errors.add(name + " is of type " + std::string(tensor.type), "weights are F32, F16, BF16 or F64");
    const float *values = viewOf(tensor);
    std::vector<float> copy(values ? 0 : tensor.count);
    if (!values)
      copyValues(tensor, copy.data());
    const float *read = values ? values : copy.data();
    int64_t wrong = firstNotFinite(read, tensor.count);
    if (wrong < tensor.count)
      return errors.add(name + " holds " + numberText(read[wrong]) + " as value " + std::to_string(wrong),
                        "weights are finite numbers");
    if (parameter.kind == GraphParameter::Kind::Variance)
      for (int64_t i = 0; i < tensor.count; ++i)
        if (read[i] < 0)
          return errors.add(name + " holds " + numberText(read[i]) + " as value " + std::to_string(i),
                            "a variance is not below 0");
    file->release(tensor.data); // until it is folded
    if (values)
      store.addView(parameter.name, parameter.shape, values, ownerOf(tensor, file));
    else
      store.add(parameter.name, parameter.shape, std::move(copy));
  }

  /// Names of numbers that nothing reads, for a note; "" = there are none. Counters of training are no numbers.
  std::string restText(const std::vector<GraphParameter> &parameters) const {
    constexpr size_t mostNames = 3;
    std::set<std::string_view> wanted;
    for (const GraphParameter &parameter : parameters)
      wanted.insert(parameter.name);
    std::string names;
    size_t count = 0;
    for (const auto &[name, tensor] : tensors)
      if (isFloatType(tensor.type) && !wanted.count(name) && ++count <= mostNames)
        names += (names.empty() ? "" : ", ") + nameText(name);
    if (count > mostNames)
      names += " and " + std::to_string(count - mostNames) + " more";
    return names;
  }

private:
  void reportMissing(const GraphParameter &parameter) {
    constexpr size_t mostNames = 2000;
    std::vector<std::string> known;
    if (errors.open() && tensors.size() <= mostNames)
      for (const auto &[name, tensor] : tensors)
        if (tensor.shape == parameter.shape)
          known.push_back(name);
    std::string near = nearest(parameter.name, known);
    errors.add("tensor " + nameText(parameter.name) + " (" + shapeText(parameter.shape) + ") is missing",
               near.empty() ? "" : "is " + nameText(near) + " meant?");
  }

  std::shared_ptr<const MappedFile> file;
  const Tensors &tensors;
  ref::ConstantStore &store;
  FileErrors &errors;
};

} // namespace

void loadNamedWeights(const std::string &path, const std::vector<GraphParameter> &parameters, ref::ConstantStore &store,
                      Diagnostics &diagnostics) {
  std::shared_ptr<const MappedFile> file = MappedFile::open(path, diagnostics);
  if (!file)
    return;
  size_t before = diagnostics.errors().size();
  Tensors tensors = readSafetensors(file->bytes(), path, diagnostics);
  if (diagnostics.errors().size() > before)
    return;
  FileErrors errors(path, diagnostics);
  Loader loader(file, tensors, store, errors);
  for (const GraphParameter &parameter : parameters)
    loader.load(parameter);
  if (std::string rest = loader.restText(parameters); errors.finish() && !rest.empty())
    diagnostics.note(path, "the model does not read " + rest);
}

} // namespace swin::dsl
