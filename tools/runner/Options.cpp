//===- Options.cpp - the command line of a compiled model ------------------===//
// One table says what options there are; parsing, checking and --help go by it.
//===----------------------------------------------------------------------===//
#include "tools/runner/Options.h"

#include "tools/runner/Show.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

namespace swin::runner {
namespace {

struct Option {
  const char *name;
  const char *value; ///< nullptr = none
  const char *help;  ///< lines after the first are indented
  bool Options::*flag = nullptr;
  std::string Options::*text = nullptr;
  int Options::*number = nullptr;
  int Options::*secondNumber = nullptr; ///< of HxW; one alone stands for both
  int least = 0, most = 0;
  double Options::*real = nullptr; ///< 0 to 1
  bool withInfo = false, withSelftest = false, withCompare = false;
};

const Option table[] = {
    {.name = "-o",
     .value = "OUT",
     .help = "write the outputs: a .npy file for one output, a folder for several\n"
             "(<output>.npy each), a .png file for an image or, of a model that\n"
             "finds a class for each pixel, for the classes in colours over the\n"
             "INPUT; outputs of several INPUTs follow each other in the same\n"
             "file; without it, a readable result is printed",
     .text = &Options::out},
    {.name = "--threads",
     .value = "N",
     .help = "threads that work; 0 = one per core that may be used (default)",
     .number = &Options::threads,
     .least = 0,
     .most = 1024,
     .withSelftest = true,
     .withCompare = true},
    {.name = "--isa",
     .value = "NAME",
     .help = "instruction set; default: the best that this machine has",
     .text = &Options::isa,
     .withSelftest = true,
     .withCompare = true},
    {.name = "--repeat",
     .value = "K",
     .help = "run K times on each input, after one that is not timed if K > 1",
     .number = &Options::repeat,
     .least = 1,
     .most = 1000000},
    {.name = "--tile",
     .value = "HxW",
     .help = "run models that make pictures on tiles of H x W pixels of the INPUT\n"
             "(or N for N x N), for pictures that need too much memory at once",
     .number = &Options::tileHeight,
     .secondNumber = &Options::tileWidth,
     .least = 1,
     .most = 1000000},
    {.name = "--overlap",
     .value = "M",
     .help = "pixels that neighbouring tiles have in common; default: 32, in\n"
             "whole windows of the model, but at most half a tile",
     .number = &Options::overlap,
     .least = 0,
     .most = 1000000},
    {.name = "--json",
     .value = nullptr,
     .help = "print one line of JSON with size and times instead",
     .flag = &Options::json,
     .withCompare = true},
    {.name = "--profile",
     .value = "FILE",
     .help = "print where the time goes, by calls of kernels, and write it to FILE\n"
             "as JSON",
     .text = &Options::profile},
    {.name = "--show",
     .value = "WHAT",
     .help = "make a picture instead: top5, the INPUT with its best classes\n"
             "(OUT.png); stages, the maps of stages in colours (a folder);\n"
             "slider, a page that has the INPUT enlarged by interpolation\n"
             "beside the model's result (OUT.html)",
     .text = &Options::show},
    {.name = "--weights-file",
     .value = "FILE",
     .help = "the weights of a library that does not have them inside; default:\n"
             "NAME.weights beside it",
     .text = &Options::weightsFile,
     .withSelftest = true,
     .withCompare = true},
    {.name = "--info",
     .value = nullptr,
     .help = "print what the library says about itself, as JSON",
     .flag = &Options::info,
     .withInfo = true},
    {.name = "--selftest",
     .value = nullptr,
     .help = "check that this machine computes what it should",
     .flag = &Options::selftest,
     .withSelftest = true},
    {.name = "--compare",
     .value = "REF",
     .help = "run on the input of REF, a .safetensors or .npz file of values by\n"
             "layers' names, compare the result of each call of a kernel with the\n"
             "value of its layer, and say which is the first that is off",
     .text = &Options::compare,
     .withCompare = true},
    {.name = "--tolerance",
     .value = "X",
     .help = "by how much a value may be off, as a part of its largest magnitude;\n"
             "default: 1e-4",
     .real = &Options::tolerance,
     .withCompare = true},
    {.name = "--help", .value = nullptr, .help = "print this", .flag = &Options::help},
};

/// Insertions, deletions and changes that make one word the other.
size_t distance(const std::string &a, const std::string &b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string unknownOption(const std::string &name) {
  const Option *nearest = nullptr;
  size_t least = 3;
  for (const Option &option : table) {
    if (size_t found = distance(name, option.name); found < least && found < name.size() - 1) {
      least = found;
      nearest = &option;
    }
  }
  return "unknown option" + (nearest ? "; did you mean " + std::string(nearest->name) + "?" : std::string());
}

class Parser {
public:
  Parser(const std::vector<std::string> &arguments, int firstNumber, std::vector<std::string> &errors)
      : arguments(arguments), firstNumber(firstNumber), errors(errors) {}

  Options parse() {
    bool onlyInputs = false;
    for (at = 0; at < arguments.size(); ++at) {
      const std::string &argument = arguments[at];
      if (onlyInputs || argument.size() < 2 || argument[0] != '-')
        parseInput(argument);
      else if (argument == "--")
        onlyInputs = true;
      else
        parseOption(argument);
    }
    if (!options.help)
      checkTogether();
    return options;
  }

private:
  void wrong(size_t position, const std::string &what) {
    errors.push_back("argument " + std::to_string(firstNumber + static_cast<int>(position)) + " '" +
                     arguments[position] + "': " + what);
  }

  void parseInput(const std::string &argument) {
    bool known = false;
    for (const char *end : {".npy", ".png", ".jpg", ".jpeg"})
      known = known || endsWith(argument, end);
    if (!known)
      wrong(at, "expected an INPUT that ends in .npy, .png, .jpg or .jpeg");
    options.inputs.push_back(argument);
    firstInput = options.inputs.size() == 1 ? at : firstInput;
  }

  void parseOption(const std::string &argument) {
    size_t position = at, equals = argument.starts_with("--") ? argument.find('=') : std::string::npos;
    std::string name = argument.substr(0, equals);
    auto option = std::find_if(std::begin(table), std::end(table), [&](const Option &o) { return name == o.name; });
    if (option == std::end(table))
      return wrong(position, unknownOption(name));
    if (!seen.emplace(option->name, position).second)
      wrong(position, "given for the second time");
    if (!option->value) {
      if (equals != std::string::npos)
        wrong(position, "takes no value");
      options.*option->flag = true;
      return;
    }
    std::string value;
    if (equals != std::string::npos)
      value = argument.substr(equals + 1);
    else if (at + 1 < arguments.size())
      value = arguments[++at];
    else
      return wrong(position, std::string("needs ") + option->value + " after it");
    if (option->text) {
      if (value.empty())
        wrong(position, std::string(option->value) + " must not be empty");
      options.*option->text = value;
      return;
    }
    if (option->real) {
      auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), options.*option->real);
      if (error != std::errc() || end != value.data() + value.size() || !(options.*option->real >= 0) ||
          options.*option->real > 1)
        wrong(position, std::string(option->value) + " must be a number from 0 to 1, found '" + value + "'");
      return;
    }
    std::string first = value, second = value;
    if (size_t by = value.find('x'); option->secondNumber && by != std::string::npos) {
      first = value.substr(0, by);
      second = value.substr(by + 1);
    }
    for (auto [part, number] : {std::pair(first, option->number), {second, option->secondNumber}})
      if (number && !parseNumber(part, *option, options.*number))
        return wrong(position, std::string(option->value) + " must be " +
                                   (option->secondNumber ? "whole numbers from " : "a whole number from ") +
                                   std::to_string(option->least) + " to " + std::to_string(option->most) + ", found '" +
                                   value + "'");
  }

