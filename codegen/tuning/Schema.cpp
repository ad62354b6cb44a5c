//===- Schema.cpp - the tables of a database ------------------------------===//
#include "codegen/tuning/Schema.h"

#include "codegen/tuning/Fields.h"

#include "llvm/ADT/StringExtras.h"

namespace swin::tuning {
namespace {

const char *typeOf(const std::string &) { return "TEXT"; }
const char *typeOf(const std::vector<int64_t> &) { return "TEXT"; }
const char *typeOf(Outcome) { return "TEXT"; }
const char *typeOf(double) { return "REAL"; }
const char *typeOf(int64_t) { return "INTEGER"; }
const char *typeOf(int) { return "INTEGER"; }
const char *typeOf(bool) { return "INTEGER"; }

/// What `text` makes of each column of a setting.
template <typename Text> std::string ofSetting(const char *between, const Text &text) {
  std::vector<std::string> parts;
  visitSetting(static_cast<const Setting &>(Setting()),
               [&](const char *name, const std::string &) { parts.push_back(text(std::string(name))); });
  return llvm::join(parts, between);
}

std::string columns(bool withTypes) {
  std::vector<std::string> columns;
  visitFields(static_cast<const Result &>(Result()), [&](const char *name, const auto &field) {
    columns.push_back(withTypes ? std::string(name) + " " + typeOf(field) + " NOT NULL" : name);
  });
  return llvm::join(columns, ", ");
}

} // namespace

std::string isSetting() {
  return ofSetting(" AND ", [](const std::string &name) { return name + " = ?"; });
}

std::string resultColumns() { return columns(false); }

std::vector<std::string> schema() {
  std::string setting = ofSetting(", ", [](const std::string &name) { return name; });
  std::string equal = ofSetting(" AND ", [](const std::string &name) { return "r." + name + " = o." + name; });
  return {
      "CREATE TABLE results (id INTEGER PRIMARY KEY, " + columns(true) + ") STRICT",
      "CREATE UNIQUE INDEX results_number ON results (run, number, " + setting + ")",
      "CREATE INDEX results_setting ON results (" + setting + ", schedule)",
      "CREATE TRIGGER results_update BEFORE UPDATE ON results BEGIN SELECT RAISE(ABORT, 'results are never changed'); "
      "END",
      "CREATE TRIGGER results_delete BEFORE DELETE ON results BEGIN SELECT RAISE(ABORT, 'results are never deleted'); "
      "END",
      "CREATE VIEW candidates AS SELECT * FROM results r WHERE confirmed AND outcome = 'measured' AND ratio > 1 AND "
      "NOT EXISTS (SELECT 1 FROM results o WHERE " +
          equal +
          " AND r.schedule = o.schedule AND (o.outcome IN ('wrong', 'crashed') OR o.outcome = 'withdrawn' AND o.id > "
          "r.id))",
      "CREATE VIEW best AS SELECT * FROM candidates r WHERE NOT EXISTS (SELECT 1 FROM candidates o WHERE " + equal +
          " AND (o.ratio > r.ratio OR o.ratio = r.ratio AND o.id < r.id))",
      // What a process is at; without a process, what a run was at that is no longer alive.
      "CREATE TABLE attempts (id INTEGER PRIMARY KEY, process TEXT NOT NULL, run TEXT NOT NULL, what TEXT NOT NULL, "
      "result TEXT NOT NULL) STRICT",
  };
}

} // namespace swin::tuning
