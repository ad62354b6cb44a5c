//===- Database.h - results of experiments, kept --------------------------===//
// An SQLite file, with a write-ahead log while it is in use. Results are appended, never changed. Several programs may
// use a file at once, and be killed at any time: a result is there whole or not at all.
//===----------------------------------------------------------------------===//
#ifndef SWIN_CODEGEN_TUNING_DATABASE_H
#define SWIN_CODEGEN_TUNING_DATABASE_H

#include "codegen/tuning/Result.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace swin::tuning {

class Database {
public:
  enum class Access { Read, Write };
  /// Write: made if it is not there. Errors: not a database of schedules, one of a newer format, damaged, not readable.
  static llvm::Expected<Database> open(const std::string &path, Access access);
  Database(Database &&) noexcept;
  Database &operator=(Database &&) noexcept;
  ~Database();

  /// Thread-safe; on disk when it returns. A message loses what a terminal cannot show and is cut. Error: fields that
  /// `problemOf` refuses, a number that the run has already given in this setting.
  llvm::Error append(const Result &result);
  /// Appends those that are not there, all or, on an error, none. How many they were.
  llvm::Expected<int64_t> add(llvm::ArrayRef<Result> results);
  /// Appends what `other` has and this one does not. How many they were.
  llvm::Expected<int64_t> merge(const Database &other);

  /// Results in the order in which they were appended, of one setting or of all. `take` may use the database.
  llvm::Error forEach(const Setting *setting, const std::function<void(const Result &)> &take) const;
  /// The confirmed result of a setting that is fastest against the default and faster, if one is. None whose schedule
  /// was found to be wrong or to crash at any time, or has a later result that is withdrawn.
  llvm::Expected<std::optional<Result>> best(const Setting &setting) const;
  /// The best results of all settings of this instruction set, CPU and compiler; "" = of all.
  llvm::Expected<std::vector<Result>> best(const std::string &isa, const std::string &cpu,
                                           const std::string &compiler) const;
  /// CPUs and versions of compilers that there are results of.
  llvm::Expected<std::vector<std::string>> cpus() const;
  llvm::Expected<std::vector<std::string>> compilers() const;

  /// Noted before a schedule runs for the first time, with what is known of it (all but its outcome and times), and
  /// taken back by append(): what is there without a result is what a run was at when it was killed or crashed.
  llvm::Error begin(const Result &attempt);
  /// What other runs were at that are no longer alive; each becomes a result that says "crashed" if it is so for the
  /// second time and never ran to its end, so that it is not tried for ever. `run` is the caller's own.
  llvm::Error settleUnfinished(const std::string &run);

  /// SQLite's own check, and ours of every row; "" or what is wrong.
  std::string check() const;

private:
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

/// A result as a line of JSON, without a newline.
std::string jsonLine(const Result &result);
/// The result of such a line. The line is untrusted. Error: what was found, what would be right.
llvm::Expected<Result> resultOf(llvm::StringRef line);

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_DATABASE_H
