//===- Options.cpp - the command line of swin-compile ---------------------===//
// One table says what options there are; parsing and --help go by it. Not llvm::cl:
// that would also accept every option of LLVM's own.
//===----------------------------------------------------------------------===//
#include "tools/compile/Options.h"

#include "codegen/Architecture.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

#include <map>

extern "C" {
#include "runtime/Cpu.h"
}

using llvm::StringRef;

namespace swin::tools {
namespace {

class Parser;

struct Option {
  const char *name;
  const char *value; ///< nullptr = none
  const char *help;  ///< lines after the first are indented
  void (Parser::*take)(StringRef value);
};

const std::vector<std::string> emits = {"spec", "graph", "fused", "kernels", "driver", "llvm", "lib", "shared", "exe"};
// Best first, the order in which a library tries them.
const std::vector<std::string> isas = {"x86-64-v4", "x86-64-v3", "x86-64-v2", "aarch64"};
const std::vector<std::string> semanticsNames = {"timm", "torchvision", "hf", "hf-backbone", "mm", "microsoft"};

class Parser {
public:
  Parser(const std::vector<std::string> &arguments, std::vector<std::string> &errors)
      : arguments(arguments), errors(errors) {}
  Options parse();

  void takeOut(StringRef value) { options.out = value; }
  void takeName(StringRef value) {
    options.name = value;
    if (std::string problem = checkName(options.name); !problem.empty())
      wrong(problem);
  }
  void takeArch(StringRef value) { options.arch = value; }
  void takeWeights(StringRef value) { options.weights = value; }
  void takeEmit(StringRef value) {
    for (const std::string &word : list(value, emits))
      options.emit.insert(word);
  }
  void takeTarget(StringRef value);
  void takeSize(StringRef value);
  void takeBatch(StringRef value) {
    if (value != "any" && (value.getAsInteger(10, options.batch) || options.batch < 1 || options.batch > 65536))
      wrong("expected any or a whole number from 1 to 65536, found '" + value.str() + "'");
  }
  void takeSemantics(StringRef value) {
    if (!llvm::is_contained(semanticsNames, value))
      wrong("'" + value.str() + "' is none of: " + llvm::join(semanticsNames, " "));
    options.semantics = value;
  }
  void takeOutputs(StringRef value) {
    // Which names there are depends on the model.
    llvm::SmallVector<StringRef> names;
    value.split(names, ',');
    for (StringRef name : names)
      if (name.empty())
        wrong("expected names of outputs with a comma between two of them, found '" + value.str() + "'");
      else if (llvm::is_contained(options.outputs, name))
        wrong("output " + name.str() + " is there twice");
      else
        options.outputs.push_back(name.str());
  }
  void takeReport(StringRef value) { options.report = value; }
  void takeDumpTo(StringRef value) { options.dumpTo = value; }
  void takeCache(StringRef value) { options.cache = value; }
  void takeSanitize(StringRef value) {
    if (value != "thread" && value != "address")
      wrong("'" + value.str() + "' is none of: thread address");
    options.sanitizer = value;
  }
  void takeFastMatmul(StringRef) { options.fastMatmul = true; }
  void takeWeightsFile(StringRef) { options.weightsFile = true; }
  void takeVerbose(StringRef) { options.verbose = true; }
  void takeQuiet(StringRef) { options.quiet = true; }
  void takeHelp(StringRef) { options.help = true; }
  void takeVersion(StringRef) { options.version = true; }

  // What this build does not have: the default or nothing.
  void takePrecision(StringRef value) {
    if (value == "bf16" || value == "int8")
      wrong("this build computes in f32 only");
    else if (value != "f32")
      wrong("'" + value.str() + "' is none of: f32 bf16 int8");
  }
  void takeCalibrate(StringRef) { wrong("this build has no calibration, since it computes in f32 only"); }
  void takeSchedules(StringRef) { wrong("this build has no schedule databases; it uses its own schedules"); }

private:
  void wrong(const std::string &what) {
    errors.push_back("argument " + std::to_string(position + 1) + " '" + arguments[position] + "': " + what);
  }
  void takeArgument(bool onlyModel);
  void takeOption(StringRef argument);
  std::vector<std::string> list(StringRef value, const std::vector<std::string> &allowed);
  void checkTogether();

