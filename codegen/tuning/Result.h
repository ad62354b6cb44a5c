//===- Result.h - what came of a schedule ---------------------------------===//
#ifndef SWIN_CODEGEN_TUNING_RESULT_H
#define SWIN_CODEGEN_TUNING_RESULT_H

#include "codegen/KernelSignature.h"

#include "llvm/ADT/StringRef.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace swin::tuning {

/// Where a result holds: results of one setting compete with each other, and no others.
struct Setting {
  std::string signature;    ///< KernelSignature::hash
  std::string isa;          ///< "x86-64-v4"
  std::string cpu;          ///< cpuName()
  std::string compiler;     ///< compilerVersion()
  std::string templateName; ///< ScheduleSpace::templateName
  auto operator<=>(const Setting &) const = default;
};

enum class Outcome {
  Measured, ///< right, and all rounds were run
  Stopped,  ///< right, but could not win: fewer rounds
  Wrong,    ///< differs from the reference, or between threads
  Failed,   ///< does not compile
  Crashed,  ///< ended the program, or a signal was caught
  Withdrawn ///< was confirmed, but a whole model was slower with it: earlier confirmations hold no more
};
const char *outcomeName(Outcome outcome); ///< "measured" ...
std::optional<Outcome> outcomeOf(llvm::StringRef name);

/// Times of a schedule beside the default's in the same rounds: all calls of the kernel in a model's run, the least of
/// all rounds, in milliseconds. Cold: weights come from memory, as in a run of a model.
struct Times {
  double cold = 0, warm = 0;                 ///< of the schedule
  double standardCold = 0, standardWarm = 0; ///< of the default one
  double spread = 0;                         ///< median / least - 1 of the schedule's cold rounds
  double ratio = 0; ///< median over the quietest rounds of default / schedule, cold: more than 1 is faster
  int64_t rounds = 0;
};

/// The template of what is no kernel but a whole model, whose schedule says how many of its kernels are tuned.
inline constexpr char modelTemplate[] = "model 1";

struct Result {
  Setting setting;
  std::string kernel;    ///< its name in the model, for people: "mlp_96"
  std::string structure; ///< KernelSignature::structure and ::extents, to find the nearest kernel by
  std::vector<int64_t> extents;
  std::string sizes;     ///< Problem::sizes
  int64_t macs = 0;      ///< of all calls
  int threads = 1;       ///< that ran it
  std::string schedule;  ///< as text
  bool standard = false; ///< whether this is the default rule's schedule
  Outcome outcome = Outcome::Measured;
  std::string message; ///< why it is wrong, failed or crashed
  double error = 0;    ///< largest difference from the reference as a part of its magnitude
  Times times;
  double peak = 0;        ///< multiply-adds a second that the threads can do at most, in 1e9, in this run
  bool confirmed = false; ///< measured again after it had won, and faster than the default again
  std::string run;        ///< which run of swin-tune, unique
  std::string strategy;
  int64_t seed = 0;
  int64_t number = 0; ///< of this kernel's trials in the run, from 1
  double seconds = 0; ///< from the begin of the run to this result
};

/// A text that can be shown: UTF-8 of at most `most` bytes; of control characters newlines are left, others become '?'.
std::string plainText(llvm::StringRef text, size_t most);

/// What is wrong with the fields of a result, a sentence, or "": texts are UTF-8 without control characters and of
/// bounded length, numbers are finite and in their ranges, what was timed has times.
std::string problemOf(const Result &result);

/// Vendor, family, model and name of this machine's CPU: "AuthenticAMD 25 17 AMD EPYC ...".
std::string cpuName();
/// Versions of this compiler, of LLVM and of Halide: "0.1.0 llvm 22.1.8 halide 21.0.0".
std::string compilerVersion();

} // namespace swin::tuning

#endif // SWIN_CODEGEN_TUNING_RESULT_H
