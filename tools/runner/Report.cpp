//===- Report.cpp - sizes and times of runs --------------------------------===//
#include "tools/runner/Report.h"

#include "runtime/image/File.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace swin::runner {
namespace {

using Json = nlohmann::ordered_json;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/// Names of files may be any bytes.
std::string dump(const Json &json, int indent) { return json.dump(indent, ' ', false, Json::error_handler_t::replace); }

} // namespace

void Report::begin(const std::string &path, int batch, int height, int width, size_t workspaceBytes) {
  if (inputs++ == 0) {
    n = batch;
    h = height;
    w = width;
  }
  peakWorkspaceBytes = std::max(peakWorkspaceBytes, workspaceBytes);
  runs.push_back({path, batch, height, width, {}});
}

void Report::add(double milliseconds) { runs.back().milliseconds.push_back(milliseconds); }

std::string jsonLine(const Report &report) {
  std::vector<double> all;
  for (const Report::Input &input : report.runs)
    all.insert(all.end(), input.milliseconds.begin(), input.milliseconds.end());
  Json json = {{"model", report.model},
               {"n", report.n},
               {"h", report.h},
               {"w", report.w},
               {"threads", report.threads},
               {"isa", report.isa},
               {"runs", all.size()},
               {"ms_min", *std::min_element(all.begin(), all.end())},
               {"ms_median", median(all)},
               {"macs", nullptr},
               {"peak_workspace_bytes", report.peakWorkspaceBytes}};
  if (report.macs)
    json["macs"] = static_cast<uint64_t>(*report.macs);
  return dump(json, -1);
}

std::string profileText(const Report &report) {
  Json json = {{"model", report.model},
               {"threads", report.threads},
               {"isa", report.isa},
               {"of", "whole runs"},
               {"inputs", Json::array()}};
  for (const Report::Input &input : report.runs)
    json["inputs"].push_back(
        {{"input", input.path}, {"n", input.n}, {"h", input.h}, {"w", input.w}, {"ms", input.milliseconds}});
  return dump(json, 2) + "\n";
}

bool writeText(StagedFiles &files, const std::string &path, const std::string &text, std::string &error) {
  std::string temporary = files.stage(path), problem;
  image::File file;
  if (file.openToWrite(temporary, problem) && file.write(text.data(), text.size(), problem) && file.close(problem))
    return true;
  error = path + ": error: " + problem;
  return false;
}

} // namespace swin::runner
