//===- Report.cpp - sizes and times of runs --------------------------------===//
#include "tools/runner/Report.h"

#include "runtime/image/File.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace swin::runner {
using Json = nlohmann::ordered_json;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::string jsonText(const Json &json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

void Report::begin(const std::string &path, int batch, int height, int width, size_t workspaceBytes) {
  if (inputs++ == 0) {
    n = batch;
    h = height;
    w = width;
  }
  peakWorkspaceBytes = std::max(peakWorkspaceBytes, workspaceBytes);
  runs.push_back({path, batch, height, width, {}, {}});
}

void Report::add(double milliseconds) { runs.back().milliseconds.push_back(milliseconds); }

std::string jsonLine(const Report &report) {
  std::vector<double> all;
  for (const InputTimes &input : report.runs)
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
               {"macs", report.macs},
               {"peak_workspace_bytes", report.peakWorkspaceBytes}};
  return jsonText(json, -1);
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