  const std::vector<std::string> &arguments;
  std::vector<std::string> &errors;
  Options options;
  size_t at = 0, position = 0;
  std::map<std::string, size_t> seen;
};

const Option table[] = {
    {"-o", "DIR", "write to this folder; default: ./NAME", &Parser::takeOut},
    {"--name", "NAME",
     "begins every public symbol and file: letters, digits, _; default: the\n"
     "description's file or folder, or the preset",
     &Parser::takeName},
    {"--arch", "NAME",
     "instead of MODEL: a preset (swin_t), a name of timm's registry, or a family\n"
     "(swin swinv2 swinv2_cr swin_mlp swinir swin2sr); the weights' shapes say what\n"
     "it leaves open; help: list all names",
     &Parser::takeArch},
    {"--weights", "FILE|synthetic",
     "a .safetensors file; synthetic: values made by a fixed rule; default: the\n"
     "one beside the description",
     &Parser::takeWeights},
    {"--emit", "LIST",
     "what to make, with a comma between two: lib (libNAME.a with NAME.h, NAME.pc,\n"
     "NAMEConfig.cmake), shared (libNAME.so with the same), exe (NAME, a program that\n"
     "runs the model on pictures and arrays); spec graph fused kernels driver llvm\n"
     "print that stage; default: lib,exe",
     &Parser::takeEmit},
    {"--target", "LIST",
     "instruction sets, each used where the machine has it: x86-64-v2 x86-64-v3\n"
     "x86-64-v4 host, or aarch64 alone: 64-bit ARM Linux; default:\n"
     "x86-64-v3,x86-64-v4",
     &Parser::takeTarget},
    {"--size", "any|HxW", "height and width of images in pixels; default: any", &Parser::takeSize},
    {"--batch", "any|N", "images in a run; default: any", &Parser::takeBatch},
    {"--semantics", "NAME",
     "whose arithmetic at sizes that do not divide: timm torchvision hf\n"
     "hf-backbone mm microsoft; default: that of the weights",
     &Parser::takeSemantics},
    {"--outputs", "LIST",
     "which of logits features stage1 .. image aux .. the model has, or names that\n"
     "a graph has given; default: logits, or what a model without them gives",
     &Parser::takeOutputs},
    {"--fast-matmul", nullptr,
     "multiply wide matrices by Strassen's algorithm where that is faster: rounding\n"
     "errors up to three times as large, weights up to 7/4",
     &Parser::takeFastMatmul},
    {"--sanitize", "thread|address",
     "for programs built with -fsanitize=thread or address: the library tells that\n"
     "sanitizer what it reads and writes; slow; --emit lib or shared",
     &Parser::takeSanitize},
    {"--report", "FILE", "write kernels, sizes and times of this run as JSON", &Parser::takeReport},
    {"--dump-to", "DIR", "write every stage and the kernels' objects into this folder", &Parser::takeDumpTo},
    {"--cache", "DIR|off",
     "where compiled kernels are kept for the next run; default: $SWIN_CACHE_DIR,\n"
     "$XDG_CACHE_HOME/swin-compile or ~/.cache/swin-compile, at most 256 MB",
     &Parser::takeCache},
    {"--weights-file", nullptr, "put the weights into DIR/NAME.weights, which the library maps when it is opened",
     &Parser::takeWeightsFile},
    {"-v", nullptr, "say what is done and how long it takes", &Parser::takeVerbose},
    {"-q", nullptr, "say nothing unless something is wrong", &Parser::takeQuiet},
    {"--help", nullptr, "print this", &Parser::takeHelp},
    {"--version", nullptr, "print the versions of this build", &Parser::takeVersion},
    {"--precision", "f32", nullptr, &Parser::takePrecision},
    {"--calibrate", "PATH", nullptr, &Parser::takeCalibrate},
    {"--schedules", "DB", nullptr, &Parser::takeSchedules},
};

/// The known option that `name` was probably meant to be, as the end of a sentence.
std::string didYouMean(StringRef name) {
  const Option *nearest = nullptr;
  unsigned least = 3;
  for (const Option &option : table) {
    unsigned distance = name.edit_distance(option.name, /*AllowReplacements=*/true, least);
    if (option.help && distance < least && distance + 2 < name.size()) {
      least = distance;
      nearest = &option;
    }
  }
  return nearest ? std::string("; did you mean ") + nearest->name + "?" : "";
}

Options Parser::parse() {
  bool onlyModel = false;
  for (at = 0; at < arguments.size(); ++at) {
    position = at;
    if (!onlyModel && arguments[at] == "--")
      onlyModel = true;
    else
      takeArgument(onlyModel);
  }
  if (!options.help && !options.version)
    checkTogether();
  return options;
}

void Parser::takeArgument(bool onlyModel) {
  const std::string &argument = arguments[at];
  if (!onlyModel && argument.size() > 1 && argument[0] == '-')
    return takeOption(argument);
  if (argument.empty())
    wrong("MODEL must not be empty");
  else if (!options.model.empty())
    wrong("a second MODEL; the first is '" + options.model + "'");
  else
    options.model = argument;
}

void Parser::takeOption(StringRef argument) {
  auto [name, value] = argument.starts_with("--") ? argument.split('=') : std::pair(argument, StringRef());
  bool attached = argument.starts_with("--") && argument.contains('=');
  auto option = llvm::find_if(table, [name = name](const Option &known) { return name == known.name; });
  if (option == std::end(table))
    return wrong("unknown option" + didYouMean(name));
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
  (this->*option->take)(value);
}

std::vector<std::string> Parser::list(StringRef value, const std::vector<std::string> &allowed) {
  std::vector<std::string> words;
  llvm::SmallVector<StringRef> parts;
  value.split(parts, ',');
  for (StringRef part : parts) {
    if (llvm::is_contained(allowed, part))
      words.push_back(part.str());
    else if (part == "x86-64-v4-vnni")
      wrong("x86-64-v4-vnni is for int8, which this build does not have");
    else
      wrong("'" + part.str() + "' is none of: " + llvm::join(allowed, " "));
  }
  return words;
}

void Parser::takeTarget(StringRef value) {
  std::vector<std::string> allowed = isas;
  allowed.push_back("host");
  std::set<std::string> wanted;
  for (const std::string &word : list(value, allowed)) {
    if (word != "host")
      wanted.insert(word);
    else if (auto best = llvm::find_if(isas, [](const auto &isa) { return SWINMODEL_rt_isa_usable(isa.c_str()); });
             best != isas.end())
      wanted.insert(*best);
    else
      wrong("this machine has none of: " + llvm::join(isas, " "));
  }
  for (const std::string &isa : isas)
    if (wanted.contains(isa))
      options.targets.push_back(isa);
  if (!options.targets.empty() &&
      &codegen::architectureOf(options.targets.front()) != &codegen::architectureOf(options.targets.back()))
    wrong("a library is for one architecture: aarch64 does not go with instruction sets of x86-64");
}

void Parser::takeSize(StringRef value) {
  if (value == "any")
    return;
  auto [height, width] = value.split('x');
  auto bad = [](StringRef text, int64_t &number) {
    return text.getAsInteger(10, number) || number < 1 || number > 65536;
  };
  if (bad(height, options.height) || bad(width, options.width))
    wrong("expected any or height x width, each from 1 to 65536, as in 256x320; found '" + value.str() + "'");
}

void Parser::checkTogether() {
  auto wrongWith = [&](const char *option, const std::string &what) {
    auto place = seen.find(option);
    if (place == seen.end())
      return;
    position = place->second;
    wrong(what);
  };
  if (options.model.empty() && options.arch.empty() && !seen.contains("--arch"))
    errors.push_back("no MODEL: expected a model description (.json), a folder with one, or --arch NAME");
  if (!options.model.empty())
    wrongWith("--arch", "takes the place of MODEL; there is one: '" + options.model + "'");
  if (options.verbose)
    wrongWith("-q", "does not go with -v");
  if (options.emit.contains("exe"))
    wrongWith("--sanitize", "goes with --emit lib and shared only: the sanitizer comes with the program, not with exe");
  if (options.emit.empty() && !seen.contains("--emit"))
    options.emit = options.sanitizer.empty() ? std::set<std::string>{"lib", "exe"} : std::set<std::string>{"lib"};
  if (!options.emit.empty() && !options.wantsFiles())
    for (const char *option : {"-o", "--weights-file"})
      wrongWith(option, "nothing is written to DIR: --emit has none of lib shared exe");
  if (options.targets.empty() && !seen.contains("--target"))
    options.targets = {"x86-64-v4", "x86-64-v3"};
  if (llvm::is_contained(options.targets, codegen::aarch64.name))
    wrongWith("--sanitize", "goes with instruction sets of x86-64 only");
}

} // namespace

std::string checkName(const std::string &name) {
  const char *expected = "expected a letter, then letters, digits and _, at most 64 in all; found '";
  bool good = !name.empty() && name.size() <= 64 && llvm::isAlpha(name[0]) &&
              llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
  return good ? "" : expected + name + "'";
}

Options parseOptions(const std::vector<std::string> &arguments, std::vector<std::string> &errors) {
  return Parser(arguments, errors).parse();
}

std::string helpText() {
  std::string text = "Usage: swin-compile MODEL [OPTION]...\n"
                     "  or:  swin-compile --arch NAME --weights FILE [OPTION]...\n\n"
                     "Compiles a Swin Transformer to a library, its C header and a program. MODEL is a\n"
                     "model description (.json), the config.json of timm or Hugging Face, Microsoft's\n"
                     ".yaml, or a folder with one of them beside a .safetensors file.\n\n"
                     "Options:\n";
  for (const Option &option : table) {
    if (!option.help)
      continue; // takes its default only
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
  return text + "\nNot in this build: --precision bf16|int8, --calibrate, --schedules.\n\n"
                "Exit status:\n"
                "  0  done\n"
                "  1  the command line is wrong\n"
                "  2  the model or the weights are wrong, or a file cannot be written\n"
                "  3  a bug of the compiler\n\n"
                "On error nothing is left in DIR.\n\n"
                "Examples:\n"
                "  swin-compile model.json --weights model.safetensors\n"
                "  swin-compile --arch swin_v2_t --weights swin_v2_t.safetensors -o swin_v2_t\n"
                "  swin-compile folder --emit lib,shared --target x86-64-v3 --outputs features\n";
}

} // namespace swin::tools
