//===- Console.cpp - what a program says ----------------------------------===//
#include "tools/compile/Console.h"

#include <cstdio>
#include <unistd.h>

namespace swin::tools {

Console::Console(bool verbose, bool quiet, bool json, std::string program)
    : mode(quiet || json           ? Silent
           : verbose               ? Lines
           : isatty(STDERR_FILENO) ? Line
                                   : Silent),
      quiet(quiet), json(json), program(std::move(program)) {}

Console::~Console() { clear(); }

void Console::clear() {
  if (lineShown)
    std::fputs("\r\033[K", stderr);
  lineShown = false;
}

void Console::progress(const std::string &what) {
  if (mode == Silent)
    return;
  std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  if (mode == Lines) {
    std::fprintf(stderr, "%6.2f s  %s\n", taken.count(), what.c_str());
    return;
  }
  // One line, whatever the terminal's width.
  std::fprintf(stderr, "\r\033[K%.70s", what.c_str());
  lineShown = true;
}

void Console::say(const std::string &line) {
  clear();
  if (mode != Silent)
    std::fprintf(stderr, "%s\n", line.c_str());
}

void Console::report(const dsl::Diagnostic &diagnostic) {
  if (diagnostic.severity == dsl::Diagnostic::Severity::Note && quiet)
    return;
  std::string text = (diagnostic.file.empty() ? program + ": " : "") + dsl::headline(diagnostic) + "\n";
  text += diagnostic.excerpt;
  if (diagnostic.severity == dsl::Diagnostic::Severity::Error)
    shown.push_back(text.substr(0, text.size() - 1));
  line(json ? dsl::jsonLine(diagnostic) + "\n" : text);
}

void Console::note(const std::string &text) {
  dsl::Diagnostic diagnostic;
  diagnostic.severity = dsl::Diagnostic::Severity::Note;
  diagnostic.what = text;
  if (json)
    report(diagnostic);
  else if (!quiet)
    line(text + "\n");
}

void Console::line(const std::string &text) {
  clear();
  std::fprintf(stderr, "%s", text.c_str());
}

void Console::error(const std::string &text) {
  dsl::Diagnostic diagnostic;
  diagnostic.what = text;
  report(diagnostic);
}

void Console::wrongCommandLine(const std::vector<std::string> &errors) {
  for (const std::string &each : errors)
    error(each);
  if (!json)
    line(program + ": --help lists what can be given\n");
}

} // namespace swin::tools