  static bool parseNumber(const std::string &text, const Option &option, int &number) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return !text.empty() && error == std::errc() && end == text.data() + text.size() && number >= option.least &&
           number <= option.most;
  }

  /// What does not go with --info or --selftest; what is missing without them.
  void checkTogether() {
    for (auto [alone, name, with] : {std::tuple(options.info, "--info", &Option::withInfo),
                                     {options.selftest, "--selftest", &Option::withSelftest},
                                     {!options.compare.empty(), "--compare", &Option::withCompare}}) {
      if (!alone)
        continue;
      for (const Option &option : table)
        if (auto place = seen.find(option.name);
            place != seen.end() && option.name != std::string(name) && !(option.*with))
          wrong(place->second, std::string("does not go with ") + name);
      if (!options.inputs.empty())
        wrong(firstInput, std::string(name) + " takes no INPUT");
      return;
    }
    if (!options.profile.empty() && options.profile == options.out)
      wrong(seen.at("--profile"), "FILE is that of -o");
    if (!options.show.empty())
      checkShow(seen.at("--show"));
    if (seen.contains("--tolerance"))
      wrong(seen.at("--tolerance"), "does not go without --compare");
    if (seen.contains("--overlap") && !seen.contains("--tile"))
      wrong(seen.at("--overlap"), "does not go without --tile");
    if (seen.contains("--repeat") && seen.contains("--tile"))
      wrong(seen.at("--repeat"), "does not go with --tile");
    if (options.inputs.empty())
      errors.push_back("no INPUT: expected .npy, .png or .jpg files, or --info, --selftest or --compare");
  }

