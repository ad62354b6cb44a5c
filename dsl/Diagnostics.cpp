//===- Diagnostics.cpp - what is wrong with a user's files ----------------===//
#include "dsl/Diagnostics.h"

#include "dsl/Excerpt.h"

#include <nlohmann/json.hpp>

namespace swin::dsl {

std::string headline(const Diagnostic &diagnostic) {
  std::string line = diagnostic.file;
  if (diagnostic.where.line > 0)
    line += ":" + std::to_string(diagnostic.where.line) + ":" + std::to_string(diagnostic.where.column);
  line += line.empty() ? "" : ": ";
  line += (diagnostic.severity == Diagnostic::Severity::Error ? "error: " : "note: ") + diagnostic.what;
  if (!diagnostic.pointer.empty())
    line += " (at " + diagnostic.pointer + ")";
  if (!diagnostic.right.empty())
    line += "; " + diagnostic.right;
  return line;
}

std::vector<std::string> headlines(const std::vector<Diagnostic> &diagnostics) {
  std::vector<std::string> lines;
  for (const Diagnostic &diagnostic : diagnostics)
    lines.push_back(headline(diagnostic));
  return lines;
}

std::string jsonLine(const Diagnostic &diagnostic) {
  nlohmann::ordered_json json;
  auto add = [&](const char *key, const auto &value, bool isThere) {
    if (isThere)
      json[key] = value;
  };
  json["severity"] = diagnostic.severity == Diagnostic::Severity::Error ? "error" : "note";
  add("file", diagnostic.file, !diagnostic.file.empty());
  add("line", diagnostic.where.line, diagnostic.where.line > 0);
  add("column", diagnostic.where.column, diagnostic.where.line > 0);
  add("end_column", diagnostic.endColumn, diagnostic.endColumn > 0);
  json["message"] = diagnostic.what;
  add("pointer", diagnostic.pointer, !diagnostic.pointer.empty());
  add("right", diagnostic.right, !diagnostic.right.empty());
  if (const std::optional<Fix> &fix = diagnostic.fix)
    json["fix"] = {
        {"line", fix->where.line}, {"column", fix->where.column}, {"end_column", fix->endColumn}, {"text", fix->text}};
  add("layer", diagnostic.layer, !diagnostic.layer.empty());
  // Names of files need not be UTF-8.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Diagnostics::keep(const std::string &file, const std::string &text) {
  texts[file] = std::make_shared<const std::string>(text);
}

void Diagnostics::error(Diagnostic diagnostic, const Replacement &replace) {
  auto text = texts.find(diagnostic.file);
  if (text != texts.end() && diagnostic.where.line > 0)
    showPlace(*text->second, diagnostic, replace);
  all.push_back(std::move(diagnostic));
}

void Diagnostics::error(const std::string &file, Position where, const std::string &what, const std::string &pointer,
                        const std::string &right, const Replacement &replace) {
  Diagnostic diagnostic;
  diagnostic.file = file;
  diagnostic.where = where;
  diagnostic.what = what;
  diagnostic.pointer = pointer;
  diagnostic.right = right;
  error(std::move(diagnostic), replace);
}

void Diagnostics::note(const std::string &file, const std::string &what) {
  Diagnostic &diagnostic = remarks.emplace_back();
  diagnostic.severity = Diagnostic::Severity::Note;
  diagnostic.file = file;
  diagnostic.what = what;
}

} // namespace swin::dsl
