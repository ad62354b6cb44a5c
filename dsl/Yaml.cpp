//===- Yaml.cpp - YAML as JSON values that know their place ---------------===//
// LLVM's parser reads; it parses as it is iterated over and calls itself for what it
// skips. So nothing is skipped: the first thing that is not for us ends the reading.
//===----------------------------------------------------------------------===//
#include "dsl/Yaml.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace swin::dsl {
namespace {

/// Lines and columns of places in a text, which are asked for mostly in their order.
class PlaceFinder {
public:
  explicit PlaceFinder(const std::string &text) : begin(text.data()), end(begin + text.size()), at(begin) {}

  Position of(const char *place) {
    if (place < begin || place > end)
      return {};
    if (place < at) {
      at = begin;
      here = {1, 1};
    }
    for (; at < place; ++at) {
      if (*at == '\n')
        here = {here.line + 1, 1};
      else if (at + 1 == end || (static_cast<unsigned char>(at[1]) & 0xC0) != 0x80) // a column is a character
        ++here.column;
    }
    return here;
  }

private:
  const char *begin, *end, *at;
  Position here = {1, 1};
};

/// What a scalar without quotes means.
void interpret(llvm::StringRef word, Json &json) {
  auto isOneOf = [&](std::initializer_list<const char *> words) {
    return std::any_of(words.begin(), words.end(), [&](const char *each) { return word == each; });
  };
  json.kind = Json::Kind::Text;
  json.text = word.str();
  if (isOneOf({"", "~", "null", "Null", "NULL", "None"})) {
    json.kind = Json::Kind::Null;
    return;
  }
  json.boolean = isOneOf({"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"});
  if (json.boolean || isOneOf({"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})) {
    json.kind = Json::Kind::Boolean;
    return;
  }
  // 010 is eight to some and ten to others: a text, and so an error.
  llvm::StringRef digits = word.ltrim("+-");
  if (word.size() - digits.size() > 1 || (digits.size() > 1 && digits[0] == '0' && llvm::isDigit(digits[1])))
    return;
  if (!digits.empty() && llvm::all_of(digits, llvm::isDigit) &&
      !(word.starts_with("+") ? digits : word).getAsInteger(10, json.integer)) {
    json.kind = Json::Kind::Integer;
    json.number = static_cast<double>(json.integer);
    return;
  }
  bool isNumber = digits.find_first_not_of("0123456789.eE+-") == llvm::StringRef::npos &&
                  digits.find_first_of("0123456789") != llvm::StringRef::npos;
  if (double number = 0; isNumber && !word.ltrim('+').getAsDouble(number) && std::isfinite(number)) {
    json.kind = Json::Kind::Number;
    json.number = number;
  }
}

class Converter {
public:
  Converter(const std::string &text, const std::string &file, Diagnostics &errors)
      : text(text), file(file), errors(errors), places(text) {
    sources.setDiagHandler([](const llvm::SMDiagnostic &diagnostic,
                              void *self) { static_cast<Converter *>(self)->syntaxError(diagnostic); },
                           this);
  }

  std::optional<Json> convert() {
    llvm::yaml::Stream stream(llvm::MemoryBufferRef(text, file), sources, /*ShowColors=*/false);
    llvm::yaml::document_iterator document = stream.begin();
    if (document == stream.end())
      return failed ? std::nullopt : std::optional<Json>(nothing());
    llvm::yaml::Node *node = document->getRoot();
    Json root = nothing();
    if (!node || stream.failed() || !value(node, root, 0) || stream.failed())
      return syntaxErrorIsSaid();
    bool more = ++document != stream.end();
    if (stream.failed())
      return syntaxErrorIsSaid();
    if (more) {
      llvm::yaml::Node *second = document->getRoot();
      return fail(second ? places.of(second->getSourceRange().Start.getPointer()) : Position{}, "a second document",
                  "expected one");
    }
    return root;
  }

private:
  static Json nothing() {
    Json json;
    json.where = {1, 1};
    return json;
  }

  std::nullopt_t fail(Position where, const std::string &what, const std::string &right = "") {
    if (!failed)
      errors.error(file, where, what, "", right);
    failed = true;
    return std::nullopt;
  }

  std::nullopt_t syntaxErrorIsSaid() { return fail({}, "no YAML"); }

  /// Of LLVM's; only the first is about the file, others about what the parser made of it then.
  void syntaxError(const llvm::SMDiagnostic &diagnostic) {
    fail(places.of(diagnostic.getLoc().getPointer()), "syntax error: " + printable(diagnostic.getMessage().str(), 200));
  }

  Position positionOf(llvm::yaml::Node *node) { return places.of(node->getSourceRange().Start.getPointer()); }

  /// Whether the reading can go on.
  bool value(llvm::yaml::Node *node, Json &json, size_t depth) {
    json.where = positionOf(node);
    if (++count > maxJsonValues)
      return fail(json.where, "more than " + std::to_string(maxJsonValues) + " values"), false;
    // These stand in front of what the parser says is the place of the value, or behind it.
    auto refuse = [&](llvm::StringRef written, const std::string &what) {
      fail(places.of(written.data()), what + ", " + printable(written.str()) + ", is not supported");
      return false;
    };
    if (llvm::StringRef name = node->getAnchor(); !name.empty())
      return refuse({name.data() - 1, name.size() + 1}, "an anchor");
    if (llvm::StringRef tag = node->getRawTag(); !tag.empty())
      return refuse(tag, "a tag");
    if (auto *alias = llvm::dyn_cast<llvm::yaml::AliasNode>(node))
      return refuse({alias->getName().data() - 1, alias->getName().size() + 1}, "an alias");
    bool isCollection = llvm::isa<llvm::yaml::MappingNode, llvm::yaml::SequenceNode>(node);
    if (isCollection && depth == maxJsonDepth)
      return fail(json.where, "nested deeper than " + std::to_string(maxJsonDepth) + " levels"), false;
    if (auto *mapping = llvm::dyn_cast<llvm::yaml::MappingNode>(node))
      return members(*mapping, json, depth);
    if (auto *list = llvm::dyn_cast<llvm::yaml::SequenceNode>(node)) {
      json.kind = Json::Kind::Array;
      for (llvm::yaml::Node &element : *list) {
        if (failed || !value(&element, json.elements.emplace_back(), depth + 1))
          return false;
      }
      return !failed;
    }
    return scalar(node, json);
  }

  bool members(llvm::yaml::MappingNode &mapping, Json &json, size_t depth) {
    json.kind = Json::Kind::Object;
    std::unordered_map<std::string, Position> seen;
    for (llvm::yaml::KeyValueNode &member : mapping) {
      llvm::yaml::Node *key = failed ? nullptr : member.getKey();
      Json name;
      if (!key || failed)
        return false;
      if (!llvm::isa<llvm::yaml::ScalarNode>(key))
        return fail(positionOf(key), "a key that is no text"), false;
      if (!value(key, name, depth))
        return false;
      // A mapping begins where its first key does; the parser does not say so of all.
      if (json.members.empty())
        json.where = name.where;
      llvm::yaml::Node *content = member.getValue();
      if (!content || failed)
        return false;
      json.members.push_back({keyText(name, key), name.where, {}});
      JsonMember &added = json.members.back();
      auto [first, isNew] = seen.try_emplace(added.key, added.where);
      if (!isNew)
        errors.error(file, added.where, "key \"" + printable(added.key) + "\" is there twice", "",
                     "the first is at " + std::to_string(first->second.line) + ":" +
                         std::to_string(first->second.column));
      if (!value(content, added.value, depth + 1))
        return false;
      // Nothing stands somewhere behind its key.
      if (llvm::isa<llvm::yaml::NullNode>(content))
        added.value.where = added.where;
    }
    return !failed;
  }

  /// A key is the text that it is written as, be it a number or "on".
  static std::string keyText(const Json &name, llvm::yaml::Node *key) {
    return name.kind == Json::Kind::Text ? name.text : llvm::cast<llvm::yaml::ScalarNode>(key)->getRawValue().str();
  }

  bool scalar(llvm::yaml::Node *node, Json &json) {
    if (auto *block = llvm::dyn_cast<llvm::yaml::BlockScalarNode>(node)) {
      json.kind = Json::Kind::Text;
      json.text = block->getValue().str();
    } else if (auto *flow = llvm::dyn_cast<llvm::yaml::ScalarNode>(node)) {
      llvm::SmallString<64> storage;
      llvm::StringRef raw = flow->getRawValue(), read = flow->getValue(storage);
      if (raw.starts_with("\"") || raw.starts_with("'")) {
        json.kind = Json::Kind::Text;
        json.text = read.str();
      } else {
        interpret(read, json);
      }
    }
    return !failed;
  }

  const std::string &text, &file;
  Diagnostics &errors;
  PlaceFinder places;
  llvm::SourceMgr sources;
  size_t count = 0;
  bool failed = false;
};

/// Whether it is UTF-8 without control characters, the only text that the parser should see.
bool isText(const std::string &text, size_t &where) {
  const auto *begin = reinterpret_cast<const llvm::UTF8 *>(text.data()), *place = begin, *end = begin + text.size();
  bool good = llvm::isLegalUTF8String(&place, end);
  where = static_cast<size_t>(place - begin);
  for (size_t i = 0; i < where; ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7F) {
      where = i;
      return false;
    }
  }
  return good;
}

} // namespace

std::optional<Json> parseYaml(const std::string &text, const std::string &file, Diagnostics &errors) {
  if (text.size() > maxYamlBytes) {
    errors.error(file, {}, "larger than " + std::to_string(maxYamlBytes >> 20) + " MiB", "",
                 "expected a description of a model");
    return std::nullopt;
  }
  errors.keep(file, text);
  if (size_t where = 0; !isText(text, where)) {
    char byte[8];
    std::snprintf(byte, sizeof byte, "0x%02X", static_cast<unsigned char>(text[where]));
    errors.error(file, PlaceFinder(text).of(text.data() + where), std::string("a byte of value ") + byte, "",
                 "expected text in UTF-8");
    return std::nullopt;
  }
  return Converter(text, file, errors).convert();
}

} // namespace swin::dsl