  void checkShow(size_t position) {
    if (!isShow(options.show))
      return wrong(position, "'" + options.show + "' is none of: top5 stages slider");
    if (options.out.empty())
      wrong(position, "needs -o OUT: where the picture goes");
    else if (std::string why = whyNotOut(options.show, options.out); !why.empty())
      wrong(seen.at("-o"), why);
    if (seen.contains("--tile"))
      wrong(seen.at("--tile"), "does not go with --show");
    if (options.inputs.size() > 1)
      wrong(firstInput, "--show takes one INPUT, there are " + std::to_string(options.inputs.size()));
    else if (options.inputs.size() == 1 && needsPicture(options.show) && endsWith(options.inputs[0], ".npy"))
      wrong(firstInput, "--show " + options.show + " draws on a picture: expected .png or .jpg");
  }

  const std::vector<std::string> &arguments;
  int firstNumber;
  std::vector<std::string> &errors;
  Options options;
  size_t at = 0, firstInput = 0;
  std::map<std::string, size_t> seen;
};

} // namespace

bool endsWith(const std::string &name, const std::string &end) {
  auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return name.size() > end.size() &&
         std::equal(end.rbegin(), end.rend(), name.rbegin(), [&](char a, char b) { return a == small(b); });
}

Options parseOptions(const std::vector<std::string> &arguments, int firstNumber, std::vector<std::string> &errors) {
  return Parser(arguments, firstNumber, errors).parse();
}

std::string helpText(const std::string &usage) {
  std::string text = "Usage: " + usage +
                     " INPUT... [OPTION]...\n"
                     "  or:  " +
                     usage +
                     " --info | --selftest [--threads N] [--isa NAME]\n"
                     "  or:  " +
                     usage +
                     " --compare REF [--tolerance X] [--json] [OPTION]...\n\n"
                     "Runs the model on each INPUT, one after the other. A .npy file is float32,\n"
                     "N x C x H x W, exactly what the network sees; .png and .jpg files are\n"
                     "preprocessed as the model's description says.\n\n"
                     "Options:\n";
  for (const Option &option : table) {
    std::string line = std::string("  ") + option.name + (option.value ? std::string(" ") + option.value : "");
    for (const char *at = option.help; *at != '\0'; at += *at == '\n') {
      line.resize(std::max<size_t>(line.size() + 1, 18), ' ');
      for (; *at != '\0' && *at != '\n'; ++at)
        line += *at;
      text += line + "\n";
      line.clear();
    }
  }
  return text + "\nExit status:\n"
                "  0  done\n"
                "  1  the command line is wrong\n"
                "  2  the input is wrong or does not fit the model or this machine\n"
                "  3  a bug of the compiler, or a self-test that fails\n"
                "  4  --compare found a difference\n";
}

} // namespace swin::runner
