//===- CommandLine.cpp - options by a table -------------------------------===//
#include "tools/CommandLine.h"

#include "dsl/Words.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using llvm::StringRef;

namespace swin::tools {
namespace {

/// The known option that `name` was probably meant to be, as the end of a sentence.
std::string didYouMean(StringRef name, const OptionTable &table) {
  std::vector<std::string> known;
  for (const Option &option : table)
    if (option.help && StringRef(option.name).starts_with("--"))
      known.push_back(option.name + 2);
  std::string near = name.consume_front("--") ? dsl::nearest(name.str(), known) : "";
  return near.empty() ? "" : "; did you mean --" + near + "?";
}

} // namespace

std::string optionsText(const OptionTable &table) {
  std::string text;
  for (const Option &option : table) {
    if (!option.help)
      continue;
    std::string line = std::string("  ") + option.name + (option.value ? std::string(" ") + option.value : "");
    if (line.size() > 18) {
      text += line + "\n";
      line.clear();
    }
    llvm::SmallVector<StringRef> lines;
    StringRef(option.help).split(lines, '\n');
    for (StringRef part : lines) {
      line.resize(20, ' ');
      text += line + part.str() + "\n";
      line.clear();
    }
  }
  return text;
}

void CommandLine::parse(const OptionTable &table, const std::function<void(const std::string &)> &takeArgument) {
  bool noOptions = false;
  for (at = 0; at < arguments.size(); ++at) {
    position = at;
    const std::string &argument = arguments[at];
    if (!noOptions && argument == "--")
      noOptions = true;
    else if (!noOptions && argument.size() > 1 && argument[0] == '-')
      takeOption(argument, table);
    else
      takeArgument(argument);
  }
}

void CommandLine::takeOption(StringRef argument, const OptionTable &table) {
  auto [name, value] = argument.starts_with("--") ? argument.split('=') : std::pair(argument, StringRef());
  bool attached = argument.starts_with("--") && argument.contains('=');
  auto option = llvm::find_if(table, [name = name](const Option &known) { return name == known.name; });
  if (option == table.end())
    return wrong("unknown option" + didYouMean(name, table));
  if (!seen.emplace(option->name, position).second)
    return wrong("given for the second time");
  if (!option->value && attached)
    return wrong("takes no value");
  if (option->value && !attached) {
    if (at + 1 == arguments.size())
      return wrong(std::string("needs ") + option->value + " after it");
    value = arguments[++at];
  }
  if (option->value && value.empty())
    return wrong(std::string(option->value) + " must not be empty");
  option->take(value);
}

void CommandLine::wrong(const std::string &what) {
  errors.push_back("argument " + std::to_string(position + 1) + " '" + arguments[position] + "': " + what);
}

void CommandLine::wrongWith(const char *option, const std::string &what) {
  auto place = seen.find(option);
  if (place == seen.end())
    return;
  position = place->second;
  wrong(what);
}

std::vector<std::string> CommandLine::list(StringRef value, const std::vector<std::string> &allowed) {
  std::vector<std::string> words;
  llvm::SmallVector<StringRef> parts;
  value.split(parts, ',');
  for (StringRef part : parts) {
    if (part == "x86-64-v4-vnni")
      wrong("x86-64-v4-vnni is for int8, which this build does not have");
    else if (std::string word = choice(part, allowed); !word.empty())
      words.push_back(word);
  }
  return words;
}

std::string CommandLine::choice(StringRef value, const std::vector<std::string> &allowed) {
  if (llvm::is_contained(allowed, value))
    return value.str();
  std::string near = dsl::nearest(value.str(), allowed);
  wrong("'" + value.str() + "' is none of: " + llvm::join(allowed, " ") +
        (near.empty() ? "" : "; did you mean " + near + "?"));
  return "";
}

std::vector<std::string> CommandLine::names(StringRef value, const std::string &what) {
  std::vector<std::string> names;
  llvm::SmallVector<StringRef> parts;
  value.split(parts, ',');
  for (StringRef part : parts)
    if (part.empty())
      wrong("expected names of " + what + " with a comma between two of them, found '" + value.str() + "'");
    else
      names.push_back(part.str());
  return names;
}

} // namespace swin::tools
