//===- LoadWeights.cpp - tensors of a file against a description ----------===//
#include "dsl/LoadWeights.h"

#include "dsl/FileErrors.h"
#include "dsl/ResizeTables.h"
#include "dsl/Rules.h"
#include "dsl/SpecFromShapes.h"
#include "dsl/TensorValues.h"

#include "llvm/ADT/StringRef.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <utility>

namespace swin::dsl {
namespace {

std::string indexText(int64_t flat, const std::vector<int64_t> &shape) {
  std::string text;
  for (size_t d = shape.size(); d-- > 0; flat /= shape[d])
    text = std::to_string(flat % shape[d]) + (text.empty() ? "" : ", ") + text;
  return "[" + text + "]";
}

std::string sizeText(Size size) { return std::to_string(size[0]) + "x" + std::to_string(size[1]); }

constexpr std::string_view tablePattern = "layers.{i}.blocks.{j}.attn.relative_position_bias_table";

/// What a position table of the file has to go through.
struct Change {
  Size from = {0, 0}, to = {0, 0}; ///< rows x columns
  Resizing how = Resizing::None;
  bool channelsFirst = false; ///< in the file; channels are last in ours
};

/// Bias tables that are made for one other window: the first and how many there are.
struct OtherWindow {
  std::string first;
  size_t count = 0;
};
using OtherWindows = std::map<std::pair<std::string, std::string>, OtherWindow>; ///< by windows {found, needed}

/// One load: the file's tensors against one description.
class Loader {
public:
  Loader(const NamedTensors &from, const Spec &spec, Semantics semantics, ref::ConstantStore &store, FileErrors &errors)
      : tensors(from.tensors), names(from.names), file(from.file), spec(spec), semantics(semantics), store(store),
        errors(errors) {}

