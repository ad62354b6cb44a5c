//===- Target.h - what the targets of fuzzing have in common --------------===//
// A target is a function LLVMFuzzerTestOneInput that reads one input as a program would read a file that anyone may
// have written. Memory errors and endless loops are found by what runs it, libFuzzer or Driver.cpp; what a reader
// promises beyond that a target requires.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TESTS_FUZZ_TARGET_H
#define SWIN_TESTS_FUZZ_TARGET_H

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

extern "C" {
/// Of each target; 0.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/// Of targets whose inputs are better changed by what they mean than byte by byte (libFuzzer's interface).
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
/// Changes bytes; given to the former by what runs it.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
}

namespace swin::fuzz {

/// How many inputs were good: a target for which none is, or all are, tests little.
inline size_t accepted = 0;

/// What was promised; else says so and ends the program.
inline void require(bool holds, const std::string &what) {
  if (holds)
    return;
  std::fprintf(stderr, "broken promise: %s\n", what.c_str());
  std::abort();
}

/// Each begins so, with the file it is about, and is one line that a terminal can show.
inline void requireLines(const std::vector<std::string> &lines, const std::string &begin) {
  for (const std::string &line : lines) {
    require(line.starts_with(begin), "a line of errors without its file: " + line);
    for (char c : line)
      require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "a control character in: " + line);
  }
}

/// Writes a file into a folder of this process, in memory where the system has such; its path. The folder is gone when
/// the process ends.
std::string written(const std::string &name, std::string_view bytes);
/// The path of a file in that folder, which need not be there.
std::string pathOf(const std::string &name);

inline std::string_view textOf(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

} // namespace swin::fuzz

#endif // SWIN_TESTS_FUZZ_TARGET_H
