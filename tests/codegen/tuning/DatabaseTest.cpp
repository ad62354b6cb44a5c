//===- DatabaseTest.cpp - results kept in a file --------------------------===//
#include "tests/codegen/package/TemporaryFolder.h"
#include "tests/codegen/tuning/Results.h"

#include <sqlite3.h>
#include <thread>

using namespace swin::tuning;
using namespace swin::test;

namespace {

/// Runs SQL on a file by hand.
void edit(const std::string &path, const std::string &sql) {
  sqlite3 *handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  char *problem = nullptr;
  EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, &problem), SQLITE_OK) << problem;
  sqlite3_close(handle);
}

class DatabaseTest : public testing::Test {
protected:
  TemporaryFolder folder;
  std::string path = folder.path("s.db");

  std::string opened(Database::Access access = Database::Access::Read) {
    std::string text = message(Database::open(path, access));
    EXPECT_TRUE(text.empty() || text.starts_with(path + ": ")) << text;
    return text.substr(std::min(text.size(), path.size() + 2));
  }
};

TEST_F(DatabaseTest, KeepsWhatIsAppended) {
  std::vector<std::string> expected;
  {
    Database database = writable(path);
    for (int64_t number = 1; number <= 1200; ++number) {
      Result result = exampleResult(number, 1 + 1.0 / static_cast<double>(number));
      result.standard = number == 1;
      ASSERT_EQ(message(database.append(result)), "");
      expected.push_back(jsonLine(result));
    }
    EXPECT_EQ(lines(database), expected);
  }
  EXPECT_EQ(folder.contents(), std::set<std::string>{"s.db"});
  EXPECT_EQ(lines(readable(path)), expected);
  EXPECT_EQ(readable(path).check(), "");
  EXPECT_EQ(folder.contents(), std::set<std::string>{"s.db"});
}

TEST_F(DatabaseTest, RefusesWhatIsNoResult) {
  Database database = writable(path);
  Result result = exampleResult(0);
  EXPECT_EQ(message(database.append(result)), path + ": a result that can't be kept: number is 0, expected 1 to "
                                                     "9223372036854775807");
  EXPECT_EQ(message(database.append(exampleResult())), "");
  EXPECT_EQ(message(database.append(exampleResult())),
            path + ": run run 1 has already given a result 1 of kernel mlp_96");
  EXPECT_EQ(message(readable(path).append(exampleResult(2))), path + ": the database can't be written");
  EXPECT_EQ(lines(database).size(), 1u);
}

TEST_F(DatabaseTest, MessagesAreMadePlain) {
  Database database = writable(path);
  Result result = exampleResult();
  result.message = "\x1b[31m" + std::string(10000, 'x');
  ASSERT_EQ(message(database.append(result)), "");
  result.message = "?[31m" + std::string(4091, 'x');
  EXPECT_EQ(lines(database), std::vector{jsonLine(result)});
}

TEST_F(DatabaseTest, Best) {
  Database database = writable(path);
  Setting setting = exampleResult().setting;
  auto schedule = [&] {
    std::optional<Result> best = good(database.best(setting));
    return best ? best->schedule : "";
  };
  int64_t number = 0;
  auto append = [&](const std::string &schedule, double ratio, Outcome outcome = Outcome::Measured,
                    bool confirmed = true) {
    Result result = exampleResult(++number, ratio, schedule);
    result.outcome = outcome;
    result.confirmed = confirmed && outcome == Outcome::Measured;
    ASSERT_EQ(message(database.append(result)), "");
  };
  EXPECT_EQ(schedule(), "");
  append("slower", 0.9);
  append("lucky", 3, Outcome::Measured, false);
  append("stopped", 3, Outcome::Stopped);
  EXPECT_EQ(schedule(), "");
  append("a", 1.2);
  append("b", 1.4);
  append("c", 1.4);
  append("d", 1.3);
  EXPECT_EQ(schedule(), "b");
  append("b", 0, Outcome::Wrong);
  EXPECT_EQ(schedule(), "c");
  append("c", 0, Outcome::Withdrawn);
  EXPECT_EQ(schedule(), "d");
  append("c", 1.35);
  EXPECT_EQ(schedule(), "c");
  append("b", 2);
  append("c", 0, Outcome::Crashed);
  EXPECT_EQ(schedule(), "d");

  // Other settings are others.
  Result other = exampleResult(1, 5, "other");
  other.setting.cpu = "Other";
  ASSERT_EQ(message(database.append(other)), "");
  EXPECT_EQ(schedule(), "d");
  auto count = [&](const char *isa, const char *cpu, const char *compiler) {
    return good(database.best(isa, cpu, compiler)).size();
  };
  EXPECT_EQ(count("x86-64-v3", "Other", ""), 1u);
  EXPECT_EQ(count("x86-64-v3", "", ""), 2u);
  EXPECT_EQ(count("x86-64-v4", "", ""), 0u);
  EXPECT_EQ(count("", "Vendor 1 2 Name", "0.1.0 llvm 22 halide 21"), 1u);
  EXPECT_EQ(count("", "", "0.2"), 0u);
  EXPECT_EQ(good(database.cpus()), (std::vector<std::string>{"Other", "Vendor 1 2 Name"}));
  EXPECT_EQ(good(database.compilers()), std::vector<std::string>{"0.1.0 llvm 22 halide 21"});
  EXPECT_EQ(lines(database, &other.setting), std::vector{jsonLine(other)});
  EXPECT_EQ(lines(database, &setting).size(), static_cast<size_t>(number));
}

