//===- Sqlite.h - statements of SQLite ------------------------------------===//
// Of the database alone.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_TUNING_SQLITE_H
#define SWIN_CODEGEN_TUNING_SQLITE_H

#include "codegen/tuning/Fields.h"

#include "llvm/Support/Error.h"

#include <sqlite3.h>
#include <string>

namespace swin::tuning {

/// A file that is open, and how its errors are said.
class Connection {
public:
  explicit Connection(std::string path) : path(std::move(path)) {}
  Connection(const Connection &) = delete;
  ~Connection() { sqlite3_close(handle); }

  /// SQLite's error of the last call: "PATH: a sentence".
  llvm::Error error() const;
  llvm::Error error(const std::string &what) const { return llvm::createStringError(path + ": " + what); }
  /// Statements without results.
  llvm::Error run(const std::string &sql) const;
  /// The first number that a statement gives.
  llvm::Expected<int64_t> number(const std::string &sql) const;

  const std::string path;
  sqlite3 *handle = nullptr;
};

/// One statement; parameters are counted from 1, columns from 0, both in the order in which they are given or asked
/// for.
class Statement {
public:
  Statement(const Connection &connection, const std::string &sql) : connection(connection) {
    status = sqlite3_prepare_v2(connection.handle, sql.c_str(), -1, &handle, nullptr);
  }
  Statement(const Statement &) = delete;
  ~Statement() { sqlite3_finalize(handle); }

  void bind(const std::string &text) {
    sqlite3_bind_text(handle, ++parameter, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  }
  void bind(int64_t number) { sqlite3_bind_int64(handle, ++parameter, number); }
  void bind(int number) { bind(static_cast<int64_t>(number)); }
  void bind(bool value) { bind(static_cast<int64_t>(value)); }
  void bind(double number) { sqlite3_bind_double(handle, ++parameter, number); }
  void bind(Outcome outcome) { bind(std::string(outcomeName(outcome))); }
  void bind(const std::vector<int64_t> &numbers);

  /// True: there is a row. False: the end, or an error, which `error` then says.
  bool step() {
    column = 0;
    if (status == SQLITE_OK || status == SQLITE_ROW)
      status = sqlite3_step(handle);
    return status == SQLITE_ROW;
  }
  llvm::Error error() const {
    bool good = status == SQLITE_OK || status == SQLITE_ROW || status == SQLITE_DONE;
    return good ? llvm::Error::success() : connection.error();
  }
  /// Runs a statement without rows.
  llvm::Error finish() {
    step();
    return error();
  }
  /// Makes it ready to run again, with other parameters.
  void reset() {
    sqlite3_reset(handle);
    status = SQLITE_OK;
    parameter = 0;
  }

  /// The next column of a row. False: not a value of this field.
  bool take(std::string &text);
  bool take(int64_t &number);
  bool take(int &number);
  bool take(bool &value);
  bool take(double &number);
  bool take(Outcome &outcome);
  bool take(std::vector<int64_t> &numbers);

private:
  const Connection &connection;
  sqlite3_stmt *handle = nullptr;
  int status = SQLITE_OK, parameter = 0, column = 0;
};

/// All that is done until commit(), or nothing of it. Waits for other programs that write.
class Transaction {
public:
  explicit Transaction(const Connection &connection) : connection(connection) {}
  ~Transaction() {
    if (open)
      sqlite3_exec(connection.handle, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  llvm::Error begin() {
    llvm::Error error = connection.run("BEGIN IMMEDIATE");
    open = !error;
    return error;
  }
  llvm::Error commit() {
    llvm::Error error = connection.run("COMMIT");
    open = static_cast<bool>(error);
    return error;
  }

private:
  const Connection &connection;
  bool open = false;
};

/// The process that uses a database, as a text: no other one has the same.
std::string thisProcess();
/// Whether a process of this machine with that text may still run.
bool mayBeAlive(const std::string &process);

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_SQLITE_H
