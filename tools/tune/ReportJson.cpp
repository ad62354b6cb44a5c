//===- ReportJson.cpp - the results inside a report -----------------------===//
#include "tools/tune/ReportPage.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

#include <cmath>
#include <tuple>

using llvm::StringRef;
using llvm::json::OStream;
using std::vector;
using swin::tuning::Result;

namespace swin::tools {
namespace {

void number(OStream &json, double value) {
  if (std::isfinite(value))
    json.rawValue([&](llvm::raw_ostream &out) { out << llvm::format("%.7g", value); });
  else
    json.value(nullptr);
}

void string(OStream &json, StringRef text) {
  json.value(llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text));
}

void attribute(OStream &json, StringRef name, StringRef text) {
  json.attributeBegin(name);
  string(json, text);
  json.attributeEnd();
}

/// What many results of a setting have in common.
using Condition = std::tuple<std::string, std::string, int64_t, int, std::string, int64_t, double>;
Condition conditionOf(const Result &result) {
  double peak = std::isfinite(result.peak) ? result.peak : 0;
  return {result.run, result.strategy, result.seed, result.threads, result.sizes, result.macs, peak};
}

void writeCondition(OStream &json, const Condition &condition) {
  const auto &[run, strategy, seed, threads, sizes, macs, peak] = condition;
  json.object([&] {
    attribute(json, "run", run);
    attribute(json, "strategy", strategy);
    json.attribute("seed", seed);
    json.attribute("threads", threads);
    attribute(json, "sizes", sizes);
    json.attribute("macs", macs);
    json.attributeBegin("peak");
    number(json, peak);
    json.attributeEnd();
  });
}

/// Its numbers where its names are the kernel's, else its text.
void writeSchedule(OStream &json, const Result &result, const vector<std::string> &names) {
  std::optional<NamedNumbers> numbers = namedNumbers(result.schedule);
  bool same = numbers && numbers->size() == names.size();
  for (size_t i = 0; same && i < names.size(); ++i)
    same = (*numbers)[i].first == names[i];
  if (!same)
    return string(json, result.schedule);
  json.array([&] {
    for (const auto &[name, value] : *numbers)
      json.value(value);
  });
}

const char *const fields[] = {"condition", "number", "seconds",  "outcome",       "standard",      "confirmed",
                              "ratio",     "cold",   "warm",     "standard_cold", "standard_warm", "spread",
                              "rounds",    "error",  "schedule", "message"};

void writeResult(OStream &json, const Result &result, size_t condition, const vector<std::string> &names) {
  json.array([&] {
    json.value(condition);
    json.value(result.number);
    number(json, result.seconds);
    json.value(tuning::outcomeName(result.outcome));
    json.value(int(result.standard));
    json.value(int(result.confirmed));
    number(json, result.times.ratio);
    number(json, result.times.cold);
    number(json, result.times.warm);
    number(json, result.times.standardCold);
    number(json, result.times.standardWarm);
    number(json, result.times.spread);
    json.value(result.times.rounds);
    number(json, result.error);
    writeSchedule(json, result, names);
    if (!result.message.empty())
      string(json, result.message);
  });
}

void writeKernel(OStream &json, const KernelFigures &kernel, const vector<Result> &results) {
  std::map<Condition, size_t> places;
  vector<Condition> conditions;
  vector<std::string> names;
  for (size_t i : kernel.results) {
    Condition condition = conditionOf(results[i]);
    if (places.emplace(condition, conditions.size()).second)
      conditions.push_back(std::move(condition));
    if (names.empty())
      for (const auto &[name, value] : namedNumbers(results[i].schedule).value_or(NamedNumbers()))
        names.push_back(name);
  }
  json.object([&] {
    attribute(json, "kernel", kernel.kernel);
    attribute(json, "signature", kernel.setting.signature);
    attribute(json, "isa", kernel.setting.isa);
    attribute(json, "cpu", kernel.setting.cpu);
    attribute(json, "compiler", kernel.setting.compiler);
    attribute(json, "template", kernel.setting.templateName);
    attribute(json, "structure", results[kernel.results.front()].structure);
    attribute(json, "best", kernel.best ? kernel.best->schedule : "");
    json.attributeBegin("ratio");
    number(json, kernel.ratio);
    json.attributeEnd();
    json.attributeBegin("standard_cold");
    number(json, kernel.standardCold);
    json.attributeEnd();
    json.attributeArray("parameters", [&] {
      for (const std::string &name : names)
        string(json, name);
    });
    json.attributeArray("conditions", [&] {
      for (const Condition &condition : conditions)
        writeCondition(json, condition);
    });
    json.attributeArray("results", [&] {
      for (size_t i : kernel.results)
        writeResult(json, results[i], places[conditionOf(results[i])], names);
    });
  });
}

} // namespace

std::string reportJson(const ReportFigures &figures, const vector<Result> &results) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  OStream json(stream);
  json.object([&] {
    json.attribute("format", 1);
    json.attributeArray("fields", [&] {
      for (const char *field : fields)
        json.value(field);
    });
    json.attributeArray("kernels", [&] {
      for (const KernelFigures &kernel : figures.kernels)
        writeKernel(json, kernel, results);
    });
    json.attributeArray("models", [&] {
      for (const Result &model : figures.models)
        json.object([&] {
          attribute(json, "model", model.kernel);
          attribute(json, "isa", model.setting.isa);
          attribute(json, "schedules", model.schedule);
          json.attributeBegin("condition");
          writeCondition(json, conditionOf(model));
          json.attributeEnd();
          for (auto [name, value] :
               {std::pair("standard", model.times.standardCold), std::pair("tuned", model.times.cold),
                std::pair("ratio", model.times.ratio), std::pair("uncertainty", model.times.spread)}) {
            json.attributeBegin(name);
            number(json, value);
            json.attributeEnd();
          }
        });
    });
  });
  // Only within strings do these stand; the last two are no characters of XML.
  const std::pair<StringRef, StringRef> escapes[] = {
      {"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}, {"\xEF\xBF\xBE", "\\ufffe"}, {"\xEF\xBF\xBF", "\\uffff"}};
  std::string safe;
  safe.reserve(text.size());
  for (StringRef rest = text; !rest.empty();) {
    auto escape = llvm::find_if(escapes, [&](const auto &one) { return rest.starts_with(one.first); });
    bool found = escape != std::end(escapes);
    safe += found ? escape->second : rest.take_front();
    rest = rest.drop_front(found ? escape->first.size() : 1);
  }
  return safe;
}

} // namespace swin::tools
