//===- CommandLine.h - options by a table ---------------------------------===//
// A table says what options there are; parsing, --help and what is said about mistakes go by it. Not llvm::cl: that
// would also accept every option of LLVM's own.
//===----------------------------------------------------------------------===//
#ifndef SWIN_TOOLS_COMMANDLINE_H
#define SWIN_TOOLS_COMMANDLINE_H

#include "llvm/ADT/StringRef.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace swin::tools {

struct Option {
  const char *name;
  const char *value; ///< nullptr = none
  const char *help;  ///< lines after the first are indented; nullptr = not listed: takes its default only
  std::function<void(llvm::StringRef value)> take;
};

using OptionTable = std::vector<Option>;

/// The lines of --help.
std::string optionsText(const OptionTable &table);

/// Reads arguments. Each thing that is wrong becomes a sentence in `errors`, which begins with the argument it is
/// about.
class CommandLine {
public:
  CommandLine(const std::vector<std::string> &arguments, std::vector<std::string> &errors)
      : arguments(arguments), errors(errors) {}

  /// Arguments that are no options go to `takeArgument`: those that do not begin with -, and all behind --.
  void parse(const OptionTable &table, const std::function<void(const std::string &)> &takeArgument);

  /// Whether an option was given.
  bool has(const char *option) const { return seen.contains(option); }
  /// Something is wrong with the argument that is being taken.
  void wrong(const std::string &what);
  /// Something is wrong with an option, if it was given.
  void wrongWith(const char *option, const std::string &what);
  /// Words with a comma between two, each one of `allowed`.
  std::vector<std::string> list(llvm::StringRef value, const std::vector<std::string> &allowed);
  /// The value if it is one of `allowed`, else "".
  std::string choice(llvm::StringRef value, const std::vector<std::string> &allowed);
  /// Names of `what` ("outputs"), of which others know which there are, with a comma between two.
  std::vector<std::string> names(llvm::StringRef value, const std::string &what);
  /// A whole number from `least` to `most`; nothing is changed if it is none.
  template <typename Number> void number(llvm::StringRef value, Number least, Number most, Number &into) {
    Number read;
    if (value.getAsInteger(10, read) || read < least || read > most)
      wrong("expected a whole number from " + std::to_string(least) + " to " + std::to_string(most) + ", found '" +
            value.str() + "'");
    else
      into = read;
  }

private:
  void takeOption(llvm::StringRef argument, const OptionTable &table);

  const std::vector<std::string> &arguments;
  std::vector<std::string> &errors;
  size_t at = 0, position = 0;
  std::map<std::string, size_t> seen;
};

} // namespace swin::tools

#endif // SWIN_TOOLS_COMMANDLINE_H
