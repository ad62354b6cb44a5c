//===- Sqlite.cpp - statements of SQLite ----------------------------------===//
#include "codegen/tuning/Sqlite.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

#include <fstream>
#include <iterator>
#include <unistd.h>

using llvm::StringRef;

namespace swin::tuning {
namespace {

std::string contents(const std::string &path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// When a process began, in ticks since the machine did; "" if there is none.
std::string beginOf(const std::string &process) {
  std::string status = contents("/proc/" + process + "/stat");
  // Field 22; the second one, the program's name in parentheses, may have blanks.
  llvm::SmallVector<StringRef> fields;
  StringRef(status).rsplit(')').second.split(fields, ' ', -1, /*KeepEmpty=*/false);
  return fields.size() > 19 ? fields[19].str() : "";
}

std::string thisMachine() { return StringRef(contents("/proc/sys/kernel/random/boot_id")).trim().str(); }

/// Numbers of processes mean something within it.
std::string processSpace() {
  char name[64];
  ssize_t length = readlink("/proc/self/ns/pid", name, sizeof name);
  return length > 0 ? std::string(name, static_cast<size_t>(length)) : "pid";
}

} // namespace

llvm::Error Connection::error() const {
  switch (sqlite3_errcode(handle)) {
  case SQLITE_NOTADB:
    return error("not a database of schedules");
  case SQLITE_CORRUPT:
    return error("the database is damaged");
  case SQLITE_FULL:
    return error("no space is left");
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return error("another program keeps the database locked");
  case SQLITE_READONLY:
    return error("the database can't be written");
  case SQLITE_CANTOPEN:
    return error("the database can't be opened");
  default:
    return error(sqlite3_errmsg(handle));
  }
}

llvm::Error Connection::run(const std::string &sql) const {
  return sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK ? llvm::Error::success() : error();
}

llvm::Expected<int64_t> Connection::number(const std::string &sql) const {
  Statement statement(*this, sql);
  int64_t number = 0;
  if (!statement.step() || !statement.take(number)) {
    if (llvm::Error error = statement.error())
      return error;
    return error("the database is damaged");
  }
  return number;
}

void Statement::bind(const std::vector<int64_t> &numbers) {
  bind(llvm::join(llvm::map_range(numbers, [](int64_t number) { return std::to_string(number); }), " "));
}

bool Statement::take(std::string &text) {
  bool good = sqlite3_column_type(handle, column) == SQLITE_TEXT;
  const unsigned char *bytes = sqlite3_column_text(handle, column);
  int length = sqlite3_column_bytes(handle, column++);
  if (good && bytes)
    text.assign(reinterpret_cast<const char *>(bytes), static_cast<size_t>(length));
  return good && bytes;
}

bool Statement::take(int64_t &number) {
  bool good = sqlite3_column_type(handle, column) == SQLITE_INTEGER;
  number = sqlite3_column_int64(handle, column++);
  return good;
}

bool Statement::take(int &number) {
  int64_t wide = 0;
  bool good = take(wide);
  number = static_cast<int>(wide);
  return good && number == wide;
}

bool Statement::take(bool &value) {
  int64_t wide = 0;
  bool good = take(wide);
  value = wide != 0;
  return good && (wide == 0 || wide == 1);
}

bool Statement::take(double &number) {
  bool good = sqlite3_column_type(handle, column) == SQLITE_FLOAT;
  number = sqlite3_column_double(handle, column++);
  return good;
}

bool Statement::take(Outcome &outcome) {
  std::string name;
  if (!take(name))
    return false;
  std::optional<Outcome> known = outcomeOf(name);
  outcome = known.value_or(Outcome::Failed);
  return known.has_value();
}

bool Statement::take(std::vector<int64_t> &numbers) {
  std::string text;
  if (!take(text))
    return false;
  llvm::SmallVector<StringRef> parts;
  StringRef(text).split(parts, ' ', -1, /*KeepEmpty=*/false);
  numbers.resize(parts.size());
  for (auto [part, number] : llvm::zip_equal(parts, numbers))
    if (part.getAsInteger(10, number))
      return false;
  return true;
}

std::string thisProcess() {
  std::string process = std::to_string(getpid());
  return thisMachine() + " " + processSpace() + " " + process + " " + beginOf("self");
}

bool mayBeAlive(const std::string &process) {
  llvm::SmallVector<StringRef> parts;
  StringRef(process).split(parts, ' ');
  if (parts.size() != 4 || parts[0] != thisMachine())
    return false;
  // Those of another container are not seen from here.
  if (parts[1] != processSpace())
    return true;
  int64_t number = 0;
  return !parts[2].getAsInteger(10, number) && number > 0 && beginOf(parts[2].str()) == parts[3];
}

} // namespace swin::tuning
