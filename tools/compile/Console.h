//===- Console.h - what a program says ------------------------------------===//
#ifndef SWIN_TOOLS_COMPILE_CONSOLE_H
#define SWIN_TOOLS_COMPILE_CONSOLE_H

#include "dsl/Diagnostics.h"

#include <chrono>
#include <string>
#include <vector>

namespace swin::tools {

/// Progress goes to stderr: one line that is rewritten on a terminal, lines with times
/// if verbose, nothing in a pipe or if quiet. Errors always.
class Console {
public:
  /// `json`: errors and notes are objects of JSON, a line each (dsl::jsonLine), and there is nothing else.
  Console(bool verbose, bool quiet, bool json = false, std::string program = "swin-compile");
  ~Console();
  /// What is being done now.
  void progress(const std::string &what);
  /// A line that stays: on a terminal or if verbose.
  void say(const std::string &line);
  /// An error, or a note unless quiet: its headline, which begins with PROGRAM where there is no file, and its excerpt.
  void report(const dsl::Diagnostic &diagnostic);
  /// A note without a place.
  void note(const std::string &text);
  /// "PROGRAM: error: TEXT"
  void error(const std::string &text);

  /// All that is wrong with the arguments, and where one learns what can be given.
  void wrongCommandLine(const std::vector<std::string> &errors);
  /// Errors that were shown, as text.
  const std::vector<std::string> &errors() const { return shown; }

private:
  void line(const std::string &text);
  void clear();

  enum { Silent, Line, Lines } mode;
  bool quiet, json;
  std::vector<std::string> shown;
  std::string program;
  bool lineShown = false;
  std::chrono::steady_clock::time_point begin = std::chrono::steady_clock::now();
};

} // namespace swin::tools

#endif // SWIN_TOOLS_COMPILE_CONSOLE_H
