//===- JsonMutator.cpp - JSON that means something else -------------------===//
// For targets that read JSON: values, and keys with all that they have, change places. What bytes do to a text is
// mostly an error of its syntax.
//===----------------------------------------------------------------------===//
#include "tests/fuzz/Mutator.h"
#include "tests/fuzz/Target.h"

#include <nlohmann/json.hpp>

#include <cstring>

using Value = nlohmann::ordered_json;
using Place = Value::json_pointer;
using swin::fuzz::Mutator;

namespace {

void collect(const Value &value, Place at, std::vector<Place> &places) {
  if (!value.is_structured())
    return;
  for (const auto &[key, inner] : value.items()) {
    places.push_back(value.is_array() ? at / std::stoul(key) : at / key);
    collect(inner, places.back(), places);
  }
}

/// Values that stand somewhere in descriptions of graphs.
const char *const others[] = {"\"{i}\"", "\"{channels}\"", "\"image\"", "\"x\"", "64", "100000", "-3", "0.5", "1", "2"};

void change(Mutator &mutator, Value &model) {
  std::vector<Place> places;
  collect(model, Place(), places);
  if (places.empty())
    return;
  Place at = places[mutator.upTo(places.size() - 1)], elsewhere = places[mutator.upTo(places.size() - 1)];
  Value other = model.at(elsewhere);
  Value &above = model.at(at.parent_pointer());
  switch (mutator.upTo(5)) {
  case 0:
    model[at] = other;
    break;
  case 1:
    model[at] = Value::parse(others[mutator.upTo(std::size(others) - 1)]);
    break;
  case 2:
    model[at] = Value::parse(swin::fuzz::words[mutator.upTo(std::size(swin::fuzz::words) - 1)]);
    break;
  case 3:
    if (above.is_object())
      above.erase(at.back());
    else
      above.erase(std::stoul(at.back()));
    break;
  case 4:
    if (above.is_array())
      above.push_back(other);
    else
      above[places[mutator.upTo(places.size() - 1)].back()] = other;
    break;
  case 5: // a number near it
    if (Value &value = model.at(at);
        value.is_number_integer() && value.get<int64_t>() > INT64_MIN / 2 && value.get<int64_t>() < INT64_MAX / 2)
      value = value.get<int64_t>() + static_cast<int64_t>(mutator.upTo(4)) - 2;
    break;
  }
}

} // namespace

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
  Mutator mutator(seed);
  std::string_view text = swin::fuzz::textOf(data, size);
  if (mutator.upTo(1) == 0)
    return LLVMFuzzerMutate(data, size, most);
  // Lines of JSON: one of them.
  size_t begin = 0, end = size;
  Value model = Value::parse(text, nullptr, /*allow_exceptions=*/false);
  if (model.is_discarded()) {
    begin = text.rfind('\n', mutator.upTo(size)) + 1;
    end = std::min(text.find('\n', begin), size);
    model =
        begin < end ? Value::parse(text.substr(begin, end - begin), nullptr, false) : Value(Value::value_t::discarded);
  }
  if (model.is_discarded())
    return LLVMFuzzerMutate(data, size, most);
  for (size_t count = mutator.upTo(2) + 1; count > 0; --count)
    change(mutator, model);
  std::string changed = std::string(text.substr(0, begin)) +
                        model.dump(begin == 0 && end == size ? 1 : -1, ' ', false, Value::error_handler_t::replace) +
                        std::string(text.substr(end));
  if (changed.size() > most)
    return LLVMFuzzerMutate(data, size, most);
  std::memcpy(data, changed.data(), changed.size());
  return changed.size();
}