  void run();
  /// What was resized, for a note; "" = nothing.
  std::string resizedText() const;
  /// What the file looks like and what the model is, if that is not the same.
  std::optional<std::pair<std::string, std::string>> otherModel() const;

private:
  bool isNeeded(const std::string &ours) const;
  void load(const Parameter &parameter);
  void loadChanged(const Parameter &parameter, const std::string &name, const Change &change);
  std::optional<Change> changeOf(const Parameter &parameter, const std::string &name);
  std::optional<Change> changeOfTable(const Parameter &parameter, const Tensor &tensor, const std::string &name);
  std::optional<Change> changeOfPositions(const Parameter &parameter, const Tensor &tensor) const;
  std::optional<TensorSource> choose(const std::string &ours) const;
  std::string misspelt(const std::string &name);
  /// Whether the tensor is there and right in all but its values; else it is reported.
  bool check(const std::string &name, const std::vector<int64_t> &needed);
  bool checkType(const std::string &name, const Tensor &tensor);
  void checkValues(const std::string &name, const Tensor &tensor, const float *values);
  void checkIndex(const std::string &name, const Tensor &tensor, const TensorMeaning &meaning);
  void checkCoords(const std::string &name, const Tensor &tensor, const TensorMeaning &meaning);
  void reportSurplus(const std::string &name, const Tensor &tensor, const TensorMeaning *meaning);
  bool isInModel(NameNumbers numbers) const {
    return numbers.stage < static_cast<int64_t>(spec.stages.size()) && numbers.block < spec.stages[numbers.stage].depth;
  }
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
  OtherWindows refused, resizedTables;
  std::string resizedPositions; ///< "from HxW to HxW"; "" = not resized
};

/// The tail of a classifier may be missing or different where outputs are taken before it.
bool Loader::isNeeded(const std::string &ours) const {
  if (spec.restoration)
    return true;
  std::vector<std::string> outputs = outputsOf(spec, semantics);
  auto has = [&](const char *name) { return std::find(outputs.begin(), outputs.end(), name) != outputs.end(); };
  if (ours.starts_with("head.") || ours.starts_with("decode_head."))
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

bool Loader::check(const std::string &name, const std::vector<int64_t> &needed) {
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
    bool isTransposed = needed.size() == 2 && tensor.shape == std::vector<int64_t>{needed[1], needed[0]};
    errors.add(nameText(name) + " is " + shapeText(tensor.shape),
               "the model needs " + shapeText(needed) + (isTransposed ? ", which is its transpose" : ""));
    return false;
  }
  return checkType(name, tensor);
}

bool Loader::checkType(const std::string &name, const Tensor &tensor) {
  if (isFloatType(tensor.type))
    return true;
  errors.add(nameText(name) + " is of type " + std::string(tensor.type), "weights are F32, F16, BF16 or F64");
  return false;
}

void Loader::checkValues(const std::string &name, const Tensor &tensor, const float *values) {
  int64_t at = firstNotFinite(values, tensor.count);
  if (at == tensor.count)
    return;
  const char *what = std::isnan(values[at]) ? "NaN" : tensor.type == "F64" ? "infinity as 32-bit float" : "infinity";
  errors.add(nameText(name) + " holds " + what + " at " + indexText(at, tensor.shape));
}

std::optional<Change> Loader::changeOf(const Parameter &parameter, const std::string &name) {
  auto found = tensors.find(name);
  if (found == tensors.end())
    return std::nullopt;
  return parameter.name == "absolute_pos_embed" ? changeOfPositions(parameter, found->second)
                                                : changeOfTable(parameter, found->second, name);
}

std::optional<Change> Loader::changeOfTable(const Parameter &parameter, const Tensor &tensor, const std::string &name) {
  std::string_view suffix;
  std::optional<NameNumbers> numbers = matchName(tablePattern, parameter.name, &suffix);
  if (!numbers || tensor.shape.size() != 2 || tensor.shape[1] != parameter.shape[1])
    return std::nullopt;
  Size window = windowOf(*numbers);
  int64_t old = windowOfTable(tensor.shape[0]);
  Resizing how = tableResizing(semantics);
  bool isSquare = window[0] == window[1];
  // timm takes a table to be of a square window wherever it can be of one.
  bool isSame = tensor.shape == parameter.shape && (isSquare || how != Resizing::Geometric);
  if (!old || isSame || (how == Resizing::Bicubic && !isSquare))
    return std::nullopt;
  OtherWindows &list = how == Resizing::None ? refused : resizedTables;
  OtherWindow &tables = list[{std::to_string(old), windowText(window)}];
  if (tables.count++ == 0)
    tables.first = name;
  return Change{{2 * old - 1, 2 * old - 1}, {2 * window[0] - 1, 2 * window[1] - 1}, how};
}

std::optional<Change> Loader::changeOfPositions(const Parameter &parameter, const Tensor &tensor) const {
  const std::vector<int64_t> &shape = tensor.shape;
  Size map = builtMap(spec, semantics, 0);
  Resizing how = positionResizing(semantics);
  bool isGood = how != Resizing::None && shape != parameter.shape && tensor.count > 0 && shape[0] == 1;
  // Some save it as an image, the others as rows of a map that has to be square.
  if (isGood && shape.size() == 4 && shape[1] == spec.embedding)
    return Change{{shape[2], shape[3]}, map, how, /*channelsFirst=*/true};
  if (!isGood || shape.size() != 3 || shape[2] != spec.embedding || map[0] != map[1])
    return std::nullopt;
  int64_t side = squareRoot(shape[1]);
  return side ? std::optional(Change{{side, side}, map, how}) : std::nullopt;
}

void Loader::loadChanged(const Parameter &parameter, const std::string &name, const Change &change) {
  const Tensor &tensor = tensors.find(name)->second;
  if (!checkType(name, tensor))
    return;
  int64_t channels = parameter.shape.back(), cells = change.from[0] * change.from[1];
  std::vector<float> values(tensor.count);
  copyValues(tensor, values.data());
  checkValues(name, tensor, values.data());
  if (change.channelsFirst)
    values = channelsLast(values, cells);
  if (change.from != change.to) {
    values = resized(values, change.from, change.to, channels, change.how);
    if (parameter.name == "absolute_pos_embed")
      resizedPositions = "from " + sizeText(change.from) + " to " + sizeText(change.to);
  }
  store.add(parameter.name, parameter.shape, std::move(values));
}

void Loader::load(const Parameter &parameter) {
  if (!isNeeded(parameter.name))
    return;
  TensorSource source = choose(parameter.name).value_or(names.sources(parameter.name).front());
  if (std::optional<Change> change = changeOf(parameter, source.names[0])) {
    if (change->how != Resizing::None)
      loadChanged(parameter, source.names[0], *change);
    return; // a source that refuses is reported for all tables at once
  }
  std::vector<int64_t> needed = parameter.shape;
  bool isThird = source.layout == TensorLayout::FirstThird || source.layout == TensorLayout::LastThird;
  if (source.layout == TensorLayout::Joined)
    needed[0] /= static_cast<int64_t>(source.names.size());
  else if (isThird)
    needed[0] *= 3;
  bool good = true;
  for (const std::string &name : source.names)
    good &= check(name, needed);
  if (!good)
    return;
  const Tensor &first = tensors.find(source.names[0])->second;
  if (source.layout == TensorLayout::Same && viewOf(first)) {
    checkValues(source.names[0], first, viewOf(first));
    file->release(first.data); // until it is folded
    store.addView(parameter.name, parameter.shape, viewOf(first), ownerOf(first, file));
    return;
  }
  std::vector<float> values(first.count * source.names.size());
  float *next = values.data();
  for (const std::string &name : source.names) {
    const Tensor &tensor = tensors.find(name)->second;
    copyValues(tensor, next);
    checkValues(name, tensor, next);
    file->release(tensor.data);
    next += tensor.count;
  }
  if (source.layout == TensorLayout::Unfolded)
    values = mergingInputs(values, parameter.shape.back());
  if (source.layout == TensorLayout::LastThird)
    values.erase(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 3 * 2));
  else if (isThird)
    values.resize(values.size() / 3);
  if (source.layout == TensorLayout::InverseExponential) {
    auto wrong = std::find_if(values.begin(), values.end(), [](float value) { return value <= 0; });
    if (wrong != values.end())
      errors.add(nameText(source.names[0]) + " holds " + numberText(*wrong) + " at " +
                     indexText(wrong - values.begin(), first.shape),
                 "a temperature is above 0");
    std::transform(values.begin(), values.end(), values.begin(), [](float value) { return -std::log(value); });
  }
  store.add(parameter.name, parameter.shape, std::move(values));
}

/// Which row of the bias table belongs to which pair of tokens: if the file says it, it has to be what we compute.
void Loader::checkIndex(const std::string &name, const Tensor &tensor, const TensorMeaning &meaning) {
  if (tensor.type != "I64" || !isInModel(meaning.numbers))
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

/// The relative positions that a position MLP starts from: where the file holds those of the model's windows, they show
/// which windows it was trained with.
void Loader::checkCoords(const std::string &name, const Tensor &tensor, const TensorMeaning &meaning) {
  constexpr double tolerance = 5e-3; // of 16-bit numbers; one step of a window is more
  if (spec.family != Family::SwinV2 || !isFloatType(tensor.type) || !isInModel(meaning.numbers))
    return;
  const Stage &stage = spec.stages[meaning.numbers.stage];
  Size window = windowOf(meaning.numbers), trained = stage.pretrainedWindow;
  int64_t columns = 2 * window[1] - 1;
  // Those of a window of one are 0 / 0.
  if (tensor.count != (2 * window[0] - 1) * columns * 2 || window[0] == 1 || window[1] == 1)
    return;
  std::vector<float> values(tensor.count);
  copyValues(tensor, values.data());
  for (int64_t at = 0; at < tensor.count; ++at) {
    int64_t axis = at % 2, place = axis == 0 ? at / 2 / columns : at / 2 % columns;
    auto steps = static_cast<double>(place - window[axis] + 1);
    double length = positionSteps(stage, window)[axis];
    double right = std::copysign(std::log2(1 + length * std::abs(steps)) / 3, steps);
    if (std::abs(static_cast<double>(values[at]) - right) <= tolerance)
      continue;
    errors.add(nameText(name) + " holds " + numberText(values[at]) + " at " + indexText(at, tensor.shape),
               "in a window of " + windowText(window) +
                   (trained[axis] > 0 ? " trained as " + windowText(trained) : "") + " it is " + numberText(right));
    return;
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
  for (const auto &[windows, tables] : refused)
    errors.add(nameText(tables.first) +
                   (tables.count > 1 ? " and " + std::to_string(tables.count - 1) + " more are" : " is") +
                   " made for window " + windows.first,
               "the model says " + windows.second + ", and " + semanticsName(semantics) + " does not resize them");
  for (const auto &[name, tensor] : tensors) {
    if (used.count(name))
      continue;
    std::optional<TensorMeaning> meaning = names.meaning(name);
    if (!meaning && !names.isBeside(name))
      reportSurplus(name, tensor, nullptr);
    else if (meaning && meaning->rule->role == TensorRole::Weight)
      reportSurplus(name, tensor, &*meaning);
    else if (meaning && meaning->ours.ends_with(".relative_position_index"))
      checkIndex(name, tensor, *meaning);
    else if (meaning && meaning->ours.ends_with(".relative_coords_table"))
      checkCoords(name, tensor, *meaning);
  }
}

std::string Loader::resizedText() const {
  std::string list;
  for (const auto &[windows, tables] : resizedTables)
    list += (list.empty() ? "" : ", ") + std::string("the position biases of ") + std::to_string(tables.count) +
            (tables.count == 1 ? " block" : " blocks") + " from windows of " + windows.first + " to " + windows.second;
  if (!resizedPositions.empty())
    list += (list.empty() ? "" : ", ") + std::string("the position embedding ") + resizedPositions;
  return list.empty() ? "" : "resized as " + std::string(semanticsName(semantics)) + " does: " + list;
}

std::optional<std::pair<std::string, std::string>> Loader::otherModel() const {
  Spec shown = specFromShapes(tensors, names, spec);
  // What may be otherwise is no difference.
  if (!isNeeded("head."))
    shown.numClasses = spec.numClasses;
  if (!isNeeded("norm."))
    shown.finalNorm = spec.finalNorm;
  if (tableResizing(semantics) != Resizing::None)
    for (size_t i = 0; i < std::min(shown.stages.size(), spec.stages.size()); ++i)
      shown.stages[i].window = spec.stages[i].window;
  std::string looks = modelText(shown, spec), wanted = modelText(spec, shown);
  return looks == wanted ? std::nullopt : std::optional(std::pair(looks, wanted));
}

} // namespace

void loadWeights(const NamedTensors &from, const Spec &spec, Semantics semantics, ref::ConstantStore &store,
                 Diagnostics &diagnostics) {
  FileErrors errors(from.path, diagnostics);
  Loader loader(from, spec, semantics, store, errors);
  loader.run();
  if (!errors.finish()) {
    if (auto other = loader.otherModel())
      diagnostics.error(from.path, {}, "the file looks like " + other->first, "", "the model is " + other->second);
  } else if (std::string text = loader.resizedText(); !text.empty()) {
    diagnostics.note(from.path, text);
  }
}

} // namespace swin::dsl