TEST_F(DatabaseTest, Merge) {
  Database a = writable(path), b = writable(folder.path("b.db"));
  for (int64_t number = 1; number <= 700; ++number)
    ASSERT_EQ(message(number <= 600 ? a.append(exampleResult(number)) : llvm::Error::success()), "");
  std::vector<Result> results;
  for (int64_t number = 301; number <= 1300; ++number)
    results.push_back(exampleResult(number));
  EXPECT_EQ(good(b.add(results)), 1000);
  EXPECT_EQ(good(b.add(results)), 0);
  EXPECT_EQ(good(a.merge(b)), 700);
  EXPECT_EQ(good(a.merge(b)), 0);
  EXPECT_EQ(good(a.merge(a)), 0);
  EXPECT_EQ(good(b.merge(a)), 300);
  std::vector<std::string> both = lines(a), other = lines(b);
  EXPECT_EQ(both.size(), 1300u);
  std::sort(both.begin(), both.end());
  std::sort(other.begin(), other.end());
  EXPECT_EQ(both, other);
  // All or none.
  results.push_back(exampleResult(0));
  results.front().number = 5000;
  EXPECT_NE(message(a.add(results)), "");
  EXPECT_EQ(lines(a).size(), 1300u);
}

TEST_F(DatabaseTest, ManyThreads) {
  Database database = writable(path);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      for (int64_t number = 1; number <= 50; ++number)
        EXPECT_EQ(message(database.append(exampleResult(thread * 50 + number))), "");
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(lines(database).size(), 200u);
}

TEST_F(DatabaseTest, FilesThatAreNone) {
  EXPECT_EQ(opened(), "no such file; expected a database of schedules");
  folder.write("s.db", "");
  EXPECT_EQ(opened(), "not a database of schedules");
  folder.write("s.db", std::string(5000, 'x'));
  EXPECT_EQ(opened(), "not a database of schedules");
  EXPECT_EQ(opened(Database::Access::Write), "not a database of schedules");
  EXPECT_EQ(folder.read("s.db"), std::string(5000, 'x'));
  std::filesystem::remove(path);
  edit(path, "CREATE TABLE results (id INTEGER)");
  EXPECT_EQ(opened(Database::Access::Write), "not a database of schedules");
  path = folder.path();
  EXPECT_EQ(opened(Database::Access::Write), "a folder; expected a database of schedules");
  path = folder.path("none/s.db");
  EXPECT_EQ(opened(Database::Access::Write), "the database can't be opened");
}

TEST_F(DatabaseTest, OtherFormats) {
  EXPECT_EQ(opened(Database::Access::Write), "");
  edit(path, "PRAGMA user_version = 2");
  EXPECT_EQ(opened(), "a database of format 2; this program knows format 1");
  edit(path, "PRAGMA user_version = 1; CREATE VIEW more AS SELECT * FROM results");
  EXPECT_EQ(opened(Database::Access::Write), "the database is damaged: its tables are not those of format 1");
  edit(path, "DROP VIEW more; ANALYZE");
  EXPECT_EQ(opened(Database::Access::Write), "");
}

TEST_F(DatabaseTest, ResultsAreNeverChanged) {
  {
    Database database = writable(path);
    ASSERT_EQ(message(database.append(exampleResult())), "");
  }
  sqlite3 *handle = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &handle), SQLITE_OK);
  for (const char *sql : {"UPDATE results SET ratio = 9.0", "DELETE FROM results"})
    EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_CONSTRAINT) << sql;
  sqlite3_close(handle);
}

TEST_F(DatabaseTest, RowsThatAreNoResults) {
  {
    Database database = writable(path);
    ASSERT_EQ(message(database.append(exampleResult())), "");
    edit(path, "PRAGMA ignore_check_constraints = 1; INSERT INTO results SELECT 7, " // of the second row
               "signature, isa, cpu, compiler, template, kernel, structure, extents || ' x', sizes, macs, threads, "
               "schedule, standard, outcome, message, error, cold_ms, warm_ms, standard_cold_ms, standard_warm_ms, "
               "spread, ratio, rounds, peak_gmacs, confirmed, run, strategy, seed, 2, seconds FROM results");
    EXPECT_EQ(database.check(), path + ": the database is damaged: result 7: a column has another type");
  }
  EXPECT_EQ(message(readable(path).forEach(nullptr, [](const Result &) {})),
            path + ": the database is damaged: result 7: a column has another type");
}

} // namespace
