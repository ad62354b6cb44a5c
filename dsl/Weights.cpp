//===- Weights.cpp - from a weights file to the constant store ------------===//
#include "dsl/Weights.h"

#include "dsl/FileErrors.h"
#include "dsl/Safetensors.h"
#include "dsl/TensorValues.h"
#include "dsl/WeightNames.h"

#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace swin::dsl {
namespace {

/// What in a name shows that the checkpoint is of a relative of Swin that does something else.
struct Relative {
  std::string_view part;
  const char *what;
};
constexpr Relative relatives[] = {
    {"residual_group.", "SwinIR"},
    {"first_convolution.", "Swin2SR"},
};

/// The window that a bias table with that many rows is made for, if it is square; else 0.
int64_t squareWindow(int64_t rows) {
  constexpr int64_t largest = 4096;
  int64_t window = 1;
  while (window < largest && (2 * window - 1) * (2 * window - 1) < rows)
    ++window;
  return (2 * window - 1) * (2 * window - 1) == rows ? window : 0;
}

std::string windowText(Size window) {
  return std::to_string(window[0]) + (window[0] == window[1] ? "" : "x" + std::to_string(window[1]));
}

std::string indexText(int64_t flat, const std::vector<int64_t> &shape) {
  std::string text;
  for (size_t d = shape.size(); d-- > 0; flat /= shape[d])
    text = std::to_string(flat % shape[d]) + (text.empty() ? "" : ", ") + text;
  return "[" + text + "]";
}

/// Bias tables that are made for one other window: the first and how many more.
struct OtherWindow {
  std::string first;
  size_t more = 0;
};

/// One load: the file's tensors against one description.
class Loader {
public:
  Loader(const Tensors &tensors, const WeightNames &names, std::shared_ptr<const MappedFile> file, const Spec &spec,
         Semantics semantics, ref::ConstantStore &store, FileErrors &errors)
      : tensors(tensors), names(names), file(std::move(file)), spec(spec), semantics(semantics), store(store),
        errors(errors) {}

  void run();

private:
  using Found = Tensors::const_iterator;

  bool isNeeded(const std::string &ours) const;
  void load(const Parameter &parameter);
  std::optional<TensorSource> choose(const std::string &ours) const;
  std::string misspelt(const std::string &name);
  /// Whether the tensor is there and right in all but its values; else it is reported.
  bool check(const std::string &name, const std::vector<int64_t> &needed, const std::string &ours);
  void checkValues(const std::string &name, const Tensor &tensor, const float *values);
  void checkIndex(const std::string &name, const Tensor &tensor, const TensorMeaning &meaning);
  void reportSurplus(const std::string &name, const Tensor &tensor, const TensorMeaning *meaning);
  Size windowOf(NameNumbers numbers) const {
    return blockGeometry(spec, semantics, numbers.stage, numbers.block).window;
  }

