//===- DatabaseCommands.cpp - swin-tune merge, export, import ... ---------===//
#include "tools/tune/DatabaseCommands.h"

#include "codegen/tuning/Choices.h"
#include "tools/tune/Report.h"
#include "tools/tune/Show.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <fstream>
#include <iostream>

using swin::tuning::Database;
using swin::tuning::Result;

namespace swin::tools {
namespace {

constexpr size_t mostErrors = 20;

class DatabaseCommand {
public:
  DatabaseCommand(const DatabaseOptions &options, std::vector<std::string> &errors)
      : options(options), errors(errors) {}

  void merge() {
    std::optional<Database> database = open(Database::Access::Write);
    for (const std::string &path : options.others) {
      llvm::Expected<Database> other = Database::open(path, Database::Access::Read);
      llvm::Expected<int64_t> added = !other ? other.takeError() : database ? database->merge(*other) : 0;
      if (!added)
        wrong(added.takeError());
      else if (database)
        llvm::outs() << path << ": " << *added << " results that were not there\n";
    }
  }

  void exportResults() {
    std::optional<Database> database = open(Database::Access::Read);
    if (!database)
      return;
    if (isStandard())
      return writeLines(*database, llvm::outs());
    if (llvm::sys::fs::equivalent(options.file, options.database))
      return errors.push_back(options.file + ": is the database itself");
    write([&](llvm::raw_fd_ostream &out) { writeLines(*database, out); });
  }

  void importResults() {
    std::vector<Result> results;
    if (isStandard())
      readLines(std::cin, "standard input", results);
    else if (std::ifstream stream(options.file, std::ios::binary); stream)
      readLines(stream, options.file, results);
    else
      errors.push_back(options.file + ": cannot be read: " + std::strerror(errno));
    // All or none, and no database for none.
    if (!errors.empty())
      return;
    std::optional<Database> database = open(Database::Access::Write);
    if (!database)
      return;
    llvm::Expected<int64_t> added = database->add(results);
    if (!added)
      return wrong(added.takeError());
    llvm::outs() << results.size() << " results, " << *added << " of which were not there\n";
  }

  void show() {
    if (std::optional<Database> database = open(Database::Access::Read)) {
      llvm::Expected<std::string> text = options.json ? showJson(*database) : showTable(*database);
      if (!text)
        return wrong(text.takeError());
      llvm::outs() << *text;
    }
  }

  void report() {
    if (std::optional<Database> database = open(Database::Access::Read)) {
      std::string page;
      llvm::raw_string_ostream stream(page);
      ReportOptions how = {options.run, options.cpu, options.database};
      if (llvm::Error error = writeReport(*database, how, stream))
        return wrong(std::move(error));
      if (isStandard())
        llvm::outs() << page;
      else
        write([&](llvm::raw_fd_ostream &out) { out << page; });
    }
  }

  void check() {
    if (std::optional<Database> database = open(Database::Access::Read)) {
      int64_t count = 0;
      std::string problem = database->check();
      if (!problem.empty())
        return errors.push_back(problem);
      if (llvm::Error error = database->forEach(nullptr, [&](const Result &) { ++count; }))
        return wrong(std::move(error));
      llvm::outs() << options.database << ": " << count << " results, nothing is wrong\n";
    }
  }

private:
  bool isStandard() const { return options.file.empty() || options.file == "-"; }
  void wrong(llvm::Error error) { errors.push_back(llvm::toString(std::move(error))); }

  std::optional<Database> open(Database::Access access) {
    llvm::Expected<Database> database = Database::open(options.database, access);
    if (database)
      return std::move(*database);
    wrong(database.takeError());
    return std::nullopt;
  }

  /// The file is there whole or not at all.
  template <typename Write> void write(const Write &write) {
    std::error_code code;
    llvm::raw_fd_ostream out(options.file, code, llvm::sys::fs::OF_None);
    if (!code) {
      write(out);
      out.close();
      code = out.error();
      out.clear_error();
    }
    if (code)
      errors.push_back(options.file + ": cannot be written: " + code.message());
    if (!errors.empty())
      llvm::sys::fs::remove(options.file);
  }

  void writeLines(const Database &database, llvm::raw_ostream &out) {
    if (options.best)
      return writeBest(database, out);
    if (llvm::Error error =
            database.forEach(nullptr, [&](const Result &result) { out << tuning::jsonLine(result) << '\n'; }))
      wrong(std::move(error));
  }

  void writeBest(const Database &database, llvm::raw_ostream &out) {
    llvm::Expected<std::vector<Result>> choices = tuning::choicesOf(database);
    if (!choices)
      return wrong(choices.takeError());
    for (const Result &result : *choices)
      if (!result.schedule.empty())
        out << tuning::jsonLine(result) << '\n';
  }

  void readLines(std::istream &stream, const std::string &name, std::vector<Result> &results) {
    std::string line;
    for (int64_t number = 1; errors.size() < mostErrors && std::getline(stream, line); ++number) {
      if (line.empty())
        continue;
      llvm::Expected<Result> result = tuning::resultOf(line);
      if (result)
        results.push_back(std::move(*result));
      else
        errors.push_back(name + ":" + std::to_string(number) + ": " + llvm::toString(result.takeError()));
    }
    if (stream.bad())
      errors.push_back(name + ": cannot be read: " + std::strerror(errno));
  }

  const DatabaseOptions &options;
  std::vector<std::string> &errors;
};

} // namespace

void runDatabaseCommand(const std::string &command, const DatabaseOptions &options, std::vector<std::string> &errors) {
  constexpr std::pair<const char *, void (DatabaseCommand::*)()> commands[] = {
      {"merge", &DatabaseCommand::merge},          {"export", &DatabaseCommand::exportResults},
      {"import", &DatabaseCommand::importResults}, {"show", &DatabaseCommand::show},
      {"report", &DatabaseCommand::report},        {"check", &DatabaseCommand::check},
  };
  DatabaseCommand runner(options, errors);
  for (const auto &[name, run] : commands)
    if (name == command)
      (runner.*run)();
}

} // namespace swin::tools
