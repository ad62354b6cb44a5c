//===- DatabaseFaultsTest.cpp - kills, two writers, damage ----------------===//
#include "tests/codegen/package/TemporaryFolder.h"
#include "tests/codegen/tuning/Results.h"

#include <csignal>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace swin::tuning;
using namespace swin::test;

namespace {

/// A process that does `work` with the writing end of a pipe, until it ends or is killed.
class Process {
public:
  template <typename Work> explicit Process(const Work &work) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
      close(ends[0]);
      work(ends[1]);
      _exit(0);
    }
    close(ends[1]);
    from = ends[0];
  }
  ~Process() { close(from); }
  void kill() const { ::kill(pid, SIGKILL); }
  /// Waits until it has written one.
  void awaitNumber() {
    if (int64_t number; read(from, &number, sizeof number) == sizeof number)
      all.push_back(number);
  }
  /// All numbers that it has written. Waits for its end.
  std::vector<int64_t> numbers() {
    for (int64_t number; read(from, &number, sizeof number) == sizeof number;)
      all.push_back(number);
    int status = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_TRUE(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0) << status;
    return all;
  }

private:
  pid_t pid = 0;
  int from = -1;
  std::vector<int64_t> all;
};

/// Appends results that go on where the run was, each said when append() has returned.
void appendForEver(const std::string &path, const std::string &run, int out, int64_t end = INT64_MAX) {
  llvm::Expected<Database> database = Database::open(path, Database::Access::Write);
  if (!database || database->settleUnfinished(run))
    _exit(1);
  int64_t number = 1;
  Setting setting = exampleResult().setting;
  if (database->forEach(&setting, [&](const Result &result) { number += result.run == run; }))
    _exit(2);
  for (; number <= end; ++number) {
    Result result = exampleResult(number);
    result.run = run;
    result.schedule = "rows=" + std::to_string(number);
    if (database->begin(result) || database->append(result) || write(out, &number, sizeof number) != sizeof number)
      _exit(3);
  }
}

class DatabaseFaults : public testing::Test {
protected:
  TemporaryFolder folder;
  std::string path = folder.path("s.db");
};

TEST_F(DatabaseFaults, KilledAtAnyMoment) {
  std::mt19937 random(5);
  int64_t said = 0, killedEarly = 0;
  for (int kill = 0; kill < 100; ++kill) {
    Process process([&](int out) { appendForEver(path, "run", out); });
    // Half of them while the file is made, opened and set right.
    if (kill % 2 == 1)
      process.awaitNumber();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000));
    process.kill();
    std::vector<int64_t> numbers = process.numbers();
    killedEarly += numbers.empty();
    if (!numbers.empty()) {
      // At most the one in flight was kept without having been said.
      EXPECT_GE(numbers.front(), said + 1);
      said = numbers.back();
    }
    if (kill % 10 == 9) {
      EXPECT_EQ(writable(path).check(), "");
    }
  }
  Database database = writable(path);
  EXPECT_EQ(database.check(), "");
  std::vector<std::string> found = lines(database);
  EXPECT_GE(static_cast<int64_t>(found.size()), said);
  EXPECT_LE(static_cast<int64_t>(found.size()), said + 100);
  for (size_t i = 0; i < found.size(); ++i)
    EXPECT_EQ(good(resultOf(found[i])).number, static_cast<int64_t>(i) + 1);
  EXPECT_GE(said, 50);
  EXPECT_GT(killedEarly, 0);
}

TEST_F(DatabaseFaults, TwoWriters) {
  Process a([&](int out) { appendForEver(path, "a", out, 150); });
  Process b([&](int out) { appendForEver(path, "b", out, 150); });
  EXPECT_EQ(a.numbers().size(), 150u);
  EXPECT_EQ(b.numbers().size(), 150u);
  Database database = readable(path);
  EXPECT_EQ(lines(database).size(), 300u);
  EXPECT_EQ(database.check(), "");
  EXPECT_EQ(folder.contents(), std::set<std::string>{"s.db"});
}

