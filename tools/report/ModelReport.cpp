//===- ModelReport.cpp - what the compiler reports of a model, read -------===//
#include "tools/report/ModelReport.h"

#include "nlohmann/json.hpp"

#include <algorithm>

namespace swin::tools {
namespace {

using Json = nlohmann::ordered_json;
using std::string;

/// The value of a key, or null.
const Json &at(const Json &object, const char *key) {
  static const Json null;
  auto found = object.find(key);
  return found == object.end() ? null : *found;
}

double number(const Json &object, const char *key) {
  const Json &value = at(object, key);
  return value.is_number() ? value.get<double>() : 0;
}

std::optional<double> known(const Json &object, const char *key) {
  const Json &value = at(object, key);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

int64_t integer(const Json &object, const char *key) {
  const Json &value = at(object, key);
  return value.is_number_integer() ? value.get<int64_t>() : 0;
}

/// If it counts something that there is.
std::optional<size_t> index(const Json &value, size_t count) {
  if (!value.is_number_integer() || value.get<int64_t>() < 0 || value.get<int64_t>() >= static_cast<int64_t>(count))
    return std::nullopt;
  return value.get<size_t>();
}

string text(const Json &value) { return value.is_string() ? value.get<string>() : ""; }
string text(const Json &object, const char *key) { return text(at(object, key)); }

std::vector<int64_t> integers(const Json &object, const char *key) {
  std::vector<int64_t> list;
  for (const Json &value : at(object, key))
    list.push_back(value.is_number_integer() ? value.get<int64_t>() : 0);
  return list;
}

/// Of `integers`, those below `end`, -1 included.
std::vector<int64_t> before(const Json &object, const char *key, size_t end) {
  std::vector<int64_t> list = integers(object, key);
  std::erase_if(list, [&](int64_t i) { return i < -1 || i >= static_cast<int64_t>(end); });
  return list;
}

std::vector<string> texts(const Json &object, const char *key) {
  std::vector<string> list;
  for (const Json &value : at(object, key))
    list.push_back(text(value));
  return list;
}

class Reader {
public:
  Reader(const Json &json, ModelReport &report) : json(json), report(report) {}

  void read() {
    readInfo();
    size_t calls = at(json, "calls").size();
    for (const Json &op : at(at(json, "graph"), "ops"))
      report.ops.push_back({text(op, "op"), text(op, "layer"), text(op, "name"),
                            before(op, "operands", report.ops.size()), integers(op, "shape"), integer(op, "macs"),
                            index(at(op, "call"), calls), text(op, "why")});
    for (const Json &call : at(json, "calls"))
      readCall(call);
    for (const Json &kernel : at(json, "kernels"))
      readKernel(kernel);
    readArena(at(json, "arena"));
    for (const Json &remark : at(json, "remarks"))
      report.remarks.push_back({text(remark, "pass"), text(remark, "kind"), text(remark, "layer"), text(remark, "text"),
                                text(remark, "reason")});
    if (at(json, "profile").is_object())
      readProfile(at(json, "profile"));
    for (const auto &[name, bytes] : at(json, "files").items())
      report.files.emplace_back(name, bytes.is_number_integer() ? bytes.get<int64_t>() : 0);
    for (const auto &[stage, milliseconds] : at(json, "ms").items())
      report.milliseconds.emplace_back(stage, milliseconds.is_number() ? milliseconds.get<double>() : 0);
  }

private:
  void readInfo() {
    const Json &info = at(json, "info"), &size = at(json, "size");
    report.model = text(info, "model");
    report.architecture = text(info, "architecture");
    report.semantics = text(info, "semantics");
    report.n = integer(size, "n");
    report.height = integer(size, "h");
    report.width = integer(size, "w");
    for (const Json &input : at(info, "inputs"))
      report.channels = integer(input, "channels");
    report.macs = integer(info, "macs");
    report.isas = texts(info, "isas");
    report.weightsBytes = integer(json, "weights_bytes");
    report.peakMemory = integer(json, "peak_memory_bytes");
    for (const Json &stage : at(at(json, "model"), "stages"))
      report.heads.push_back(integer(stage, "heads"));
    for (const Json &output : at(json, "outputs"))
      report.outputs.push_back({text(output, "name"), integers(output, "shape")});
    for (const auto &[name, version] : at(info, "versions").items())
      report.versions.emplace_back(name, text(version));
    for (const auto &[name, hash] : at(info, "hashes").items())
      report.hashes.emplace_back(name, text(hash));
  }

  void readCall(const Json &json) {
    ModelReport::Call call{text(json, "kernel"),
                           text(json, "kind"),
                           text(json, "layer"),
                           {},
                           before(json, "reads", report.calls.size()),
                           integers(json, "shape"),
                           integer(json, "macs"),
                           integer(json, "bytes"),
                           integer(json, "weights_bytes"),
                           text(json, "output")};
    for (const Json &op : at(json, "ops"))
      if (std::optional<size_t> id = index(op, report.ops.size()))
        call.ops.push_back(*id);
    report.calls.push_back(std::move(call));
  }

  void readKernel(const Json &json) {
    ModelReport::Kernel kernel{text(json, "name"),
                               text(json, "kind"),
                               texts(json, "ops"),
                               integer(json, "calls"),
                               integer(json, "macs"),
                               integer(json, "bytes"),
                               integer(json, "scratch_bytes"),
                               {}};
    for (const Json &object : at(json, "objects"))
      kernel.objects.push_back({text(object, "isa"), text(object, "schedule"), text(object, "schedule_from"),
                                integer(object, "bytes"), number(object, "ms"), at(object, "cached") == true});
    report.kernels.push_back(std::move(kernel));
  }

  void readArena(const Json &arena) {
    report.arenaBytes = integer(arena, "bytes");
    for (const Json &slot : at(arena, "slots"))
      report.slots.push_back({integer(slot, "offset"), integer(slot, "bytes")});
    for (const Json &value : at(arena, "values")) {
      auto call = index(at(value, "call"), report.calls.size()), slot = index(at(value, "slot"), report.slots.size());
      auto from = index(at(value, "from"), report.calls.size()), to = index(at(value, "to"), report.calls.size());
      if (call && slot && from && to)
        report.values.push_back({*call, *slot, *from, *to, integer(value, "bytes")});
    }
  }

  static std::vector<ModelReport::Timed> readTimes(const Json &list) {
    std::vector<ModelReport::Timed> times;
    for (const Json &each : list)
      times.push_back({text(each, "kernel"), integer(each, "macs"), integer(each, "bytes"), number(each, "ms_min"),
                       number(each, "share"), known(each, "of_bound")});
    return times;
  }

  void readProfile(const Json &json) {
    const Json &inputs = at(json, "inputs");
    if (!inputs.is_array() || inputs.empty())
      return;
    ModelReport::Profile profile;
    auto isReported = [&](const Json &input) {
      return integer(input, "n") == report.n && integer(input, "h") == report.height &&
             integer(input, "w") == report.width;
    };
    for (size_t i = inputs.size(); i-- > 0;)
      if (isReported(inputs[i]))
        profile.input = i;
    const Json &input = inputs[profile.input];
    profile.isa = text(json, "isa");
    profile.threads = integer(json, "threads");
    profile.peakGmacs = known(json, "peak_gmacs");
    profile.bandwidth = known(json, "bandwidth_gb");
    profile.n = integer(input, "n");
    profile.height = integer(input, "h");
    profile.width = integer(input, "w");
    profile.macs = integer(input, "macs");
    profile.least = number(input, "ms_min");
    profile.outside = number(at(input, "outside"), "ms_min");
    profile.calls = readTimes(at(input, "calls"));
    profile.kernels = readTimes(at(input, "kernels"));
    report.profile = std::move(profile);
  }

  const Json &json;
  ModelReport &report;
};

/// JSON as it may stand in a page: these three are in its strings only.
string asOneLine(const Json &json) {
  string line;
  for (char c : json.dump(-1, ' ', false, Json::error_handler_t::replace))
    if (c == '<')
      line += "\\u003c";
    else if (c == '>')
      line += "\\u003e";
    else if (c == '&')
      line += "\\u0026";
    else
      line += c;
  return line;
}

} // namespace

std::optional<double> ModelReport::Profile::bound(int64_t macs, int64_t bytes) const {
  if (!peakGmacs || !bandwidth || *peakGmacs <= 0 || *bandwidth <= 0)
    return std::nullopt;
  return std::max(static_cast<double>(macs) / *peakGmacs, static_cast<double>(bytes) / *bandwidth) / 1e6;
}

bool ModelReport::Profile::isBoundByMemory(int64_t macs, int64_t bytes) const {
  return peakGmacs && bandwidth && static_cast<double>(bytes) * *peakGmacs > static_cast<double>(macs) * *bandwidth;
}

const ModelReport::Timed *ModelReport::Profile::find(const string &kernel) const {
  auto found = std::find_if(kernels.begin(), kernels.end(), [&](const Timed &one) { return one.kernel == kernel; });
  return found == kernels.end() ? nullptr : &*found;
}

const ModelReport::Kernel *ModelReport::findKernel(const string &name) const {
  auto found = std::find_if(kernels.begin(), kernels.end(), [&](const Kernel &one) { return one.name == name; });
  return found == kernels.end() ? nullptr : &*found;
}

std::optional<size_t> ModelReport::firstCall(const string &kernel) const {
  for (size_t i = 0; i < calls.size(); ++i)
    if (calls[i].kernel == kernel)
      return i;
  return std::nullopt;
}

std::optional<ReadReport> readModelReport(const string &json) {
  Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object())
    return std::nullopt;
  ReadReport read;
  Reader(parsed, read.report).read();
  read.json = asOneLine(parsed);
  return read;
}

} // namespace swin::tools