  const Tensors &tensors;
  const WeightNames &names;
  std::shared_ptr<const MappedFile> file;
  const Spec &spec;
  Semantics semantics;
  ref::ConstantStore &store;
  FileErrors &errors;
  std::set<std::string, std::less<>> used; ///< names in the file with which nothing more is wrong
  std::map<std::pair<std::string, std::string>, OtherWindow> otherWindows; ///< by windows {found, needed}
};

/// The tail of a classifier may be missing or different where outputs are taken before it.
bool Loader::isNeeded(const std::string &ours) const {
  std::vector<std::string> outputs = outputsOf(spec, semantics);
  auto has = [&](const char *name) { return std::find(outputs.begin(), outputs.end(), name) != outputs.end(); };
  if (ours.starts_with("head."))
    return has("logits");
  return !ours.starts_with("norm.") || has("logits") || has("features");
}

/// The first source that is there, whole or in part.
std::optional<TensorSource> Loader::choose(const std::string &ours) const {
  for (const TensorSource &source : names.sources(ours))
    for (const std::string &name : source.names)
      if (tensors.count(name))
        return source;
  return std::nullopt;
}

/// A name in the file that nobody else wants and that differs by a few letters; "" if there is none.
std::string Loader::misspelt(const std::string &name) {
  constexpr size_t fewLetters = 4, mostNames = 2000;
  if (!errors.open() || tensors.size() > mostNames)
    return "";
  std::string best;
  size_t least = std::min(fewLetters, name.size() / 3) + 1;
  for (const auto &[candidate, tensor] : tensors) {
    if (candidate.size() > name.size() + fewLetters || used.count(candidate) || names.meaning(candidate) ||
        names.isBeside(candidate))
      continue;
    size_t distance = llvm::StringRef(candidate).edit_distance(name);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

bool Loader::check(const std::string &name, const std::vector<int64_t> &needed, const std::string &ours) {
  auto found = tensors.find(name);
  if (found == tensors.end()) {
    std::string other = misspelt(name);
    if (!other.empty())
      used.insert(other);
    errors.add("tensor " + nameText(name) + " (" + shapeText(needed) + ") is missing",
               other.empty() ? "" : "is " + nameText(other) + " meant?");
    return false;
  }
  const Tensor &tensor = found->second;
  if (tensor.shape != needed) {
    bool isTable =
        ours.ends_with(".relative_position_bias_table") && tensor.shape.size() == 2 && tensor.shape[1] == needed[1];
    int64_t window = isTable ? squareWindow(tensor.shape[0]) : 0;
    if (window) {
      std::string_view suffix;
      auto numbers = matchName("layers.{i}.blocks.{j}.attn.relative_position_bias_table", ours, &suffix);
      auto [entry, isNew] =
          otherWindows.try_emplace({std::to_string(window), windowText(windowOf(*numbers))}, OtherWindow{name, 0});
      entry->second.more += !isNew;
    } else {
      errors.add(nameText(name) + " is " + shapeText(tensor.shape), "the model needs " + shapeText(needed));
    }
    return false;
  }
  if (!isFloatType(tensor.type)) {
    errors.add(nameText(name) + " is of type " + std::string(tensor.type), "weights are F32, F16, BF16 or F64");
    return false;
  }
  return true;
}

void Loader::checkValues(const std::string &name, const Tensor &tensor, const float *values) {
  int64_t at = firstNotFinite(values, tensor.count);
  if (at == tensor.count)
    return;
  const char *what = std::isnan(values[at]) ? "NaN" : tensor.type == "F64" ? "infinity as 32-bit float" : "infinity";
  errors.add(nameText(name) + " holds " + what + " at " + indexText(at, tensor.shape));
}

void Loader::load(const Parameter &parameter) {
  if (!isNeeded(parameter.name))
    return;
  TensorSource source = choose(parameter.name).value_or(names.sources(parameter.name).front());
  std::vector<int64_t> needed = parameter.shape;
  bool isThird = source.layout == TensorLayout::FirstThird || source.layout == TensorLayout::LastThird;
  if (source.layout == TensorLayout::Joined)
    needed[0] /= static_cast<int64_t>(source.names.size());
  else if (isThird)
    needed[0] *= 3;
  bool good = true;
  for (const std::string &name : source.names)
    good &= check(name, needed, parameter.name);
  if (!good)
    return;
  const Tensor &first = tensors.find(source.names[0])->second;
  if (source.layout == TensorLayout::Same && viewOf(first)) {
    checkValues(source.names[0], first, viewOf(first));
    store.addView(parameter.name, parameter.shape, viewOf(first), file);
    return;
  }
  std::vector<float> values(first.count * source.names.size());
  float *next = values.data();
  for (const std::string &name : source.names) {
    const Tensor &tensor = tensors.find(name)->second;
    copyValues(tensor, next);
    checkValues(name, tensor, next);
    next += tensor.count;
  }
  if (source.layout == TensorLayout::Unfolded)
    values = mergingInputs(values, parameter.shape.back());
  if (source.layout == TensorLayout::InverseExponential)
    std::transform(values.begin(), values.end(), values.begin(), [](float value) { return -std::log(value); });
  if (source.layout == TensorLayout::LastThird)
    values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 3 * 2));
  else if (isThird)
    values.resize(values.size() / 3);
  store.add(parameter.name, parameter.shape, std::move(values));
}

/// Which row of the bias table belongs to which pair of tokens: if the file says it, it has to be what we compute.
void Loader::checkIndex(const std::string &name, const Tensor &tensor, const TensorMeaning &meaning) {
  auto [stage, block] = meaning.numbers;
  if (tensor.type != "I64" || stage >= static_cast<int64_t>(spec.stages.size()) || block >= spec.stages[stage].depth)
    return;
  Size window = windowOf(meaning.numbers);
  int64_t tokens = window[0] * window[1];
  // Of another window: then so is the table, and that is reported.
  if (tensor.count != tokens * tokens)
    return;
  for (int64_t at = 0; at < tensor.count; ++at) {
    int64_t query = at / tokens, key = at % tokens, value = 0;
    int64_t rows = query / window[1] - key / window[1] + window[0] - 1;
    int64_t right = rows * (2 * window[1] - 1) + query % window[1] - key % window[1] + window[1] - 1;
    std::memcpy(&value, tensor.data.data() + at * sizeof(value), sizeof(value));
    if (value != right) {
      errors.add(nameText(name) + " holds " + std::to_string(value) + " at " + indexText(at, tensor.shape),
                 "in a window of " + windowText(window) + " it is " + std::to_string(right));
      return;
    }
  }
}

void Loader::reportSurplus(const std::string &name, const Tensor &tensor, const TensorMeaning *meaning) {
  int64_t stages = static_cast<int64_t>(spec.stages.size());
  std::string right;
  if (meaning && meaning->numbers.stage >= stages)
    right = "it has " + std::to_string(stages) + " stages";
  else if (meaning && meaning->numbers.stage >= 0 &&
           meaning->numbers.block >= spec.stages[meaning->numbers.stage].depth)
    right = "its stage " + std::to_string(meaning->numbers.stage + 1) + " has " +
            std::to_string(spec.stages[meaning->numbers.stage].depth) + " blocks";
  errors.add(nameText(name) + " (" + shapeText(tensor.shape) + " " + std::string(tensor.type) +
                 ") is no part of the model",
             right);
}

void Loader::run() {
  std::vector<Parameter> parameters = parametersOf(spec, semantics);
  // All that is wanted comes first: none of it is a misspelt name.
  for (const Parameter &parameter : parameters)
    if (std::optional<TensorSource> source = choose(parameter.name))
      used.insert(source->names.begin(), source->names.end());
  for (const Parameter &parameter : parameters)
    load(parameter);
  for (const auto &[windows, tables] : otherWindows)
    errors.add(nameText(tables.first) + (tables.more ? " and " + std::to_string(tables.more) + " more are" : " is") +
                   " made for window " + windows.first,
               "the model says " + windows.second);
  for (const auto &[name, tensor] : tensors) {
    if (used.count(name))
      continue;
    std::optional<TensorMeaning> meaning = names.meaning(name);
    if (!meaning && !names.isBeside(name))
      reportSurplus(name, tensor, nullptr);
    else if (meaning && meaning->rule->role == TensorRole::Weight)
      reportSurplus(name, tensor, &*meaning);
    else if (meaning && meaning->rule->role == TensorRole::Buffer)
      checkIndex(name, tensor, *meaning);
  }
}

class SafetensorsWeights final : public WeightsFile {
public:
  SafetensorsWeights(std::string path, std::shared_ptr<const MappedFile> file, Tensors tensors, WeightNames names)
      : path(std::move(path)), file(std::move(file)), tensors(std::move(tensors)), names(std::move(names)) {}

  Semantics semantics() const override { return names.semantics(); }
  void load(const Spec &spec, Semantics semantics, ref::ConstantStore &store, Diagnostics &diagnostics) override {
    FileErrors errors(path, diagnostics);
    Loader(tensors, names, file, spec, semantics, store, errors).run();
    errors.finish();
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
  size_t before = errors.lines().size();
  Tensors tensors = readSafetensors(file->bytes(), path, errors);
  if (errors.lines().size() > before)
    return nullptr;
  std::vector<std::string_view> found;
  for (const auto &[name, tensor] : tensors) {
    for (const Relative &relative : relatives) {
      if (name.find(relative.part) != name.npos) {
        errors.error(path, {}, "holds weights of " + std::string(relative.what) + " (" + nameText(name) + ")", "",
                     "networks that restore pictures are not supported");
        return nullptr;
      }
    }
    found.push_back(name);
  }
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
