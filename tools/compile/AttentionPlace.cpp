//===- AttentionPlace.cpp - which attention is meant -----------------------===//
#include "tools/compile/AttentionPlace.h"

#include "llvm/ADT/StringExtras.h"

using llvm::StringRef;

namespace swin::tools {

std::vector<int> numbersIn(StringRef layer) {
  std::vector<int> numbers;
  for (StringRef part : llvm::split(layer, '.'))
    if (int number; !part.getAsInteger(10, number))
      numbers.push_back(number);
  return numbers;
}

std::optional<AttentionPlace> attentionPlace(const std::string &show) {
  StringRef rest = show;
  AttentionPlace place;
  if (!rest.consume_front("attention:"))
    return std::nullopt;
  auto isNumber = [](StringRef text, int &number) { return !text.getAsInteger(10, number) && number >= 1; };
  size_t last = rest.rfind(".head");
  if (last != StringRef::npos && isNumber(rest.substr(last + 5), place.head))
    rest = rest.take_front(last);
  auto [stage, block] = rest.split('.');
  if (!(stage.consume_front("stage") && block.consume_front("block") && isNumber(stage, place.stage) &&
        isNumber(block, place.block)))
    place.layer = rest;
  if (rest.empty() || (!place.layer.empty() && numbersIn(rest).empty()))
    return std::nullopt;
  return place;
}

} // namespace swin::tools