TEST_F(DatabaseFaults, UnfinishedTwiceIsCrashed) {
  auto killed = [&](const std::string &run, const std::string &schedule) {
    Process process([&](int out) {
      Database database = writable(path);
      Result attempt = exampleResult(3, 1, schedule);
      attempt.run = run;
      int64_t number = database.settleUnfinished(run) || database.begin(attempt) ? 0 : 1;
      (void)!write(out, &number, sizeof number);
      ::kill(getpid(), SIGKILL);
    });
    EXPECT_EQ(process.numbers(), std::vector<int64_t>{1});
  };
  Database database = writable(path);
  auto settle = [&](const std::string &run) { EXPECT_EQ(message(database.settleUnfinished(run)), ""); };
  killed("run 2", "bad=1");
  settle("run 2"); // its own is left alone
  EXPECT_EQ(lines(database).size(), 0u);
  killed("run 3", "bad=2");
  settle("me");
  EXPECT_EQ(lines(database).size(), 0u);
  killed("run 4", "bad=1");
  settle("me");
  settle("me");
  ASSERT_EQ(lines(database).size(), 1u);
  Result crashed = good(resultOf(lines(database).front()));
  EXPECT_EQ(crashed.outcome, Outcome::Crashed);
  EXPECT_EQ(crashed.schedule, "bad=1");
  EXPECT_EQ(crashed.run, "run 4");
  EXPECT_EQ(crashed.number, 1);
  EXPECT_EQ(crashed.kernel, "mlp_96");
  EXPECT_EQ(crashed.message, "the program ended while it ran this schedule, twice");

  // What came to an end in between is not counted, nor what is killed after it was measured.
  ASSERT_EQ(message(database.append(exampleResult(1, 1, "bad=2"))), "");
  killed("run 5", "bad=2");
  settle("me");
  killed("run 6", "bad=2");
  settle("me");
  EXPECT_EQ(lines(database).size(), 2u);

  // This process is alive.
  Result mine = exampleResult(2, 1, "mine=1");
  for (const char *run : {"run 7", "run 8"}) {
    mine.run = run;
    ASSERT_EQ(message(database.begin(mine)), "");
    settle("me");
  }
  EXPECT_EQ(lines(database).size(), 2u);
  EXPECT_EQ(database.check(), "");
}

/// Errors or sound results, and never more than there were.
TEST_F(DatabaseFaults, DamagedFiles) {
  {
    Database database = writable(path);
    std::vector<Result> results;
    for (int64_t number = 1; number <= 40; ++number)
      results.push_back(exampleResult(number));
    ASSERT_EQ(good(database.add(results)), 40);
  }
  std::string right = folder.read("s.db");
  std::mt19937 random(3);
  int refused = 0, unsound = 0;
  for (int round = 0; round < 400; ++round) {
    std::string bytes = right;
    if (round % 8 == 0)
      bytes.resize(random() % bytes.size());
    // Most of them where the structure is: in the beginning of pages.
    for (int change = static_cast<int>(random() % 6); change >= 0 && !bytes.empty(); --change) {
      size_t page = random() % (bytes.size() / 4096 + 1) * 4096;
      size_t at = round % 2 ? page + random() % 100 : random() % bytes.size();
      if (at < bytes.size())
        bytes[at] = static_cast<char>(random());
    }
    folder.write("d.db", bytes);
    std::string damaged = folder.path("d.db");
    for (Database::Access access : {Database::Access::Read, Database::Access::Write}) {
      if (access == Database::Access::Write && round % 4 != 0)
        continue; // each waits for the disk
      llvm::Expected<Database> database = Database::open(damaged, access);
      std::string problem = database ? database->check() : message(database.takeError());
      refused += !problem.empty();
      EXPECT_TRUE(problem.empty() || llvm::StringRef(problem).starts_with(damaged + ": ")) << problem;
      if (!database)
        continue;
      int64_t count = 0;
      llvm::Error error = database->forEach(nullptr, [&](const Result &result) {
        ++count;
        unsound += !problemOf(result).empty();
      });
      EXPECT_LE(count, 40);
      llvm::consumeError(std::move(error));
      llvm::consumeError(database->best(exampleResult().setting).takeError());
      llvm::consumeError(database->best("", "", "").takeError());
      llvm::consumeError(database->cpus().takeError());
      llvm::consumeError(database->settleUnfinished("me"));
      if (access == Database::Access::Write)
        llvm::consumeError(database->append(exampleResult(100)));
    }
    std::filesystem::remove(damaged);
    std::filesystem::remove(damaged + "-journal");
    std::filesystem::remove(damaged + "-wal");
    std::filesystem::remove(damaged + "-shm");
  }
  EXPECT_EQ(unsound, 0);
  EXPECT_GT(refused, 100);
}

} // namespace
