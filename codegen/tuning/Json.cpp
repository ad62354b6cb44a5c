//===- Json.cpp - a result as a line of JSON ------------------------------===//
#include "codegen/tuning/Database.h"
#include "codegen/tuning/Fields.h"

#include <nlohmann/json.hpp>

#include <set>

using Json = nlohmann::ordered_json;

namespace swin::tuning {
namespace {

constexpr size_t mostBytes = 1 << 20;

/// Takes the fields of a line out of its object.
class Reader {
public:
  explicit Reader(const Json &object) : object(object) {}

  void operator()(const char *name, std::string &field) {
    if (const Json *value = find(name, &Json::is_string, "a text"))
      field = value->get<std::string>();
  }
  void operator()(const char *name, bool &field) {
    if (const Json *value = find(name, &Json::is_boolean, "true or false"))
      field = value->get<bool>();
  }
  void operator()(const char *name, double &field) {
    if (const Json *value = find(name, &Json::is_number, "a number"))
      field = value->get<double>();
  }
  void operator()(const char *name, int64_t &field) {
    if (const Json *value = find(name, &Json::is_number_integer, "a whole number"))
      takeInteger(name, *value, field);
  }
  void operator()(const char *name, int &field) {
    int64_t wide = 0;
    (*this)(name, wide);
    if (wide != static_cast<int>(wide))
      wrong(std::string("field '") + name + "' is out of range: " + std::to_string(wide));
    field = static_cast<int>(wide);
  }
  void operator()(const char *name, Outcome &field) {
    std::string text;
    (*this)(name, text);
    if (std::optional<Outcome> outcome = outcomeOf(text))
      field = *outcome;
    else
      wrong("field 'outcome' is '" + text + "', expected one of measured stopped wrong failed crashed withdrawn");
  }
  void operator()(const char *name, std::vector<int64_t> &field) {
    const Json *value = find(name, &Json::is_array, "a list of whole numbers");
    if (!value)
      return;
    field.resize(value->size());
    for (size_t i = 0; i < field.size(); ++i)
      if ((*value)[i].is_number_integer())
        takeInteger(name, (*value)[i], field[i]);
      else
        return wrong(std::string("field '") + name + "' is not a list of whole numbers");
  }

  /// The first thing that is wrong, or "".
  std::string problem;
  std::set<std::string> known;

private:
  void wrong(const std::string &what) {
    if (problem.empty())
      problem = what;
  }
  const Json *find(const char *name, bool (Json::*is)() const noexcept, const char *expected) {
    known.insert(name);
    auto value = object.find(name);
    if (value == object.end())
      wrong(std::string("no field '") + name + "', expected " + expected);
    else if (!((*value).*is)())
      wrong(std::string("field '") + name + "' is not " + expected);
    else
      return &*value;
    return nullptr;
  }
  void takeInteger(const char *name, const Json &value, int64_t &field) {
    if (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX)
      return wrong(std::string("field '") + name + "' is out of range: " + value.dump());
    field = value.get<int64_t>();
  }

  const Json &object;
};

/// The object of a line, or what is wrong with it.
std::string parse(llvm::StringRef line, Json &object) {
  if (line.size() > mostBytes)
    return "a line of " + std::to_string(line.size()) + " bytes, at most " + std::to_string(mostBytes);
  std::string twice;
  bool deep = false;
  std::set<std::string> names;
  auto watch = [&](int depth, Json::parse_event_t event, Json &value) {
    if (event == Json::parse_event_t::key && depth == 1 && !names.insert(value.get<std::string>()).second)
      twice = value.get<std::string>();
    deep |= depth > 1 && (event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start);
    return !deep;
  };
  object = Json::parse(line.begin(), line.end(), watch, /*allow_exceptions=*/false);
  if (deep)
    return "expected texts, numbers and lists of numbers, found what is nested deeper";
  if (object.is_discarded() || !object.is_object())
    return "expected an object of JSON on one line";
  return twice.empty() ? "" : "field '" + twice + "' is there twice";
}

llvm::Error refuse(const std::string &problem) {
  return llvm::createStringError("not a result: " + plainText(problem, 300));
}

} // namespace

std::string jsonLine(const Result &result) {
  Json object = {{"format", formatVersion}};
  visitFields(result, [&](const char *name, const auto &field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, Outcome>)
      object[name] = outcomeName(field);
    else
      object[name] = field;
  });
  return object.dump(-1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

llvm::Expected<Result> resultOf(llvm::StringRef line) {
  Json object;
  if (std::string problem = parse(line, object); !problem.empty())
    return refuse(problem);
  Result result;
  Reader reader(object);
  int64_t format = 0;
  reader("format", format);
  if (reader.problem.empty() && format != formatVersion)
    return refuse("its format is " + std::to_string(format) + ", this program knows format " +
                  std::to_string(formatVersion));
  visitFields(result, reader);
  for (const auto &[name, value] : object.items())
    if (reader.problem.empty() && !reader.known.contains(name))
      reader.problem = "field '" + name + "' is unknown";
  if (reader.problem.empty())
    reader.problem = problemOf(result);
  if (!reader.problem.empty())
    return refuse(reader.problem);
  return result;
}

} // namespace swin::tuning
