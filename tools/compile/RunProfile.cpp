//===- RunProfile.cpp - times of a library's runs, for its report ----------===//
#include "tools/compile/RunProfile.h"

#include <algorithm>
#include <utility>

namespace swin::tools {
namespace {

using dsl::Json;

/// Looks for what a profile has, and says what is not there.
class Form {
public:
  Form(const std::string &path, dsl::Diagnostics &errors) : path(path), errors(errors) {}

  void check(const Json &profile) {
    texts(profile, {"model", "isa"});
    numbers(profile, {"threads", "peak_gmacs", "bandwidth_gb"});
    for (const Json &input : list(profile, "inputs")) {
      texts(input, {"input"});
      numbers(input, {"n", "h", "w", "ms_min", "ms_median", "macs"});
      for (const Json &time : list(input, "ms"))
        if (!isNumber(time))
          wrong(time, "a number of milliseconds");
      times(input, "calls", {"kernel", "kind", "layer"});
      times(input, "kernels", {"kernel", "kind"});
      times(input, "kinds", {"kind"});
      if (const Json *outside = value(input, "outside"))
        numbers(*outside, {"ms_min", "ms_median", "share"});
    }
  }

private:
  using Keys = std::initializer_list<const char *>;

  /// What is not known is null.
  static bool isNumber(const Json &value) {
    return value.kind == Json::Kind::Integer || value.kind == Json::Kind::Number || value.kind == Json::Kind::Null;
  }
  void wrong(const Json &value, const std::string &right) {
    errors.error(path, value.where,
                 "expected " + right + ", as swin-run --profile writes it, found " + describe(value));
  }
  const Json *value(const Json &object, const char *key) {
    const Json *found = object.kind == Json::Kind::Object ? object.find(key) : nullptr;
    if (!found)
      wrong(object, std::string("an object with the key \"") + key + "\"");
    return found;
  }
  void texts(const Json &object, Keys keys) {
    for (const char *key : keys)
      if (const Json *found = value(object, key); found && found->kind != Json::Kind::Text)
        wrong(*found, std::string("a text as \"") + key + "\"");
  }
  void numbers(const Json &object, Keys keys) {
    for (const char *key : keys)
      if (const Json *found = value(object, key); found && !isNumber(*found))
        wrong(*found, std::string("a number as \"") + key + "\"");
  }
  const std::vector<Json> &list(const Json &object, const char *key) {
    static const std::vector<Json> none;
    const Json *found = value(object, key);
    if (found && found->kind != Json::Kind::Array)
      wrong(*found, std::string("a list as \"") + key + "\"");
    return found ? found->elements : none;
  }
  void times(const Json &input, const char *key, Keys names) {
    for (const Json &time : list(input, key)) {
      texts(time, names);
      numbers(time, {"calls", "ms_min", "ms_median", "share", "macs", "bytes", "of_peak", "of_bound"});
    }
  }

  const std::string &path;
  dsl::Diagnostics &errors;
};

std::string nameOf(const std::string &kernel, const std::string &layer) { return kernel + " at " + layer; }

} // namespace

bool RunProfile::read(const std::string &from, dsl::Diagnostics &errors) {
  path = from;
  std::optional<std::string> text = dsl::readTextFile(path, errors);
  std::optional<Json> parsed = text ? dsl::parseJson(*text, path, errors) : std::nullopt;
  if (!parsed)
    return false;
  Form(path, errors).check(*parsed);
  content = std::move(*text);
  json = std::move(*parsed);
  return errors.good();
}

bool RunProfile::checkFits(const std::string &model, const codegen::CompileReport &report,
                           dsl::Diagnostics &errors) const {
  const Json &found = *json.find("model");
  if (found.text != model) {
    errors.error(path, found.where, "the profile is of the model " + describe(found), "",
                 "expected one of \"" + model + "\"");
    return false;
  }
  auto other = [&](const Json &where, const std::string &what) {
    errors.error(path, where.where, what, "", "expected a profile of this model's library as it is compiled now");
  };
  for (const Json &input : json.find("inputs")->elements) {
    const std::vector<Json> &calls = input.find("calls")->elements;
    for (size_t i = 0; i < std::min(calls.size(), report.calls.size()); ++i) {
      const codegen::CompileReport::Call &call = report.calls[i];
      const std::string &kernel = calls[i].find("kernel")->text, &layer = calls[i].find("layer")->text;
      if (std::pair(kernel, layer) != std::pair(call.kernel, call.layer))
        other(calls[i], "call " + std::to_string(i) + " is of kernel " + dsl::printable(nameOf(kernel, layer)) +
                            ", that of the model of " + dsl::printable(nameOf(call.kernel, call.layer)));
      if (!errors.good())
        return false;
    }
    if (calls.size() != report.calls.size())
      other(input, "there are " + std::to_string(calls.size()) + " calls of kernels, in the model " +
                       std::to_string(report.calls.size()));
  }
  return errors.good();
}

} // namespace swin::tools
