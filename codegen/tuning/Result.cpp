//===- Result.cpp - what came of a schedule -------------------------------===//
#include "codegen/tuning/Result.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/JSON.h"

#include <cmath>
#include <cstring>

#ifdef __x86_64__
#include <cpuid.h>
#endif

using llvm::StringRef;

namespace swin::tuning {
namespace {

constexpr const char *outcomeNames[] = {"measured", "stopped", "wrong", "failed", "crashed", "withdrawn"};

/// Words with one blank between two: names of CPUs are filled up with blanks.
std::string words(StringRef text) {
  llvm::SmallVector<StringRef> parts;
  text.split(parts, ' ', -1, /*KeepEmpty=*/false);
  return llvm::join(parts, " ");
}

/// What is wrong with a text, or "". Texts are printed on terminals, so there are no control characters in them.
std::string problemOfText(const char *name, StringRef text, size_t most, bool mayBeEmpty, bool lines = false) {
  if (text.empty() && !mayBeEmpty)
    return std::string(name) + " is empty";
  if (text.size() > most)
    return std::string(name) + " has " + std::to_string(text.size()) + " bytes, at most " + std::to_string(most);
  if (llvm::any_of(text, [&](unsigned char c) { return (c < 0x20 && !(lines && c == '\n')) || c == 0x7f; }))
    return std::string(name) + " has control characters";
  return llvm::json::isUTF8(text) ? "" : std::string(name) + " is not UTF-8";
}

std::string problemOfNumber(const char *name, int64_t number, int64_t least, int64_t most) {
  if (number >= least && number <= most)
    return "";
  return std::string(name) + " is " + std::to_string(number) + ", expected " + std::to_string(least) + " to " +
         std::to_string(most);
}

std::string problemOfMeasure(const char *name, double value) {
  return std::isfinite(value) && value >= 0 && value <= 1e15
             ? ""
             : std::string(name) + " is " + std::to_string(value) + ", expected a number from 0 to 1e15";
}

} // namespace

const char *outcomeName(Outcome outcome) { return outcomeNames[static_cast<int>(outcome)]; }

std::optional<Outcome> outcomeOf(StringRef name) {
  const auto *found = llvm::find(outcomeNames, name);
  if (found == std::end(outcomeNames))
    return std::nullopt;
  return static_cast<Outcome>(found - std::begin(outcomeNames));
}

std::string plainText(StringRef text, size_t most) {
  size_t end = std::min(text.size(), most);
  // A character is not cut in two.
  while (end < text.size() && end > 0 && (text[end] & 0xc0) == 0x80)
    --end;
  std::string plain = text.take_front(end).str();
  for (char &c : plain)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f)
      c = '?';
  if (llvm::json::isUTF8(plain))
    return plain;
  for (char &c : plain)
    if (static_cast<unsigned char>(c) > 0x7f)
      c = '?';
  return plain;
}

std::string problemOf(const Result &result) {
  const Setting &setting = result.setting;
  const Times &times = result.times;
  for (const std::string &problem : {
           setting.signature.size() == 64 && llvm::all_of(setting.signature, llvm::isHexDigit)
               ? std::string()
               : "signature is not a SHA-256 of 64 hexadecimal digits",
           problemOfText("isa", setting.isa, 64, false),
           problemOfText("cpu", setting.cpu, 256, false),
           problemOfText("compiler", setting.compiler, 256, false),
           problemOfText("template", setting.templateName, 256, false),
           problemOfText("kernel", result.kernel, 256, false),
           problemOfText("structure", result.structure, 1 << 16, true, /*lines=*/true),
           problemOfText("sizes", result.sizes, 1 << 14, true),
           problemOfText("schedule", result.schedule, 4096, false),
           problemOfText("message", result.message, 4096, true, /*lines=*/true),
           problemOfText("run", result.run, 256, false),
           problemOfText("strategy", result.strategy, 64, true),
           problemOfNumber("length of extents", static_cast<int64_t>(result.extents.size()), 0, 1 << 14),
           problemOfNumber("macs", result.macs, 0, INT64_MAX),
           problemOfNumber("threads", result.threads, 1, 4096),
           problemOfNumber("rounds", times.rounds, 0, INT64_MAX),
           problemOfNumber("number", result.number, 1, INT64_MAX),
           problemOfMeasure("error", result.error),
           problemOfMeasure("cold_ms", times.cold),
           problemOfMeasure("warm_ms", times.warm),
           problemOfMeasure("standard_cold_ms", times.standardCold),
           problemOfMeasure("standard_warm_ms", times.standardWarm),
           problemOfMeasure("spread", times.spread),
           problemOfMeasure("ratio", times.ratio),
           problemOfMeasure("peak_gmacs", result.peak),
           problemOfMeasure("seconds", result.seconds),
       })
    if (!problem.empty())
      return problem;
  bool timed = result.outcome == Outcome::Measured || result.outcome == Outcome::Stopped;
  if (timed && (times.cold <= 0 || times.standardCold <= 0 || times.ratio <= 0))
    return "a schedule that was timed has no time: expected cold_ms, standard_cold_ms and ratio above 0";
  if (result.confirmed && result.outcome != Outcome::Measured)
    return std::string("confirmed, but its outcome is ") + outcomeName(result.outcome);
  return "";
}

std::string cpuName() {
#ifdef __x86_64__
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  __get_cpuid(0, &eax, &ebx, &ecx, &edx);
  char vendor[13] = {};
  std::memcpy(vendor, &ebx, 4);
  std::memcpy(vendor + 4, &edx, 4);
  std::memcpy(vendor + 8, &ecx, 4);
  __get_cpuid(1, &eax, &ebx, &ecx, &edx);
  // The parts of the family are added, those of the model are digits.
  unsigned family = eax >> 8 & 15, model = eax >> 4 & 15;
  if (family == 6 || family == 15)
    model += (eax >> 16 & 15) << 4;
  if (family == 15)
    family += eax >> 20 & 255;
  char brand[49] = {};
  for (unsigned part = 0; part < 3; ++part)
    if (unsigned registers[4] = {};
        __get_cpuid(0x80000002 + part, &registers[0], &registers[1], &registers[2], &registers[3]))
      std::memcpy(brand + 16 * part, registers, 16);
  std::string name =
      words(std::string(vendor) + " " + std::to_string(family) + " " + std::to_string(model) + " " + brand);
  llvm::erase_if(name, [](unsigned char c) { return c < 0x20 || c > 0x7e; });
  return name;
#else
  return "unknown";
#endif
}

std::string compilerVersion() { return SWIN_VERSION " llvm " LLVM_VERSION_STRING " halide " SWIN_HALIDE_VERSION; }

} // namespace swin::tuning
