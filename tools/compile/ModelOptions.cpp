//===- ModelOptions.cpp - which model, and how it is used -----------------===//
#include "tools/compile/ModelOptions.h"

#include "codegen/Architecture.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

#include <set>

extern "C" {
#include "runtime/Cpu.h"
}

using llvm::StringRef;

namespace swin::tools {
namespace {

// Best first, the order in which a library tries them.
const std::vector<std::string> isas = {"x86-64-v4", "x86-64-v3", "x86-64-v2", "aarch64"};
const std::vector<std::string> semanticsNames = {"timm", "torchvision", "hf", "hf-backbone", "mm", "microsoft"};

void takeTarget(CommandLine &line, ModelOptions &options, StringRef value) {
  std::vector<std::string> allowed = isas;
  allowed.push_back("host");
  std::set<std::string> wanted;
  for (const std::string &word : line.list(value, allowed)) {
    if (word != "host")
      wanted.insert(word);
    else if (std::string best = hostTarget(); !best.empty())
      wanted.insert(best);
    else
      line.wrong("this machine has none of: " + llvm::join(isas, " "));
  }
  for (const std::string &isa : isas)
    if (wanted.contains(isa))
      options.targets.push_back(isa);
  if (!options.targets.empty() &&
      &codegen::architectureOf(options.targets.front()) != &codegen::architectureOf(options.targets.back()))
    line.wrong("a library is for one architecture: aarch64 does not go with instruction sets of x86-64");
}

void takeSize(CommandLine &line, ModelOptions &options, StringRef value, bool mayBeAny) {
  if (mayBeAny && value == "any")
    return;
  auto [height, width] = value.split('x');
  auto bad = [](StringRef text, int64_t &number) {
    return text.getAsInteger(10, number) || number < 1 || number > 65536;
  };
  if (bad(height, options.height) || bad(width, options.width))
    line.wrong(std::string("expected ") + (mayBeAny ? "any or " : "") +
               "height x width, each from 1 to 65536, as in 256x320; found '" + value.str() + "'");
}

void takeBatch(CommandLine &line, ModelOptions &options, StringRef value, bool mayBeAny) {
  if (mayBeAny && value == "any")
    return;
  if (value.getAsInteger(10, options.batch) || options.batch < 1 || options.batch > 65536)
    line.wrong(std::string("expected ") + (mayBeAny ? "any or " : "") + "a whole number from 1 to 65536, found '" +
               value.str() + "'");
}

void takeOutputs(CommandLine &line, ModelOptions &options, StringRef value) {
  // Which names there are depends on the model.
  for (const std::string &name : line.names(value, "outputs"))
    if (llvm::is_contained(options.outputs, name))
      line.wrong("output " + name + " is there twice");
    else
      options.outputs.push_back(name);
}

bool startsWithAny(const char *value) { return StringRef(value).starts_with("any|"); }

} // namespace

void takeModel(CommandLine &line, ModelOptions &options, const std::string &argument) {
  if (argument.empty())
    line.wrong("MODEL must not be empty");
  else if (!options.model.empty())
    line.wrong("a second MODEL; the first is '" + options.model + "'");
  else
    options.model = argument;
}

Option archOption(CommandLine &, ModelOptions &options) {
  return {"--arch", "NAME",
          "instead of MODEL: a preset (swin_t), a name of timm's registry, or a family\n"
          "(swin swinv2 swinv2_cr swin_mlp swinir swin2sr); the weights' shapes say what\n"
          "it leaves open; help: list all names",
          [&](StringRef value) { options.arch = value; }};
}

Option weightsOption(CommandLine &, ModelOptions &options, const char *help) {
  return {"--weights", "FILE|synthetic", help, [&](StringRef value) { options.weights = value; }};
}

Option targetOption(CommandLine &line, ModelOptions &options, const char *help) {
  return {"--target", "LIST", help, [&](StringRef value) { takeTarget(line, options, value); }};
}

Option sizeOption(CommandLine &line, ModelOptions &options, const char *value, const char *help) {
  return {"--size", value, help,
          [&, any = startsWithAny(value)](StringRef value) { takeSize(line, options, value, any); }};
}

Option batchOption(CommandLine &line, ModelOptions &options, const char *value, const char *help) {
  return {"--batch", value, help,
          [&, any = startsWithAny(value)](StringRef value) { takeBatch(line, options, value, any); }};
}

Option semanticsOption(CommandLine &line, ModelOptions &options) {
  return {"--semantics", "NAME",
          "whose arithmetic at sizes that do not divide: timm torchvision hf\n"
          "hf-backbone mm microsoft; default: that of the weights",
          [&](StringRef value) { options.semantics = line.choice(value, semanticsNames); }};
}

Option outputsOption(CommandLine &line, ModelOptions &options) {
  return {"--outputs", "LIST",
          "which of logits features stage1 .. image aux .. the model has, or names that\n"
          "a graph has given; default: logits, or what a model without them gives",
          [&](StringRef value) { takeOutputs(line, options, value); }};
}

Option fastMatmulOption(ModelOptions &options) {
  return {"--fast-matmul", nullptr,
          "multiply wide matrices by Strassen's algorithm where that is faster: rounding\n"
          "errors up to three times as large, weights up to 7/4",
          [&](StringRef) { options.fastMatmul = true; }};
}

Option cacheOption(ModelOptions &options) {
  return {"--cache", "DIR|off",
          "where compiled kernels are kept for the next run; default: $SWIN_CACHE_DIR,\n"
          "$XDG_CACHE_HOME/swin-compile or ~/.cache/swin-compile, at most 256 MB",
          [&](StringRef value) { options.cache = value; }};
}

Option diagnosticsOption(CommandLine &line, ModelOptions &options) {
  return {"--diagnostics", "text|json", "errors and notes to read, or as lines of JSON; default: text",
          [&](StringRef value) { options.jsonDiagnostics = line.choice(value, {"text", "json"}) == "json"; }};
}

OptionTable loudnessOptions(ModelOptions &options, const char *verbose) {
  return {{"-v", nullptr, verbose, [&](StringRef) { options.verbose = true; }},
          {"-q", nullptr, "say nothing unless something is wrong", [&](StringRef) { options.quiet = true; }}};
}

void checkModelOptions(CommandLine &line, const ModelOptions &options, std::vector<std::string> &errors) {
  if (options.model.empty() && options.arch.empty() && !line.has("--arch"))
    errors.push_back("no MODEL: expected a model description (.json), a folder with one, or --arch NAME");
  if (!options.model.empty())
    line.wrongWith("--arch", "takes the place of MODEL; there is one: '" + options.model + "'");
  if (options.verbose)
    line.wrongWith("-q", "does not go with -v");
}

std::string hostTarget() {
  auto best = llvm::find_if(isas, [](const std::string &isa) { return SWINMODEL_rt_isa_usable(isa.c_str()); });
  return best == isas.end() ? "" : *best;
}

std::string checkName(const std::string &name) {
  const char *expected = "expected a letter, then letters, digits and _, at most 64 in all; found '";
  bool good = !name.empty() && name.size() <= 64 && llvm::isAlpha(name[0]) &&
              llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; });
  return good ? "" : expected + name + "'";
}

} // namespace swin::tools
