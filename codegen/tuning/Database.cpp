//===- Database.cpp - results of experiments, kept ------------------------===//
// A process that is killed loses nothing: SQLite undoes what was not committed when the file is opened next. While
// programs use the file, beside it lie its log FILE-wal and FILE-shm; the last one to close puts all into FILE, which
// can then be read where nothing can be written.
//===----------------------------------------------------------------------===//
#include "codegen/tuning/Database.h"
#include "codegen/tuning/Schema.h"
#include "codegen/tuning/Sqlite.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <mutex>

namespace swin::tuning {
namespace {

constexpr int patience = 30000;    // ms to wait for other programs
constexpr int mostBytes = 1 << 20; // of a row

/// A path inside a URI of SQLite.
std::string escaped(const std::string &path) {
  std::string text;
  for (char c : path)
    text += llvm::isAlnum(c) || c == '/' || c == '.' ? std::string(1, c) : "%" + llvm::toHex(std::string(1, c));
  return text;
}

llvm::Error readRow(const Connection &file, Statement &row, int64_t &id, Result &result) {
  bool good = row.take(id);
  visitFields(result, [&](const char *, auto &field) { good &= row.take(field); });
  std::string problem = good ? problemOf(result) : "a column has another type";
  if (problem.empty())
    return llvm::Error::success();
  return file.error("the database is damaged: result " + std::to_string(id) + ": " + plainText(problem, 300));
}

/// All rows of a query that gives id and the columns of a result, by id; `last` becomes the last id.
llvm::Expected<std::vector<Result>> readRows(const Connection &file, Statement &query, int64_t &last) {
  std::vector<Result> results;
  while (query.step()) {
    Result result;
    int64_t before = last;
    if (llvm::Error error = readRow(file, query, last, result))
      return error;
    // Who goes on behind the last one would never come to an end.
    if (last <= before)
      return file.error("the database is damaged: result " + std::to_string(last) + " stands behind result " +
                        std::to_string(before));
    results.push_back(std::move(result));
  }
  if (llvm::Error error = query.error())
    return error;
  return results;
}

/// What an attempt is known by.
std::string keyOf(const Result &result) {
  std::string key;
  visitSetting(result.setting, [&](const char *, const std::string &field) { key += field + "\n"; });
  return key + result.schedule;
}

void bindSetting(Statement &statement, const Setting &setting) {
  visitSetting(setting, [&](const char *, const std::string &field) { statement.bind(field); });
}

} // namespace

struct Database::State : Connection {
  using Connection::Connection;
  ~State() {
    // Fails where others have the file open; then the log stays with them.
    if (!writes)
      return;
    sqlite3_busy_timeout(handle, 0);
    sqlite3_exec(handle, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
  }

  llvm::Error open(Access access);
  llvm::Error append(const Result &result);
  llvm::Expected<int64_t> add(llvm::ArrayRef<Result> results);
  llvm::Expected<std::vector<Result>> page(const Setting *setting, int64_t &last);
  llvm::Expected<std::vector<Result>> best(const std::string &where, const std::vector<std::string> &values);
  llvm::Expected<std::vector<std::string>> distinct(const char *column);
  llvm::Error settle(int64_t id, const std::string &what, const std::string &line);
  llvm::Error checkAttempts();

  std::mutex mutex;
  bool writes = false;

private:
  llvm::Error openFile(const std::string &name, int mode);
  llvm::Error create();
  llvm::Error checkFormat();
  llvm::Expected<bool> insert(const Result &result);
};

llvm::Error Database::State::openFile(const std::string &name, int mode) {
  sqlite3_close(handle);
  if (sqlite3_open_v2(name.c_str(), &handle, mode | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK)
    return error();
  sqlite3_busy_timeout(handle, patience);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, mostBytes);
  // Files may come from anyone.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return run("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA synchronous = FULL; "
             "SELECT count(*) FROM sqlite_schema");
}

llvm::Error Database::State::open(Access access) {
  bool write = access == Access::Write;
  if (llvm::sys::fs::is_directory(path))
    return error("a folder; expected a database of schedules");
  if (!write && !llvm::sys::fs::exists(path))
    return error("no such file; expected a database of schedules");
  // ":memory:" and "file:..." are names of files here.
  std::string name = path.starts_with("/") ? path : "./" + path;
  llvm::Error failure = openFile(name, write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  // A file that needs a log beside it where none can be made.
  int code = sqlite3_errcode(handle);
  if (failure && !write && (code == SQLITE_CANTOPEN || code == SQLITE_READONLY)) {
    llvm::consumeError(std::move(failure));
    if (llvm::sys::fs::exists(path + "-wal"))
      return error("the program that used it was killed; it can be read when one that may write has opened it");
    // So nobody else can change it.
    failure = openFile("file:" + escaped(name) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  }
  if (failure)
    return failure;
  if (write && sqlite3_db_readonly(handle, "main") != 0)
    return error("the database can't be written");
  if (write)
    if (llvm::Error error = create())
      return error;
  if (llvm::Error error = checkFormat())
    return error;
  writes = write;
  // Without a log, where a file system shares no memory or others read just now, all is as safe but slower.
  if (writes) {
    sqlite3_busy_timeout(handle, 200);
    sqlite3_exec(handle, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    sqlite3_busy_timeout(handle, patience);
  }
  return llvm::Error::success();
}

/// Fills an empty file.
llvm::Error Database::State::create() {
  Transaction transaction(*this);
  llvm::Expected<int64_t> filled = number("SELECT count(*) FROM sqlite_schema");
  if (!filled)
    return filled.takeError();
  if (*filled != 0)
    return llvm::Error::success();
  if (llvm::Error error = transaction.begin())
    return error;
  // Another program may just have done it.
  filled = number("SELECT (SELECT count(*) FROM sqlite_schema) + (SELECT application_id <> 0 FROM "
                  "pragma_application_id)");
  if (!filled)
    return filled.takeError();
  if (*filled != 0)
    return llvm::Error::success();
  for (const std::string &statement : schema())
    if (llvm::Error error = run(statement))
      return error;
  if (llvm::Error error = run("PRAGMA application_id = " + std::to_string(applicationId) +
                              "; PRAGMA user_version = " + std::to_string(formatVersion)))
    return error;
  return transaction.commit();
}

llvm::Error Database::State::checkFormat() {
  llvm::Expected<int64_t> application = number("PRAGMA application_id");
  if (!application)
    return application.takeError();
  if (*application != applicationId)
    return error("not a database of schedules");
  llvm::Expected<int64_t> version = number("PRAGMA user_version");
  if (!version)
    return version.takeError();
  if (*version > formatVersion)
    return error("a database of format " + std::to_string(*version) + "; this program knows format " +
                 std::to_string(formatVersion));
  // Views and triggers run when a table is used: only ours may.
  Statement statement(*this, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' "
                             "ESCAPE '!' ORDER BY sql");
  std::vector<std::string> found, expected = schema();
  for (std::string text; statement.step() && statement.take(text);)
    found.push_back(text);
  if (llvm::Error error = statement.error())
    return error;
  llvm::sort(expected);
  return found == expected
             ? llvm::Error::success()
             : error("the database is damaged: its tables are not those of format " + std::to_string(formatVersion));
}

/// False: it is there.
llvm::Expected<bool> Database::State::insert(const Result &result) {
  if (std::string problem = problemOf(result); !problem.empty())
    return error("a result that can't be kept: " + plainText(problem, 300));
  std::string values = "?";
  visitFields(result, [&, first = true](const char *, const auto &) mutable {
    values += first ? "" : ", ?";
    first = false;
  });
  Statement statement(*this,
                      "INSERT INTO results (" + resultColumns() + ") VALUES (" + values + ") ON CONFLICT DO NOTHING");
  visitFields(result, [&](const char *, const auto &field) { statement.bind(field); });
  if (llvm::Error error = statement.finish())
    return error;
  return sqlite3_changes(handle) == 1;
}

llvm::Error Database::State::append(const Result &result) {
  Transaction transaction(*this);
  if (llvm::Error error = transaction.begin())
    return error;
  llvm::Expected<bool> isNew = insert(result);
  if (!isNew)
    return isNew.takeError();
  if (!*isNew)
    return error("run " + result.run + " has already given a result " + std::to_string(result.number) + " of kernel " +
                 result.kernel);
  Statement done(*this, "DELETE FROM attempts WHERE what = ? AND (process = '' OR run = ?)");
  done.bind(keyOf(result));
  done.bind(result.run);
  if (llvm::Error error = done.finish())
    return error;
  return transaction.commit();
}

llvm::Expected<int64_t> Database::State::add(llvm::ArrayRef<Result> results) {
  Transaction transaction(*this);
  if (llvm::Error error = transaction.begin())
    return error;
  int64_t count = 0;
  for (const Result &result : results) {
    llvm::Expected<bool> isNew = insert(result);
    if (!isNew)
      return isNew.takeError();
    count += *isNew;
  }
  if (llvm::Error error = transaction.commit())
    return error;
  return count;
}

/// The results that follow number `last`, some.
llvm::Expected<std::vector<Result>> Database::State::page(const Setting *setting, int64_t &last) {
  Statement query(*this, "SELECT id, " + resultColumns() + " FROM results WHERE " +
                             (setting ? isSetting() + " AND " : "") + "id > ? ORDER BY id LIMIT 500");
  if (setting)
    bindSetting(query, *setting);
  query.bind(last);
  return readRows(*this, query, last);
}

llvm::Expected<std::vector<Result>> Database::State::best(const std::string &where,
                                                          const std::vector<std::string> &values) {
  Statement query(*this, "SELECT id, " + resultColumns() + " FROM best WHERE " + where + " ORDER BY id");
  for (const std::string &value : values)
    query.bind(value);
  int64_t last = 0;
  return readRows(*this, query, last);
}

llvm::Expected<std::vector<std::string>> Database::State::distinct(const char *column) {
  Statement query(*this, std::string("SELECT DISTINCT ") + column + " FROM results ORDER BY 1");
  std::vector<std::string> values;
  for (std::string value; query.step() && query.take(value);)
    values.push_back(plainText(value, 256));
  if (llvm::Error error = query.error())
    return error;
  return values;
}

/// Attempt `id`, whose process is gone: known as interrupted once, or a result.
llvm::Error Database::State::settle(int64_t id, const std::string &what, const std::string &line) {
  Statement again(*this, "DELETE FROM attempts WHERE what = ? AND process = ''");
  again.bind(what);
  if (llvm::Error error = again.finish())
    return error;
  if (sqlite3_changes(handle) == 0)
    return run("UPDATE attempts SET process = '' WHERE id = " + std::to_string(id));
  if (llvm::Error error = run("DELETE FROM attempts WHERE id = " + std::to_string(id)))
    return error;
  llvm::Expected<Result> result = resultOf(line);
  if (!result)
    return error("the database is damaged: an attempt is " + llvm::toString(result.takeError()));
  // What ran to its end before was killed from outside.
  Statement earlier(*this, "SELECT count(*) FROM results WHERE " + isSetting() +
                               " AND schedule = ? AND outcome IN ('measured', 'stopped')");
  bindSetting(earlier, result->setting);
  earlier.bind(result->schedule);
  int64_t measured = 0;
  if (!earlier.step() || !earlier.take(measured))
    return earlier.error();
  if (measured > 0)
    return llvm::Error::success();
  Statement number(*this, "SELECT coalesce(max(number), 0) + 1 FROM results WHERE run = ? AND " + isSetting());
  number.bind(result->run);
  bindSetting(number, result->setting);
  if (!number.step() || !number.take(result->number))
    return number.error();
  llvm::Expected<bool> isNew = insert(*result);
  return isNew ? llvm::Error::success() : isNew.takeError();
}

llvm::Error Database::State::checkAttempts() {
  Statement query(*this, "SELECT result FROM attempts");
  for (std::string line; query.step() && query.take(line);)
    if (llvm::Expected<Result> result = resultOf(line); !result)
      return error("an attempt is " + llvm::toString(result.takeError()));
  return query.error();
}

Database::Database(std::unique_ptr<State> state) : state(std::move(state)) {}
Database::Database(Database &&) noexcept = default;
Database &Database::operator=(Database &&) noexcept = default;
Database::~Database() = default;

llvm::Expected<Database> Database::open(const std::string &path, Access access) {
  auto state = std::make_unique<State>(path);
  if (llvm::Error error = state->open(access))
    return error;
  return Database(std::move(state));
}

llvm::Error Database::append(const Result &result) {
  std::lock_guard lock(state->mutex);
  Result clean = result;
  clean.message = plainText(result.message, 4096);
  return state->append(clean);
}

llvm::Expected<int64_t> Database::add(llvm::ArrayRef<Result> results) {
  std::lock_guard lock(state->mutex);
  return state->add(results);
}

llvm::Expected<int64_t> Database::merge(const Database &other) {
  int64_t last = 0, count = 0;
  while (true) {
    llvm::Expected<std::vector<Result>> results = [&] {
      std::lock_guard lock(other.state->mutex);
      return other.state->page(nullptr, last);
    }();
    if (!results)
      return results.takeError();
    if (results->empty())
      return count;
    llvm::Expected<int64_t> added = add(*results);
    if (!added)
      return added.takeError();
    count += *added;
  }
}

llvm::Error Database::forEach(const Setting *setting, const std::function<void(const Result &)> &take) const {
  int64_t last = 0;
  while (true) {
    llvm::Expected<std::vector<Result>> results = [&] {
      std::lock_guard lock(state->mutex);
      return state->page(setting, last);
    }();
    if (!results)
      return results.takeError();
    if (results->empty())
      return llvm::Error::success();
    for (const Result &result : *results)
      take(result);
  }
}

llvm::Expected<std::optional<Result>> Database::best(const Setting &setting) const {
  std::lock_guard lock(state->mutex);
  std::vector<std::string> values;
  visitSetting(setting, [&](const char *, const std::string &field) { values.push_back(field); });
  llvm::Expected<std::vector<Result>> found = state->best(isSetting(), values);
  if (!found)
    return found.takeError();
  return found->empty() ? std::nullopt : std::optional(found->front());
}

llvm::Expected<std::vector<Result>> Database::best(const std::string &isa, const std::string &cpu,
                                                   const std::string &compiler) const {
  std::lock_guard lock(state->mutex);
  return state->best("?1 IN ('', isa) AND ?2 IN ('', cpu) AND ?3 IN ('', compiler)", {isa, cpu, compiler});
}

llvm::Expected<std::vector<std::string>> Database::cpus() const {
  std::lock_guard lock(state->mutex);
  return state->distinct("cpu");
}

llvm::Expected<std::vector<std::string>> Database::compilers() const {
  std::lock_guard lock(state->mutex);
  return state->distinct("compiler");
}

llvm::Error Database::begin(const Result &attempt) {
  std::lock_guard lock(state->mutex);
  Result crashed = attempt;
  crashed.outcome = Outcome::Crashed;
  crashed.message = "the program ended while it ran this schedule, twice";
  crashed.confirmed = false;
  crashed.times = {};
  if (std::string problem = problemOf(crashed); !problem.empty())
    return state->error("an attempt that can't be noted: " + plainText(problem, 300));
  Statement statement(*state, "INSERT INTO attempts (process, run, what, result) VALUES (?, ?, ?, ?)");
  for (const std::string &value : {thisProcess(), crashed.run, keyOf(crashed), jsonLine(crashed)})
    statement.bind(value);
  return statement.finish();
}

llvm::Error Database::settleUnfinished(const std::string &run) {
  std::lock_guard lock(state->mutex);
  Transaction transaction(*state);
  if (llvm::Error error = transaction.begin())
    return error;
  struct Attempt {
    int64_t id = 0;
    std::string process, what, line;
  };
  std::vector<Attempt> gone;
  {
    Statement query(*state, "SELECT id, process, what, result FROM attempts WHERE process <> '' AND run <> ? "
                            "ORDER BY id");
    query.bind(run);
    for (Attempt row;
         query.step() && query.take(row.id) && query.take(row.process) && query.take(row.what) && query.take(row.line);)
      if (!mayBeAlive(row.process))
        gone.push_back(row);
    if (llvm::Error error = query.error())
      return error;
  }
  for (const Attempt &row : gone)
    if (llvm::Error error = state->settle(row.id, row.what, row.line))
      return error;
  return transaction.commit();
}

std::string Database::check() const {
  std::lock_guard lock(state->mutex);
  llvm::Error error = llvm::Error::success();
  {
    Statement statement(*state, "PRAGMA integrity_check(1)");
    std::string found;
    if (statement.step() && statement.take(found) && found != "ok")
      return state->path + ": the database is damaged: " + plainText(found, 300);
    error = statement.error();
  }
  for (int64_t last = 0; !error;) {
    llvm::Expected<std::vector<Result>> results = state->page(nullptr, last);
    if (results && results->empty())
      break;
    error = results.takeError();
  }
  if (!error)
    error = state->checkAttempts();
  return error ? llvm::toString(std::move(error)) : "";
}

} // namespace swin::tuning
