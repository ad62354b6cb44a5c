//===- Readers.cpp - what readers of others' forms have in common ---------===//
#include "dsl/Readers.h"

#include <algorithm>

namespace swin::dsl {
namespace {

/// The length of the beginning of `pointer` that is `pattern`, a "*" in which stands for a number, put into `number`;
/// npos = it begins otherwise.
size_t matched(const std::string &pointer, const std::string &pattern, std::string &number) {
  size_t at = 0;
  for (char c : pattern) {
    if (c == '*') {
      size_t end = std::min(pointer.find('/', at), pointer.size());
      number = pointer.substr(at, end - at);
      at = end;
    } else if (at >= pointer.size() || pointer[at++] != c) {
      return std::string::npos;
    }
  }
  return at == pointer.size() || pointer[at] == '/' ? at : std::string::npos;
}

} // namespace

std::string translated(const std::string &pointer, const Places &places) {
  for (const auto &[ours, theirs] : places) {
    std::string number, place = theirs;
    size_t length = matched(pointer, ours, number);
    if (length == std::string::npos)
      continue;
    if (ours.find('*') == std::string::npos)
      return place + pointer.substr(length);
    // One value of theirs may be that of all our stages.
    if (size_t star = place.find('*'); star != std::string::npos)
      place.replace(star, 1, number);
    return place;
  }
  return pointer;
}

bool readDepthsAndHeads(Document &document, const Fields &fields, const std::string &depthsKey,
                        const std::string &headsKey, std::vector<Stage> &stages) {
  std::vector<int64_t> depths, heads;
  for (const Stage &stage : stages) {
    depths.push_back(stage.depth);
    heads.push_back(stage.heads);
  }
  bool good = !fields.has(depthsKey) || fields.integers(depthsKey, depths);
  good &= !fields.has(headsKey) || fields.integers(headsKey, heads);
  if (good && depths.size() != heads.size())
    good = fields.error(fields.has(headsKey) ? headsKey : depthsKey,
                        std::to_string(depths.size()) + " " + depthsKey + ", but " + std::to_string(heads.size()) +
                            " " + headsKey,
                        "expected as many of each as there are stages");
  if (!good) {
    // Neither means anything without the other.
    document.meant(fields.pointerTo(depthsKey));
    document.meant(fields.pointerTo(headsKey));
    return false;
  }
  stages.resize(depths.size());
  for (size_t i = 0; i < stages.size(); ++i) {
    stages[i].depth = depths[i];
    stages[i].heads = heads[i];
  }
  return true;
}

void readPretrainedWindows(const Fields &fields, const std::string &key, std::vector<Stage> &stages) {
  const Json *value = fields.find(key);
  if (!value)
    return;
  if (value->kind != Json::Kind::Array || value->elements.size() < stages.size()) {
    fields.error(key, "found " + describe(*value), "expected a list with the window of each stage; 0 = its own");
    return;
  }
  for (size_t i = 0; i < stages.size(); ++i)
    fields.sizeOf(value->elements[i], fields.pointerTo(key) + "/" + std::to_string(i), stages[i].pretrainedWindow);
}

bool readStages(Document &document, const Fields &fields, const StageKeys &keys, Spec &spec) {
  bool known = readDepthsAndHeads(document, fields, keys.depths, keys.heads, spec.stages);
  int64_t window = 7;
  fields.integer(keys.window, window);
  for (Stage &stage : spec.stages)
    stage.window = {window, window};
  if (spec.family == Family::SwinV2 && known)
    readPretrainedWindows(fields, keys.pretrained, spec.stages);
  return known;
}

} // namespace swin::dsl
